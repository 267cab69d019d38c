//! Where the records of an id are. Held in memory at 16 bytes a record: a hash of the id, and the segment; which
//! of the segment's records is meant is seen by looking. What changed lately lies over it in a table.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher},
    ops::Range,
    sync::Arc,
};

use crate::layout::Place;

/// The keys are hashes already.
#[derive(Default)]
pub(crate) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only `write_u64` is used; this keeps the type total.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// Stands for an id in this build of the program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct IdHash(pub(crate) u64);

impl IdHash {
    pub(crate) fn of(id: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// What did not change lately, in the order of the hashes: shared, so that it can be saved while commits go on.
#[derive(Default, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) hashes: Vec<u64>,
    /// Of the same number; an id that several segments have stands there as often.
    pub(crate) places: Vec<Place>,
}

impl Base {
    /// Where the records of an id are among all.
    fn range(&self, id: u64) -> Range<usize> {
        // They are spread evenly, so that it is known about where to look.
        let len = self.hashes.len();
        let guess = ((u128::from(id) * len as u128) >> 64) as usize;
        let (mut low, mut high, mut step) = (guess, guess, 64);
        while low > 0 && self.hashes[low - 1] >= id {
            low = low.saturating_sub(step);
            step *= 2;
        }
        step = 64;
        while high < len && self.hashes[high] <= id {
            high = (high + step).min(len);
            step *= 2;
        }
        let some = &self.hashes[low..high];
        let first = low + some.partition_point(|hash| *hash < id);
        first..low + some.partition_point(|hash| *hash <= id)
    }

    fn of(&self, id: u64) -> &[Place] {
        &self.places[self.range(id)]
    }

    /// From pairs in any order; those that are in order already for the most part cost little.
    fn sorted(mut pairs: Vec<(u64, Place)>) -> Self {
        pairs.sort();
        pairs.dedup();
        let (hashes, places) = pairs.into_iter().unzip();
        Self { hashes, places }
    }
}

/// Where the records of an id are: what changed lately over what did not.
#[derive(Default)]
pub(crate) struct Index {
    base: Arc<Base>,
    /// All places of the ids that are in it.
    recent: HashMap<IdHash, Recent, BuildHasherDefault<Identity>>,
}

/// The places of an id; nearly always there is one.
enum Recent {
    One(Place),
    Several(Vec<Place>),
}

impl Recent {
    fn places(&self) -> &[Place] {
        match self {
            Self::One(place) => std::slice::from_ref(place),
            Self::Several(places) => places,
        }
    }
}

/// Fewer recent ids are never worth putting in order,
const FEW: usize = 16 << 10;
/// nor is a smaller part of all.
const PART: usize = 16;

impl Index {
    /// Every segment that may hold a record of the id.
    pub(crate) fn places(&self, id: IdHash) -> impl Iterator<Item = Place> + '_ {
        self.at(id).iter().copied()
    }

    fn at(&self, id: IdHash) -> &[Place] {
        match self.recent.get(&id) {
            Some(recent) => recent.places(),
            None => self.base.of(id.0),
        }
    }

    /// Notes that a segment holds a record of the id.
    pub(crate) fn put(&mut self, id: IdHash, place: Place) {
        let now = match self.at(id) {
            [] => Recent::One(place),
            places if places.contains(&place) => return,
            places => Recent::Several(places.iter().copied().chain([place]).collect()),
        };
        self.recent.insert(id, now);
        self.settle();
    }

    /// Notes that a segment no longer holds any record of the id.
    pub(crate) fn remove(&mut self, id: IdHash, place: Place) {
        let places = self.at(id);
        if places.contains(&place) {
            let left = places.iter().copied().filter(|p| *p != place).collect();
            self.recent.insert(id, Recent::Several(left));
            self.settle();
        }
    }

    fn settle(&mut self) {
        if self.recent.len() >= FEW.max(self.base.hashes.len() / PART) {
            self.merge();
        }
    }

