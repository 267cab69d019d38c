//! What compacting leaves on the disk of a store that is small, and that it leaves alone what it cannot make smaller.

use std::path::Path;

use cloudscope_domain::{Payload, Revision, ScopeKey};
use cloudscope_ports::{
    AssetStore, Commit, CompactReport,
    contract::sample::{self, Rng},
};
use cloudscope_store::SledStore;
use serde_json::json;

use crate::sound;

/// Sixteen pieces of the engine's log: what it needs beside twice what lives.
const LEFT: u64 = 8 << 20;

/// Assets whose payloads do not compress, a thousand in a commit.
fn write(store: &SledStore, assets: u64) {
    for first in (0..assets).step_by(1_000) {
        let revision = store.revision().next();
        let scope = ScopeKey::new("aws", "ec2:DescribeInstances").region(format!("region-{}", first / 5_000));
        let record = |n: u64| {
            let mut record = sample::record(&scope, &format!("i-{n:017x}"), revision.0);
            let mut rng = Rng::new(n ^ (revision.0 << 32));
            let noise: String = (0..24).map(|_| format!("{:016x}", rng.bits())).collect();
            record.asset.properties = Payload::from_value(&json!({ "Noise": noise }));
            record
        };
        let records = (first..(first + 1_000).min(assets)).map(record).collect();
        let at = sample::time(revision.0);
        store.apply(&Commit { revision, at, records, ..Commit::default() }).unwrap();
    }
}

fn compact(store: &SledStore) -> CompactReport {
    loop {
        let report = store.compact().unwrap();
        if !report.more {
            return report;
        }
    }
}

/// Which of the engine's directories there are.
fn directories(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|n| n == "store" || n.starts_with("store-")).collect();
    names.sort();
    names
}

#[test]
fn a_small_store_is_left_with_twice_what_lives_and_little_more() {
    let dir = tempfile::tempdir().unwrap();
    let store = sound(dir.path());
    for _ in 0..3 {
        write(&store, 20_000);
    }
    let report = compact(&store);
    let live = store.info().live.unwrap();
    let lives = live.present + live.history + live.runs;
    assert!(lives > LEFT, "{lives} live: it is not that which is allowed beside");
    assert!(!report.kept && report.after < report.before, "{report:?}");
    assert!(report.after <= 2 * lives + LEFT, "{lives} live: {report:?}");
    assert_eq!(directories(dir.path()), ["store-1"]);
    drop(store);
    assert_eq!(sound(dir.path()).info().records, 20_000);
}

#[test]
fn what_would_not_become_smaller_stays_what_it_is_and_can_be_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = sound(dir.path());
    write(&store, 10);
    let report = compact(&store);
    assert!(report.kept && report.after <= report.before && report.values > 0, "{report:?}");
    assert_eq!(directories(dir.path()), ["store"], "the copy is gone");
    assert!(!store.worth_compacting());
    write(&store, 10);
    assert!(compact(&store).kept, "and it is tried anew when somebody asks");
    write(&store, 10);
    drop(store);
    let store = sound(dir.path());
    assert_eq!((store.revision(), store.info().records), (Revision(3), 10));
}
