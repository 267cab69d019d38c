//! How an order comes about: by sorting, once; from that of another snapshot ever after.

use std::{cmp::Ordering, collections::HashMap, sync::Arc};

use super::{
    Order, Seed,
    base::{Base, Beginning, beginning},
    compare,
};
use crate::{
    RowId,
    moves::Spot,
    parts::{Parts, place, row_id},
};

/// From so many rows on both processors sort.
const LARGE: usize = if cfg!(test) { 64 } else { 1 << 15 };
/// With no more rows than this in the short list there is nothing to gain by making one of the two.
const SHORT: usize = if cfg!(test) { 8 } else { 4096 };

/// Sorts rows by name, then id.
pub(crate) fn sort(parts: &Parts, rows: &[RowId]) -> Vec<RowId> {
    type Keyed = (Beginning, RowId);
    let order = |a: &Keyed, b: &Keyed| a.0.cmp(&b.0).then_with(|| compare(parts, a.1, b.1));
    let sorted = |rows: &[RowId]| -> Vec<Keyed> {
        let mut keyed: Vec<Keyed> = rows.iter().map(|r| (beginning(parts, *r), *r)).collect();
        keyed.sort_unstable_by(order);
        keyed
    };
    let rows_of = |keyed: Vec<Keyed>| keyed.into_iter().map(|(_, row)| row).collect();
    if rows.len() < LARGE {
        return rows_of(sorted(rows));
    }
    let (left, right) = rows.split_at(rows.len() / 2);
    let (left, right) = std::thread::scope(|scope| {
        let other = scope.spawn(|| sorted(right));
        let left = sorted(left);
        // It panics for nothing that would not have made this thread panic too.
        (left, other.join().unwrap_or_else(|_| sorted(right)))
    });
    let mut out = Vec::with_capacity(rows.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if order(a, b) == Ordering::Greater { right.next() } else { left.next() };
        out.extend(next.map(|(_, row)| row));
    }
    out.extend(left.chain(right).map(|(_, row)| row));
    out
}

fn covered(parts: &Parts) -> Vec<(u64, usize)> {
    parts.slots.iter().map(|s| (s.chunk.id, s.chunk.len())).collect()
}

fn live(parts: &Parts, row: RowId) -> bool {
    let (slot, n) = place(row);
    parts.slots.get(slot).is_some_and(|s| s.live.get(n))
}

impl Order {
    /// By sorting everything.
    pub(super) fn sorted(parts: &Parts, number: u64) -> Self {
        let slots = parts.slots.iter().enumerate();
        let rows: Vec<RowId> = slots.flat_map(|(at, s)| s.live.iter().map(move |n| row_id(at, n))).collect();
        Self::of(parts, number, sort(parts, &rows))
    }

