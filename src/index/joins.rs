//! What the writer remembers of joins between two publications: who claims which name, and what was
//! touched since, so that only that is joined anew.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use crate::RowId;

#[derive(Debug, Default)]
pub(crate) struct Joins {
    /// Hashes of the names that living rows claim, each with the row.
    pub(crate) claims: BTreeSet<(u64, RowId)>,
    /// Hashes of the ids of rows that came or left.
    pub(crate) ids: Vec<u64>,
    /// Hashes of the ids of rows that left something that was too large to be one thing: what is left of it
    /// may not be, also where nothing else bears such an id.
    pub(crate) left: Vec<u64>,
    /// Hashes of claimed names that may mean something else now, or are claimed by others.
    pub(crate) names: Vec<u64>,
    /// Rows that have to be looked at whatever their names mean.
    pub(crate) roots: HashSet<RowId>,
    /// Names and ids that joined nothing when they were last looked at, as too many have them.
    pub(crate) excess: Arc<HashSet<(Named, u64)>>,
    /// The joined rows of each scope: what becomes unknown may have to leave the face to another.
    pub(crate) scopes: HashMap<u32, HashSet<RowId>>,
    /// Scopes of which that is so.
    pub(crate) shifted: HashSet<u32>,
    /// Rows that are linked to more than can be one thing.
    pub(crate) crowded: Arc<BTreeSet<RowId>>,
    /// Joined rows for which another one stands.
    pub(crate) folded: usize,
}

/// How a name is borne.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Named {
    /// It is an id.
    Id,
    /// It is an id or an alias, and somebody claims it.
    Claimed,
}

impl Joins {
    /// A row is linked to more than can be one thing.
    pub(crate) fn crowd(&mut self, row: RowId) {
        Arc::make_mut(&mut self.crowded).insert(row);
    }

    /// A row is no longer so.
    pub(crate) fn uncrowd(&mut self, row: RowId) {
        if self.crowded.contains(&row) {
            Arc::make_mut(&mut self.crowded).remove(&row);
        }
    }

    /// A living row came that bears a name of this hash, as its id or as an alias.
    pub(crate) fn bears(&mut self, row: RowId, hash: u64, is_id: bool) {
        if is_id {
            self.ids.push(hash);
        } else if self.is_claimed(hash) {
            self.names.push(hash);
            self.roots.insert(row);
        }
    }

    pub(crate) fn is_claimed(&self, hash: u64) -> bool {
        !self.claims.is_empty() && self.claims.range((hash, RowId::MIN)..=(hash, RowId::MAX)).next().is_some()
    }
}
