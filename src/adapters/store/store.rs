//! The store as the port sees it: one writer behind a lock, readers beside it, and the order of steps
//! that makes a commit durable.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use cloudscope_domain::{Revision, ScopeKey};
use cloudscope_ports::{Commit, Finding, StoreError};

use crate::{
    clean,
    directory::{Directory, STORE},
    draft::{Draft, Move, Prepared},
    engine,
    envelope::Sealer,
    error::guard,
    head::{Head, HeadFile},
    index::Index,
    layout::META,
    lock::Lock,
    meta::Meta,
    open::{Opened, open},
    options::{OpenOptions, OpenReport},
    scopes::Scopes,
    tally::decode,
};

/// A store on sled: packed, checksummed segments; one durable batch a commit.
///
/// One process at a time; dropping it closes it cleanly.
pub struct SledStore {
    /// `None` after an I/O error, until the next use opens it anew.
    db: RwLock<Option<sled::Db>>,
    pub(crate) writer: Mutex<Writer>,
    tables: RwLock<Tables>,
    /// Odd while a commit is between the tree and the index.
    moving: AtomicU64,
    revision: AtomicU64,
    pub(crate) directory: Directory,
    pub(crate) options: OpenOptions,
    _lock: Lock,
}

/// What only the one that writes may touch.
pub(crate) struct Writer {
    pub meta: Meta,
    pub head: HeadFile,
    pub condition: Condition,
    /// Damage that was found since the store was opened.
    pub findings: Vec<Finding>,
    /// Scopes that lost something since the store was opened, and were not written since.
    pub lost: BTreeSet<ScopeKey>,
    sealer: Sealer,
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
    revision: Revision,
    values: Vec<(Vec<u8>, Option<sled::IVec>)>,
}

/// Where things are; rebuilt from the tree when the store is opened.
#[derive(Default)]
pub(crate) struct Tables {
    pub index: Option<Index>,
    pub scopes: Scopes,
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
        let (opened, report) = open(dir, &options)?;
        Ok((Self::assemble(opened, options)?, report))
    }

    fn assemble(opened: Opened, options: OpenOptions) -> Result<Self, StoreError> {
        let Opened { db, meta, scopes, head, directory, lock } = opened;
        let writer = Writer {
            meta,
            head,
            condition: Condition::Sound,
            findings: Vec::new(),
            lost: BTreeSet::new(),
            sealer: Sealer::new()?,
        };
        Ok(Self {
            db: RwLock::new(Some(db)),
            writer: Mutex::new(writer),
            tables: RwLock::new(Tables { index: None, scopes }),
            moving: AtomicU64::new(0),
            revision: AtomicU64::new(meta.revision.0),
            directory,
            options,
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

    /// A number that changes while, and after, records move.
    pub(crate) fn moving(&self) -> u64 {
        self.moving.load(Ordering::SeqCst)
    }

    /// The database, for reading.
    pub(crate) fn reading(&self) -> Result<sled::Db, StoreError> {
        if let Some(db) = &*self.db.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(db.clone());
        }
        self.usable(&mut self.writer())
    }

    /// The database, for the one that writes; puts right what a failed commit left.
    pub(crate) fn usable(&self, writer: &mut Writer) -> Result<sled::Db, StoreError> {
        match &writer.condition {
            Condition::Sound => {}
            Condition::Broken(why) => return Err(StoreError::Damaged(why.clone())),
            Condition::Failed(undo) => {
                let mut db = self.db.write().unwrap_or_else(PoisonError::into_inner);
                // An I/O error sticks to an open database.
                *db = None;
                let new = engine::open(&self.directory.path().join(STORE), self.options.cache_bytes)?;
                roll_back(&new, undo)?;
                writer.head = HeadFile::create(&self.directory, Head::from(&writer.meta))?;
                *db = Some(new);
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
            crate::error::guard("reading", || {
                Draft::new(&db, &tables.scopes, index, writer.meta).prepare(commit, &mut writer.sealer)
            })?
        };
        self.has_room(&prepared)?;
        let undo = Undo::of(&db, &prepared, commit.revision)?;
        self.write(writer, &db, &prepared, undo)?;
        self.install(writer, prepared, commit);
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
    fn write(
        &self,
        writer: &mut Writer,
        db: &sled::Db,
        prepared: &Prepared,
        undo: Undo,
    ) -> Result<(), StoreError> {
        let values = prepared.writes.iter().map(|(k, v)| (&**k, v.as_deref()));
        let failure = match engine::write(db, values) {
            Ok(()) => match writer.head.advance(Head::from(&prepared.meta)) {
                Ok(()) => return Ok(()),
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
        Err(failure)
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
        self.revision.store(writer.meta.revision.0, Ordering::Release);
    }
}

impl Writer {
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
        if !self.findings.contains(&finding) && self.findings.len() < 1000 {
            self.findings.push(finding);
        }
    }
}

impl Undo {
    fn of(db: &sled::Db, prepared: &Prepared, revision: Revision) -> Result<Self, StoreError> {
        let values = prepared
            .writes
            .keys()
            .map(|key| Ok((key.clone(), engine::get(db, key)?)))
            .collect::<Result<_, StoreError>>()?;
        Ok(Self { revision, values })
    }
}

/// Puts back the values before a commit, if the commit reached the tree.
fn roll_back(db: &sled::Db, undo: &Undo) -> Result<(), StoreError> {
    let meta: Option<Meta> = engine::get(db, META)?
        .and_then(|value| crate::envelope::open(META, &value).ok())
        .and_then(|opened| decode(&opened.body).ok());
    if meta.is_some_and(|m| m.revision == undo.revision) {
        engine::write(db, undo.values.iter().map(|(k, v)| (&**k, v.as_deref())))?;
    }
    Ok(())
}

impl Drop for SledStore {
    fn drop(&mut self) {
        let writer = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner);
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
            let marked = self.directory.tighten(STORE).and_then(|()| clean::mark(&self.directory));
            if let Err(error) = marked {
                tracing::warn!(%error, "the store was closed but could not be marked as closed");
            }
        }
    }
}
