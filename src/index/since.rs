//! What came and went between two snapshots of one writer, found by comparing what they do not share, and
//! the little of a row that somebody needs who keeps something beside the rows.

use std::sync::Arc;

use cloudscope_domain::{AssetId, Kind};

use crate::{
    RowId, Snapshot,
    bits::CHUNK,
    order,
    parts::{place, row_id},
    symbols::Col,
};

/// The rows in which two snapshots differ. Tombstones are not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// Rows that live in the newer one only. A record that changed comes anew, and its old row goes.
    pub came: Vec<RowId>,
    /// Rows that live in the older one only.
    pub gone: Vec<RowId>,
}

impl Snapshot {
    /// What happened since another snapshot, which may also be the newer one. None when that is of another
    /// writer, so that its numbers mean nothing here. Costs what the two do not share.
    #[must_use]
    pub fn since(&self, other: &Self) -> Option<Since> {
        if !self.same_writer(other) {
            return None;
        }
        let mut since = Since::default();
        for at in 0..self.parts.slots.len().max(other.parts.slots.len()) {
            let living = |of: &'_ Self| of.parts.slots.get(at).filter(|slot| !slot.grave).cloned();
            let (new, old) = (living(self).unwrap_or_default(), living(other).unwrap_or_default());
            // A chunk only grows, so that a place in it always means the same record.
            let same = new.chunk.id == old.chunk.id;
            if !(same && Arc::ptr_eq(&new.live, &old.live)) {
                let came = if same { new.live.without(&old.live) } else { (*new.live).clone() };
                let gone = if same { old.live.without(&new.live) } else { (*old.live).clone() };
                since.came.extend(came.iter().map(|n| row_id(at, n)));
                since.gone.extend(gone.iter().map(|n| row_id(at, n)));
            }
        }
        Some(since)
    }

    /// One more than the number of any row.
    #[must_use]
    pub fn end(&self) -> RowId {
        row_id(self.parts.slots.len(), 0).min(RowId::MAX - CHUNK as RowId)
    }

    /// The rows of all records that speak of the same thing as this one, itself among them.
    #[must_use]
    pub fn together<'a>(&'a self, row: &'a RowId) -> &'a [RowId] {
        self.parts.group(*row).map_or(std::slice::from_ref(row), |group| group)
    }

    /// The id of a row.
    ///
    /// # Panics
    /// When `row` is not of this snapshot.
    #[must_use]
    pub fn id(&self, row: RowId) -> AssetId {
        let (slot, n) = place(row);
        AssetId::from(&*self.parts.slots[slot].chunk.text(n).id())
    }

    /// The hash of the key of a row's record.
    ///
    /// # Panics
    /// When `row` is not of this snapshot.
    #[must_use]
    pub fn hash(&self, row: RowId) -> u128 {
        let (slot, n) = place(row);
        self.parts.slots[slot].chunk.hash[n]
    }

    /// The id and the short names of a row.
    ///
    /// # Panics
    /// When `row` is not of this snapshot.
    #[must_use]
    pub fn names(&self, row: RowId) -> Vec<String> {
        let (slot, n) = place(row);
        let text = self.parts.slots[slot].chunk.text(n);
        std::iter::once(text.id()).chain(text.aliases()).map(std::borrow::Cow::into_owned).collect()
    }

    /// Whether names lead to a row of this snapshot as they lead to one of another snapshot: it bears the
    /// same ones, is of the same kind, and speaks for itself like that one.
    ///
    /// # Panics
    /// When one of the rows is not of its snapshot.
    #[must_use]
    pub fn is_called_like(&self, row: RowId, other: &Self, of: RowId) -> bool {
        let told = |snapshot: &Self, row: RowId| {
            let (slot, n) = place(row);
            let declares = snapshot.parts.slots[slot].chunk.text(n).declares().is_some();
            (declares, snapshot.kind_text(snapshot.kind_number(row)), snapshot.names(row))
        };
        told(self, row) == told(other, of)
    }

    /// The living rows that bear a name, as their id or as a short name.
    pub fn bearing<'a>(&'a self, name: &'a str) -> impl Iterator<Item = RowId> + 'a {
        self.by_id(name).chain(self.by_alias(name))
    }

    /// The number of a row's kind: kinds have the same number in all snapshots of a writer.
    ///
    /// # Panics
    /// When `row` is not of this snapshot.
    #[must_use]
    pub fn kind_number(&self, row: RowId) -> u32 {
        let (slot, n) = place(row);
        self.parts.slots[slot].chunk.symbols(Col::Kind)[n]
    }

    /// The kind of a number.
    #[must_use]
    pub fn kind_text(&self, number: u32) -> Arc<str> {
        self.parts.columns[Col::Kind as usize].get(number)
    }

    /// The number of a kind, if something ever was of it.
    #[must_use]
    pub fn number_of_kind(&self, kind: &Kind) -> Option<u32> {
        self.parts.columns[Col::Kind as usize].number(kind.as_str())
    }

    /// Puts rows in order by name, then id.
    pub fn sort_by_name(&self, rows: &mut Vec<RowId>) {
        if self.order_is_near() {
            rows.sort_by_cached_key(|row| self.order().key(*row));
        } else {
            *rows = order::sort(&self.parts, rows);
        }
    }
}
