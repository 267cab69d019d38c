//! Tests of damage that appears while the store is open: values are changed below the store's feet.

use std::path::Path;

use cloudscope_domain::{CoverageState, ScopeKey, Unseen};
use cloudscope_ports::{
    AssetStore, Commit, StoreError,
    contract::{sample, store as suite},
};

use crate::{
    OpenOptions, SledStore,
    layout::{Key, Place},
};

fn open(dir: &Path) -> (SledStore, crate::OpenReport) {
    SledStore::open(dir, OpenOptions::default()).unwrap()
}

/// Two scopes of 150 records each, in two segments each.
fn filled(dir: &Path) -> SledStore {
    let (store, _) = open(dir);
    let scopes = ["a", "b"].map(|listing| sample::scope("s", listing));
    let commit = Commit {
        records: scopes
            .iter()
            .flat_map(|s| (0..150).map(|n| sample::record(&s.key, &format!("{}{n}", s.key.listing), 1)))
            .collect(),
        scopes: scopes.iter().map(|s| sample::scope_state(s, 150, 1, vec![])).collect(),
        runs: vec![sample::run(1, &scopes[0].key)],
        changes: vec![sample::change("a1", 1, 0)],
        ..suite::next(&store)
    };
    store.apply(&commit).unwrap();
    store
}

fn spoil(store: &SledStore, key: Key) {
    let db = store.reading().unwrap();
    let mut value = db.get(key.encode()).unwrap().unwrap().to_vec();
    let last = value.len() - 1;
    value[last] ^= 1;
    db.insert(key.encode(), value).unwrap();
}

fn states(store: &SledStore) -> Vec<(String, CoverageState)> {
    let mut all: Vec<_> =
        store.scopes().unwrap().iter().map(|s| (s.scope.key.listing.clone(), s.coverage.state)).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

const SECOND: Place = Place { scope: 0, segment: 1 };

#[test]
fn a_spoilt_segment_is_named_left_out_and_put_right() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path());
    spoil(&store, Key::Segment(SECOND));

    let key = sample::record(&ScopeKey::new("s", "a"), "a120", 1).record_key();
    assert!(matches!(store.get(&key), Err(StoreError::Damaged(_))), "it is not passed off as absent");
    let mut seen = 0;
    let report = store
        .load(&mut |_| {
            seen += 1;
            true
        })
        .unwrap();
    assert_eq!((seen, report.records), (250, 250), "what is sound is handed out");
    let scope = Some(ScopeKey::new("s", "a"));
    assert!(report.findings.iter().any(|f| f.scope == scope && f.records == Some(50)));
    assert!(report.findings.iter().all(|f| f.scope == scope), "{:?}", report.findings);
    assert_eq!(states(&store), [("a".into(), CoverageState::Partial), ("b".into(), CoverageState::Ok)]);
    assert!(store.check().unwrap().findings.iter().any(|f| f.scope == scope && f.records == Some(50)));

    // The scope can be collected again at once.
    let again = sample::scope("s", "a");
    let commit = Commit {
        records: (0..150).map(|n| sample::record(&again.key, &format!("a{n}"), 2)).collect(),
        scopes: vec![sample::scope_state(&again, 150, 2, vec![])],
        ..suite::next(&store)
    };
    store.apply(&commit).unwrap();
    assert_eq!(store.get(&key).unwrap().unwrap().revision.0, 2);
    drop(store);
    assert!(!dir.path().join("store.clean").exists(), "it does not pass for clean");

    let (store, report) = open(dir.path());
    assert!(report.probed && report.quarantine.is_some());
    assert_eq!(suite::load(&store).len(), 300, "nothing that was collected again is lost");
    assert_eq!(store.check().unwrap().findings, []);
    assert_eq!(store.runs(9).unwrap().len(), 1);
    assert_eq!(suite::changes_after(&store, cloudscope_domain::Revision(0), 9).len(), 1);
    drop(store);
    let (_, report) = open(dir.path());
    assert_eq!((report.findings, report.probed), (vec![], false));
}

