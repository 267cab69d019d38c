//! What the writer knows of every record without reading the store: whether it lives, in which
//! scope, and two hashes of its content.
//!
//! Built to be small: one slot of 48 bytes a record in pages that are shared until they are written to (so
//! that all of it can be put aside while the writer goes on), a table of slot numbers that looks the keys up
//! in the slots, and a list through the slots for the records of each scope.

use std::{
    collections::HashMap,
    io::{self, Read, Write},
    sync::Arc,
};

use cloudscope_domain::{Record, ScopeKey};
use hashbrown::HashTable;

use super::fingerprint;

/// Names a scope in tables.
pub(super) type ScopeIndex = u32;

/// No slot.
const NONE: u32 = u32::MAX;
/// Slots of a page.
const PAGE: usize = 1024;

/// One record, in brief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) scope: ScopeIndex,
    pub(super) raw: u64,
    /// Known once the record was seen: the rules of what counts come with sightings.
    pub(super) canonical: Option<u64>,
    pub(super) gone: bool,
}

const GONE: u8 = 1;
const CANONICAL: u8 = 2;
/// The slot is free.
const FREE: u8 = 4;

#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    key: [u64; 2],
    raw: u64,
    canonical: u64,
    scope: ScopeIndex,
    /// Neighbours in the list of the scope's living records.
    next: u32,
    previous: u32,
    flags: u8,
}

const EMPTY: Slot =
    Slot { key: [0; 2], raw: 0, canonical: 0, scope: NONE, next: NONE, previous: NONE, flags: FREE };

#[expect(clippy::cast_possible_truncation, reason = "the halves of a key")]
fn halves(key: u128) -> [u64; 2] {
    [key as u64, (key >> 64) as u64]
}

fn whole(key: [u64; 2]) -> u128 {
    u128::from(key[0]) | u128::from(key[1]) << 64
}

impl Slot {
    fn entry(&self) -> Entry {
        Entry {
            scope: self.scope,
            raw: self.raw,
            canonical: (self.flags & CANONICAL != 0).then_some(self.canonical),
            gone: self.flags & GONE != 0,
        }
    }

    fn lives(&self) -> bool {
        self.flags & (GONE | FREE) == 0
    }
}

/// The slots, in shared pages.
#[derive(Debug, Clone, Default)]
struct Slots {
    pages: Vec<Arc<Vec<Slot>>>,
    len: usize,
}

impl Slots {
    fn at(&self, n: u32) -> &Slot {
        &self.pages[n as usize / PAGE][n as usize % PAGE]
    }

    fn at_mut(&mut self, n: u32) -> &mut Slot {
        &mut Arc::make_mut(&mut self.pages[n as usize / PAGE])[n as usize % PAGE]
    }

    fn push(&mut self, slot: Slot) -> u32 {
        let n = self.len;
        if n / PAGE == self.pages.len() {
            self.pages.push(Arc::new(Vec::with_capacity(PAGE)));
        }
        Arc::make_mut(&mut self.pages[n / PAGE]).push(slot);
        self.len += 1;
        u32::try_from(n).unwrap_or(NONE)
    }

    fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.pages.iter().flat_map(|page| page.iter())
    }
}

#[derive(Debug, Clone)]
struct Owner {
    key: Arc<ScopeKey>,
    first: u32,
    living: usize,
}

/// Every record in brief, and which of them each scope owns.
#[derive(Debug, Default)]
pub(super) struct Known {
    slots: Slots,
    free: Vec<u32>,
    table: HashTable<u32>,
    by_scope: HashMap<Arc<ScopeKey>, ScopeIndex>,
    owners: Vec<Owner>,
    /// The scope that was asked for last: neighbours are of one scope.
    recent: ScopeIndex,
}

/// The living records of one scope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Live<'a> {
    known: &'a Known,
    scope: ScopeIndex,
}

