//! How much a collection may do at a time, and for how long. Plain numbers; knows nothing of who
//! keeps to them.

use std::time::Duration;

use cloudscope_domain::Timestamp;
use cloudscope_ports::Retention;

/// Bounds of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Scopes listed at a time.
    pub scopes: usize,
    /// Calls under way at a time.
    pub calls: usize,
    /// A scope that says nothing for so long is given up.
    pub stall: Duration,
    /// Attempts at a scope whose failure may pass.
    pub attempts: u32,
}

/// How much of the past is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// How long history is kept; `None` for ever.
    pub history: Option<Duration>,
    /// How many bytes history may take; `None` for any.
    pub history_bytes: Option<u64>,
    /// How long tombstones are kept; `None` for ever. Pinned ones stay.
    pub tombstones: Option<Duration>,
}

impl RetentionPolicy {
    /// What may go, as of now.
    pub(crate) fn at(self, now: Timestamp) -> Retention {
        let before = |kept: Duration| now.plus_millis(-i64::try_from(kept.as_millis()).unwrap_or(i64::MAX));
        Retention {
            history_before: self.history.map(before),
            history_bytes: self.history_bytes,
            tombstones_before: self.tombstones.map(before),
        }
    }
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        let days = |n: u64| Some(Duration::from_secs(n * 86_400));
        Self { history: days(30), history_bytes: Some(2 << 30), tombstones: days(90) }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { scopes: 8, calls: 32, stall: Duration::from_secs(120), attempts: 3 }
    }
}
