//! The sled database under the store: opened with bounds, written one batch at a time, read with
//! every panic caught. Knows values as bytes only.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use cloudscope_ports::StoreError;
use rustix::{fs::FlockOperation, io::Errno};

use crate::error::{from_sled, guard};

/// After so many bytes that were read or written the engine is made to see to its cache. It only does so
/// when 64 uses fell to one of the 256 parts of it, whatever their size, and until then keeps everything:
/// with values as large as ours that is most of a store.
const TEND: usize = 32 << 10;
/// Uses of one part of the cache after which the engine sees to it.
const USES: usize = 64;

/// How long to wait for a database that was closed a moment ago to let go of its lock.
const LET_GO: Duration = Duration::from_secs(5);

/// Opens or makes the database in a directory.
pub(crate) fn open(path: &Path, cache_bytes: u64) -> Result<sled::Db, StoreError> {
    guard("opening", || {
        let start = Instant::now();
        // Every commit flushes itself; a background flusher would only add work.
        let config = sled::Config::new().path(path).cache_capacity(cache_bytes).flush_every_ms(None);
        loop {
            let opened = config.open();
            match opened {
                Err(sled::Error::Io(e)) if e.to_string().contains("could not acquire lock") => {
                    if start.elapsed() > LET_GO {
                        return Err(StoreError::Held { holder: "of an unknown number".into() });
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
    let (mut batch, mut large) = (sled::Batch::default(), Vec::new());
    for (key, value) in values {
        match value {
            Some(value) => {
                batch.insert(key, value);
                large.extend((value.len() >= TEND).then_some(key));
            }
            None => batch.remove(key),
        }
    }
    guard("writing", || db.apply_batch(batch).map_err(from_sled))?;
    large.into_iter().try_for_each(|key| tend(db, key))
}

/// Makes the engine see to the part of its cache that holds this name.
fn tend(tree: &sled::Tree, key: &[u8]) -> Result<(), StoreError> {
    guard("reading", || (0..USES).try_for_each(|_| tree.get(key).map(drop)).map_err(from_sled))
}

/// The value of a name.
pub(crate) fn get(db: &sled::Db, key: &[u8]) -> Result<Option<sled::IVec>, StoreError> {
    let value = guard("reading", || db.get(key).map_err(from_sled))?;
    if value.as_ref().is_some_and(|value| value.len() >= TEND) {
        tend(db, key)?;
    }
    Ok(value)
}

/// Names and values under a prefix, in order. Ends after the first error.
pub(crate) struct Scan {
    tree: sled::Tree,
    iter: sled::Iter,
    ended: bool,
    /// Bytes that were read since the cache was seen to.
    read: usize,
}

pub(crate) fn scan(db: &sled::Db, prefix: &[u8]) -> Scan {
    Scan { tree: (**db).clone(), iter: db.scan_prefix(prefix), ended: false, read: 0 }
}

pub(crate) fn scan_from(db: &sled::Db, from: &[u8], to: &[u8]) -> Scan {
    Scan { tree: (**db).clone(), iter: db.range(from..to), ended: false, read: 0 }
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
        let step = step.and_then(|pair| {
            if let Some((key, value)) = &pair {
                self.read += value.len();
                if self.read >= TEND {
                    self.read = 0;
                    tend(&self.tree, key)?;
                }
            }
            Ok(pair)
        });
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn resident() -> usize {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
    }

    /// Without being made to, the engine keeps all of it.
    #[test]
    fn what_was_read_once_does_not_stay_in_memory() {
        const SIZE: usize = 128 << 10;
        const COUNT: u32 = 1000;
        let dir = tempfile::tempdir().unwrap();
        let mut noise = blake3::Hasher::new();
        noise.update(b"noise");
        let mut value = vec![0; SIZE];
        noise.finalize_xof().fill(&mut value);
        {
            let db = open(dir.path(), 4 << 20).unwrap();
            for n in 0..COUNT {
                write(&db, std::iter::once((&n.to_be_bytes()[..], Some(&value[..])))).unwrap();
            }
        }
        wait_until_closed(dir.path());
        let db = open(dir.path(), 4 << 20).unwrap();
        let before = resident();
        assert_eq!(scan(&db, b"").map(|pair| pair.unwrap().1.len()).sum::<usize>(), SIZE * COUNT as usize);
        for n in 0..COUNT {
            assert_eq!(get(&db, &n.to_be_bytes()).unwrap().unwrap().len(), SIZE);
        }
        let more = resident().saturating_sub(before);
        assert!(more < SIZE * COUNT as usize * 2 / 3, "{} MB stayed in memory", more >> 20);
    }
}
