//! Stores of format 1, as the programs that wrote them left them: every value as it was on disk, with the
//! side file and what the store held. Two shapes of that format were written; both are kept.

use std::{collections::BTreeMap, path::Path};

use cloudscope_domain::{Change, CoverageState, Record, Revision, RunRecord, ScopeState};
use cloudscope_ports::{
    AssetStore, Commit, Retention,
    contract::{
        sample::{self, Rng},
        store::{history::Timeline, random_commit},
    },
};
use cloudscope_store::SledStore;

use crate::{open, options, sound};

/// The name, the values, the side file, and what the store held.
type Fixture = (&'static str, &'static [u8], &'static [u8], &'static str);

const FIXTURES: [Fixture; 2] = [
    (
        "released",
        include_bytes!("fixtures/released/values"),
        include_bytes!("fixtures/released/head"),
        include_str!("fixtures/released/expected.json"),
    ),
    (
        "last",
        include_bytes!("fixtures/last/values"),
        include_bytes!("fixtures/last/head"),
        include_str!("fixtures/last/expected.json"),
    ),
];

fn frames(values: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let bytes = zstd::bulk::decompress(values, 1 << 20).unwrap();
    let mut rest = &bytes[..];
    let mut out = Vec::new();
    while !rest.is_empty() {
        let number = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap()) as usize;
        let (key, value) = (number(0), number(4));
        out.push((rest[8..8 + key].to_vec(), rest[8 + key..8 + key + value].to_vec()));
        rest = &rest[8 + key + value..];
    }
    out
}

/// Writes the store as it was. `spoil` may change a value.
fn lay_out(dir: &Path, fixture: Fixture, spoil: &dyn Fn(&[u8], &mut Vec<u8>)) {
    let (_, values, head, _) = fixture;
    std::fs::write(dir.join("store.head"), zstd::bulk::decompress(head, 1 << 20).unwrap()).unwrap();
    let db = sled::Config::new().path(dir.join("store")).flush_every_ms(None).open().unwrap();
    for (key, mut value) in frames(values) {
        spoil(&key, &mut value);
        db.insert(key, value).unwrap();
    }
    db.flush().unwrap();
}

#[derive(serde::Deserialize)]
struct Expected {
    records: Vec<Record>,
    scopes: Vec<ScopeState>,
    changes: Vec<Change>,
    runs: Vec<serde_json::Value>,
}

/// A timeline that begins with what the old store held.
fn expected(fixture: Fixture) -> (Timeline, usize) {
    let expected: Expected = serde_json::from_str(fixture.3).unwrap();
    let mut line = Timeline::default();
    for n in 1..=4 {
        line.apply(&Commit { revision: Revision(n), at: sample::time(n), ..Commit::default() });
    }
    let now = &mut line.now;
    now.records = expected.records.into_iter().map(|r| (r.record_key(), r)).collect();
    now.scopes = expected.scopes.into_iter().map(|s| (s.scope.key.clone(), s)).collect();
    now.changes = expected.changes;
    (line, expected.runs.len())
}

fn runs(store: &SledStore) -> BTreeMap<cloudscope_domain::RunId, RunRecord> {
    store.runs(usize::MAX).unwrap().into_iter().map(|run| (run.id, run)).collect()
}

#[test]
fn a_store_of_format_1_is_taken_over_and_goes_on() {
    for fixture in FIXTURES {
        let context = fixture.0;
        let dir = tempfile::tempdir().unwrap();
        lay_out(dir.path(), fixture, &|_, _| {});
        let (mut line, count) = expected(fixture);
        let (store, report) = open(dir.path());
        assert_eq!((report.findings, report.quarantine), (vec![], None), "{context}");
        // The migration is a commit of its own, at the time of the last one.
        let migration = Commit { revision: Revision(5), at: sample::time(4), ..Commit::default() };
        line.apply(&migration);
        line.begin_at(Revision(4), Revision(5));
        line.now.runs = runs(&store);
        assert_eq!(line.now.runs.len(), count, "{context}: runs");
        for run in line.now.runs.values() {
            assert_eq!((run.effort.created, run.effort.gone), (3, 1), "{context}: what the run brought");
            assert_eq!(run.states, [(CoverageState::Ok, 1)], "{context}: how its scopes ended");
            assert_eq!(run.sources, ["s".into()], "{context}: its sources");
        }
        let mut rng = Rng::new(3);
        let check = |store: &SledStore, line: &Timeline, rng: &mut Rng, context: &str| {
            line.now.assert_equals(store, context);
            for revision in line.oldest.0..=line.now.revision.0 {
                line.assert_then(store, Revision(revision), rng, &format!("{context}, at {revision}"));
            }
            assert_eq!(store.oldest().unwrap().0, line.oldest, "{context}: history begins there");
        };
        check(&store, &line, &mut rng, context);
        for _ in 0..6 {
            let commit = random_commit(&mut rng, store.revision().next());
            store.apply(&commit).unwrap();
            line.apply(&commit);
        }
        check(&store, &line, &mut rng, context);
        drop(store);
        let store = sound(dir.path());
        check(&store, &line, &mut rng, "reopened");
        // What it was is kept, as it was, until the store is compacted.
        assert_eq!(store.info().backups, ["store.format-1.bak"], "{context}");
        let backup = dir.path().join("store.format-1.bak");
        let head = zstd::bulk::decompress(fixture.2, 1 << 20).unwrap();
        assert_eq!(std::fs::read(backup.join("store.head")).unwrap(), head, "{context}");
        let other = tempfile::tempdir().unwrap();
        crate::copy(&backup, other.path());
        {
            let old =
                sled::Config::new().path(other.path().join("store")).flush_every_ms(None).open().unwrap();
            let values: Vec<_> =
                old.iter().map(|p| p.map(|(k, v)| (k.to_vec(), v.to_vec())).unwrap()).collect();
            let mut frames = frames(fixture.1);
            frames.sort();
            assert_eq!(values, frames, "{context}: value by value");
        }
        while store.compact().unwrap().more {}
        assert!(!backup.exists() && store.info().backups.is_empty(), "{context}");
        check(&store, &line, &mut rng, "compacted");
        let before = Some(sample::time(1_000_000));
        let retention = Retention { history_before: before, history_bytes: None, tombstones_before: None };
        line.prune(&store, &retention, "pruned");
        line.assert_equals(&store, &mut rng, "pruned");
    }
}

