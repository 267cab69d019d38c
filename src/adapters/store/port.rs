//! The store behind the port, call by call.

use cloudscope_domain::{
    AssetId, Attempt, Change, Pin, Record, RecordKey, Revision, RunRecord, ScopeKey, ScopeState, Timestamp,
};
use cloudscope_ports::{
    AssetStore, ChangeRange, CheckReport, Commit, LoadReport, PruneReport, Retention, StoreError, StoreInfo,
};

use crate::{
    SledStore,
    directory::QUARANTINE,
    envelope::FORMAT,
    head::{Head, Reading},
    survey::survey,
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

    fn get(&self, key: &RecordKey) -> Result<Option<Record>, StoreError> {
        self.find(key)
    }

    fn get_by_id(&self, id: &AssetId) -> Result<Vec<Record>, StoreError> {
        self.find_all(id, usize::MAX, &mut |_| true)
    }

    fn scopes(&self) -> Result<Vec<ScopeState>, StoreError> {
        self.states()
    }

    fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.newest_runs(limit)
    }

    fn changes(&self, range: &ChangeRange, visit: &mut dyn FnMut(Change) -> bool) -> Result<(), StoreError> {
        for change in self.changes_after(Revision(range.from.0.saturating_sub(1)), usize::MAX)? {
            if change.revision > range.to || !visit(change) {
                break;
            }
        }
        Ok(())
    }

    fn oldest(&self) -> Option<(Revision, Timestamp)> {
        None
    }

    fn revision_at(&self, _: Timestamp) -> Result<Option<(Revision, Timestamp)>, StoreError> {
        Ok(None)
    }

    fn first_after(&self, _: Timestamp) -> Result<Option<Revision>, StoreError> {
        Ok(None)
    }

    fn recorded_at(&self, _: Revision) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }

    fn load_at(&self, _: Revision, _: &mut dyn FnMut(Record) -> bool) -> Result<LoadReport, StoreError> {
        Err(StoreError::Io("history is not kept yet".into()))
    }

    fn get_many_at(&self, _: Revision, _: &[RecordKey]) -> Result<Vec<Option<Record>>, StoreError> {
        Err(StoreError::Io("history is not kept yet".into()))
    }

    fn scopes_at(&self, _: Revision) -> Result<Vec<ScopeState>, StoreError> {
        Err(StoreError::Io("history is not kept yet".into()))
    }

    fn attempts(&self, _: &ScopeKey, _: usize) -> Result<Vec<Attempt>, StoreError> {
        Ok(Vec::new())
    }

    fn pins(&self) -> Result<Vec<Pin>, StoreError> {
        Ok(Vec::new())
    }

    fn prune(&self, _: &Retention) -> Result<PruneReport, StoreError> {
        Ok(PruneReport::default())
    }

    fn info(&self) -> StoreInfo {
        let (revision, changes) = {
            let writer = self.writer();
            (writer.meta.revision, writer.meta.changes)
        };
        let (records, tombstones, scopes) = self.tables().scopes.totals();
        let quarantine = std::fs::read_dir(self.directory.path().join(QUARANTINE));
        StoreInfo {
            path: self.directory.path().display().to_string(),
            engine: "sled 0.34".into(),
            format: FORMAT.into(),
            revision,
            records,
            tombstones,
            scopes,
            changes,
            bytes: self.bytes(),
            quarantined: quarantine.map_or(0, |entries| entries.count() as u64),
            ..StoreInfo::default()
        }
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        // Commits wait, so that the account and the values are of one revision.
        let mut writer = self.writer();
        let db = self.usable(&mut writer)?;
        let reading = Head::read(&self.directory)?;
        let head = match reading {
            Reading::Sound(head) => Some(head),
            Reading::Absent | Reading::Damaged | Reading::TooNew(_) => None,
        };
        let tally = survey(&db)?;
        let mut findings = tally.judge(head).findings;
        if head.is_none() {
            findings.push(crate::open::no_head());
        }
        for finding in &writer.findings {
            if !findings.iter().any(|f| f.scope == finding.scope) {
                findings.push(finding.clone());
            }
        }
        Ok(CheckReport {
            values: tally.values,
            records: tally.records,
            revision: writer.meta.revision,
            acknowledged: head.map_or(Revision(0), |h| h.revision),
            findings,
        })
    }
}
