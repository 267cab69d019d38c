//! Builds the view of a past revision from what the store hands out of it. Blocks; knows nothing of who
//! waits.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_domain::{AssetId, Pin, Revision, RunId, ScopeKey, ScopeState, Timestamp};
use cloudscope_graph::GraphWriter;
use cloudscope_index::IndexWriter;
use cloudscope_ports::{AssetStore, Finding, StoreError};

use crate::{hub::View, ingest};

/// Records between two looks at whether anybody still waits.
const GLANCE: usize = 1_024;

pub(super) type Pins = Arc<BTreeMap<AssetId, Pin>>;

/// A view of the past, and what it was made with: pins are of now, and may change while it is kept.
pub(super) struct Built {
    index: IndexWriter,
    pub(super) view: Arc<View>,
}

/// The view as of a revision; `None` when nobody waits for it any more.
pub(super) fn build(
    store: &dyn AssetStore,
    (revision, as_of): (Revision, Timestamp),
    pins: &Pins,
    unwanted: &dyn Fn() -> bool,
) -> Result<Option<Built>, StoreError> {
    let (mut index, mut graph) = (crate::kept::index(), GraphWriter::new());
    let mut scopes: BTreeMap<ScopeKey, ScopeState> = BTreeMap::new();
    let mut stopped = unwanted();
    // Of before the first revision there is nothing to read.
    if revision > Revision(0) && !stopped {
        scopes = store.scopes_at(revision)?.into_iter().map(|s| (s.scope.key.clone(), s)).collect();
        let mut read = 0_usize;
        let report = store.load_at(revision, &mut |record| {
            read += 1;
            if read.is_multiple_of(GLANCE) && unwanted() {
                stopped = true;
                return false;
            }
            index.upsert(&record);
            graph.upsert(&record);
            true
        })?;
        damaged(&mut scopes, &report.findings, as_of);
    }
    if stopped {
        return Ok(None);
    }
    for state in scopes.values() {
        index.scope(state);
    }
    for id in pins.keys() {
        index.pin(id, true);
    }
    let view = View {
        snapshot: index.publish(revision, as_of),
        graph: graph.publish(),
        scopes: scopes.into_values().collect(),
        pins: Arc::clone(pins),
        past: true,
    };
    Ok(Some(Built { index, view: Arc::new(view) }))
}

/// What could not be read of the past is told where gaps are told: in the state of its scope.
fn damaged(scopes: &mut BTreeMap<ScopeKey, ScopeState>, findings: &[Finding], as_of: Timestamp) {
    if findings.is_empty() {
        return;
    }
    for finding in findings {
        if let Some(state) = finding.scope.as_ref().and_then(|key| scopes.get_mut(key)) {
            ingest::integrity::damage(state, finding);
        }
    }
    let state = ingest::integrity::integrity(RunId::default(), as_of, findings);
    scopes.insert(state.scope.key.clone(), state);
}

impl Built {
    /// The same view with other pins.
    pub(super) fn repin(&mut self, pins: &Pins) {
        for id in self.view.pins.keys().filter(|id| !pins.contains_key(*id)) {
            self.index.pin(id, false);
        }
        for id in pins.keys() {
            self.index.pin(id, true);
        }
        let snapshot = self.index.publish(self.view.snapshot.revision(), self.view.snapshot.as_of());
        self.view = Arc::new(View { snapshot, pins: Arc::clone(pins), ..View::clone(&self.view) });
    }
}
