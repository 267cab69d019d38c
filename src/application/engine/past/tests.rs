//! A view of the past is built once for all who wait, and by nobody when nobody does.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use cloudscope_domain::{
    AssetId, Attempt, Change, Gone, Pin, Proof, Record, RecordKey, Revision, RunId, RunRecord, ScopeKey,
    ScopeState, Timestamp,
};
use cloudscope_memory::MemoryStore;
use cloudscope_ports::{
    AssetStore, ChangeRange, CheckReport, Commit, LoadReport, PruneReport, Retention, StoreError, StoreInfo,
};

use super::{Pasts, build::Pins};
use crate::engine::tests::harness::asset;

/// Two revisions of many records; reading the first waits at its first record until it may go on.
struct Watched {
    store: MemoryStore,
    open: Mutex<bool>,
    opened: Condvar,
    loads: AtomicUsize,
    read: AtomicUsize,
    ended: AtomicUsize,
}

const RECORDS: usize = 5_000;

impl Watched {
    fn new(open: bool) -> Arc<Self> {
        let store = MemoryStore::new();
        let record = |n: usize| Record {
            asset: asset(&format!("{n:05}"), "1").asset,
            references: Vec::new(),
            scope: ScopeKey::new("s", "l").into(),
            first_seen: Timestamp::from_seconds(1),
            changed_at: Timestamp::from_seconds(1),
            revision: Revision(1),
            run: RunId(1),
            gone: None,
        };
        let first = Commit {
            revision: Revision(1),
            at: Timestamp::from_seconds(1),
            records: (0..RECORDS).map(record).collect(),
            ..Commit::default()
        };
        store.apply(&first).unwrap();
        let gone = Gone {
            at: Timestamp::from_seconds(2),
            proof: Proof::NotFound,
            run: RunId(1),
            revision: Revision(2),
        };
        for revision in 2..8 {
            let record = Record { gone: Some(gone), ..record(0) };
            let at = Timestamp::from_seconds(2);
            let next =
                Commit { revision: Revision(revision), at, records: vec![record], ..Commit::default() };
            store.apply(&next).unwrap();
        }
        Arc::new(Self {
            store,
            open: Mutex::new(open),
            opened: Condvar::new(),
            loads: AtomicUsize::new(0),
            read: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
        })
    }

    fn go_on(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    /// Waits, without sleeping, for something that another thread is about to do.
    async fn until(&self, done: impl Fn(&Self) -> bool) {
        let wait = async {
            while !done(self) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), wait).await.expect("it never came");
    }
}

impl AssetStore for Watched {
    fn load_at(
        &self,
        revision: Revision,
        visit: &mut dyn FnMut(Record) -> bool,
    ) -> Result<LoadReport, StoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let report = self.store.load_at(revision, &mut |record| {
            self.read.fetch_add(1, Ordering::SeqCst);
            let open = self.open.lock().unwrap();
            drop(self.opened.wait_while(open, |open| !*open).unwrap());
            visit(record)
        });
        self.ended.fetch_add(1, Ordering::SeqCst);
        report
    }

    fn revision(&self) -> Revision {
        self.store.revision()
    }
    fn apply(&self, commit: &Commit) -> Result<Revision, StoreError> {
        self.store.apply(commit)
    }
    fn load(&self, visit: &mut dyn FnMut(Record) -> bool) -> Result<LoadReport, StoreError> {
        self.store.load(visit)
    }
    fn stamp(&self, revision: Revision) -> Result<Option<[u8; 32]>, StoreError> {
        self.store.stamp(revision)
    }
    fn load_since(
        &self,
        since: Revision,
        visit: &mut dyn FnMut(u128, Option<Record>),
    ) -> Result<(), StoreError> {
        self.store.load_since(since, visit)
    }
    fn get(&self, key: &RecordKey) -> Result<Option<Record>, StoreError> {
        self.store.get(key)
    }
    fn get_by_id(&self, id: &AssetId) -> Result<Vec<Record>, StoreError> {
        self.store.get_by_id(id)
    }
    fn scopes(&self) -> Result<Vec<ScopeState>, StoreError> {
        self.store.scopes()
    }
    fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.store.runs(limit)
    }
    fn changes(&self, range: &ChangeRange, visit: &mut dyn FnMut(Change) -> bool) -> Result<(), StoreError> {
        self.store.changes(range, visit)
    }
    fn oldest(&self) -> Option<(Revision, Timestamp)> {
        self.store.oldest()
    }
    fn revision_at(&self, at: Timestamp) -> Result<Option<(Revision, Timestamp)>, StoreError> {
        self.store.revision_at(at)
    }
    fn first_after(&self, at: Timestamp) -> Result<Option<Revision>, StoreError> {
        self.store.first_after(at)
    }
    fn recorded_at(&self, revision: Revision) -> Result<Option<Timestamp>, StoreError> {
        self.store.recorded_at(revision)
    }
    fn get_many_at(&self, revision: Revision, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, StoreError> {
        self.store.get_many_at(revision, keys)
    }
    fn scopes_at(&self, revision: Revision) -> Result<Vec<ScopeState>, StoreError> {
        self.store.scopes_at(revision)
    }
    fn attempts(&self, scope: &ScopeKey, limit: usize) -> Result<Vec<Attempt>, StoreError> {
        self.store.attempts(scope, limit)
    }
    fn pins(&self) -> Result<Vec<Pin>, StoreError> {
        self.store.pins()
    }
    fn prune(&self, retention: &Retention) -> Result<PruneReport, StoreError> {
        self.store.prune(retention)
    }
    fn info(&self) -> StoreInfo {
        self.store.info()
    }
    fn check(&self) -> Result<CheckReport, StoreError> {
        self.store.check()
    }
}

