//! Scopes that are followed: what happens in them is in the inventory at once, and only proof removes.

use std::sync::Arc;

use cloudscope_domain::{AssetKey, ChangeKind, CoverageState, ListingMode, Proof, Scope, ScopeKey, Sighting};
use cloudscope_memory::{Step, listing};
use cloudscope_ports::{AssetStore, Fault, FaultKind, Item};
use tokio_util::sync::CancellationToken;

use super::harness::{Bench, Tune, asset, scope};
use crate::{
    Command, Limits,
    message::{Records, ScopeHealth},
};

fn seen(sighting: Sighting) -> Item {
    Item::Upsert(Box::new(sighting))
}

fn deleted(name: &str) -> Item {
    Item::Delete { key: AssetKey::new(format!("id:{name}"), ""), proof: Proof::DeleteEvent }
}

fn unreachable() -> Fault {
    Fault::new(FaultKind::Unreachable, "script:Play", "no route")
}

fn usual() -> Tune {
    Arc::new(|_| {})
}

fn a() -> Scope {
    scope("a", ListingMode::Snapshot)
}

/// One scope with x and y, listed and followed.
async fn followed() -> Bench {
    let bench = Bench::following(&[(a(), listing([asset("x", "1"), asset("y", "1")]))], usual()).await;
    bench.ask(Command::Follow { on: true }).await;
    live(&bench, 1).await;
    bench
}

async fn live(bench: &Bench, scopes: u64) {
    bench.wait_for(|o| o.followed == scopes && o.run.as_ref().is_none_or(|r| r.ended.is_some())).await;
}

async fn is(bench: &Bench, name: &str, presence: &str) {
    bench.until(async || bench.presence(name).await.as_deref() == Some(presence)).await;
}

async fn health(bench: &Bench, key: &ScopeKey) -> ScopeHealth {
    bench.health().await.into_iter().find(|h| h.key == *key).unwrap()
}

#[tokio::test]
async fn switching_on_lists_once_and_what_happens_then_is_there_at_once() {
    let bench = followed().await;
    assert_eq!(bench.collector.attempts().len(), 1, "nothing was listed before, so it is listed");
    let run = bench.overview().await.run.unwrap().run;
    bench.collector.tell(&a().key, vec![seen(asset("x", "2")), seen(asset("z", "1")), Item::Resume]);
    is(&bench, "z", "present").await;
    let changes = bench.changes().await;
    let last: Vec<_> = changes.iter().skip(2).map(|c| (c.change, c.id.as_str(), c.run)).collect();
    assert_eq!(last, [(ChangeKind::Changed, "id:x", run), (ChangeKind::Created, "id:z", run)]);
    bench.collector.tell(&a().key, vec![deleted("y"), Item::Resume]);
    is(&bench, "y", "gone delete-event").await;
    let row = health(&bench, &a().key).await;
    let brought = row.followed.unwrap();
    assert_eq!((brought.created, brought.changed, brought.gone), (1, 1, 1));
    assert_eq!((row.coverage.assets, row.unknown, row.coverage.state), (2, 0, CoverageState::Ok));
    let sum = bench.overview().await.follows.unwrap();
    assert_eq!((sum.created, sum.changed, sum.gone), (1, 1, 1));
}

#[tokio::test]
async fn what_was_listed_before_is_followed_without_another_run_and_switched_off_again() {
    let bench = Bench::following(&[(a(), listing([asset("x", "1")]))], usual()).await;
    bench.collect().await;
    assert_eq!(bench.collector.follow_attempts().len(), 0, "nobody asked for it");
    bench.ask(Command::Follow { on: true }).await;
    live(&bench, 1).await;
    bench.ask(Command::Follow { on: true }).await;
    bench.until(async || bench.collector.follow_attempts().len() == 1).await;
    assert_eq!(bench.collector.attempts().len(), 1);
    bench.ask(Command::Follow { on: false }).await;
    let overview = bench.overview().await;
    assert_eq!((overview.followed, overview.follows), (0, None));
    assert_eq!(bench.presence("x").await, Some("present".into()));
    bench.collector.tell(&a().key, vec![seen(asset("z", "1")), Item::Resume]);
    bench.ask(Command::Follow { on: true }).await;
    is(&bench, "z", "present").await;
    assert_eq!((bench.collector.attempts().len(), bench.collector.follow_attempts().len()), (1, 2));
}

