//! What the store should contain, as a tree of sums: the side file vouches for the meta value; that for
//! the manifests, pages, runs, pins and changes; each manifest for its scope's segments; each step of the
//! history for the values of its commit. So a value that is lost, old or foreign is noticed, and named.

use cloudscope_domain::{Revision, ScopeKey, Timestamp};
use serde::{Deserialize, Serialize};

use crate::envelope::Sum;

/// What the whole store should contain. The default is an empty store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    /// The last commit.
    pub revision: Revision,
    /// Its wall clock.
    pub at: Timestamp,
    /// Counts commits and steps of pruning: what is newer has the higher one.
    pub sequence: u64,
    /// Sum over the manifests.
    pub manifests: Sum,
    /// Sum over the pages of scope states.
    pub pages: Sum,
    /// Sum over the runs.
    pub runs: Sum,
    /// Sum over the chunks of changes.
    pub changed: Sum,
    /// Checksum of the pins; 0 when there are none.
    pub pins: Sum,
    /// How many changes there are.
    pub changes: u64,
    /// The number of the next new scope.
    pub next_scope: u32,
    /// The oldest revision that can be asked for. The steps of all later ones are there.
    pub oldest: Revision,
    /// When it was recorded.
    pub oldest_at: Timestamp,
    /// Bytes of all steps, replaced records and states, and changes, with their names.
    pub history_bytes: u64,
}

impl Meta {
    /// One number that stands for everything in the store.
    pub(crate) fn root(&self) -> Sum {
        let mut hash = blake3::Hasher::new();
        for number in [self.revision.0, self.sequence, self.oldest.0, self.changes, self.history_bytes] {
            hash.update(&number.to_le_bytes());
        }
        for sum in [self.manifests, self.pages, self.runs, self.changed, self.pins] {
            hash.update(&sum.to_le_bytes());
        }
        let mut out = [0; 16];
        out.copy_from_slice(&hash.finalize().as_bytes()[..16]);
        Sum::from_le_bytes(out)
    }
}

/// What a scope should contain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Which scope.
    pub key: ScopeKey,
    /// Records in all its segments, tombstones included.
    pub records: u64,
    /// Of which tombstones.
    pub gone: u64,
    /// How many segments there are.
    pub segments: u32,
    /// The number of the next new segment.
    pub next_segment: u32,
    /// The segment that takes new records.
    pub open: Option<u32>,
    /// Sum over the segments.
    pub sum: Sum,
    /// 0 when the scope has no state. Format 1 kept the checksum of the state here.
    pub state: Sum,
}

impl Manifest {
    pub(crate) fn new(key: ScopeKey) -> Self {
        Self { key, records: 0, gone: 0, segments: 0, next_segment: 0, open: None, sum: 0, state: 0 }
    }
}

/// What was counted of a scope's segments, to hold against its manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub records: u64,
    pub gone: u64,
    pub segments: u32,
    pub sum: Sum,
}

impl Counted {
    /// Adds one segment.
    pub(crate) fn add(&mut self, records: usize, gone: usize, sum: Sum) {
        self.records += records as u64;
        self.gone += gone as u64;
        self.segments += 1;
        self.sum = self.sum.wrapping_add(sum);
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn merge(&mut self, other: Self) {
        self.records += other.records;
        self.gone += other.gone;
        self.segments += other.segments;
        self.sum = self.sum.wrapping_add(other.sum);
    }
}

impl From<&Manifest> for Counted {
    fn from(m: &Manifest) -> Self {
        Self { records: m.records, gone: m.gone, segments: m.segments, sum: m.sum }
    }
}
