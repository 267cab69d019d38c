//! How a scope is followed after it was listed, as plain data.

use cloudscope_domain::Timestamp;
use serde::{Deserialize, Serialize};

/// A scope whose changes are taken in as they happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Following {
    /// Since when.
    pub since: Timestamp,
    /// Records made since then.
    pub created: u64,
    /// Records whose content changed since then.
    pub changed: u64,
    /// Records proved gone since then.
    pub gone: u64,
}
