//! The rows that match a query, as sets; put in order only as far as somebody looks.
//!
//! By name a window is cut out of the order of all rows. In another order the first few hundred are
//! chosen when the query is answered; the rest is sorted when somebody asks for it.

mod named;
mod sorted;

use cloudscope_domain::Timestamp;

use crate::{
    RowId, Snapshot, SortError,
    bits::Bits,
    order,
    parts::{place, row_id},
    sort::Way,
    truth::Matches,
};
use named::Named;
use sorted::Sorted;

/// The rows that match a query, for the snapshot that was asked and no other one.
#[derive(Debug, Default)]
pub struct Hits {
    /// How many of the rows have unknown presence.
    pub unknown: u64,
    /// Rows that neither match nor fail, because the value asked about is not known. Not among the rows.
    pub undecided: u64,
    len: usize,
    /// Per slot; empty where the rows are listed.
    sets: Vec<Bits>,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    /// One by one, in the order in which they are shown.
    Listed(Vec<RowId>),
    Named(Named),
    Sorted(Sorted),
    /// As they are kept; for each slot, how many stand before it.
    Kept(Vec<usize>),
}

impl Default for Rows {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl Hits {
    /// Exactly these rows, in this order.
    #[must_use]
    pub fn listed(rows: Vec<RowId>, unknown: u64) -> Self {
        Self { unknown, len: rows.len(), rows: Rows::Listed(rows), ..Self::default() }
    }

    pub(crate) fn new(
        snapshot: &Snapshot,
        found: Matches,
        way: Way,
        now: Timestamp,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Self, SortError> {
        let Matches { sets, total, unknown, undecided } = found;
        let rows = match way {
            Way::Kept => Rows::Kept(before(&sets)),
            // Of an order that nobody needed yet a few rows are not worth sorting all.
            Way::Name { descending: false } if !snapshot.order_is_near() && total * 8 < snapshot.len() => {
                if cancel() {
                    return Err(SortError::Cancelled);
                }
                Rows::Listed(order::sort(&snapshot.parts, &all(&sets).collect::<Vec<_>>()))
            }
            Way::Name { descending } => Rows::Named(Named::new(total, descending)),
            Way::Columns(columns) => Rows::Sorted(Sorted::new(snapshot, &sets, total, columns, now, cancel)?),
        };
        Ok(Self { unknown, undecided, len: total, sets, rows })
    }

    /// How many rows match.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether none does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether windows beyond the first screens still have to be sorted, which [`Hits::settle`] does.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(&self.rows, Rows::Sorted(sorted) if sorted.is_open())
    }

    /// Puts the rest in order, so that no window waits for it.
    ///
    /// # Errors
    /// When `cancel` returned `true`.
    pub fn settle(&self, snapshot: &Snapshot, cancel: &dyn Fn() -> bool) -> Result<(), SortError> {
        match &self.rows {
            Rows::Sorted(sorted) => sorted.whole(snapshot, &self.sets, cancel).map(|_| ()),
            Rows::Listed(_) | Rows::Named(_) | Rows::Kept(_) => Ok(()),
        }
    }

    /// Rows `start..start + len` in the order that was asked for; fewer at the end.
    #[must_use]
    pub fn window(&self, snapshot: &Snapshot, start: usize, len: usize) -> Vec<RowId> {
        // Only being told to stop is an error.
        self.window_until(snapshot, start, len, &|| false).unwrap_or_default()
    }

    /// The same, as long as nobody says stop.
    ///
    /// # Errors
    /// When `cancel` returned `true` while the rows were still to be sorted.
    pub fn window_until(
        &self,
        snapshot: &Snapshot,
        start: usize,
        len: usize,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Vec<RowId>, SortError> {
        let start = start.min(self.len);
        let len = len.min(self.len - start);
        match &self.rows {
            Rows::Listed(rows) => Ok(rows[start..start + len].to_vec()),
            Rows::Named(named) => Ok(named.window(snapshot, &self.sets, start, len)),
            Rows::Sorted(sorted) => sorted.window(snapshot, &self.sets, start, len, cancel),
            Rows::Kept(before) => {
                let slot = before.partition_point(|before| *before <= start).saturating_sub(1);
                let skip = start - before.get(slot).copied().unwrap_or(start);
                Ok(from(&self.sets, slot).skip(skip).take(len).collect())
            }
        }
    }

    /// Where a row stands among them, if it is one of them.
    #[must_use]
    pub fn position(&self, snapshot: &Snapshot, row: RowId) -> Option<usize> {
        match &self.rows {
            Rows::Listed(rows) => rows.iter().position(|r| *r == row),
            Rows::Named(named) => self.contains(row).then(|| named.position(snapshot, &self.sets, row)),
            Rows::Sorted(sorted) => self.contains(row).then(|| sorted.position(snapshot, &self.sets, row)),
            Rows::Kept(before) => self.contains(row).then(|| {
                let (slot, n) = place(row);
                before[slot] + self.sets[slot].iter().take_while(|other| *other < n).count()
            }),
        }
    }

    /// Whether a row is one of them.
    #[must_use]
    pub fn contains(&self, row: RowId) -> bool {
        if self.sets.is_empty() {
            return matches!(&self.rows, Rows::Listed(rows) if rows.contains(&row));
        }
        is_in(&self.sets, row)
    }

    /// All of them by their numbers, whatever order was asked for.
    pub fn each(&self, mut visit: impl FnMut(RowId)) {
        match &self.rows {
            Rows::Listed(rows) if self.sets.is_empty() => rows.iter().for_each(|row| visit(*row)),
            _ => all(&self.sets).for_each(visit),
        }
    }

    /// All of them, in the order that was asked for.
    pub fn iter<'a>(&'a self, snapshot: &'a Snapshot) -> Box<dyn Iterator<Item = RowId> + 'a> {
        match &self.rows {
            Rows::Listed(rows) => Box::new(rows.iter().copied()),
            Rows::Named(named) => named.iter(snapshot, &self.sets),
            Rows::Sorted(sorted) => {
                let all = sorted.whole(snapshot, &self.sets, &|| false).unwrap_or_default();
                Box::new((0..all.len()).map(move |n| all[n]))
            }
            Rows::Kept(_) => Box::new(all(&self.sets)),
        }
    }
}

fn is_in(sets: &[Bits], row: RowId) -> bool {
    let (slot, n) = place(row);
    sets.get(slot).is_some_and(|set| set.get(n))
}

/// The rows of the sets by number.
fn all(sets: &[Bits]) -> impl Iterator<Item = RowId> + '_ {
    from(sets, 0)
}

/// The same from one slot on.
fn from(sets: &[Bits], first: usize) -> impl Iterator<Item = RowId> + '_ {
    let slots = sets.iter().enumerate().skip(first);
    slots.flat_map(|(slot, set)| set.iter().map(move |n| row_id(slot, n)))
}

/// For each slot, how many rows of the sets stand before it.
fn before(sets: &[Bits]) -> Vec<usize> {
    let counted = sets.iter().scan(0, |sum, set| {
        let before = *sum;
        *sum += set.count();
        Some(before)
    });
    counted.collect()
}
