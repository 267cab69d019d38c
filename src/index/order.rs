//! All rows of a snapshot by name, then id; tombstones among them.
//!
//! A long list that many snapshots share, and a short one of the rows that came since, each with the
//! place in the long list before which it stands:
//!
//! ```text
//! base   [ ant  bee  cow  dog ]        rows that died since stay in it; whoever walks asks who lives
//! delta  [ (1, ape) (3, cub) ]         ant ape bee cow cub dog
//! ```
//!
//! A batch of new rows costs a search each, and names are compared for nothing else. When the short list
//! grows long the two are made one, which moves numbers and compares nothing. An order is handed on from
//! snapshot to snapshot by [`OrderCache`]; what is kept over a restart comes back as a [`Seed`].

mod base;
mod cache;
mod follow;

use std::cmp::Ordering;

use crate::{
    RowId,
    parts::{Parts, place},
    symbols::Col,
};
use base::{Base, NONE};
pub(crate) use cache::OrderCache;
pub(crate) use follow::sort;

/// Rows of the long list that are counted together.
pub(crate) const BLOCK: usize = if cfg!(test) { 16 } else { 4096 };

/// Where a row stands in an order: keys of two rows compare like the rows.
pub(crate) type Key = u64;

/// The rows of one snapshot in order.
#[derive(Debug)]
pub(crate) struct Order {
    /// Of which snapshot it is.
    number: u64,
    base: std::sync::Arc<Base>,
    /// Rows that are not in `base`: before which of its places each stands.
    delta: Vec<(u32, RowId)>,
    /// Where in `delta` each of its rows is, by row.
    places: Vec<(RowId, u32)>,
    /// Per slot: `base` speaks of the chunk that is there, not of an earlier one.
    known: Vec<bool>,
    /// Per slot: the chunk, and how many of its rows were looked at.
    covered: Vec<(u64, usize)>,
}

/// An order as it was saved: rows by name, and of which chunk of each slot they speak. A slot that was emptied and
/// filled again since holds other rows.
#[derive(Debug, Default)]
pub(crate) struct Seed {
    pub(crate) rows: Vec<RowId>,
    /// By slot.
    pub(crate) chunks: Vec<u64>,
}

/// By folded name, id, source, incarnation: total, as no two rows share the last three.
pub(crate) fn compare(parts: &Parts, a: RowId, b: RowId) -> Ordering {
    let ((slot_a, a), (slot_b, b)) = (place(a), place(b));
    let (x, y) = (&parts.slots[slot_a].chunk, &parts.slots[slot_b].chunk);
    x.low_name_bytes(a).cmp(y.low_name_bytes(b)).then_with(|| {
        let (p, q) = (x.text(a), y.text(b));
        let source = |s| parts.columns[Col::Source as usize].text(s);
        p.id()
            .cmp(&q.id())
            .then_with(|| source(x.symbols(Col::Source)[a]).cmp(source(y.symbols(Col::Source)[b])))
            .then_with(|| p.incarnation().cmp(q.incarnation()))
    })
}

impl Order {
    /// How many blocks it has; one at least.
    pub(crate) fn blocks(&self) -> usize {
        self.base.rows.len() / BLOCK + 1
    }

    /// The rows of one block in order. They may be dead, but are never those of another chunk.
    pub(crate) fn block(&self, n: usize) -> impl Iterator<Item = RowId> + '_ {
        let (from, to) = (n * BLOCK, ((n + 1) * BLOCK).min(self.base.rows.len()));
        let delta = |place: usize| self.delta.partition_point(|(before, _)| (*before as usize) < place);
        let (mut at, mut next) = (from, delta(from));
        let last = if n + 1 >= self.blocks() { self.delta.len() } else { delta(to) };
        std::iter::from_fn(move || {
            loop {
                if next < last && self.delta[next].0 as usize <= at {
                    next += 1;
                    return Some(self.delta[next - 1].1);
                }
                if at >= to {
                    return None;
                }
                let row = self.base.rows[at];
                at += 1;
                if self.known.get(place(row).0) == Some(&true) {
                    return Some(row);
                }
            }
        })
    }

    /// All rows in order.
    pub(crate) fn walk(&self) -> impl Iterator<Item = RowId> + '_ {
        (0..self.blocks()).flat_map(|n| self.block(n))
    }

    /// Where a row stands.
    pub(crate) fn key(&self, row: RowId) -> Key {
        let key = |place: u32, within: u32| u64::from(place) << 32 | u64::from(within);
        if self.known.get(place(row).0) == Some(&true)
            && let Some(rank) = self.base.rank(row)
        {
            // After all that stand before it.
            return key(rank, NONE);
        }
        match self.places.binary_search_by_key(&row, |(row, _)| *row) {
            Ok(at) => {
                let within = self.places[at].1;
                key(self.delta[within as usize].0, within)
            }
            Err(_) => Key::MAX,
        }
    }

    /// The row that stands there.
    pub(crate) fn row(&self, key: Key) -> RowId {
        let (at, within) = halves(key);
        if within == NONE {
            self.base.rows.get(at as usize).copied().unwrap_or_default()
        } else {
            self.delta.get(within as usize).map_or(0, |(_, row)| *row)
        }
    }

    /// The block in which it stands.
    pub(crate) fn block_of(&self, key: Key) -> usize {
        halves(key).0 as usize / BLOCK
    }

    /// What it takes of the memory, what it shares with others included.
    pub(crate) fn bytes(&self) -> usize {
        self.base.bytes() + self.delta.capacity() * 8 + self.places.capacity() * 8
    }
}

fn halves(key: Key) -> (u32, u32) {
    let half = |n: u64| u32::try_from(n & u64::from(u32::MAX)).unwrap_or(NONE);
    (half(key >> 32), half(key))
}
