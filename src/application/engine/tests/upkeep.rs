//! Marks, removed sources, retention: what users ask of the store besides looking.

use std::{sync::Arc, time::Duration};

use cloudscope_domain::{ChangeKind, CoverageState, ListingMode, Presence, Reference, Revision, Target};
use cloudscope_memory::{Step, listing};
use cloudscope_ports::{AssetStore, PruneReport};
use tokio_util::sync::CancellationToken;

use super::harness::{Bench, asset, scope};
use crate::{
    Command, Reply, RetentionPolicy, SessionError,
    message::{Records, RowKey},
};

fn pin(id: &str, on: bool) -> Command {
    Command::Pin { id: id.into(), on }
}

async fn pruned(bench: &Bench) -> PruneReport {
    let Reply::Pruned(report) = bench.ask(Command::Prune).await else { panic!() };
    report
}

async fn remove(bench: &Bench, records: Records) -> Result<u64, SessionError> {
    match bench.engine_ask(Command::RemoveSource { source: "script".into(), records }).await? {
        Reply::Removed(n) => Ok(n),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_tombstone_is_found_when_asked_for_and_can_be_pinned() {
    let a = scope("a", ListingMode::Snapshot);
    let mut web = asset("web", "1");
    web.asset.aliases = vec!["i-1".into()];
    let bench = Bench::new(&[(a.clone(), listing([web, asset("db", "1")]))]).await;
    bench.collect().await;
    bench.collector.play_only(&a.key, listing([asset("db", "1")]));
    bench.collect().await;
    assert_eq!(bench.names("").await, ["db"]);
    assert_eq!(bench.names("presence:gone").await, ["web"]);
    assert_eq!((bench.overview().await.total, bench.overview().await.gone), (1, 1));
    // By a short name; again is no different; it survives a restart.
    for _ in 0..2 {
        assert_eq!(bench.ask(pin("i-1", true)).await, Reply::Done);
    }
    let again = bench.restart().await;
    assert!(again.rows("presence:gone").await[0].pinned);
    assert!(!again.rows("").await[0].pinned);
    assert_eq!(again.names("").await, ["db"], "a pin does not bring the gone into default results");
    again.ask(pin("id:web", false)).await;
    assert!(!again.rows("presence:gone").await[0].pinned);
    let nobody = again.engine_ask(pin("id:nobody", true)).await.unwrap_err();
    assert!(matches!(&nobody, SessionError::Bad(text) if text.contains("id:nobody")), "{nobody}");
}

#[tokio::test]
async fn who_wants_room_made_is_told_that_the_writer_waits_for_room() {
    let bench = Bench::new(&[(scope("a", ListingMode::Snapshot), listing([asset("x", "1")]))]).await;
    bench.store.set_full(true);
    let run = bench.start().await.unwrap();
    bench.wait_for(|o| o.trouble.iter().any(|t| t.contains("no space"))).await;
    for command in [Command::Prune, Command::Compact] {
        match bench.engine_ask(command.clone()).await {
            Err(SessionError::Store(why)) => {
                assert!(why.contains("no space") && why.contains("ask again"), "{why}");
            }
            other => panic!("{command:?}: {other:?}"),
        }
    }
    bench.store.set_full(false);
    assert_eq!(bench.ended(run).await.created, 1);
    pruned(&bench).await;
}

#[tokio::test]
async fn a_short_name_of_two_assets_pins_neither() {
    let two = ["x", "y"].map(|name| {
        let mut sighting = asset(name, "1");
        sighting.asset.aliases = vec!["both".into()];
        sighting
    });
    let bench = Bench::new(&[(scope("a", ListingMode::Snapshot), listing(two))]).await;
    bench.collect().await;
    let error = bench.engine_ask(pin("both", true)).await.unwrap_err().to_string();
    assert!(error.contains("2 assets") && error.contains("id:x"), "{error}");
    assert!(bench.rows("").await.iter().all(|row| !row.pinned));
}

#[tokio::test]
async fn the_records_of_a_removed_source_stay_as_unknown() {
    let a = scope("a", ListingMode::Snapshot);
    let bench = Bench::new(&[(a.clone(), listing([asset("x", "1"), asset("y", "1")]))]).await;
    bench.collect().await;
    let changes = bench.changes().await.len();
    assert_eq!(remove(&bench, Records::Keep).await, Ok(2));
    assert_eq!(bench.presence("x").await, Some("unknown disabled".into()));
    let health = bench.health().await;
    assert_eq!((health[0].coverage.state, health[0].unknown), (CoverageState::Disabled, 2));
    assert!(health[0].coverage.error.as_ref().unwrap().contains("removed"));
    // Nothing of it is a change, it is not collected any more, and doing it again says the same.
    bench.collect().await;
    assert_eq!(bench.changes().await.len(), changes);
    assert_eq!(bench.collector.attempts().len(), 1);
    assert!(bench.overview().await.sources.is_empty());
    assert_eq!(remove(&bench, Records::Keep).await, Ok(2));
    let again = bench.restart().await;
    assert_eq!(again.presence("y").await, Some("unknown disabled".into()));
    // Collected again, it is there again.
    again.collect().await;
    assert_eq!(again.presence("y").await, Some("present".into()));
}

#[tokio::test]
async fn the_records_of_a_forgotten_source_leave_and_history_has_them() {
    let a = scope("a", ListingMode::Snapshot);
    let mut x = asset("x", "1");
    x.references = vec![Reference {
        relation: "runs-on".into(),
        target: Target::Id("id:y".into()),
        reverse: false,
        confidence: 1.0,
        rule: "test".into(),
    }];
    let bench = Bench::new(&[(a.clone(), listing([x, asset("y", "1"), asset("z", "1")]))]).await;
    bench.collect().await;
    bench.collector.play_only(&a.key, listing([asset("x", "1"), asset("y", "1")]));
    bench.collect().await;
    let before = bench.store.revision();
    assert_eq!(remove(&bench, Records::Forget).await, Ok(3), "a tombstone goes too");
    let overview = bench.overview().await;
    assert_eq!((overview.total, overview.gone, overview.unknown), (0, 0, 0));
    assert!(overview.coverage.is_empty() && bench.health().await.is_empty());
    assert_eq!(bench.names("presence:gone").await, Vec::<String>::new());
    let around = Command::Relations {
        id: "id:y".into(),
        direction: cloudscope_domain::neighbours::Direction::Both,
        depth: 2,
        limit: 10,
        at: None,
    };
    let Reply::Relations(relations) = bench.ask(around).await else { panic!() };
    assert!(relations.focus.is_none() && relations.edges.is_empty(), "{relations:?}");
    let forgotten: Vec<_> =
        bench.changes().await.into_iter().filter(|c| c.change == ChangeKind::Forgotten).collect();
    assert_eq!(forgotten.len(), 2, "what was gone already is not said to go again");
    let mut then = 0;
    bench
        .store
        .load_at(before, &mut |_| {
            then += 1;
            true
        })
        .unwrap();
    assert_eq!(then, 3);
    assert!(matches!(remove(&bench, Records::Keep).await, Err(SessionError::Bad(_))));
}

#[tokio::test]
async fn a_source_is_not_removed_under_a_run() {
    let a = scope("a", ListingMode::Snapshot);
    let bench = Bench::new(&[(a.clone(), Vec::new())]).await;
    let (reached, go) = (CancellationToken::new(), CancellationToken::new());
    let mut script = vec![Step::Reached(reached.clone()), Step::Wait(go.clone())];
    script.extend(listing([asset("x", "1")]));
    bench.collector.play_only(&a.key, script);
    let run = bench.start().await.unwrap();
    reached.cancelled().await;
    assert_eq!(remove(&bench, Records::Forget).await, Err(SessionError::Busy));
    go.cancel();
    bench.ended(run).await;
    assert_eq!(remove(&bench, Records::Forget).await, Ok(1));
    // The place of a run is free again.
    bench.collect().await;
}

#[tokio::test]
async fn retention_takes_what_is_old_but_no_pin_and_nothing_that_lives() {
    let kept = RetentionPolicy {
        history: Some(Duration::from_secs(86_400)),
        history_bytes: None,
        tombstones: Some(Duration::from_secs(2 * 86_400)),
    };
    let a = scope("a", ListingMode::Snapshot);
    let first = listing([asset("stays", "1"), asset("old", "1"), asset("dear", "1")]);
    let bench = Bench::tuned(&[(a.clone(), first)], Arc::new(move |parts| parts.retention = kept)).await;
    bench.collect().await;
    bench.collector.play_only(&a.key, listing([asset("stays", "1")]));
    bench.collect().await;
    bench.ask(pin("id:dear", true)).await;
    assert_eq!((pruned(&bench).await.changes, bench.overview().await.gone), (0, 2), "nothing is old yet");
    bench.clock.advance(3 * 86_400_000);
    bench.collect().await;
    let report = pruned(&bench).await;
    assert!(report.changes > 0 && !report.more, "{report:?}");
    assert_eq!(report.tombstones.iter().map(|k| k.key.id.as_str()).collect::<Vec<_>>(), ["id:old"]);
    assert_eq!(bench.names("presence:gone").await, ["dear"]);
    assert_eq!(bench.names("").await, ["stays"]);
    assert_eq!(bench.overview().await.gone, 1);
    assert!(bench.overview().await.known_since.unwrap().0 > Revision(0));
    assert_eq!(bench.rows("").await[0].presence, Presence::Present);
    // What comes back after its tombstone went is new.
    bench.collector.play_only(&a.key, listing([asset("stays", "1"), asset("old", "1")]));
    assert_eq!(bench.collect().await.created, 1);
    assert_eq!(bench.restart().await.names("presence:gone").await, ["dear"]);
}

#[tokio::test]
async fn a_command_that_collects_lets_go_of_history_once_a_day() {
    let a = scope("a", ListingMode::Snapshot);
    let bench = Bench::new(&[(a, listing([asset("x", "1")]))]).await;
    assert!(!bench.engine.tidy_daily().await, "nothing was collected yet");
    bench.collect().await;
    assert!(bench.engine.tidy_daily().await);
    bench.collect().await;
    assert!(!bench.engine.tidy_daily().await);
    bench.clock.advance(86_400_000);
    bench.collect().await;
    assert!(bench.engine.tidy_daily().await);
    // Set back by days: another day all the same.
    bench.clock.advance(-3 * 86_400_000);
    bench.collect().await;
    assert!(bench.engine.tidy_daily().await);
}

#[tokio::test]
async fn whoever_keeps_the_program_open_lets_go_of_history_again_and_again() {
    let kept = RetentionPolicy { history: Some(Duration::from_secs(3_600)), ..RetentionPolicy::default() };
    let a = scope("a", ListingMode::Snapshot);
    let bench =
        Bench::tuned(&[(a, listing([asset("x", "1")]))], Arc::new(move |parts| parts.retention = kept)).await;
    bench.collect().await;
    bench.engine.keep_house_every(Duration::from_millis(1), Duration::from_millis(1));
    let mut oldest = bench.store.oldest().unwrap().0;
    assert_eq!(oldest, Revision(0));
    for _ in 0..2 {
        bench.clock.advance(7_200_000);
        bench.collect().await;
        let moved = async {
            while bench.store.oldest().unwrap().0 <= oldest {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), moved).await.expect("history stays");
        oldest = bench.store.oldest().unwrap().0;
    }
    bench.engine.shutdown().await;
}

#[tokio::test]
async fn the_attempts_at_a_scope_are_told_newest_first() {
    let a = scope("a", ListingMode::Weak);
    let bench = Bench::new(&[(a.clone(), listing([asset("x", "1")]))]).await;
    bench.collect().await;
    bench.collector.play_only(&a.key, vec![Step::Panic]);
    bench.collect().await;
    let ask = |limit| Command::Attempts { scope: a.key.clone(), limit };
    let Reply::Attempts(attempts) = bench.ask(ask(10)).await else { panic!() };
    let states: Vec<_> = attempts.iter().map(|t| (t.run.0, t.coverage.state, t.unknown)).collect();
    assert_eq!(states, [(2, CoverageState::Unreachable, 1), (1, CoverageState::Ok, 0)]);
    let Reply::Attempts(one) = bench.ask(ask(1)).await else { panic!() };
    assert_eq!(one[..], attempts[..1]);
    let keys: Vec<RowKey> = bench.rows("").await.iter().map(RowKey::from).collect();
    assert_eq!(keys.len(), 1);
}
