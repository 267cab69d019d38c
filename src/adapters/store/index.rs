//! Where the records of an id are. Held in memory at about 30 bytes a record: a hash of the id, and
//! the segment; which of the segment's records is meant is seen by looking.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher},
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

/// Stands for an id in this process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct IdHash(u64);

impl IdHash {
    pub(crate) fn of(id: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// Where the records of an id are.
#[derive(Default)]
pub(crate) struct Index {
    first: HashMap<IdHash, Place, BuildHasherDefault<Identity>>,
    /// Further places of ids that several sources or incarnations bear.
    more: HashMap<IdHash, Vec<Place>, BuildHasherDefault<Identity>>,
}

impl Index {
    /// Every segment that may hold a record of the id.
    pub(crate) fn places(&self, id: IdHash) -> impl Iterator<Item = Place> + '_ {
        let more = if self.more.is_empty() { None } else { self.more.get(&id) };
        self.first.get(&id).into_iter().chain(more.into_iter().flatten()).copied()
    }

    /// Notes that a segment holds a record of the id.
    pub(crate) fn put(&mut self, id: IdHash, place: Place) {
        match self.first.get(&id) {
            None => {
                self.first.insert(id, place);
            }
            Some(first) if *first == place => {}
            Some(_) => {
                let more = self.more.entry(id).or_default();
                if !more.contains(&place) {
                    more.push(place);
                }
            }
        }
    }

    /// Notes that a segment no longer holds any record of the id.
    pub(crate) fn remove(&mut self, id: IdHash, place: Place) {
        let successor = match self.more.get_mut(&id) {
            Some(more) => {
                more.retain(|p| *p != place);
                let next = (self.first.get(&id) == Some(&place)).then(|| more.pop()).flatten();
                if more.is_empty() {
                    self.more.remove(&id);
                }
                next
            }
            None => None,
        };
        if let Some(next) = successor {
            self.first.insert(id, next);
        } else if self.first.get(&id) == Some(&place) {
            self.first.remove(&id);
        }
    }

    /// Gives back what growing left over.
    pub(crate) fn shrink(&mut self) {
        self.more.shrink_to_fit();
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
            let id = rng.below(40);
            let place = Place { scope: rng.below(2) as u32, segment: rng.below(4) as u32 };
            if rng.one_in(2) {
                index.put(IdHash(id), place);
                model.entry(id).or_default().insert(place);
            } else {
                index.remove(IdHash(id), place);
                model.entry(id).or_default().remove(&place);
            }
            let places: Vec<_> = index.places(IdHash(id)).collect();
            assert_eq!(places.len(), model[&id].len(), "no place twice");
            assert_eq!(places.into_iter().collect::<BTreeSet<_>>(), model[&id]);
        }
    }
}
