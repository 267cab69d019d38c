//! Only proof removes: weaker credentials, moves between scopes and re-created namesakes.

use std::sync::Arc;

use cloudscope_domain::{ChangeKind, CoverageState, ListingMode, Scope};
use cloudscope_memory::{Step, listing};
use cloudscope_ports::{Fault, FaultKind, Item};
use proptest::prelude::*;

use super::harness::{Bench, asset, scope};
use crate::{Command, Limits, Reply};

/// What was said of an asset, in order.
async fn told(bench: &Bench, name: &str) -> Vec<&'static str> {
    let id = format!("id:{name}");
    bench.changes().await.iter().filter(|c| c.id.as_str() == id).map(|c| c.change.as_str()).collect()
}

/// Scopes that are listed one after the other, in this order.
async fn in_order(scripts: &[(Scope, Vec<Step>)]) -> Bench {
    let one = Limits { scopes: 1, ..Limits::default() };
    Bench::tuned(scripts, Arc::new(move |parts| parts.limits = one)).await
}

#[tokio::test]
async fn what_weaker_credentials_hide_is_denied_and_never_gone() {
    for mode in [ListingMode::Snapshot, ListingMode::Weak] {
        let a = scope("a", mode);
        let bench = Bench::new(&[(a.clone(), listing([asset("x", "1"), asset("y", "1")]))]).await;
        bench.collect().await;
        let denied = || Fault::new(FaultKind::Denied, "x:List", "not any more").missing("x:List");
        let part = || Step::Send(vec![Item::Begin, Item::Upsert(Box::new(asset("x", "1")))]);
        let plan = || Fault::new(FaultKind::Unauthenticated, "plan", "no credentials; log in");
        // However often, and in whatever way.
        for script in [vec![Step::Fail(denied())], vec![part(), Step::Fail(denied())], vec![part()]] {
            bench.collector.play_only(&a.key, script.clone());
            for _ in 0..3 {
                bench.collect().await;
                assert_eq!(bench.names("presence:gone").await, Vec::<String>::new());
            }
        }
        let hidden =
            Item::Problem { message: "y is hidden".into(), missing_permission: Some("x:Get".into()) };
        bench.collector.play_only(&a.key, vec![part(), Step::Send(vec![hidden, Item::Done])]);
        bench.collect().await;
        bench.collect().await;
        assert_eq!(bench.presence("y").await, Some("unknown partial".into()));
        bench.collector.set_plan(Err(plan()));
        bench.collect().await;
        assert_eq!(bench.presence("x").await, Some("unknown denied".into()));
        assert_eq!(bench.presence("y").await, Some("unknown denied".into()));
        assert!(bench.health().await.iter().all(|h| h.coverage.state == CoverageState::Denied));
        assert!(bench.changes().await.iter().all(|c| c.change == ChangeKind::Created));
    }
}

#[tokio::test]
async fn an_asset_that_moves_is_not_said_to_be_gone_whichever_scope_is_listed_first() {
    for mode in [ListingMode::Snapshot, ListingMode::Weak] {
        for old_first in [true, false] {
            let (old, new) = (scope("old", mode), scope("new", mode));
            let mut scripts = vec![
                (old.clone(), listing([asset("x", "1"), asset("stays", "1")])),
                (new.clone(), listing([])),
            ];
            if !old_first {
                scripts.reverse();
            }
            let bench = in_order(&scripts).await;
            bench.collect().await;
            bench.collector.play_only(&old.key, listing([asset("stays", "1")]));
            bench.collector.play_only(&new.key, listing([asset("x", "1")]));
            for _ in 0..3 {
                let run = bench.collect().await;
                assert_eq!((run.gone, run.unknown), (0, 0), "{mode:?}, the old scope first: {old_first}");
            }
            assert_eq!(bench.presence("x").await, Some("present".into()));
            assert_eq!(told(&bench, "x").await, ["created"], "{mode:?}, the old scope first: {old_first}");
            let health = bench.health().await;
            assert!(health.iter().all(|h| (h.coverage.assets, h.unknown) == (1, 0)), "{health:?}");
            assert_eq!(bench.overview().await.unknown, 0);
        }
    }
}

#[tokio::test]
async fn what_moved_nowhere_is_gone_when_the_run_has_looked_everywhere() {
    let (old, new) = (scope("old", ListingMode::Snapshot), scope("new", ListingMode::Snapshot));
    let scripts = [
        (old.clone(), listing([asset("x", "1"), asset("y", "1")])),
        (new.clone(), listing([asset("z", "1")])),
    ];
    let bench = in_order(&scripts).await;
    bench.collect().await;
    bench.collector.play_only(&old.key, listing([asset("y", "1")]));
    let run = bench.collect().await;
    assert_eq!((run.gone, run.unknown), (1, 0));
    assert_eq!(bench.presence("x").await, Some("gone snapshot-listing".into()));
    let health = bench.health().await;
    assert!(health.iter().all(|h| (h.coverage.assets, h.unknown) == (1, 0)), "{health:?}");
    let Reply::Runs(runs) = bench.ask(Command::Runs { limit: 1 }).await else { panic!() };
    assert_eq!((runs[0].effort.gone, runs[0].unknown, runs[0].assets), (1, 0, 2));
    // A scope that cannot be read holds nothing up for ever.
    let denied = Fault::new(FaultKind::Denied, "x:List", "no");
    bench.collector.play_only(&old.key, listing([]));
    bench.collector.play_only(&new.key, vec![Step::Fail(denied)]);
    bench.collect().await;
    assert_eq!(bench.presence("y").await, Some("gone snapshot-listing".into()));
    assert_eq!(bench.presence("z").await, Some("unknown denied".into()));
}

