//! Opening with what was saved beside the store: the same inventory as one that is made from the records,
//! whatever was committed since, and whatever became of what was saved.

use std::{collections::BTreeMap, io::Read as _, sync::Arc};

use cloudscope_domain::{ListingMode, Reference, Scope, Selection, Sighting, Target, Test, Want};
use cloudscope_memory::{MemoryStore, listing};
use cloudscope_ports::AssetStore as _;

use super::harness::{Bench, asset, scope};
use crate::{Command, Reply};

const PARTS: [&str; 3] = ["index", "graph", "known"];

/// Enough that it is worth to be saved: each refers to its neighbour.
fn many(from: usize, to: usize, version: &str) -> Vec<Sighting> {
    let one = |n: usize| {
        let mut seen = asset(&format!("n{n:05}"), version);
        seen.asset.tags = BTreeMap::from([("team".to_owned(), format!("t{}", n % 7))]);
        seen.references.push(Reference {
            relation: "uses".into(),
            target: Target::Id(format!("id:n{:05}", n + 1).as_str().into()),
            reverse: false,
            confidence: 1.0,
            rule: "$.next".into(),
        });
        if n.is_multiple_of(10) {
            let wants = vec![Want { key: "team".into(), test: Test::In(vec!["t3".into()]) }];
            let within = format!("id:n{:03}", n / 100).as_str().into();
            let selection = Selection { kind: "test.thing".parse().unwrap(), within, wants, places: None };
            seen.references.push(Reference {
                relation: "selects".into(),
                target: Target::Selected(selection.into()),
                reverse: false,
                confidence: 1.0,
                rule: "$.selector".into(),
            });
        }
        seen
    };
    (from..to).map(one).collect()
}

fn shelf(store: &MemoryStore) -> BTreeMap<&'static str, Vec<u8>> {
    let shelf = store.shelf().unwrap();
    let read = |name: &'static str| {
        let mut all = Vec::new();
        shelf.get(name).unwrap()?.read_to_end(&mut all).unwrap();
        Some((name, all))
    };
    PARTS.into_iter().filter_map(read).collect()
}

fn put(store: &MemoryStore, parts: &BTreeMap<&'static str, Vec<u8>>) {
    for (name, bytes) in parts {
        store.shelf().unwrap().put(name, &mut |out| out.write_all(bytes)).unwrap();
    }
}

/// Everything that a user can see of it.
async fn seen(bench: &Bench) -> String {
    let mut out = String::new();
    for query in
        ["", "presence:gone", "tag.team=t3", "n0001", "is:pinned", "presence:unknown", "rel(in, selects)"]
    {
        out += &format!("{query}: {:?}\n", bench.rows(query).await);
    }
    for id in ["id:n00003", "id:n00650", "id:n01100"] {
        let ask = Command::Relations {
            id: id.into(),
            direction: cloudscope_domain::neighbours::Direction::Both,
            depth: 2,
            limit: 100,
            at: None,
        };
        out += &format!("{id}: {:?}\n", bench.ask(ask).await);
    }
    let Reply::Health(health) = bench.ask(Command::Health { at: None, attempts: true }).await else {
        panic!()
    };
    let overview = bench.overview().await;
    out + &format!("{health:?} {:?}", (overview.total, overview.unknown))
}

