//! A store in memory: the model that durable stores are compared with, and what engine tests run on.
//! It does exactly what the port says and nothing cleverer.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use cloudscope_domain::{
    AssetId, Change, Record, RecordKey, Revision, RunId, RunRecord, ScopeKey, ScopeState,
};
use cloudscope_ports::{AssetStore, CheckReport, Commit, LoadReport, StoreError, StoreInfo};

use crate::lock;

#[derive(Debug, Default)]
struct State {
    revision: Revision,
    records: BTreeMap<RecordKey, Record>,
    by_scope: BTreeSet<(ScopeKey, RecordKey)>,
    scopes: BTreeMap<ScopeKey, ScopeState>,
    runs: BTreeMap<RunId, RunRecord>,
    changes: Vec<Change>,
    commits: u64,
}

/// A store that is forgotten with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    full: AtomicBool,
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

    /// How many commits it took, to see that they are grouped.
    #[must_use]
    pub fn commits(&self) -> u64 {
        lock(&self.state).commits
    }
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
        for record in &commit.records {
            let key = record.record_key();
            if let Some(old) = state.records.insert(key.clone(), record.clone()) {
                state.by_scope.remove(&(old.scope, key.clone()));
            }
            state.by_scope.insert((record.scope.clone(), key));
        }
        for scope in &commit.scopes {
            state.scopes.insert(scope.scope.key.clone(), scope.clone());
        }
        for run in &commit.runs {
            state.runs.insert(run.id, run.clone());
        }
        state.changes.extend(commit.changes.iter().cloned());
        state.revision = commit.revision;
        state.commits += 1;
        Ok(commit.revision)
    }

    fn load(&self, visit: &mut dyn FnMut(Record) -> bool) -> Result<LoadReport, StoreError> {
        // Copied first, so that a visitor may call the store.
        let records: Vec<Record> = {
            let state = lock(&self.state);
            state.by_scope.iter().filter_map(|(_, key)| state.records.get(key).cloned()).collect()
        };
        let mut report = LoadReport::default();
        for record in records {
            report.records += 1;
            if !visit(record) {
                break;
            }
        }
        Ok(report)
    }

    fn get(&self, key: &RecordKey) -> Result<Option<Record>, StoreError> {
        Ok(lock(&self.state).records.get(key).cloned())
    }

    fn get_by_id(&self, id: &AssetId) -> Result<Vec<Record>, StoreError> {
        Ok(lock(&self.state).records.values().filter(|r| r.asset.key.id == *id).cloned().collect())
    }

    fn scopes(&self) -> Result<Vec<ScopeState>, StoreError> {
        Ok(lock(&self.state).scopes.values().cloned().collect())
    }

    fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        Ok(lock(&self.state).runs.values().rev().take(limit).cloned().collect())
    }

    fn changes(&self, since: Revision, limit: usize) -> Result<Vec<Change>, StoreError> {
        let state = lock(&self.state);
        let first = state.changes.partition_point(|c| c.revision <= since);
        Ok(state.changes[first..].iter().take(limit).cloned().collect())
    }

    fn info(&self) -> StoreInfo {
        let state = lock(&self.state);
        StoreInfo {
            path: "memory".into(),
            engine: "memory".into(),
            format: 1,
            revision: state.revision,
            records: state.records.len() as u64,
            tombstones: state.records.values().filter(|r| r.gone.is_some()).count() as u64,
            scopes: state.scopes.len() as u64,
            changes: state.changes.len() as u64,
            bytes: 0,
            quarantined: 0,
        }
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        let state = lock(&self.state);
        Ok(CheckReport {
            values: state.records.len() as u64,
            records: state.records.len() as u64,
            revision: state.revision,
            acknowledged: state.revision,
            findings: Vec::new(),
        })
    }
}
