//! A step: what one commit did to the records, as far as it must be known to go back before it. It is
//! kept apart from the replaced records themselves, so that walking forward from an old revision reads
//! the keys of every commit, but the records only of those that touched a key first.

use cloudscope_domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{envelope::Sum, layout::Place};

/// Stands for a record's key: [`cloudscope_domain::RecordKey::hash128`].
pub(crate) type Hash = [u8; 16];

/// A record that was there before the commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Replaced {
    pub hash: Hash,
    /// Where it was: scope and segment.
    pub scope: u32,
    pub segment: u32,
}

impl Replaced {
    pub(crate) fn place(&self) -> Place {
        Place { scope: self.scope, segment: self.segment }
    }
}

/// One commit.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Step {
    /// The wall clock of the commit.
    pub at: Timestamp,
    /// Records that were not there before.
    pub new: Vec<Hash>,
    /// Records that were, in the order in which the chunks have them.
    pub replaced: Vec<Replaced>,
    /// How many records each chunk has.
    pub chunks: Vec<u32>,
    /// The first scope of each value of replaced states.
    pub states: Vec<u32>,
    /// How many changes the commit has,
    pub changes: u64,
    /// in how many chunks.
    pub change_chunks: u32,
    /// Sum over all values of the commit but this one.
    pub parts: Sum,
    /// Bytes of those values, with their names.
    pub bytes: u64,
}

impl Step {
    /// Whether what the step says of itself can be true.
    pub(crate) fn consistent(&self) -> bool {
        self.chunks.iter().map(|n| *n as usize).sum::<usize>() == self.replaced.len()
            && self.states.is_sorted()
    }
}
