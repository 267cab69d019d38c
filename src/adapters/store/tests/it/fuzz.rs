//! What the fuzzer found worth keeping, and the values of real stores, through everything that decodes.

use std::path::Path;

use cloudscope_ports::{
    AssetStore,
    contract::{sample::Rng, store::random_commit},
};
use cloudscope_store::fuzzing::decode;

use crate::sound;

#[test]
fn every_seed_that_was_kept_is_refused_or_understood() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fuzz/seeds/store");
    let mut count = 0;
    for entry in std::fs::read_dir(seeds).unwrap() {
        decode(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 8, "{count} seeds");
}

/// The content of every value of a store, with its name.
fn contents(dir: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let store = sound(dir);
    let mut rng = Rng::new(6);
    for _ in 0..12 {
        store.apply(&random_commit(&mut rng, store.revision().next())).unwrap();
    }
    drop(store);
    let db = sled::Config::new().path(dir.join("store")).flush_every_ms(None).open().unwrap();
    let values = db.iter().map(|pair| {
        let (key, value) = pair.unwrap();
        let length = u32::from_le_bytes(value[20..24].try_into().unwrap()) as usize;
        let body = if value[3] == 1 {
            zstd::bulk::decompress(&value[32..], length).unwrap()
        } else {
            value[32..].to_vec()
        };
        (key.to_vec(), body)
    });
    values.collect()
}

#[test]
fn real_values_are_understood_and_cut_or_changed_ones_do_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = Rng::new(9);
    let contents = contents(dir.path());
    let kinds: std::collections::BTreeSet<u8> = contents.iter().map(|(key, _)| key[0]).collect();
    assert!(kinds.len() >= 10, "values of {} kinds", kinds.len());
    let mut whole = vec![3];
    for (key, body) in &contents {
        let one = [&[2, key.len() as u8][..], key, body].concat();
        decode(&one);
        for _ in 0..20 {
            let mut bad = one.clone();
            let at = 2 + key.len() + rng.below(body.len() as u64) as usize;
            if rng.one_in(2) {
                bad.truncate(at);
            } else if let Some(byte) = bad.get_mut(at) {
                *byte ^= 1 << rng.below(8);
            }
            decode(&bad);
        }
        if let Ok(length) = u16::try_from(body.len()) {
            whole.push(key.len() as u8);
            whole.extend(length.to_le_bytes());
            whole.extend(key);
            whole.extend(body);
        }
    }
    decode(&whole);
}
