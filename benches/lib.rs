//! Shared set-up of the benches: a made-up estate of several clouds, the same for the same seed.
//!
//! The estate itself is that of `cloudscope-estate`; here is what the benches take from it.

use std::sync::OnceLock;

use cloudscope_domain::{ListingMode, Record, Scope, ScopeState};
pub use cloudscope_estate::{Estate, NOW};

/// How many assets a bench works on: `CLOUDSCOPE_BENCH_ROWS`, else 100,000.
#[must_use]
pub fn rows() -> usize {
    std::env::var("CLOUDSCOPE_BENCH_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000)
}

/// Bytes of this process that are in memory; 0 where the system does not say.
#[must_use]
pub fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<usize>().ok()).map_or(0, |kb| kb * 1024)
}

/// Processor seconds, and resident kilobytes now and at most, of a process that runs.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    /// Of the processor.
    pub seconds: f64,
    /// Kilobytes in memory.
    pub resident: u64,
    /// The most that it ever had there.
    pub peak: u64,
}

/// What a process used so far; `None` when it is gone, or the system does not say.
#[must_use]
pub fn usage(pid: u32) -> Option<Usage> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|l| l.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(Usage { seconds: ticks / 100.0, resident: line("VmRSS:")?, peak: line("VmHWM:")? })
}

/// Processor time that this thread took so far: what a question costs, also while others use the machine.
#[must_use]
pub fn processor() -> std::time::Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    std::time::Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// A small generator of numbers (xorshift64*), so that an estate needs no dependency and never changes.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The same rolls for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// 0 to `n - 1`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) % n.max(1)
    }
}

/// The name of the source that "collected" the estate.
pub const SOURCE: &str = "estate";

/// The estate of the benches, as large as [`rows`] says.
#[must_use]
pub fn estate() -> Estate {
    static ESTATE: OnceLock<Estate> = OnceLock::new();
    *ESTATE.get_or_init(|| Estate::new(1, rows()))
}

/// Record number `n` of the estate. `version` changes what a later collection would find different.
#[must_use]
pub fn record(n: usize, version: u64) -> Record {
    estate().record(SOURCE, n, version)
}

/// The numbers of all assets in the order in which they are stored and loaded: scope by scope.
#[must_use]
pub fn in_scope_order() -> Vec<usize> {
    let estate = estate();
    estate.scopes(SOURCE).iter().flat_map(|scope| estate.of_scope(&scope.key)).collect()
}

/// The scope of a record as it stands after a whole listing.
#[must_use]
pub fn scope_of(record: &Record) -> ScopeState {
    let scope = Scope {
        key: (*record.scope).clone(),
        mode: ListingMode::Weak,
        kinds: vec![record.asset.kind.clone()],
    };
    Estate::listed(scope, record.run)
}
