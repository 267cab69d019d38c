//! The columns and chunks of one revision, and where in them a row stands: what the writer hands over
//! and what orders and answers read. Knows neither who writes nor who asks.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use cloudscope_domain::{AssetId, Category, Presence, Revision, Timestamp};

use crate::{
    RowId,
    bits::{Bits, CHUNK},
    chunk::Chunk,
    joined::{Group, Joined},
    joins::Named,
    keyed::NameHasher,
    moves::Moves,
    paths::Paths,
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
    /// Records that live.
    pub(crate) records: usize,
    /// Of them, those for which a joined one stands.
    pub(crate) folded: usize,
    /// Those that seem to be one thing with more than can be.
    pub(crate) crowded: Arc<BTreeSet<RowId>>,
    /// Names and ids that join nothing, as too many have them.
    pub(crate) excess: Arc<HashSet<(Named, u64)>>,
    /// The slots that take new rows: that of the living, and that of tombstones.
    pub(crate) tails: [Option<usize>; 2],
    /// How many chunks there ever were.
    pub(crate) chunks: u64,
    /// Tombstones.
    pub(crate) gone: usize,
    pub(crate) pins: Arc<HashSet<AssetId>>,
    pub(crate) columns: [Column; COLS],
    pub(crate) tag_keys: Column,
    pub(crate) categories: [u64; Category::ALL.len()],
    pub(crate) scopes: Scopes,
    pub(crate) names: Runs,
    /// What was written anew lately.
    pub(crate) moves: Moves,
    /// The paths into payloads whose values are kept.
    pub(crate) paths: Arc<Paths>,
    pub(crate) hasher: NameHasher,
}

/// A place for a chunk: its rows, and which of them stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    pub(crate) chunk: Arc<Chunk>,
    pub(crate) live: Arc<Bits>,
    pub(crate) count: u32,
    /// All its rows are tombstones, and no query looks at them unless it asks for what is gone.
    pub(crate) grave: bool,
    /// Its rows that are joined to others; most slots have none.
    pub(crate) joined: Option<Arc<Joined>>,
}

impl Slot {
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Bits>() + self.joined.as_ref().map_or(0, |joined| joined.bytes())
    }

    /// The rows that are results by themselves.
    pub(crate) fn shown(&self) -> Cow<'_, Bits> {
        match &self.joined {
            None => Cow::Borrowed(&self.live),
            Some(joined) => Cow::Owned(self.live.without(&joined.folded)),
        }
    }
}

impl Parts {
    /// The rows of the thing that a row speaks of, where they are more than one: its face first.
    pub(crate) fn group(&self, row: RowId) -> Option<&Group> {
        let (slot, n) = place(row);
        self.slots.get(slot)?.joined.as_ref()?.group(n)
    }

    /// What the record of a row by itself says of its presence.
    pub(crate) fn presence(&self, chunk: &Chunk, n: usize) -> Presence {
        match chunk.gone(n) {
            Some((at, why)) => Presence::Gone { at: Timestamp::from_millis(at), why },
            None => self.scopes.presence(chunk.scope[n], chunk.hash[n]),
        }
    }

    /// When the record of a row was last seen; of a tombstone, the last time that is certain.
    pub(crate) fn last_seen(&self, chunk: &Chunk, n: usize) -> Option<Timestamp> {
        match chunk.gone(n) {
            Some(_) => Some(Timestamp::from_millis(chunk.changed_at.get(n))),
            None => self.scopes.last_seen(chunk.scope[n], chunk.hash[n]),
        }
    }
}

/// The row at a place within a slot.
pub(crate) fn row_id(slot: usize, n: usize) -> RowId {
    RowId::try_from(slot * CHUNK + n).unwrap_or(RowId::MAX)
}

/// The slot of a row, and its place within.
pub(crate) fn place(row: RowId) -> (usize, usize) {
    (row as usize / CHUNK, row as usize % CHUNK)
}
