//! Reads everything once and counts it.

use cloudscope_ports::StoreError;

use crate::{
    engine,
    layout::{CHANGES, MANIFESTS, META, RUNS, SEGMENTS, STATES},
    tally::Tally,
};

/// The prefixes in the order in which they are worth most: what names the scopes comes first.
pub(crate) const ORDER: [&[u8]; 6] = [META, MANIFESTS, STATES, SEGMENTS, RUNS, CHANGES];

/// Reads and verifies every value.
pub(crate) fn survey(db: &sled::Db) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    for pair in engine::scan(db, b"") {
        let (key, value) = pair?;
        tally.add(&key, &value);
    }
    Ok(tally)
}
