//! A run: one collection, with a result per scope.

use serde::{Deserialize, Serialize};

use crate::{CoverageState, RunId, ScopeKey, Timestamp};

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
