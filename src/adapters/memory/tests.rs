//! The in-memory adapters keep the contracts that the real ones keep.

use super::*;
use cloudscope_domain::{ListingMode, Scope, ScopeKey};
use cloudscope_ports::{AssetStore, CallResult, Clock, Collector, Item, SourceSpec};

#[test]
fn the_clock_moves_only_when_told() {
    let clock = ManualClock::new(Timestamp::from_millis(5));
    assert_eq!(clock.now(), clock.now());
    clock.advance(-3);
    assert_eq!(clock.now().millis(), 2);
}

#[test]
fn now_is_the_instant_that_it_claims() {
    assert_eq!(Timestamp::from_millis(NOW).to_string(), "2026-11-21T08:00:00Z");
}

#[tokio::test]
async fn a_script_is_played_step_by_step_and_attempt_by_attempt() {
    const LIST: Operation = Operation::new("test:List");
    static ALL: [Operation; 1] = [LIST];
    let key = ScopeKey::new("s", "things");
    let scope =
        Scope { key: key.clone(), mode: ListingMode::Snapshot, kinds: vec!["test.thing".parse().unwrap()] };
    let collector = ScriptedCollector::new("test")
        .operations(&ALL)
        .scope(
            scope.clone(),
            vec![Step::Call(LIST, CallResult::Ok), Step::Send(vec![Item::Begin]), Step::Cancel, Step::Hang],
        )
        .then(&key, listing([]));
    let source = SourceSpec { name: "s".into(), collector: "test".into(), options: Default::default() };

    let (first, sink) = context(&[LIST]);
    let fault = collector.collect(&source, &scope, &first).await.unwrap_err();
    assert_eq!(fault.kind, cloudscope_ports::FaultKind::Cancelled);
    assert_eq!(sink.items(), [Item::Begin]);

    for _ in 0..2 {
        let (again, sink) = context(&[LIST]);
        collector.collect(&source, &scope, &again).await.unwrap();
        assert!(sink.is_done());
    }
    assert_eq!(collector.attempts().len(), 3);
    assert_eq!(MemoryStore::new().revision().0, 0);
}
