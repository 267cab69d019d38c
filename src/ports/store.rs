//! The store: durable records, scopes, runs and changes. One writer, blocking calls (the application
//! keeps them off its async threads).

use cloudscope_domain::{
    AssetId, Change, Record, RecordKey, Revision, RunRecord, ScopeKey, ScopeState, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// Everything that becomes durable together, or not at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commit {
    /// The last revision plus one.
    pub revision: Revision,
    /// The wall clock of the commit.
    pub at: Timestamp,
    /// New and rewritten records, tombstones included. At most one per key.
    pub records: Vec<Record>,
    /// New states of scopes.
    pub scopes: Vec<ScopeState>,
    /// New or finished runs.
    pub runs: Vec<RunRecord>,
    /// What became different.
    pub changes: Vec<Change>,
}

/// One fault found in what is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What is damaged, in words.
    pub what: String,
    /// The scope that lost records, when it could be told.
    pub scope: Option<ScopeKey>,
    /// How many records are affected, when it could be told.
    pub records: Option<u64>,
    /// What was done, or what to do.
    pub remedy: String,
}

/// What a full read found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadReport {
    /// Records handed out.
    pub records: u64,
    /// What could not be read. Scopes named here hold unknowns until they are collected again.
    pub findings: Vec<Finding>,
}

/// The answer of `store check`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReport {
    /// Values read and verified.
    pub values: u64,
    /// Records in them.
    pub records: u64,
    /// The last revision that the store holds.
    pub revision: Revision,
    /// The last revision that was acknowledged, by the side file.
    pub acknowledged: Revision,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
}

/// What there is to say about a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreInfo {
    /// Where it is.
    pub path: String,
    /// Which engine.
    pub engine: String,
    /// The format version on disk.
    pub format: u32,
    /// The last revision.
    pub revision: Revision,
    /// Records, tombstones included.
    pub records: u64,
    /// Of which tombstones.
    pub tombstones: u64,
    /// Scopes.
    pub scopes: u64,
    /// Changes kept.
    pub changes: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Values in quarantine.
    pub quarantined: u64,
}

/// Keeps the inventory.
pub trait AssetStore: Send + Sync + 'static {
    /// The last durable revision.
    fn revision(&self) -> Revision;

    /// Makes a commit durable. On return it survives a power cut; on error nothing of it is visible.
    ///
    /// # Errors
    /// `OutOfOrder` when it is not the next one; `Full`, `Io`, `Damaged` when it could not be written.
    fn apply(&self, commit: &Commit) -> Result<Revision, StoreError>;

    /// Hands out every current record, tombstones included, clustered by scope; stops when `visit`
    /// returns `false`. Damaged parts are reported, quarantined and left out, never guessed.
    ///
    /// # Errors
    /// When nothing can be read at all.
    fn load(&self, visit: &mut dyn FnMut(Record) -> bool) -> Result<LoadReport, StoreError>;

    /// The record of that key.
    ///
    /// # Errors
    /// When it is there but cannot be read.
    fn get(&self, key: &RecordKey) -> Result<Option<Record>, StoreError>;

    /// The records of those keys, in their order. An adapter that packs records reads each pack once.
    ///
    /// # Errors
    /// When one is there but cannot be read.
    fn get_many(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, StoreError> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    /// All records about the asset, of all sources and incarnations.
    ///
    /// # Errors
    /// When one is there but cannot be read.
    fn get_by_id(&self, id: &AssetId) -> Result<Vec<Record>, StoreError>;

    /// The state of every scope.
    ///
    /// # Errors
    /// When they cannot be read.
    fn scopes(&self) -> Result<Vec<ScopeState>, StoreError>;

    /// The newest runs, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError>;

    /// Changes after `since`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When they cannot be read.
    fn changes(&self, since: Revision, limit: usize) -> Result<Vec<Change>, StoreError>;

    /// Facts about the store.
    fn info(&self) -> StoreInfo;

    /// Reads and verifies everything; changes nothing.
    ///
    /// # Errors
    /// When not even that is possible.
    fn check(&self) -> Result<CheckReport, StoreError>;
}
