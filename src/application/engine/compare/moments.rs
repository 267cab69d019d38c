//! Everything at one moment against everything at a later one. Only what a change speaks of in between
//! is held against each other; that something is unknown now and was not then needs no change, and is
//! counted from the rows.

use std::collections::BTreeMap;

use cloudscope_domain::{AssetId, AssetRow, Presence, Query, RecordKey, Timestamp};
use cloudscope_index::RowId;
use cloudscope_ports::AssetStore;

use super::touched::{Fields, Touched};
use crate::{
    SessionError,
    engine::{changes::Matching, past, work::failed},
    hub::View,
    ingest::diff,
    message::Comparison,
};

/// Records whose payloads are read at a time.
const PAGE: usize = 512;

pub(super) struct Between<'a> {
    store: &'a dyn AssetStore,
    from: &'a View,
    to: &'a View,
    query: &'a Query,
    /// What matches at either moment; `None` when all does.
    matching: Option<(Matching, Matching)>,
    now: (Timestamp, Timestamp),
    cancel: &'a dyn Fn() -> bool,
}

/// One record at both moments.
#[derive(Default, Clone, Copy)]
struct Both {
    before: Option<RowId>,
    after: Option<RowId>,
}

impl<'a> Between<'a> {
    pub(super) fn new(
        store: &'a dyn AssetStore,
        (from, to): (&'a View, &'a View),
        query: &'a Query,
        now: (Timestamp, Timestamp),
        cancel: &'a dyn Fn() -> bool,
    ) -> Result<Self, SessionError> {
        let matching = if query.is_all() {
            None
        } else {
            let before = Matching::new(&from.snapshot, query, now.0, cancel)?;
            Some((before, Matching::new(&to.snapshot, query, now.1, cancel)?))
        };
        Ok(Self { store, from, to, query, matching, now, cancel })
    }

    pub(super) fn compare(&self, limit: u64) -> Result<Comparison, SessionError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let stand = |view: &View| (view.snapshot.revision(), view.snapshot.as_of());
        let mut found = Comparison {
            from: stand(self.from),
            to: stand(self.to),
            bad: self.query.bad.clone(),
            ..Comparison::default()
        };
        if found.from.0 == found.to.0 {
            return Ok(found);
        }
        let touched = Touched::between(self.store, (self.from, self.to), None, self.cancel)?;
        let mut rewritten: Vec<(RecordKey, RowId, &Fields)> = Vec::new();
        for (id, fields) in &touched.0 {
            self.watch()?;
            for (key, both) in self.records(id) {
                if !self.admits(both) {
                    continue;
                }
                let before = both.before.map(|row| self.from.snapshot.row(row));
                let after = both.after.map(|row| self.to.snapshot.row(row));
                match (before.filter(alive), after) {
                    (None, Some(after)) if alive(&after) => {
                        put(&mut found.appeared, after, limit, &mut found.totals.0);
                    }
                    (Some(_), Some(after)) if alive(&after) => {
                        rewritten.extend(both.after.map(|row| (key, row, fields)));
                    }
                    (Some(before), after) => {
                        put(&mut found.vanished, after.unwrap_or(before), limit, &mut found.totals.1);
                    }
                    (None, _) => {}
                }
            }
            if rewritten.len() >= PAGE {
                self.differ(&mut rewritten, limit, &mut found)?;
            }
        }
        self.differ(&mut rewritten, limit, &mut found)?;
        found.lost_sight = self.turned((self.to, self.now.1), self.from, |row, other| Both {
            before: Some(other),
            after: Some(row),
        })?;
        found.seen_again = self.turned((self.from, self.now.0), self.to, |row, other| Both {
            before: Some(row),
            after: Some(other),
        })?;
        Ok(found)
    }

    /// The records of an asset at either moment.
    fn records(&self, id: &AssetId) -> BTreeMap<RecordKey, Both> {
        let mut records: BTreeMap<RecordKey, Both> = BTreeMap::new();
        for (row, key) in rows_of(self.from, id) {
            records.entry(key).or_default().before = Some(row);
        }
        for (row, key) in rows_of(self.to, id) {
            records.entry(key).or_default().after = Some(row);
        }
        records
    }

    fn admits(&self, both: Both) -> bool {
        self.matching.as_ref().is_none_or(|(before, after)| {
            both.before.is_some_and(|row| before.contains(&self.from.snapshot, row))
                || both.after.is_some_and(|row| after.contains(&self.to.snapshot, row))
        })
    }

    /// What is different in records that live at both moments.
    fn differ(
        &self,
        rewritten: &mut Vec<(RecordKey, RowId, &Fields)>,
        limit: usize,
        found: &mut Comparison,
    ) -> Result<(), SessionError> {
        let keys: Vec<RecordKey> = rewritten.iter().map(|(key, ..)| key.clone()).collect();
        let before = past::records(self.from, self.store, &keys).map_err(failed)?;
        let after = past::records(self.to, self.store, &keys).map_err(failed)?;
        for (((_, row, fields), before), after) in rewritten.drain(..).zip(before).zip(after) {
            let (Some(before), Some(after)) = (before, after) else { continue };
            let differences = fields.keep(diff::records(&before, &after));
            if !differences.is_empty() {
                let row = self.to.snapshot.row(row);
                put(&mut found.changed, (row, differences), limit, &mut found.totals.2);
            }
        }
        Ok(())
    }

    /// Records that are unknown in one view and present in the other.
    fn turned(
        &self,
        (unknown, now): (&View, Timestamp),
        present: &View,
        both: impl Fn(RowId, RowId) -> Both,
    ) -> Result<u64, SessionError> {
        let query = Query::parse("presence:unknown");
        let hits = unknown.snapshot.evaluate(&query, &[], now, self.cancel);
        let mut turned = 0;
        for row in hits.map_err(|e| SessionError::Bad(e.to_string()))?.iter(&unknown.snapshot) {
            self.watch()?;
            let key = unknown.snapshot.key(row);
            let other = rows_of(present, &key.key.id).find(|(_, k)| *k == key);
            let Some((other, _)) = other else { continue };
            let was = present.snapshot.row(other).presence;
            turned += u64::from(was == Presence::Present && self.admits(both(row, other)));
        }
        Ok(turned)
    }

    fn watch(&self) -> Result<(), SessionError> {
        if (self.cancel)() { Err(SessionError::Bad("nobody waits for the answer".into())) } else { Ok(()) }
    }
}

/// The rows of exactly that asset.
fn rows_of<'a>(view: &'a View, id: &'a AssetId) -> impl Iterator<Item = (RowId, RecordKey)> + 'a {
    let rows = view.snapshot.find(id).into_iter().map(|row| (row, view.snapshot.key(row)));
    rows.filter(move |(_, key)| key.key.id == *id)
}

fn alive(row: &AssetRow) -> bool {
    !matches!(row.presence, Presence::Gone { .. })
}

fn put<T>(list: &mut Vec<T>, item: T, limit: usize, total: &mut u64) {
    *total += 1;
    if list.len() < limit {
        list.push(item);
    }
}
