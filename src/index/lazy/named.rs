//! Hits by name, or by name from the end: windows of them cut out of the order of all rows. How many hits
//! stand before each block of that order is counted once, when somebody looks far down.

use std::sync::OnceLock;

use super::{all, is_in};
use crate::{RowId, Snapshot, bits::Bits, order::Order, parts::place};

/// So few hits are listed when the first of them is wanted.
const FEW: usize = if cfg!(test) { 8 } else { 8192 };
/// Windows that end before this are cut from the beginning, without counting.
const NEAR: usize = if cfg!(test) { 8 } else { 512 };
/// Rows that are cut at once where all are wanted.
const STEP: usize = if cfg!(test) { 8 } else { 4096 };

#[derive(Debug)]
pub(super) struct Named {
    len: usize,
    /// By name from the end; those of one name are still by id.
    descending: bool,
    /// All of them, where they are few.
    few: OnceLock<Vec<RowId>>,
    /// Hits before each block of the order.
    before: OnceLock<Vec<usize>>,
}

/// What windows are cut from.
#[derive(Clone, Copy)]
struct Sheet<'a> {
    snapshot: &'a Snapshot,
    order: &'a Order,
    sets: &'a [Bits],
}

impl<'a> Sheet<'a> {
    fn new(snapshot: &'a Snapshot, sets: &'a [Bits]) -> Self {
        Self { snapshot, order: snapshot.order(), sets }
    }

    fn block(self, n: usize) -> impl Iterator<Item = RowId> + 'a {
        self.order.block(n).filter(move |row| is_in(self.sets, *row))
    }

    fn same_name(self, a: RowId, b: RowId) -> bool {
        let name = |row: RowId| {
            let (slot, n) = place(row);
            self.snapshot.parts.slots[slot].chunk.low_name(n)
        };
        name(a) == name(b)
    }
}

impl Named {
    pub(super) fn new(len: usize, descending: bool) -> Self {
        Self { len, descending, few: OnceLock::new(), before: OnceLock::new() }
    }

    /// The window must not reach beyond the end.
    pub(super) fn window(&self, snapshot: &Snapshot, sets: &[Bits], start: usize, len: usize) -> Vec<RowId> {
        let sheet = Sheet::new(snapshot, sets);
        if !self.descending {
            return self.cut(sheet, start, len);
        }
        let mut out = Vec::with_capacity(len);
        // The part of the list that is turned round, cut at once.
        let (low, high) = (self.len - start - len, self.len - start);
        let part = self.cut(sheet, low, len);
        let at = |n: usize| if (low..high).contains(&n) { part[n - low] } else { self.at(sheet, n) };
        while out.len() < len {
            let n = self.len - 1 - (start + out.len());
            let (first, end) = self.same(sheet, n, &at);
            // Those of one name stand the right way round.
            let skip = start + out.len() - (self.len - end);
            let take = (end - first - skip).min(len - out.len());
            if first + skip >= low && first + skip + take <= high {
                out.extend_from_slice(&part[first + skip - low..][..take]);
            } else {
                out.extend(self.cut(sheet, first + skip, take));
            }
        }
        out
    }

    pub(super) fn position(&self, snapshot: &Snapshot, sets: &[Bits], row: RowId) -> usize {
        let sheet = Sheet::new(snapshot, sets);
        let n = if self.len <= FEW {
            self.few(sheet).iter().position(|r| *r == row)
        } else {
            let block = sheet.order.block_of(sheet.order.key(row));
            sheet.block(block).position(|r| r == row).map(|n| self.before(sheet)[block] + n)
        };
        // Every row of the sets stands in the order.
        let n = n.unwrap_or_default();
        if !self.descending {
            return n;
        }
        let (first, end) = self.same(sheet, n, &|n| self.at(sheet, n));
        self.len - end + n - first
    }

    pub(super) fn iter<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        sets: &'a [Bits],
    ) -> Box<dyn Iterator<Item = RowId> + 'a> {
        if !self.descending {
            let sheet = Sheet::new(snapshot, sets);
            return Box::new((0..sheet.order.blocks()).flat_map(move |n| sheet.block(n)));
        }
        let starts = (0..self.len).step_by(STEP);
        Box::new(starts.flat_map(move |at| self.window(snapshot, sets, at, STEP.min(self.len - at))))
    }

    /// By name, whatever way round they are shown.
    fn cut(&self, sheet: Sheet<'_>, start: usize, len: usize) -> Vec<RowId> {
        if len == 0 {
            return Vec::new();
        }
        if self.len <= FEW {
            return self.few(sheet)[start..start + len].to_vec();
        }
        let (block, skip) = if start + len <= NEAR && self.before.get().is_none() {
            (0, start)
        } else {
            let before = self.before(sheet);
            let block = before.partition_point(|before| *before <= start) - 1;
            (block, start - before[block])
        };
        let blocks = block..sheet.order.blocks();
        blocks.flat_map(|n| sheet.block(n)).skip(skip).take(len).collect()
    }

    fn at(&self, sheet: Sheet<'_>, n: usize) -> RowId {
        self.cut(sheet, n, 1).first().copied().unwrap_or_default()
    }

    fn few(&self, sheet: Sheet<'_>) -> &[RowId] {
        self.few.get_or_init(|| {
            let mut keys: Vec<_> = all(sheet.sets).map(|row| sheet.order.key(row)).collect();
            keys.sort_unstable();
            keys.into_iter().map(|key| sheet.order.row(key)).collect()
        })
    }

    /// Hits before each block; the first has none before it.
    fn before(&self, sheet: Sheet<'_>) -> &[usize] {
        self.before.get_or_init(|| {
            let mut before = vec![0; sheet.order.blocks()];
            for row in all(sheet.sets) {
                if let Some(count) = before.get_mut(sheet.order.block_of(sheet.order.key(row))) {
                    *count += 1;
                }
            }
            let mut sum = 0;
            for count in &mut before {
                (*count, sum) = (sum, sum + *count);
            }
            before
        })
    }

    /// From where to where the hits have the name of number `n`, by steps that double.
    fn same(&self, sheet: Sheet<'_>, n: usize, at: &dyn Fn(usize) -> RowId) -> (usize, usize) {
        let row = at(n);
        let same = |n: usize| sheet.same_name(at(n), row);
        // The farthest on one side, `near` being of the name and `far` not.
        let search = |mut near: usize, mut far: usize| {
            while near.abs_diff(far) > 1 {
                let middle = near.midpoint(far);
                if same(middle) { near = middle } else { far = middle }
            }
            near
        };
        let mut step = 1;
        let first = loop {
            let Some(far) = n.checked_sub(step) else {
                break if same(0) { 0 } else { search(n, 0) };
            };
            if !same(far) {
                break search(n, far);
            }
            step *= 2;
        };
        step = 1;
        let last = loop {
            if n + step >= self.len {
                break if same(self.len - 1) { self.len - 1 } else { search(n, self.len - 1) };
            }
            if !same(n + step) {
                break search(n, n + step);
            }
            step *= 2;
        };
        (first, last + 1)
    }
}
