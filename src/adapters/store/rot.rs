//! Tests of damage that appears while the store is open: values are changed below the store's feet.

use std::path::Path;

use cloudscope_domain::{CoverageState, Pin, Revision, ScopeKey, Unseen};
use cloudscope_ports::{
    AssetStore, ChangeRange, Commit, StoreError,
    contract::{
        sample::{self, Rng},
        store::{self as suite, history::Timeline},
    },
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
        (Key::Step(1), false),
        (Key::Times(0), false),
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

/// Five commits, each of which rewrites a record and the state of its scope.
fn with_past(dir: &Path) -> (SledStore, Timeline) {
    let (store, _) = open(dir);
    let mut line = Timeline::default();
    let scope = sample::scope("s", "a");
    for n in 1..=5 {
        let commit = Commit {
            records: (0..20).map(|i| sample::record(&scope.key, &format!("a{i}"), n)).collect(),
            scopes: vec![sample::scope_state(&scope, 20, n, vec![])],
            changes: vec![sample::change("a1", n, 0)],
            pinned: vec![Pin { id: "a1".into(), at: sample::time(n) }],
            ..suite::next(&store)
        };
        store.apply(&commit).unwrap();
        line.apply(&commit);
    }
    (store, line)
}

#[test]
fn damaged_history_is_named_and_bounds_what_is_told() {
    for key in [Key::Step(3), Key::Records { revision: 3, chunk: 0 }, Key::States { revision: 3, first: 0 }] {
        for remove in [true, false] {
            let dir = tempfile::tempdir().unwrap();
            let (store, mut line) = with_past(dir.path());
            if remove {
                store.reading().unwrap().remove(key.encode()).unwrap();
            } else {
                spoil(&store, key);
            }
            let mut rng = Rng::new(1);
            let context = format!("{key:?}, removed: {remove}");
            // Whoever runs into it is told, not given a guess.
            let asked = match key {
                Key::States { .. } => store.scopes_at(Revision(2)).map(drop),
                _ => store.load_at(Revision(2), &mut |_| true).map(drop),
            };
            let Err(StoreError::Damaged(why)) = asked else { panic!("{context}: {asked:?}") };
            assert!(why.contains("revision 3"), "{context}: {why}");
            assert_eq!(store.oldest(), Some((Revision(3), sample::time(3))), "{context}");
            for revision in 0..3 {
                let revision = Revision(revision);
                assert!(matches!(store.load_at(revision, &mut |_| true), Err(StoreError::Damaged(_))));
                assert!(matches!(store.get_many_at(revision, &[]), Err(StoreError::Damaged(_))));
                assert!(matches!(store.scopes_at(revision), Err(StoreError::Damaged(_))));
            }
            assert_eq!(store.revision_at(sample::time(2)).unwrap(), None, "{context}");
            let found = store.check().unwrap().findings;
            assert!(found.iter().any(|f| f.what.contains("history of revision 3")), "{context}: {found:?}");
            // What is after it can still be told.
            for revision in 3..=5 {
                let mut seen = 0;
                let visit = &mut |record: cloudscope_domain::Record| {
                    assert_eq!(record.revision, Revision(revision), "{context}");
                    seen += 1;
                    true
                };
                store.load_at(Revision(revision), visit).unwrap();
                assert_eq!(seen, 20, "{context}");
            }
            drop(store);
            // Put right when it is opened again: history begins behind the damage.
            let (store, report) = open(dir.path());
            assert!(report.findings.iter().any(|f| f.what.contains("history of revision 3")), "{context}");
            line.forget_before(Revision(3));
            line.apply(&Commit { revision: Revision(6), at: sample::time(5), ..Commit::default() });
            for revision in 3..=6 {
                line.assert_then(&store, Revision(revision), &mut rng, &context);
            }
            assert_eq!(store.oldest().unwrap().0, Revision(3), "{context}");
            assert_eq!(store.check().unwrap().findings, [], "{context}");
            assert_eq!(
                states(&store),
                [("a".into(), CoverageState::Ok)],
                "{context}: nothing of today is doubted"
            );
        }
    }
}

#[test]
fn damaged_pins_changes_and_times_are_told_and_put_right() {
    for key in [Key::Pins, Key::Changes { revision: 3, chunk: 0 }, Key::Times(0)] {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = with_past(dir.path());
        spoil(&store, key);
        let asked = match key {
            Key::Pins => store.pins().map(drop),
            Key::Times(_) => store.revision_at(sample::time(3)).map(drop),
            _ => store.changes(&ChangeRange::after(Revision(0)), &mut |_| true),
        };
        assert!(matches!(asked, Err(StoreError::Damaged(_))), "{key:?}: {asked:?}");
        drop(store);
        let _ = std::fs::remove_file(dir.path().join("store.clean"));
        let (store, report) = open(dir.path());
        assert!(report.findings.len() > 1, "{key:?}");
        assert_eq!(store.check().unwrap().findings, [], "{key:?}");
        assert_eq!(suite::load(&store).len(), 20, "{key:?}");
        let oldest = store.oldest().unwrap().0;
        match key {
            Key::Pins => assert_eq!((store.pins().unwrap(), oldest), (vec![], Revision(0))),
            Key::Times(_) => {
                assert_eq!(store.revision_at(sample::time(3)).unwrap(), Some((Revision(3), sample::time(3))));
                assert_eq!(oldest, Revision(0), "the times are in the steps too");
            }
            _ => {
                // From the oldest revision on all changes are there.
                assert_eq!(oldest, Revision(3));
                assert_eq!(suite::changes_after(&store, oldest, 9).len(), 2);
            }
        }
    }
}

#[test]
fn a_commit_over_a_damaged_segment_ends_the_past() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = with_past(dir.path());
    spoil(&store, Key::Segment(Place::default()));
    let records = vec![sample::record(&ScopeKey::new("s", "a"), "a1", 6)];
    store.apply(&Commit { records, ..suite::next(&store) }).unwrap();
    // Whether the record was there before cannot be told any more.
    assert_eq!(store.oldest(), Some((Revision(6), sample::time(6))));
    assert!(matches!(store.load_at(Revision(5), &mut |_| true), Err(StoreError::Forgotten { .. })));
}

#[test]
fn an_old_page_of_states_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = with_past(dir.path());
    let db = store.reading().unwrap();
    let key = Key::Page(0).encode();
    let older = db.get(&key).unwrap().unwrap();
    let scope = sample::scope("s", "a");
    let scopes = vec![sample::scope_state(&scope, 20, 6, vec![])];
    store.apply(&Commit { scopes, ..suite::next(&store) }).unwrap();
    db.insert(key, older).unwrap();
    drop(db);
    drop(store);
    std::fs::remove_file(dir.path().join("store.clean")).unwrap();
    let (store, report) = open(dir.path());
    let named = report.findings.iter().find(|f| f.scope == Some(scope.key.clone()));
    assert!(named.is_some_and(|f| f.what.contains("state is lost or old")), "{:?}", report.findings);
    assert_eq!(states(&store), [("a".into(), CoverageState::Partial)]);
}