    /// Of all rows, in order.
    fn of(parts: &Parts, number: u64, rows: Vec<RowId>) -> Self {
        Self {
            number,
            base: Arc::new(Base::new(parts, rows)),
            delta: Vec::new(),
            places: Vec::new(),
            known: vec![true; parts.slots.len()],
            covered: covered(parts),
        }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// That of another snapshot, an earlier or a later one: from the order of this one. Rows never change
    /// within a chunk and never come back to life, so what both know stands as it stood.
    pub(super) fn follow(&self, parts: &Parts, number: u64) -> Self {
        let id = |slot: usize| parts.slots.get(slot).map(|s| s.chunk.id);
        let of_now = |slot: usize| self.covered.get(slot).map(|(chunk, _)| *chunk) == id(slot);
        let known: Vec<bool> =
            (0..parts.slots.len()).map(|s| self.base.chunks.get(s).copied() == id(s)).collect();
        let kept: Vec<(u32, RowId)> = self
            .delta
            .iter()
            .copied()
            .filter(|(_, row)| of_now(place(*row).0) && live(parts, *row))
            .collect();
        let mut fresh = Vec::new();
        for (at, slot) in parts.slots.iter().enumerate() {
            let looked_at = Some(&(slot.chunk.id, slot.chunk.len())) == self.covered.get(at);
            if looked_at && number >= self.number {
                continue;
            }
            for row in slot.live.iter().map(|n| row_id(at, n)) {
                let in_base = known[at] && self.base.rank(row).is_some();
                let in_delta = of_now(at) && self.places.binary_search_by_key(&row, |(row, _)| *row).is_ok();
                if !in_base && !in_delta {
                    fresh.push(row);
                }
            }
        }
        if (fresh.len() + kept.len()) * 4 > parts.records + parts.gone {
            return Self::sorted(parts, number);
        }
        // Where some rows of the base tell nothing any more, or yet, two places may mean the same.
        let sharp = number >= self.number && known.iter().all(|k| *k);
        let behind = number.saturating_sub(self.number);
        let moves = parts.moves.latest(if fresh.is_empty() { 0 } else { behind });
        let seat =
            |row| self.seat_of_old(parts, &moves, row).unwrap_or_else(|| self.base.seat(parts, &known, row));
        let delta = insert(parts, &seat, sharp, kept, sort(parts, &fresh));
        let mut places: Vec<(RowId, u32)> = delta.iter().map(|(_, row)| *row).zip(0..).collect();
        places.sort_unstable();
        Self { number, base: self.base.clone(), delta, places, known, covered: covered(parts) }
    }

    /// Before which place of the long list the row stood before it was written anew, if this order has it.
    fn seat_of_old(&self, parts: &Parts, moves: &HashMap<Spot, Spot>, row: RowId) -> Option<u32> {
        let mut spot = (row, parts.slots[place(row).0].chunk.id);
        loop {
            spot = *moves.get(&spot)?;
            let (row, chunk) = spot;
            let slot = place(row).0;
            if self.base.chunks.get(slot) == Some(&chunk)
                && let Some(rank) = self.base.rank(row)
            {
                return Some(rank);
            }
            if self.covered.get(slot).is_some_and(|(id, _)| *id == chunk)
                && let Ok(at) = self.places.binary_search_by_key(&row, |(row, _)| *row)
            {
                return Some(self.delta[self.places[at].1 as usize].0);
            }
        }
    }

    /// Whether it is time to make one list of the two.
    pub(super) fn is_long(&self, parts: &Parts) -> bool {
        let rows = parts.records + parts.gone;
        let dead = (self.base.rows.len() + self.delta.len()).saturating_sub(rows);
        self.delta.len() > SHORT.max(rows / 64) || dead > SHORT.max(rows / 4)
    }

    /// The same as one list. Compares no names.
    pub(super) fn folded(&self, parts: &Parts) -> Self {
        let mut rows = Vec::with_capacity(parts.records + parts.gone);
        rows.extend(self.walk().filter(|row| live(parts, *row)));
        Self::of(parts, self.number, rows)
    }

    /// From rows that are said to stand in order: whichever live once, in the chunk that was meant, are
    /// taken, and the others found their places. `None` when they do not stand in order.
    pub(crate) fn seeded(parts: &Parts, number: u64, seed: Seed) -> Option<Self> {
        let mut left: Vec<_> = parts.slots.iter().map(|s| s.live.as_ref().clone()).collect();
        let same: Vec<bool> = parts.slots.iter().zip(&seed.chunks).map(|(s, id)| s.chunk.id == *id).collect();
        let mut rows = seed.rows;
        rows.retain(|row| {
            let (slot, n) = place(*row);
            let lives = same.get(slot) == Some(&true) && left[slot].get(n);
            if lives {
                left[slot].clear(n);
            }
            lives
        });
        // A few thousand neighbours, all over.
        let step = (rows.len() / 4096).max(1);
        let pairs = rows.windows(2).step_by(step);
        if pairs.into_iter().any(|pair| compare(parts, pair[0], pair[1]) != Ordering::Less) {
            return None;
        }
        let order = Self::of(parts, number, rows);
        // As if none of the rows that were missing had been looked at.
        let looked_at = order.covered.iter().zip(&left);
        let covered =
            looked_at.map(|((id, len), left)| if left.is_empty() { (*id, *len) } else { (*id, NOT_ALL) });
        let order = Self { covered: covered.collect(), ..order };
        Some(if left.iter().all(crate::bits::Bits::is_empty) { order } else { order.follow(parts, number) })
    }
}

/// More rows than a chunk can have.
const NOT_ALL: usize = usize::MAX;

/// Rows in order among those that are there.
fn insert(
    parts: &Parts,
    seat: &dyn Fn(RowId) -> u32,
    sharp: bool,
    kept: Vec<(u32, RowId)>,
    fresh: Vec<RowId>,
) -> Vec<(u32, RowId)> {
    if fresh.is_empty() {
        return kept;
    }
    let mut out: Vec<(u32, RowId)> = Vec::with_capacity(kept.len() + fresh.len());
    let mut from = 0;
    for row in fresh {
        let seat = seat(row);
        let before = kept[from..].partition_point(|(place, other)| {
            if sharp && *place != seat {
                *place < seat
            } else {
                compare(parts, *other, row) == Ordering::Less
            }
        });
        out.extend(&kept[from..from + before]);
        out.push((seat, row));
        from += before;
    }
    out.extend(&kept[from..]);
    let mut least = 0;
    for (place, _) in &mut out {
        // All that stands between tells nothing, so that the later place is right for both.
        least = least.max(*place);
        *place = least;
    }
    out
}
