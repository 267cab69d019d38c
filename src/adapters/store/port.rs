//! The store behind the port, call by call.

use cloudscope_domain::{
    AssetId, Attempt, Change, Pin, Record, RecordKey, RecordName, Revision, RunRecord, ScopeKey, ScopeState,
    Timestamp,
};
use cloudscope_ports::{
    AssetStore, ChangeRange, CheckReport, Commit, CompactReport, Keep, LoadReport, PruneReport, Retention,
    Shelf, StoreError, StoreInfo,
};

use crate::{
    SledStore, backup, directory::QUARANTINE, envelope::FORMAT, head::Head, pins, survey::survey, verdict,
};

impl AssetStore for SledStore {
    fn revision(&self) -> Revision {
        self.current()
    }

    fn apply(&self, commit: &Commit) -> Result<Revision, StoreError> {
        self.commit(commit)
    }

    fn load(&self, visit: &mut dyn FnMut(Record) -> bool) -> Result<LoadReport, StoreError> {
        self.load_all(visit)
    }

    fn stamp(&self, revision: Revision) -> Result<Option<[u8; 32]>, StoreError> {
        self.stamp_of(revision)
    }

    fn load_since(
        &self,
        since: Revision,
        visit: &mut dyn FnMut(u128, Option<Record>),
    ) -> Result<(), StoreError> {
        self.differences_since(since, visit)
    }

    fn shelf(&self) -> Option<&dyn Shelf> {
        Some(&*self.directory)
    }

    fn keep(&self) -> Option<Keep> {
        self.freeze()
    }

    fn warm(&self, stop: &dyn Fn() -> bool) {
        self.build_index(stop);
    }

    fn get(&self, key: &RecordKey) -> Result<Option<Record>, StoreError> {
        let found = self.find(key)?;
        if found.is_none() {
            self.certain(&key.key.id, Some(&key.source))?;
        }
        Ok(found)
    }

    fn get_many(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, StoreError> {
        self.find_many(keys)
    }

    fn payloads(
        &self,
        names: &[RecordName<'_>],
        visit: &mut dyn FnMut(usize, &str),
    ) -> Result<(), StoreError> {
        self.find_payloads(names, visit)
    }

    fn get_by_id(&self, id: &AssetId) -> Result<Vec<Record>, StoreError> {
        let found = self.find_all(id, usize::MAX, &mut |_| true)?;
        if found.is_empty() {
            self.certain(id, None)?;
        }
        Ok(found)
    }

    fn scopes(&self) -> Result<Vec<ScopeState>, StoreError> {
        self.states()
    }

    fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.newest_runs(limit)
    }

    fn changes(&self, range: &ChangeRange, visit: &mut dyn FnMut(Change) -> bool) -> Result<(), StoreError> {
        self.changes_of(range, visit)
    }

    fn oldest(&self) -> Option<(Revision, Timestamp)> {
        (self.current() > Revision(0)).then(|| self.oldest_known())
    }

    fn revision_at(&self, at: Timestamp) -> Result<Option<(Revision, Timestamp)>, StoreError> {
        let db = self.reading()?;
        let found = self.tables().times.at_or_before(&db, at)?;
        // What is damaged is not told of.
        let oldest = self.oldest_known();
        Ok(found.filter(|(revision, _)| *revision >= oldest.0))
    }

    fn first_after(&self, at: Timestamp) -> Result<Option<Revision>, StoreError> {
        let db = self.reading()?;
        let found = self.tables().times.first_after(&db, at)?;
        Ok(found.map(|revision| revision.max(self.oldest_known().0)))
    }

    fn recorded_at(&self, revision: Revision) -> Result<Option<Timestamp>, StoreError> {
        let db = self.reading()?;
        self.tables().times.of(&db, revision)
    }

    fn load_at(
        &self,
        revision: Revision,
        visit: &mut dyn FnMut(Record) -> bool,
    ) -> Result<LoadReport, StoreError> {
        self.load_past(revision, visit)
    }

    fn get_many_at(&self, revision: Revision, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, StoreError> {
        self.find_past(revision, keys)
    }

    fn scopes_at(&self, revision: Revision) -> Result<Vec<ScopeState>, StoreError> {
        self.states_past(revision)
    }

    fn attempts(&self, scope: &ScopeKey, limit: usize) -> Result<Vec<Attempt>, StoreError> {
        self.attempts_at(scope, limit)
    }

    fn pins(&self) -> Result<Vec<Pin>, StoreError> {
        let db = self.reading()?;
        pins::read(&db)
    }

    fn prune(&self, retention: &Retention) -> Result<PruneReport, StoreError> {
        self.prune_step(retention)
    }

    fn compact(&self) -> Result<CompactReport, StoreError> {
        self.compact_step()
    }

    fn worth_compacting(&self) -> bool {
        self.is_worth_compacting()
    }

    fn cancel_compact(&self) {
        self.cancel_compaction();
    }

    fn records(&self) -> u64 {
        self.tables().scopes.totals().0
    }

    fn info(&self) -> StoreInfo {
        let (meta, generation) = {
            let writer = self.writer();
            (writer.meta, writer.generation)
        };
        let bytes = self.bytes(generation);
        let (records, tombstones, scopes) = self.tables().scopes.totals();
        let quarantine = std::fs::read_dir(self.directory.path().join(QUARANTINE));
        StoreInfo {
            path: self.directory.path().display().to_string(),
            engine: "sled 0.34".into(),
            format: FORMAT.into(),
            revision: meta.revision,
            records,
            tombstones,
            scopes,
            changes: meta.changes,
            bytes,
            history_bytes: meta.history_bytes,
            oldest: self.oldest(),
            quarantined: quarantine.map_or(0, |entries| entries.count() as u64),
            live: self.measure(bytes),
            backups: backup::all(&self.directory),
        }
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        // Commits wait, so that the account and the values are of one revision.
        let mut writer = self.writer();
        let db = self.usable(&mut writer)?;
        let head = Head::read(&self.directory)?.acknowledged();
        let (values, records, mut findings) = match survey(&db) {
            Ok(tally) => (tally.values, tally.records, tally.judge(head).findings),
            // What the engine cannot read is damage as well; what was found of it before is told below.
            Err(StoreError::Damaged(why)) => (
                0,
                0,
                vec![verdict::found(
                    format!("the storage engine cannot read everything: {why}"),
                    "what is sound is saved when the store is opened next",
                )],
            ),
            Err(error) => return Err(error),
        };
        if head.is_none() {
            findings.push(crate::open::no_head());
        }
        for finding in &writer.findings {
            if !findings.iter().any(|f| f.scope.is_some() && f.scope == finding.scope || f == finding) {
                findings.push(finding.clone());
            }
        }
        Ok(CheckReport {
            values,
            records,
            revision: writer.meta.revision,
            acknowledged: head.map_or(Revision(0), |h| h.revision),
            findings,
        })
    }
}
