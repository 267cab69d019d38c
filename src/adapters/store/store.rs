//! The store as the port sees it: one writer behind a lock, readers beside it, and the order of steps
//! that makes a commit durable.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use cloudscope_domain::{AssetId, Revision, ScopeKey, SourceName, Timestamp, text::visible};
use cloudscope_ports::{Commit, Finding, Shelf, StoreError};

use crate::{
    clean,
    copying::{Compaction, Touched},
    directory::Directory,
    draft::{Draft, Known, Move, Prepared},
    engine,
    envelope::Sealer,
    error::guard,
    generation::Generation,
    head::{Head, HeadFile},
    index::Index,
    layout::{Key, META},
    lock::Lock,
    meta::Meta,
    open::{Opened, open},
    options::{OpenOptions, OpenReport},
    overlay::Overlay,
    packing::decode,
    scopes::Scopes,
    sweep::Sweep,
    times::Times,
};

/// A store on sled: packed, checksummed segments; one durable batch a commit.
///
/// One process at a time; dropping it closes it cleanly.
pub struct SledStore {
    /// `None` after an I/O error, until the next use opens it anew.
    pub(crate) db: RwLock<Option<Arc<sled::Db>>>,
    pub(crate) writer: Mutex<Writer>,
    tables: RwLock<Tables>,
    /// Odd while a commit is between the tree and the index.
    pub(crate) moving: AtomicU64,
    revision: AtomicU64,
    /// What was found damaged of the history since the store was opened.
    broken: Mutex<Option<Broken>>,
    /// Where the records of the past that was asked for last are.
    recent: Mutex<Option<Overlay>>,
    pub(crate) compaction: Mutex<Compaction>,
    touched: Mutex<Touched>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) options: OpenOptions,
    /// When it was opened.
    since: SystemTime,
    _lock: Lock,
}

/// What only the one that writes may touch.
pub(crate) struct Writer {
    pub meta: Meta,
    pub head: HeadFile,
    /// Which of the engine's directories is the store.
    pub generation: Generation,
    /// Bytes of all names and values, if known.
    pub live: Option<u64>,
    pub condition: Condition,
    /// Damage that was found since the store was opened.
    pub findings: Vec<Finding>,
    /// Scopes that lost something since the store was opened, and were not written since.
    pub lost: BTreeSet<ScopeKey>,
    pub sealer: Sealer,
    /// How far the search for old tombstones came; see `prune`.
    pub sweep: Sweep,
}

/// Whether the next commit can be written.
pub(crate) enum Condition {
    Sound,
    /// The last commit failed on its way to the disk; these values put back what it may have changed.
    Failed(Undo),
    /// The engine broke; only opening the store anew helps.
    Broken(String),
}

/// The values before a commit.
pub(crate) struct Undo {
    sequence: u64,
    values: Vec<(Vec<u8>, Option<sled::IVec>)>,
}

/// Damage of the history.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    /// The commit that cannot be undone; what was before it cannot be told.
    pub revision: Revision,
    pub at: Timestamp,
    pub why: String,
}

/// Where things are; rebuilt from the tree when the store is opened.
#[derive(Default)]
pub(crate) struct Tables {
    pub index: Option<Index>,
    pub scopes: Scopes,
    pub times: Times,
}

impl SledStore {
    /// Opens the store in a data directory, which is made if it is not there.
    ///
    /// A store that was not closed cleanly, or whose files differ from those that were closed, is looked
    /// at by the probe first. What is damaged is put into quarantine as a whole, what is sound in it is
    /// taken over, and the report says what was lost.
    ///
    /// # Errors
    /// `Held` when another process owns the directory; `Unsafe` when others could have written into it;
    /// `TooNew`; `Io` and `Full` when the disk will not have it.
    pub fn open(dir: &Path, options: OpenOptions) -> Result<(Self, OpenReport), StoreError> {
        Self::open_while(dir, options, &mut |_| ())
    }