#[test]
fn a_segment_that_vanished_is_missed() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path());
    let db = store.reading().unwrap();
    db.remove(Key::Segment(SECOND).encode()).unwrap();
    drop(db);
    let report = store.load(&mut |_| true).unwrap();
    assert_eq!(report.records, 250);
    let found: Vec<_> = report.findings.iter().map(|f| (f.scope.clone(), f.records)).collect();
    assert_eq!(found, [(Some(ScopeKey::new("s", "a")), Some(50))]);
    drop(store);
    let (store, report) = open(dir.path());
    assert!(report.findings.iter().any(|f| f.scope == Some(ScopeKey::new("s", "a"))));
    assert!(report.findings.iter().all(|f| f.scope != Some(ScopeKey::new("s", "b"))), "b lost nothing");
    assert_eq!(states(&store), [("a".into(), CoverageState::Partial), ("b".into(), CoverageState::Ok)]);
    for state in store.scopes().unwrap() {
        assert_eq!(state.unseen == Unseen::All, state.scope.key.listing == "a");
    }
}

#[test]
fn an_older_value_in_place_of_the_newer_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path());
    let db = store.reading().unwrap();
    let key = Key::Segment(SECOND).encode();
    let older = db.get(&key).unwrap().unwrap();
    let record = sample::record(&ScopeKey::new("s", "a"), "a120", 2);
    store.apply(&Commit { records: vec![record], ..suite::next(&store) }).unwrap();
    db.insert(key, older).unwrap();
    drop(db);
    drop(store);
    std::fs::remove_file(dir.path().join("store.clean")).unwrap();
    let (store, report) = open(dir.path());
    assert!(
        report.findings.iter().any(|f| f.scope == Some(ScopeKey::new("s", "a")) && f.what.contains("old"))
    );
    assert_eq!(states(&store), [("a".into(), CoverageState::Partial), ("b".into(), CoverageState::Ok)]);
}

#[test]
fn a_lost_manifest_state_run_or_change_is_noticed() {
    for (key, everywhere) in [
        (Key::Manifest(0), true),
        (Key::Page(0), true),
        (Key::Meta, true),
        (Key::Run(1), false),
        (Key::Changes { revision: 1, chunk: 0 }, false),
    ] {
        for remove in [true, false] {
            let dir = tempfile::tempdir().unwrap();
            let store = filled(dir.path());
            if remove {
                store.reading().unwrap().remove(key.encode()).unwrap();
            } else {
                spoil(&store, key);
            }
            drop(store);
            let _ = std::fs::remove_file(dir.path().join("store.clean"));
            let (store, report) = open(dir.path());
            assert!(report.findings.len() > 1, "{key:?}");
            assert_eq!(suite::load(&store).len(), 300, "{key:?}: the records are all there");
            let doubted = states(&store).iter().filter(|(_, s)| *s != CoverageState::Ok).count();
            // Both scopes stand on the same page.
            let expected = if everywhere { 2 } else { 0 };
            assert_eq!(doubted, expected, "{key:?}, removed: {remove}: {:?}", report.findings);
        }
    }
}

#[test]
fn two_versions_of_a_record_that_moved_become_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path());
    let db = store.reading().unwrap();
    let key = Key::Segment(SECOND).encode();
    let older = db.get(&key).unwrap().unwrap();
    let moved = sample::record(&ScopeKey::new("s", "b"), "a120", 2);
    store.apply(&Commit { records: vec![moved.clone()], ..suite::next(&store) }).unwrap();
    db.insert(key, older).unwrap();
    drop(db);
    drop(store);
    std::fs::remove_file(dir.path().join("store.clean")).unwrap();
    let (store, _) = open(dir.path());
    assert_eq!(suite::load(&store).len(), 300);
    assert_eq!(store.get_by_id(&"a120".into()).unwrap(), [moved]);
}
