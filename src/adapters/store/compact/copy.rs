//! The copy of a store: written value by value, then read back. Each value vouches for itself, and sums
//! over all of them tell that none is missing and none is there that should not be.

use std::collections::BTreeSet;

use cloudscope_ports::{CompactReport, StoreError};

use super::CACHE;
use crate::{
    copying::{Copy, Stage, Sums},
    engine,
    envelope::{self, Sum},
    layout::{Key, META},
    store::SledStore,
};

/// Bytes that one step copies,
const COPIED: usize = 8 << 20;
/// or reads back.
const READ: usize = 32 << 20;
/// No name is behind this one.
const END: &[u8] = &[0xff];

impl Sums {
    fn place(&mut self, key: &[u8]) -> Result<&mut Sum, StoreError> {
        Ok(match Key::decode(key) {
            Some(
                Key::Manifest(_)
                | Key::Page(_)
                | Key::Segment(_)
                | Key::Run(_)
                | Key::Changes { .. }
                | Key::Pins,
            ) => &mut self.account,
            Some(Key::Meta | Key::Step(_) | Key::Records { .. } | Key::States { .. } | Key::Times(_)) => {
                &mut self.rest
            }
            Some(Key::FormerState(_)) | None => {
                return Err(unfit("it has a name that this program does not write"));
            }
        })
    }

    fn add(&mut self, key: &[u8], value: &[u8], sum: Sum) -> Result<(), StoreError> {
        let place = self.place(key)?;
        *place = place.wrapping_add(sum);
        self.values += 1;
        self.bytes += (key.len() + value.len()) as u64;
        Ok(())
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let sum = envelope::claimed(value).ok_or_else(|| unfit("it is cut"))?;
        let place = self.place(key)?;
        *place = place.wrapping_sub(sum);
        self.values -= 1;
        self.bytes -= (key.len() + value.len()) as u64;
        Ok(())
    }
}

pub(super) fn unfit(why: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!(
        "a value cannot be copied: {why}; nothing was changed, run `cloudscope store check`"
    ))
}

impl Copy {
    pub(super) fn db(&self) -> Result<&sled::Db, StoreError> {
        self.db.as_ref().ok_or_else(|| StoreError::Io("the copy is closed".into()))
    }

    /// Removes it.
    pub(super) fn discard(self, store: &SledStore) {
        let Self { generation, db, .. } = self;
        let _ = crate::error::guard("closing", || {
            drop(db);
            Ok(())
        });
        if let Err(error) = store.directory.remove_all(&generation.name()) {
            tracing::warn!(%error, "an unfinished copy of the store could not be removed");
        }
    }

    /// Takes over values as they are now in the store, or that they are not there any more.
    pub(super) fn catch_up(&mut self, from: &sled::Db, names: &BTreeSet<Vec<u8>>) -> Result<(), StoreError> {
        let mut batch: Vec<(&[u8], Option<sled::IVec>)> = Vec::new();
        let mut bytes = 0;
        for name in names {
            let value = engine::get(from, name)?;
            if let Some(old) = engine::get(self.db()?, name)? {
                self.sums.take(name, &old)?;
            }
            if let Some(value) = &value {
                self.sums.add(name, value, envelope::verify(name, value).map_err(unfit)?)?;
                bytes += value.len();
            }
            batch.push((name, value));
            if bytes >= COPIED {
                engine::fill(self.db()?, batch.iter().map(|(k, v)| (*k, v.as_deref())))?;
                batch.clear();
                bytes = 0;
            }
        }
        engine::fill(self.db()?, batch.iter().map(|(k, v)| (*k, v.as_deref())))
    }

    /// Closes the copy and opens it anew, so that it is read from the disk.
    pub(super) fn reopen(&mut self, store: &SledStore) -> Result<(), StoreError> {
        engine::flush(self.db()?)?;
        let old = self.db.take();
        crate::error::guard("closing", || {
            drop(old);
            Ok(())
        })?;
        store.directory.tighten(&self.generation.name())?;
        self.db = Some(engine::open(&store.path(self.generation), store.options.cache_bytes)?);
        Ok(())
    }

