//! Tests of damage that the mark of a clean close does not tell: bytes rot on the disk, and the system knows nothing of
//! it. The mark is written anew after the damage, as it would be then.

use std::{path::Path, time::UNIX_EPOCH};

use cloudscope_domain::{CoverageState, Record};
use cloudscope_ports::{
    AssetStore, Commit, StoreError,
    contract::{sample, store as suite},
};

use crate::{
    OpenOptions, SledStore, clean,
    directory::Directory,
    examine,
    generation::Generation,
    layout::{Key, Place},
};

const SCOPES: usize = 40;
const EACH: usize = 150;

/// Many scopes in as many commits, so that the engine has many pages; all the records.
fn filled(dir: &Path) -> Vec<Record> {
    let (store, _) = SledStore::open(dir, OpenOptions::default()).unwrap();
    let mut all = Vec::new();
    for n in 0..SCOPES {
        let scope = sample::scope("s", &format!("l{n}"));
        let next = suite::next(&store);
        let revision = next.revision.0;
        let records: Vec<_> = (0..EACH)
            .map(|n| sample::record(&scope.key, &format!("{}-{n}", scope.key.listing), revision))
            .collect();
        all.extend(records.iter().cloned());
        let scopes = vec![sample::scope_state(&scope, EACH as u64, revision, vec![])];
        store.apply(&Commit { records, scopes, ..next }).unwrap();
    }
    all
}

/// Flips a bit of a value in the engine's file, wherever it is in it.
fn rot(dir: &Path, key: Key) {
    let value = {
        let (store, _) = SledStore::open(dir, OpenOptions::default()).unwrap();
        store.reading().unwrap().get(key.encode()).unwrap().unwrap()
    };
    let path = dir.join("store/db");
    let mut content = std::fs::read(&path).unwrap();
    let needle = &value[32..64.min(value.len())];
    let found: Vec<usize> =
        content.windows(needle.len()).enumerate().filter(|(_, w)| *w == needle).map(|(at, _)| at).collect();
    assert!(!found.is_empty(), "the value is in the file");
    for at in found {
        content[at + 7] ^= 4;
    }
    std::fs::write(&path, content).unwrap();
    clean::mark(&Directory::open(dir).unwrap(), Generation::default(), UNIX_EPOCH).unwrap();
}

const ROTTEN: Place = Place { scope: 20, segment: 1 };

#[test]
fn what_rots_under_the_mark_is_found_when_it_is_read_and_the_rest_answers() {
    let dir = tempfile::tempdir().unwrap();
    let records = filled(dir.path());
    rot(dir.path(), Key::Segment(ROTTEN));
    // Whoever looks for one first, and whoever reads everything first.
    for load_first in [false, true] {
        let (store, report) = SledStore::open(dir.path(), OpenOptions::default()).unwrap();
        assert_eq!((report.probed, report.findings), (false, vec![]), "the mark says that it was closed");
        let mut loaded = 0;
        let mut load = || {
            let report = store.load(&mut |_| true).unwrap();
            assert!(!report.findings.is_empty(), "it is told");
            loaded = report.records;
        };
        if load_first {
            load();
        }
        let (mut sound, mut damaged) = (0, 0);
        for record in &records {
            match store.get(&record.record_key()) {
                Ok(Some(found)) => {
                    assert_eq!(found, *record);
                    sound += 1;
                }
                Err(StoreError::Damaged(_)) => damaged += 1,
                other => panic!("{:?}: {other:?}", record.record_key()),
            }
        }
        assert!(damaged > 0 && sound > records.len() / 2, "{sound} sound, {damaged} damaged");
        if !load_first {
            load();
        }
        assert!(loaded < records.len() as u64);
        let doubted =
            store.scopes().unwrap().iter().filter(|s| s.coverage.state != CoverageState::Ok).count();
        assert!(doubted > 0, "the scope says so");
        assert!(!store.check().unwrap().findings.is_empty(), "a check finds it");
        drop(store);
        assert!(!dir.path().join("store.clean").exists(), "it does not pass for clean");
        if !load_first {
            clean::mark(&Directory::open(dir.path()).unwrap(), Generation::default(), UNIX_EPOCH).unwrap();
        }
    }
    clean::mark(&Directory::open(dir.path()).unwrap(), Generation::default(), UNIX_EPOCH).unwrap();
    let report = examine(dir.path(), &OpenOptions::default()).unwrap();
    assert!(!report.findings.is_empty(), "a check finds it");
    // Which takes the mark away: the next to open saves what is sound.
    let (store, report) = SledStore::open(dir.path(), OpenOptions::default()).unwrap();
    assert!(report.probed && report.quarantine.is_some(), "{report:?}");
    assert_eq!(store.check().unwrap().findings, []);
}
