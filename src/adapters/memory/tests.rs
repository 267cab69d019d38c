//! The in-memory adapters keep the contracts that the real ones keep.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::*;
use cloudscope_domain::{AssetRow, ListingMode, Scope, ScopeKey};
use cloudscope_ports::{
    AssetStore, CallResult, Clock, Collector, Fault, FaultKind, Item, SourceSpec, contract,
};
use sha2::{Digest, Sha256};

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
    let source = SourceSpec { name: "s".into(), collector: "test".into(), options: BTreeMap::default() };

    let (first, sink) = context(&[LIST]);
    let fault = collector.collect(&source, &scope, &first).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Cancelled);
    assert_eq!(sink.items(), [Item::Begin]);

    for _ in 0..2 {
        let (again, sink) = context(&[LIST]);
        collector.collect(&source, &scope, &again).await.unwrap();
        assert!(sink.is_done());
    }
    assert_eq!(collector.attempts().len(), 3);
    assert_eq!(MemoryStore::new().revision().0, 0);
}

#[test]
fn the_store_keeps_its_contract() {
    contract::store::suite(&|| Box::new(MemoryStore::new()));
}

#[test]
fn clock_and_secrets_keep_their_contracts() {
    contract::clock::suite(&ManualClock::new(Timestamp::from_millis(NOW)));
    contract::secrets::suite(&MemorySecrets::new());
}

#[tokio::test]
async fn gate_and_ledger_keep_their_contracts() {
    contract::gate::ledger(&MemoryLedger::new());
    let ledger = Arc::new(MemoryLedger::new());
    let cancel = CancellationToken::new();
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
    let gate = OpenGate::new(&[Operation::new("test:List"), Operation::new("test:Describe")], clock)
        .with_ledger(ledger.clone())
        .cancelled_by(cancel.clone());
    contract::gate::suite(contract::gate::Subject {
        gate: &gate,
        ledger: &*ledger,
        cancel: &|| cancel.cancel(),
    })
    .await;
}

#[tokio::test]
async fn a_script_keeps_the_contract_of_a_collector() {
    static ALL: [Operation; 1] = [Operation::new("test:List")];
    let source = SourceSpec { name: "s".into(), collector: "test".into(), options: BTreeMap::default() };
    let good = contract::sample::scope("s", "good");
    let bad = contract::sample::scope("s", "bad");
    let fault = Fault::new(FaultKind::Denied, "test:List", "not for you");
    let mut script = vec![Step::Call(ALL[0].clone(), CallResult::Ok)];
    script.extend(listing((0..9).map(|n| contract::sample::sighting(&format!("a{n}"), 1))));
    let collector = ScriptedCollector::new("test")
        .operations(&ALL)
        .scope(good.clone(), script)
        .scope(bad.clone(), vec![Step::Send(vec![Item::Begin]), Step::Fail(fault)]);
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
    let seen = contract::collector::suite(&collector, &source, clock).await;
    assert_eq!(seen.items[&good.key].len(), 11);
    assert_eq!(seen.faults[&bad.key], "test:List: not for you");
    assert!(seen.calls.iter().all(|c| c.result == CallResult::Ok));
}

/// Follows a script that is told of one thing made and one deleted.
async fn follow_script(collector: &ScriptedCollector, key: &ScopeKey) -> BTreeMap<ScopeKey, Vec<Item>> {
    use contract::follower::Happens::{Gone, Seen};
    let source = SourceSpec { name: "s".into(), collector: "test".into(), options: BTreeMap::default() };
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
    let (made, gone) = (contract::sample::sighting("new", 1), contract::sample::sighting("a1", 1).asset.key);
    let change = async |_: &ScopeKey| {
        let proof = cloudscope_domain::Proof::DeleteEvent;
        let items = vec![
            Item::Upsert(Box::new(made.clone())),
            Item::Delete { key: gone.clone(), proof },
            Item::Resume,
        ];
        collector.tell(key, items);
        vec![Seen(made.asset.key.clone()), Gone(gone.clone())]
    };
    contract::follower::suite(collector, &source, clock, change).await
}

fn follower() -> (ScriptedCollector, ScopeKey) {
    let scope = contract::sample::scope("s", "good");
    let script = listing((0..3).map(|n| contract::sample::sighting(&format!("a{n}"), 1)));
    let key = scope.key.clone();
    (ScriptedCollector::new("test").following().scope(scope, script), key)
}

#[tokio::test]
async fn a_script_keeps_the_contract_of_a_follower() {
    let (collector, key) = follower();
    let said = follow_script(&collector, &key).await;
    assert_eq!(said[&key].len(), 4);
}

#[tokio::test]
#[should_panic(expected = "it ended by itself")]
async fn a_follow_that_ends_by_itself_breaks_the_contract() {
    let (collector, key) = follower();
    // The first is stopped before it begins.
    for _ in 0..2 {
        collector.follow_next(&key, vec![Step::Send(vec![Item::Resume])]);
    }
    follow_script(&collector, &key).await;
}

#[tokio::test]
#[should_panic(expected = "it says Resume, not Done")]
async fn a_follow_that_says_done_breaks_the_contract() {
    let (collector, key) = follower();
    for _ in 0..2 {
        let batch = vec![Item::Begin, Item::Done, Item::Resume];
        collector.follow_next(&key, vec![Step::Send(batch), Step::Listen]);
    }
    follow_script(&collector, &key).await;
}

struct Files(MemoryExporter);

impl contract::exporter::Place for Files {
    fn list(&self) -> Vec<PathBuf> {
        self.0.paths()
    }
    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        self.0.file(path)
    }
    fn put(&self, path: &Path, content: &[u8]) {
        self.0.put(path, content);
    }
    fn path(&self, name: &str) -> PathBuf {
        PathBuf::from("/memory").join(name)
    }
}

#[test]
fn the_exporter_keeps_its_contract() {
    let exporter = MemoryExporter::new();
    contract::exporter::suite(&contract::exporter::Subject {
        exporter: &exporter,
        place: &Files(exporter.clone()),
        parse: &|data| {
            let text = std::str::from_utf8(data).unwrap();
            let rows = text.lines().map(|l| serde_json::from_str::<AssetRow>(l).unwrap());
            rows.map(|r| (r.id.to_string(), r.name.to_string())).collect()
        },
        sha256: &|data| Sha256::digest(data).iter().map(|b| format!("{b:02x}")).collect(),
    });
}
