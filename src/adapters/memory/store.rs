//! A store in memory: the model that durable stores are compared with, and what engine tests run on.
//! It does exactly what the port says and nothing cleverer.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use cloudscope_domain::{
    AssetId, Attempt, Change, Pin, Record, RecordKey, Revision, RunId, RunRecord, ScopeKey, ScopeState,
    Timestamp,
};
use cloudscope_ports::{
    AssetStore, ChangeRange, CheckReport, Commit, LoadReport, PruneReport, Retention, Shelf, StoreError,
    StoreInfo, shelf::Fill,
};

use sha2::{Digest as _, Sha256};

use crate::lock;

/// Everything as of one revision.
#[derive(Debug, Default, Clone)]
struct Now {
    records: BTreeMap<RecordKey, Record>,
    /// With the commits that wrote them.
    scopes: BTreeMap<ScopeKey, (Revision, ScopeState)>,
}

impl Now {
    fn take(&mut self, commit: &Commit) {
        for record in &commit.records {
            self.records.insert(record.record_key(), record.clone());
        }
        for scope in &commit.scopes {
            self.scopes.insert(scope.scope.key.clone(), (commit.revision, scope.clone()));
        }
        for key in &commit.forgotten {
            self.records.remove(key);
        }
        for key in &commit.dropped {
            self.scopes.remove(key);
        }
    }

    fn records(&self) -> Vec<Record> {
        let by_scope: BTreeSet<(&ScopeKey, &RecordKey)> =
            self.records.iter().map(|(k, r)| (&*r.scope, k)).collect();
        by_scope.iter().filter_map(|(_, key)| self.records.get(*key).cloned()).collect()
    }
}

#[derive(Debug, Default)]
struct State {
    revision: Revision,
    now: Now,
    runs: BTreeMap<RunId, RunRecord>,
    pins: BTreeMap<AssetId, Pin>,
    /// What was there at `oldest`, and every commit after it.
    then: Now,
    oldest: (Revision, Timestamp),
    log: Vec<Commit>,
    commits: u64,
}

impl State {
    fn at(&self, revision: Revision) -> Result<Now, StoreError> {
        if revision < self.oldest.0 {
            return Err(StoreError::Forgotten {
                asked: revision.0,
                oldest: self.oldest.0.0,
                oldest_at: self.oldest.1,
            });
        }
        let mut now = self.then.clone();
        for commit in self.log.iter().filter(|c| c.revision <= revision) {
            now.take(commit);
        }
        Ok(now)
    }

    /// Revisions that are known, with their times, oldest first.
    fn times(&self) -> impl Iterator<Item = (Revision, Timestamp)> + '_ {
        let first = (self.oldest.0.0 > 0).then_some(self.oldest);
        first.into_iter().chain(self.log.iter().map(|c| (c.revision, c.at)))
    }
}

/// A store that is forgotten with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    full: AtomicBool,
    shelf: Mutex<BTreeMap<String, Vec<u8>>>,
    loads: AtomicU64,
}

impl MemoryStore {
    /// Holds nothing yet; its revision is 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on every commit fails for lack of space, until it is set back.
    pub fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    /// How often all records were read.
    #[must_use]
    pub fn loads(&self) -> u64 {
        self.loads.load(Ordering::SeqCst)
    }

    /// How many commits it took, to see that they are grouped.
    #[must_use]
    pub fn commits(&self) -> u64 {
        lock(&self.state).commits
    }
}

fn hand_out(records: Vec<Record>, visit: &mut dyn FnMut(Record) -> bool) -> LoadReport {
    let mut report = LoadReport::default();
    for record in records {
        report.records += 1;
        if !visit(record) {
            break;
        }
    }
    report
}

impl AssetStore for MemoryStore {
    fn revision(&self) -> Revision {
        lock(&self.state).revision
    }

