//! Whether the asset of a change matches a filter: now, or when it was last there. Of what the inventory
//! does not know any more, by what the change itself says.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use cloudscope_domain::{
    Change, Timestamp,
    query::{ChangeFilter, Expr, PresenceTest, Query, Term},
};
use cloudscope_index::{Hits, RowId, Snapshot};

use crate::SessionError;

/// Verdicts that are kept, so that an asset with many changes is looked up once.
const VERDICTS: usize = 1_000_000;

/// The rows of one snapshot that match, tombstones among them.
pub(in crate::engine) struct Matching(Hits);

/// The filter on the assets of changes.
pub(super) struct Assets<'a> {
    rows: &'a Snapshot,
    filter: &'a ChangeFilter,
    /// `None` when all match.
    matching: Option<Matching>,
    verdicts: HashMap<u64, bool>,
    hasher: RandomState,
}

impl Matching {
    /// Those of a filter; what is gone counts as it was when it was last there.
    pub(in crate::engine) fn new(
        rows: &Snapshot,
        query: &Query,
        now: Timestamp,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Self, SessionError> {
        // Asks for what is gone, and is true of everything.
        let any = vec![PresenceTest::Present, PresenceTest::Unknown, PresenceTest::Gone];
        let expr = Expr::And(vec![query.expr.clone(), Expr::Term(Term::Presence(any))]);
        let query = Query { expr, ..query.clone() };
        let hits = rows.evaluate(&query, &[], now, cancel).map_err(|e| SessionError::Bad(e.to_string()))?;
        Ok(Self(hits))
    }

    /// Whether a row of that snapshot is one of them, or one that is joined to it is.
    pub(in crate::engine) fn contains(&self, rows: &Snapshot, row: RowId) -> bool {
        rows.together(&row).iter().any(|row| self.0.contains(*row))
    }
}

impl<'a> Assets<'a> {
    pub(super) fn new(
        rows: &'a Snapshot,
        filter: &'a ChangeFilter,
        now: Timestamp,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Self, SessionError> {
        let matching = if filter.assets.is_all() {
            None
        } else {
            Some(Matching::new(rows, &filter.assets, now, cancel)?)
        };
        Ok(Self { rows, filter, matching, verdicts: HashMap::new(), hasher: RandomState::new() })
    }

    pub(super) fn matches(&mut self, change: &Change) -> bool {
        let Some(matching) = &self.matching else { return true };
        let hash = self.hasher.hash_one(&change.id);
        if let Some(verdict) = self.verdicts.get(&hash) {
            return *verdict;
        }
        let found = self.rows.find(&change.id);
        let mut known = found.iter().filter(|row| self.rows.key(**row).key.id == change.id).peekable();
        let verdict = if known.peek().is_some() {
            known.any(|row| matching.contains(self.rows, *row))
        } else {
            self.filter.matches_stranger(&change.id, &change.kind)
        };
        if self.verdicts.len() >= VERDICTS {
            self.verdicts.clear();
        }
        self.verdicts.insert(hash, verdict);
        verdict
    }
}
