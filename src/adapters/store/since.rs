//! What is different since a past revision, for whoever kept what he made of the records then.

use std::{collections::HashSet, ops::ControlFlow};

use cloudscope_domain::{Record, RecordKey, Revision};
use cloudscope_ports::StoreError;

use crate::{
    engine,
    envelope::Flaw,
    index::Index,
    layout::{Key, Place},
    meta::Meta,
    overlay::walk,
    read::Pass,
    segment,
    store::SledStore,
};

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
        let wanted = |place: Place, revision: u64, parts: &[(bool, &[u8])], out: &mut Vec<_>| {
            // What an older commit wrote, no later one touched.
            if revision <= since.0 {
                return Ok(());
            }
            let source = self.tables().scopes.get(place.scope).map(|s| s.manifest.key.source.clone());
            let source = source.ok_or(Flaw::Content)?;
            for (_, bytes) in parts {
                let name = segment::name(bytes)?;
                let hash = RecordKey::hash128_of(source.as_str(), name.id, name.incarnation);
                if touched.contains(&hash) {
                    out.push((hash, segment::record(bytes)?));
                }
            }
            Ok(())
        };
        // What is handed out once is not again.
        let mut found: HashSet<u128> = HashSet::new();
        let mut take = |(hash, record): (u128, Record)| {
            if found.insert(hash) {
                visit(hash, Some(record));
            }
        };
        // With the table of then only what was written since has to be read.
        let (meta, before) = self.moment();
        let kept = self.kept().filter(|kept| kept.revision <= since);
        let caught_up = match kept {
            Some(kept) => self.catch_up_with(&db, kept, &meta, &wanted, &|| false, &mut take)?,
            None => None,
        };
        let pass = match caught_up {
            Some(index) => {
                self.take_over(before, index);
                None
            }
            None => {
                let mut some = Vec::new();
                let read = Pass::run(&db, &mut |place, revision, bytes| {
                    wanted(place, revision, &[(false, bytes)], &mut some)?;
                    some.drain(..).for_each(&mut take);
                    Ok(ControlFlow::Continue(()))
                });
                Some(read?.0)
            }
        };
        if pass.as_ref().is_some_and(|pass| !pass.is_sound()) {
            return Err(StoreError::Damaged("a part of the store cannot be read".into()));
        }
        for hash in touched.difference(&found) {
            visit(*hash, None);
        }
        if let Some(pass) = pass {
            let mut writer = self.writer();
            self.settle(&mut writer, pass);
        }
        Ok(())
    }

    /// Builds the table of where records are, unless it is there; commits and look-ups go on meanwhile.
    pub(crate) fn build_index(&self, stop: &dyn Fn() -> bool) {
        if self.tables().index.is_some() {
            return;
        }
        let (meta, before) = self.moment();
        let Ok(db) = self.reading() else { return };
        let caught_up = self.kept().and_then(|kept| self.catch_up(&db, kept, &meta, stop).ok().flatten());
        if let Some(index) = caught_up {
            return self.take_over(before, index);
        }
        let mut on =
            |_, _, _: &[u8]| Ok(if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
        let Ok((pass, true)) = Pass::run(&db, &mut on) else { return };
        let mut writer = self.writer();
        if before == (self.current(), self.moving()) && self.tables().index.is_none() {
            self.settle(&mut writer, pass);
        }
    }

    /// What the store should contain now, and what tells whether that is so still.
    fn moment(&self) -> (Meta, (Revision, u64)) {
        let writer = self.writer();
        (writer.meta, (self.current(), self.moving()))
    }

    /// Takes over a table of a moment, unless commits went on or there is one.
    fn take_over(&self, before: (Revision, u64), index: Index) {
        let _writer = self.writer();
        if before == (self.current(), self.moving()) {
            self.tables_mut().index.get_or_insert(index);
        }
    }
}
