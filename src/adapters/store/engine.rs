//! The sled database under the store: opened with bounds, written one batch at a time, read with
//! every panic caught. Knows values as bytes only.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use cloudscope_ports::StoreError;
use rustix::{fs::FlockOperation, io::Errno};

use crate::{
    directory::files_below,
    error::{from_sled, guard},
};

/// How long to wait for a database that was closed a moment ago to let go of its lock.
const LET_GO: Duration = Duration::from_secs(5);

/// What the engine writes at the most when it opens a database that was not closed: a list of its pages, which is far
/// smaller than this part of its files, and this.
const OPENING: (u64, u64) = (128, 8 << 20);

/// Opens or makes the database in a directory.
pub(crate) fn open(path: &Path, cache_bytes: u64) -> Result<sled::Db, StoreError> {
    clear_unfinished(path);
    open_cleared(path, cache_bytes).map_err(|error| match error {
        StoreError::Full(why) => {
            clear_unfinished(path);
            StoreError::Full(format!(
                "{why}; the storage engine writes a little once to open a store that was not closed: make {} bytes free \
                 on that disk and start again",
                opening_needs(path)
            ))
        }
        other => other,
    })
}

fn opening_needs(path: &Path) -> u64 {
    let files: u64 = files_below(path).map(|all| all.iter().map(|(_, size)| size).sum()).unwrap_or_default();
    files / OPENING.0 + OPENING.1
}

/// Removes a list of pages that was not written to its end, because the disk was full or the process was killed. The
/// engine would take it for its newest one and say that all of it is damaged, while everything is there. Not while
/// somebody has the database open.
fn clear_unfinished(path: &Path) {
    let Ok(entries) = std::fs::read_dir(path) else { return };
    let unfinished: Vec<_> = entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("snap.") && name.ends_with(".generating")
        })
        .collect();
    if unfinished.is_empty() {
        return;
    }
    wait_until_closed(path);
    let Ok(file) = std::fs::File::open(path.join("db")) else { return };
    if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        return;
    }
    for entry in unfinished {
        if let Err(error) = std::fs::remove_file(entry.path()) {
            tracing::warn!(%error, "an unfinished list of pages of the storage engine could not be removed");
        }
    }
}

fn open_cleared(path: &Path, cache_bytes: u64) -> Result<sled::Db, StoreError> {
    guard("opening", || {
        let start = Instant::now();
        // Every commit flushes itself; a background flusher would only add work.
        let config = sled::Config::new().path(path).cache_capacity(cache_bytes).flush_every_ms(None);
        loop {
            let opened = config.open();
            match opened {
                Err(sled::Error::Io(e)) if e.to_string().contains("could not acquire lock") => {
                    if start.elapsed() > LET_GO {
                        let at = path.join("db");
                        let holder = format!("of an unknown number, which has {} open", at.display());
                        return Err(StoreError::Held { holder });
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
                other => return other.map_err(from_sled),
            }
        }
    })
}

/// Waits until the engine's own threads have let go of a database that was closed: until then they write to
/// its files and remove some.
pub(crate) fn wait_until_closed(path: &Path) {
    let Ok(file) = std::fs::File::open(path.join("db")) else { return };
    let start = Instant::now();
    while rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK)
        && start.elapsed() < LET_GO
    {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Writes values, and removes those that are `None`, atomically and durably.
pub(crate) fn write<'a>(
    db: &sled::Db,
    values: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
) -> Result<(), StoreError> {
    put(db, values)?;
    flush(db)
}

/// Makes durable what was written.
pub(crate) fn flush(db: &sled::Db) -> Result<(), StoreError> {
    guard("writing", || db.flush().map(drop).map_err(from_sled))
}

/// Writes values atomically; they are durable once the database was flushed.
pub(crate) fn put<'a>(
    db: &sled::Db,
    values: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
) -> Result<(), StoreError> {
    let mut batch = sled::Batch::default();
    for (key, value) in values {
        match value {
            Some(value) => batch.insert(key, value),
            None => batch.remove(key),
        }
    }
    guard("writing", || db.apply_batch(batch).map_err(from_sled))
}

/// Bytes after which what is filled in is flushed.
const FILLED: usize = 256 << 10;

/// Writes values one by one, in the order in which they come: nothing of it is atomic, and it is durable once the
/// database was flushed. For a copy that nobody reads yet. It leaves files that are smaller than one batch would:
/// a batch goes in at random, so that pages are split and written again and again, and holds on to every piece of the
/// log that it wrote; what is flushed now and then has its room used again.
pub(crate) fn fill<'a>(
    db: &sled::Db,
    values: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
) -> Result<(), StoreError> {
    let mut bytes = 0;
    for (key, value) in values {
        guard("writing", || {
            match value {
                Some(value) => db.insert(key, value),
                None => db.remove(key),
            }
            .map(drop)
            .map_err(from_sled)
        })?;
        bytes += value.map_or(0, <[u8]>::len);
        if bytes >= FILLED {
            bytes = 0;
            flush(db)?;
        }
    }
    Ok(())
}

