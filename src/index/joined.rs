//! Which rows of a slot are joined to others by same-as, and which of those are folded into the row of
//! another. Knows nothing of how records are found to speak of the same thing.

use std::{collections::BTreeMap, sync::Arc};

use crate::{RowId, bits::Bits};

/// Rows that speak of one thing: first its face, the others in a stable order.
pub(crate) type Group = Arc<[RowId]>;

/// The joined rows of one slot; a slot without any has none of this.
#[derive(Clone, Debug, Default)]
pub(crate) struct Joined {
    /// Rows that another one stands for: in no result, count or total.
    pub(crate) folded: Bits,
    /// The group of each joined row, by its place.
    groups: BTreeMap<u16, Group>,
}

fn key(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

impl Joined {
    pub(crate) fn group(&self, n: usize) -> Option<&Group> {
        self.groups.get(&key(n))
    }

    pub(crate) fn set(&mut self, n: usize, group: Group, folded: bool) {
        self.groups.insert(key(n), group);
        if folded { self.folded.set(n) } else { self.folded.clear(n) }
    }

    pub(crate) fn remove(&mut self, n: usize) {
        self.groups.remove(&key(n));
        self.folded.clear(n);
    }

    pub(crate) fn bytes(&self) -> usize {
        let groups = self.groups.values().map(|g| size_of::<(u16, Group)>() + g.len() * size_of::<RowId>());
        size_of::<Bits>() + groups.sum::<usize>()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Faces with their groups.
    pub(crate) fn faces(&self) -> impl Iterator<Item = (usize, &Group)> {
        let all = self.groups.iter().map(|(n, group)| (usize::from(*n), group));
        all.filter(|(n, _)| !self.folded.get(*n))
    }
}
