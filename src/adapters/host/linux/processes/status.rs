//! Reads /proc/PID/status: what /proc/PID/stat does not say.
//!
//! Pure text in, plain data out. The name in this file is not used: it is escaped, and a line of it
//! cannot pass for another line.

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) uid: Option<u32>,
    pub(super) effective_uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) memory_bytes: Option<u64>,
    /// Its number in each process namespace below ours, outermost first.
    pub(super) inner_pids: Vec<u32>,
}

impl Status {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut status = Self::default();
        for line in bytes.split(|b| *b == b'\n') {
            let Some((key, value)) = std::str::from_utf8(line).ok().and_then(|line| line.split_once(':'))
            else {
                continue;
            };
            let mut numbers = value.split_ascii_whitespace().map_while(|word| word.parse::<u64>().ok());
            let mut small = || numbers.next().and_then(|n| u32::try_from(n).ok());
            match key {
                "Uid" => {
                    status.uid = small();
                    status.effective_uid = small();
                }
                "Gid" => status.gid = small(),
                "VmRSS" => {
                    status.memory_bytes = numbers.next().map(|kilobytes| kilobytes.saturating_mul(1024));
                }
                "NSpid" => {
                    status.inner_pids = numbers.skip(1).filter_map(|n| u32::try_from(n).ok()).collect();
                }
                _ => {}
            }
        }
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_that_count_are_found() {
        let status = Status::parse(
            b"Name:\tx\\nUid:\t9\nUid:\t1000\t0\t1000\t1000\nGid:\t5\t5\t5\t5\nVmRSS:\t     12 kB\nNSpid:\t300\t7\t1\n\xff:\n",
        );
        assert_eq!(
            status,
            Status {
                uid: Some(1000),
                effective_uid: Some(0),
                gid: Some(5),
                memory_bytes: Some(12 << 10),
                inner_pids: vec![7, 1],
            }
        );
    }
}
