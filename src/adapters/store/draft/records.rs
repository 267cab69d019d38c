//! The records of a commit: which segments take them, and what each of them replaces.

use cloudscope_domain::{AssetKey, Record, RecordKey};
use cloudscope_ports::StoreError;

use super::{Draft, Held, Move};
use crate::{
    envelope::{self, Flaw, MAX_BYTES, Sealer},
    error::from_sled,
    index::IdHash,
    layout::{Key, Place},
    segment::{self, Entry, FULL_BYTES, FULL_RECORDS, Name, SPLIT_BYTES},
    share,
};

/// Segments that are not full, but have so many records, are left alone by later commits: reading and
/// writing them once more would cost more than it saves.
const ENOUGH: usize = FULL_RECORDS / 2;
/// The same when they have so many bytes.
const HEAVY: usize = FULL_BYTES / 2;
/// Fewer segments are not worth a thread.
const SEGMENTS_WORTH: usize = 4;

/// A record as it is kept.
pub(super) struct Coded {
    entry: Entry,
    /// Stands for its key.
    pub(super) hash: u128,
    id: IdHash,
}

impl Coded {
    pub(super) fn of(record: &Record) -> Result<Self, StoreError> {
        let entry =
            Entry::new(record).map_err(|flaw| StoreError::Io(format!("cannot encode a record: {flaw}")))?;
        let AssetKey { id, incarnation } = &record.asset.key;
        if entry.bytes.len() > MAX_BYTES / 4 {
            return Err(StoreError::Io(format!(
                "the record of {} has {} bytes, more than the store takes",
                cloudscope_domain::text::Visible(id.as_str()),
                entry.bytes.len()
            )));
        }
        let hash = RecordKey::hash128_of(record.source().as_str(), id.as_str(), incarnation.as_str());
        Ok(Self { entry, hash, id: IdHash::of(id.as_str()) })
    }
}

