//! The store from outside: its contract, its directory, what damage and sudden death leave of it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod check;
mod compact;
mod contract;
mod damage;
mod directory;
mod former;
mod full;
mod fuzz;
mod kill;
mod probe;
mod quarantine;

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

use cloudscope_ports::AssetStore;
use cloudscope_store::{OpenOptions, OpenReport, ProbeCommand, SledStore};
use tempfile::TempDir;

/// The program of `examples/child.rs`, which cargo builds with the tests.
fn child() -> PathBuf {
    let deps = std::env::current_exe().unwrap();
    let path = deps.ancestors().nth(2).unwrap().join("examples").join("child");
    assert!(path.exists(), "{} is not there: run `cargo test -p cloudscope-store`", path.display());
    path
}

fn options() -> OpenOptions {
    let probe = ProbeCommand { program: child(), arguments: vec!["probe".into()] };
    OpenOptions { cache_bytes: 4 << 20, probe: Some(probe), ..OpenOptions::default() }
}

fn open(dir: &Path) -> (SledStore, OpenReport) {
    SledStore::open(dir, options()).unwrap()
}

/// Opens a store that must be sound.
fn sound(dir: &Path) -> SledStore {
    let (store, report) = open(dir);
    assert_eq!(report.findings, []);
    assert_eq!(report.quarantine, None);
    store
}

/// Directories for stores that a suite makes; gone at the end.
#[derive(Default)]
struct Dirs(RefCell<Vec<TempDir>>);

impl Dirs {
    fn make(&self) -> Box<dyn AssetStore> {
        let dir = tempfile::tempdir().unwrap();
        let store = sound(dir.path());
        self.0.borrow_mut().push(dir);
        Box::new(store)
    }

    /// Closes a store and opens it again.
    fn reopen(store: Box<dyn AssetStore>) -> Box<dyn AssetStore> {
        let path = PathBuf::from(store.info().path);
        drop(store);
        let (store, report) = open(&path);
        assert_eq!(report.findings, []);
        assert!(!report.probed, "a store that was closed cleanly needs no probe");
        Box::new(store)
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