/// A set of records, named by the hashes of their keys.
pub(crate) trait Keys {
    fn len(&self) -> usize;
    fn contains(&self, key: u128) -> bool;
    fn keys(&self) -> Box<dyn Iterator<Item = u128> + '_>;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Keys for Live<'_> {
    fn len(&self) -> usize {
        self.known.owners[self.scope as usize].living
    }

    fn contains(&self, key: u128) -> bool {
        self.known.slot(key).is_some_and(|slot| {
            let slot = self.known.slots.at(slot);
            slot.scope == self.scope && slot.lives()
        })
    }

    fn keys(&self) -> Box<dyn Iterator<Item = u128> + '_> {
        let mut next = self.known.owners[self.scope as usize].first;
        Box::new(std::iter::from_fn(move || {
            if next == NONE {
                return None;
            }
            let slot = self.known.slots.at(next);
            next = slot.next;
            Some(whole(slot.key))
        }))
    }
}

impl Known {
    pub(super) fn scope(&mut self, key: &ScopeKey) -> ScopeIndex {
        if self.is_scope(self.recent, key) {
            return self.recent;
        }
        if let Some(&i) = self.by_scope.get(key) {
            self.recent = i;
            return i;
        }
        let i = ScopeIndex::try_from(self.owners.len()).unwrap_or(ScopeIndex::MAX);
        let key = Arc::new(key.clone());
        self.by_scope.insert(Arc::clone(&key), i);
        self.owners.push(Owner { key, first: NONE, living: 0 });
        i
    }

    /// The scope that an index names.
    pub(super) fn key(&self, scope: ScopeIndex) -> &Arc<ScopeKey> {
        &self.owners[scope as usize].key
    }

    /// Whether an index names this scope.
    pub(super) fn is_scope(&self, index: ScopeIndex, key: &ScopeKey) -> bool {
        self.owners.get(index as usize).is_some_and(|owner| *owner.key == *key)
    }

    /// The scopes that records live in.
    pub(super) fn living(&self) -> impl Iterator<Item = &ScopeKey> {
        self.owners.iter().filter(|owner| owner.living > 0).map(|owner| &*owner.key)
    }

    pub(super) fn live(&self, scope: ScopeIndex) -> Live<'_> {
        Live { known: self, scope }
    }

    fn slot(&self, key: u128) -> Option<u32> {
        let key = halves(key);
        self.table.find(key[0], |n| self.slots.at(*n).key == key).copied()
    }

    pub(super) fn get(&self, key: u128) -> Option<Entry> {
        Some(self.slots.at(self.slot(key)?).entry())
    }

    /// How many records are known, tombstones included.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// Takes a record as the store holds it.
    pub(super) fn remember(&mut self, record: &Record, canonical: Option<u64>) {
        self.note(record.hash128(), record, canonical);
    }

    /// The same for whoever knows the hash of its key.
    pub(super) fn note(&mut self, key: u128, record: &Record, canonical: Option<u64>) {
        let scope = self.scope(&record.scope);
        let raw = fingerprint::raw(&record.asset, &record.references);
        self.set(key, Entry { scope, raw, canonical, gone: record.gone.is_some() });
    }

    pub(super) fn set(&mut self, key: u128, entry: Entry) {
        let n = if let Some(n) = self.slot(key) {
            n
        } else {
            let n = self.free.pop().unwrap_or_else(|| self.slots.push(EMPTY));
            let (slots, key) = (&self.slots, halves(key));
            self.table.insert_unique(key[0], n, |n| slots.at(*n).key[0]);
            *self.slots.at_mut(n) = Slot { key, ..EMPTY };
            n
        };
        let was = *self.slots.at(n);
        let lives = !entry.gone;
        if was.lives() && (!lives || was.scope != entry.scope) {
            self.unlink(n);
        }
        let flags = u8::from(entry.gone) * GONE + u8::from(entry.canonical.is_some()) * CANONICAL;
        let slot = self.slots.at_mut(n);
        slot.raw = entry.raw;
        slot.canonical = entry.canonical.unwrap_or(0);
        slot.scope = entry.scope;
        slot.flags = flags;
        if lives && !(was.lives() && was.scope == entry.scope) {
            self.link(n);
        }
    }

    /// Lets go of a record, tombstone or not.
    pub(super) fn remove(&mut self, key: u128) {
        let half = halves(key);
        let slots = &self.slots;
        let Ok(found) = self.table.find_entry(half[0], |n| slots.at(*n).key == half) else { return };
        let (n, _) = found.remove();
        if self.slots.at(n).lives() {
            self.unlink(n);
        }
        *self.slots.at_mut(n) = EMPTY;
        self.free.push(n);
    }

    fn link(&mut self, n: u32) {
        let owner = &mut self.owners[self.slots.at(n).scope as usize];
        let next = std::mem::replace(&mut owner.first, n);
        owner.living += 1;
        let slot = self.slots.at_mut(n);
        (slot.next, slot.previous) = (next, NONE);
        if next != NONE {
            self.slots.at_mut(next).previous = n;
        }
    }

    fn unlink(&mut self, n: u32) {
        let Slot { scope, next, previous, .. } = *self.slots.at(n);
        let owner = &mut self.owners[scope as usize];
        owner.living -= 1;
        if previous == NONE {
            owner.first = next;
        } else {
            self.slots.at_mut(previous).next = next;
        }
        if next != NONE {
            self.slots.at_mut(next).previous = previous;
        }
    }

    /// Every record, tombstones included, of the scopes that `wanted` names; those of one scope side by
    /// side.
    pub(super) fn of_scopes(&self, wanted: impl Fn(&ScopeKey) -> bool) -> Vec<u128> {
        let scopes: Vec<bool> = self.owners.iter().map(|owner| wanted(&owner.key)).collect();
        let taken = self.slots.iter().filter(|slot| slot.flags & FREE == 0);
        let mut found: Vec<(ScopeIndex, u128)> = taken
            .filter(|slot| scopes.get(slot.scope as usize).copied().unwrap_or(false))
            .map(|slot| (slot.scope, whole(slot.key)))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, key)| key).collect()
    }

    /// Bytes in memory.
    pub(super) fn memory(&self) -> usize {
        self.slots.pages.len() * PAGE * size_of::<Slot>()
            + self.table.allocation_size()
            + self.free.capacity() * 4
    }
}