    /// Puts everything in order.
    fn merge(&mut self) {
        if self.recent.is_empty() {
            return;
        }
        let mut recent: Vec<(u64, Recent)> =
            std::mem::take(&mut self.recent).into_iter().map(|(id, r)| (id.0, r)).collect();
        recent.sort_unstable_by_key(|(id, _)| *id);
        let old = &*self.base;
        let room = old.hashes.len() + recent.len();
        let mut new = Base { hashes: Vec::with_capacity(room), places: Vec::with_capacity(room) };
        let mut from = 0;
        for (id, recent) in recent {
            let replaced = old.range(id);
            new.hashes.extend_from_slice(&old.hashes[from..replaced.start]);
            new.places.extend_from_slice(&old.places[from..replaced.start]);
            from = replaced.end;
            for place in recent.places() {
                new.hashes.push(id);
                new.places.push(*place);
            }
        }
        new.hashes.extend_from_slice(&old.hashes[from..]);
        new.places.extend_from_slice(&old.places[from..]);
        self.base = Arc::new(new);
    }

    /// All of it, in order and shared.
    pub(crate) fn freeze(&mut self) -> Arc<Base> {
        self.merge();
        Arc::clone(&self.base)
    }

    /// From all places of all ids, in any order.
    pub(crate) fn of(ids: Vec<(IdHash, Place)>) -> Self {
        let pairs = ids.into_iter().map(|(id, place)| (id.0, place)).collect();
        Self { base: Arc::new(Base::sorted(pairs)), recent: HashMap::default() }
    }

    /// What was saved, without what is not `good` any more, and with what was found instead.
    pub(crate) fn restored(
        base: Base,
        good: impl Fn(Place) -> bool,
        mut found: Vec<(IdHash, Place)>,
    ) -> Self {
        if found.is_empty() && base.places.iter().all(|p| good(*p)) {
            return Self { base: Arc::new(base), recent: HashMap::default() };
        }
        found.sort_unstable();
        let kept = base.hashes.into_iter().zip(base.places).filter(|(_, place)| good(*place));
        let found = found.into_iter().map(|(id, place)| (id.0, place));
        Self { base: Arc::new(Base::sorted(kept.chain(found).collect())), recent: HashMap::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudscope_ports::contract::sample::Rng;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn equals_a_map_of_sets() {
        let mut rng = Rng::new(3);
        let mut index = Index::default();
        let mut model: BTreeMap<u64, BTreeSet<Place>> = BTreeMap::new();
        for _ in 0..20_000 {
            let id = rng.below(40) << 58;
            let place = Place { scope: rng.below(2) as u32, segment: rng.below(4) as u32 };
            if rng.one_in(2) {
                index.put(IdHash(id), place);
                model.entry(id).or_default().insert(place);
            } else {
                index.remove(IdHash(id), place);
                model.entry(id).or_default().remove(&place);
            }
            if rng.one_in(50) {
                index.freeze();
            }
            let places: Vec<_> = index.places(IdHash(id)).collect();
            assert_eq!(places.len(), model[&id].len(), "no place twice");
            assert_eq!(places.into_iter().collect::<BTreeSet<_>>(), model[&id]);
        }
    }

    #[test]
    fn what_was_saved_comes_back_with_what_was_found_since() {
        let place = |segment| Place { scope: 1, segment };
        let mut index = Index::default();
        for n in 0..100_000_u64 {
            index.put(IdHash::of(&format!("id {n}")), place((n / 30) as u32));
        }
        let frozen = index.freeze();
        assert_eq!(frozen.hashes.len(), 100_000);
        let base = Base { hashes: frozen.hashes.clone(), places: frozen.places.clone() };
        // Two of its records went elsewhere meanwhile.
        let id = |n: u64| IdHash::of(&format!("id {n}"));
        let found = (60..90).map(|n| (id(n), if n < 62 { place(9_999) } else { place(2) })).collect();
        let restored = Index::restored(base, |p| p != place(2), found);
        for n in 0..100_000_u64 {
            let expected = if (60..62).contains(&n) { 9_999 } else { (n / 30) as u32 };
            let places: Vec<_> = restored.places(IdHash::of(&format!("id {n}"))).collect();
            assert_eq!(places, [place(expected)], "{n}");
        }
        assert_eq!(restored.places(IdHash::of("another")).next(), None);
    }
}