    /// The same, and hands out what lies beside the store as soon as nobody else can have the directory, so that
    /// it can be read while the store itself is looked at and opened.
    ///
    /// # Errors
    /// As [`SledStore::open`].
    pub fn open_while(
        dir: &Path,
        options: OpenOptions,
        meanwhile: &mut dyn FnMut(Arc<dyn Shelf>),
    ) -> Result<(Self, OpenReport), StoreError> {
        // A little before, as the clock of the files may be behind.
        let since = SystemTime::now() - Duration::from_secs(2);
        let (opened, report) = open(dir, &options, meanwhile)?;
        Ok((Self::assemble(opened, options, since)?, report))
    }

    fn assemble(opened: Opened, options: OpenOptions, since: SystemTime) -> Result<Self, StoreError> {
        let Opened { db, meta, scopes, times, head, generation, live, directory, lock } = opened;
        let writer = Writer {
            meta,
            head,
            generation,
            live,
            condition: Condition::Sound,
            findings: Vec::new(),
            lost: BTreeSet::new(),
            sealer: Sealer::new()?,
            sweep: Sweep::default(),
        };
        Ok(Self {
            db: RwLock::new(Some(Arc::new(db))),
            writer: Mutex::new(writer),
            tables: RwLock::new(Tables { index: None, scopes, times }),
            moving: AtomicU64::new(0),
            revision: AtomicU64::new(meta.revision.0),
            broken: Mutex::new(None),
            recent: Mutex::new(None),
            compaction: Mutex::new(None),
            touched: Mutex::new(None),
            directory,
            options,
            since,
            _lock: lock,
        })
    }

    pub(crate) fn current(&self) -> Revision {
        Revision(self.revision.load(Ordering::Acquire))
    }

