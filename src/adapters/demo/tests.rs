//! The made-up estate holds together: the same minute gives the same bytes, every kind is there, edges
//! find their ends, and what fails fails as it says.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use cloudscope_catalog::Catalog;
use cloudscope_domain::{CoverageState, ScopeKey, Sighting, Target, Timestamp, redact::Redactor};
use cloudscope_memory::{ManualClock, MemorySink, NOW, OpenGate};
use cloudscope_ports::{CollectContext, Collector as _, Fault, Item, SourceSpec, contract};

use crate::{DemoCollector, USUAL_SIZE, estate, place};

fn collector(size: usize) -> DemoCollector {
    let catalog = Arc::new(Catalog::builtin().unwrap());
    DemoCollector::new(catalog, Redactor::new([7; 32]), 42, size)
}

fn source() -> SourceSpec {
    SourceSpec { name: "demo".into(), collector: "demo".into(), options: BTreeMap::new() }
}

#[derive(Default)]
struct Collected {
    items: BTreeMap<ScopeKey, Vec<Item>>,
    faults: BTreeMap<ScopeKey, Fault>,
    disabled: usize,
}

impl Collected {
    fn sightings(&self) -> impl Iterator<Item = &Sighting> {
        self.items.values().flatten().filter_map(|item| match item {
            Item::Upsert(sighting) => Some(&**sighting),
            _ => None,
        })
    }

    fn ids(&self) -> BTreeSet<(String, String)> {
        let key = |s: &Sighting| (s.asset.key.id.to_string(), s.asset.key.incarnation.to_string());
        self.sightings().map(key).collect()
    }
}

async fn collect(collector: &DemoCollector, now: i64) -> Collected {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(now)));
    let gate = Arc::new(OpenGate::new(collector.operations(), clock.clone()));
    let mut context = CollectContext {
        gate,
        sink: Arc::new(MemorySink::new()),
        cancel: tokio_util::sync::CancellationToken::new(),
        clock,
    };
    let plan = collector.plan(&source(), &context).await.unwrap();
    let mut out = Collected { disabled: plan.disabled.len(), ..Collected::default() };
    for scope in plan.scopes {
        let sink = Arc::new(MemorySink::new());
        context.sink = sink.clone();
        if let Err(fault) = collector.collect(&source(), &scope, &context).await {
            out.faults.insert(scope.key.clone(), fault);
        }
        out.items.insert(scope.key, sink.items());
    }
    out
}

#[tokio::test]
async fn it_keeps_the_promises_of_a_collector() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
    let seen = contract::collector::suite(&collector(400), &source(), clock).await;
    assert!(!seen.faults.is_empty() && !seen.calls.is_empty());
}

#[test]
fn every_kind_is_written_right() {
    for (_, listings) in estate::sites() {
        for kind in listings.iter().flat_map(|l| l.kinds) {
            assert_eq!(place::kind_of(kind).as_str(), *kind);
        }
    }
}

#[tokio::test]
async fn the_same_minute_gives_the_same_estate() {
    let one = collect(&collector(USUAL_SIZE), NOW).await;
    let two = collect(&collector(USUAL_SIZE), NOW + 5_000).await;
    assert_eq!(one.items, two.items);
    assert_eq!(one.faults, two.faults);
}

/// What the made-up providers would return, before the catalog maps it.
fn made(size: usize, now: i64) -> BTreeMap<&'static str, Vec<String>> {
    let world = crate::world::World::new(42, size, Timestamp::from_millis(now));
    let mut out: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for (place, listings) in estate::sites() {
        for made in listings.iter().flat_map(|l| (l.items)(&world, &place)) {
            out.entry(made.kind).or_default().push(made.item.to_string());
        }
    }
    out
}

#[test]
fn it_has_about_the_size_that_was_asked_for() {
    for size in [1_000, USUAL_SIZE, 10_000] {
        let found: usize = made(size, NOW).values().map(Vec::len).sum();
        assert!(found * 100 > size * 80 && found * 100 < size * 135, "{found} of {size}");
    }
}

#[test]
fn no_two_payloads_are_the_same() {
    for (kind, items) in made(USUAL_SIZE, NOW) {
        let different: HashSet<&String> = items.iter().collect();
        let made_twice = items.len() - different.len();
        // The loopback interfaces of two machines are alike; their ids bear the machine.
        assert!(made_twice <= 1, "{made_twice} of {kind}");
    }
}