fn at(revision: u64) -> (Revision, Timestamp) {
    (Revision(revision), Timestamp::from_seconds(1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_ask_for_the_same_moment_share_one_view() {
    let watched = Watched::new(false);
    let store: Arc<dyn AssetStore> = watched.clone();
    let (pasts, pins) = (Pasts::default(), Pins::default());
    let three = async {
        tokio::join!(pasts.view(&store, at(1), 0, &pins), pasts.view(&store, at(1), 0, &pins), async {
            watched.until(|w| w.read.load(Ordering::SeqCst) > 0).await;
            watched.go_on();
            pasts.view(&store, at(1), 0, &pins).await
        })
    };
    let (a, b, c) = three.await;
    let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
    assert!(Arc::ptr_eq(&a, &b) && Arc::ptr_eq(&b, &c));
    let later = pasts.view(&store, at(1), 0, &pins).await.unwrap();
    assert!(Arc::ptr_eq(&a, &later));
    assert_eq!((a.snapshot.len(), watched.loads.load(Ordering::SeqCst)), (RECORDS, 1));

    // A pin of today shows on it, without reading anything anew.
    let id: AssetId = "id:00007".into();
    let pinned: Pins = Arc::new([(id.clone(), Pin { id: id.clone(), at: at(1).1 })].into());
    let marked = pasts.view(&store, at(1), 0, &pinned).await.unwrap();
    let row = |view: &crate::hub::View| view.snapshot.row(view.snapshot.find(&id)[0]);
    assert!(row(&marked).pinned && !row(&a).pinned);
    let unmarked = pasts.view(&store, at(1), 0, &pins).await.unwrap();
    assert!(!row(&unmarked).pinned);
    assert_eq!(watched.loads.load(Ordering::SeqCst), 1);

    // What retention took of the tombstones is looked at anew.
    pasts.view(&store, at(1), 1, &pins).await.unwrap();
    assert_eq!(watched.loads.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_that_nobody_waits_for_is_not_built_to_the_end() {
    let watched = Watched::new(false);
    let store: Arc<dyn AssetStore> = watched.clone();
    let (pasts, pins) = (Pasts::default(), Pins::default());
    {
        let asked = pasts.view(&store, at(1), 0, &pins);
        tokio::select! {
            _ = asked => panic!("it cannot be ready"),
            () = watched.until(|w| w.read.load(Ordering::SeqCst) > 0) => {}
        }
    }
    watched.go_on();
    watched.until(|w| w.ended.load(Ordering::SeqCst) == 1).await;
    assert!(watched.read.load(Ordering::SeqCst) < RECORDS, "it went on for nobody");
    let view = pasts.view(&store, at(1), 0, &pins).await.unwrap();
    assert_eq!((view.snapshot.len(), view.past), (RECORDS, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_views_are_kept_and_no_more() {
    let watched = Watched::new(true);
    let store: Arc<dyn AssetStore> = watched.clone();
    let (pasts, pins) = (Pasts::default(), Pins::default());
    for revision in [1, 2, 3, 1, 4, 5] {
        pasts.view(&store, at(revision), 0, &pins).await.unwrap();
    }
    assert_eq!((pasts.len(), watched.loads.load(Ordering::SeqCst)), (3, 5));
    pasts.view(&store, at(1), 0, &pins).await.unwrap();
    assert_eq!(watched.loads.load(Ordering::SeqCst), 5, "the one asked for lately was kept");
}
