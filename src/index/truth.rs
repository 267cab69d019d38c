//! What is true of some rows of one chunk: an answer in three values, as two sets. Knows nothing of
//! how it is found out.

use crate::bits::Bits;

/// What matches a query.
pub(crate) struct Matches {
    /// Per slot, those of tombstones among them.
    pub(crate) sets: Vec<Bits>,
    pub(crate) total: usize,
    pub(crate) unknown: u64,
    pub(crate) undecided: u64,
}

/// Rows that match, and rows that neither match nor fail. They never overlap.
#[derive(Default)]
pub(crate) struct Truth {
    pub(crate) yes: Bits,
    pub(crate) unclear: Bits,
}