#[tokio::test]
async fn every_kind_is_there_and_nothing_is_refused_by_the_catalog() {
    let collector = collector(USUAL_SIZE);
    let all = collect(&collector, NOW).await;
    let problems: BTreeSet<String> = all
        .items
        .values()
        .flatten()
        .filter_map(|item| match item {
            Item::Problem { message, .. } => Some(message.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(problems, BTreeSet::new());
    let found: BTreeSet<String> = all.sightings().map(|s| s.asset.kind.to_string()).collect();
    let promised: BTreeSet<String> = collector.kinds().iter().map(ToString::to_string).collect();
    assert_eq!(found, promised);
}

#[tokio::test]
async fn no_two_things_bear_one_key_and_each_bears_what_screens_show() {
    let all = collect(&collector(USUAL_SIZE), NOW).await;
    let count = all.sightings().count();
    assert_eq!(all.ids().len(), count);
    let mut tagged = 0;
    for Sighting { asset, .. } in all.sightings() {
        assert!(!asset.name.is_empty() && !asset.account.is_empty(), "{asset:?}");
        assert!(!asset.name.contains("//"), "{asset:?}");
        tagged += usize::from(!asset.tags.is_empty());
    }
    assert!(tagged * 10 > count * 6, "{tagged} of {count} are tagged");
    assert!(all.sightings().any(|s| s.asset.status.as_ref().is_some_and(|s| &*s.word == "stopped")));
}

#[tokio::test]
async fn edges_find_their_ends_and_a_few_dangle() {
    let all = collect(&collector(USUAL_SIZE), NOW).await;
    let ids: HashSet<&str> = all.sightings().map(|s| s.asset.key.id.as_str()).collect();
    let names: HashSet<&str> = all
        .sightings()
        .flat_map(|s| s.asset.aliases.iter().map(String::as_str).chain([s.asset.key.id.as_str()]))
        .collect();
    let mut lost: BTreeMap<String, usize> = BTreeMap::new();
    let (mut good, mut bad) = (0_usize, 0_usize);
    for sighting in all.sightings() {
        for reference in &sighting.references {
            let there = match &reference.target {
                Target::Id(id) => ids.contains(id.as_str()),
                Target::Named { name, .. } => names.contains(&**name),
                // Leads to whatever fits, which may be nothing.
                Target::Selected(_) => continue,
            };
            if there {
                good += 1;
            } else {
                bad += 1;
                let what = format!("{} {} {}", sighting.asset.kind, reference.relation, reference.rule);
                *lost.entry(what).or_default() += 1;
            }
        }
    }
    assert!(good > USUAL_SIZE, "{good} edges");
    // Images, key pairs and groups that the rows name are not made up.
    assert!(good * 20 > (good + bad) * 17, "{good} of {} resolve; dangling: {lost:#?}", good + bad);
    assert!(bad > 0, "something dangles in every real estate");
}

#[tokio::test]
async fn a_node_of_the_cluster_is_a_machine_of_the_account() {
    let all = collect(&collector(USUAL_SIZE), NOW).await;
    let machines: HashSet<&str> = all
        .sightings()
        .filter(|s| s.asset.kind.as_str() == "aws.ec2.instance")
        .flat_map(|s| s.asset.aliases.iter().map(String::as_str).chain([s.asset.key.id.as_str()]))
        .collect();
    let nodes: Vec<&Sighting> =
        all.sightings().filter(|s| s.asset.kind.as_str() == "k8s.core.node").collect();
    assert!(!nodes.is_empty());
    for node in nodes {
        let mut same = node.references.iter().filter(|r| r.relation.as_str() == "same-as");
        let leads = same.any(|r| match &r.target {
            Target::Id(id) => machines.contains(id.as_str()),
            Target::Named { name, .. } => machines.contains(&**name),
            Target::Selected(_) => false,
        });
        assert!(leads, "{}: {:?}", node.asset.name, node.references);
    }
}

#[tokio::test]
async fn what_fails_fails_as_it_says() {
    let all = collect(&collector(USUAL_SIZE), NOW).await;
    let mut states: BTreeMap<CoverageState, usize> = BTreeMap::new();
    for fault in all.faults.values() {
        *states.entry(fault.coverage()).or_default() += 1;
        assert!(fault.message.contains("made up"), "{fault}");
    }
    let expected = [
        (CoverageState::Partial, 1),
        (CoverageState::Denied, 3),
        (CoverageState::Throttled, 1),
        (CoverageState::Timeout, 1),
    ];
    assert_eq!(states, BTreeMap::from(expected));
    assert!(all.disabled > 0);
    let denied = all.faults.values().find(|f| f.coverage() == CoverageState::Denied).unwrap();
    assert_eq!(denied.missing_permission.as_deref(), Some("kms:ListKeys"));
    let (cut, _) = all.faults.iter().find(|(_, f)| f.coverage() == CoverageState::Partial).unwrap();
    let arrived = all.items[cut].iter().filter(|i| matches!(i, Item::Upsert(_))).count();
    assert!(arrived > 0 && !all.items[cut].contains(&Item::Done));
}

#[tokio::test]
async fn a_little_happens_between_runs() {
    let demo = collector(USUAL_SIZE);
    let before = collect(&demo, NOW).await;
    let after = collect(&demo, NOW + 30 * 60_000).await;
    let (a, b) = (before.ids(), after.ids());
    let (gone, new) = (a.difference(&b).count(), b.difference(&a).count());
    assert!(gone > 0 && gone < a.len() / 10, "{gone} gone");
    assert!(new > 0 && new < a.len() / 10, "{new} new");
    let state = |all: &Collected| -> BTreeMap<String, Sighting> {
        all.sightings().map(|s| (s.asset.key.id.to_string(), s.clone())).collect()
    };
    let (a, b) = (state(&before), state(&after));
    let changed = a.iter().filter(|(id, s)| b.get(*id).is_some_and(|t| t.asset != s.asset)).count();
    assert!(changed > 0 && changed < a.len() / 10, "{changed} changed");
}

#[tokio::test]
async fn made_up_secrets_are_redacted_like_real_ones() {
    let all = collect(&collector(USUAL_SIZE), NOW).await;
    for kind in ["aws.lambda.function", "k8s.core.secret", "terraform.aws_instance"] {
        let one = all.sightings().find(|s| s.asset.kind.as_str() == kind).unwrap();
        assert!(one.asset.properties.as_str().contains("«redacted:"), "{kind}: {:?}", one.asset.properties);
    }
}
