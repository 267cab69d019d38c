//! A run: one collection. How each of its scopes ended is in the coverage ledger; this is the sum.

use serde::{Deserialize, Serialize};

use crate::{CoverageState, Effort, Revision, RunId, SourceName, Timestamp};

/// What is kept of one run.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RunRecord {
    /// Which run.
    pub id: RunId,
    /// When it began.
    pub started: Timestamp,
    /// When its last scope ended; `None` while it runs or when the process died.
    pub ended: Option<Timestamp>,
    /// The commit that wrote this.
    pub revision: Revision,
    /// Which sources it collected.
    pub sources: Vec<SourceName>,
    /// It was started by the schedule.
    pub scheduled: bool,
    /// Somebody stopped it.
    pub cancelled: bool,
    /// How its scopes ended, counted.
    pub states: Vec<(CoverageState, u64)>,
    /// Assets of its scopes that are not gone.
    pub assets: u64,
    /// Records that it left unknown.
    pub unknown: u64,
    /// What it cost and brought.
    pub effort: Effort,
}
