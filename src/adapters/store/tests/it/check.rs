//! A check of a store that nobody has open finds what is wrong, and restores nothing.

use std::path::Path;

use cloudscope_ports::{AssetStore, StoreError};
use cloudscope_store::{OpenOptions, examine};

use crate::{
    open, options,
    probe::{cut, doubtful, files, with},
    sound,
};

/// What is in the data directory beside the engine's own files.
fn beside(dir: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    files(dir).into_iter().filter(|(path, _)| !path.starts_with(dir.join("store"))).collect()
}

#[test]
fn a_sound_store_is_as_it_was_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let model = doubtful(dir.path());
    for (closed, probe) in [(false, options().probe), (true, options().probe), (true, None)] {
        let before = beside(dir.path());
        let report = examine(dir.path(), &OpenOptions { probe, ..options() }).unwrap();
        assert_eq!(report.findings, [], "closed: {closed}");
        assert_eq!(report.records, model.records.len() as u64);
        assert_eq!((report.revision, report.acknowledged), (model.revision, model.revision));
        let names = |all: &[(std::path::PathBuf, _)]| all.iter().map(|(p, _)| p.clone()).collect::<Vec<_>>();
        let after = beside(dir.path());
        assert_eq!(names(&after), names(&before), "closed: {closed}");
        for (old, new) in before.iter().zip(&after).filter(|(old, _)| !old.0.ends_with("store.clean")) {
            assert_eq!(old, new, "closed: {closed}");
        }
        let (store, opened) = open(dir.path());
        assert_eq!(opened.probed, !closed, "whether it was closed is known as before");
        assert_eq!(store.check().unwrap(), report, "whoever has it open says the same");
        model.assert_equals(&store, "opened");
    }
}

#[test]
fn a_damaged_store_is_told_and_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let model = doubtful(dir.path());
    drop(sound(dir.path()));
    let db = dir.path().join("store/db");
    cut(&db);
    std::fs::remove_file(dir.path().join("store.clean")).unwrap();
    let before = beside(dir.path());
    let report = examine(dir.path(), &options()).unwrap();
    assert!(!report.findings.is_empty());
    assert_eq!(report.acknowledged, model.revision);
    assert_eq!(beside(dir.path()), before);
    // Again, and then it is opened and saved.
    assert!(!examine(dir.path(), &options()).unwrap().findings.is_empty());
    let (_, opened) = open(dir.path());
    assert!(opened.probed && opened.quarantine.is_some(), "{opened:?}");
}

#[test]
fn an_engine_that_does_not_survive_it_is_a_finding_and_somebody_elses_signal_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let model = doubtful(dir.path());
    let before = files(dir.path());
    let report = examine(dir.path(), &with(&["abort"])).unwrap();
    assert!(report.findings[0].what.contains("killed by a signal"), "{report:?}");
    assert!(matches!(examine(dir.path(), &with(&["killed", "TERM"])), Err(StoreError::Io(_))));
    assert!(matches!(examine(dir.path(), &with(&["nonsense"])), Err(StoreError::Io(_))));
    assert_eq!(files(dir.path()), before);
    let store = sound(dir.path());
    model.assert_equals(&store, "as it was");
    assert!(matches!(examine(dir.path(), &options()), Err(StoreError::Held { .. })));
}

#[test]
fn what_is_not_there_is_told_and_not_made() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("data");
    assert_eq!(examine(&dir, &options()).unwrap().findings, []);
    assert!(!dir.exists());
    doubtful(&dir);
    std::fs::remove_dir_all(dir.join("store")).unwrap();
    let report = examine(&dir, &options()).unwrap();
    assert!(report.findings[0].what.contains("directory is not there"), "{report:?}");
    assert!(!dir.join("store").exists());
    // Without its side file it is whole as far as that can be told.
    let dir = root.path().join("other");
    doubtful(&dir);
    std::fs::remove_file(dir.join("store.head")).unwrap();
    let report = examine(&dir, &options()).unwrap();
    assert!(report.findings[0].what.contains("side file"), "{report:?}");
    assert!(!dir.join("store.head").exists());
}
