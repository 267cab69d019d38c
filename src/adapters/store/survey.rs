//! Reads everything once and counts it.

use cloudscope_ports::StoreError;

use crate::{
    engine,
    head::Head,
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
    count(db, Tally::default())
}

/// Whether every value is there and as it was written. Faster, because records and changes are not decoded.
pub(crate) fn is_intact(db: &sled::Db, head: Option<Head>) -> Result<bool, StoreError> {
    Ok(count(db, Tally::brief())?.proves_intact(head))
}

fn count(db: &sled::Db, mut tally: Tally) -> Result<Tally, StoreError> {
    for pair in engine::scan(db, b"") {
        let (key, value) = pair?;
        tally.add(&key, &value);
    }
    Ok(tally)
}
