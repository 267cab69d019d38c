//! The order by name, then id: computed when first asked for, from the order of an earlier snapshot
//! and the rows that were added since where that is known.

use std::{
    cmp::Ordering,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    RowId,
    parts::{Parts, Slot, place, row_id},
    symbols::Col,
};

/// All live rows of a snapshot in order, and which rows of which chunks were looked at for it.
#[derive(Debug, Default)]
pub(crate) struct Order {
    pub(crate) rows: Vec<RowId>,
    /// Per slot: the chunk, and how many of its rows.
    covered: Vec<(u64, usize)>,
}

/// The newest order that any snapshot computed.
#[derive(Debug, Default)]
pub(crate) struct OrderCache(Mutex<Option<Arc<Order>>>);

/// The first bytes of the folded name: decides most comparisons without touching the row.
fn prefix(parts: &Parts, row: RowId) -> u64 {
    let (slot, n) = place(row);
    let name = parts.slots[slot].chunk.low_name(n).as_bytes();
    let mut bytes = [0; 8];
    let length = name.len().min(8);
    bytes[..length].copy_from_slice(&name[..length]);
    u64::from_be_bytes(bytes)
}

/// By folded name, id, source, incarnation: total, as no two rows share the last three.
pub(crate) fn compare(parts: &Parts, a: RowId, b: RowId) -> Ordering {
    let ((slot_a, a), (slot_b, b)) = (place(a), place(b));
    let (x, y) = (&parts.slots[slot_a].chunk, &parts.slots[slot_b].chunk);
    x.low_name(a).cmp(y.low_name(b)).then_with(|| {
        let (p, q) = (x.text(a), y.text(b));
        let source = |s| parts.columns[Col::Source as usize].text(s);
        p.id()
            .cmp(&q.id())
            .then_with(|| source(x.symbols(Col::Source)[a]).cmp(source(y.symbols(Col::Source)[b])))
            .then_with(|| p.incarnation().cmp(q.incarnation()))
    })
}

/// Sorts rows by name, then id.
pub(crate) fn sort(parts: &Parts, rows: Vec<RowId>) -> Vec<RowId> {
    let mut keyed: Vec<(u64, RowId)> = rows.into_iter().map(|r| (prefix(parts, r), r)).collect();
    keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| compare(parts, a.1, b.1)));
    keyed.into_iter().map(|(_, r)| r).collect()
}

/// Two lists in order as one.
pub(crate) fn merge(
    parts: &Parts,
    many: impl Iterator<Item = RowId>,
    few: Vec<RowId>,
    capacity: usize,
) -> Vec<RowId> {
    let mut rows = Vec::with_capacity(capacity);
    let mut few = few.into_iter().peekable();
    if few.peek().is_none() {
        rows.extend(many);
        return rows;
    }
    for row in many {
        while let Some(next) = few.next_if(|f| compare(parts, *f, row) == Ordering::Less) {
            rows.push(next);
        }
        rows.push(row);
    }
    rows.extend(few);
    rows
}

impl OrderCache {
    /// That of saved rows: all that live in these slots.
    pub(crate) fn of(slots: &[Slot], rows: Vec<RowId>) -> Self {
        Self(Mutex::new(Some(Arc::new(Order { rows, covered: covered(slots) }))))
    }

    /// Whether there is one to start from.
    pub(crate) fn is_there(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The order of this snapshot.
    pub(crate) fn order(&self, parts: &Parts) -> Arc<Order> {
        let base = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let order = Arc::new(match base {
            Some(base) => follow(parts, &base),
            None => full(parts),
        });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(order.clone());
        order
    }
}

fn covered(slots: &[Slot]) -> Vec<(u64, usize)> {
    slots.iter().map(|s| (s.chunk.id, s.chunk.len())).collect()
}

/// The live rows of a slot from a place on; none of a slot of tombstones.
fn rows_from(parts: &Parts, slot: usize, first: usize) -> impl Iterator<Item = RowId> + '_ {
    let live = (!parts.slots[slot].grave).then(|| &parts.slots[slot].live);
    live.into_iter().flat_map(|l| l.iter()).skip_while(move |n| *n < first).map(move |n| row_id(slot, n))
}

fn full(parts: &Parts) -> Order {
    let rows = (0..parts.slots.len()).flat_map(|s| rows_from(parts, s, 0)).collect();
    Order { rows: sort(parts, rows), covered: covered(&parts.slots) }
}

/// Rows never change within a chunk, so the order of the rows that both know is the same.
fn follow(parts: &Parts, base: &Order) -> Order {
    // How many rows of each slot stand in the base.
    let known: Vec<usize> = (0..parts.slots.len())
        .map(|slot| match base.covered.get(slot) {
            Some((id, len)) if *id == parts.slots[slot].chunk.id => *len,
            _ => 0,
        })
        .collect();
    let fresh: Vec<RowId> =
        known.iter().enumerate().flat_map(|(s, first)| rows_from(parts, s, *first)).collect();
    if fresh.len() * 4 > parts.records {
        return full(parts);
    }
    // A base that is newer than this snapshot holds rows that live here and died since: they are missing there.
    let kept = base.rows.iter().copied().filter(|row| {
        let (slot, n) = place(*row);
        parts.slots.get(slot).is_some_and(|s| n < known[slot] && n < s.chunk.len() && s.live.get(n))
    });
    let rows = merge(parts, kept, sort(parts, fresh), parts.records);
    if rows.len() == parts.records { Order { rows, covered: covered(&parts.slots) } } else { full(parts) }
}
