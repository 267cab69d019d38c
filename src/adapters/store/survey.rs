//! Reads everything once and counts it, several pieces of the store at a time.

use std::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use cloudscope_ports::StoreError;

use crate::{
    engine, envelope, former,
    head::Head,
    layout::{
        CHANGES, FORMER_STATES, Key, MANIFESTS, META, PAGES, PINS, RECORDS, RUNS, SEGMENTS, STATES, STEPS,
        TIMES,
    },
    tally::Tally,
};

/// Threads that read at most: a store that was not closed is looked at while somebody waits.
const READERS: usize = 4;
/// Pieces that what is large is cut into, so that no reader waits long for the last one.
const PIECES: usize = 32;

/// The prefixes in the order in which they are worth most: what names the scopes comes first.
pub(crate) const ORDER: [&[u8]; 12] =
    [META, MANIFESTS, PAGES, FORMER_STATES, PINS, SEGMENTS, RUNS, CHANGES, STEPS, RECORDS, STATES, TIMES];

/// Reads and verifies every value.
pub(crate) fn survey(db: &sled::Db) -> Result<Tally, StoreError> {
    count(db, Tally::default)
}

/// Whether every value is there and as it was written. Faster, because records and changes are not decoded.
pub(crate) fn is_intact(db: &sled::Db, head: Option<Head>) -> Result<bool, StoreError> {
    Ok(count(db, Tally::brief)?.proves_intact(head))
}

fn count(db: &sled::Db, empty: fn() -> Tally) -> Result<Tally, StoreError> {
    let cuts = cuts(db);
    let readers = thread::available_parallelism().map_or(1, NonZero::get).min(READERS);
    let next = AtomicUsize::new(0);
    let read = || {
        let mut done = Vec::new();
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            let Some(from) = cuts.get(piece) else { return Ok(done) };
            let mut tally = empty();
            for pair in engine::scan_between(db, from, cuts.get(piece + 1).map(Vec::as_slice)) {
                let (key, value) = pair.inspect_err(|_| next.store(cuts.len(), Ordering::Relaxed))?;
                tally.add(&key, &value);
            }
            done.push((piece, tally));
        }
    };
    let mut pieces = thread::scope(|threads| {
        let others: Vec<_> = (1..readers).map(|_| threads.spawn(read)).collect();
        let mut done = read();
        for other in others {
            let read = other.join().unwrap_or_else(|_| {
                Err(StoreError::Damaged("a thread that read the store failed; this is a defect".into()))
            });
            done = done.and_then(|mut done| {
                done.append(&mut read?);
                Ok(done)
            });
        }
        done
    })?;
    // In the order of the names, whoever read them.
    pieces.sort_unstable_by_key(|(piece, _)| *piece);
    Ok(pieces.into_iter().fold(empty(), |mut all, (_, piece)| {
        all.merge(piece);
        all
    }))
}

/// Where the pieces begin. All of them together are the whole store, whatever is in it: what cannot be read
/// here only makes them less even.
fn cuts(db: &sled::Db) -> Vec<Vec<u8>> {
    let scopes: Vec<u32> = engine::scan(db, MANIFESTS)
        .map_while(Result::ok)
        .filter_map(|(key, _)| match Key::decode(&key) {
            Some(Key::Manifest(scope)) => Some(scope),
            _ => None,
        })
        .collect();
    let mut cuts = vec![Vec::new()];
    for prefix in ORDER {
        cuts.push(prefix.to_vec());
    }
    for scope in scopes.iter().step_by(scopes.len().div_ceil(PIECES).max(1)) {
        cuts.push([SEGMENTS, &scope.to_be_bytes()].concat());
    }
    let meta = engine::get(db, META).ok().flatten();
    let meta = meta.as_ref().and_then(|value| envelope::open(META, value).ok());
    if let Some((meta, _)) = meta.and_then(|opened| former::meta(&opened).ok()) {
        let (first, last) = (meta.oldest.0, meta.revision.0);
        let step = (last.saturating_sub(first) / PIECES as u64).max(1);
        for revision in (first..=last).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
            cuts.extend([CHANGES, RECORDS].map(|prefix| [prefix, &revision.to_be_bytes()].concat()));
        }
    }
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

#[cfg(test)]
mod tests;
