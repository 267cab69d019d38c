//! What hooks are told: each thing once, after it is durable, and nothing that nobody wants.

use std::sync::{Arc, Mutex, PoisonError};

use cloudscope_domain::{CoverageState, ListingMode, Presence, Proof, UnknownWhy};
use cloudscope_memory::{Step, listing};
use cloudscope_ports::{Fault, FaultKind, Happening, HookState, Item, Notice, Notifier, Plan};

use super::harness::{Bench, Tune, asset, scope};
use crate::{Command, message::Records};

/// Keeps what it is told.
struct Recorder {
    wants: Vec<&'static str>,
    told: Mutex<Vec<Notice>>,
}

impl Recorder {
    fn new(wants: &[&'static str]) -> Arc<Self> {
        Arc::new(Self { wants: wants.to_vec(), told: Mutex::default() })
    }

    fn tune(self: &Arc<Self>) -> Tune {
        let recorder = Arc::clone(self);
        Arc::new(move |parts| parts.notifier = Some(Arc::clone(&recorder) as Arc<dyn Notifier>))
    }

    /// What was told since the last time, in short.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
            .iter()
            .map(|notice| match &notice.happening {
                Happening::AssetCreated { asset } => format!("created {}", asset.name),
                Happening::AssetChanged { asset, differences } => {
                    let paths: Vec<_> = differences.iter().map(|d| d.path.as_str()).collect();
                    format!("changed {} {}", asset.name, paths.join(","))
                }
                Happening::AssetGone { asset, proof } => format!("gone {} {}", asset.name, proof.as_str()),
                Happening::AssetsUnknown { scope, count, ids, why, .. } => {
                    let ids: Vec<_> = ids.iter().map(cloudscope_domain::AssetId::as_str).collect();
                    format!("unknown {} {count} {why} {}", scope.listing, ids.join(","))
                }
                Happening::RunFinished { run } => format!("run {}", run.id),
                Happening::ScopeFailed { scope, state, .. } => format!("failed {} {state}", scope.listing),
            })
            .collect()
    }
}

#[async_trait::async_trait]
impl Notifier for Recorder {
    fn wants(&self) -> Vec<&'static str> {
        self.wants.clone()
    }

    fn notify(&self, notices: Vec<Notice>) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).extend(notices);
    }

    fn hooks(&self) -> Vec<HookState> {
        Vec::new()
    }
}

fn denied() -> Vec<Step> {
    vec![Step::Fail(Fault::new(FaultKind::Denied, "x:List", "not you").missing("x:List"))]
}

#[tokio::test]
async fn each_change_is_told_once() {
    let recorder = Recorder::new(&Happening::NAMES);
    let a = scope("a", ListingMode::Snapshot);
    let first = listing([asset("x", "1"), asset("y", "1")]);
    let bench = Bench::tuned(&[(a.clone(), first)], recorder.tune()).await;
    bench.collect().await;
    assert_eq!(recorder.take(), ["created x", "created y", "run 1"]);
    bench.collect().await;
    assert_eq!(recorder.take(), ["run 2"]);
    bench.collector.play_only(&a.key, listing([asset("x", "2")]));
    bench.collect().await;
    assert_eq!(recorder.take(), ["changed x properties.v", "gone y snapshot-listing", "run 3"]);
    bench.collector.play_only(&a.key, listing([asset("x", "2"), asset("y", "3")]));
    bench.collect().await;
    assert_eq!(recorder.take(), ["changed y presence,properties.v", "run 4"], "a return is a change");
    // Reading it all again after a restart repeats nothing.
    let again = bench.restart().await;
    again.collect().await;
    assert_eq!(recorder.take(), ["run 5"]);
}

