//! Compaction: the engine never makes its files smaller, so every value is copied into a new directory,
//! read back from there, and the side file made to say that this one is the store now.
//!
//! ```text
//! copy    in steps, while others read and commit; what is written meanwhile is noted by name
//! verify  the copy is closed, opened anew, and every value of it read back
//! weigh   files that are no smaller are removed again, and the store stays what it is
//! swap    behind the writer's lock: what was noted is copied too, the sums are held against the account
//!         of the store, then the side file is replaced
//! ```
//! Until the side file is replaced the old directory is the store, and afterwards the new one is: each is
//! whole at that moment. What the other one is then is removed, at the latest when the store is opened.

mod copy;
mod swap;

use std::{
    collections::BTreeSet,
    sync::{MutexGuard, PoisonError},
};

use cloudscope_ports::{CompactReport, StoreError};

use crate::{
    copying::{Compaction, Copy, Stage},
    store::SledStore,
};

/// Cache of the engine for the copy while it is written.
const CACHE: u64 = 16 << 20;

impl SledStore {
    fn compaction(&self) -> MutexGuard<'_, Compaction> {
        self.compaction.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what was written, if a copy is under way.
    pub(crate) fn touch<'a>(&self, names: impl Iterator<Item = &'a Vec<u8>>) {
        if let Some(touched) = &mut *self.touched() {
            touched.extend(names.cloned());
        }
    }

    /// What was noted until now.
    fn take_touched(&self) -> Result<BTreeSet<Vec<u8>>, StoreError> {
        self.touched().as_mut().map(std::mem::take).ok_or_else(|| {
            StoreError::Io(
                "a commit failed while the store was compacted; nothing was changed, compact again".into(),
            )
        })
    }

    /// One bounded step.
    pub(crate) fn compact_step(&self) -> Result<CompactReport, StoreError> {
        let mut compaction = self.compaction();
        let copy = match compaction.take() {
            Some(copy) => copy,
            None => self.begin()?,
        };
        let stepped = self.go_on(copy, &mut compaction);
        if stepped.is_err() {
            *self.touched() = None;
        }
        stepped
    }

    fn go_on(&self, mut copy: Copy, compaction: &mut Compaction) -> Result<CompactReport, StoreError> {
        let step = match copy.stage {
            Stage::Copying(_) => self.copy_some(&mut copy),
            Stage::Verifying { .. } => copy.verify_some(),
            Stage::Verified => return self.swap(copy, compaction),
        };
        if let Err(error) = step {
            copy.discard(self);
            return Err(error);
        }
        let report = CompactReport { more: true, ..copy.report };
        *compaction = Some(copy);
        Ok(report)
    }

    /// Gives up what is under way.
    pub(crate) fn cancel_compaction(&self) {
        *self.touched() = None;
        if let Some(copy) = self.compaction().take() {
            copy.discard(self);
        }
    }
}
