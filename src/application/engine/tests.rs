//! The engine over in-memory adapters: what a run leaves in the inventory, whatever happened in it.

mod batch;
mod budget;
mod changes;
mod filters;
mod follow;
mod follow_plan;
pub(super) mod harness;
mod history;
mod joined;
mod live_model;
mod model;
mod notices;
mod owned;
mod past;
mod presence;
mod pruning;
mod saved;
mod selected;
mod storm;
mod upkeep;

use std::sync::Arc;

use cloudscope_domain::{
    AssetId, ChangeKind, CoverageState, ListingMode, Presence, Proof, Revision, UnknownWhy,
};
use cloudscope_memory::{Step, listing};
use cloudscope_ports::{CallResult, Fault, FaultKind, Item, Operation, Plan};
use harness::{Bench, asset, scope};

use crate::{
    Command, Reply, SessionError,
    message::{Obstacle, Phase},
};

#[tokio::test]
async fn a_collected_asset_is_a_row_a_detail_and_a_change() {
    let bench =
        Bench::new(&[(scope("a", ListingMode::Snapshot), listing([asset("web", "1"), asset("db", "1")]))])
            .await;
    let run = bench.collect().await;
    assert_eq!((run.created, run.changed, run.gone), (2, 0, 0));
    let rows = bench.rows("").await;
    assert_eq!(rows.iter().map(|r| &*r.name).collect::<Vec<_>>(), ["db", "web"]);
    assert_eq!(rows[0].presence, Presence::Present);
    let Reply::Details(details) = bench.ask(Command::Get { id: "id:web".into(), at: None }).await else {
        panic!()
    };
    assert_eq!(details[0].row.properties.as_ref().unwrap().as_str(), r#"{"v":"1"}"#);
    let changes = bench.changes().await;
    assert_eq!(changes.iter().map(|c| c.change).collect::<Vec<_>>(), [ChangeKind::Created; 2]);
}

#[tokio::test]
async fn a_second_run_without_changes_writes_no_record() {
    let bench = Bench::new(&[(scope("a", ListingMode::Snapshot), listing([asset("web", "1")]))]).await;
    bench.collect().await;
    let before = bench.changes().await.len();
    let run = bench.collect().await;
    assert_eq!((run.created, run.changed, run.gone), (0, 0, 0));
    assert_eq!(bench.changes().await.len(), before);
}

#[tokio::test]
async fn a_changed_field_is_a_change_with_its_path_and_both_values() {
    let a = scope("a", ListingMode::Snapshot);
    let bench = Bench::new(&[(a.clone(), listing([asset("web", "1")]))]).await;
    bench.collect().await;
    bench.collector.play_only(&a.key, listing([asset("web", "2")]));
    assert_eq!(bench.collect().await.changed, 1);
    let last = bench.changes().await.pop().unwrap();
    assert_eq!((last.change, last.path.as_str()), (ChangeKind::Changed, "properties.v"));
    assert_eq!((last.before.unwrap().as_str(), last.after.unwrap().as_str()), (r#""1""#, r#""2""#));
}

#[tokio::test]
async fn volatile_fields_and_the_order_of_sets_are_no_change() {
    let a = scope("a", ListingMode::Snapshot);
    let of = |ticks: u64, groups: &[&str]| {
        let mut s = asset("web", "1");
        let payload = serde_json::json!({"ticks": ticks, "groups": groups});
        s.asset.properties = cloudscope_domain::Payload::from_value(&payload);
        s.volatile = Arc::from(["/ticks".to_owned()]);
        s.sets = Arc::from(["/groups".to_owned()]);
        s
    };
    let bench = Bench::new(&[(a.clone(), listing([of(1, &["x", "y"])]))]).await;
    bench.collect().await;
    for other in [of(2, &["x", "y"]), of(3, &["y", "x"]), of(4, &["y", "x"])] {
        bench.collector.play_only(&a.key, listing([other]));
        assert_eq!(bench.collect().await.changed, 0);
    }
    bench.collector.play_only(&a.key, listing([of(5, &["y", "z"])]));
    assert_eq!(bench.collect().await.changed, 1);
    let last = bench.changes().await.pop().unwrap();
    assert_eq!((last.path.as_str(), last.before.unwrap().as_str()), ("properties.groups", r#"["x"]"#));
}

#[tokio::test]
async fn a_snapshot_listing_proves_absence_and_a_weak_one_needs_two() {
    let (strong, weak) = (scope("strong", ListingMode::Snapshot), scope("weak", ListingMode::Weak));
    let bench = Bench::new(&[
        (strong.clone(), listing([asset("s1", "1"), asset("s2", "1")])),
        (weak.clone(), listing([asset("w1", "1"), asset("w2", "1")])),
    ])
    .await;
    bench.collect().await;
    bench.collector.play_only(&strong.key, listing([asset("s1", "1")]));
    bench.collector.play_only(&weak.key, listing([asset("w1", "1")]));
    bench.collect().await;
    assert_eq!(bench.presence("s2").await, Some("gone snapshot-listing".into()));
    assert_eq!(bench.presence("w2").await, Some("unknown missed-once".into()));
    bench.collect().await;
    assert_eq!(bench.presence("w2").await, Some("gone second-listing".into()));
    assert_eq!(bench.names("").await, ["s1", "w1"]);
}

#[tokio::test]
async fn a_failed_scope_leaves_its_assets_unknown_with_the_reason() {
    let a = scope("a", ListingMode::Snapshot);
    let bench = Bench::new(&[(a.clone(), listing([asset("x", "1"), asset("y", "1")]))]).await;
    bench.collect().await;
    let denied = Fault::new(FaultKind::Denied, "ec2:DescribeInstances", "not authorised; ask for it")
        .missing("ec2:DescribeInstances");
    bench.collector.play_only(
        &a.key,
        vec![Step::Send(vec![Item::Begin, Item::Upsert(Box::new(asset("x", "1")))]), Step::Fail(denied)],
    );
    bench.collect().await;
    assert_eq!(bench.presence("x").await, Some("present".into()));
    assert_eq!(bench.presence("y").await, Some("unknown denied".into()));
    let health = bench.health().await;
    assert_eq!(health[0].coverage.state, CoverageState::Denied);
    assert_eq!(health[0].coverage.missing_permission.as_deref(), Some("ec2:DescribeInstances"));
    assert_eq!((health[0].unknown, health[0].coverage.assets), (1, 2));
    assert!(health[0].coverage.last_good.is_some());
}

#[tokio::test]
async fn hidden_items_prove_nothing_and_hidden_facts_do() {
    let a = scope("a", ListingMode::Snapshot);
    let bench =
        Bench::new(&[(a.clone(), listing([asset("x", "1"), asset("y", "1"), asset("z", "1")]))]).await;
    bench.collect().await;
    let problem = Item::Problem { message: "row 7 is torn".into(), missing_permission: None };
    let x = || Item::Upsert(Box::new(asset("x", "1")));
    let y = || Item::Upsert(Box::new(asset("y", "1")));
    bench.collector.play_only(&a.key, vec![Step::Send(vec![Item::Begin, x(), y(), problem, Item::Done])]);
    bench.collect().await;
    assert_eq!(bench.presence("z").await, Some("unknown partial".into()));
    let limited =
        Item::Limited { message: "owners are hidden".into(), missing_permission: Some("root".into()) };
    bench.collector.play_only(&a.key, vec![Step::Send(vec![Item::Begin, x(), limited, Item::Done])]);
    bench.collect().await;
    assert_eq!(bench.presence("y").await, Some("gone snapshot-listing".into()));
    assert_eq!(bench.health().await[0].coverage.state, CoverageState::Partial);
    assert_eq!(bench.health().await[0].coverage.error.as_deref(), Some("owners are hidden"));
}

#[tokio::test]
async fn a_collector_that_panics_fails_its_scope_only() {
    let (bad, good) = (scope("bad", ListingMode::Snapshot), scope("good", ListingMode::Snapshot));
    let bench = Bench::new(&[
        (
            bad.clone(),
            vec![Step::Send(vec![Item::Begin, Item::Upsert(Box::new(asset("b", "1")))]), Step::Panic],
        ),
        (good, listing([asset("g", "1")])),
    ])
    .await;
    bench.collect().await;
    assert_eq!(bench.names("").await, ["b", "g"]);
    let health = bench.health().await;
    assert_eq!(health[0].coverage.state, CoverageState::Partial);
    assert!(health[0].coverage.error.as_ref().unwrap().contains("the script panics"));
    assert_eq!(health[1].coverage.state, CoverageState::Ok);
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again() {
    let a = scope("a", ListingMode::Snapshot);
    let throttled = Fault::new(
        FaultKind::Throttled { after: Some(std::time::Duration::from_millis(1)) },
        "x:List",
        "slow down",
    );
    let bench = Bench::new(&[(a.clone(), vec![Step::Fail(throttled)])]).await;
    bench.collector.play_next(&a.key, listing([asset("x", "1")]));
    let run = bench.collect().await;
    assert_eq!(bench.collector.attempts().len(), 2);
    assert!(matches!(run.scopes[0].phase, Phase::Ended(CoverageState::Ok)));
    assert_eq!(bench.names("").await, ["x"]);
}

#[tokio::test]
async fn cancelling_keeps_what_was_seen_and_removes_nothing() {
    let (a, b) = (scope("a", ListingMode::Snapshot), scope("b", ListingMode::Snapshot));
    let bench = Bench::new(&[
        (a.clone(), listing([asset("x", "1"), asset("y", "1")])),
        (b.clone(), listing([asset("z", "1")])),
    ])
    .await;
    bench.collect().await;
    let reached = tokio_util::sync::CancellationToken::new();
    let x = Item::Upsert(Box::new(asset("x", "1")));
    bench.collector.play_only(
        &a.key,
        vec![Step::Send(vec![Item::Begin, x]), Step::Reached(reached.clone()), Step::Ignore],
    );
    let started = bench.start().await.unwrap();
    reached.cancelled().await;
    assert_eq!(bench.start().await.unwrap_err(), SessionError::Busy);
    bench.ask(Command::Cancel).await;
    let run = bench.ended(started).await;
    assert!(run.cancelled);
    assert_eq!(bench.presence("x").await, Some("present".into()));
    assert_eq!(bench.presence("y").await, Some("unknown cancelled".into()));
    assert_eq!(bench.names("").await, ["x", "y", "z"]);
}

#[tokio::test]
async fn a_scope_that_left_the_plan_is_unknown_not_gone() {
    let (a, b) = (scope("a", ListingMode::Snapshot), scope("b", ListingMode::Snapshot));
    let bench =
        Bench::new(&[(a.clone(), listing([asset("x", "1")])), (b.clone(), listing([asset("y", "1")]))]).await;
    bench.collect().await;
    bench.collector.set_plan(Ok(Plan { scopes: vec![a.clone()], ..Plan::default() }));
    bench.collect().await;
    assert_eq!(bench.presence("y").await, Some("unknown disabled".into()));
    bench.collector.set_plan(Err(Fault::new(FaultKind::Unauthenticated, "plan", "no credentials; log in")));
    bench.collect().await;
    assert_eq!(bench.presence("x").await, Some("unknown denied".into()));
    assert_eq!(bench.presence("y").await, Some("unknown disabled".into()));
    bench.collector.set_plan(Ok(Plan { scopes: vec![a, b], ..Plan::default() }));
    bench.collect().await;
    assert_eq!(bench.presence("x").await, Some("present".into()));
    assert_eq!(bench.presence("y").await, Some("present".into()));
    assert!(bench.health().await.iter().all(|h| h.coverage.state == CoverageState::Ok));
}

/// A context that leads to another cluster than it did, say.
#[tokio::test]
async fn a_listing_says_nothing_of_what_it_cannot_see() {
    for mode in [ListingMode::Snapshot, ListingMode::Weak] {
        let of = |within: &str, seen: &[&str]| {
            let mut items = vec![Item::Begin, Item::Within { ids: format!("id:{within}") }];
            items.extend(seen.iter().map(|id| Item::Upsert(Box::new(asset(id, "1")))));
            items.push(Item::Done);
            vec![Step::Send(items)]
        };
        let a = scope("a", mode);
        let bench = Bench::new(&[(a.clone(), of("one/", &["one/x", "one/y"]))]).await;
        bench.collect().await;
        bench.collector.play_only(&a.key, of("two/", &["two/x"]));
        for _ in 0..3 {
            bench.collect().await;
            assert_eq!(bench.presence("one/x").await, Some("unknown partial".into()));
            assert_eq!(bench.presence("two/x").await, Some("present".into()));
            let health = bench.health().await;
            let problem = &health[0].coverage.problems[0];
            assert!(
                problem.starts_with("2 known before are not of what this name leads to now"),
                "{problem}"
            );
        }
        // It leads there again.
        bench.collector.play_only(&a.key, of("one/", &["one/x"]));
        for _ in 0..2 {
            bench.collect().await;
        }
        assert_eq!(bench.presence("one/x").await, Some("present".into()));
        let left = bench.presence("one/y").await.unwrap_or_default();
        match mode {
            ListingMode::Snapshot => assert!(left.starts_with("gone"), "{left}"),
            // That it was lacked while something else was listed is no first time.
            ListingMode::Weak => assert!(left.starts_with("unknown"), "{left}"),
        }
        assert_eq!(bench.presence("two/x").await, Some("unknown partial".into()));
    }
}

#[tokio::test]
async fn a_part_that_could_not_be_planned_is_unread_for_its_reason() {
    let (a, b) = (scope("a", ListingMode::Snapshot), scope("b", ListingMode::Snapshot));
    let bench =
        Bench::new(&[(a.clone(), listing([asset("x", "1")])), (b.clone(), listing([asset("y", "1")]))]).await;
    bench.collect().await;
    let unread =
        Some(Fault::new(FaultKind::Unauthenticated, "x:Login", "profile two has expired").renew("log in"));
    bench.collector.set_plan(Ok(Plan { scopes: vec![a.clone()], disabled: Vec::new(), unread }));
    for _ in 0..2 {
        bench.collect().await;
        assert_eq!(bench.presence("x").await, Some("present".into()));
        assert_eq!(bench.presence("y").await, Some("unknown denied".into()));
        let health = bench.health().await;
        let denied: Vec<_> = health.iter().filter(|h| h.coverage.state == CoverageState::Denied).collect();
        assert_eq!(denied.len(), 2, "the scope, and the source's own row: {health:?}");
        assert!(denied.iter().all(|h| h.coverage.renew.as_deref() == Some("log in")), "{denied:?}");
    }
    bench.collector.set_plan(Ok(Plan { scopes: vec![a, b], ..Plan::default() }));
    bench.collect().await;
    assert_eq!(bench.presence("y").await, Some("present".into()));
    assert!(bench.health().await.iter().all(|h| h.coverage.state == CoverageState::Ok));
}

#[tokio::test]
async fn an_asset_that_moves_between_scopes_is_not_deleted() {
    let (a, b) = (scope("a", ListingMode::Snapshot), scope("b", ListingMode::Snapshot));
    let bench = Bench::new(&[(a.clone(), listing([asset("x", "1")])), (b.clone(), listing([]))]).await;
    bench.collect().await;
    bench.collector.play_only(&a.key, listing([]));
    bench.collector.play_only(&b.key, listing([asset("x", "1")]));
    bench.collect().await;
    bench.collect().await;
    assert_eq!(bench.presence("x").await, Some("present".into()));
    assert_eq!(bench.names("").await, ["x"]);
}

#[tokio::test]
async fn a_delete_event_is_proof_and_a_return_is_told() {
    let a = scope("a", ListingMode::Weak);
    let bench = Bench::new(&[(a.clone(), listing([asset("x", "1")]))]).await;
    bench.collect().await;
    let gone = Item::Delete { key: asset("x", "1").asset.key, proof: Proof::DeleteEvent };
    bench.collector.play_only(&a.key, vec![Step::Send(vec![Item::Begin, gone, Item::Done])]);
    bench.collect().await;
    assert_eq!(bench.presence("x").await, Some("gone delete-event".into()));
    bench.collector.play_only(&a.key, listing([asset("x", "1")]));
    bench.collect().await;
    assert_eq!(bench.presence("x").await, Some("present".into()));
    assert_eq!(bench.changes().await.pop().unwrap().change, ChangeKind::Returned);
}

#[tokio::test]
async fn an_operation_outside_the_list_is_refused_and_in_the_ledger() {
    let a = scope("a", ListingMode::Snapshot);
    let forbidden = Operation::new("secretsmanager:GetSecretValue");
    let bench = Bench::new(&[(a, vec![Step::Call(forbidden, CallResult::Ok)])]).await;
    bench.collect().await;
    assert_eq!(bench.health().await[0].coverage.state, CoverageState::Denied);
    let Reply::Calls(calls) = bench.ask(Command::Calls { limit: 10 }).await else { panic!() };
    assert_eq!(calls[0].result, CallResult::Refused);
}

#[tokio::test]
async fn secrets_do_not_enter_whatever_the_source() {
    let canary = "AKIAIOSFODNN7EXAMPLE";
    let mut s = asset("web", "1");
    let payload = serde_json::json!({"note": format!("use {canary}"), "password": "hunter2-canary"});
    s.asset.properties = cloudscope_domain::Payload::from_value(&payload);
    s.asset.tags.insert("key".into(), canary.into());
    s.asset.name = format!("box {canary}").into();
    let bench = Bench::new(&[(scope("a", ListingMode::Snapshot), listing([s]))]).await;
    bench.collect().await;
    let Reply::Details(details) = bench.ask(Command::Get { id: "id:web".into(), at: None }).await else {
        panic!()
    };
    let text = format!("{details:?} {:?} {:?}", bench.rows("").await, bench.changes().await);
    assert!(!text.contains(canary) && !text.contains("hunter2-canary"), "{text}");
    assert!(text.contains("redacted"));
}

#[tokio::test]
async fn a_full_disk_holds_collection_back_and_loses_nothing() {
    let bench = Bench::new(&[(scope("a", ListingMode::Snapshot), listing([asset("x", "1")]))]).await;
    bench.store.set_full(true);
    let run = bench.start().await.unwrap();
    let told = bench.wait_for(|o| o.trouble.iter().any(|t| t.contains("no space"))).await;
    assert_eq!(told.total, 0);
    let waiting = told.waiting.expect("it is a state of its own");
    assert_eq!(waiting.obstacle, Obstacle::Full);
    assert!(told.trouble.contains(&waiting.to_string()), "{:?}", told.trouble);
    bench.store.set_full(false);
    assert_eq!(bench.ended(run).await.created, 1);
    assert_eq!(bench.names("").await, ["x"]);
    let told = bench.overview().await;
    assert!(told.trouble.is_empty() && told.waiting.is_none(), "{told:?}");
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_restart() {
    let a = scope("a", ListingMode::Weak);
    let bench = Bench::new(&[(a.clone(), listing([asset("x", "1"), asset("y", "1")]))]).await;
    bench.collect().await;
    bench.collector.play_only(&a.key, listing([asset("x", "2")]));
    bench.collect().await;
    let before = (bench.rows("").await, bench.overview().await.revision);
    let again = bench.restart().await;
    assert_eq!((again.rows("").await, again.overview().await.revision), before);
    assert!(before.1 > Revision(0));
    // The next run goes on counting, and the second miss is a proof although a restart lies between.
    again.collect().await;
    assert_eq!(again.presence("y").await, Some("gone second-listing".into()));
}

#[tokio::test]
async fn cursors_are_pinned_to_what_they_were_opened_on() {
    let a = scope("a", ListingMode::Snapshot);
    let bench = Bench::new(&[(a.clone(), listing([asset("x", "1"), asset("y", "1")]))]).await;
    bench.collect().await;
    let Reply::Opened(open) =
        bench.ask(Command::Open { query: String::new(), sort: Vec::new(), at: None }).await
    else {
        panic!()
    };
    bench.collector.play_only(&a.key, listing([asset("x", "1")]));
    bench.collect().await;
    let window = Command::Window { cursor: open.cursor, start: 0, len: 10, properties: false };
    let Reply::Rows { rows, .. } = bench.ask(window.clone()).await else { panic!() };
    assert_eq!(rows.len(), 2);
    let find = Command::Find { cursor: open.cursor, id: AssetId::from("id:y") };
    assert_eq!(bench.ask(find).await, Reply::Position(Some(1)));
    bench.ask(Command::Close { cursor: open.cursor }).await;
    assert_eq!(bench.engine_ask(window).await.unwrap_err(), SessionError::NoCursor);
}

#[test]
fn every_unknown_has_a_reason_that_a_script_can_match() {
    let words: std::collections::HashSet<_> = CoverageState::ALL.map(|s| UnknownWhy::from(s).as_str()).into();
    assert_eq!(words.len(), CoverageState::ALL.len());
}
