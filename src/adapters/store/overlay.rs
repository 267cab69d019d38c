//! What was different at an old revision: for every record that a later commit touched, where it is as
//! it was. Found by walking the steps forward from that revision; of each key the first step counts, the
//! records themselves need not be read. Knows nothing of the present state.

use std::collections::{HashMap, hash_map::Entry};

use cloudscope_ports::StoreError;

use crate::{
    engine,
    envelope::{self, Flaw},
    layout::{Key, Place},
    packing::decode,
    segment,
    step::Step,
};

/// Where a record is as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Spot {
    /// The commit that replaced it.
    pub revision: u64,
    /// The chunk of that commit's replaced records, and which of them.
    pub chunk: u32,
    pub index: u32,
    /// Where it was before that commit.
    pub place: Place,
}

/// Why the past cannot be told.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The history of a commit is damaged.
    Broken { revision: u64, why: String },
    /// The store cannot be read at all.
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn broken(revision: u64, flaw: Flaw) -> Failure {
    Failure::Broken { revision, why: flaw.to_string() }
}

/// Something read at a revision: what the engine cannot read is damage of that revision's history.
fn at<T>(revision: u64, result: Result<T, StoreError>) -> Result<T, Failure> {
    result.map_err(|error| match error {
        StoreError::Damaged(why) => Failure::Broken { revision, why },
        other => Failure::Store(other),
    })
}

/// The content of a value of a commit's history.
pub(crate) fn value(db: &sled::Db, revision: u64, key: Key) -> Result<Vec<u8>, Failure> {
    let key = key.encode();
    let value = at(revision, engine::get(db, &key))?.ok_or_else(|| broken(revision, Flaw::Missing))?;
    envelope::open(&key, &value).map(|opened| opened.body).map_err(|flaw| broken(revision, flaw))
}

/// The step of a commit.
pub(crate) fn step(key: &[u8], value: &[u8]) -> Result<Step, Flaw> {
    let step: Step = envelope::open(key, value).and_then(|opened| decode(&opened.body))?;
    if step.consistent() { Ok(step) } else { Err(Flaw::Content) }
}

/// Gets a commit and its step; says whether to go on.
pub(crate) type Take<'a> = &'a mut dyn FnMut(u64, Step) -> Result<bool, Failure>;

/// Hands out the steps of the commits after one, up to another, until `take` returns `false`.
pub(crate) fn walk(db: &sled::Db, after: u64, to: u64, take: Take<'_>) -> Result<(), Failure> {
    if after >= to {
        return Ok(());
    }
    let mut next = after + 1;
    let end = Key::Step(to.saturating_add(1)).encode();
    for pair in engine::scan_from(db, &Key::Step(next).encode(), &end) {
        let (key, value) = at(next, pair)?;
        if Key::decode(&key) != Some(Key::Step(next)) {
            return Err(broken(next, Flaw::Missing));
        }
        let step = step(&key, &value).map_err(|flaw| broken(next, flaw))?;
        if !take(next, step)? {
            return Ok(());
        }
        next += 1;
    }
    if next > to { Ok(()) } else { Err(broken(next, Flaw::Missing)) }
}

/// What was different.
#[derive(Debug)]
pub(crate) struct Overlay {
    /// The revision that is looked at.
    pub at: u64,
    /// The last commit that was looked through.
    upto: u64,
    /// `None` where the record was not there.
    first: HashMap<u128, Option<Spot>>,
}

impl Overlay {
    pub(crate) fn new(at: u64) -> Self {
        Self { at, upto: at, first: HashMap::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.first.len()
    }

    pub(crate) fn upto(&self) -> u64 {
        self.upto
    }

    /// `None` when the record is as it was; `Some(None)` when it was not there.
    pub(crate) fn find(&self, hash: u128) -> Option<Option<Spot>> {
        if self.first.is_empty() { None } else { self.first.get(&hash).copied() }
    }

    /// Looks through further commits. Returns the records that they were first to replace, in the order
    /// of their chunks.
    pub(crate) fn extend(&mut self, db: &sled::Db, to: u64) -> Result<Vec<Spot>, Failure> {
        let mut spots = Vec::new();
        let (first, upto) = (&mut self.first, self.upto);
        walk(db, upto, to, &mut |revision, step| {
            let mut replaced = step.replaced.iter();
            for (chunk, count) in step.chunks.iter().enumerate() {
                for (index, old) in replaced.by_ref().take(*count as usize).enumerate() {
                    if let Entry::Vacant(vacant) = first.entry(u128::from_le_bytes(old.hash)) {
                        // Both are counted in 32 bits where they are written.
                        let (chunk, index) = (chunk as u32, index as u32);
                        let spot = Spot { revision, chunk, index, place: old.place() };
                        vacant.insert(Some(spot));
                        spots.push(spot);
                    }
                }
            }
            for hash in &step.new {
                first.entry(u128::from_le_bytes(*hash)).or_insert(None);
            }
            Ok(true)
        })?;
        self.upto = upto.max(to);
        Ok(spots)
    }
}

/// Gets the bytes of a replaced record.
pub(crate) type TakeRecord<'a> = &'a mut dyn FnMut(&Spot, &[u8]) -> Result<(), Failure>;

/// Hands out the bytes of replaced records; reads a chunk once when its spots come together.
pub(crate) fn read_spots(db: &sled::Db, spots: &[Spot], take: TakeRecord<'_>) -> Result<(), Failure> {
    for spots in spots.chunk_by(|a, b| (a.revision, a.chunk) == (b.revision, b.chunk)) {
        let Some(Spot { revision, chunk, .. }) = spots.first().copied() else { continue };
        let body = value(db, revision, Key::Records { revision, chunk })?;
        let parts = segment::parts(&body).map_err(|flaw| broken(revision, flaw))?;
        for spot in spots {
            let (_, bytes) = parts.get(spot.index as usize).ok_or_else(|| broken(revision, Flaw::Content))?;
            take(spot, bytes)?;
        }
    }
    Ok(())
}

/// A record of the history.
pub(crate) fn record(revision: u64, bytes: &[u8]) -> Result<cloudscope_domain::Record, Failure> {
    segment::record(bytes).map_err(|flaw| broken(revision, flaw))
}
