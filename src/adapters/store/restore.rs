//! Makes a sound store out of a damaged one: takes over every value that is what was written, says of
//! the rest what it was, and puts the damaged one aside as a whole.
//!
//! The new one is made beside the old one and takes its place when it is finished, so that this too
//! can be interrupted at any moment.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    time::SystemTime,
};

use cloudscope_domain::{Revision, ScopeState, Timestamp};
use cloudscope_ports::{Finding, StoreError};
use serde::Serialize;

use crate::{
    directory::{Directory, QUARANTINE, STORE, STORE_NEW},
    engine,
    envelope::{self, Sealer},
    error::{from_sled, guard},
    head::Head,
    layout::{Key, META, Place, SEGMENTS},
    lost::{downgraded, unknown},
    meta::{Manifest, Meta},
    options::OpenOptions,
    probe, segment,
    survey::survey,
    tally::{Lost, Tally, decode},
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
    head: Option<Head>,
    why: &str,
) -> Result<Restored, StoreError> {
    directory.remove_all(STORE_NEW)?;
    let db = engine::open(&directory.path().join(STORE_NEW), options.cache_bytes)?;
    let mut tally = Tally::default();
    let there = directory.exists(STORE)?;
    if there {
        take_over(&db, options, &directory.path().join(STORE), &mut tally)?;
    }
    let verdict = tally.judge(head);
    rebuild(&db, &tally, &verdict.lost, head)?;
    guard("closing", || {
        db.flush().map_err(from_sled)?;
        drop(db);
        Ok(())
    })?;
    directory.tighten(STORE_NEW)?;
    let quarantine = if there { Some(directory.set_aside(STORE, QUARANTINE, &stem())?) } else { None };
    directory.rename(STORE_NEW, STORE)?;

    let mut findings = verdict.findings;
    let remedy = match &quarantine {
        Some(path) => format!(
            "it was put aside in {}; {} records of it were taken over; what is missing is collected again",
            path.display(),
            tally.records
        ),
        None => "everything is collected again".into(),
    };
    let what = format!("the store was damaged: {why}");
    findings.insert(0, Finding { what, scope: None, records: None, remedy });
    Ok(Restored { quarantine, findings })
}

/// Goes on with what an interrupted restoration left.
pub(crate) fn resume(directory: &Directory) -> Result<(), StoreError> {
    if !directory.exists(STORE_NEW)? {
        return Ok(());
    }
    if directory.exists(STORE)? {
        // Not finished: the old one is moved away only then.
        directory.remove_all(STORE_NEW)
    } else {
        directory.rename(STORE_NEW, STORE)
    }
}

