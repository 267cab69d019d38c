//! What is read in pieces is what is read from one end to the other, whatever is damaged.

use cloudscope_domain::Revision;
use cloudscope_ports::{
    AssetStore, Commit,
    contract::{
        sample::{self, Rng},
        store as suite,
    },
};

use super::*;
use crate::{OpenOptions, SledStore};

/// All of it, one value after the other.
fn in_one(db: &sled::Db, empty: fn() -> Tally) -> Tally {
    let mut tally = empty();
    for pair in engine::scan(db, b"") {
        let (key, value) = pair.unwrap();
        tally.add(&key, &value);
    }
    tally
}

fn told(tally: &Tally) -> impl PartialEq + std::fmt::Debug + use<> {
    let verdict = tally.judge(None);
    let findings: Vec<_> =
        verdict.findings.into_iter().map(|f| (f.what, f.scope, f.records, f.remedy)).collect();
    let counts = (tally.values, tally.records, tally.newest, tally.changes, tally.scopes.len());
    (counts, findings, verdict.lost, verdict.torn, verdict.intact)
}

#[test]
fn pieces_are_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = SledStore::open(dir.path(), OpenOptions::default()).unwrap();
    let mut rng = Rng::new(5);
    for _ in 0..90 {
        let mut commit = suite::next(&store);
        let revision = store.revision().next();
        for _ in 0..1 + rng.below(30) {
            let scope = sample::scope("s", &format!("listing-{}", rng.below(70))).key;
            commit.records.push(sample::record(&scope, &format!("id-{}", rng.below(500)), revision.0));
        }
        commit.records.sort_by(|a, b| (&a.scope, &a.asset.key.id).cmp(&(&b.scope, &b.asset.key.id)));
        commit.records.dedup_by(|a, b| (&a.scope, &a.asset.key.id) == (&b.scope, &b.asset.key.id));
        store.apply(&Commit { at: sample::time(revision.0), ..commit }).unwrap();
    }
    assert_eq!(store.revision(), Revision(90));
    let db = store.reading().unwrap();
    assert!(cuts(&db).len() > 2 * PIECES, "it is cut into many pieces");
    assert_eq!(told(&survey(&db).unwrap()), told(&in_one(&db, Tally::default)));
    assert!(is_intact(&db, None).unwrap());
    let names: Vec<sled::IVec> = db.iter().keys().map(Result::unwrap).collect();
    for round in 0..60 {
        let name = &names[rng.below(names.len() as u64) as usize];
        let value = db.remove(name).unwrap().unwrap();
        if round % 2 == 0 {
            let mut bad = value.to_vec();
            let at = rng.below(bad.len() as u64) as usize;
            bad[at] ^= 1;
            db.insert(name, bad).unwrap();
        }
        let context = format!("round {round}: {:?}", Key::decode(name));
        assert!(!is_intact(&db, None).unwrap(), "{context}");
        let (pieces, whole) = (survey(&db).unwrap(), in_one(&db, Tally::default));
        assert_eq!(told(&pieces), told(&whole), "{context}");
        db.insert(name, value).unwrap();
    }
    assert!(is_intact(&db, None).unwrap());
}