    // A panic while a lock is held can only come from a defect of ours; the data below is either
    // replaced whole or not at all, so the next holder may go on.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tables(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tables_mut(&self) -> RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn broken(&self) -> MutexGuard<'_, Option<Broken>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn recent(&self) -> MutexGuard<'_, Option<Overlay>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn touched(&self) -> MutexGuard<'_, Touched> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn path(&self, generation: Generation) -> PathBuf {
        self.directory.path().join(generation.name())
    }

    /// A number that changes while, and after, records move.
    pub(crate) fn moving(&self) -> u64 {
        self.moving.load(Ordering::SeqCst)
    }

    /// The database, for reading.
    pub(crate) fn reading(&self) -> Result<Arc<sled::Db>, StoreError> {
        if let Some(db) = &*self.db.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(db.clone());
        }
        self.usable(&mut self.writer())
    }

    /// The database, for the one that writes; puts right what a failed commit left.
    pub(crate) fn usable(&self, writer: &mut Writer) -> Result<Arc<sled::Db>, StoreError> {
        match &writer.condition {
            Condition::Sound => {}
            Condition::Broken(why) => return Err(StoreError::Damaged(why.clone())),
            Condition::Failed(undo) => {
                let mut db = self.db.write().unwrap_or_else(PoisonError::into_inner);
                // An I/O error sticks to an open database.
                *db = None;
                let new = engine::open(&self.path(writer.generation), self.options.cache_bytes)?;
                roll_back(&new, undo)?;
                writer.head = HeadFile::create(&self.directory, writer.acknowledged())?;
                *db = Some(Arc::new(new));
                drop(db);
                writer.condition = Condition::Sound;
            }
        }
        self.db
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(|| StoreError::Io("the store is closed; open it anew".into()))
    }

    /// An error when what was not found may be among what cannot be read: that is not to pass for absent.
    pub(crate) fn certain(&self, id: &AssetId, source: Option<&SourceName>) -> Result<(), StoreError> {
        let writer = self.writer();
        match writer.lost.iter().find(|scope| source.is_none_or(|source| scope.source == *source)) {
            None => Ok(()),
            Some(scope) => Err(StoreError::Damaged(format!(
                "whether {} is there cannot be told, because scope {scope} lost records; collect it again",
                visible(id.as_str())
            ))),
        }
    }

    pub(crate) fn commit(&self, commit: &Commit) -> Result<Revision, StoreError> {
        let mut guard = self.writer();
        let writer = &mut *guard;
        if commit.revision != writer.meta.revision.next() {
            return Err(StoreError::OutOfOrder { got: commit.revision.0, last: writer.meta.revision.0 });
        }
        let db = self.usable(writer)?;
        self.ensure_index(writer, &db)?;
        let prepared = {
            let tables = self.tables();
            let index = tables.index.as_ref().ok_or_else(|| StoreError::Damaged("no index".into()))?;
            // A panic of the engine while it reads.
            let known = Known { db: &db, scopes: &tables.scopes, index, times: &tables.times };
            crate::error::guard("reading", || {
                Draft::new(known, writer.meta).prepare(commit, &mut writer.sealer)
            })?
        };
        self.has_room(&prepared)?;
        self.write(writer, &db, &prepared.writes, &prepared.meta)?;
        let moved = prepared.meta.oldest != writer.meta.oldest;
        self.install(writer, prepared, commit);
        if moved {
            self.reload_times(writer, &db)?;
        }
        Ok(commit.revision)
    }

    /// Refuses a commit that could fill the disk: the engine does not take that well.
    fn has_room(&self, prepared: &Prepared) -> Result<(), StoreError> {
        let size: usize = prepared.writes.iter().map(|(k, v)| k.len() + v.as_ref().map_or(0, Vec::len)).sum();
        let needed = (size as u64).saturating_mul(4).saturating_add(self.options.reserve_bytes);
        let free = self.directory.free()?;
        if free < needed {
            return Err(StoreError::Full(format!(
                "{free} bytes are free, {needed} are needed; make room and collect again"
            )));
        }
        Ok(())
    }

    /// Tree, flush, side file: then it is acknowledged. On failure nothing of it stays visible.
    pub(crate) fn write(
        &self,
        writer: &mut Writer,
        db: &sled::Db,
        writes: &BTreeMap<Vec<u8>, Option<Vec<u8>>>,
        meta: &Meta,
    ) -> Result<(), StoreError> {
        let undo = Undo::of(db, writes, meta)?;
        let live = writer.live.map(|live| undo.live_after(live, writes));
        let values = writes.iter().map(|(k, v)| (&**k, v.as_deref()));
        let failure = match engine::write(db, values) {
            Ok(()) => match writer.head.advance(Head::of(meta, writer.generation, live)) {
                Ok(()) => {
                    // Afterwards, so that a copy that looks between the two looks again.
                    self.touch(writes.keys());
                    writer.live = live;
                    return Ok(());
                }
                Err(failure) => failure,
            },
            Err(failure) => failure,
        };
        match &failure {
            StoreError::Damaged(why) => {
                writer.condition =
                    Condition::Broken(format!("{why}; start again, the store is looked at then"));
                // Whatever the engine still answers is not to be trusted.
                *self.db.write().unwrap_or_else(PoisonError::into_inner) = None;
            }
            _ => {
                writer.condition = Condition::Failed(undo);
                *self.db.write().unwrap_or_else(PoisonError::into_inner) = None;
            }
        }
        *self.touched() = None;
        Err(failure)
    }

    /// Takes over that the oldest revision is another one.
    pub(crate) fn reload_times(&self, writer: &Writer, db: &sled::Db) -> Result<(), StoreError> {
        let meta = &writer.meta;
        let times = Times::load(db, (meta.oldest, meta.oldest_at), meta.revision)?;
        self.tables_mut().times = times;
        Ok(())
    }

    fn install(&self, writer: &mut Writer, prepared: Prepared, commit: &Commit) {
        writer.meta = prepared.meta;
        for state in &commit.scopes {
            writer.lost.remove(&state.scope.key);
        }
        let mut tables = self.tables_mut();
        self.moving.fetch_add(1, Ordering::SeqCst);
        for (number, manifest, sum) in prepared.manifests {
            tables.scopes.set(number, manifest, sum);
        }
        tables.times.push(commit.revision.0, commit.at);
        if let Some(index) = &mut tables.index {
            for step in prepared.moves {
                match step {
                    Move::To(id, place) => index.put(id, place),
                    Move::From(id, place) => index.remove(id, place),
                }
            }
        }
        self.moving.fetch_add(1, Ordering::SeqCst);
        for (place, flaw) in prepared.damaged {
            let scope = tables.scopes.get(place.scope).map(|s| s.manifest.key.clone());
            writer.note(scope, format!("segment {}: {flaw}", place.segment), None);
        }
        for (page, flaw) in prepared.damaged_pages {
            let named: BTreeSet<&ScopeKey> = commit.scopes.iter().map(|s| &s.scope.key).collect();
            for (_, stored) in tables.scopes.of_page(page) {
                let key = &stored.manifest.key;
                if stored.manifest.state != 0 && !named.contains(key) {
                    writer.note(Some(key.clone()), format!("the state: {flaw}"), None);
                }
            }
        }
        self.revision.store(writer.meta.revision.0, Ordering::Release);
    }
}

