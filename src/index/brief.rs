//! The little of a row that counting needs, without its texts.

use cloudscope_domain::{Category, StatusClass};

use crate::{
    RowId, Snapshot,
    chunk::CLASSES,
    parts::place,
    symbols::{Col, NONE},
};

/// How a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brief {
    /// What it is for.
    pub category: Category,
    /// The provider says how it is.
    pub stated: bool,
    /// How it is.
    pub class: StatusClass,
    /// Whether it still exists is not known.
    pub unknown: bool,
}

impl Snapshot {
    /// How a row counts.
    ///
    /// # Panics
    /// When `row` is not of this snapshot.
    #[must_use]
    pub fn brief(&self, row: RowId) -> Brief {
        let (slot, n) = place(row);
        let chunk = &self.parts.slots[slot].chunk;
        Brief {
            category: Category::ALL.get(usize::from(chunk.category[n])).copied().unwrap_or_default(),
            stated: chunk.symbols(Col::Status)[n] != NONE,
            class: CLASSES.get(usize::from(chunk.class[n])).copied().unwrap_or_default(),
            unknown: self.unknown_bits().0[slot].get(n),
        }
    }
}
