//! The records that are joined to those of an asset by same-as, as the index found them.

use cloudscope_domain::{AssetId, Record, RecordKey, Revision, SourceName};
use cloudscope_index::RowId;
use cloudscope_ports::AssetStore;

use super::work::failed;
use crate::{SessionError, hub::View};

/// Groups of more than one record: first the one that was asked for by its id, where that speaks for itself, else
/// the face.
pub(super) struct Joined(Vec<Vec<RecordKey>>);

impl Joined {
    /// The groups that have a record of this id.
    pub(super) fn of(view: &View, id: &AssetId) -> Self {
        let snapshot = &view.snapshot;
        let mut groups: Vec<Vec<RecordKey>> = Vec::new();
        for row in snapshot.find(id) {
            let mut rows = snapshot.group(row);
            let asked = |row: &RowId| snapshot.id(*row) == *id && snapshot.row(*row).declares.is_none();
            if let Some(at) = rows.iter().position(asked) {
                rows[..=at].rotate_right(1);
            }
            let group: Vec<RecordKey> = rows.into_iter().map(|r| snapshot.key(r)).collect();
            if group.len() > 1 && !groups.contains(&group) {
                groups.push(group);
            }
        }
        Self(groups)
    }

    /// The group of a record, and its place in it.
    pub(super) fn place(&self, key: &RecordKey) -> Option<(usize, usize)> {
        self.0.iter().enumerate().find_map(|(n, group)| Some((n, group.iter().position(|k| k == key)?)))
    }

    /// The sources of a group, each once.
    pub(super) fn sources(&self, group: usize) -> Vec<SourceName> {
        let mut out: Vec<SourceName> = Vec::new();
        for key in &self.0[group] {
            if !out.contains(&key.source) {
                out.push(key.source.clone());
            }
        }
        out
    }

    /// The newest revision of each group.
    pub(super) fn newest(&self, records: &[Record]) -> Vec<Revision> {
        let of = |group: &Vec<RecordKey>| {
            let members = records.iter().filter(|r| group.contains(&r.record_key()));
            members.map(|r| r.revision).max().unwrap_or_default()
        };
        self.0.iter().map(of).collect()
    }

    /// The records that are not read yet, as of the view.
    pub(super) fn others(
        &self,
        view: &View,
        store: &dyn AssetStore,
        known: &[Record],
    ) -> Result<Vec<Record>, SessionError> {
        let read = |key: &&RecordKey| known.iter().all(|r| r.record_key() != **key);
        let keys: Vec<RecordKey> = self.0.iter().flatten().filter(read).cloned().collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let records = if view.past {
            store.get_many_at(view.snapshot.revision(), &keys)
        } else {
            store.get_many(&keys)
        };
        Ok(records.map_err(failed)?.into_iter().flatten().collect())
    }
}
