//! Works out what a commit changes, value by value, without changing anything: which segments are
//! rewritten, where new records go, and the sums that follow.

use std::collections::{BTreeMap, HashMap};

use cloudscope_domain::{AssetKey, Record, ScopeKey, SourceName};
use cloudscope_ports::{Commit, StoreError};
use serde::Serialize;

use crate::{
    envelope::{self, Flaw, MAX_BYTES, Sealer, Sum},
    error::from_sled,
    index::{IdHash, Index},
    layout::{Key, Place},
    meta::{Manifest, Meta},
    scopes::Scopes,
    segment::{self, Entry, FULL_BYTES, FULL_RECORDS, Name, SPLIT_BYTES},
};

/// Changes of one commit that are written together.
const CHANGES_PER_CHUNK: usize = 1000;

/// What a commit comes to.
pub(crate) struct Prepared {
    /// Values to write, or to remove where there is none.
    pub writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// What the store should contain afterwards.
    pub meta: Meta,
    /// The manifests that changed, with their checksums.
    pub manifests: Vec<(u32, Manifest, Sum)>,
    /// What changes in the index, in order.
    pub moves: Vec<Move>,
    /// Segments that could not be read; their records were written elsewhere.
    pub damaged: BTreeMap<Place, Flaw>,
}

/// One change of the index.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Move {
    To(IdHash, Place),
    From(IdHash, Place),
}

/// A segment that was read for this commit.
struct Held {
    entries: Vec<Entry>,
    weight: usize,
    /// The checksum of the value that it was read from.
    old: Option<Sum>,
    changed: bool,
}

pub(crate) struct Draft<'a> {
    db: &'a sled::Db,
    known: &'a Scopes,
    index: &'a Index,
    meta: Meta,
    numbers: HashMap<ScopeKey, u32>,
    manifests: BTreeMap<u32, Manifest>,
    segments: BTreeMap<Place, Held>,
    moves: Vec<Move>,
    damaged: BTreeMap<Place, Flaw>,
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    // Every type of the domain has a known length when it is serialised, which is all that postcard asks.
    postcard::to_stdvec(value).map_err(|e| StoreError::Io(format!("cannot encode a value: {e}")))
}

impl<'a> Draft<'a> {
    pub(crate) fn new(db: &'a sled::Db, known: &'a Scopes, index: &'a Index, meta: Meta) -> Self {
        Self {
            db,
            known,
            index,
            meta,
            numbers: HashMap::new(),
            manifests: BTreeMap::new(),
            segments: BTreeMap::new(),
            moves: Vec::new(),
            damaged: BTreeMap::new(),
            writes: BTreeMap::new(),
        }
    }

    pub(crate) fn prepare(mut self, commit: &Commit, sealer: &mut Sealer) -> Result<Prepared, StoreError> {
        self.meta.revision = commit.revision;
        self.meta.at = commit.at;
        // The port allows one record a key; where a caller sends two, the later one counts.
        let mut last: HashMap<(&SourceName, &AssetKey), usize> = HashMap::new();
        for (n, record) in commit.records.iter().enumerate() {
            last.insert((record.source(), &record.asset.key), n);
        }
        for (n, record) in commit.records.iter().enumerate() {
            if last.get(&(record.source(), &record.asset.key)) == Some(&n) {
                self.place(record)?;
            }
        }
        self.write_segments(sealer)?;
        self.write_states(commit, sealer)?;
        self.write_manifests(sealer)?;
        self.write_runs(commit, sealer)?;
        self.write_changes(commit, sealer)?;
        let key = Key::Meta.encode();
        let (value, _) = sealer.seal(&key, commit.revision.0, &encode(&self.meta)?)?;
        self.writes.insert(key, Some(value));
        let manifests = self
            .manifests
            .into_iter()
            .map(|(number, manifest)| {
                let value = self.writes.get(&Key::Manifest(number).encode());
                let sum = value.and_then(Option::as_deref).and_then(envelope::claimed).unwrap_or_default();
                (number, manifest, sum)
            })
            .collect();
        Ok(Prepared {
            writes: self.writes,
            meta: self.meta,
            manifests,
            moves: self.moves,
            damaged: self.damaged,
        })
    }

    fn number(&mut self, key: &ScopeKey) -> u32 {
        if let Some(number) = self.known.number(key).or_else(|| self.numbers.get(key).copied()) {
            return number;
        }
        let number = self.meta.next_scope;
        self.meta.next_scope += 1;
        self.numbers.insert(key.clone(), number);
        self.manifests.insert(number, Manifest::new(key.clone()));
        number
    }

    fn manifest(&mut self, number: u32) -> Result<&mut Manifest, StoreError> {
        if !self.manifests.contains_key(&number) {
            let stored = self.known.get(number).ok_or_else(|| unknown_scope(number))?;
            self.manifests.insert(number, stored.manifest.clone());
        }
        self.manifests.get_mut(&number).ok_or_else(|| unknown_scope(number))
    }

    fn bears_source(&self, number: u32, source: &SourceName) -> bool {
        let manifest = self.manifests.get(&number).or_else(|| self.known.get(number).map(|s| &s.manifest));
        manifest.is_some_and(|m| m.key.source == *source)
    }

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

