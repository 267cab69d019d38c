//! A run: one collection, with a result per scope.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{CoverageState, ScopeKey, Timestamp};

/// Counts up with every collection of this data directory; 0 is "no run".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub u64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What is kept of one run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RunRecord {
    /// Which run.
    pub id: RunId,
    /// When it began.
    pub started: Timestamp,
    /// When its last scope ended; `None` while it runs or when the process died.
    pub ended: Option<Timestamp>,
    /// How each scope ended, and how many assets it saw.
    pub scopes: Vec<(ScopeKey, CoverageState, u64)>,
    /// New, changed and gone records.
    pub created: u64,
    /// Records whose content changed.
    pub changed: u64,
    /// Records proved gone.
    pub gone: u64,
}
