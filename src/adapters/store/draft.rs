//! Works out what a commit changes, value by value, without changing anything: which segments are
//! rewritten, where new records go, what must be kept to go back before it, and the sums that follow.

mod ledger;
mod records;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::BuildHasherDefault,
};

use cloudscope_domain::{ScopeKey, SourceName};
use cloudscope_ports::{Commit, StoreError};

use records::Coded;

use crate::{
    before::Before,
    envelope::{self, Flaw, Sealer, Sum},
    index::{IdHash, Identity, Index},
    layout::{Key, Place},
    meta::{Manifest, Meta},
    packing::encode,
    page::Page,
    scopes::Scopes,
    segment::Entry,
    share,
    times::Times,
};

/// Changes of one commit that are written together.
const CHANGES_PER_CHUNK: usize = 1000;

/// Fewer records are not worth a thread.
const RECORDS_WORTH: usize = 256;

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
    /// Pages that could not be read; what they said of scopes that the commit does not name is lost.
    pub damaged_pages: BTreeMap<u32, Flaw>,
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

/// What a draft is made against.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub db: &'a sled::Db,
    pub scopes: &'a Scopes,
    pub index: &'a Index,
    pub times: &'a Times,
}

pub(crate) struct Draft<'a> {
    db: &'a sled::Db,
    known: &'a Scopes,
    index: &'a Index,
    times: &'a Times,
    meta: Meta,
    numbers: HashMap<ScopeKey, u32>,
    /// The scope that was numbered last: neighbours are of one scope.
    recent: Option<(ScopeKey, u32)>,
    manifests: BTreeMap<u32, Manifest>,
    segments: BTreeMap<Place, Held>,
    /// Pages that were read, with the checksums of their values.
    pages: BTreeMap<u32, (Page, Sum)>,
    before: Before,
    moves: Vec<Move>,
    damaged: BTreeMap<Place, Flaw>,
    damaged_pages: BTreeMap<u32, Flaw>,
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(known: Known<'a>, meta: Meta) -> Self {
        Self {
            db: known.db,
            known: known.scopes,
            index: known.index,
            times: known.times,
            meta,
            numbers: HashMap::new(),
            recent: None,
            manifests: BTreeMap::new(),
            segments: BTreeMap::new(),
            pages: BTreeMap::new(),
            before: Before::default(),
            moves: Vec::new(),
            damaged: BTreeMap::new(),
            damaged_pages: BTreeMap::new(),
            writes: BTreeMap::new(),
        }
    }

    pub(crate) fn prepare(mut self, commit: &Commit, sealer: &mut Sealer) -> Result<Prepared, StoreError> {
        self.meta.revision = commit.revision;
        self.meta.at = commit.at;
        self.meta.sequence += 1;
        let coded =
            share::each(&commit.records, RECORDS_WORTH, &mut (), || Ok(()), |(), record| Coded::of(record))?;
        // The port allows one record a key; where a caller sends two, the later one counts.
        let mut last: HashMap<u128, usize, BuildHasherDefault<Identity>> = HashMap::default();
        last.reserve(coded.len());
        for (n, record) in coded.iter().enumerate() {
            last.insert(record.hash, n);
        }
        self.before.expect(coded.len());
        for (n, (record, coded)) in commit.records.iter().zip(coded).enumerate() {
            if last.get(&coded.hash) == Some(&n) {
                self.place(record, coded)?;
            }
        }
        if !commit.forgotten.is_empty() {
            let mut touched: HashSet<u128> = self.before.hashes().collect();
            for key in &commit.forgotten {
                let first = touched.insert(key.hash128());
                self.forget(key, first)?;
            }
        }
        self.write_segments(sealer)?;
        self.write_states(commit, sealer)?;
        self.write_manifests(sealer)?;
        self.write_runs(commit, sealer)?;
        self.write_pins(commit, sealer)?;
        self.write_history(commit, sealer)?;
        if !self.damaged.is_empty() || !self.damaged_pages.is_empty() {
            // What was in them is not known, so what was before this commit is not either.
            self.meta.oldest = commit.revision;
            self.meta.oldest_at = commit.at;
        }
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
            damaged_pages: self.damaged_pages,
        })
    }

    fn number(&mut self, key: &ScopeKey) -> u32 {
        if let Some((recent, number)) = &self.recent
            && recent == key
        {
            return *number;
        }
        let number = self.number_of(key);
        self.recent = Some((key.clone(), number));
        number
    }

    fn number_of(&mut self, key: &ScopeKey) -> u32 {
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
}

fn unknown_scope(number: u32) -> StoreError {
    StoreError::Damaged(format!("scope number {number} is used but not described"))
}
