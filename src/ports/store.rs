//! The store: durable records, scopes, runs and changes. One writer, blocking calls (the application
//! keeps them off its async threads).

use cloudscope_domain::{
    AssetId, Attempt, Change, Pin, Record, RecordKey, RecordName, Revision, RunRecord, ScopeKey, ScopeState,
    Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{Shelf, StoreError};

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
    /// Records that leave the inventory because the user said so; `--at` still shows them.
    pub forgotten: Vec<RecordKey>,
    /// Scopes that leave the ledger because the user said so; they hold no record any more, and `scopes`
    /// does not name them.
    pub dropped: Vec<ScopeKey>,
    /// Pins that are set.
    pub pinned: Vec<Pin>,
    /// Pins that are taken off.
    pub unpinned: Vec<AssetId>,
}

/// Which changes are asked for. Bounds are inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRange {
    /// The first revision.
    pub from: Revision,
    /// The last revision.
    pub to: Revision,
    /// Newest first, else oldest first; changes of one commit stay in the order in which it has them.
    pub newest_first: bool,
}

impl ChangeRange {
    /// Everything after a revision, oldest first.
    #[must_use]
    pub fn after(since: Revision) -> Self {
        Self { from: since.next(), to: Revision(u64::MAX), newest_first: false }
    }
}

/// How much of the past is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// History recorded before this time may go.
    pub history_before: Option<Timestamp>,
    /// History may take so many bytes; the oldest goes first.
    pub history_bytes: Option<u64>,
    /// Tombstones of what was gone before this time may go, unless pinned.
    pub tombstones_before: Option<Timestamp>,
}

/// What a pruning did. Call again until `more` is false.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PruneReport {
    /// Changes that are no longer kept.
    pub changes: u64,
    /// Tombstones that are no longer kept, by key.
    pub tombstones: Vec<RecordKey>,
    /// Bytes of history that were given back to the engine.
    pub bytes: u64,
    /// The oldest revision that can still be asked for, and its time.
    pub oldest: Option<(Revision, Timestamp)>,
    /// There is more to do; the step was bounded.
    pub more: bool,
}

/// What a compaction did. Call again until `more` is false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompactReport {
    /// Bytes on disk before.
    pub before: u64,
    /// Bytes on disk after; 0 until it is done.
    pub after: u64,
    /// Values copied so far.
    pub values: u64,
    /// Bytes copied so far.
    pub copied: u64,
    /// Bytes that there are to copy, as far as that is known.
    pub total: u64,
    /// There is more to do; the step was bounded.
    pub more: bool,
    /// The copy was no smaller than the files that are there: those stay, as they are.
    #[serde(default)]
    pub kept: bool,
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

/// Bytes of the values in a store, with their names, by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Records as they are, and how scopes stand.
    pub present: u64,
    /// Former records and states, and changes.
    pub history: u64,
    /// Runs, pins and the account of it all.
    pub runs: u64,
    /// What the files have besides: room that is used again, and what only compacting gives back.
    pub free: u64,
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
    /// Bytes of values that only history needs: past states of records and scopes, and changes.
    #[serde(default)]
    pub history_bytes: u64,
    /// The oldest revision that `--at` can still answer, and its time.
    #[serde(default)]
    pub oldest: Option<(Revision, Timestamp)>,
    /// Values in quarantine.
    pub quarantined: u64,
    /// What the bytes on disk are for; `None` when there are no files, or they could not be read.
    #[serde(default)]
    pub live: Option<Live>,
    /// Copies that were kept of the store before it was brought to another format, by name.
    #[serde(default)]
    pub backups: Vec<String>,
}

