//! The store behind the port, call by call.

use cloudscope_domain::{AssetId, Change, Record, RecordKey, Revision, RunRecord, ScopeState};
use cloudscope_ports::{AssetStore, CheckReport, Commit, LoadReport, StoreError, StoreInfo};

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

    fn changes(&self, since: Revision, limit: usize) -> Result<Vec<Change>, StoreError> {
        self.changes_after(since, limit)
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
