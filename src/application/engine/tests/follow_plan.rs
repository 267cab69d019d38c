//! What a followed source consists of changes: what is new is followed without a run, what is left is unknown, or
//! gone where that is proved.

use std::sync::Arc;

use cloudscope_domain::{CoverageState, ListingMode, Scope, ScopeKey};
use cloudscope_memory::{Step, listing};
use cloudscope_ports::{AssetStore, Fault, FaultKind, Item, Left, Plan};
use tokio_util::sync::CancellationToken;

use super::harness::{Bench, Tune, asset, scope};
use crate::{Command, Limits, message::ScopeHealth};

fn usual() -> Tune {
    Arc::new(|_| {})
}

fn of(name: &str) -> Scope {
    scope(name, ListingMode::Snapshot)
}

/// A scope `a` with x and y, listed and followed.
async fn followed(tune: Tune) -> Bench {
    let bench = Bench::following(&[(of("a"), listing([asset("x", "1"), asset("y", "1")]))], tune).await;
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

async fn health(bench: &Bench, key: &ScopeKey) -> Option<ScopeHealth> {
    bench.health().await.into_iter().find(|h| h.key == *key)
}

/// What a follow says that lists anew.
fn anew(names: &[&str]) -> Vec<Item> {
    let seen = names.iter().map(|name| Item::Upsert(Box::new(asset(name, "1"))));
    std::iter::once(Item::Begin).chain(seen).chain([Item::Resume]).collect()
}

/// `b` is added to the plan, and lists these when it is followed.
fn add(bench: &Bench, names: &[&str]) {
    bench.collector.follow_next(&of("b").key, vec![Step::Send(anew(names)), Step::Listen]);
    bench.collector.edit_plan(|plan| plan.scopes.push(of("b")));
}

fn remove(bench: &Bench, name: &str) {
    bench.collector.edit_plan(|plan| plan.scopes.retain(|s| s.key != of(name).key));
}

fn gone(ids: &str) -> Left {
    Left::Gone { ids: ids.into(), why: "its definition was removed".into() }
}

#[tokio::test]
async fn what_is_new_in_the_plan_is_followed_without_a_run_and_nothing_else_is_listed_again() {
    let bench = followed(usual()).await;
    add(&bench, &["z"]);
    is(&bench, "z", "present").await;
    live(&bench, 2).await;
    assert_eq!((bench.collector.attempts().len(), bench.overview().await.run.unwrap().run.0), (1, 1));
    assert_eq!(bench.collector.follow_attempts(), [of("a").key, of("b").key]);
    let row = health(&bench, &of("b").key).await.unwrap();
    assert_eq!((row.coverage.state, row.coverage.assets, row.run.0), (CoverageState::Ok, 1, 1));
    bench.collector.tell(&of("b").key, vec![Item::Upsert(Box::new(asset("w", "1"))), Item::Resume]);
    is(&bench, "w", "present").await;
}

#[tokio::test]
async fn what_the_plan_lacks_is_unknown_without_proof_and_comes_back() {
    let bench = followed(usual()).await;
    add(&bench, &["z"]);
    live(&bench, 2).await;
    remove(&bench, "b");
    is(&bench, "z", "unknown disabled").await;
    live(&bench, 1).await;
    assert_eq!(bench.presence("x").await, Some("present".into()));
    add(&bench, &["z"]);
    is(&bench, "z", "present").await;
    live(&bench, 2).await;
}

#[tokio::test]
async fn what_the_provider_does_not_have_any_more_is_gone_and_only_that() {
    let bench = followed(usual()).await;
    // x and y are of `a`; only x bears the name of what was removed.
    bench.collector.set_left(&of("a").key, Some(gone("id:x")));
    remove(&bench, "a");
    is(&bench, "x", "gone not-found").await;
    is(&bench, "y", "unknown disabled").await;
    let row = health(&bench, &of("a").key).await.unwrap();
    assert_eq!((row.coverage.state, row.coverage.assets, row.unknown), (CoverageState::Disabled, 1, 1));
    assert_eq!(row.coverage.error.as_deref(), Some("its definition was removed"));
    // A run finds the same out of what is left.
    bench.collector.set_left(&of("a").key, Some(gone("id:")));
    bench.collect().await;
    is(&bench, "y", "gone not-found").await;
}

#[tokio::test]
async fn what_could_not_be_looked_at_is_unknown_with_that_reason() {
    let bench = Bench::following(&[(of("a"), listing([asset("x", "1")]))], usual()).await;
    bench.collect().await;
    let down = Fault::new(FaultKind::Unreachable, "script:Play", "no route");
    bench.collector.set_left(&of("a").key, Some(Left::Unread(down)));
    bench.collector.set_plan(Ok(Plan { scopes: vec![of("b")], disabled: Vec::new(), unread: None }));
    bench.collector.play_only(&of("b").key, listing([]));
    bench.collect().await;
    assert_eq!(bench.presence("x").await, Some("unknown unreachable".into()));
    // It stood for a failure that has passed.
    bench.collector.set_left(&of("b").key, Some(Left::Mended));
    bench.collector.set_plan(Ok(Plan { scopes: vec![of("a")], disabled: Vec::new(), unread: None }));
    bench.collect().await;
    let row = health(&bench, &of("b").key).await.unwrap();
    assert_eq!((row.coverage.state, row.coverage.whole), (CoverageState::Ok, true));
}

#[tokio::test]
async fn a_source_that_could_not_be_planned_is_followed_once_it_can_be() {
    let bench = Bench::following(&[(of("a"), listing([asset("x", "1")]))], usual()).await;
    let down = Fault::new(FaultKind::Unreachable, "script:Play", "no route");
    bench.collector.set_plan(Err(down));
    bench.ask(Command::Follow { on: true }).await;
    bench.wait_for(|o| o.run.as_ref().is_some_and(|r| r.ended.is_some())).await;
    let plan = of("plan").key;
    assert_eq!(health(&bench, &plan).await.unwrap().coverage.state, CoverageState::Unreachable);
    bench.collector.follow_next(&of("a").key, vec![Step::Send(anew(&["x"])), Step::Listen]);
    bench.collector.set_plan(Ok(Plan { scopes: vec![of("a")], disabled: Vec::new(), unread: None }));
    is(&bench, "x", "present").await;
    live(&bench, 1).await;
    bench
        .until(async || health(&bench, &plan).await.is_some_and(|h| h.coverage.state == CoverageState::Ok))
        .await;
    assert_eq!(bench.collector.attempts().len(), 0, "no run was needed");
}

#[tokio::test]
async fn while_a_run_is_under_way_it_judges_its_scopes_and_nobody_else_does() {
    let bench = followed(usual()).await;
    let (reached, go) = (CancellationToken::new(), CancellationToken::new());
    // Half of the listing, then a change of the plan in the middle of it.
    let script = vec![
        Step::Send(vec![Item::Begin, Item::Upsert(Box::new(asset("x", "1")))]),
        Step::Reached(reached.clone()),
        Step::Wait(go.clone()),
        Step::Send(vec![Item::Upsert(Box::new(asset("y", "1"))), Item::Done]),
    ];
    bench.collector.play_only(&of("a").key, script);
    let run = bench.start().await.unwrap();
    reached.cancelled().await;
    bench.collector.edit_plan(|plan| plan.scopes.clear());
    add(&bench, &["z"]);
    // What is new does not wait for the run.
    is(&bench, "z", "present").await;
    for name in ["x", "y"] {
        assert_eq!(bench.presence(name).await, Some("present".into()));
    }
    go.cancel();
    bench.ended(run).await;
    is(&bench, "x", "unknown disabled").await;
    is(&bench, "y", "unknown disabled").await;
    let gone = bench.rows("presence:gone").await;
    assert!(gone.is_empty(), "{gone:?}");
}

#[tokio::test]
async fn a_plan_that_a_run_made_since_counts_more_than_an_older_answer() {
    let bench = followed(usual()).await;
    let (reached, go) = (CancellationToken::new(), CancellationToken::new());
    let mut script = vec![Step::Reached(reached.clone()), Step::Wait(go.clone())];
    script.extend(listing([asset("x", "1"), asset("y", "1")]));
    bench.collector.play_only(&of("a").key, script);
    let first = bench.start().await.unwrap();
    reached.cancelled().await;
    // The answer waits for the end of the run; `a` is back before that, and the next run finds it.
    remove(&bench, "a");
    bench.collector.play_only(&of("a").key, listing([asset("x", "1"), asset("y", "1")]));
    add(&bench, &["z"]);
    is(&bench, "z", "present").await;
    bench.collector.edit_plan(|plan| plan.scopes.push(of("a")));
    go.cancel();
    bench.ended(first).await;
    bench.collector.play_only(&of("b").key, listing([asset("z", "1")]));
    bench.collect().await;
    live(&bench, 2).await;
    for name in ["x", "y", "z"] {
        assert_eq!(bench.presence(name).await, Some("present".into()), "{name}");
    }
}

#[tokio::test]
async fn a_new_scope_without_a_place_says_so_and_is_listed_by_the_next_run() {
    let one = Limits { follows: 1, ..Limits::default() };
    let bench = followed(Arc::new(move |parts| parts.limits = one)).await;
    bench.collector.play_only(&of("b").key, listing([asset("z", "1")]));
    bench.collector.edit_plan(|plan| plan.scopes.push(of("b")));
    bench.until(async || health(&bench, &of("b").key).await.is_some()).await;
    let row = health(&bench, &of("b").key).await.unwrap();
    assert_eq!((row.coverage.state, row.coverage.last_attempt), (CoverageState::Never, None));
    assert!(row.coverage.error.unwrap().contains("followed_scopes"));
    bench.collect().await;
    assert_eq!(bench.presence("z").await, Some("present".into()));
    // Its source is live, and this scope of it is not.
    bench.until(async || !bench.overview().await.still.is_empty()).await;
    let overview = bench.overview().await;
    assert_eq!((overview.live.len(), overview.still.len()), (1, 1));
    let row = |name: &'static str| async { bench.rows(name).await.remove(0) };
    let (still, z) = (&overview.still[0], row("z").await);
    assert!(still.may_hold(&z) && still.kinds == of("b").kinds);
}

#[tokio::test]
async fn what_is_only_listed_every_so_often_is_followed_and_not_live() {
    let bench = followed(usual()).await;
    let script = vec![Step::Send(anew(&["z"])), Step::OnlyLists(true), Step::Listen];
    bench.collector.follow_next(&of("b").key, script);
    bench.collector.edit_plan(|plan| plan.scopes.push(of("b")));
    is(&bench, "z", "present").await;
    live(&bench, 2).await;
    bench.until(async || !bench.overview().await.still.is_empty()).await;
    let still = bench.overview().await.still;
    assert_eq!((still.len(), &still[0].kinds), (1, &of("b").kinds));
}

#[tokio::test]
async fn nobody_is_asked_while_it_is_switched_off_and_nothing_is_written_twice() {
    let bench = followed(usual()).await;
    bench.ask(Command::Follow { on: false }).await;
    remove(&bench, "a");
    assert_eq!(bench.presence("x").await, Some("present".into()));
    bench.ask(Command::Follow { on: true }).await;
    is(&bench, "x", "unknown disabled").await;
    let before = bench.store.revision();
    bench.collector.edit_plan(|plan| plan.disabled.push((of("off"), "as the configuration says".into())));
    bench.until(async || health(&bench, &of("off").key).await.is_some()).await;
    let with = bench.store.revision();
    assert!(with > before);
    add(&bench, &[]);
    live(&bench, 1).await;
    let stored = bench.store.scopes().unwrap();
    let off = stored.iter().find(|s| s.scope.key == of("off").key).unwrap();
    assert_eq!(off.coverage.error.as_deref(), Some("as the configuration says"));
}