/// Writes what a store keeps on the shelf for itself.
pub type Keep = Box<dyn Fn(&mut dyn std::io::Write) -> std::io::Result<()> + Send>;

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

    /// Names the commit that made a revision: two stores, or a store and an older copy of it, only answer
    /// alike when they hold the same commit. `None` when it is not known any more, or not yet.
    ///
    /// # Errors
    /// When the history cannot be read.
    fn stamp(&self, revision: Revision) -> Result<Option<[u8; 32]>, StoreError>;

    /// Hands out what is different since a past revision: by the hash of its key ([`RecordKey::hash128`])
    /// each record that a later commit touched, as it is now, or `None` when it is not there any more.
    ///
    /// # Errors
    /// `Forgotten` when retention took that revision; else when it cannot be told: then
    /// [`AssetStore::load`] tells all.
    fn load_since(
        &self,
        since: Revision,
        visit: &mut dyn FnMut(u128, Option<Record>),
    ) -> Result<(), StoreError>;

    /// Where things can be kept that are made from the records.
    fn shelf(&self) -> Option<&dyn Shelf> {
        None
    }

    /// What the store made of the records for its own use, as it is now: to be put on the shelf as `places`, after
    /// whatever else was made of the same revision. It knows by itself whether that fits when it is opened.
    fn keep(&self) -> Option<Keep> {
        None
    }

    /// Does ahead of time what the first look-up of a record would have to do. May take long; commits and
    /// look-ups go on meanwhile, and it ends soon once `stop` says so.
    fn warm(&self, stop: &dyn Fn() -> bool) {
        let _ = stop;
    }

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

    /// Hands out the payloads of the records of those names, as the text that is kept, each by the place of its
    /// name; in whatever order is the cheapest. What is not there is left out.
    ///
    /// # Errors
    /// When one is there but cannot be read.
    fn payloads(
        &self,
        names: &[RecordName<'_>],
        visit: &mut dyn FnMut(usize, &str),
    ) -> Result<(), StoreError> {
        let keys: Vec<RecordKey> = names.iter().map(RecordName::key).collect();
        for (n, record) in self.get_many(&keys)?.into_iter().enumerate() {
            if let Some(record) = record {
                visit(n, record.asset.properties.as_str());
            }
        }
        Ok(())
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

    /// Hands out the changes of a range until `visit` returns `false`. What retention took is not there;
    /// `oldest` tells from where on all of them are.
    ///
    /// # Errors
    /// When they cannot be read.
    fn changes(&self, range: &ChangeRange, visit: &mut dyn FnMut(Change) -> bool) -> Result<(), StoreError>;

    /// The oldest revision that can still be asked for, and the time it was recorded; `None` for an empty
    /// store. Revision 0, the empty inventory, counts as long as nothing was pruned.
    fn oldest(&self) -> Option<(Revision, Timestamp)>;

    /// The highest revision recorded at or before `at`, with the time it was recorded. `None` when there
    /// is none, or it is older than [`AssetStore::oldest`]. Wall clocks may have jumped: a later revision
    /// can bear an earlier time.
    ///
    /// # Errors
    /// When the history cannot be read.
    fn revision_at(&self, at: Timestamp) -> Result<Option<(Revision, Timestamp)>, StoreError>;

    /// The lowest revision recorded after `at`: from there on everything is later, or was recorded after
    /// something later. `None` when nothing is.
    ///
    /// # Errors
    /// When the history cannot be read.
    fn first_after(&self, at: Timestamp) -> Result<Option<Revision>, StoreError>;

    /// When that revision was recorded; `None` when it is not known any more, or not yet.
    ///
    /// # Errors
    /// When the history cannot be read.
    fn recorded_at(&self, revision: Revision) -> Result<Option<Timestamp>, StoreError>;

    /// Like [`AssetStore::load`], as of a past revision: exactly the records, tombstones included, that
    /// `load` handed out when that revision was the newest.
    ///
    /// # Errors
    /// `Forgotten` when retention took that revision; else when nothing can be read.
    fn load_at(
        &self,
        revision: Revision,
        visit: &mut dyn FnMut(Record) -> bool,
    ) -> Result<LoadReport, StoreError>;

    /// Like [`AssetStore::get_many`], as of a past revision.
    ///
    /// # Errors
    /// As `load_at`.
    fn get_many_at(&self, revision: Revision, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, StoreError>;

    /// Like [`AssetStore::scopes`], as of a past revision.
    ///
    /// # Errors
    /// As `load_at`.
    fn scopes_at(&self, revision: Revision) -> Result<Vec<ScopeState>, StoreError>;

    /// The newest attempts at a scope, newest first: all since [`AssetStore::oldest`], and the one that was
    /// the last then. A dropped scope keeps its attempts as long as history does.
    ///
    /// # Errors
    /// When they cannot be read.
    fn attempts(&self, scope: &ScopeKey, limit: usize) -> Result<Vec<Attempt>, StoreError>;

    /// The pins.
    ///
    /// # Errors
    /// When they cannot be read.
    fn pins(&self) -> Result<Vec<Pin>, StoreError>;

    /// Lets go of the oldest history, one bounded step at a time, so that commits are not held up. The
    /// newest state, pinned tombstones and the state of every scope stay; so do tombstones that were
    /// written since the oldest revision that is left. A tombstone that goes is in no older state either.
    /// A step may find nothing to let go of and still say that there is more to look at.
    ///
    /// # Errors
    /// When it could not be written; nothing is lost then.
    fn prune(&self, retention: &Retention) -> Result<PruneReport, StoreError>;

    /// Makes the store as small on disk as what is in it, one bounded step at a time: reading and committing
    /// go on between the steps, and during all but the last. However it ends, what was committed stays. A
    /// store without files has nothing to do.
    ///
    /// # Errors
    /// `Full` when there is no room for the copy that this takes; else when it cannot be read or written.
    /// The store is then as it was, and the next call begins anew.
    fn compact(&self) -> Result<CompactReport, StoreError> {
        Ok(CompactReport::default())
    }

    /// Whether so much could be won by compacting that it should be done unasked.
    fn worth_compacting(&self) -> bool {
        false
    }

    /// Gives up a compaction under way.
    fn cancel_compact(&self) {}

    /// Facts about the store. May have to read all of it.
    fn info(&self) -> StoreInfo;

    /// How many records it holds, tombstones included, as [`AssetStore::info`] says.
    fn records(&self) -> u64 {
        self.info().records
    }

    /// Reads and verifies everything; changes nothing.
    ///
    /// # Errors
    /// When not even that is possible.
    fn check(&self) -> Result<CheckReport, StoreError>;
}