#[tokio::test]
async fn a_listing_inside_of_a_follow_removes_what_it_lacks_and_nothing_before_it_is_whole() {
    let bench = followed().await;
    bench.collector.tell(&a().key, vec![Item::Begin, seen(asset("x", "2"))]);
    bench.until(async || bench.changes().await.len() == 3).await;
    assert_eq!(bench.presence("y").await, Some("present".into()));
    bench.collector.tell(&a().key, vec![seen(asset("z", "1")), Item::Resume]);
    is(&bench, "y", "gone snapshot-listing").await;
    assert_eq!(bench.names("").await, ["x", "z"]);
    let brought = health(&bench, &a().key).await.followed.unwrap();
    assert_eq!((brought.created, brought.changed, brought.gone), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_broken_follow_makes_unknown_and_going_on_makes_all_known_again() {
    let bench = followed().await;
    let before = bench.changes().await.len();
    bench.collector.follow_next(&a().key, vec![Step::Fail(unreachable())]);
    let go = CancellationToken::new();
    bench.collector.follow_next(
        &a().key,
        vec![
            Step::Wait(go.clone()),
            Step::Send(vec![seen(asset("x", "2")), deleted("y"), Item::Resume]),
            Step::Listen,
        ],
    );
    bench.collector.break_follow(&a().key, unreachable());
    is(&bench, "x", "unknown unreachable").await;
    is(&bench, "y", "unknown unreachable").await;
    assert_eq!(bench.overview().await.followed, 0);
    assert_eq!(bench.changes().await.len(), before, "only proof removes");
    bench.until(async || bench.collector.follow_attempts().len() == 3).await;
    go.cancel();
    is(&bench, "x", "present").await;
    is(&bench, "y", "gone delete-event").await;
    let row = health(&bench, &a().key).await;
    assert_eq!((row.coverage.state, row.coverage.error, row.unknown), (CoverageState::Ok, None, 0));
    assert_eq!(bench.overview().await.followed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_follow_that_lists_anew_after_it_broke_is_judged_as_a_listing() {
    let bench = followed().await;
    let anew = vec![Item::Begin, seen(asset("y", "1")), Item::Resume];
    let half = vec![Step::Send(vec![Item::Begin, seen(asset("x", "1"))]), Step::Fail(unreachable())];
    let go = CancellationToken::new();
    bench.collector.follow_next(&a().key, half);
    bench.collector.follow_next(&a().key, vec![Step::Wait(go.clone()), Step::Send(anew), Step::Listen]);
    bench.collector.break_follow(&a().key, unreachable());
    bench.until(async || bench.collector.follow_attempts().len() == 3).await;
    is(&bench, "x", "present").await;
    is(&bench, "y", "unknown unreachable").await;
    go.cancel();
    is(&bench, "x", "gone snapshot-listing").await;
    is(&bench, "y", "present").await;
}

#[tokio::test(start_paused = true)]
async fn the_panic_and_the_silence_of_a_collector_are_of_its_scope_only() {
    let b = scope("b", ListingMode::Snapshot);
    let scripts = [(a(), listing([asset("x", "1")])), (b.clone(), listing([asset("z", "1")]))];
    let bench = Bench::following(&scripts, usual()).await;
    bench.collector.follow_next(&a().key, vec![Step::Send(vec![Item::Resume]), Step::Panic]);
    bench.collector.follow_next(&b.key, vec![Step::Send(vec![Item::Resume]), Step::Ignore]);
    let go = CancellationToken::new();
    for key in [&a().key, &b.key] {
        let again = vec![Step::Wait(go.clone()), Step::Send(vec![Item::Resume]), Step::Listen];
        bench.collector.follow_next(key, again);
    }
    bench.ask(Command::Follow { on: true }).await;
    is(&bench, "x", "unknown unreachable").await;
    let error = health(&bench, &a().key).await.coverage.error.unwrap();
    assert!(error.contains("the script panics") && error.contains("defect"), "{error}");
    tokio::time::advance(std::time::Duration::from_secs(601)).await;
    is(&bench, "z", "unknown timeout").await;
    // Both are followed anew after a while.
    go.cancel();
    is(&bench, "x", "present").await;
    is(&bench, "z", "present").await;
    live(&bench, 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_stops_a_follow_lists_and_the_scope_is_followed_on() {
    let bench = followed().await;
    // Does not even notice that it is to stop.
    bench.ask(Command::Follow { on: false }).await;
    bench.collector.follow_next(&a().key, vec![Step::Send(vec![Item::Resume]), Step::Ignore]);
    bench.ask(Command::Follow { on: true }).await;
    live(&bench, 1).await;
    let (reached, go) = (CancellationToken::new(), CancellationToken::new());
    let mut script = vec![Step::Reached(reached.clone()), Step::Wait(go.clone())];
    script.extend(listing([asset("x", "3")]));
    bench.collector.play_only(&a().key, script);
    let run = bench.start().await.unwrap();
    reached.cancelled().await;
    assert_eq!(bench.overview().await.followed, 0, "its follow ended before it is listed");
    bench.collector.tell(&a().key, vec![seen(asset("y", "9")), Item::Resume]);
    go.cancel();
    bench.ended(run).await;
    // What is told after the listing comes after it.
    is(&bench, "y", "present").await;
    live(&bench, 1).await;
    let of_y: Vec<_> = bench.changes().await.into_iter().filter(|c| c.id.as_str() == "id:y").collect();
    let kinds: Vec<_> = of_y.iter().map(|c| c.change).collect();
    assert_eq!(kinds, [ChangeKind::Created, ChangeKind::Gone, ChangeKind::Returned, ChangeKind::Changed]);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_failed_is_mended_by_following() {
    let bench = followed().await;
    bench.collector.play_only(&a().key, vec![Step::Fail(Fault::new(FaultKind::Denied, "script:Play", "no"))]);
    let go = CancellationToken::new();
    let on = vec![Step::Wait(go.clone()), Step::Send(vec![Item::Resume]), Step::Listen];
    bench.collector.follow_next(&a().key, on);
    bench.collect().await;
    assert_eq!(bench.presence("x").await, Some("unknown denied".into()));
    go.cancel();
    is(&bench, "x", "present").await;
    assert_eq!(health(&bench, &a().key).await.coverage.state, CoverageState::Ok);
}

#[tokio::test]
async fn closing_the_program_leaves_records_present_as_of_the_last_word() {
    let bench = followed().await;
    bench.clock.advance(5_000);
    let last = bench.clock_now();
    bench.collector.tell(&a().key, vec![seen(asset("z", "1")), Item::Resume]);
    is(&bench, "z", "present").await;
    // A listing that is cut off says nothing.
    bench.collector.tell(&a().key, vec![Item::Begin, seen(asset("w", "1"))]);
    is(&bench, "w", "present").await;
    bench.clock.advance(60_000);
    let bench = bench.restart().await;
    for name in ["w", "x", "y", "z"] {
        assert_eq!(bench.presence(name).await, Some("present".into()), "{name}");
    }
    let row = health(&bench, &a().key).await;
    assert_eq!((row.coverage.state, row.coverage.last_good), (CoverageState::Ok, Some(last)));
    assert_eq!((row.coverage.assets, row.followed), (4, None));
    assert!(bench.rows("").await.iter().all(|r| r.last_seen == Some(last)));
}

#[tokio::test]
async fn saying_that_nothing_happened_writes_nothing_and_is_seen() {
    let bench = followed().await;
    let (before, good) = (bench.store.revision(), bench.overview().await.newest.unwrap());
    for _ in 0..1_000 {
        bench.clock.advance(100);
        bench.collector.tell(&a().key, vec![Item::Resume]);
    }
    let now = bench.clock_now();
    bench.until(async || bench.overview().await.newest == Some(now)).await;
    assert_eq!(now.since(good), 100_000);
    assert!(bench.rows("").await.iter().all(|r| r.last_seen == Some(now)));
    assert_eq!(bench.store.revision(), before);
    // Once in ten minutes it is written, for all scopes together.
    bench.clock.advance(600_000);
    bench.collector.tell(&a().key, vec![Item::Resume]);
    bench.until(async || bench.store.revision() > before).await;
    let stored = bench.store.scopes().unwrap();
    assert_eq!(stored[0].coverage.last_good, Some(bench.clock_now()));
    assert_eq!(bench.store.revision(), before.next());
}

#[tokio::test]
async fn a_problem_makes_the_scope_partial_until_it_is_listed_anew() {
    let bench = followed().await;
    let bad = Item::Problem { message: "w cannot be read".into(), missing_permission: None };
    bench.collector.tell(&a().key, vec![bad, Item::Resume]);
    bench.until(async || health(&bench, &a().key).await.coverage.state == CoverageState::Partial).await;
    assert_eq!(bench.presence("x").await, Some("present".into()));
    bench.collector.tell(&a().key, vec![Item::Resume, seen(asset("z", "1"))]);
    is(&bench, "z", "present").await;
    let row = health(&bench, &a().key).await;
    assert_eq!((row.coverage.state, row.coverage.problem_count), (CoverageState::Partial, 1));
    let anew = vec![Item::Begin, seen(asset("x", "1")), seen(asset("z", "1")), Item::Resume];
    bench.collector.tell(&a().key, anew);
    is(&bench, "y", "gone snapshot-listing").await;
    assert_eq!(health(&bench, &a().key).await.coverage.state, CoverageState::Ok);
}

#[tokio::test]
async fn a_scope_does_not_remove_what_moved_to_another_one() {
    let b = scope("b", ListingMode::Snapshot);
    let scripts = [(a(), listing([asset("x", "1"), asset("y", "1")])), (b.clone(), listing([]))];
    let bench = Bench::following(&scripts, usual()).await;
    bench.ask(Command::Follow { on: true }).await;
    live(&bench, 2).await;
    bench.collector.tell(&b.key, vec![seen(asset("x", "1")), Item::Resume]);
    bench.until(async || health(&bench, &b.key).await.coverage.assets == 1).await;
    bench.collector.tell(&a().key, vec![deleted("x"), deleted("y"), Item::Resume]);
    is(&bench, "y", "gone delete-event").await;
    assert_eq!(bench.presence("x").await, Some("present".into()));
    bench.until(async || health(&bench, &a().key).await.coverage.assets == 0).await;
}

#[tokio::test]
async fn a_source_that_is_removed_is_followed_no_more() {
    for records in [Records::Keep, Records::Forget] {
        let bench = followed().await;
        bench.ask(Command::RemoveSource { source: "script".into(), records }).await;
        assert_eq!(bench.overview().await.followed, 0);
        bench.collector.tell(&a().key, vec![seen(asset("x", "1")), Item::Resume]);
        let told = bench.presence("x").await;
        let wanted = (records == Records::Keep).then(|| "unknown disabled".to_owned());
        assert_eq!(told, wanted);
        assert_eq!(bench.collector.follow_attempts().len(), 1);
    }
}

#[tokio::test]
async fn what_leaves_the_plan_is_followed_no_more() {
    let bench = followed().await;
    bench.collector.set_plan(Ok(cloudscope_ports::Plan::default()));
    bench.collect().await;
    assert_eq!(bench.overview().await.followed, 0);
    assert_eq!(bench.presence("x").await, Some("unknown disabled".into()));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_cannot_be_planned_is_unknown_until_its_follows_say_otherwise() {
    let bench = followed().await;
    bench.collector.set_plan(Err(unreachable()));
    let go = CancellationToken::new();
    let on = vec![Step::Wait(go.clone()), Step::Send(vec![Item::Resume]), Step::Listen];
    bench.collector.follow_next(&a().key, on);
    bench.collect().await;
    assert_eq!(bench.presence("x").await, Some("unknown unreachable".into()));
    go.cancel();
    is(&bench, "x", "present").await;
}

#[tokio::test]
async fn no_more_scopes_are_followed_than_there_are_places_and_the_others_say_so() {
    let names = ["a", "b", "c"];
    let scripts: Vec<_> =
        names.iter().map(|n| (scope(n, ListingMode::Snapshot), listing([asset(n, "1")]))).collect();
    let weak = scope("w", ListingMode::Weak);
    let scripts = [scripts, vec![(weak.clone(), listing([]))]].concat();
    let two = Limits { follows: 2, ..Limits::default() };
    let bench = Bench::following(&scripts, Arc::new(move |parts| parts.limits = two)).await;
    bench.ask(Command::Follow { on: true }).await;
    live(&bench, 2).await;
    bench.collect().await;
    live(&bench, 2).await;
    for row in bench.health().await {
        let why = row.unfollowed.unwrap_or_default();
        match row.key.listing.as_str() {
            "a" | "b" => assert!(row.followed.is_some() && why.is_empty(), "{why}"),
            "c" => assert!(row.followed.is_none() && why.contains("followed_scopes"), "{why}"),
            _ => assert!(row.followed.is_none() && why.contains("weak"), "{why}"),
        }
    }
}

#[tokio::test]
async fn the_state_of_a_scope_that_was_killed_is_counted_anew() {
    let bench = followed().await;
    bench.collector.tell(&a().key, vec![seen(asset("z", "1")), deleted("x"), deleted("y"), Item::Resume]);
    is(&bench, "y", "gone delete-event").await;
    assert_eq!(bench.store.scopes().unwrap()[0].coverage.assets, 2, "not written with each change");
    let (store, collector) = (Arc::clone(&bench.store), Arc::clone(&bench.collector));
    let again = Bench::start_on(store, collector, Arc::clone(&bench.clock), usual()).await;
    assert_eq!(health(&again, &a().key).await.coverage.assets, 1);
}

#[tokio::test]
async fn a_source_that_cannot_be_planned_is_not_collected_again_and_again() {
    let bench = Bench::following(&[(a(), listing([asset("x", "1")]))], usual()).await;
    bench.collector.set_plan(Err(unreachable()));
    bench.ask(Command::Follow { on: true }).await;
    let first = bench.wait_for(|o| o.run.as_ref().is_some_and(|r| r.ended.is_some())).await.run.unwrap().run;
    bench.collector.set_plan(Ok(cloudscope_ports::Plan { scopes: vec![a()], ..Default::default() }));
    let second = bench.start().await.expect("no other run was started");
    assert_eq!(second.0, first.0 + 1);
    live(&bench, 1).await;
}
