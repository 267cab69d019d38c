//! Letting go of history holds nothing up, however long it takes.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use cloudscope_domain::{
    AssetId, Attempt, Change, ListingMode, Pin, Record, RecordKey, Revision, RunRecord, ScopeKey, ScopeState,
    Timestamp,
};
use cloudscope_memory::{MemoryStore, listing};
use cloudscope_ports::{
    AssetStore, ChangeRange, CheckReport, Commit, LoadReport, PruneReport, Retention, StoreError, StoreInfo,
};

use super::harness::{Bench, asset, scope};
use crate::{Command, Reply, message::Records};

/// A store whose history has no end until it is told so.
#[derive(Default)]
struct Endless {
    inner: MemoryStore,
    enough: AtomicBool,
    steps: AtomicU64,
}

impl AssetStore for Endless {
    fn prune(&self, retention: &Retention) -> Result<PruneReport, StoreError> {
        self.steps.fetch_add(1, Ordering::SeqCst);
        let more = !self.enough.load(Ordering::SeqCst);
        Ok(PruneReport { changes: 1, more, ..self.inner.prune(retention)? })
    }

    fn revision(&self) -> Revision {
        self.inner.revision()
    }

    fn apply(&self, commit: &Commit) -> Result<Revision, StoreError> {
        self.inner.apply(commit)
    }

    fn load(&self, visit: &mut dyn FnMut(Record) -> bool) -> Result<LoadReport, StoreError> {
        self.inner.load(visit)
    }

    fn stamp(&self, revision: Revision) -> Result<Option<[u8; 32]>, StoreError> {
        self.inner.stamp(revision)
    }
    fn load_since(
        &self,
        since: Revision,
        visit: &mut dyn FnMut(u128, Option<Record>),
    ) -> Result<(), StoreError> {
        self.inner.load_since(since, visit)
    }
    fn get(&self, key: &RecordKey) -> Result<Option<Record>, StoreError> {
        self.inner.get(key)
    }

    fn get_by_id(&self, id: &AssetId) -> Result<Vec<Record>, StoreError> {
        self.inner.get_by_id(id)
    }

    fn scopes(&self) -> Result<Vec<ScopeState>, StoreError> {
        self.inner.scopes()
    }

    fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.inner.runs(limit)
    }

    fn changes(&self, range: &ChangeRange, visit: &mut dyn FnMut(Change) -> bool) -> Result<(), StoreError> {
        self.inner.changes(range, visit)
    }

    fn oldest(&self) -> Option<(Revision, Timestamp)> {
        self.inner.oldest()
    }

    fn revision_at(&self, at: Timestamp) -> Result<Option<(Revision, Timestamp)>, StoreError> {
        self.inner.revision_at(at)
    }

    fn first_after(&self, at: Timestamp) -> Result<Option<Revision>, StoreError> {
        self.inner.first_after(at)
    }

    fn recorded_at(&self, revision: Revision) -> Result<Option<Timestamp>, StoreError> {
        self.inner.recorded_at(revision)
    }

    fn load_at(
        &self,
        revision: Revision,
        visit: &mut dyn FnMut(Record) -> bool,
    ) -> Result<LoadReport, StoreError> {
        self.inner.load_at(revision, visit)
    }

    fn get_many_at(&self, revision: Revision, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, StoreError> {
        self.inner.get_many_at(revision, keys)
    }

    fn scopes_at(&self, revision: Revision) -> Result<Vec<ScopeState>, StoreError> {
        self.inner.scopes_at(revision)
    }

    fn attempts(&self, scope: &ScopeKey, limit: usize) -> Result<Vec<Attempt>, StoreError> {
        self.inner.attempts(scope, limit)
    }

    fn pins(&self) -> Result<Vec<Pin>, StoreError> {
        self.inner.pins()
    }

    fn info(&self) -> StoreInfo {
        self.inner.info()
    }

    fn check(&self) -> Result<CheckReport, StoreError> {
        self.inner.check()
    }
}

async fn endless() -> (Bench, Arc<Endless>) {
    let store = Arc::new(Endless::default());
    let opened = Arc::clone(&store);
    let tune = move |parts: &mut crate::EngineParts| {
        let opened: Arc<dyn AssetStore> = Arc::clone(&opened) as Arc<dyn AssetStore>;
        parts.open = Box::new(move |_| Ok((Arc::clone(&opened), Vec::new())));
    };
    let scripts = [(scope("a", ListingMode::Snapshot), listing([asset("x", "1"), asset("y", "1")]))];
    (Bench::tuned(&scripts, Arc::new(tune)).await, store)
}

async fn under_way(store: &Endless, more: u64) {
    let since = store.steps.load(Ordering::SeqCst);
    while store.steps.load(Ordering::SeqCst) < since + more {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn collections_pins_and_removals_go_on_while_history_is_let_go_of() {
    let (bench, store) = endless().await;
    let engine = Arc::clone(&bench.engine);
    let pruning = tokio::spawn(async move { engine.prune().await });
    under_way(&store, 3).await;
    assert_eq!(bench.collect().await.created, 2);
    bench.ask(Command::Pin { id: "id:x".into(), on: true }).await;
    assert!(bench.rows("is:pinned").await.len() == 1);
    let remove = Command::RemoveSource { source: "script".into(), records: Records::Forget };
    assert_eq!(bench.ask(remove).await, Reply::Removed(2), "what somebody waits for comes first");
    // And it goes on after that, until its end.
    assert!(!pruning.is_finished());
    under_way(&store, 3).await;
    store.enough.store(true, Ordering::SeqCst);
    let report = pruning.await.unwrap().unwrap();
    assert!(report.changes > 6 && !report.more, "{report:?}");
}

#[tokio::test]
async fn it_ends_when_nobody_waits_for_it_and_when_the_program_stops() {
    let (bench, store) = endless().await;
    let engine = Arc::clone(&bench.engine);
    let pruning = tokio::spawn(async move { engine.prune().await });
    under_way(&store, 3).await;
    pruning.abort();
    // Given up for it, the writer sleeps until something comes: a collection needs no further step.
    bench.collect().await;
    let steps = store.steps.load(Ordering::SeqCst);
    bench.collect().await;
    assert_eq!(store.steps.load(Ordering::SeqCst), steps);
    let engine = Arc::clone(&bench.engine);
    let pruning = tokio::spawn(async move { engine.prune().await });
    under_way(&store, 3).await;
    bench.engine.shutdown().await;
    assert!(pruning.await.unwrap().is_err(), "it was not pruned to the end");
}
