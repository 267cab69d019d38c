//! What is different since a past revision, for whoever kept what he made of the records then.

use std::{collections::HashSet, ops::ControlFlow};

use cloudscope_domain::{Record, RecordKey, Revision, SourceName};
use cloudscope_ports::StoreError;

use crate::{engine, envelope::Flaw, layout::Key, overlay::walk, read::Pass, segment, store::SledStore};

impl SledStore {
    /// The checksum of a commit's step: it bears the sum of all that the commit wrote.
    pub(crate) fn stamp_of(&self, revision: Revision) -> Result<Option<[u8; 32]>, StoreError> {
        if revision > self.current() {
            return Ok(None);
        }
        let db = self.reading()?;
        let value = engine::get(&db, &Key::Step(revision.0).encode())?;
        Ok(value.map(|value| *blake3::hash(&value).as_bytes()))
    }

    pub(crate) fn differences_since(
        &self,
        since: Revision,
        visit: &mut dyn FnMut(u128, Option<Record>),
    ) -> Result<(), StoreError> {
        self.within(since)?;
        let (db, now) = (self.reading()?, self.current());
        let mut touched: HashSet<u128> = HashSet::new();
        walk(&db, since.0, now.0, &mut |_, step| {
            touched.extend(step.new.iter().map(|hash| u128::from_le_bytes(*hash)));
            touched.extend(step.replaced.iter().map(|old| u128::from_le_bytes(old.hash)));
            Ok(true)
        })
        .map_err(|failure| self.broke(failure))?;
        if touched.is_empty() {
            return Ok(());
        }
        let mut source: (u32, Option<SourceName>) = (u32::MAX, None);
        let (pass, _) = Pass::run(&db, &mut |place, revision, bytes| {
            // What an older commit wrote, no later one touched.
            if revision <= since.0 {
                return Ok(ControlFlow::Continue(()));
            }
            if source.0 != place.scope {
                let tables = self.tables();
                let key = tables.scopes.get(place.scope).map(|s| s.manifest.key.source.clone());
                source = (place.scope, key);
            }
            let name = segment::name(bytes)?;
            let source = source.1.as_ref().ok_or(Flaw::Content)?;
            let hash = RecordKey::hash128_of(source.as_str(), name.id, name.incarnation);
            if touched.remove(&hash) {
                visit(hash, Some(segment::record(bytes)?));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if !pass.is_sound() {
            return Err(StoreError::Damaged("a part of the store cannot be read".into()));
        }
        for hash in touched {
            visit(hash, None);
        }
        let mut writer = self.writer();
        self.settle(&mut writer, pass);
        Ok(())
    }

    /// Builds the table of where records are, unless it is there; commits and look-ups go on meanwhile.
    pub(crate) fn build_index(&self, stop: &dyn Fn() -> bool) {
        if self.tables().index.is_some() {
            return;
        }
        let before = (self.current(), self.moving());
        let read = self.reading().and_then(|db| {
            Pass::run(&db, &mut |_, _, _| {
                Ok(if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })
        });
        let Ok((pass, true)) = read else { return };
        let mut writer = self.writer();
        if before == (self.current(), self.moving()) && self.tables().index.is_none() {
            self.settle(&mut writer, pass);
        }
    }
}
