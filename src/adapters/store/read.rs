//! Reading what is there now: everything, one record, runs. Reads verify what they read, and never
//! change what is on disk.

use std::{collections::BTreeMap, ops::ControlFlow};

use cloudscope_domain::{AssetId, Record, RecordKey, RunRecord};
use cloudscope_ports::{LoadReport, StoreError};

use crate::{
    engine,
    envelope::{self, Flaw},
    generation::Generation,
    index::{IdHash, Index},
    layout::{Key, Place, RUNS, SEGMENTS},
    meta::Counted,
    packing::decode,
    segment,
    store::{SledStore, Writer},
};

/// Gets the bytes of each record, with where they are and the revision that wrote the segment; says
/// whether to go on.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(Place, u64, &[u8]) -> Result<ControlFlow<()>, Flaw>;

/// What a pass over all segments found.
#[derive(Default)]
pub(crate) struct Pass {
    ids: Vec<(IdHash, Place)>,
    counted: BTreeMap<u32, Counted>,
    flaws: Vec<(Option<u32>, String)>,
}

impl Pass {
    /// Reads every segment. The second value tells whether it came to the end.
    pub(crate) fn run(db: &sled::Db, visit: Visit<'_>) -> Result<(Self, bool), StoreError> {
        let mut pass = Self::default();
        for pair in engine::scan_around(db, SEGMENTS) {
            let (key, value) = match pair {
                Ok(pair) => pair,
                Err(StoreError::Damaged(why)) => {
                    pass.flaws.push((None, why));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let Some(Key::Segment(place)) = Key::decode(&key) else {
                pass.flaws.push((None, "a value has a name that this program does not write".into()));
                continue;
            };
            match pass.segment(place, &key, &value, visit) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return Ok((pass, false)),
                Err(flaw) => {
                    pass.flaws.push((Some(place.scope), format!("segment {}: {flaw}", place.segment)));
                }
            }
        }
        Ok((pass, true))
    }

    /// Where the records that were read are.
    #[cfg(test)]
    pub(crate) fn into_index(self) -> Index {
        Index::of(self.ids)
    }

    /// Whether everything could be read.
    pub(crate) fn is_sound(&self) -> bool {
        self.flaws.is_empty()
    }

    fn segment(
        &mut self,
        place: Place,
        key: &[u8],
        value: &[u8],
        visit: Visit<'_>,
    ) -> Result<ControlFlow<()>, Flaw> {
        let opened = envelope::open(key, value)?;
        let parts = segment::parts(&opened.body)?;
        for (_, bytes) in &parts {
            self.ids.push((IdHash::of(segment::name(bytes)?.id), place));
            if visit(place, opened.revision, bytes)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let gone = parts.iter().filter(|(gone, _)| *gone).count();
        self.counted.entry(place.scope).or_default().add(parts.len(), gone, opened.sum);
        Ok(ControlFlow::Continue(()))
    }
}

impl SledStore {
    /// Builds the index unless it is there.
    pub(crate) fn ensure_index(&self, writer: &mut Writer, db: &sled::Db) -> Result<(), StoreError> {
        if self.tables().index.is_none() {
            if let Some(kept) = self.kept()
                && let Some(index) = self.catch_up(db, kept, &writer.meta, &|| false)?
            {
                self.tables_mut().index = Some(index);
                return Ok(());
            }
            let (pass, _) = Pass::run(db, &mut |_, _, _| Ok(ControlFlow::Continue(())))?;
            self.settle(writer, pass);
        }
        Ok(())
    }

    /// Takes a whole pass over: its index, and what it found wrong.
    pub(crate) fn settle(&self, writer: &mut Writer, pass: Pass) {
        self.note_flaws(writer, &pass);
        let mut tables = self.tables_mut();
        for (number, stored) in tables.scopes.iter() {
            let counted = pass.counted.get(&number).copied().unwrap_or_default();
            let manifest = &stored.manifest;
            if counted != Counted::from(manifest) {
                let missing = manifest.records.saturating_sub(counted.records);
                let what = format!("{missing} of {} records cannot be read", manifest.records);
                writer.note(Some(manifest.key.clone()), what, Some(missing));
            }
        }
        tables.index = Some(Index::of(pass.ids));
    }

    /// Notes what a pass could not read.
    pub(crate) fn note_flaws(&self, writer: &mut Writer, pass: &Pass) {
        let tables = self.tables();
        for (scope, what) in &pass.flaws {
            let scope = scope.and_then(|n| tables.scopes.get(n)).map(|s| s.manifest.key.clone());
            writer.note(scope, what.clone(), None);
        }
    }

    pub(crate) fn load_all(&self, visit: &mut dyn FnMut(Record) -> bool) -> Result<LoadReport, StoreError> {
        let db = self.reading()?;
        // The writer is not locked meanwhile, so that a visitor may use the store.
        let before = (self.current(), self.moving());
        let mut records = 0;
        let (pass, whole) = Pass::run(&db, &mut |_, _, bytes| {
            let record = segment::record(bytes)?;
            records += 1;
            Ok(if visit(record) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        let mut writer = self.writer();
        if whole && before == (self.current(), self.moving()) {
            self.settle(&mut writer, pass);
        }
        Ok(LoadReport { records, findings: writer.findings.clone() })
    }

    pub(crate) fn find(&self, key: &RecordKey) -> Result<Option<Record>, StoreError> {
        let source = &key.source;
        let incarnation = &key.key.incarnation;
        let found = self.find_all(&key.key.id, 1, &mut |record: &Record| {
            record.source() == source && record.asset.key.incarnation == *incarnation
        })?;
        Ok(found.into_iter().next())
    }

    /// The records of an id that are wanted; no more than `enough` are there.
    pub(crate) fn find_all(
        &self,
        id: &AssetId,
        enough: usize,
        wanted: &mut dyn FnMut(&Record) -> bool,
    ) -> Result<Vec<Record>, StoreError> {
        let db = self.reading()?;
        if self.tables().index.is_none() {
            let mut writer = self.writer();
            self.ensure_index(&mut writer, &db)?;
        }
        let before = self.moving();
        let found = self.look(&db, id, wanted)?;
        if found.len() < enough && self.in_motion(before) {
            // A commit was moving records between the tree and the index; look again behind it.
            let _writer = self.writer();
            return self.look(&db, id, wanted);
        }
        Ok(found)
    }

    fn in_motion(&self, before: u64) -> bool {
        let now = self.moving();
        now != before || now % 2 == 1 || self.writer.try_lock().is_err()
    }

    fn look(
        &self,
        db: &sled::Db,
        id: &AssetId,
        wanted: &mut dyn FnMut(&Record) -> bool,
    ) -> Result<Vec<Record>, StoreError> {
        let places: Vec<Place> = {
            let tables = self.tables();
            let hash = IdHash::of(id.as_str());
            tables.index.as_ref().map(|i| i.places(hash).collect()).unwrap_or_default()
        };
        let mut found = Vec::new();
        for place in places {
            self.records_named(db, place, &mut |name| name.id == id.as_str(), &mut |record| {
                if wanted(&record) {
                    found.push(record);
                }
            })?;
        }
        Ok(found)
    }

    /// Hands out the records of a segment that are wanted by name. A segment that is not there has none.
    pub(crate) fn records_named(
        &self,
        db: &sled::Db,
        place: Place,
        wanted: &mut dyn FnMut(segment::Name<'_>) -> bool,
        take: &mut dyn FnMut(Record),
    ) -> Result<(), StoreError> {
        let key = Key::Segment(place).encode();
        let Some(value) = engine::get(db, &key)? else { return Ok(()) };
        let damaged = |flaw: Flaw| self.damaged(place, flaw);
        let opened = envelope::open(&key, &value).map_err(damaged)?;
        for (_, bytes) in segment::parts(&opened.body).map_err(damaged)? {
            if wanted(segment::name(bytes).map_err(damaged)?) {
                take(segment::record(bytes).map_err(damaged)?);
            }
        }
        Ok(())
    }

    /// What is said of a segment that cannot be read.
    pub(crate) fn damaged(&self, place: Place, flaw: Flaw) -> StoreError {
        let tables = self.tables();
        let scope = tables.scopes.get(place.scope).map(|s| s.manifest.key.to_string());
        StoreError::Damaged(format!(
            "segment {} of scope {}: {flaw}; collect it again",
            place.segment,
            scope.unwrap_or_else(|| place.scope.to_string())
        ))
    }

    pub(crate) fn newest_runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        let db = self.reading()?;
        engine::scan(&db, RUNS)
            .rev()
            .take(limit)
            .map(|pair| {
                let (key, value) = pair?;
                envelope::open(&key, &value)
                    .and_then(|o| decode(&o.body))
                    .map_err(|flaw| StoreError::Damaged(format!("the record of a run: {flaw}")))
            })
            .collect()
    }

    /// Bytes of the engine's files.
    pub(crate) fn bytes(&self, generation: Generation) -> u64 {
        let root = self.directory.path().join(generation.name());
        crate::directory::files_below(&root)
            .map(|files| files.iter().map(|(_, size)| size).sum())
            .unwrap_or_default()
    }
}
