//! Which boot this is, and when it was: start times count from there.

use cloudscope_domain::Timestamp;

use super::root::Root;

/// Ticks of /proc in a second: USER_HZ, which is 100 on every architecture that Rust's standard
/// library supports on Linux.
const TICKS: u64 = 100;

#[derive(Debug, Clone)]
pub(crate) struct Boot {
    /// The kernel's random id of this boot, or its time where there is none.
    pub(crate) id: String,
    /// It is the kernel's own id.
    pub(crate) named: bool,
    /// When it was, in seconds since the epoch. Moves when somebody sets the clock.
    pub(crate) seconds: Option<i64>,
}

impl Boot {
    pub(crate) fn read(root: &Root) -> Self {
        let seconds = root.read("/proc/stat", 4 << 20).ok().and_then(|file| {
            let line = file.bytes.split(|b| *b == b'\n').find_map(|line| line.strip_prefix(b"btime "))?;
            std::str::from_utf8(line).ok()?.trim().parse().ok()
        });
        let own = root.fact("/proc/sys/kernel/random/boot_id");
        let named = own.is_some();
        let id = own.or_else(|| seconds.map(|s: i64| format!("btime-{s}"))).unwrap_or_default();
        Self { id, named, seconds }
    }

    pub(crate) fn time(&self) -> Option<Timestamp> {
        self.seconds.map(Timestamp::from_seconds)
    }

    /// When something started that many ticks after the boot.
    pub(crate) fn plus_ticks(&self, ticks: u64) -> Option<Timestamp> {
        let seconds = i64::try_from(ticks / TICKS).ok()?;
        Some(Timestamp::from_seconds(self.seconds?.saturating_add(seconds)))
    }

    /// What tells two bearers of one process id apart: a boot, and ticks since it. Wall-clock time
    /// would not do, because setting the clock would make every process a new one.
    pub(crate) fn incarnation(&self, ticks: u64) -> String {
        let short: String = self.id.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        format!("{short}-{ticks}")
    }
}
