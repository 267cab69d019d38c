//! Measures how long a number of records of about one kilobyte take from memory to disk, and back:
//! `cargo run --release -p cloudscope-store --example ingest -- 100000`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it fails"
)]

use std::time::Instant;

use cloudscope_domain::{Payload, ScopeKey};
use cloudscope_ports::{AssetStore, Commit, contract::sample};
use cloudscope_store::{OpenOptions, SledStore};
use serde_json::json;

fn main() {
    let count: u64 = std::env::args().nth(1).map_or(100_000, |a| a.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = SledStore::open(dir.path(), OpenOptions::default()).unwrap();
    let mut rng = sample::Rng::new(1);
    let mut bytes = 0;
    let mut commits: Vec<Commit> = Vec::new();
    for first in (0..count).step_by(4096) {
        let revision = commits.len() as u64 + 1;
        let records = (first..count.min(first + 4096)).map(|n| {
            let scope = ScopeKey::new("aws", "ec2:DescribeInstances").region(format!("region-{}", n % 17));
            let mut record = sample::record(&scope, &format!("arn:aws:ec2:eu-west-1:1234:instance/i-{n:017x}"), revision);
            record.asset.properties = Payload::from_value(&json!({
                "InstanceId": format!("i-{n:017x}"), "ImageId": format!("ami-{:017x}", rng.bits()),
                "InstanceType": "m5.large", "LaunchTime": "2026-05-01T12:00:00Z", "EbsOptimized": true,
                "State": { "Code": 16, "Name": "running" }, "SubnetId": format!("subnet-{:x}", rng.below(999)),
                "PrivateDnsName": format!("ip-10-0-{}-{}.ec2.internal", rng.below(256), rng.below(256)),
                "Filler": (0..12).map(|_| format!("{:x}", rng.bits())).collect::<Vec<_>>(),
            }));
            bytes += serde_json::to_vec(&record).unwrap().len();
            record
        });
        let records = records.collect();
        commits.push(Commit {
            revision: cloudscope_domain::Revision(revision),
            records,
            ..Commit::default()
        });
    }
    println!("{count} records, {} bytes of JSON each", bytes as u64 / count.max(1));

    let (start, cpu) = (Instant::now(), processor());
    let mut slowest = 0.0_f64;
    for commit in &commits {
        let one = Instant::now();
        store.apply(commit).unwrap();
        slowest = slowest.max(one.elapsed().as_secs_f64() * 1e3);
    }
    report("ingest", count, start);
    let cpu = processor() - cpu;
    println!("  {cpu:.2} s of processor time, {:.0} records/s per core", count as f64 / cpu);
    println!("  {} commits, slowest {slowest:.1} ms, {} MB on disk", commits.len(), store.info().bytes >> 20);

    rewrites(&store, &commits);
    let start = Instant::now();
    for n in 0..1000 {
        let commit = Commit {
            revision: store.revision().next(),
            records: vec![commits[0].records[n % 4096.min(count as usize)].clone()],
            ..Commit::default()
        };
        store.apply(&commit).unwrap();
    }
    println!("  commit of one rewritten record: {:.2} ms", start.elapsed().as_secs_f64());

    let start = Instant::now();
    drop(store);
    println!("close: {:.3} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let (store, opened) = SledStore::open(dir.path(), OpenOptions::default()).unwrap();
    println!("open: {:.3} s, looked at first: {}", start.elapsed().as_secs_f64(), opened.probed);
    let start = Instant::now();
    let mut seen = 0;
    store
        .load(&mut |_| {
            seen += 1;
            true
        })
        .unwrap();
    report("load", seen, start);
    let start = Instant::now();
    for n in 0..1000 {
        let key = commits[0].records[n % 4096.min(count as usize)].record_key();
        assert!(store.get(&key).unwrap().is_some());
    }
    println!("get: {:.3} ms", start.elapsed().as_secs_f64());
    let start = Instant::now();
    assert_eq!(store.check().unwrap().findings, []);
    report("check", count, start);
}

/// Seconds that this process used of all processors, where the system tells.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = |n: usize| after.split(' ').nth(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}

/// A commit of 1,000 records that lie scattered over all segments.
fn rewrites(store: &SledStore, commits: &[Commit]) {
    let all: Vec<_> = commits.iter().flat_map(|c| &c.records).collect();
    for round in 0..3_usize {
        let step = (all.len() / 1000).max(1);
        let records = all.iter().skip(round).step_by(step).take(1000).map(|r| (*r).clone()).collect();
        let commit = Commit { revision: store.revision().next(), records, ..Commit::default() };
        let (start, cpu) = (Instant::now(), processor());
        store.apply(&commit).unwrap();
        let (time, cpu) = (start.elapsed().as_secs_f64() * 1e3, (processor() - cpu) * 1e3);
        println!("  commit of 1000 rewritten records all over: {time:.0} ms, {cpu:.0} ms of processor time");
    }
}

fn report(what: &str, count: u64, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    println!("{what}: {seconds:.3} s, {:.0} records/s", count as f64 / seconds);
}
