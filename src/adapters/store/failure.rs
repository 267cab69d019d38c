//! Tests that a commit which could not be made durable leaves nothing, and that the next one goes on.

use std::path::Path;

use cloudscope_domain::Revision;
use cloudscope_ports::{
    AssetStore, StoreError,
    contract::{
        sample::Rng,
        store::{Model, random_commit},
    },
};

use crate::{OpenOptions, SledStore, head::HeadFile};

fn open(dir: &Path) -> SledStore {
    let (store, report) = SledStore::open(dir, OpenOptions::default()).unwrap();
    assert_eq!(report.findings, []);
    store
}

#[test]
fn a_commit_whose_side_file_cannot_be_written_is_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut model = Model::default();
    let mut rng = Rng::new(8);
    for _ in 0..3 {
        let commit = random_commit(&mut rng, model.revision.next());
        store.apply(&commit).unwrap();
        model.apply(&commit);
    }

    store.writer().head = HeadFile::unwritable(&store.directory);
    let failing = random_commit(&mut rng, model.revision.next());
    assert!(matches!(store.apply(&failing), Err(StoreError::Io(_))));
    assert_eq!(store.revision(), model.revision, "what was not acknowledged is not there");
    // A directory in the way of the new side file: it cannot be put right yet.
    let blocker = dir.path().join("store.head.new");
    std::fs::create_dir(&blocker).unwrap();
    assert!(matches!(store.apply(&failing), Err(StoreError::Io(_))), "still blocked");
    assert!(store.scopes().is_err(), "what may not be true is not told");

    std::fs::remove_dir(&blocker).unwrap();
    model.assert_equals(&store, "after the failure");
    let other = random_commit(&mut Rng::new(77), model.revision.next());
    assert_ne!(other, failing);
    store.apply(&other).unwrap();
    model.apply(&other);
    model.assert_equals(&store, "another commit of the same number");
    drop(store);
    model.assert_equals(&open(dir.path()), "reopened");
}

#[test]
fn a_failed_commit_that_nobody_repeats_is_whole_or_absent_when_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut model = Model::default();
    let commit = random_commit(&mut Rng::new(5), Revision(1));
    store.writer().head = HeadFile::unwritable(&store.directory);
    assert!(store.apply(&commit).is_err());
    drop(store);
    let store = open(dir.path());
    if store.revision() == Revision(1) {
        model.apply(&commit);
    }
    model.assert_equals(&store, "opened again");
}

/// A full disk has no room for a new side file; here something is in its way.
#[test]
fn a_store_that_was_not_closed_is_opened_where_no_file_can_be_made() {
    for acknowledged in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let mut model = Model::default();
        let mut rng = Rng::new(6);
        for _ in 0..3 {
            let commit = random_commit(&mut rng, model.revision.next());
            store.apply(&commit).unwrap();
            model.apply(&commit);
        }
        if !acknowledged {
            // Whole in the tree, and not in the side file.
            let commit = random_commit(&mut rng, model.revision.next());
            store.writer().head = HeadFile::unwritable(&store.directory);
            assert!(store.apply(&commit).is_err());
            model.apply(&commit);
        }
        drop(store);
        let _ = std::fs::remove_file(dir.path().join("store.clean"));
        let side = |dir: &Path| std::fs::read(dir.join("store.head")).unwrap();
        let before = side(dir.path());
        let blocker = dir.path().join("store.head.new");
        std::fs::create_dir(&blocker).unwrap();
        let store = open(dir.path());
        model.assert_equals(&store, "opened");
        assert_eq!(side(dir.path()) == before, acknowledged, "it says so already");
        let commit = random_commit(&mut rng, model.revision.next());
        store.apply(&commit).unwrap();
        model.apply(&commit);
        drop(store);
        std::fs::remove_dir(&blocker).unwrap();
        model.assert_equals(&open(dir.path()), "opened again");
    }
}

#[test]
fn a_full_disk_refuses_the_commit_and_keeps_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let commit = random_commit(&mut Rng::new(3), Revision(1));
    let options = OpenOptions { reserve_bytes: u64::MAX, ..OpenOptions::default() };
    let (store, _) = SledStore::open(dir.path(), options).unwrap();
    assert!(matches!(store.apply(&commit), Err(StoreError::Full(_))));
    Model::default().assert_equals(&store, "nothing was written");
    drop(store);
    let store = open(dir.path());
    store.apply(&commit).unwrap();
    let mut model = Model::default();
    model.apply(&commit);
    model.assert_equals(&store, "there is room again");
}