/// All of it as it was at one moment, cheap to take: pages are shared until the writer goes on.
#[derive(Debug)]
pub(super) struct Frozen {
    slots: Slots,
    owners: Vec<Arc<ScopeKey>>,
}

const MAGIC: &[u8; 16] = b"cloudscope known";
const FORMAT: u32 = 1;
/// Bytes of a record: key, the two hashes, scope, flags.
const SAVED: usize = 16 + 8 + 8 + 4 + 1;

/// Why what was saved is of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    /// It could not be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Another program, another format, or damage.
    #[error("it is not what this version saves")]
    Other,
}

impl Known {
    /// What there is now, to be saved by somebody else.
    pub(super) fn freeze(&self) -> Frozen {
        Frozen { slots: self.slots.clone(), owners: self.owners.iter().map(|o| Arc::clone(&o.key)).collect() }
    }

    /// What [`Frozen::save`] wrote.
    pub(super) fn restore(input: &mut dyn Read) -> Result<Self, Unfit> {
        let mut all = Vec::new();
        input.read_to_end(&mut all)?;
        let (body, sum) = all.split_last_chunk::<32>().ok_or(Unfit::Other)?;
        if blake3::hash(body).as_bytes() != sum {
            return Err(Unfit::Other);
        }
        let mut rest = body.strip_prefix(MAGIC).ok_or(Unfit::Other)?;
        let mut number = || -> Result<u32, Unfit> {
            let (bytes, after) = rest.split_first_chunk::<4>().ok_or(Unfit::Other)?;
            rest = after;
            Ok(u32::from_le_bytes(*bytes))
        };
        if number()? != FORMAT {
            return Err(Unfit::Other);
        }
        let length = number()? as usize;
        let (owners, slots) = rest.split_at_checked(length).ok_or(Unfit::Other)?;
        let owners: Vec<ScopeKey> = serde_json::from_slice(owners).map_err(|_| Unfit::Other)?;
        let mut known = Self::default();
        for owner in &owners {
            known.scope(owner);
        }
        let (slots, []) = slots.as_chunks::<SAVED>() else { return Err(Unfit::Other) };
        known.table.reserve(slots.len(), |_| 0);
        for (n, slot) in (0..).zip(slots) {
            let long =
                |at: usize| slot[at..].first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
            let scope = slot[32..].first_chunk::<4>().map_or(NONE, |bytes| u32::from_le_bytes(*bytes));
            if scope as usize >= owners.len() {
                return Err(Unfit::Other);
            }
            let key = [long(0), long(8)];
            known.slots.push(Slot {
                key,
                raw: long(16),
                canonical: long(24),
                scope,
                flags: slot[36] & (GONE | CANONICAL),
                ..EMPTY
            });
            // All keys differ, as they did when they were saved.
            let slots = &known.slots;
            known.table.insert_unique(key[0], n, |n| slots.at(*n).key[0]);
            if slots.at(n).lives() {
                known.link(n);
            }
        }
        Ok(known)
    }
}

