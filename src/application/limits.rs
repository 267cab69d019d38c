//! How much a collection may do at a time, and for how long. Plain numbers; knows nothing of who
//! keeps to them.

use std::time::Duration;

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

impl Default for Limits {
    fn default() -> Self {
        Self { scopes: 8, calls: 32, stall: Duration::from_secs(120), attempts: 3 }
    }
}