    pub(super) fn verify_some(&mut self) -> Result<(), StoreError> {
        let db = self.db()?.clone();
        let Stage::Verifying { next, found } = &mut self.stage else { return Ok(()) };
        let mut bytes = 0;
        for pair in engine::scan_from(&db, next, END) {
            let (key, value) = pair?;
            if bytes >= READ {
                *next = key.to_vec();
                return Ok(());
            }
            bytes += value.len();
            let sum = envelope::verify(&key, &value).map_err(|flaw| {
                StoreError::Damaged(format!("a value of the copy: {flaw}; nothing was changed"))
            })?;
            found.add(&key, &value, sum)?;
        }
        if *found != self.sums {
            return Err(StoreError::Damaged(format!(
                "the copy has {} values and {} were written to it; nothing was changed",
                found.values, self.sums.values
            )));
        }
        self.stage = Stage::Verified;
        Ok(())
    }
}

impl SledStore {
    /// Begins a copy, if there is room for one.
    pub(super) fn begin(&self) -> Result<Copy, StoreError> {
        let mut writer = self.writer();
        // Not from a store that is known to be damaged: it is put right when it is opened next.
        if let Some(finding) = writer.findings.first() {
            return Err(StoreError::Damaged(format!("{}; {}", finding.what, finding.remedy)));
        }
        self.usable(&mut writer)?;
        let generation = writer.generation.next();
        let before = self.bytes(writer.generation);
        let needed = self.copy_needs(writer.live, before);
        let free = self.directory.free()?;
        if free < needed {
            return Err(StoreError::Full(format!(
                "{free} bytes are free, compacting needs {needed} for the copy; make room, or let go of history \
                 with `cloudscope store prune` first"
            )));
        }
        self.directory.remove_all(&generation.name())?;
        let db = engine::open(&self.path(generation), CACHE)?;
        *self.touched() = Some(BTreeSet::new());
        let total = writer.live.unwrap_or(before);
        Ok(Copy {
            generation,
            db: Some(db),
            stage: Stage::Copying(Vec::new()),
            sums: Sums::default(),
            report: CompactReport { before, total, ..CompactReport::default() },
        })
    }

    /// Bytes that a copy may take until it has replaced the store.
    fn copy_needs(&self, live: Option<u64>, file: u64) -> u64 {
        let copy = live.map_or(file, |live| live.saturating_mul(2).min(file.max(live)));
        copy.saturating_add(16 << 20).saturating_add(self.options.reserve_bytes)
    }

    pub(super) fn copy_some(&self, copy: &mut Copy) -> Result<(), StoreError> {
        let from = self.reading()?;
        let Stage::Copying(next) = &copy.stage else { return Ok(()) };
        let mut batch: Vec<(sled::IVec, sled::IVec)> = Vec::new();
        let mut bytes = 0;
        let mut rest = None;
        for pair in engine::scan_from(&from, next, END) {
            let (key, value) = pair?;
            if bytes >= COPIED {
                rest = Some(key.to_vec());
                break;
            }
            if &*key == META {
                continue;
            }
            let sum = envelope::verify(&key, &value).map_err(unfit)?;
            copy.sums.add(&key, &value, sum)?;
            bytes += value.len();
            batch.push((key, value));
        }
        if self.directory.free()? < self.options.reserve_bytes.saturating_add(4 * bytes as u64) {
            return Err(StoreError::Full(
                "the disk became full while the store was compacted; nothing was changed".into(),
            ));
        }
        engine::fill(copy.db()?, batch.iter().map(|(k, v)| (&**k, Some(&**v))))?;
        copy.report.values = copy.sums.values;
        copy.report.copied = copy.sums.bytes;
        match rest {
            Some(next) => copy.stage = Stage::Copying(next),
            None => {
                let names = self.take_touched()?;
                copy.catch_up(&from, &without_meta(names))?;
                copy.reopen(self)?;
                copy.stage = Stage::Verifying { next: Vec::new(), found: Sums::default() };
            }
        }
        Ok(())
    }
}

/// The account of the store is copied last.
pub(super) fn without_meta(mut names: BTreeSet<Vec<u8>>) -> BTreeSet<Vec<u8>> {
    names.remove(META);
    names
}