/// A name that tells when.
fn stem() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp::from_seconds(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    now.to_string().chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Copies what is sound. Values vouch for themselves: each bears the hash of its name and content.
fn take_over(
    db: &sled::Db,
    options: &OpenOptions,
    damaged: &Path,
    tally: &mut Tally,
) -> Result<(), StoreError> {
    let mut batch: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut bytes = 0;
    let write = |batch: &mut Vec<(Vec<u8>, Vec<u8>)>| {
        let result = engine::write(db, batch.iter().map(|(k, v)| (&**k, Some(&**v))));
        batch.clear();
        result
    };
    let salvaged = probe::salvage(options, damaged, &mut |key, value| {
        if tally.add(key, value) && key != META {
            bytes += value.len();
            batch.push((key.to_vec(), value.to_vec()));
        }
        if bytes >= BATCH_BYTES {
            bytes = 0;
            write(&mut batch)?;
        }
        Ok(())
    });
    write(&mut batch)?;
    match salvaged {
        // The damaged store gave what it could.
        Ok(()) | Err(StoreError::Damaged(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the account of the store anew from what is there, and marks the scopes that lost something.
fn rebuild(db: &sled::Db, old: &Tally, lost: &Lost, head: Option<Head>) -> Result<(), StoreError> {
    let last = old.newest.max(old.meta.map_or(0, |m| m.revision.0)).max(head.map_or(0, |h| h.revision.0));
    // Numbers that were acknowledged are never given out again, and this is a commit of its own: a side
    // file that was not yet written again is then seen to be the older one.
    let revision = last.saturating_add(1);
    let mut sealer = Sealer::new()?;
    if *lost != Lost::Nothing {
        drop_older_twins(db, revision, &mut sealer)?;
        downgrade(db, old, lost, revision, &mut sealer)?;
    }
    let now = survey(db)?;
    let mut values: Vec<(Vec<u8>, Option<Vec<u8>>)> = Vec::new();
    let mut meta = Meta {
        revision: Revision(revision),
        at: old.meta.map_or_else(Timestamp::default, |m| m.at),
        runs: now.runs,
        history: now.history,
        changes: now.changes,
        ..Meta::default()
    };
    for (number, scope) in &now.scopes {
        let key = Key::Manifest(*number).encode();
        // A scope without a name has neither segments nor a state: there is nothing of it.
        let Some(name) = old.scopes.get(number).and_then(|s| s.key.clone()).or_else(|| scope.key.clone())
        else {
            values.push((key, None));
            continue;
        };
        let manifest = Manifest {
            key: name,
            records: scope.counted.records,
            gone: scope.counted.gone,
            segments: scope.counted.segments,
            next_segment: scope.next_segment,
            open: None,
            sum: scope.counted.sum,
            state: scope.state,
        };
        let (value, sum) = sealer.seal(&key, revision, &encode(&manifest)?)?;
        meta.manifests = meta.manifests.wrapping_add(sum);
        meta.next_scope = meta.next_scope.max(number.saturating_add(1));
        values.push((key, Some(value)));
    }
    let (value, _) = sealer.seal(META, revision, &encode(&meta)?)?;
    values.push((META.to_vec(), Some(value)));
    engine::write(db, values.iter().map(|(k, v)| (&**k, v.as_deref())))
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    postcard::to_stdvec(value).map_err(|e| StoreError::Io(format!("cannot encode a value: {e}")))
}

/// Pages of different ages can hold two versions of a record that moved; the newer one stays.
fn drop_older_twins(db: &sled::Db, revision: u64, sealer: &mut Sealer) -> Result<(), StoreError> {
    let mut newest: HashMap<u128, (Revision, Place)> = HashMap::new();
    let mut losers: BTreeMap<Place, Vec<u128>> = BTreeMap::new();
    for pair in engine::scan(db, SEGMENTS) {
        let (key, value) = pair?;
        let (Some(Key::Segment(place)), Ok(opened)) = (Key::decode(&key), envelope::open(&key, &value))
        else {
            continue;
        };
        for (_, bytes) in segment::parts(&opened.body).unwrap_or_default() {
            let Ok(record) = segment::record(bytes) else { continue };
            let hash = record.record_key().hash128();
            match newest.get(&hash).copied() {
                Some((other, _)) if other >= record.revision => losers.entry(place).or_default().push(hash),
                Some((_, loser)) => {
                    losers.entry(loser).or_default().push(hash);
                    newest.insert(hash, (record.revision, place));
                }
                None => {
                    newest.insert(hash, (record.revision, place));
                }
            }
        }
    }
    for (place, hashes) in losers {
        let key = Key::Segment(place).encode();
        let Some(value) = engine::get(db, &key)? else { continue };
        let Ok(opened) = envelope::open(&key, &value) else { continue };
        let mut entries = segment::unpack(&opened.body).unwrap_or_default();
        entries.retain(|entry| {
            segment::record(&entry.bytes).is_ok_and(|r| !hashes.contains(&r.record_key().hash128()))
        });
        let value = if entries.is_empty() {
            None
        } else {
            Some(sealer.seal(&key, revision, &segment::pack(&entries))?.0)
        };
        engine::write(db, std::iter::once((&*key, value.as_deref())))?;
    }
    Ok(())
}

/// Scopes that lost something count as not read whole.
fn downgrade(
    db: &sled::Db,
    old: &Tally,
    lost: &Lost,
    revision: u64,
    sealer: &mut Sealer,
) -> Result<(), StoreError> {
    let mut values = Vec::new();
    for (number, scope) in &old.scopes {
        let hit = match lost {
            Lost::Nothing => false,
            Lost::Scopes(numbers) => numbers.contains(number),
            Lost::Anything => true,
        };
        let Some(name) = scope.key.clone().filter(|_| hit) else { continue };
        let key = Key::State(*number).encode();
        let state = engine::get(db, &key)?
            .and_then(|value| envelope::open(&key, &value).ok())
            .and_then(|opened| decode::<ScopeState>(&opened.body).ok());
        let state = state.map_or_else(|| unknown(name), downgraded);
        values.push((key.clone(), sealer.seal(&key, revision, &encode(&state)?)?.0));
    }
    engine::write(db, values.iter().map(|(k, v)| (&**k, Some(&**v))))
}