#[tokio::test]
async fn a_run_that_is_stopped_before_it_looked_everywhere_proves_nothing() {
    let (old, new) = (scope("old", ListingMode::Snapshot), scope("new", ListingMode::Snapshot));
    let scripts = [(old.clone(), listing([asset("x", "1")])), (new.clone(), listing([]))];
    let bench = in_order(&scripts).await;
    bench.collect().await;
    let reached = tokio_util::sync::CancellationToken::new();
    bench.collector.play_only(&old.key, listing([]));
    bench.collector.play_only(&new.key, vec![Step::Reached(reached.clone()), Step::Hang]);
    let run = bench.start().await.unwrap();
    reached.cancelled().await;
    // The next scope is listed while the commit of the one before is on its way.
    bench.until(async || bench.presence("x").await == Some("unknown missed-once".into())).await;
    bench.ask(Command::Cancel).await;
    bench.ended(run).await;
    assert_ne!(bench.presence("x").await, Some("gone snapshot-listing".into()));
    // After a restart too: what waits is in the state of its scope.
    let again = bench.restart().await;
    again.collector.play_only(&new.key, listing([asset("x", "1")]));
    again.collect().await;
    assert_eq!(again.presence("x").await, Some("present".into()));
    assert_eq!(told(&again, "x").await, ["created"]);
}

#[tokio::test]
async fn a_namesake_is_another_incarnation_and_the_old_one_is_gone() {
    let a = scope("a", ListingMode::Snapshot);
    let web = |incarnation: &str| {
        let mut sighting = asset("web", "1");
        sighting.asset.key.incarnation = incarnation.into();
        sighting
    };
    let bench = Bench::new(&[(a.clone(), listing([web("uid-1")]))]).await;
    bench.collect().await;
    bench.ask(Command::Pin { id: "id:web".into(), on: true }).await;
    bench.collector.play_only(&a.key, listing([web("uid-2")]));
    bench.collect().await;
    let rows = bench.rows("").await;
    assert_eq!(rows.iter().map(|r| r.incarnation.as_str()).collect::<Vec<_>>(), ["uid-2"]);
    let gone = bench.rows("presence:gone").await;
    assert_eq!(gone.iter().map(|r| r.incarnation.as_str()).collect::<Vec<_>>(), ["uid-1"]);
    assert!(rows[0].pinned && gone[0].pinned, "a pin is on the id");
    assert_eq!(told(&bench, "web").await, ["created", "created", "gone"]);
    let Reply::Details(details) = bench.ask(Command::Get { id: "id:web".into(), at: None }).await else {
        panic!()
    };
    let incarnations: Vec<_> = details.iter().map(|d| d.row.incarnation.as_str()).collect();
    assert_eq!(incarnations, ["uid-2", "uid-1"], "what lives comes first");
    // The old one does not come back by a listing of the new one.
    bench.collect().await;
    assert_eq!(bench.overview().await.gone, 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Each run says for each of five assets in which of three scopes it is, if in any, or in two of them.
    #[test]
    fn moves_in_any_order_delete_nothing_and_what_is_nowhere_is_gone(
        runs in prop::collection::vec(prop::collection::vec((0_usize..4, 0_usize..4), 5), 1..6),
        one_by_one in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let scopes = ["a", "b", "c"].map(|listing| scope(listing, ListingMode::Snapshot));
            let scripts = scopes.clone().map(|scope| (scope, Vec::new()));
            let bench = if one_by_one { in_order(&scripts).await } else { Bench::new(&scripts).await };
            // Of each asset what history should say.
            let mut said: [Vec<&str>; 5] = Default::default();
            for run in &runs {
                for (n, scope) in scopes.iter().enumerate() {
                    let here = run.iter().enumerate().filter(|(_, (x, y))| *x == n || *y == n);
                    let here = here.map(|(id, _)| asset(&id.to_string(), "1"));
                    bench.collector.play_only(&scope.key, listing(here));
                }
                let gone = bench.collect().await.gone;
                let mut buried = 0;
                for (id, (x, y)) in run.iter().enumerate() {
                    let there = *x < 3 || *y < 3;
                    let word = match (said[id].last(), there) {
                        (None, true) => "created",
                        (Some(&"gone"), true) => "returned",
                        (Some(&"created" | &"returned"), false) => "gone",
                        _ => continue,
                    };
                    buried += u64::from(word == "gone");
                    said[id].push(word);
                }
                prop_assert_eq!(gone, buried, "after {:?}", run);
                let overview = bench.overview().await;
                let live = run.iter().filter(|(x, y)| *x < 3 || *y < 3).count() as u64;
                prop_assert_eq!((overview.total, overview.unknown), (live, 0));
                let assets: u64 = bench.health().await.iter().map(|h| h.coverage.assets).sum();
                let unknown: u64 = bench.health().await.iter().map(|h| h.unknown).sum();
                prop_assert_eq!((assets, unknown), (live, 0));
            }
            for (id, said) in said.iter().enumerate() {
                prop_assert_eq!(&told(&bench, &id.to_string()).await, said, "{}", id);
            }
            bench.engine.shutdown().await;
            Ok(())
        })?;
    }
}