    fn apply(&self, commit: &Commit) -> Result<Revision, StoreError> {
        let mut state = lock(&self.state);
        if commit.revision != state.revision.next() {
            return Err(StoreError::OutOfOrder { got: commit.revision.0, last: state.revision.0 });
        }
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::Full("the memory store was told to be full".into()));
        }
        state.now.take(commit);
        for run in &commit.runs {
            state.runs.insert(run.id, run.clone());
        }
        for pin in &commit.pinned {
            state.pins.insert(pin.id.clone(), pin.clone());
        }
        for id in &commit.unpinned {
            state.pins.remove(id);
        }
        state.log.push(commit.clone());
        state.revision = commit.revision;
        state.commits += 1;
        Ok(commit.revision)
    }

    fn load(&self, visit: &mut dyn FnMut(Record) -> bool) -> Result<LoadReport, StoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        // Copied first, so that a visitor may call the store.
        let records = lock(&self.state).now.records();
        Ok(hand_out(records, visit))
    }

    fn stamp(&self, revision: Revision) -> Result<Option<[u8; 32]>, StoreError> {
        let state = lock(&self.state);
        let made = state.log.iter().find(|c| c.revision == revision);
        Ok(made.map(|commit| Sha256::digest(format!("{commit:?}")).into()))
    }

    fn load_since(
        &self,
        since: Revision,
        visit: &mut dyn FnMut(u128, Option<Record>),
    ) -> Result<(), StoreError> {
        let state = lock(&self.state);
        if since < state.oldest.0 {
            let (oldest, oldest_at) = state.oldest;
            return Err(StoreError::Forgotten { asked: since.0, oldest: oldest.0, oldest_at });
        }
        let later = || state.log.iter().filter(|c| c.revision > since);
        let records = later().flat_map(|c| c.records.iter().map(Record::record_key));
        let keys: std::collections::BTreeSet<RecordKey> =
            records.chain(later().flat_map(|c| c.forgotten.iter().cloned())).collect();
        let found: Vec<_> =
            keys.iter().map(|key| (key.hash128(), state.now.records.get(key).cloned())).collect();
        drop(state);
        for (hash, record) in found {
            visit(hash, record);
        }
        Ok(())
    }

    fn shelf(&self) -> Option<&dyn Shelf> {
        Some(self)
    }

    fn get(&self, key: &RecordKey) -> Result<Option<Record>, StoreError> {
        Ok(lock(&self.state).now.records.get(key).cloned())
    }

    fn get_by_id(&self, id: &AssetId) -> Result<Vec<Record>, StoreError> {
        Ok(lock(&self.state).now.records.values().filter(|r| r.asset.key.id == *id).cloned().collect())
    }

    fn scopes(&self) -> Result<Vec<ScopeState>, StoreError> {
        Ok(lock(&self.state).now.scopes.values().map(|(_, state)| state.clone()).collect())
    }

    fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        Ok(lock(&self.state).runs.values().rev().take(limit).cloned().collect())
    }

    fn changes(&self, range: &ChangeRange, visit: &mut dyn FnMut(Change) -> bool) -> Result<(), StoreError> {
        let mut commits: Vec<Vec<Change>> = {
            let state = lock(&self.state);
            let wanted = state.log.iter().filter(|c| c.revision >= range.from && c.revision <= range.to);
            wanted.map(|c| c.changes.clone()).collect()
        };
        if range.newest_first {
            commits.reverse();
        }
        for change in commits.into_iter().flatten() {
            if !visit(change) {
                break;
            }
        }
        Ok(())
    }

    fn oldest(&self) -> Option<(Revision, Timestamp)> {
        let state = lock(&self.state);
        (state.revision > Revision(0)).then_some(state.oldest)
    }

    fn revision_at(&self, at: Timestamp) -> Result<Option<(Revision, Timestamp)>, StoreError> {
        Ok(lock(&self.state).times().filter(|(_, t)| *t <= at).last())
    }

    fn first_after(&self, at: Timestamp) -> Result<Option<Revision>, StoreError> {
        Ok(lock(&self.state).times().find(|(_, t)| *t > at).map(|(r, _)| r))
    }

    fn recorded_at(&self, revision: Revision) -> Result<Option<Timestamp>, StoreError> {
        Ok(lock(&self.state).times().find(|(r, _)| *r == revision).map(|(_, t)| t))
    }

    fn load_at(
        &self,
        revision: Revision,
        visit: &mut dyn FnMut(Record) -> bool,
    ) -> Result<LoadReport, StoreError> {
        let records = lock(&self.state).at(revision)?.records();
        Ok(hand_out(records, visit))
    }

    fn get_many_at(&self, revision: Revision, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, StoreError> {
        let now = lock(&self.state).at(revision)?;
        Ok(keys.iter().map(|key| now.records.get(key).cloned()).collect())
    }

    fn scopes_at(&self, revision: Revision) -> Result<Vec<ScopeState>, StoreError> {
        Ok(lock(&self.state).at(revision)?.scopes.into_values().map(|(_, state)| state).collect())
    }

    fn attempts(&self, scope: &ScopeKey, limit: usize) -> Result<Vec<Attempt>, StoreError> {
        let state = lock(&self.state);
        let newest = state.log.iter().rev().flat_map(|commit| {
            commit.scopes.iter().filter(|s| s.scope.key == *scope).map(|s| Attempt::of(commit.revision, s))
        });
        // What was the last one at the oldest revision is still known.
        let last = state.then.scopes.get(scope).map(|(revision, s)| Attempt::of(*revision, s));
        Ok(newest.chain(last).take(limit).collect())
    }

    fn pins(&self) -> Result<Vec<Pin>, StoreError> {
        Ok(lock(&self.state).pins.values().cloned().collect())
    }

    fn prune(&self, retention: &Retention) -> Result<PruneReport, StoreError> {
        let mut state = lock(&self.state);
        let mut report = PruneReport::default();
        // The newest revision always stays.
        let newest = state.revision;
        let old = |c: &Commit| retention.history_before.is_some_and(|t| c.at < t) && c.revision < newest;
        while state.log.first().is_some_and(old) {
            let commit = state.log.remove(0);
            report.changes += commit.changes.len() as u64;
            state.then.take(&commit);
            state.oldest = (commit.revision, commit.at);
        }
        if let Some(before) = retention.tombstones_before {
            let oldest = state.oldest.0;
            let pins: BTreeSet<AssetId> = state.pins.keys().cloned().collect();
            let goes = |r: &Record| {
                // What was written since is part of the history that is kept.
                r.gone.is_some_and(|g| g.at < before && g.revision <= oldest)
                    && r.revision <= oldest
                    && !pins.contains(&r.asset.key.id)
            };
            let keys: Vec<RecordKey> =
                state.now.records.iter().filter(|(_, r)| goes(r)).map(|(k, _)| k.clone()).collect();
            for key in &keys {
                state.now.records.remove(key);
                state.then.records.remove(key);
            }
            report.tombstones = keys;
        }
        report.oldest = Some(state.oldest);
        Ok(report)
    }

    fn info(&self) -> StoreInfo {
        let state = lock(&self.state);
        StoreInfo {
            path: "memory".into(),
            engine: "memory".into(),
            format: 1,
            revision: state.revision,
            records: state.now.records.len() as u64,
            tombstones: state.now.records.values().filter(|r| r.gone.is_some()).count() as u64,
            scopes: state.now.scopes.len() as u64,
            changes: state.log.iter().map(|c| c.changes.len() as u64).sum(),
            oldest: (state.revision > Revision(0)).then_some(state.oldest),
            ..StoreInfo::default()
        }
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        let state = lock(&self.state);
        Ok(CheckReport {
            values: state.now.records.len() as u64,
            records: state.now.records.len() as u64,
            revision: state.revision,
            acknowledged: state.revision,
            findings: Vec::new(),
        })
    }
}

impl Shelf for MemoryStore {
    fn put(&self, name: &str, fill: Fill<'_>) -> Result<(), StoreError> {
        let mut thing = Vec::new();
        fill(&mut thing).map_err(|e| StoreError::Io(e.to_string()))?;
        lock(&self.shelf).insert(name.to_owned(), thing);
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Option<Box<dyn Read + Send>>, StoreError> {
        let thing = lock(&self.shelf).get(name).cloned();
        Ok(thing.map(|thing| -> Box<dyn Read + Send> { Box::new(std::io::Cursor::new(thing)) }))
    }

    fn bytes(&self) -> u64 {
        lock(&self.shelf).values().map(|thing| thing.len() as u64).sum()
    }
}