impl Frozen {
    /// Writes it whole.
    pub(super) fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut sum = blake3::Hasher::new();
        let mut write = |bytes: &[u8]| {
            sum.update(bytes);
            out.write_all(bytes)
        };
        let owners = serde_json::to_vec(&self.owners).map_err(io::Error::other)?;
        write(MAGIC)?;
        write(&FORMAT.to_le_bytes())?;
        write(&u32::try_from(owners.len()).map_err(io::Error::other)?.to_le_bytes())?;
        write(&owners)?;
        let mut page = Vec::with_capacity(PAGE * SAVED);
        for slots in &self.slots.pages {
            page.clear();
            for slot in slots.iter().filter(|slot| slot.flags & FREE == 0) {
                page.extend_from_slice(&slot.key[0].to_le_bytes());
                page.extend_from_slice(&slot.key[1].to_le_bytes());
                page.extend_from_slice(&slot.raw.to_le_bytes());
                page.extend_from_slice(&slot.canonical.to_le_bytes());
                page.extend_from_slice(&slot.scope.to_le_bytes());
                page.push(slot.flags);
            }
            write(&page)?;
        }
        out.write_all(sum.finalize().as_bytes())
    }
}

#[cfg(test)]
impl Keys for std::collections::HashSet<u128> {
    fn len(&self) -> usize {
        Self::len(self)
    }

    fn contains(&self, key: u128) -> bool {
        Self::contains(self, &key)
    }

    fn keys(&self) -> Box<dyn Iterator<Item = u128> + '_> {
        Box::new(self.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_equals_a_map(steps in prop::collection::vec((0_u128..40, 0_u32..4, 0_u64..3, 0_u8..6), 0..400)) {
            let mut known = Known::default();
            let scopes: Vec<ScopeKey> = (0..4).map(|n| ScopeKey::new("s", format!("l{n}"))).collect();
            for scope in &scopes {
                known.scope(scope);
            }
            let mut model: BTreeMap<u128, Entry> = BTreeMap::new();
            for (key, scope, raw, what) in steps {
                // Keys that share a half meet in one place of the table.
                let key = (key % 7) | ((key / 7) << 64);
                if what == 0 {
                    known.remove(key);
                    model.remove(&key);
                } else {
                    let canonical = (what % 2 == 0).then_some(raw + 7);
                    let entry = Entry { scope, raw, canonical, gone: what == 5 };
                    known.set(key, entry);
                    model.insert(key, entry);
                }
            }
            prop_assert_eq!(known.len(), model.len());
            for (n, key) in scopes.iter().enumerate() {
                let scope = known.by_scope[key];
                let live: BTreeSet<u128> = known.live(scope).keys().collect();
                let wanted: BTreeSet<u128> =
                    model.iter().filter(|(_, e)| !e.gone && e.scope as usize == n).map(|(k, _)| *k).collect();
                prop_assert_eq!(known.live(scope).len(), wanted.len());
                prop_assert!(wanted.iter().all(|k| known.live(scope).contains(*k)));
                prop_assert_eq!(live, wanted);
                let all: BTreeSet<u128> = known.of_scopes(|k| k == key).into_iter().collect();
                let of: BTreeSet<u128> = model.iter().filter(|(_, e)| e.scope as usize == n).map(|(k, _)| *k).collect();
                prop_assert_eq!(all, of);
            }
            let mut saved = Vec::new();
            known.freeze().save(&mut saved).unwrap();
            let back = Known::restore(&mut saved.as_slice()).unwrap();
            for (key, entry) in &model {
                prop_assert_eq!(known.get(*key), Some(*entry));
                prop_assert_eq!(back.get(*key), Some(*entry));
            }
            prop_assert_eq!(back.len(), model.len());
            let at = saved.len() / 3;
            prop_assert!(Known::restore(&mut &saved[..at]).is_err());
            saved[at] ^= 4;
            prop_assert!(Known::restore(&mut saved.as_slice()).is_err());
        }
    }
}
