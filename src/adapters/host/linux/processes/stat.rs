//! Reads /proc/PID/stat.
//!
//! Pure text in, plain data out; the form is that of proc_pid_stat(5). The name stands in parentheses
//! and may hold blanks, parentheses and line ends, so the fields are counted from its last `)`.

use crate::text::lossless;

/// PF_KTHREAD of the kernel's sched.h.
const KERNEL_THREAD: u64 = 0x0020_0000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stat {
    comm: String,
    pub(super) state: char,
    pub(super) parent: u32,
    pub(super) group: i64,
    pub(super) session: i64,
    pub(super) kernel_thread: bool,
    pub(super) cpu_ticks: u64,
    pub(super) threads: u64,
    /// Since the boot.
    pub(super) start_ticks: u64,
}

impl Stat {
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let open = bytes.iter().position(|b| *b == b'(')?;
        let close = bytes.iter().rposition(|b| *b == b')')?;
        let comm = lossless(bytes.get(open + 1..close)?);
        let rest = std::str::from_utf8(&bytes[close + 1..]).ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        // The manual counts from 1 and the state is its field 3.
        let field = |number: usize| fields.get(number - 3).copied();
        let number = |at: usize| field(at)?.parse::<u64>().ok();
        Some(Self {
            comm,
            state: field(3)?.chars().next()?,
            parent: field(4)?.parse().ok()?,
            group: field(5)?.parse().ok()?,
            session: field(6)?.parse().ok()?,
            kernel_thread: number(9)? & KERNEL_THREAD != 0,
            cpu_ticks: number(14)?.saturating_add(number(15)?),
            threads: number(20)?,
            start_ticks: number(22)?,
        })
    }

    /// The name. A kernel worker's has what it works on just now after it, which is left off: it
    /// would be another name at each look.
    pub(super) fn name(&self) -> &str {
        match self.comm.strip_prefix("kworker/") {
            Some(rest) if self.kernel_thread && !rest.starts_with("R-") => {
                let end = rest.find(['-', '+']).map_or(self.comm.len(), |at| at + "kworker/".len());
                &self.comm[..end]
            }
            _ => &self.comm,
        }
    }

    /// What it does, in words. Running and waiting are one word: which of both a process does changes
    /// many times a second and says nothing about its health. The letter is kept beside it.
    pub(super) fn state_word(&self) -> &'static str {
        match self.state {
            'R' | 'S' | 'D' | 'I' | 'W' | 'K' => "running",
            'Z' => "zombie",
            'T' => "stopped",
            't' => "traced",
            'P' => "parked",
            'X' | 'x' => "dead",
            _ => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(comm: &[u8], state: char, flags: u64) -> Vec<u8> {
        let tail = format!(
            ") {state} 7 8 9 0 -1 {flags} 1 2 3 4 10 32 0 0 20 0 5 0 123456 1000 200 18446744073709551615 1 2\n"
        );
        [b"42 (", comm, tail.as_bytes()].concat()
    }

    #[test]
    fn fields_are_counted_from_the_last_parenthesis() {
        let stat = Stat::parse(&line(b"a) R 1 (b\n\xff", 'S', 0)).unwrap();
        assert_eq!(stat.name(), "a) R 1 (b\n\\xff");
        assert_eq!((stat.parent, stat.group, stat.session), (7, 8, 9));
        assert_eq!((stat.cpu_ticks, stat.threads, stat.start_ticks), (42, 5, 123_456));
        assert_eq!((stat.state_word(), stat.kernel_thread), ("running", false));
    }

    #[test]
    fn a_worker_of_the_kernel_keeps_one_name() {
        let name = |comm: &[u8], flags| Stat::parse(&line(comm, 'I', flags)).unwrap().name().to_owned();
        assert_eq!(name(b"kworker/u8:2-events_unbound", KERNEL_THREAD), "kworker/u8:2");
        assert_eq!(name(b"kworker/0:1+mm", KERNEL_THREAD), "kworker/0:1");
        assert_eq!(name(b"kworker/R-rcu_gp", KERNEL_THREAD), "kworker/R-rcu_gp");
        assert_eq!(name(b"kworker/1-fake", 0), "kworker/1-fake");
    }

    #[test]
    fn what_is_no_stat_is_refused() {
        for bad in [&b""[..], b"1 (x", b"1 x) S", b"1 ) ( S", b"1 (x) S 1 2", b"1 (x) S a b c d e f g"] {
            assert_eq!(Stat::parse(bad), None, "{bad:?}");
        }
    }
}
