//! What a store has on disk when all of it is rewritten again and again, with history let go of and
//! compacting when the program would do so by itself:
//! `cargo run --release -p cloudscope-store --example rewrites -- 1000000 20`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it fails"
)]

use std::time::Instant;

use cloudscope_domain::{Payload, Revision, ScopeKey};
use cloudscope_ports::{
    AssetStore, Commit, Retention,
    contract::sample::{self, Rng},
};
use cloudscope_store::{OpenOptions, SledStore};
use serde_json::json;

fn commit(revision: u64, numbers: std::ops::Range<u64>) -> Commit {
    let records = numbers.map(|n| {
        let scope = ScopeKey::new("aws", "ec2:DescribeInstances").region(format!("region-{}", n / 5_000));
        let id = format!("arn:aws:ec2:eu-west-1:1234:instance/i-{n:017x}");
        let mut record = sample::record(&scope, &id, revision);
        let mut rng = Rng::new(n ^ (revision << 40));
        record.asset.properties = Payload::from_value(&json!({
            "InstanceId": format!("i-{n:017x}"), "ImageId": format!("ami-{:017x}", rng.bits()),
            "InstanceType": "m5.large", "LaunchTime": "2026-05-01T12:00:00Z", "EbsOptimized": true,
            "State": { "Code": 16, "Name": "running" }, "SubnetId": format!("subnet-{:x}", rng.below(999)),
            "PrivateDnsName": format!("ip-10-0-{}-{}.ec2.internal", rng.below(256), rng.below(256)),
            "Revision": revision,
            "Filler": (0..12).map(|_| format!("{:x}", rng.bits())).collect::<Vec<_>>(),
        }));
        record
    });
    Commit {
        revision: Revision(revision),
        at: sample::time(revision),
        records: records.collect(),
        ..Commit::default()
    }
}

fn main() {
    let number = |n: usize, or: u64| std::env::args().nth(n).map_or(or, |a| a.parse().unwrap());
    let (assets, rounds) = (number(1, 100_000), number(2, 20));
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = SledStore::open(dir.path(), OpenOptions::default()).unwrap();
    let mut most = 0;
    for round in 0..=rounds {
        let start = Instant::now();
        for first in (0..assets).step_by(4096) {
            let revision = store.revision().next().0;
            store.apply(&commit(revision, first..(first + 4096).min(assets))).unwrap();
            // As the program does by and by; the newest commit always stays.
            if revision % 64 == 0 {
                prune(&store);
            }
        }
        prune(&store);
        let time = start.elapsed().as_secs_f64();
        most = most.max(store.info().bytes);
        let mut compacted = String::new();
        if store.worth_compacting() {
            let start = Instant::now();
            let report = loop {
                let report = store.compact().unwrap();
                if !report.more {
                    break report;
                }
            };
            compacted = format!(
                "; compacted from {} to {} MB in {:.1} s",
                report.before >> 20,
                report.after >> 20,
                start.elapsed().as_secs_f64()
            );
        }
        let info = store.info();
        let live = info.live.unwrap();
        println!(
            "round {round}: {time:.1} s; {} MB on disk, {} MB of it the present ({} B an asset), {} MB history{compacted}",
            info.bytes >> 20,
            live.present >> 20,
            live.present / assets,
            live.history >> 20,
        );
    }
    println!("most on disk at the end of a round: {} MB", most >> 20);
}

fn prune(store: &SledStore) {
    let retention = Retention { history_before: None, history_bytes: Some(0), tombstones_before: None };
    while store.prune(&retention).unwrap().more {}
}
