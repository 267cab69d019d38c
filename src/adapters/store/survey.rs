//! Reads everything once and counts it.

use cloudscope_ports::StoreError;

use crate::{
    engine,
    layout::{
        CHANGES, FORMER_STATES, MANIFESTS, META, PAGES, PINS, RECORDS, RUNS, SEGMENTS, STATES, STEPS, TIMES,
    },
    tally::Tally,
};

/// The prefixes in the order in which they are worth most: what names the scopes comes first.
pub(crate) const ORDER: [&[u8]; 12] =
    [META, MANIFESTS, PAGES, FORMER_STATES, PINS, SEGMENTS, RUNS, CHANGES, STEPS, RECORDS, STATES, TIMES];

/// Reads and verifies every value.
pub(crate) fn survey(db: &sled::Db) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    for pair in engine::scan(db, b"") {
        let (key, value) = pair?;
        tally.add(&key, &value);
    }
    Ok(tally)
}
