//! The history of old commits: up to which one it goes, and which values go with it.

use cloudscope_domain::Revision;
use cloudscope_ports::{Retention, StoreError};

use super::Trim;
use crate::{
    engine,
    envelope::{self, Flaw},
    layout::{CHANGES, Key, RECORDS, STATES, STEPS},
    overlay,
    times::block_of,
};

/// Commits of one step,
const COMMITS: u64 = 512;
/// and bytes.
const BYTES: u64 = 32 << 20;

/// Lets the oldest commits go, as many as one step may take.
pub(super) fn trim(db: &sled::Db, retention: &Retention, trim: &mut Trim) -> Result<(), StoreError> {
    let before = trim.meta.oldest;
    let more = choose(db, retention, trim)?;
    if trim.meta.oldest == before && !left_over(db, before)? {
        return Ok(());
    }
    trim.report.more = !remove(db, trim)? || more;
    // One step behind, so that a reader who has just looked up where a time is still finds it.
    let keep = Key::Times(block_of(before.0)).encode();
    for pair in engine::scan_from(db, &Key::Times(0).encode(), &keep) {
        trim.writes.insert(pair?.0.to_vec(), None);
    }
    Ok(())
}

/// Moves the oldest revision up. Returns whether it should go further.
fn choose(db: &sled::Db, retention: &Retention, trim: &mut Trim) -> Result<bool, StoreError> {
    let meta = &mut trim.meta;
    let (mut commits, mut freed) = (0, 0);
    let mut next = meta.oldest.0 + 1;
    let end = Key::Step(meta.revision.0).encode();
    for pair in engine::scan_from(db, &Key::Step(next).encode(), &end) {
        let (key, value) = pair?;
        // Where a step is damaged, nothing before it can be told: it may go.
        let step = overlay::step(&key, &value).ok();
        let Some(Key::Step(revision)) = Key::decode(&key) else { continue };
        let old = match (&step, retention.history_before) {
            (Some(step), Some(before)) => step.at < before,
            (None, _) => true,
            (Some(_), None) => false,
        };
        let large =
            retention.history_bytes.is_some_and(|most| meta.history_bytes.saturating_sub(freed) > most);
        if !(old || large) || revision < next {
            return Ok(false);
        }
        if commits == COMMITS || freed > BYTES {
            return Ok(true);
        }
        commits += 1;
        freed += (key.len() + value.len()) as u64 + step.as_ref().map_or(0, |s| s.bytes);
        meta.oldest = Revision(revision);
        meta.oldest_at = step.map_or(meta.oldest_at, |s| s.at);
        next = revision + 1;
    }
    Ok(false)
}

/// Whether there is history that nothing can be told from any more.
fn left_over(db: &sled::Db, oldest: Revision) -> Result<bool, StoreError> {
    let mut steps = engine::scan(db, STEPS);
    let first = steps.next().transpose()?.and_then(|(key, _)| Key::decode(&key));
    Ok(matches!(first, Some(Key::Step(revision)) if revision <= oldest.0))
}

/// Removes what belongs to commits up to the oldest one. Returns whether that was all.
fn remove(db: &sled::Db, trim: &mut Trim) -> Result<bool, StoreError> {
    let mut bytes = 0;
    // Steps last: while one is there, it is known that there is more.
    for prefix in [RECORDS, STATES, CHANGES, STEPS] {
        let end = [prefix, &trim.meta.oldest.next().0.to_be_bytes()].concat();
        for pair in engine::scan_from(db, prefix, &end) {
            let (key, value) = pair?;
            if bytes > 2 * BYTES {
                return Ok(false);
            }
            let size = (key.len() + value.len()) as u64;
            bytes += size;
            trim.report.bytes += size;
            trim.meta.history_bytes = trim.meta.history_bytes.saturating_sub(size);
            if prefix == CHANGES {
                let sum = envelope::claimed(&value).unwrap_or_default();
                let count =
                    envelope::open(&key, &value).and_then(|opened| count(&opened.body)).unwrap_or_default();
                trim.meta.changed = trim.meta.changed.wrapping_sub(sum);
                trim.meta.changes = trim.meta.changes.saturating_sub(count);
                trim.report.changes += count;
            }
            trim.writes.insert(key.to_vec(), None);
        }
    }
    Ok(true)
}

/// How many changes a chunk has, without decoding them.
fn count(body: &[u8]) -> Result<u64, Flaw> {
    postcard::take_from_bytes::<u64>(body).map(|(count, _)| count).map_err(|_| Flaw::Content)
}
