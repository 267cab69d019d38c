//! The columns and chunks of one revision, and where in them a row stands: what the writer hands over
//! and what orders and answers read. Knows neither who writes nor who asks.

use std::{hash::RandomState, sync::Arc};

use cloudscope_domain::{Category, Revision, Timestamp};

use crate::{
    RowId,
    bits::{Bits, CHUNK},
    chunk::Chunk,
    runs::Runs,
    scopes::Scopes,
    symbols::{COLS, Column},
};

/// Everything of one revision that is shared.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) revision: Revision,
    pub(crate) as_of: Timestamp,
    pub(crate) slots: Vec<Slot>,
    pub(crate) len: usize,
    pub(crate) gone: usize,
    pub(crate) columns: [Column; COLS],
    pub(crate) tag_keys: Column,
    pub(crate) categories: [u64; Category::ALL.len()],
    pub(crate) scopes: Scopes,
    pub(crate) names: Runs,
    pub(crate) hasher: RandomState,
}

/// A place for a chunk: its rows, and which of them live.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    pub(crate) chunk: Arc<Chunk>,
    pub(crate) live: Arc<Bits>,
    pub(crate) count: u32,
}

/// The row at a place within a slot.
pub(crate) fn row_id(slot: usize, n: usize) -> RowId {
    RowId::try_from(slot * CHUNK + n).unwrap_or(RowId::MAX)
}

/// The slot of a row, and its place within.
pub(crate) fn place(row: RowId) -> (usize, usize) {
    (row as usize / CHUNK, row as usize % CHUNK)
}
