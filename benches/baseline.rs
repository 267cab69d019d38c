//! What the bars are held against, in the plainest way: a lower-cased scan of every name and id, a loop over
//! structs, petgraph's neighbourhoods; and what mapping a payload with its references costs today.
//!
//! `CLOUDSCOPE_BENCH_ROWS=1000000 cargo bench -p cloudscope-benches --bench baseline`. Figures are processor
//! time of one thread, single runs.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hint::black_box,
    time::Duration,
};

use cloudscope_benches::{Dice, estate, processor, resident, rows};
use cloudscope_catalog::{Catalog, MapContext};
use cloudscope_domain::{Target, redact::Redactor};
use petgraph::{
    Direction,
    graph::{DiGraph, NodeIndex},
};

/// What the scans look at.
struct Plain {
    id: String,
    name: String,
    address: String,
    kind: String,
    region: String,
    env: String,
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Median and worst of eleven runs.
fn timed<T>(what: &str, mut ask: impl FnMut() -> T, told: impl Fn(&T) -> usize) {
    let mut times = Vec::new();
    let mut found = 0;
    for _ in 0..11 {
        let start = processor();
        let answer = ask();
        times.push(processor() - start);
        found = told(&black_box(answer));
    }
    times.sort_unstable();
    println!("  {what}: median {:.1} ms, worst {:.1} ms; {found} found", millis(times[5]), millis(times[10]));
}

fn scans(rows: usize) {
    let plain: Vec<Plain> = (0..rows)
        .map(|n| {
            let asset = estate().sighting(n, 0).asset;
            Plain {
                id: asset.key.id.as_str().to_owned(),
                name: asset.name.to_string(),
                address: asset.addresses.first().cloned().unwrap_or_default(),
                kind: asset.kind.as_str().to_owned(),
                region: asset.region.to_string(),
                env: asset.tags.get("env").cloned().unwrap_or_default(),
            }
        })
        .collect();
    for word in ["payments-prod", "0000a7", "no-such-thing"] {
        let hits = |row: &&Plain| {
            [&row.name, &row.id, &row.address].iter().any(|text| text.to_lowercase().contains(word))
        };
        timed(&format!("naive scan for `{word}`"), || plain.iter().filter(hits).count(), |n| *n);
    }
    let hits =
        |row: &&Plain| row.kind == "aws.ec2.instance" && row.region == "eu-west-1" && row.env == "prod";
    timed("naive kind, region and tag", || plain.iter().filter(hits).count(), |n| *n);
    timed(
        "naive order by name",
        || {
            let mut order: Vec<&Plain> = plain.iter().collect();
            order.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
            order.len()
        },
        |n| *n,
    );
}

fn neighbourhoods(rows: usize) {
    let before = resident();
    let start = processor();
    let mut graph: DiGraph<String, &'static str> = DiGraph::new();
    let mut nodes: HashMap<String, NodeIndex> = HashMap::new();
    let mut making = Duration::ZERO;
    for n in 0..rows {
        let made = processor();
        let seen = estate().sighting(n, 0);
        making += processor() - made;
        let mut node = |name: &str| match nodes.get(name) {
            Some(node) => *node,
            None => {
                let node = graph.add_node(name.to_owned());
                nodes.insert(name.to_owned(), node);
                node
            }
        };
        let me = node(seen.asset.key.id.as_str());
        let others: Vec<_> = seen
            .references
            .iter()
            .map(|r| match &r.target {
                Target::Id(id) => node(id.as_str()),
                Target::Named { name, .. } => node(name),
                Target::Selected(selection) => node(&selection.within),
            })
            .collect();
        for other in others {
            graph.add_edge(me, other, "uses");
        }
    }
    println!(
        "  petgraph with a map of names: {} nodes, {} edges, built in {:.0} ms, {} MB resident",
        graph.node_count(),
        graph.edge_count(),
        millis(processor() - start - making),
        (resident() - before) / 1_000_000,
    );
    let mut dice = Dice::new(1);
    let ids: Vec<String> = (0..10_000)
        .map(|_| usize::try_from(dice.below(rows as u64)).unwrap_or(0))
        .map(|n| estate().sighting(n, 0).asset.key.id.as_str().to_owned())
        .collect();
    for (way, direction) in [("out", Direction::Outgoing), ("in", Direction::Incoming)] {
        for depth in 1..=3 {
            let mut told = 0;
            let mut times: Vec<Duration> = ids
                .iter()
                .map(|id| {
                    let start = processor();
                    told += around(&graph, nodes.get(id).copied(), direction, depth).len();
                    processor() - start
                })
                .collect();
            times.sort_unstable();
            println!(
                "  petgraph, {depth} deep, {way}: p50 {:.1} µs, p99 {:.1} µs; {:.1} names told on the average",
                times[times.len() / 2].as_secs_f64() * 1e6,
                times[times.len() * 99 / 100].as_secs_f64() * 1e6,
                told as f64 / ids.len() as f64,
            );
        }
    }
}

/// Names within so many steps, without any bound.
fn around(
    graph: &DiGraph<String, &'static str>,
    from: Option<NodeIndex>,
    direction: Direction,
    depth: u32,
) -> Vec<String> {
    let mut seen: HashSet<NodeIndex> = from.into_iter().collect();
    let mut queue: VecDeque<(NodeIndex, u32)> = from.into_iter().map(|node| (node, 0)).collect();
    let mut names = Vec::new();
    while let Some((node, level)) = queue.pop_front() {
        if level == depth {
            continue;
        }
        for next in graph.neighbors_directed(node, direction) {
            if seen.insert(next) {
                names.push(graph[next].clone());
                queue.push_back((next, level + 1));
            }
        }
    }
    names
}

/// Payloads of EC2 instances through the catalog: parsed, redacted, mapped, references found.
fn references(rows: usize) {
    let Ok(catalog) = Catalog::builtin() else { return };
    let redactor = Redactor::new([7; 32]);
    let context =
        MapContext { account: "100000000000".into(), region: "eu-west-1".into(), ..MapContext::default() };
    let (mut found, mut mapped, mut bytes) = (0, 0, 0);
    let (mut parsing, mut mapping) = (Duration::ZERO, Duration::ZERO);
    let instances =
        (0..rows).map(|n| estate().sighting(n, 0)).filter(|s| s.asset.kind.as_str() == "aws.ec2.instance");
    for seen in instances.take(50_000) {
        let text = seen.asset.properties.as_str();
        bytes += text.len();
        let start = processor();
        let item: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        parsing += processor() - start;
        let start = processor();
        let result = catalog.map(&seen.asset.kind, item, &context, &redactor);
        mapping += processor() - start;
        if let Ok(sighting) = result {
            mapped += 1;
            found += sighting.references.len();
        }
    }
    let million = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(mapped.max(1));
    println!(
        "  {mapped} EC2 payloads of {} B: {found} references; a million would be parsed in {:.1} s, and mapped, redacted and searched in {:.1} s of one core",
        bytes / usize::try_from(mapped.max(1)).unwrap_or(1),
        million(parsing),
        million(mapping),
    );
}

fn main() {
    let rows = rows();
    println!("{rows} assets");
    references(rows);
    scans(rows);
    neighbourhoods(rows);
}