    /// Puts a record over its older self, or behind the records of its scope.
    fn place(&mut self, record: &Record) -> Result<(), StoreError> {
        let entry =
            Entry::new(record).map_err(|flaw| StoreError::Io(format!("cannot encode a record: {flaw}")))?;
        if entry.bytes.len() > MAX_BYTES / 4 {
            return Err(StoreError::Io(format!(
                "the record of {} has {} bytes, more than the store takes",
                cloudscope_domain::text::Visible(record.asset.key.id.as_str()),
                entry.bytes.len()
            )));
        }
        let scope = self.number(&record.scope);
        let name = Name::from(&record.asset.key);
        let id = IdHash::of(name.id);
        let places: Vec<Place> = self.index.places(id).collect();
        for place in places {
            if !self.bears_source(place.scope, record.source()) {
                continue;
            }
            let Some(held) = self.hold(place)? else { continue };
            let Some(at) = held.entries.iter().position(|e| e.name() == Some(name)) else { continue };
            let (old_gone, old_length) = (held.entries[at].gone, held.entries[at].bytes.len());
            let weight = held.weight - old_length + entry.bytes.len();
            let fits = weight <= SPLIT_BYTES || held.entries.len() == 1;
            if place.scope == scope && fits {
                let gone = entry.gone;
                held.entries[at] = entry;
                held.weight = weight;
                held.changed = true;
                let manifest = self.manifest(scope)?;
                manifest.gone = manifest.gone.saturating_sub(u64::from(old_gone)) + u64::from(gone);
                return Ok(());
            }
            held.entries.remove(at);
            held.weight -= old_length + 5;
            held.changed = true;
            if !held.entries.iter().any(|e| e.name().is_some_and(|n| n.id == name.id)) {
                self.moves.push(Move::From(id, place));
            }
            let manifest = self.manifest(place.scope)?;
            manifest.records = manifest.records.saturating_sub(1);
            manifest.gone = manifest.gone.saturating_sub(u64::from(old_gone));
            break;
        }
        self.append(scope, id, entry)
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

    fn write_segments(&mut self, sealer: &mut Sealer) -> Result<(), StoreError> {
        let revision = self.meta.revision.0;
        for (place, held) in std::mem::take(&mut self.segments) {
            if !held.changed {
                continue;
            }
            let key = Key::Segment(place).encode();
            let old = held.old;
            let written = if held.entries.is_empty() {
                None
            } else {
                Some(sealer.seal(&key, revision, &segment::pack(&held.entries))?)
            };
            let manifest = self.manifest(place.scope)?;
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

    fn write_states(&mut self, commit: &Commit, sealer: &mut Sealer) -> Result<(), StoreError> {
        for state in &commit.scopes {
            let number = self.number(&state.scope.key);
            let key = Key::State(number).encode();
            let (value, sum) = sealer.seal(&key, commit.revision.0, &encode(state)?)?;
            self.manifest(number)?.state = sum;
            self.writes.insert(key, Some(value));
        }
        Ok(())
    }

    fn write_manifests(&mut self, sealer: &mut Sealer) -> Result<(), StoreError> {
        for (number, manifest) in &self.manifests {
            let key = Key::Manifest(*number).encode();
            let (value, sum) = sealer.seal(&key, self.meta.revision.0, &encode(manifest)?)?;
            let old = self.known.get(*number).map_or(0, |s| s.sum);
            self.meta.manifests = self.meta.manifests.wrapping_sub(old).wrapping_add(sum);
            self.writes.insert(key, Some(value));
        }
        Ok(())
    }

    fn write_runs(&mut self, commit: &Commit, sealer: &mut Sealer) -> Result<(), StoreError> {
        let runs: BTreeMap<_, _> = commit.runs.iter().map(|run| (run.id, run)).collect();
        for (id, run) in runs {
            let key = Key::Run(id.0).encode();
            let old = self.db.get(&key).map_err(from_sled)?;
            let old = old.as_deref().and_then(envelope::claimed).unwrap_or(0);
            let (value, sum) = sealer.seal(&key, commit.revision.0, &encode(run)?)?;
            self.meta.runs = self.meta.runs.wrapping_sub(old).wrapping_add(sum);
            self.writes.insert(key, Some(value));
        }
        Ok(())
    }

    fn write_changes(&mut self, commit: &Commit, sealer: &mut Sealer) -> Result<(), StoreError> {
        for (chunk, changes) in commit.changes.chunks(CHANGES_PER_CHUNK).enumerate() {
            // A commit has far fewer than 2^32 thousand changes.
            let key = Key::Changes { revision: commit.revision.0, chunk: chunk as u32 }.encode();
            let (value, sum) = sealer.seal(&key, commit.revision.0, &encode(&changes)?)?;
            self.meta.history = self.meta.history.wrapping_add(sum);
            self.meta.changes += changes.len() as u64;
            self.writes.insert(key, Some(value));
        }
        Ok(())
    }
}

fn unknown_scope(number: u32) -> StoreError {
    StoreError::Damaged(format!("scope number {number} is used but not described"))
}
