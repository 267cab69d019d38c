//! Edges to whatever a selector means: 50,000 pods of one cluster in 500 namespaces, 5,000 services, beside
//! the rows of the estate. A tenth of the pods was replaced after they were listed.

use std::collections::BTreeMap;

use cloudscope_benches::{Dice, in_scope_order, processor, record, rows};
use cloudscope_domain::{
    AssetId, AssetKey, Record, Reference, Revision, Selection, Target, Test, Timestamp, Want,
    neighbours::Direction,
};
use cloudscope_graph::GraphWriter;
use cloudscope_index::{IndexWriter, Snapshot};

use super::{LIMIT, Names, millis, spread};

const NAMESPACES: usize = 500;
const PODS: usize = 50_000;
const SERVICES: usize = 5_000;

fn namespace(n: usize) -> String {
    format!("team-{}-{}", n % 40, n)
}

fn blank(kind: &str, namespace: usize, name: &str) -> Record {
    let mut out = record(0, 0);
    let (kind_word, kind) = (kind, kind.to_lowercase());
    let namespace = self::namespace(namespace);
    let id = format!("7f3a0c52-uid/core/{kind_word}/{namespace}/{name}");
    out.asset.key = AssetKey::new(id.as_str(), "");
    out.asset.kind = format!("k8s.core.{kind}").parse().unwrap_or(out.asset.kind);
    out.asset.name = name.into();
    (out.asset.aliases, out.asset.addresses, out.references) = (Vec::new(), Vec::new(), Vec::new());
    out
}

/// Each namespace has ten apps of ten pods.
fn pod(n: usize, version: usize) -> Record {
    let (namespace, app) = (n * NAMESPACES / PODS, n / 10 % 10);
    let mut out = blank("Pod", namespace, &format!("app-{app}-{version:x}{n:x}"));
    let tags = [
        ("app", format!("app-{app}")),
        ("pod-template-hash", format!("{:x}", n / 10 * 2_654_435_761 % 0xFFFF_FFFF)),
        ("tier", ["front", "back", "data"][app % 3].to_owned()),
        ("team", format!("team-{}", namespace % 40)),
        ("helm.sh/chart", format!("chart-{}", app % 7)),
    ];
    out.asset.tags = tags.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<BTreeMap<_, _>>();
    out
}

fn selecting(mut who: Record, within: &str, wants: &[(&str, String)]) -> Record {
    let wants = wants
        .iter()
        .map(|(key, value)| Want { key: (*key).into(), test: Test::In(vec![value.as_str().into()]) });
    let Ok(kind) = "k8s.core.pod".parse() else { return who };
    let selection = Selection { kind, within: within.into(), wants: wants.collect(), places: None };
    who.references.push(Reference {
        relation: "selects".into(),
        target: Target::Selected(selection.into()),
        reverse: false,
        confidence: 1.0,
        rule: "$.spec.selector".into(),
    });
    who
}

fn within(namespace: usize) -> String {
    format!("7f3a0c52-uid/core/Pod/{}/", self::namespace(namespace))
}

/// Ten in a namespace, with one to three labels.
fn service(n: usize) -> Record {
    let (namespace, app) = (n * NAMESPACES / SERVICES, n % 10);
    let wants = [
        ("app", format!("app-{app}")),
        ("tier", ["front", "back", "data"][app % 3].to_owned()),
        ("team", format!("team-{}", namespace % 40)),
    ];
    selecting(blank("Service", namespace, &format!("svc-{app}")), &within(namespace), &wants[..1 + n % 3])
}

fn texts(snapshot: &Snapshot) -> u64 {
    snapshot.memory().iter().find(|share| share.part == "texts").map_or(0, |share| share.bytes)
}

pub(super) fn run() {
    let rows = rows();
    let (mut index, mut graph) = (IndexWriter::new(), GraphWriter::new());
    in_scope_order().into_iter().for_each(|n| index.upsert(&record(n, 0)));
    let before = graph.publish().memory().total();
    let mut time = std::time::Duration::ZERO;
    let mut pods: Vec<Record> = (0..PODS).map(|n| pod(n, 0)).collect();
    let services: Vec<Record> = (0..SERVICES).map(service).collect();
    for record in pods.iter().chain(&services) {
        index.upsert(record);
        let start = processor();
        graph.upsert(record);
        time += processor() - start;
    }
    let mut dice = Dice::new(3);
    for version in 1..=PODS / 10 {
        let n = usize::try_from(dice.below(PODS as u64)).unwrap_or(0);
        index.forget(pods[n].record_key().hash128());
        pods[n] = pod(n, version);
        index.upsert(&pods[n]);
    }
    let wide = selecting(
        blank("NetworkPolicy", 0, "wide"),
        "7f3a0c52-uid/core/Pod/",
        &[("tier", "data".to_owned())],
    );
    index.upsert(&wide);
    let start = processor();
    let narrow = graph.publish();
    time += processor() - start;
    graph.upsert(&wide);
    let graph = graph.publish();
    let snapshot = index.publish(Revision(1), Timestamp::default());
    println!("{PODS} pods and {SERVICES} services that select them, beside {rows} records");
    println!(
        "  taken in: {:.0} ms; the graph {:.1} KB more, nothing of it for pods",
        millis(time),
        (narrow.memory().total() - before) as f64 / 1e3,
    );
    let bytes = texts(&snapshot);
    let lookup = Names(snapshot.clone());
    let ids = |records: &[Record]| records.iter().map(|r| r.asset.key.id.clone()).collect::<Vec<AssetId>>();
    let (pods, services) = (ids(&pods), ids(&services));
    spread("the first answer", &services[..1], |id| {
        graph.around(id, Direction::Out, 1, LIMIT, &lookup).edges.len()
    });
    println!("  the index {:.1} KB more for it", (texts(&snapshot) - bytes) as f64 / 1e3);
    spread("what a service selects", &services, |id| {
        graph.around(id, Direction::Out, 1, LIMIT, &lookup).edges.len()
    });
    spread("what selects a pod", &pods, |id| graph.around(id, Direction::In, 1, LIMIT, &lookup).edges.len());
    spread("a pod, 2 deep, both", &pods[..1000], |id| {
        graph.around(id, Direction::Both, 2, LIMIT, &lookup).edges.len()
    });
    let wide = vec![wide.asset.key.id; 200];
    spread("a selection of the whole cluster", &wide, |id| {
        let around = graph.around(id, Direction::Out, 1, LIMIT, &lookup);
        around.edges.len() + usize::try_from(around.more).unwrap_or(0)
    });
    let others: Vec<AssetId> = (0..10_000.min(rows)).map(|n| record(n, 0).asset.key.id).collect();
    spread("what selects any other asset", &others, |id| {
        graph.around(id, Direction::In, 1, LIMIT, &lookup).edges.len()
    });
}
