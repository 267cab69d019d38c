//! The table from what was kept is the table that all segments give, whatever was committed since.

use std::{collections::BTreeSet, ops::ControlFlow, path::Path};

use cloudscope_domain::{RecordKey, Revision, ScopeKey};
use cloudscope_ports::{
    AssetStore, Commit, Retention, Shelf,
    contract::{
        sample::{self, Rng},
        store as suite,
    },
};

use super::{Kept, NAME};
use crate::{OpenOptions, SledStore, index::IdHash, layout::Place, read::Pass};

fn open(dir: &Path) -> SledStore {
    SledStore::open(dir, OpenOptions::default()).unwrap().0
}

fn keep(store: &SledStore) {
    let keep = AssetStore::keep(store).unwrap();
    Shelf::put(&*store.directory, NAME, &mut |out| keep(out)).unwrap();
}

fn id(n: u64) -> String {
    format!("arn:{n}")
}

const IDS: u64 = 400;

/// Where each id is.
type Table = Vec<BTreeSet<Place>>;

/// The table by what was kept, if that can be used, and by all segments.
fn tables(store: &SledStore) -> (Option<Table>, Table, u64) {
    let db = store.reading().unwrap();
    let meta = store.writer().meta;
    let mut on = |_, _, _: &[u8]| Ok(ControlFlow::Continue(()));
    let of = |index: &crate::index::Index| {
        (0..IDS).map(|n| index.places(IdHash::of(&id(n))).collect::<BTreeSet<_>>()).collect::<Vec<_>>()
    };
    let all = of(&Pass::run(&db, &mut on).unwrap().0.into_index());
    let mut read = 0;
    let each = |_, _, parts: &[(bool, &[u8])], out: &mut Vec<usize>| {
        out.push(parts.len());
        Ok(())
    };
    let mut count = |records: usize| read += records as u64;
    let kept = store.kept();
    let kept = kept.and_then(|k| store.catch_up_with(&db, k, &meta, &each, &|| false, &mut count).unwrap());
    (kept.as_ref().map(of), all, read)
}

/// A commit that adds, changes, moves, buries or forgets some records.
fn step(store: &SledStore, rng: &mut Rng) {
    let scopes = ["a", "b", "c"].map(|listing| sample::scope("s", listing));
    let revision = store.revision().next();
    let mut commit = Commit { at: sample::time(revision.0), ..suite::next(store) };
    let first = rng.below(IDS);
    for n in first..(first + 1 + rng.below(60)).min(IDS) {
        let scope = &scopes[rng.below(3) as usize].key;
        match rng.below(8) {
            0 => {
                let key = sample::record(&ScopeKey::new("s", "a"), &id(n), 1).record_key();
                commit.forgotten.push(key);
            }
            1 => commit.records.push(sample::tombstone(scope, &id(n), revision.0)),
            _ => commit.records.push(sample::record(scope, &id(n), revision.0)),
        }
    }
    store.apply(&commit).unwrap();
}

#[test]
fn it_is_the_table_that_all_segments_give() {
    for seed in 0..6 {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path());
        let mut rng = Rng::new(seed);
        let mut used = 0;
        for _ in 0..60 {
            match rng.below(12) {
                0 | 1 if store.revision() > Revision(0) => {
                    AssetStore::get(
                        &store,
                        &sample::record(&ScopeKey::new("s", "a"), &id(0), 1).record_key(),
                    )
                    .unwrap();
                    keep(&store);
                }
                2 => {
                    drop(store);
                    store = open(dir.path());
                }
                3 => {
                    let before = sample::time(store.revision().0);
                    let all = Retention {
                        history_before: Some(before),
                        history_bytes: None,
                        tombstones_before: Some(before),
                    };
                    while store.prune(&all).unwrap().more {}
                }
                _ => step(&store, &mut rng),
            }
            let (kept, all, _) = tables(&store);
            if let Some(kept) = kept {
                used += 1;
                assert_eq!(kept, all, "seed {seed}");
            }
        }
        assert!(used > 5, "it was used {used} times with seed {seed}");
    }
}

#[test]
fn only_what_was_written_since_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let scope = sample::scope("s", "a");
    let all = |revision| (0..2_000).map(move |n| (n, revision));
    let records = |some: &mut dyn Iterator<Item = (u64, u64)>| {
        some.map(|(n, revision)| sample::record(&scope.key, &id(n), revision)).collect()
    };
    store.apply(&Commit { records: records(&mut all(1)), ..suite::next(&store) }).unwrap();
    keep(&store);
    assert_eq!(tables(&store).2, 0, "nothing");
    store
        .apply(&Commit { records: records(&mut all(2).skip(1_000).take(3)), ..suite::next(&store) })
        .unwrap();
    let since = Revision(1);
    drop(store);
    let store = open(dir.path());
    let read = tables(&store).2;
    assert!((3..=300).contains(&read), "{read} records");
    let mut told = Vec::new();
    store.load_since(since, &mut |hash, record| told.push((hash, record.map(|r| r.revision)))).unwrap();
    let hash = |n| RecordKey::hash128_of("s", &id(n), "i1");
    let mut expected: Vec<_> = (1_000..1_003).map(|n| (hash(n), Some(Revision(2)))).collect();
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected);
    assert!(store.tables().index.is_some(), "the table is there without reading more");
}

#[test]
fn no_cut_and_no_flipped_bit_goes_unnoticed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    step(&store, &mut Rng::new(1));
    let mut bytes = Vec::new();
    AssetStore::keep(&store).unwrap()(&mut bytes).unwrap();
    assert!(Kept::read(&bytes).is_some());
    for cut in 0..bytes.len() {
        assert!(Kept::read(&bytes[..cut]).is_none(), "cut at {cut}");
    }
    for bit in 0..bytes.len() * 8 {
        let mut bad = bytes.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(Kept::read(&bad).is_none(), "bit {bit}");
    }
    // Of another store, it is not taken.
    let other = tempfile::tempdir().unwrap();
    let other = open(other.path());
    step(&other, &mut Rng::new(2));
    Shelf::put(&*other.directory, NAME, &mut |out| out.write_all(&bytes)).unwrap();
    assert!(other.kept().is_none());
}
