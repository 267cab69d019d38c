//! The long list of an order, shared by many snapshots: rows by name as of some snapshot, where each of
//! them stands, and every so often the beginning of its name, so that a search touches few rows.

use std::cmp::Ordering;

use super::compare;
use crate::{
    RowId,
    parts::{Parts, place},
};

/// No place at all.
pub(super) const NONE: u32 = u32::MAX;
/// Every so many rows the beginning of the name is kept.
const MARK: usize = if cfg!(test) { 4 } else { 64 };

#[derive(Debug, Default)]
pub(super) struct Base {
    pub(super) rows: Vec<RowId>,
    /// By row; [`NONE`] for those that are not in it.
    ranks: Vec<u32>,
    /// By slot: the chunk of which it speaks.
    pub(super) chunks: Vec<u64>,
    marks: Vec<Beginning>,
}

/// The first 16 bytes of a folded name: decide most comparisons without touching the row.
pub(super) type Beginning = (u64, u64);

pub(super) fn beginning(parts: &Parts, row: RowId) -> Beginning {
    let (slot, n) = place(row);
    let name = parts.slots[slot].chunk.low_name_bytes(n);
    let eight = |from: usize| {
        let part = name.get(from..).unwrap_or(&[]);
        let mut bytes = [0; 8];
        let length = part.len().min(8);
        bytes[..length].copy_from_slice(&part[..length]);
        u64::from_be_bytes(bytes)
    };
    (eight(0), eight(8))
}

impl Base {
    /// Of rows that stand in order and live in these parts.
    pub(super) fn new(parts: &Parts, rows: Vec<RowId>) -> Self {
        let numbers = rows.iter().max().map_or(0, |row| *row as usize + 1);
        let mut ranks = vec![NONE; numbers];
        for (rank, row) in (0..).zip(&rows) {
            ranks[*row as usize] = rank;
        }
        let marks = rows.iter().step_by(MARK).map(|row| beginning(parts, *row)).collect();
        let chunks = parts.slots.iter().map(|slot| slot.chunk.id).collect();
        Self { rows, ranks, chunks, marks }
    }

    /// The place of a row, as long as its slot holds the chunk of which this speaks.
    pub(super) fn rank(&self, row: RowId) -> Option<u32> {
        self.ranks.get(row as usize).copied().filter(|rank| *rank != NONE)
    }

    /// Before which place a row belongs. Rows of slots that are not `known` tell nothing any more.
    pub(super) fn seat(&self, parts: &Parts, known: &[bool], row: RowId) -> u32 {
        let begins = beginning(parts, row);
        let smaller = self.marks.partition_point(|mark| *mark < begins);
        let not_larger = self.marks.partition_point(|mark| *mark <= begins);
        let mut low = smaller.checked_sub(1).map_or(0, |mark| mark * MARK + 1);
        let mut high = (not_larger * MARK).min(self.rows.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let told = (middle..high).find(|at| {
                let (slot, n) = place(self.rows[*at]);
                // A snapshot that is older than the list has fewer rows in the same chunk.
                known.get(slot) == Some(&true) && n < parts.slots[slot].chunk.len()
            });
            match told {
                Some(at) if compare(parts, self.rows[at], row) == Ordering::Less => low = at + 1,
                _ => high = middle,
            }
        }
        u32::try_from(low).unwrap_or(NONE)
    }

    pub(super) fn bytes(&self) -> usize {
        (self.rows.capacity() + self.ranks.capacity()) * 4
            + self.chunks.capacity() * 8
            + self.marks.capacity() * 16
    }
}
