//! The bars of the store over the estate: records from memory to disk, and what is on disk while all of them are
//! rewritten again and again, with history let go of and compacting when the program would do so by itself.
//!
//! `CLOUDSCOPE_BENCH_ROWS=1000000 cargo bench -p cloudscope-benches --bench store`, with
//! `CLOUDSCOPE_BENCH_ROUNDS=20` for as many rewrites (5 without it, 0 for none). Making the records up is not in the
//! times.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints its figures, and stops when it fails"
)]

use std::time::{Duration, Instant};

use cloudscope_benches::{NOW, in_scope_order, record};
use cloudscope_domain::{Record, Timestamp};
use cloudscope_ports::{AssetStore, Commit, Retention};
use cloudscope_store::{OpenOptions, SledStore};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Records of a commit: as many as the writer of the program puts together.
const TOGETHER: usize = 4_096;
/// Commits between two times that history is let go of.
const BETWEEN: u64 = 64;

/// Processor time of this process, all its threads.
fn processor() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// How long the store took, on the wall and of all processors.
#[derive(Clone, Copy, Default)]
struct Took {
    wall: Duration,
    processor: Duration,
}

/// A commit of some assets of the estate, after so many changes.
fn commit(store: &SledStore, numbers: &[usize], version: u64) -> Commit {
    let revision = store.revision().next();
    let records = numbers.iter().map(|n| record(*n, version)).map(|r| Record { revision, ..r });
    Commit {
        revision,
        at: Timestamp::from_millis(NOW + i64::try_from(revision.0).unwrap_or(0)),
        records: records.collect(),
        ..Commit::default()
    }
}

/// Writes all of them, and lets go of history now and then if told to; how long the store took.
fn write(store: &SledStore, numbers: &[usize], version: u64, prunes: bool) -> Took {
    let mut took = Took::default();
    for some in numbers.chunks(TOGETHER) {
        let commit = commit(store, some, version);
        let (start, before) = (Instant::now(), processor());
        store.apply(&commit).unwrap();
        if prunes && commit.revision.0.is_multiple_of(BETWEEN) {
            prune(store);
        }
        took.wall += start.elapsed();
        took.processor += processor() - before;
    }
    took
}

fn prune(store: &SledStore) {
    let retention = Retention { history_before: None, history_bytes: Some(0), tombstones_before: None };
    while store.prune(&retention).unwrap().more {}
}

fn ingest(c: &mut Criterion) {
    let numbers = in_scope_order();
    let mut group = c.benchmark_group(format!("store/{}", numbers.len()));
    group.sample_size(10);
    group.throughput(Throughput::Elements(numbers.len() as u64));
    group.bench_function("ingest, until durable", |b| {
        b.iter_custom(|times| {
            (0..times)
                .map(|_| {
                    let dir = tempfile::tempdir().unwrap();
                    let (store, _) = SledStore::open(dir.path(), OpenOptions::default()).unwrap();
                    write(&store, &numbers, 0, false).wall
                })
                .sum()
        });
    });
    group.finish();

    let dir = tempfile::tempdir().unwrap();
    let (store, _) = SledStore::open(dir.path(), OpenOptions::default()).unwrap();
    let cpu = write(&store, &numbers, 0, false).processor.as_secs_f64();
    let info = store.info();
    println!(
        "ingest: {cpu:.2} s of processor time, {:.0} records/s per core; {} MB on disk, {} B an asset live",
        numbers.len() as f64 / cpu,
        info.bytes >> 20,
        info.live.map_or(0, |live| live.present) / numbers.len() as u64,
    );
}

/// Each round is a measurement of its own: what is on disk depends on all before it.
fn rewrites(_: &mut Criterion) {
    let rounds = std::env::var("CLOUDSCOPE_BENCH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(5_u64);
    let numbers = in_scope_order();
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = SledStore::open(dir.path(), OpenOptions::default()).unwrap();
    let mut worst = 0.0_f64;
    for version in (0..=rounds).take_while(|_| rounds > 0) {
        let took = write(&store, &numbers, version, true);
        prune(&store);
        let before = store.info().bytes;
        let compacted = if store.worth_compacting() { compact(&store) } else { String::new() };
        let info = store.info();
        let live = info.live.unwrap();
        let most = before.max(info.bytes);
        let times = most as f64 / (live.present + live.history) as f64;
        worst = worst.max(times);
        println!(
            "round {version}: {:.1} s; at most {} MB on disk, {} MB of it the present ({} B an asset), {} MB history: \
             {times:.2} times what lives{compacted}",
            took.wall.as_secs_f64(),
            most >> 20,
            live.present >> 20,
            live.present / numbers.len() as u64,
            live.history >> 20,
        );
    }
    println!("at the end of a round never more than {worst:.2} times what lives");
}

fn compact(store: &SledStore) -> String {
    let start = Instant::now();
    let report = loop {
        let report = store.compact().unwrap();
        if !report.more {
            break report;
        }
    };
    let (from, to) = (report.before >> 20, report.after >> 20);
    format!("; compacted from {from} to {to} MB in {:.1} s", start.elapsed().as_secs_f64())
}

criterion_group!(benches, ingest, rewrites);
criterion_main!(benches);