#[test]
fn a_migration_may_be_interrupted_after_the_side_file() {
    let fixture = FIXTURES[0];
    let dir = tempfile::tempdir().unwrap();
    lay_out(dir.path(), fixture, &|_, _| {});
    // What the first step of a migration leaves: the old content in the new format.
    let head = std::fs::read_to_string(dir.path().join("store.head")).unwrap();
    let line = |word: &str| head.lines().find_map(|l| l.split_once(word)).unwrap().1.trim().to_owned();
    let lines = format!("cloudscope-store 2\nrevision 4\nsequence 4\nroot {}\n", line("root "));
    let checksum = blake3::hash(lines.as_bytes()).to_hex();
    let mut content = format!("{lines}checksum {}\n", &checksum[..32]).into_bytes();
    content.resize(8192, 0);
    std::fs::write(dir.path().join("store.head"), content).unwrap();
    let store = sound(dir.path());
    assert_eq!(store.revision(), Revision(5));
    assert_eq!(store.info().records, expected(fixture).0.now.records.len() as u64);
}

#[test]
fn a_migration_may_be_interrupted_while_the_old_store_is_copied_and_waits_for_room() {
    let fixture = FIXTURES[1];
    let dir = tempfile::tempdir().unwrap();
    lay_out(dir.path(), fixture, &|_, _| {});
    let before = std::fs::read(dir.path().join("store.head")).unwrap();
    let tight = cloudscope_store::OpenOptions { reserve_bytes: u64::MAX, ..options() };
    match SledStore::open(dir.path(), tight) {
        Err(cloudscope_ports::StoreError::Full(why)) => assert!(why.contains("old format 1"), "{why}"),
        other => panic!("{:?}", other.map(|(_, report)| report)),
    }
    assert_eq!(std::fs::read(dir.path().join("store.head")).unwrap(), before, "nothing was changed");
    // What a copy that was killed leaves.
    let unfinished = dir.path().join("store.format-1.bak.new");
    std::fs::create_dir_all(unfinished.join("store")).unwrap();
    std::fs::write(unfinished.join("store").join("db"), "half").unwrap();
    let store = sound(dir.path());
    assert_eq!(store.revision(), Revision(5));
    assert!(!unfinished.exists());
    assert!(dir.path().join("store.format-1.bak").join("store").join("db").metadata().unwrap().len() > 4);
}

#[test]
fn a_damaged_store_of_format_1_is_restored_into_this_one() {
    for (prefix, doubted) in [(b'g', 1), (b't', 1), (b'm', 3), (b'r', 0), (b'c', 0)] {
        let fixture = FIXTURES[1];
        let dir = tempfile::tempdir().unwrap();
        let first = frames(fixture.1).into_iter().map(|(key, _)| key).find(|key| key[0] == prefix).unwrap();
        lay_out(dir.path(), fixture, &|key, value| {
            if *key == first[..] {
                *value.last_mut().unwrap() ^= 1;
            }
        });
        let what = char::from(prefix);
        let (store, report) = SledStore::open(dir.path(), options()).unwrap();
        assert!(report.quarantine.is_some() && report.findings.len() > 1, "{what}: {:?}", report.findings);
        let lost = |s: &&ScopeState| s.unseen == cloudscope_domain::Unseen::All && s.coverage.error.is_some();
        let states = store.scopes().unwrap();
        // One scope of the fixture was denied anyway.
        let marked = states.iter().filter(lost).filter(|s| s.coverage.error.as_deref() != Some("no")).count();
        assert!(marked + 1 >= doubted, "{what}: {marked} of {doubted} scopes are doubted");
        assert_eq!(store.check().unwrap().findings, [], "{what}");
        let commit = random_commit(&mut Rng::new(4), store.revision().next());
        store.apply(&commit).unwrap();
        drop(store);
        sound(dir.path());
    }
}
