//! Files that were cut or flipped: never a panic, never a wrong row that is not labelled, always a way
//! on.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::OpenOptions as Files,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    time::Duration,
};

use cloudscope_domain::{CoverageState, Record, RecordKey, Revision, ScopeKey, Unseen};
use cloudscope_ports::{
    AssetStore, Commit,
    contract::{
        sample::{self, Rng},
        store::{history::Timeline, random_commit},
    },
};
use cloudscope_store::{OpenOptions, SledStore};

use crate::{copy, options, sound};

/// Everything that was ever true, and what is true now.
struct Known {
    line: Timeline,
    ever: BTreeMap<RecordKey, Vec<Record>>,
}

fn small_store(dir: &Path) -> Known {
    let store = sound(dir);
    let mut known = Known { line: Timeline::default(), ever: BTreeMap::new() };
    let mut rng = Rng::new(42);
    for n in 0..25 {
        let mut commit = random_commit(&mut rng, known.line.now.revision.next());
        if n % 5 == 0 {
            let scope = sample::scope("bulk", &format!("l{}", n % 2));
            commit.records.extend(
                (0..60).map(|i| sample::record(&scope.key, &format!("bulk{n}-{i}"), commit.revision.0)),
            );
            commit.scopes.push(sample::scope_state(&scope, 60, commit.revision.0, vec![]));
        }
        store.apply(&commit).unwrap();
        known.line.apply(&commit);
        for record in commit.records {
            known.ever.entry(record.record_key()).or_default().push(record);
        }
    }
    known
}

fn files(dir: &Path) -> Vec<(PathBuf, u64)> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            out.extend(files(&entry.path()));
        } else if entry.file_name() != "lock" {
            out.push((entry.path(), entry.metadata().unwrap().len()));
        }
    }
    out.sort();
    out
}

/// Damages one place; returns what was done.
fn damage(dir: &Path, rng: &mut Rng) -> String {
    let all: Vec<_> = files(dir).into_iter().filter(|(_, size)| *size > 0).collect();
    // The large file gets most, the small ones enough.
    let (path, size) = if rng.one_in(4) {
        all[rng.below(all.len() as u64) as usize].clone()
    } else {
        all.iter().max_by_key(|(_, size)| *size).unwrap().clone()
    };
    let file = Files::new().read(true).write(true).open(&path).unwrap();
    let mut content = vec![0; size as usize];
    file.read_exact_at(&mut content, 0).unwrap();
    let mut at = rng.below(size) as usize;
    if !rng.one_in(5) {
        // Most of a small store's file is empty: find something to break.
        at = (at..content.len()).find(|n| content[*n] != 0).unwrap_or(at);
    }
    let name = path.strip_prefix(dir).unwrap().display();
    match rng.below(4) {
        0 => {
            file.set_len(at as u64).unwrap();
            format!("{name} cut at {at} of {size}")
        }
        1 => {
            let end = content.len().min(at + 64);
            file.write_all_at(&vec![0; end - at], at as u64).unwrap();
            format!("{name} zeroed from {at} to {end}")
        }
        _ => {
            let bit = rng.below(8);
            file.write_all_at(&[content[at] ^ 1 << bit], at as u64).unwrap();
            format!("bit {bit} of byte {at} of {name} flipped")
        }
    }
}

/// Opens what was damaged, and holds everything it says against what is known.
fn examine(dir: &Path, known: &Known, what: &str) -> bool {
    let limits = OpenOptions { probe_limit: Some(Duration::from_secs(5)), ..options() };
    let (store, opened) = SledStore::open(dir, limits).unwrap_or_else(|e| panic!("{what}: {e}"));
    let mut records = BTreeMap::new();
    let loaded = store
        .load(&mut |record| {
            let key = record.record_key();
            assert!(records.insert(key, record).is_none(), "{what}: a record came twice");
            true
        })
        .unwrap();
    assert_eq!(loaded.findings, [], "{what}: opening puts everything right");
    for (key, record) in &records {
        let versions = known.ever.get(key).unwrap_or_else(|| panic!("{what}: {key:?} was never written"));
        assert!(versions.contains(record), "{what}: {key:?} is not what was ever written");
    }
    let named: BTreeSet<&ScopeKey> = opened.findings.iter().filter_map(|f| f.scope.as_ref()).collect();
    let states: BTreeMap<_, _> =
        store.scopes().unwrap().into_iter().map(|s| (s.scope.key.clone(), s)).collect();
    // Every row that is lost or old belongs to a scope that says so, and the report says so too.
    for (key, expected) in &known.line.now.records {
        let found = records.get(key);
        if found == Some(expected) {
            continue;
        }
        assert!(!opened.findings.is_empty(), "{what}: {key:?} is lost or old and nobody says so");
        let scopes = [Some(&*expected.scope), found.map(|r| &*r.scope)];
        for scope in scopes.into_iter().flatten() {
            if let Some(state) = states.get(scope) {
                assert_ne!(state.coverage.state, CoverageState::Ok, "{what}: {scope} passes for whole");
                assert_eq!(state.unseen, Unseen::All, "{what}: {scope} passes for seen");
            }
            assert!(
                named.contains(scope) || opened.findings.iter().any(|f| f.scope.is_none()),
                "{what}: {scope} is not named"
            );
        }
    }
    let untouched = opened.findings.is_empty();
    if untouched {
        known.line.now.assert_equals(&store, what);
    } else {
        assert!(store.revision() >= known.line.now.revision, "{what}: a number would be given out twice");
    }
    // Whatever is told of the past is what was there. `rot` damages the history alone; a store as small as
    // this one is a page or two of the engine, and seldom loses only that.
    let newest = known.line.now.revision.0;
    let oldest = store.oldest().map_or(newest + 1, |(revision, _)| revision.0);
    for revision in [oldest, (oldest + newest) / 2, newest] {
        if (oldest..=newest).contains(&revision) {
            let context = format!("{what}, at {revision}");
            known.line.assert_then(&store, Revision(revision), &mut Rng::new(revision), &context);
        }
    }
    // The way on: commit, close, open, all is well.
    let next = store.revision().next();
    let scope = ScopeKey::new("bulk", "l0");
    let commit = Commit {
        revision: next,
        records: (0..120).map(|n| sample::record(&scope, &format!("bulk0-{n}"), next.0)).collect(),
        ..Commit::default()
    };
    store.apply(&commit).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert_eq!(store.check().unwrap().findings, [], "{what}: sound again");
    drop(store);
    let (store, again) = SledStore::open(dir, options()).unwrap();
    assert_eq!(again.findings, [], "{what}: sound when opened again");
    assert_eq!(store.revision(), next, "{what}");
    assert_eq!(store.get(&commit.records[7].record_key()).unwrap().as_ref(), Some(&commit.records[7]));
    untouched
}

