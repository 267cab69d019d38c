//! The moment at which the copy becomes the store.

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use cloudscope_ports::{CompactReport, StoreError};

use super::copy::without_meta;
use crate::{
    backup,
    copying::{Compaction, Copy, Sums},
    engine,
    envelope::Sum,
    error::guard,
    generation::Generation,
    head::{Head, HeadFile},
    layout::META,
    store::{Condition, SledStore, Undo, Writer},
};

/// So much may be left to copy behind the writer's lock.
const LAST: usize = 256;
/// Rounds of catching up with those who write before that.
const ROUNDS: usize = 8;

/// How long those who read the old store are waited for at a time; nobody begins to read meanwhile.
const READERS: Duration = Duration::from_millis(20);

/// What an attempt to swap came to.
enum Swapped {
    /// The old store, which nobody reads any more.
    Done(Generation, Option<Arc<sled::Db>>),
    /// Somebody still reads the old store.
    NotYet,
}

impl SledStore {
    /// Puts the verified copy in the place of the store, or says that there is more to do.
    pub(super) fn swap(
        &self,
        mut copy: Copy,
        compaction: &mut Compaction,
    ) -> Result<CompactReport, StoreError> {
        let (there, copied) = (self.bytes(self.writer().generation), self.bytes(copy.generation));
        if copied >= there {
            // Nothing would be gained.
            *self.touched() = None;
            let Sums { values, bytes, .. } = copy.sums;
            let report = CompactReport { after: there, values, copied: bytes, kept: true, ..copy.report };
            copy.discard(self);
            backup::clear(&self.directory, true);
            return Ok(CompactReport { more: false, ..report });
        }
        match self.swap_in(&mut copy) {
            Ok(Swapped::Done(generation, old)) => {
                // Its end writes to its files once more; what becomes of them does not matter.
                let _ = guard("closing", || {
                    drop(old);
                    Ok(())
                });
                if let Err(error) = self.directory.remove_all(&generation.name()) {
                    tracing::warn!(%error, "the store from before the compaction could not be removed");
                }
                backup::clear(&self.directory, true);
                let Copy { generation, sums, report, .. } = copy;
                let after = self.bytes(generation);
                Ok(CompactReport { after, values: sums.values, copied: sums.bytes, more: false, ..report })
            }
            Ok(Swapped::NotYet) => {
                let report = CompactReport { more: true, ..copy.report };
                *compaction = Some(copy);
                Ok(report)
            }
            Err(error) => {
                // When it is not known what the side file says, the copy stays until that is known.
                if copy.db.is_some() {
                    copy.discard(self);
                }
                Err(error)
            }
        }
    }

    fn swap_in(&self, copy: &mut Copy) -> Result<Swapped, StoreError> {
        {
            let from = self.reading()?;
            for _ in 0..ROUNDS {
                let names = without_meta(self.take_touched()?);
                copy.catch_up(&from, &names)?;
                if names.len() < LAST {
                    break;
                }
            }
            engine::flush(copy.db()?)?;
        }
        let mut guard = self.writer();
        let writer = &mut *guard;
        drop(self.usable(writer)?);
        let mut current = self.db.write().unwrap_or_else(PoisonError::into_inner);
        let patience = Instant::now() + READERS;
        while current.as_ref().is_some_and(|db| Arc::strong_count(db) > 1) {
            if Instant::now() > patience {
                return Ok(Swapped::NotYet);
            }
            std::thread::sleep(READERS / 20);
        }
        let Some(from) = &*current else { return Ok(Swapped::NotYet) };
        let mut names = self.take_touched()?;
        names.insert(META.to_vec());
        copy.catch_up(from, &names)?;
        engine::flush(copy.db()?)?;
        self.agree(writer, copy)?;

        let head = Head::of(&writer.meta, copy.generation, Some(copy.sums.bytes));
        copy.generation.finish(&self.directory)?;
        match HeadFile::create(&self.directory, head) {
            Ok(file) => {
                let generation = std::mem::replace(&mut writer.generation, copy.generation);
                (writer.head, writer.live) = (file, head.live);
                let old = std::mem::replace(&mut *current, copy.db.take().map(Arc::new));
                *self.touched() = None;
                Ok(Swapped::Done(generation, old))
            }
            Err(error) => {
                // Either may be the store now, and they are the same; it is made to be the old one before
                // anything else is written.
                writer.condition = Condition::Failed(Undo::nothing());
                *current = None;
                copy.db = None;
                let _ = copy.generation.unfinish(&self.directory);
                Err(error)
            }
        }
    }

    /// Holds the copy against the account of the store.
    fn agree(&self, writer: &Writer, copy: &Copy) -> Result<(), StoreError> {
        let meta = &writer.meta;
        let segments =
            self.tables().scopes.iter().fold(0, |sum: Sum, (_, s)| sum.wrapping_add(s.manifest.sum));
        let parts = [meta.manifests, meta.pages, meta.runs, meta.changed, meta.pins, segments];
        let account = parts.into_iter().fold(0, Sum::wrapping_add);
        let empty = meta.sequence == 0 && copy.sums.values == 0;
        let there = engine::get(copy.db()?, META)?.is_some();
        if account == copy.sums.account && (there || empty) {
            return Ok(());
        }
        Err(StoreError::Damaged(
            "the values that are there are not those that the store has account of; nothing was changed, \
             run `cloudscope store check`"
                .into(),
        ))
    }
}
