//! The suite that every store passes, and a store that is opened without having been closed.

use std::{io::Read, sync::Arc};

use cloudscope_ports::{
    AssetStore, Shelf, StoreError,
    contract::{
        sample::Rng,
        store::{self, Model, random_commit},
    },
};

use cloudscope_store::{OpenOptions, SledStore};

use crate::{Dirs, open, sound};

#[test]
fn it_keeps_the_contract_of_a_durable_store() {
    let dirs = Dirs::default();
    store::durable(&|| dirs.make(), &Dirs::reopen);
}

#[test]
fn a_store_that_was_not_closed_cleanly_is_looked_at_first_and_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut model = Model::default();
    let store = sound(dir.path());
    let mut rng = Rng::new(1);
    for _ in 0..5 {
        let commit = random_commit(&mut rng, model.revision.next());
        store.apply(&commit).unwrap();
        model.apply(&commit);
    }
    drop(store);
    std::fs::remove_file(dir.path().join("store.clean")).unwrap();
    let (store, report) = open(dir.path());
    assert!(report.probed);
    assert_eq!((report.findings, report.quarantine), (vec![], None));
    model.assert_equals(&store, "after the probe");
}

#[test]
fn readers_see_whole_commits_while_others_write() {
    let dir = tempfile::tempdir().unwrap();
    let store = sound(dir.path());
    let scopes = ["a", "b"].map(|l| cloudscope_domain::ScopeKey::new("s", l));
    let commit = |revision: u64| {
        // All records change their scope with every commit.
        let scope = &scopes[revision as usize % 2];
        let records = (0..150)
            .map(|n| cloudscope_ports::contract::sample::record(scope, &format!("id{n}"), revision))
            .collect();
        cloudscope_ports::Commit {
            revision: cloudscope_domain::Revision(revision),
            records,
            ..Default::default()
        }
    };
    store.apply(&commit(1)).unwrap();
    let key = commit(1).records[77].record_key();
    std::thread::scope(|threads| {
        let writer = threads.spawn(|| {
            for revision in 2..60 {
                store.apply(&commit(revision)).unwrap();
            }
        });
        let mut last = 0;
        while !writer.is_finished() {
            let record = store.get(&key).unwrap().expect("a record that moves is never out of sight");
            assert!(record.revision.0 >= last, "time does not run backwards");
            last = record.revision.0;
        }
    });
    assert_eq!(store.get(&key).unwrap().unwrap().revision.0, 59);
}

#[test]
fn what_lies_beside_is_handed_out_while_a_store_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let open = || {
        let mut shelves: Vec<Arc<dyn Shelf>> = Vec::new();
        let opened =
            SledStore::open_while(dir.path(), OpenOptions::default(), &mut |shelf| shelves.push(shelf));
        (opened.map(|(store, _)| store), shelves)
    };
    let (store, shelves) = open();
    assert!(shelves.is_empty(), "nothing can lie beside a new store");
    let store = store.unwrap();
    store.shelf().unwrap().put("index", &mut |out| out.write_all(b"saved")).unwrap();
    // Somebody else has the directory: what lies there may be replaced at any time.
    let (refused, shelves) = open();
    assert!(matches!(refused, Err(StoreError::Held { .. })) && shelves.is_empty());
    drop(store);
    let (store, shelves) = open();
    let [shelf] = &shelves[..] else { panic!("{}", shelves.len()) };
    let read = |shelf: &dyn Shelf| {
        let mut all = String::new();
        shelf.get("index").unwrap().unwrap().read_to_string(&mut all).unwrap();
        all
    };
    assert_eq!(read(&**shelf), "saved");
    assert_eq!(read(store.unwrap().shelf().unwrap()), "saved");
}
