//! A commit that could not be made durable leaves nothing, and the next one goes on.

use cloudscope_ports::{
    AssetStore, Commit, StoreError,
    contract::{
        sample::Rng,
        store::{Model, random_commit},
    },
};
use cloudscope_store::{OpenOptions, SledStore};

use crate::{open, options, sound};

#[test]
fn a_commit_whose_side_file_cannot_be_written_is_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = sound(dir.path());
    let mut model = Model::default();
    let mut rng = Rng::new(8);
    let mut commit = || -> Commit { random_commit(&mut rng, model.revision.next()) };
    let (first, second) = (commit(), commit());
    store.apply(&first).unwrap();
    model.apply(&first);

    // A directory in place of the new side file.
    let blocker = dir.path().join("store.head.new");
    std::fs::create_dir(&blocker).unwrap();
    let second = Commit { revision: model.revision.next(), ..second };
    assert!(matches!(store.apply(&second), Err(StoreError::Io(_))));
    assert_eq!(store.revision(), model.revision, "what was not acknowledged is not there");
    assert!(matches!(store.apply(&second), Err(StoreError::Io(_))), "still blocked");

    std::fs::remove_dir(&blocker).unwrap();
    model.assert_equals(&store, "after the failure");
    let other = random_commit(&mut Rng::new(77), model.revision.next());
    store.apply(&other).unwrap();
    model.apply(&other);
    model.assert_equals(&store, "another commit of the same number");
    drop(store);
    let (store, report) = open(dir.path());
    assert_eq!(report.findings, []);
    model.assert_equals(&store, "reopened");
}

#[test]
fn a_full_disk_refuses_the_commit_and_keeps_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let commit = random_commit(&mut Rng::new(3), cloudscope_domain::Revision(1));
    let (store, _) =
        SledStore::open(dir.path(), OpenOptions { reserve_bytes: u64::MAX, ..options() }).unwrap();
    assert!(matches!(store.apply(&commit), Err(StoreError::Full(_))));
    Model::default().assert_equals(&store, "nothing was written");
    drop(store);
    let store = sound(dir.path());
    store.apply(&commit).unwrap();
    let mut model = Model::default();
    model.apply(&commit);
    model.assert_equals(&store, "there is room again");
}