async fn collected() -> (Bench, Scope, Scope) {
    let (a, b) = (scope("a", ListingMode::Snapshot), scope("b", ListingMode::Snapshot));
    let scripts = [(a.clone(), listing(many(0, 700, "1"))), (b.clone(), listing(many(700, 1300, "1")))];
    let bench = Bench::new(&scripts).await;
    assert_eq!(bench.collect().await.created, 1300);
    (bench, a, b)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_saved_is_taken_over_and_nothing_is_read_anew() {
    let (bench, a, _) = collected().await;
    let before = seen(&bench).await;
    let loads = bench.store.loads();
    let bench = bench.restart().await;
    assert_eq!(seen(&bench).await, before);
    // What is known of each record came along: nothing looks different.
    let run = bench.collect().await;
    assert_eq!((run.created, run.changed, run.gone), (0, 0, 0));
    bench.collector.play_only(&a.key, listing(many(0, 699, "1")));
    assert_eq!(bench.collect().await.gone, 1);
    assert_eq!(bench.presence("n00699").await, Some("gone snapshot-listing".into()));
    assert_eq!(bench.store.loads(), loads);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_of_the_scopes_without_attempts_lacks_nothing_else() {
    let bench = collected().await.0.restart().await;
    let ask = Command::Health { at: None, attempts: false };
    let Reply::Health(brief) = bench.ask(ask).await else { panic!() };
    let mut whole = bench.health().await;
    assert!(whole.len() >= 2 && whole.iter().all(|row| !row.recent.is_empty()), "{whole:?}");
    for row in &mut whole {
        row.recent.clear();
        row.p95 = None;
    }
    assert_eq!(brief, whole);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_since_is_entered() {
    let (bench, a, b) = collected().await;
    let bench = bench.restart().await;
    let old = shelf(&bench.store);
    assert_eq!(old.len(), PARTS.len());
    // Changed, gone, new, moved to another scope, pinned.
    bench.collector.play_only(&a.key, listing([many(0, 5, "2"), many(10, 700, "1")].concat()));
    bench.collector.play_only(&b.key, listing([many(705, 1300, "1"), many(2000, 2010, "1")].concat()));
    bench.collect().await;
    bench
        .collector
        .play_only(&a.key, listing([many(0, 5, "3"), many(10, 700, "1"), many(705, 710, "1")].concat()));
    bench.collector.play_only(&b.key, listing([many(710, 1300, "1"), many(2000, 2010, "1")].concat()));
    bench.collect().await;
    bench.ask(Command::Pin { id: "id:n00042".into(), on: true }).await;
    let mut wanted = seen(&bench).await;

    // As after a kill: what is saved is older than the store.
    let (store, collector, clock, tune) =
        (Arc::clone(&bench.store), bench.collector.clone(), bench.clock.clone(), bench.tune.clone());
    bench.engine.shutdown().await;
    let newest = shelf(&store);
    assert_ne!(newest, old);
    // Each part by itself may be the older one.
    for older in [&PARTS[..], &PARTS[..1], &PARTS[1..2], &PARTS[2..]] {
        put(&store, &newest);
        put(
            &store,
            &old.iter().filter(|(name, _)| older.contains(*name)).map(|(n, b)| (*n, b.clone())).collect(),
        );
        let loads = store.loads();
        let bench = Bench::start_on(Arc::clone(&store), collector.clone(), clock.clone(), tune.clone()).await;
        assert_eq!(seen(&bench).await, wanted, "older: {older:?}");
        assert_eq!(store.loads(), loads, "older: {older:?}");
        let run = bench.collect().await;
        assert_eq!((run.created, run.changed, run.gone), (0, 0, 0));
        wanted = seen(&bench).await;
        bench.engine.shutdown().await;
    }
}

/// A second kill does not make the next start enter everything once more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_much_to_enter_is_saved_at_the_start() {
    let (bench, a, b) = collected().await;
    let bench = bench.restart().await;
    let old = shelf(&bench.store);
    bench.collector.play_only(&a.key, listing(many(0, 700, "2")));
    bench.collector.play_only(&b.key, listing(many(700, 1300, "2")));
    assert_eq!(bench.collect().await.changed, 1300);
    let (store, collector, clock, tune) =
        (Arc::clone(&bench.store), bench.collector.clone(), bench.clock.clone(), bench.tune.clone());
    bench.engine.shutdown().await;
    put(&store, &old);
    let bench = Bench::start_on(Arc::clone(&store), collector, clock, tune).await;
    let begun = std::time::Instant::now();
    while PARTS.iter().any(|name| shelf(&store).get(name) == old.get(name)) {
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "it is not saved");
        tokio::task::yield_now().await;
    }
    bench.engine.shutdown().await;
}

/// A first listing that was cut off by a kill is told of at every start until it was collected again: by
/// what is made from the records, by what is entered into what was saved, and by what was saved later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_listing_that_was_cut_off_is_told_of() {
    let (bench, a, _) = collected().await;
    let bench = bench.restart().await;
    let key = cloudscope_domain::AssetKey::new("id:n00003", "");
    let key = cloudscope_domain::RecordKey { source: "script".into(), key };
    let mut cut = bench.store.get(&key).unwrap().unwrap();
    cut.scope = scope("cut", ListingMode::Snapshot).key.into();
    cut.asset.key = cloudscope_domain::AssetKey::new("id:cut", "");
    cut.asset.name = "cut".into();
    let (store, collector, clock, tune) =
        (Arc::clone(&bench.store), bench.collector.clone(), bench.clock.clone(), bench.tune.clone());
    bench.engine.shutdown().await;
    let revision = store.revision().next();
    cut.revision = revision;
    let commit = cloudscope_ports::Commit {
        revision,
        at: cloudscope_ports::Clock::now(&*clock),
        records: vec![cut],
        ..Default::default()
    };
    store.apply(&commit).unwrap();
    let told = |health: Vec<crate::message::ScopeHealth>| {
        let of = |h: &crate::message::ScopeHealth| h.scope.key.listing == *"cut";
        health.into_iter().find(of).map(|h| (h.coverage.assets, h.coverage.error.is_some()))
    };
    let loads = store.loads();
    for start in 0..3 {
        let bench = Bench::start_on(Arc::clone(&store), collector.clone(), clock.clone(), tune.clone()).await;
        assert_eq!(told(bench.health().await), Some((1, true)), "start {start}");
        if start == 1 {
            // Enough that it is saved anew.
            bench.collector.play_only(&a.key, listing(many(0, 700, "2")));
            bench.collect().await;
        }
        bench.engine.shutdown().await;
    }
    assert_eq!(store.loads(), loads, "what was saved was taken over");
    put(&store, &BTreeMap::from([("known", Vec::new())]));
    let bench = Bench::start_on(Arc::clone(&store), collector, clock, tune).await;
    assert_eq!(told(bench.health().await), Some((1, true)));
    assert_eq!(store.loads(), loads + 1);
    bench.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_made_anew() {
    let (bench, ..) = collected().await;
    let before = seen(&bench).await;
    let (store, collector, clock, tune) =
        (Arc::clone(&bench.store), bench.collector.clone(), bench.clock.clone(), bench.tune.clone());
    bench.engine.shutdown().await;
    let good = shelf(&store);
    let (other, ..) = collected().await;
    let other_store = Arc::clone(&other.store);
    other.collect().await;
    other.engine.shutdown().await;
    let foreign = shelf(&other_store);
    for (what, name, damage) in [
        ("cut", "index", (|b: &[u8]| b[..b.len() / 2].to_vec()) as fn(&[u8]) -> Vec<u8>),
        ("empty", "known", |_| Vec::new()),
        ("flipped", "graph", |b| {
            let mut b = b.to_vec();
            let at = b.len() / 2;
            b[at] ^= 1;
            b
        }),
        ("of another revision", "index", |b| {
            let mut b = b.to_vec();
            b[20] ^= 1;
            b
        }),
    ] {
        put(&store, &good);
        put(&store, &BTreeMap::from([(name, damage(&good[name]))]));
        let loads = store.loads();
        let bench = Bench::start_on(Arc::clone(&store), collector.clone(), clock.clone(), tune.clone()).await;
        assert_eq!(seen(&bench).await, before, "{what}");
        assert_eq!(store.loads(), loads + 1, "{what}");
        bench.engine.shutdown().await;
        assert_eq!(shelf(&store).len(), PARTS.len(), "{what}: it is saved anew");
    }
    put(&store, &foreign);
    let bench = Bench::start_on(Arc::clone(&store), collector, clock, tune).await;
    assert_eq!(seen(&bench).await, before, "that of another store");
    bench.engine.shutdown().await;
}