fn trials(seed: u64, count: u64) {
    let root = tempfile::tempdir().unwrap();
    let original = root.path().join("original");
    let known = small_store(&original);
    let mut rng = Rng::new(seed);
    let mut told = 0;
    for trial in 0..count {
        let dir = root.path().join(format!("trial-{trial}"));
        copy(&original, &dir);
        let closed = !rng.one_in(3);
        if !closed {
            std::fs::remove_file(dir.join("store.clean")).unwrap();
        }
        let what = format!("seed {seed}, trial {trial}: {}, closed: {closed}", damage(&dir, &mut rng));
        told += u64::from(!examine(&dir, &known, &what));
        std::fs::remove_dir_all(&dir).unwrap();
    }
    assert!(told > count / 10, "only {told} of {count} damages were noticed: the test misses the store");
}

#[test]
fn five_hundred_damages() {
    // Most of the time goes into waiting for the disk.
    std::thread::scope(|threads| {
        for seed in 1..=4 {
            threads.spawn(move || trials(seed, 125));
        }
    });
}

#[test]
fn a_store_without_its_parts_says_what_is_missing() {
    let root = tempfile::tempdir().unwrap();
    let original = root.path().join("original");
    let known = small_store(&original);
    for (name, words) in [
        ("store.head", "side file"),
        ("store", "directory is not there"),
        ("store/db", "damaged"),
        ("store/conf", "damaged"),
    ] {
        let dir = root.path().join(name.replace('/', "-"));
        copy(&original, &dir);
        let path = dir.join(name);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::remove_file(path).unwrap();
        }
        let (store, report) = SledStore::open(&dir, options()).unwrap();
        let said: Vec<_> = report.findings.iter().map(|f| f.what.clone()).collect();
        if name == "store/conf" && said.is_empty() {
            // The engine writes this one anew and loses nothing.
            known.line.now.assert_equals(&store, name);
            continue;
        }
        assert!(said.iter().any(|s| s.contains(words)), "{name}: {said:?}");
        assert!(store.revision() >= known.line.now.revision);
        if name == "store.head" {
            known.line.now.assert_equals(&store, name);
        }
    }
}

#[test]
fn an_older_copy_of_the_store_is_noticed() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("data");
    drop(small_store(&dir));
    let older = root.path().join("older");
    copy(&dir.join("store"), &older);
    let store = sound(&dir);
    let commit = random_commit(&mut Rng::new(5), store.revision().next());
    store.apply(&commit).unwrap();
    let acknowledged = store.revision();
    drop(store);
    std::fs::remove_dir_all(dir.join("store")).unwrap();
    copy(&older, &dir.join("store"));
    let (store, report) = SledStore::open(&dir, options()).unwrap();
    assert!(report.findings.iter().any(|f| f.what.contains("acknowledged commits are missing")));
    assert!(report.quarantine.is_some_and(|q| q.exists()));
    assert!(store.revision() > acknowledged, "its number is not given out again");
    for state in store.scopes().unwrap() {
        assert_ne!(state.coverage.state, CoverageState::Ok, "{}", state.scope.key);
    }
    assert_eq!(store.info().quarantined, 1);
}

#[test]
fn a_restoration_that_was_interrupted_is_taken_up() {
    let root = tempfile::tempdir().unwrap();
    let original = root.path().join("original");
    let known = small_store(&original);
    // Not finished: what it made so far is thrown away.
    let dir = root.path().join("early");
    copy(&original, &dir);
    std::fs::create_dir(dir.join("store.new")).unwrap();
    std::fs::write(dir.join("store.new/db"), "half").unwrap();
    known.line.now.assert_equals(&sound(&dir), "the old store");
    assert!(!dir.join("store.new").exists());
    // Finished, but not yet in its place.
    let dir = root.path().join("late");
    copy(&original, &dir);
    std::fs::rename(dir.join("store"), dir.join("store.new")).unwrap();
    known.line.now.assert_equals(&sound(&dir), "the new store");
    assert!(!dir.join("store.new").exists());
}
