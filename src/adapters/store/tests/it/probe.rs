//! What happens when the process that looks at the store does not come back with an answer.

use std::{path::Path, time::Duration};

use cloudscope_ports::{
    AssetStore,
    contract::{
        sample::Rng,
        store::{Model, random_commit},
    },
};
use cloudscope_store::{OpenOptions, ProbeCommand, SledStore};

use crate::{child, options, sound};

fn doubtful(dir: &Path) -> Model {
    let store = sound(dir);
    let mut model = Model::default();
    let commit = random_commit(&mut Rng::new(9), model.revision.next());
    store.apply(&commit).unwrap();
    model.apply(&commit);
    drop(store);
    std::fs::remove_file(dir.join("store.clean")).unwrap();
    model
}

#[test]
fn a_probe_that_dies_or_hangs_costs_the_store_but_not_the_program() {
    for (word, why) in [("abort", "killed by a signal"), ("hang", "did not end"), ("nonsense", "code 64")] {
        let dir = tempfile::tempdir().unwrap();
        let model = doubtful(dir.path());
        let probe = ProbeCommand { program: child(), arguments: vec![word.into()] };
        let limits =
            OpenOptions { probe: Some(probe), probe_limit: Some(Duration::from_millis(300)), ..options() };
        let (store, report) = SledStore::open(dir.path(), limits).unwrap();
        assert!(report.findings[0].what.contains(why), "{word}: {:?}", report.findings);
        let aside = report.quarantine.unwrap();
        assert!(report.findings[0].remedy.contains(aside.to_str().unwrap()), "{word}: it says where");
        assert!(aside.join("db").exists(), "{word}: nothing is thrown away");
        assert!(store.revision() > model.revision, "{word}: no number is given out twice");
        assert_eq!(store.info().records, 0);
        let commit = random_commit(&mut Rng::new(10), store.revision().next());
        store.apply(&commit).unwrap();
        drop(store);
        assert_eq!(sound(dir.path()).info().records, commit.records.len() as u64);
    }
}

#[test]
fn without_a_probe_that_starts_the_store_is_looked_at_here() {
    let nowhere = ProbeCommand { program: "/nonexistent/program".into(), arguments: vec![] };
    for probe in [None, Some(nowhere)] {
        let dir = tempfile::tempdir().unwrap();
        let model = doubtful(dir.path());
        let (store, report) = SledStore::open(dir.path(), OpenOptions { probe, ..options() }).unwrap();
        assert!(report.probed);
        assert_eq!(report.findings, []);
        model.assert_equals(&store, "looked at here");
    }
}
