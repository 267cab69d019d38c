//! That the writer cannot write, as a state of its own: told to clients beside the words for people, so that nobody
//! has to read those. Knows nothing of what is written.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is in the way of the writer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// The disk is full.
    Full,
    /// The disk or the system does not let it write.
    Failing,
}

impl Obstacle {
    /// What a person can do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Full => "make room on that disk",
            Self::Failing => "see that the data directory can be written",
        }
    }
}

/// Until it can write the writer does nothing else: no collection goes on, no history is let go of, nothing is
/// compacted. It tries again by itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Waiting {
    /// What is in the way.
    pub obstacle: Obstacle,
    /// What the store said.
    pub why: String,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; collection waits and goes on by itself once it can write", self.why)
    }
}
