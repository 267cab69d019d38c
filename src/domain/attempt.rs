//! One past attempt at a scope, as the coverage ledger keeps it.

use serde::{Deserialize, Serialize};

use crate::{Coverage, Revision, RunId, ScopeState};

/// How an attempt at a scope ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// The commit that wrote it.
    pub revision: Revision,
    /// In which run.
    pub run: RunId,
    /// How it ended, and what it cost.
    pub coverage: Coverage,
    /// Records that it left unknown.
    pub unknown: u64,
}

impl Attempt {
    /// The attempt after which a scope stood so, written by that commit.
    #[must_use]
    pub fn of(revision: Revision, state: &ScopeState) -> Self {
        Self { revision, run: state.run, coverage: state.coverage.clone(), unknown: state.unknown() }
    }
}