impl Draft<'_> {
    /// Reads a segment, once. `None` when it cannot be read. A segment that is not there is empty.
    fn hold(&mut self, place: Place) -> Result<Option<&mut Held>, StoreError> {
        if self.damaged.contains_key(&place) {
            return Ok(None);
        }
        if !self.segments.contains_key(&place) {
            let key = Key::Segment(place).encode();
            let held = match self.db.get(&key).map_err(from_sled)? {
                None => Held { entries: Vec::new(), weight: 0, old: None, changed: false },
                Some(value) => {
                    let read = envelope::open(&key, &value)
                        .and_then(|opened| Ok((segment::unpack(&opened.body)?, opened.sum)));
                    match read {
                        Ok((entries, sum)) => {
                            let weight = segment::weight(&entries);
                            Held { entries, weight, old: Some(sum), changed: false }
                        }
                        Err(flaw) => {
                            self.damaged.insert(place, flaw);
                            return Ok(None);
                        }
                    }
                }
            };
            self.segments.insert(place, held);
        }
        Ok(self.segments.get_mut(&place))
    }

    /// Reads a segment of which the index says that it is there. `None` when it is not, or cannot be read.
    fn hold_known(&mut self, place: Place) -> Result<Option<&mut Held>, StoreError> {
        let held = self.segments.contains_key(&place) || self.damaged.contains_key(&place);
        if !held && self.db.get(Key::Segment(place).encode()).map_err(from_sled)?.is_none() {
            self.damaged.insert(place, Flaw::Missing);
        }
        self.hold(place)
    }

    /// Puts a record over its older self, or behind the records of its scope.
    pub(super) fn place(&mut self, record: &Record, coded: Coded) -> Result<(), StoreError> {
        let Coded { entry, hash, id } = coded;
        let scope = self.number(&record.scope);
        let name = Name::from(&record.asset.key);
        let places: Vec<Place> = self.index.places(id).collect();
        let mut found = false;
        for place in places {
            if !self.bears_source(place.scope, record.source()) {
                continue;
            }
            let Some(held) = self.hold_known(place)? else { continue };
            let Some(at) = held.entries.iter().position(|e| e.name() == Some(name)) else { continue };
            let (old_gone, old_length) = (held.entries[at].gone, held.entries[at].bytes.len());
            let weight = held.weight - old_length + entry.bytes.len();
            let fits = weight <= SPLIT_BYTES || held.entries.len() == 1;
            if place.scope == scope && fits {
                let gone = entry.gone;
                let old = std::mem::replace(&mut held.entries[at], entry);
                held.weight = weight;
                held.changed = true;
                self.before.record(place, hash, old);
                let manifest = self.manifest(scope)?;
                manifest.gone = manifest.gone.saturating_sub(u64::from(old_gone)) + u64::from(gone);
                return Ok(());
            }
            self.remove(place, at, hash, true)?;
            found = true;
            break;
        }
        if !found {
            self.before.absent(hash);
        }
        self.append(scope, id, entry)
    }

    /// Takes a record out. `first` unless the commit touched it before.
    pub(super) fn forget(&mut self, key: &RecordKey, first: bool) -> Result<(), StoreError> {
        let name = Name::from(&key.key);
        let id = IdHash::of(name.id);
        let moved = self.moves.iter().filter_map(|step| match step {
            Move::To(other, place) if *other == id => Some(*place),
            Move::To(..) | Move::From(..) => None,
        });
        let places: Vec<Place> = self.index.places(id).chain(moved).collect();
        for place in places {
            if !self.bears_source(place.scope, &key.source) {
                continue;
            }
            let Some(held) = self.hold_known(place)? else { continue };
            if let Some(at) = held.entries.iter().position(|e| e.name() == Some(name)) {
                return self.remove(place, at, key.hash128(), first);
            }
        }
        Ok(())
    }

    /// Takes an entry out of a segment that is held.
    fn remove(&mut self, place: Place, at: usize, hash: u128, first: bool) -> Result<(), StoreError> {
        let Some(held) = self.segments.get_mut(&place) else { return Ok(()) };
        let old = held.entries.remove(at);
        held.weight -= old.bytes.len() + 5;
        held.changed = true;
        if let Some(name) = old.name()
            && !held.entries.iter().any(|e| e.name().is_some_and(|n| n.id == name.id))
        {
            self.moves.push(Move::From(IdHash::of(name.id), place));
        }
        let manifest = self.manifest(place.scope)?;
        manifest.records = manifest.records.saturating_sub(1);
        manifest.gone = manifest.gone.saturating_sub(u64::from(old.gone));
        if first {
            self.before.record(place, hash, old);
        }
        Ok(())
    }

    fn append(&mut self, scope: u32, id: IdHash, entry: Entry) -> Result<(), StoreError> {
        let length = entry.bytes.len() + 5;
        let open = self.manifest(scope)?.open.map(|segment| Place { scope, segment });
        let mut target = None;
        if let Some(place) = open
            && let Some(held) = self.hold(place)?
            && held.entries.len() < FULL_RECORDS
            && held.weight + length <= FULL_BYTES
        {
            target = Some(place);
        }
        let place = match target {
            Some(place) => place,
            None => {
                let manifest = self.manifest(scope)?;
                let segment = manifest.next_segment;
                manifest.next_segment += 1;
                manifest.open = Some(segment);
                Place { scope, segment }
            }
        };
        let manifest = self.manifest(scope)?;
        manifest.records += 1;
        manifest.gone += u64::from(entry.gone);
        self.moves.push(Move::To(id, place));
        let held = self.segments.entry(place).or_insert_with(|| Held {
            entries: Vec::new(),
            weight: 0,
            old: None,
            changed: true,
        });
        held.entries.push(entry);
        held.weight += length;
        held.changed = true;
        Ok(())
    }

    pub(super) fn write_segments(&mut self, sealer: &mut Sealer) -> Result<(), StoreError> {
        let revision = self.meta.revision.0;
        let changed: Vec<(Place, Held)> =
            std::mem::take(&mut self.segments).into_iter().filter(|(_, held)| held.changed).collect();
        // Compressing them is most of the work of a commit.
        let sealed = share::each(&changed, SEGMENTS_WORTH, sealer, Sealer::new, |sealer, (place, held)| {
            if held.entries.is_empty() {
                return Ok(None);
            }
            sealer.seal(&Key::Segment(*place).encode(), revision, &segment::pack(&held.entries)).map(Some)
        })?;
        for ((place, held), written) in changed.into_iter().zip(sealed) {
            let key = Key::Segment(place).encode();
            let old = held.old;
            let manifest = self.manifest(place.scope)?;
            let enough = held.entries.len() >= ENOUGH || held.weight >= HEAVY;
            if manifest.open == Some(place.segment) && enough {
                manifest.open = None;
            }
            let new = written.as_ref().map_or(0, |(_, sum)| *sum);
            manifest.sum = manifest.sum.wrapping_sub(old.unwrap_or(0)).wrapping_add(new);
            manifest.segments =
                manifest.segments.saturating_sub(u32::from(old.is_some())) + u32::from(written.is_some());
            if old.is_some() || written.is_some() {
                self.writes.insert(key, written.map(|(value, _)| value));
            }
        }
        Ok(())
    }
}
