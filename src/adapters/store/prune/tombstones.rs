//! Old tombstones that nobody pinned. One that was written since the oldest known revision stays, so that
//! what is told of the past does not depend on when it is asked.

use std::collections::HashSet;

use cloudscope_domain::{AssetId, Record, Timestamp};
use cloudscope_ports::StoreError;

use super::Trim;
use crate::{
    draft::Move,
    engine,
    envelope::{self, Flaw},
    index::IdHash,
    layout::{Key, Place, SEGMENTS},
    meta::Manifest,
    packing::encode,
    pins,
    segment::{self, Entry},
    store::{SledStore, Writer},
};

/// Segments that one step may read,
const READ: usize = 2048;
/// and write.
const WRITTEN: usize = 64;

struct Search<'a> {
    db: &'a sled::Db,
    before: Timestamp,
    pins: HashSet<AssetId>,
    read: usize,
    written: usize,
}

/// Goes on with the search where the last step left off.
pub(super) fn trim(
    store: &SledStore,
    writer: &mut Writer,
    db: &sled::Db,
    before: Timestamp,
    trim: &mut Trim,
) -> Result<(), StoreError> {
    let pins = pins::read(db)?.into_iter().map(|pin| pin.id).collect();
    let mut search = Search { db, before, pins, read: 0, written: 0 };
    let from = writer.sweep.next;
    let candidates: Vec<(u32, Manifest, envelope::Sum)> = {
        let tables = store.tables();
        let rest = tables.scopes.iter().filter(|(number, s)| *number >= from.scope && s.manifest.gone > 0);
        rest.map(|(number, s)| (number, s.manifest.clone(), s.sum)).collect()
    };
    for (number, mut manifest, old_sum) in candidates {
        if !writer.sweep.may_have(number, manifest.sum, before) {
            continue;
        }
        let untouched = manifest.clone();
        let resumed = number == from.scope && from.segment > 0;
        let segment = if resumed { from.segment } else { 0 };
        let mut left = if resumed { writer.sweep.left } else { None };
        let next = search.scope(writer, Place { scope: number, segment }, &mut manifest, &mut left, trim)?;
        if manifest != untouched {
            let key = Key::Manifest(number).encode();
            let (value, sum) = writer.sealer.seal(&key, trim.meta.revision.0, &encode(&manifest)?)?;
            trim.meta.manifests = trim.meta.manifests.wrapping_sub(old_sum).wrapping_add(sum);
            trim.writes.insert(key, Some(value));
            trim.manifests.push((number, manifest.clone(), sum));
        }
        if let Some(next) = next {
            (writer.sweep.next, writer.sweep.left) = (next, left);
            trim.report.more = true;
            return Ok(());
        }
        writer.sweep.note(number, manifest.sum, left);
    }
    (writer.sweep.next, writer.sweep.left) = (Place::default(), None);
    Ok(())
}

impl Search<'_> {
    /// Whether a record goes. The second value is when it was gone.
    fn judge(&self, record: &Record, trim: &Trim) -> (bool, Option<Timestamp>) {
        let oldest = trim.meta.oldest;
        let Some(gone) = record.gone else { return (false, None) };
        let goes = gone.at < self.before
            && gone.revision <= oldest
            && record.revision <= oldest
            && !self.pins.contains(&record.asset.key.id);
        (goes, Some(gone.at))
    }

    /// Goes through one scope, from a segment on. `left` becomes the time of its oldest tombstone that
    /// stays. Returns the segment to go on with, when the step did enough.
    fn scope(
        &mut self,
        writer: &mut Writer,
        from: Place,
        manifest: &mut Manifest,
        left: &mut Option<Timestamp>,
        trim: &mut Trim,
    ) -> Result<Option<Place>, StoreError> {
        let end = [SEGMENTS, &from.scope.saturating_add(1).to_be_bytes()].concat();
        for pair in engine::scan_from(self.db, &Key::Segment(from).encode(), &end) {
            let (key, value) = pair?;
            let Some(Key::Segment(place)) = Key::decode(&key) else { continue };
            if self.read >= READ || self.written >= WRITTEN {
                return Ok(Some(place));
            }
            self.read += 1;
            // Damage is told where records are read.
            let Ok((entries, sum)) = open(&key, &value) else { continue };
            if !entries.iter().any(|e| e.gone) {
                continue;
            }
            let mut kept = Vec::with_capacity(entries.len());
            let mut gone = Vec::new();
            for entry in entries {
                let record = if entry.gone { segment::record(&entry.bytes).ok() } else { None };
                match record.map(|record| (self.judge(&record, trim), record)) {
                    Some(((true, _), record)) => gone.push(record),
                    Some(((false, at), _)) => {
                        *left = left.iter().copied().chain(at).min();
                        kept.push(entry);
                    }
                    None => kept.push(entry),
                }
            }
            if !gone.is_empty() {
                self.written += 1;
                rewrite(writer, place, (sum, &kept, gone), manifest, trim)?;
            }
        }
        Ok(None)
    }
}

fn open(key: &[u8], value: &[u8]) -> Result<(Vec<Entry>, envelope::Sum), Flaw> {
    let opened = envelope::open(key, value)?;
    Ok((segment::unpack(&opened.body)?, opened.sum))
}

/// Writes a segment without what goes.
fn rewrite(
    writer: &mut Writer,
    place: Place,
    (old, kept, gone): (envelope::Sum, &[Entry], Vec<Record>),
    manifest: &mut Manifest,
    trim: &mut Trim,
) -> Result<(), StoreError> {
    let key = Key::Segment(place).encode();
    manifest.records = manifest.records.saturating_sub(gone.len() as u64);
    manifest.gone = manifest.gone.saturating_sub(gone.len() as u64);
    manifest.sum = manifest.sum.wrapping_sub(old);
    if kept.is_empty() {
        manifest.segments = manifest.segments.saturating_sub(1);
        trim.writes.insert(key, None);
    } else {
        let (value, sum) = writer.sealer.seal(&key, trim.meta.revision.0, &segment::pack(kept))?;
        manifest.sum = manifest.sum.wrapping_add(sum);
        trim.writes.insert(key, Some(value));
    }
    for record in gone {
        let id = record.asset.key.id.as_str();
        if !kept.iter().any(|e| e.name().is_some_and(|name| name.id == id)) {
            trim.moves.push(Move::From(IdHash::of(id), place));
        }
        trim.report.tombstones.push(record.record_key());
    }
    Ok(())
}