/// The value of a name.
pub(crate) fn get(db: &sled::Db, key: &[u8]) -> Result<Option<sled::IVec>, StoreError> {
    guard("reading", || db.get(key).map_err(from_sled))
}

/// How often a value is asked for that is read in passing.
const PASSING: usize = 4;

/// The same, of one of many that are read in turn and not again soon. The engine looks at what its cache holds only
/// after 64 questions for pages that share a part of it, of which there are 256, and a page is asked for once for each
/// of its 16 or so values: by then four pages of 100 KB and more wait in each part, three times what the cache may
/// hold. Asked more often, it looks after every page.
pub(crate) fn get_passing(db: &sled::Db, key: &[u8]) -> Result<Option<sled::IVec>, StoreError> {
    for _ in 1..PASSING {
        get(db, key)?;
    }
    get(db, key)
}

/// Names and values under a prefix, in order. Ends after the first error.
pub(crate) struct Scan {
    iter: sled::Iter,
    ended: bool,
}

pub(crate) fn scan(db: &sled::Db, prefix: &[u8]) -> Scan {
    Scan { iter: db.scan_prefix(prefix), ended: false }
}

/// The same, and past what cannot be read: after that was told once it goes on from the other end, so that the order is
/// another one from there on. Of several such places what lies between them is not told.
pub(crate) fn scan_around<'a>(db: &'a sled::Db, prefix: &'a [u8]) -> Around<'a> {
    Around { db, prefix, front: scan(db, prefix), last: None, back: None }
}

/// See [`scan_around`].
pub(crate) struct Around<'a> {
    db: &'a sled::Db,
    prefix: &'a [u8],
    front: Scan,
    /// The last name that came from the front.
    last: Option<sled::IVec>,
    back: Option<Scan>,
}

impl Iterator for Around<'_> {
    type Item = Result<Pair, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(back) = &mut self.back {
            // At the place itself it ends.
            let (key, value) = back.next_back()?.ok()?;
            return self.last.as_ref().is_none_or(|last| key > *last).then_some(Ok((key, value)));
        }
        let next = self.front.next()?;
        match &next {
            Ok((key, _)) => self.last = Some(key.clone()),
            Err(StoreError::Damaged(_)) => self.back = Some(scan(self.db, self.prefix)),
            Err(_) => {}
        }
        Some(next)
    }
}

pub(crate) fn scan_from(db: &sled::Db, from: &[u8], to: &[u8]) -> Scan {
    Scan { iter: db.range(from..to), ended: false }
}

/// The same from a name on, up to another one or to the end.
pub(crate) fn scan_between(db: &sled::Db, from: &[u8], to: Option<&[u8]>) -> Scan {
    let iter = match to {
        Some(to) => db.range(from..to),
        None => db.range(from..),
    };
    Scan { iter, ended: false }
}

type Pair = (sled::IVec, sled::IVec);

impl Scan {
    fn step(
        &mut self,
        next: impl FnOnce(&mut sled::Iter) -> Option<sled::Result<Pair>>,
    ) -> Option<Result<Pair, StoreError>> {
        if self.ended {
            return None;
        }
        let iter = &mut self.iter;
        let step = guard("reading", || Ok(next(iter))).and_then(|s| s.transpose().map_err(from_sled));
        self.ended = !matches!(step, Ok(Some(_)));
        step.transpose()
    }
}

impl Iterator for Scan {
    type Item = Result<Pair, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(Iterator::next)
    }
}

impl DoubleEndedIterator for Scan {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.step(DoubleEndedIterator::next_back)
    }
}