#[tokio::test]
async fn a_notice_says_what_is_durable_and_when() {
    let recorder = Recorder::new(&["asset-created", "asset-gone"]);
    let a = scope("a", ListingMode::Snapshot);
    let bench = Bench::tuned(&[(a.clone(), listing([asset("x", "1")]))], recorder.tune()).await;
    bench.collect().await;
    bench.collector.play_only(&a.key, listing([]));
    bench.collect().await;
    let told = recorder.told.lock().unwrap().clone();
    let [created, gone] = told.as_slice() else { panic!("{told:?}") };
    let Happening::AssetCreated { asset } = &created.happening else { panic!() };
    assert_eq!(asset.presence, Presence::Present);
    assert_eq!(asset.properties.as_ref().unwrap().as_str(), r#"{"v":"1"}"#);
    assert!(asset.last_seen.is_some());
    let Happening::AssetGone { asset, proof } = &gone.happening else { panic!() };
    assert_eq!(
        (&asset.presence, *proof),
        (&Presence::Gone { at: gone.at, why: *proof }, Proof::SnapshotListing)
    );
    let at =
        |notice: &Notice| cloudscope_ports::AssetStore::recorded_at(&*bench.store, notice.revision).unwrap();
    assert_eq!((at(created), at(gone)), (Some(created.at), Some(gone.at)));
}

#[tokio::test]
async fn what_could_not_be_seen_is_told_once_per_scope() {
    let recorder = Recorder::new(&["assets-unknown", "scope-failed"]);
    let a = scope("a", ListingMode::Weak);
    let all = || listing([asset("x", "1"), asset("y", "1"), asset("z", "1")]);
    let bench = Bench::tuned(&[(a.clone(), denied())], recorder.tune()).await;
    bench.collect().await;
    assert_eq!(recorder.take(), Vec::<String>::new(), "it was never whole, and nothing was known");
    bench.collector.play_only(&a.key, all());
    bench.collect().await;
    let part = vec![Item::Begin, Item::Upsert(Box::new(asset("x", "1")))];
    let torn = Fault::new(FaultKind::Malformed, "x:List", "page 2 is torn");
    bench.collector.play_only(&a.key, vec![Step::Send(part), Step::Fail(torn)]);
    bench.collect().await;
    assert_eq!(recorder.take(), ["unknown a 2 partial id:y,id:z", "failed a partial"]);
    bench.collector.play_only(&a.key, denied());
    bench.collect().await;
    assert_eq!(
        recorder.take(),
        ["unknown a 1 denied id:x"],
        "only what is newly unknown, and no second failure"
    );
    bench.collect().await;
    assert_eq!(recorder.take(), Vec::<String>::new());
    bench.collector.play_only(&a.key, all());
    bench.collect().await;
    assert_eq!(recorder.take(), Vec::<String>::new());
    bench.collector.play_only(&a.key, listing([asset("x", "1"), asset("y", "1")]));
    bench.collect().await;
    assert_eq!(recorder.take(), ["unknown a 1 missed-once id:z"], "missed once is no failure of the scope");
    // Switched off is no failure; failing after that is one.
    bench.collector.set_plan(Ok(Plan::default()));
    bench.collect().await;
    assert_eq!(recorder.take(), ["unknown a 2 disabled id:x,id:y"]);
    bench.collector.set_plan(Ok(Plan { scopes: vec![a.clone()], ..Plan::default() }));
    bench.collector.play_only(&a.key, denied());
    bench.collect().await;
    assert_eq!(recorder.take(), ["failed a denied"]);
}

#[tokio::test]
async fn a_stopped_attempt_is_no_failure_of_its_scope() {
    let recorder = Recorder::new(&["scope-failed"]);
    let a = scope("a", ListingMode::Weak);
    let bench = Bench::tuned(&[(a.clone(), listing([asset("x", "1")]))], recorder.tune()).await;
    bench.collect().await;
    let reached = tokio_util::sync::CancellationToken::new();
    bench.collector.play_only(&a.key, vec![Step::Reached(reached.clone()), Step::Hang]);
    let run = bench.start().await.unwrap();
    reached.cancelled().await;
    bench.ask(Command::Cancel).await;
    bench.ended(run).await;
    assert_eq!(recorder.take(), Vec::<String>::new());
    bench.collector.play_only(&a.key, denied());
    bench.collect().await;
    assert_eq!(recorder.take(), ["failed a denied"]);
}

#[tokio::test]
async fn of_many_unknown_records_a_hundred_are_named() {
    let recorder = Recorder::new(&["assets-unknown"]);
    let a = scope("a", ListingMode::Snapshot);
    let many = listing((0..250).map(|n| asset(&format!("n{n}"), "1")));
    let bench = Bench::tuned(&[(a.clone(), many)], recorder.tune()).await;
    bench.collect().await;
    bench.collector.play_only(&a.key, denied());
    bench.collect().await;
    let told = recorder.told.lock().unwrap().clone();
    let [Notice { happening: Happening::AssetsUnknown { count, ids, why, .. }, .. }] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!((*count, ids.len(), *why), (250, 100, UnknownWhy::Denied));
    assert!(ids.is_sorted_by(|a, b| a < b));
}

#[tokio::test]
async fn a_commit_that_waits_for_the_disk_tells_nothing_before_it_is_written() {
    let recorder = Recorder::new(&Happening::NAMES);
    let a = scope("a", ListingMode::Snapshot);
    let bench = Bench::tuned(&[(a, listing([asset("x", "1")]))], recorder.tune()).await;
    bench.store.set_full(true);
    let run = bench.start().await.unwrap();
    bench.wait_for(|o| o.trouble.iter().any(|t| t.contains("no space"))).await;
    assert_eq!(recorder.take(), Vec::<String>::new());
    bench.store.set_full(false);
    bench.ended(run).await;
    assert_eq!(recorder.take(), ["created x", "run 1"]);
    // Given up for good, it is never told; the next process finds it anew and tells it then.
    bench.collector.play_only(&scope("a", ListingMode::Snapshot).key, listing([asset("x", "2")]));
    bench.store.set_full(true);
    bench.start().await.unwrap();
    bench.wait_for(|o| o.trouble.iter().any(|t| t.contains("no space"))).await;
    bench.engine.shutdown().await;
    assert_eq!(recorder.take(), Vec::<String>::new());
    bench.store.set_full(false);
    let again = bench.restart().await;
    again.collect().await;
    assert_eq!(recorder.take().first().map(String::as_str), Some("changed x properties.v"));
}

#[tokio::test]
async fn nobody_is_told_what_nobody_wants() {
    let recorder = Recorder::new(&["run-finished"]);
    let a = scope("a", ListingMode::Snapshot);
    let bench = Bench::tuned(&[(a.clone(), listing([asset("x", "1")]))], recorder.tune()).await;
    bench.collect().await;
    bench.collector.play_only(&a.key, denied());
    bench.collect().await;
    let removed = Command::RemoveSource { source: "script".into(), records: Records::Forget };
    bench.ask(removed).await;
    assert_eq!(recorder.take(), ["run 1", "run 2"]);
    assert_eq!(bench.overview().await.coverage, Vec::<(CoverageState, u64)>::new());
}

#[tokio::test]
async fn a_notice_says_what_people_call_the_account() {
    let recorder = Recorder::new(&["asset-changed", "assets-unknown", "scope-failed"]);
    let mut a = scope("a", ListingMode::Snapshot);
    a.key = a.key.account("1234");
    let of_account = |name: &str, version: &str, aliases: &[&str]| {
        let mut made = asset(name, version);
        made.asset.account = "1234".into();
        made.asset.aliases = aliases.iter().map(|alias| (*alias).into()).collect();
        made
    };
    let all = |version: &str| {
        listing([of_account("payments", "1", &["account:1234"]), of_account("x", version, &[])])
    };
    let bench = Bench::tuned(&[(a.clone(), all("1"))], recorder.tune()).await;
    bench.collect().await;
    bench.collector.play_only(&a.key, all("2"));
    bench.collect().await;
    bench.collector.play_only(&a.key, denied());
    bench.collect().await;
    let told = recorder.told.lock().unwrap().clone();
    let labels: Vec<_> = told
        .iter()
        .map(|notice| match &notice.happening {
            Happening::AssetChanged { asset, .. } => ("changed", asset.account_label.as_deref()),
            Happening::AssetsUnknown { account_label, .. } => ("unknown", account_label.as_deref()),
            Happening::ScopeFailed { account_label, .. } => ("failed", account_label.as_deref()),
            other => panic!("{other:?}"),
        })
        .collect();
    let called = Some("payments");
    assert_eq!(labels, [("changed", called), ("unknown", called), ("failed", called)]);
}
