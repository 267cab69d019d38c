//! The bars of the graph: neighbourhoods of ordinary assets and of a hub with their p99, what the graph
//! weighs, saving and restoring it, and publication. What is printed before criterion's figures is processor
//! time, which other work on the machine hardly changes.
//!
//! `CLOUDSCOPE_BENCH_ROWS=1000000 cargo bench -p cloudscope-benches --bench graph`

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "graph/selections.rs"]
mod selections;

use std::{collections::HashSet, hint::black_box, sync::Arc, time::Duration};

use cloudscope_benches::{Dice, processor, record, resident, rows};
use cloudscope_domain::{AssetId, Revision, Selection, Tags, Target, Timestamp, neighbours::Direction};
use cloudscope_graph::{Graph, GraphWriter, Lookup};
use cloudscope_index::{IndexWriter, Snapshot};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

/// Edges that a screen asks for.
const LIMIT: usize = 500;

struct Names(Arc<Snapshot>);

impl Lookup for Names {
    fn exists(&self, id: &AssetId) -> bool {
        self.0.exists(id)
    }

    fn resolve(&self, target: &Target) -> Option<AssetId> {
        self.0.resolve(target)
    }

    fn aliases(&self, id: &AssetId) -> Vec<String> {
        self.0.aliases(id)
    }

    fn selected(&self, selection: &Selection, visit: &mut dyn FnMut(AssetId) -> bool) {
        self.0.selected(selection, visit);
    }

    fn count_selected(&self, selection: &Selection) -> usize {
        self.0.count_selected(selection)
    }

    fn each_record(&self, id: &AssetId, visit: &mut dyn FnMut(&str, &Tags<'_>)) {
        self.0.each_record(id, visit);
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Builds the graph alone first, and says what it weighs and costs.
fn build(rows: usize) -> GraphWriter {
    let before = resident();
    let mut writer = GraphWriter::new();
    let mut time = Duration::ZERO;
    let mut edges = 0;
    for first in (0..rows).step_by(4096) {
        let batch: Vec<_> = (first..rows.min(first + 4096)).map(|n| record(n, 0)).collect();
        edges += batch.iter().map(|r| r.references.len()).sum::<usize>();
        let start = processor();
        batch.iter().for_each(|r| writer.upsert(r));
        drop(writer.publish());
        time += processor() - start;
    }
    let graph = writer.publish();
    let memory = graph.memory();
    println!("{rows} records, {edges} edges, {} nodes", graph.nodes());
    println!("  taken in and published by 4,096: {:.0} ms", millis(time));
    println!("  resident {} MB more", (resident() - before) / 1_000_000);
    let mb = |bytes: usize| bytes as f64 / 1e6;
    println!(
        "  graph {:.1} MB: names {:.1}, finding them {:.1}, edges out {:.1} and in {:.1}, records {:.1}; writer {:.1} MB",
        mb(memory.total()),
        mb(memory.names),
        mb(memory.lookup),
        mb(memory.out),
        mb(memory.into),
        mb(memory.records),
        mb(writer.memory()),
    );
    writer
}

/// Saves it and restores it.
fn save(graph: &Graph) {
    let mut saved = Vec::new();
    let start = processor();
    graph.save(&mut saved).unwrap_or_default();
    let saving = processor() - start;
    let start = processor();
    let restored = GraphWriter::restore(&mut saved.as_slice());
    println!(
        "  saved in {:.0} ms as {:.1} MB, restored in {:.0} ms: {}",
        millis(saving),
        saved.len() as f64 / 1e6,
        millis(processor() - start),
        restored.map_or_else(|e| e.to_string(), |_| "whole".to_owned()),
    );
}

/// Distribution of the time of a question over many assets.
fn spread(what: &str, ids: &[AssetId], mut ask: impl FnMut(&AssetId) -> usize) {
    let mut told = 0;
    let mut times: Vec<Duration> = ids
        .iter()
        .map(|id| {
            let start = processor();
            told += ask(black_box(id));
            processor() - start
        })
        .collect();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    println!(
        "  {what}: p50 {:.1} µs, p99 {:.1} µs, worst {:.1} µs; {:.1} edges told on the average",
        at(0.5),
        at(0.99),
        at(1.0),
        told as f64 / ids.len() as f64,
    );
}

fn neighbourhoods(c: &mut Criterion) {
    selections::run();
    let rows = rows();
    let mut writer = build(rows);
    let graph = writer.publish();
    save(&graph);
    let mut index = IndexWriter::new();
    let (mut ids, mut seen) = (Vec::new(), HashSet::new());
    for n in 0..rows {
        let record = record(n, 0);
        index.upsert(&record);
        if n % (rows / 256).max(1) == 0 && seen.insert(record.asset.key.id.clone()) {
            ids.push(record.asset.key.id.clone());
        }
    }
    let lookup = Names(index.publish(Revision(1), Timestamp::default()));
    let mut dice = Dice::new(1);
    let many: Vec<_> = (0..10_000)
        .map(|_| record(usize::try_from(dice.below(rows as u64)).unwrap_or(0), 0).asset.key.id)
        .collect();
    for (way, direction) in [("out", Direction::Out), ("in", Direction::In), ("both", Direction::Both)] {
        for depth in 1..=3 {
            spread(&format!("{depth} deep, {way}"), &many, |id| {
                graph.around(id, direction, depth, LIMIT, &lookup).edges.len()
            });
        }
    }
    let hub = cloudscope_benches::estate().hub();
    let around = graph.around(&hub, Direction::In, 1, LIMIT, &lookup);
    println!("  a hub: {} edges told, {} more counted", around.edges.len(), around.more);
    spread("a hub, 1 deep", &vec![hub.clone(); 1000], |id| {
        graph.around(id, Direction::In, 1, LIMIT, &lookup).edges.len()
    });
    spread("a hub, 3 deep, both", &vec![hub.clone(); 1000], |id| {
        graph.around(id, Direction::Both, 3, LIMIT, &lookup).edges.len()
    });

    let mut group = c.benchmark_group(format!("graph/{rows}"));
    for depth in 1..=3 {
        let mut next = ids.iter().cycle();
        group.bench_function(format!("what it uses, {depth} deep"), |b| {
            b.iter(|| {
                next.next().map(|id| graph.around(black_box(id), Direction::Out, depth, LIMIT, &lookup))
            });
        });
    }
    group.bench_function("a hub", |b| b.iter(|| graph.around(&hub, Direction::In, 1, LIMIT, &lookup)));
    group.sample_size(10);
    let mut version = 1;
    group.bench_function("publish 1,000 records all over", |b| {
        b.iter_batched(
            || {
                version += 1;
                (0..1000).map(|n| record(n * 997 % rows.max(1), version)).collect::<Vec<_>>()
            },
            |records| {
                records.iter().for_each(|r| writer.upsert(r));
                writer.publish()
            },
            BatchSize::LargeInput,
        );
    });
    let mut shift = 0;
    group.bench_function("publish 1,000 records whose edges moved", |b| {
        b.iter_batched(
            || {
                shift += 1;
                let moved = |n: usize| {
                    let mut moved = record(n * 997 % rows.max(1), version);
                    moved.references = record((n * 997 + shift * 31) % rows.max(1), version).references;
                    moved
                };
                (0..1000).map(moved).collect::<Vec<_>>()
            },
            |records| {
                records.iter().for_each(|r| writer.upsert(r));
                writer.publish()
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, neighbourhoods);
criterion_main!(benches);
