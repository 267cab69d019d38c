//! Makes a sound store out of a damaged one: takes over every value that is what was written, says of
//! the rest what it was, and puts the damaged one aside as a whole.
//!
//! The new one is made beside the old one and takes its place when it is finished, so that this too
//! can be interrupted at any moment.

use std::path::{Path, PathBuf};

use cloudscope_ports::{Finding, StoreError};

use crate::{
    directory::{Directory, STORE_NEW},
    engine,
    error::{from_sled, guard},
    generation::Generation,
    head::Head,
    layout::META,
    options::OpenOptions,
    probe, quarantine,
    rebuild::rebuild,
    tally::Tally,
};

/// Values that are taken over together.
const BATCH_BYTES: usize = 8 << 20;

/// What came of it.
pub(crate) struct Restored {
    pub quarantine: Option<PathBuf>,
    pub findings: Vec<Finding>,
}

/// Puts the store aside (if there is one) and a sound one in its place.
pub(crate) fn restore(
    directory: &Directory,
    options: &OpenOptions,
    generation: Generation,
    head: Option<Head>,
    why: &str,
) -> Result<Restored, StoreError> {
    let store = generation.name();
    let there = directory.exists(&store)?;
    let damaged = there.then(|| directory.path().join(&store));
    let (db, tally) = match begin(directory, options, damaged.as_deref(), true)? {
        Some(begun) => begun,
        // What was taken over until then is in the way of the second attempt.
        None => begin(directory, options, damaged.as_deref(), false)?
            .ok_or_else(|| StoreError::Io("the damaged store could not be read; start again".into()))?,
    };
    let verdict = tally.judge(head);
    rebuild(&db, &tally, &verdict, head)?;
    guard("closing", || {
        db.flush().map_err(from_sled)?;
        drop(db);
        Ok(())
    })?;
    directory.tighten(STORE_NEW)?;
    let quarantine = if there { Some(quarantine::set_aside(directory, generation, why)?) } else { None };
    directory.rename(STORE_NEW, &store)?;

    let mut findings = verdict.findings;
    let remedy = match &quarantine {
        Some(path) => format!(
            "it was put aside in {} (see `cloudscope store quarantine`); {} records of it were taken over; what is missing \
             is collected again",
            path.display(),
            tally.records
        ),
        None => "everything is collected again".into(),
    };
    let what = format!("the store was damaged: {why}");
    findings.insert(0, Finding { what, scope: None, records: None, remedy });
    Ok(Restored { quarantine, findings })
}

/// The new store with what is sound in the damaged one, not yet in order; `None` when that has to be done again.
fn begin(
    directory: &Directory,
    options: &OpenOptions,
    damaged: Option<&Path>,
    again: bool,
) -> Result<Option<(sled::Db, Tally)>, StoreError> {
    directory.remove_all(STORE_NEW)?;
    let db = engine::open(&directory.path().join(STORE_NEW), options.cache_bytes)?;
    let mut tally = Tally::default();
    let whole = match damaged {
        Some(damaged) => take_over(&db, options, damaged, again, &mut tally),
        None => Ok(true),
    };
    if matches!(whole, Ok(true)) {
        return Ok(Some((db, tally)));
    }
    let path = directory.path().join(STORE_NEW);
    let closed = guard("closing", || {
        drop(db);
        Ok(())
    });
    engine::wait_until_closed(&path);
    closed.and(directory.remove_all(STORE_NEW))?;
    whole.map(|_| None)
}

/// Copies what is sound. Values vouch for themselves: each bears the hash of its name and content. `false` when it has
/// to be done again.
fn take_over(
    db: &sled::Db,
    options: &OpenOptions,
    damaged: &Path,
    again: bool,
    tally: &mut Tally,
) -> Result<bool, StoreError> {
    let mut batch: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut bytes = 0;
    let write = |batch: &mut Vec<(Vec<u8>, Vec<u8>)>| {
        let result = engine::write(db, batch.iter().map(|(k, v)| (&**k, Some(&**v))));
        batch.clear();
        result
    };
    let whole = probe::salvage(options, damaged, again, &mut |key, value| {
        if tally.add(key, value) && key != META {
            bytes += value.len();
            batch.push((key.to_vec(), value.to_vec()));
        }
        if bytes >= BATCH_BYTES {
            bytes = 0;
            write(&mut batch)?;
        }
        Ok(())
    })?;
    write(&mut batch)?;
    Ok(whole)
}
