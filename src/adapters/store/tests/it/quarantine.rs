//! What was put aside is told of, comes back when it is whole, and goes only when somebody says so.

use std::path::Path;

use cloudscope_domain::Revision;
use cloudscope_ports::{
    AssetStore, Commit, StoreError,
    contract::{
        sample::{self, Rng},
        store::{Model, random_commit},
    },
};
use cloudscope_store::{SledStore, put_back, quarantined, remove_quarantined};

use crate::{
    open, options,
    probe::{cut, doubtful, files, with},
    sound,
};

/// A store that is sound lies in quarantine, because the engine died on it twice; another one is in its place.
fn put_aside(dir: &Path) -> (Model, Model) {
    let before = doubtful(dir);
    let (store, report) = SledStore::open(dir, with(&["abort"])).unwrap();
    assert!(report.findings[0].remedy.contains("cloudscope store quarantine"), "{:?}", report.findings);
    let commit = Commit { changes: vec![], ..random_commit(&mut Rng::new(11), store.revision().next()) };
    store.apply(&commit).unwrap();
    let mut after = Model::default();
    after.apply(&commit);
    (before, after)
}

#[test]
fn what_is_whole_comes_back_and_what_was_there_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (before, after) = put_aside(dir.path());
    let all = quarantined(dir.path()).unwrap();
    let [aside] = &all[..] else { panic!("{all:?}") };
    assert_eq!(aside.revision, Some(before.revision), "its side file is with it");
    assert!(aside.at.is_some() && aside.bytes > 0, "{aside:?}");
    assert!(aside.why.as_ref().unwrap().contains("killed by a signal"), "{aside:?}");

    let there = sound(dir.path());
    assert!(matches!(put_back(dir.path(), &options(), &aside.name), Err(StoreError::Held { .. })));
    drop(there);
    let back = put_back(dir.path(), &options(), &aside.name).unwrap();
    assert_eq!(back.revision, Some(before.revision));
    let given = before.revision.max(after.revision);
    Model { revision: given, ..before }.assert_equals(&sound(dir.path()), "put back");

    // The other way round.
    let all = quarantined(dir.path()).unwrap();
    let [other] = &all[..] else { panic!("{all:?}") };
    assert_eq!((Some(&other.name), other.revision), (back.aside.as_ref(), Some(after.revision)));
    put_back(dir.path(), &options(), &other.name).unwrap();
    let store = sound(dir.path());
    assert_eq!((store.revision(), store.info().records), (given, after.records.len() as u64));
    drop(store);

    let all = quarantined(dir.path()).unwrap();
    remove_quarantined(dir.path(), &all[0].name).unwrap();
    assert_eq!(quarantined(dir.path()).unwrap(), []);
}

/// Back and forth between two stores, with commits in each: a number stands for one commit only, also when nobody
/// opened the store in between, and what each knew of its past it still knows.
#[test]
fn no_revision_is_given_out_twice_by_putting_back() {
    let dir = tempfile::tempdir().unwrap();
    put_aside(dir.path());
    let mut rng = Rng::new(5);
    let mut given = sound(dir.path()).revision();
    for round in 0..6 {
        let name = quarantined(dir.path()).unwrap().remove(0).name;
        put_back(dir.path(), &options(), &name).unwrap();
        if round % 3 == 2 {
            continue;
        }
        let store = sound(dir.path());
        assert!(store.revision() >= given, "round {round}: {} after {given}", store.revision());
        // More than are filled in at once, and more than a block of times, the first time.
        for _ in 0..if round == 0 { 5_000 } else { 3 } {
            let at = sample::time(store.revision().next().0);
            store.apply(&Commit { revision: store.revision().next(), at, ..Commit::default() }).unwrap();
        }
        let commit = random_commit(&mut rng, store.revision().next());
        store.apply(&commit).unwrap();
        given = store.revision();
        assert_eq!(store.check().unwrap().findings, [], "round {round}");
        drop(store);
        let store = sound(dir.path());
        assert_eq!(store.revision(), given);
        for revision in [store.oldest().unwrap().0, Revision(given.0 / 2), Revision(given.0 - 1)] {
            store.load_at(revision, &mut |_| true).unwrap();
        }
    }
}

#[test]
fn without_its_side_file_it_cannot_be_told_what_the_present_store_gave_out() {
    let dir = tempfile::tempdir().unwrap();
    let (before, after) = put_aside(dir.path());
    let name = quarantined(dir.path()).unwrap().remove(0).name;
    let head = dir.path().join("store.head");
    std::fs::remove_file(&head).unwrap();
    let error = put_back(dir.path(), &options(), &name).unwrap_err();
    assert!(matches!(&error, StoreError::Unsafe(why) if why.contains("open it once")), "{error:?}");
    assert!(!head.exists() && quarantined(dir.path()).unwrap().len() == 1, "nothing was changed");
    drop(open(dir.path()));
    put_back(dir.path(), &options(), &name).unwrap();
    assert!(sound(dir.path()).revision() >= before.revision.max(after.revision));
}

/// One that had no side file is put back with a warning, as ever, and goes on behind what was given out.
#[test]
fn one_without_a_side_file_of_its_own_goes_on_behind_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let (before, after) = put_aside(dir.path());
    let name = quarantined(dir.path()).unwrap().remove(0).name;
    std::fs::remove_file(dir.path().join("quarantine").join(&name).join("store.head")).unwrap();
    assert_eq!(put_back(dir.path(), &options(), &name).unwrap().revision, None);
    let (store, report) = open(dir.path());
    assert!(report.findings.iter().any(|f| f.what.contains("side file")), "{:?}", report.findings);
    assert_eq!(report.quarantine, None);
    assert_eq!(store.info().records, before.records.len() as u64);
    assert!(store.revision() >= before.revision.max(after.revision));
}

#[test]
fn what_is_not_whole_stays_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let (_, after) = put_aside(dir.path());
    let name = quarantined(dir.path()).unwrap().remove(0).name;
    let db = dir.path().join("quarantine").join(&name).join("db");
    cut(&db);
    let before = files(&dir.path().join("store"));
    let error = put_back(dir.path(), &options(), &name).unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
    assert_eq!(files(&dir.path().join("store")), before);
    assert_eq!(quarantined(dir.path()).unwrap().len(), 1);
    // An older one against a side file that is newer is not whole either.
    std::fs::copy(dir.path().join("store.head"), db.with_file_name("store.head")).unwrap();
    assert!(matches!(put_back(dir.path(), &options(), &name), Err(StoreError::Damaged(_))));
    assert_eq!(sound(dir.path()).revision(), after.revision);
}

#[test]
fn only_what_is_listed_has_a_name() {
    let dir = tempfile::tempdir().unwrap();
    put_aside(dir.path());
    let before = files(dir.path());
    for name in ["", ".", "..", "../store", "/", "20200101T000000Z"] {
        assert!(remove_quarantined(dir.path(), name).is_err(), "{name}");
        assert!(put_back(dir.path(), &options(), name).is_err(), "{name}");
    }
    assert_eq!(files(dir.path()), before);
}
