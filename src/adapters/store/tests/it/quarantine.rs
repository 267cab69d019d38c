//! What was put aside is told of, comes back when it is whole, and goes only when somebody says so.

use std::path::Path;

use cloudscope_ports::{
    AssetStore, Commit, StoreError,
    contract::{
        sample::Rng,
        store::{Model, random_commit},
    },
};
use cloudscope_store::{SledStore, put_back, quarantined, remove_quarantined};

use crate::{
    options,
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
    before.assert_equals(&sound(dir.path()), "put back");

    // The other way round.
    let all = quarantined(dir.path()).unwrap();
    let [other] = &all[..] else { panic!("{all:?}") };
    assert_eq!((Some(&other.name), other.revision), (back.aside.as_ref(), Some(after.revision)));
    put_back(dir.path(), &options(), &other.name).unwrap();
    let store = sound(dir.path());
    assert_eq!((store.revision(), store.info().records), (after.revision, after.records.len() as u64));
    drop(store);

    let all = quarantined(dir.path()).unwrap();
    remove_quarantined(dir.path(), &all[0].name).unwrap();
    assert_eq!(quarantined(dir.path()).unwrap(), []);
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
