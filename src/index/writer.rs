//! The one writer of the index: takes records and scope states, publishes snapshots.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cloudscope_domain::{Record, Revision, ScopeKey, ScopeState, Timestamp};

use crate::Snapshot;

/// Owned by one thread; readers hold the snapshots that it publishes.
#[derive(Debug, Default)]
pub struct IndexWriter {
    rows: BTreeMap<u128, Arc<Record>>,
    gone: BTreeSet<u128>,
    scopes: BTreeMap<ScopeKey, Arc<ScopeState>>,
}

impl IndexWriter {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces the row of this record; a record that is gone leaves the rows and is counted.
    pub fn upsert(&mut self, record: &Record) {
        let key = record.record_key().hash128();
        if record.gone.is_some() {
            self.rows.remove(&key);
            self.gone.insert(key);
        } else {
            self.gone.remove(&key);
            self.rows.insert(key, Arc::new(record.clone()));
        }
    }

    /// Takes the state of a scope, from which presence and last-seen of its rows are derived. Rows of a
    /// scope that was never stated count as unknown, never listed.
    pub fn scope(&mut self, state: &ScopeState) {
        self.scopes.insert(state.scope.key.clone(), Arc::new(state.clone()));
    }

    /// The key of a live record, by its hash; the application's writer buries records by hash.
    #[must_use]
    pub fn key_of(&self, hash: u128) -> Option<cloudscope_domain::RecordKey> {
        self.rows.get(&hash).map(|r| r.record_key())
    }

    /// Everything so far as one immutable snapshot.
    pub fn publish(&mut self, revision: Revision, as_of: Timestamp) -> Arc<Snapshot> {
        Arc::new(Snapshot {
            revision,
            as_of,
            rows: self.rows.values().cloned().collect(),
            gone: self.gone.len(),
            scopes: self.scopes.clone(),
        })
    }
}