impl Writer {
    /// What the side file should say.
    pub(crate) fn acknowledged(&self) -> Head {
        Head::of(&self.meta, self.generation, self.live)
    }

    /// Notes damage that was found in a store that was sound when it was opened. It is put right when
    /// the store is opened next.
    pub(crate) fn note(&mut self, scope: Option<ScopeKey>, what: String, records: Option<u64>) {
        if let Some(scope) = &scope {
            self.lost.insert(scope.clone());
        }
        let finding = Finding {
            what,
            scope,
            records,
            remedy: "collect this scope again; the damaged part is set aside when the store is opened next"
                .into(),
        };
        self.note_finding(finding);
    }

    /// Notes damage in its own words.
    pub(crate) fn note_finding(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) && self.findings.len() < 1000 {
            self.findings.push(finding);
        }
    }
}

impl Undo {
    fn of(
        db: &sled::Db,
        writes: &BTreeMap<Vec<u8>, Option<Vec<u8>>>,
        meta: &Meta,
    ) -> Result<Self, StoreError> {
        // The history of a commit is written once: where it is written now, it was not there.
        let fresh = |key: &[u8]| Key::decode(key).and_then(Key::of_commit) == Some(meta.revision.0);
        let values = writes
            .iter()
            .map(|(key, value)| {
                let old = if value.is_some() && fresh(key) { None } else { engine::get(db, key)? };
                Ok((key.clone(), old))
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Self { sequence: meta.sequence, values })
    }

    /// Puts nothing back.
    pub(crate) fn nothing() -> Self {
        Self { sequence: u64::MAX, values: Vec::new() }
    }

    /// Bytes of all names and values after the writes, when there were so many before.
    fn live_after(&self, live: u64, writes: &BTreeMap<Vec<u8>, Option<Vec<u8>>>) -> u64 {
        let old = self.values.iter().filter_map(|(k, v)| Some(k.len() + v.as_ref()?.len())).sum::<usize>();
        let new = writes.iter().filter_map(|(k, v)| Some(k.len() + v.as_ref()?.len())).sum::<usize>();
        (live + new as u64).saturating_sub(old as u64)
    }
}

/// Puts back the values before a commit, if the commit reached the tree.
fn roll_back(db: &sled::Db, undo: &Undo) -> Result<(), StoreError> {
    let meta: Option<Meta> = engine::get(db, META)?
        .and_then(|value| crate::envelope::open(META, &value).ok())
        .and_then(|opened| decode(&opened.body).ok());
    if meta.is_some_and(|m| m.sequence == undo.sequence) {
        engine::write(db, undo.values.iter().map(|(k, v)| (&**k, v.as_deref())))?;
    }
    Ok(())
}

impl Drop for SledStore {
    fn drop(&mut self) {
        self.cancel_compaction();
        let writer = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner);
        let generation = writer.generation;
        let sound = matches!(writer.condition, Condition::Sound) && writer.findings.is_empty();
        let db = self.db.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let closed = guard("closing", || {
            if let Some(db) = &db {
                db.flush().map_err(crate::error::from_sled)?;
            }
            drop(db);
            Ok(())
        });
        // Without the mark the next one to open looks more closely, which is all that is lost.
        if sound && closed.is_ok() {
            engine::wait_until_closed(&self.path(generation));
            let marked = self
                .directory
                .tighten(&generation.name())
                .and_then(|()| clean::mark(&self.directory, generation, self.since));
            if let Err(error) = marked {
                tracing::warn!(%error, "the store was closed but could not be marked as closed");
            }
        }
    }
}
