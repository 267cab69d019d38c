//! Random schedules of good and bad runs against a model that is simple enough to be believed: no
//! asset gone without proof, none lost, none doubled.

use std::collections::BTreeMap;

use cloudscope_domain::{ListingMode, Scope};
use cloudscope_memory::{Step, listing};
use cloudscope_ports::{Fault, FaultKind, Item};
use proptest::prelude::*;

use super::harness::{Bench, asset, scope};

/// What happens to one scope in one run.
#[derive(Debug, Clone)]
enum Fate {
    Whole(Vec<u8>),
    FailsAfter(Vec<u8>, Failure),
    HiddenItem(Vec<u8>),
    Panics(Vec<u8>),
    SaysNothing,
}

#[derive(Debug, Clone, Copy)]
enum Failure {
    Denied,
    Malformed,
    Disabled,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Known {
    Present,
    Unknown,
    MissedOnce,
    Gone,
}

fn fate() -> impl Strategy<Value = Fate> {
    let ids = || prop::collection::vec(0_u8..6, 0..8);
    let failure = prop_oneof![Just(Failure::Denied), Just(Failure::Malformed), Just(Failure::Disabled)];
    prop_oneof![
        5 => ids().prop_map(Fate::Whole),
        2 => (ids(), failure).prop_map(|(i, f)| Fate::FailsAfter(i, f)),
        1 => ids().prop_map(Fate::HiddenItem),
        1 => ids().prop_map(Fate::Panics),
        1 => Just(Fate::SaysNothing),
    ]
}

fn name(scope: usize, id: u8) -> String {
    format!("{scope}-{id}")
}

fn script(index: usize, fate: &Fate) -> Vec<Step> {
    let see = |ids: &[u8]| {
        let seen = ids.iter().map(|id| Item::Upsert(Box::new(asset(&name(index, *id), "1"))));
        std::iter::once(Item::Begin).chain(seen).collect::<Vec<_>>()
    };
    match fate {
        Fate::Whole(ids) => listing(ids.iter().map(|id| asset(&name(index, *id), "1"))),
        Fate::FailsAfter(ids, failure) => {
            let kind = match failure {
                Failure::Denied => FaultKind::Denied,
                Failure::Malformed => FaultKind::Malformed,
                Failure::Disabled => FaultKind::Disabled,
            };
            vec![Step::Send(see(ids)), Step::Fail(Fault::new(kind, "script:Play", "as scripted"))]
        }
        Fate::HiddenItem(ids) => {
            let mut items = see(ids);
            items.push(Item::Problem { message: "hidden".into(), missing_permission: None });
            items.push(Item::Done);
            vec![Step::Send(items)]
        }
        Fate::Panics(ids) => vec![Step::Send(see(ids)), Step::Panic],
        Fate::SaysNothing => Vec::new(),
    }
}

fn step(model: &mut BTreeMap<String, Known>, index: usize, mode: ListingMode, fate: &Fate) {
    let (ids, whole): (&[u8], bool) = match fate {
        Fate::Whole(ids) => (ids, true),
        Fate::FailsAfter(ids, _) | Fate::HiddenItem(ids) | Fate::Panics(ids) => (ids, false),
        Fate::SaysNothing => (&[], false),
    };
    for id in ids {
        model.insert(name(index, *id), Known::Present);
    }
    let mine = format!("{index}-");
    for (asset, known) in model.iter_mut().filter(|(k, _)| k.starts_with(&mine)) {
        let seen = ids.iter().any(|id| name(index, *id) == *asset);
        if seen || *known == Known::Gone {
            continue;
        }
        *known = match (whole, mode, *known) {
            (true, ListingMode::Snapshot, _) | (true, ListingMode::Weak, Known::MissedOnce) => Known::Gone,
            (true, ListingMode::Weak, _) => Known::MissedOnce,
            (false, ..) => Known::Unknown,
        };
    }
}

fn scopes() -> Vec<Scope> {
    vec![scope("0", ListingMode::Snapshot), scope("1", ListingMode::Weak), scope("2", ListingMode::Weak)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_inventory_equals_the_model(runs in prop::collection::vec(prop::collection::vec(fate(), 3), 1..8)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let scopes = scopes();
            let scripts: Vec<_> = scopes.iter().map(|s| (s.clone(), Vec::new())).collect();
            let bench = Bench::new(&scripts).await;
            let mut model = BTreeMap::new();
            for run in &runs {
                for (index, fate) in run.iter().enumerate() {
                    bench.collector.play_only(&scopes[index].key, script(index, fate));
                    step(&mut model, index, scopes[index].mode, fate);
                }
                bench.collect().await;
            }
            let mut live = 0;
            let mut unknown = 0;
            for (asset, known) in &model {
                let found = bench.presence(asset).await.unwrap_or_default();
                let word = found.split(' ').next().unwrap_or_default();
                let (want, why) = match known {
                    Known::Present => ("present", ""),
                    Known::Unknown => ("unknown", ""),
                    Known::MissedOnce => ("unknown", "missed-once"),
                    Known::Gone => ("gone", ""),
                };
                prop_assert_eq!(word, want, "{} after {:?}", asset, runs);
                prop_assert!(why.is_empty() || found.ends_with(why), "{} is {}", asset, found);
                live += u64::from(*known != Known::Gone);
                unknown += u64::from(want == "unknown");
            }
            let overview = bench.overview().await;
            prop_assert_eq!((overview.total, overview.unknown), (live, unknown));
            prop_assert_eq!(bench.names("").await.len() as u64, live);
            bench.engine.shutdown().await;
            Ok(())
        })?;
    }
}
