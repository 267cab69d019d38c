//! The newest version of each object that was said, so that nothing older undoes it.
//!
//! Sixteen bytes an object in one sorted run, and a small table of what came since. Knows no objects, only
//! numbers that stand for them.

use std::collections::{HashMap, VecDeque};

/// A version that is no number, or none: nothing can be told from it.
pub(crate) const UNKNOWN: u64 = 0;
/// What stands in the run for something that is no more.
const GONE: u64 = u64::MAX;
/// Deleted things that are remembered, so that a late word of one does not bring it back.
const MOST_DELETED: usize = 4_096;
/// The table holds at least so many before it is merged into the run.
const LEAST_FRESH: usize = 256;

/// What was said of the objects of one listing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    run: Vec<(u64, u64)>,
    gone: usize,
    fresh: HashMap<u64, u64>,
    deleted: HashMap<u64, u64>,
    order: VecDeque<u64>,
}

impl Seen {
    /// The version that was said of an object.
    pub(crate) fn get(&self, id: u64) -> Option<u64> {
        if let Some(version) = self.fresh.get(&id) {
            return Some(*version);
        }
        let at = self.run.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.run[at].1).filter(|version| *version != GONE)
    }

    /// An object was said, with this version.
    pub(crate) fn set(&mut self, id: u64, version: u64) {
        let version = version.min(GONE - 1);
        if let Ok(at) = self.run.binary_search_by_key(&id, |(id, _)| *id) {
            if self.run[at].1 == GONE {
                self.gone -= 1;
            }
            self.run[at].1 = version;
            return;
        }
        self.fresh.insert(id, version);
        if self.fresh.len() > LEAST_FRESH.max(self.run.len() / 8) {
            self.merge();
        }
    }

    /// An object is no more.
    pub(crate) fn remove(&mut self, id: u64) {
        if self.fresh.remove(&id).is_some() {
            return;
        }
        if let Ok(at) = self.run.binary_search_by_key(&id, |(id, _)| *id)
            && self.run[at].1 != GONE
        {
            self.run[at].1 = GONE;
            self.gone += 1;
            if self.gone > LEAST_FRESH.max(self.run.len() / 8) {
                self.merge();
            }
        }
    }

    /// Remembers that something was deleted as of a version: no word up to that one brings it back.
    pub(crate) fn bury(&mut self, id: u64, version: u64) {
        if let Some(known) = self.deleted.get_mut(&id) {
            *known = version.max(*known);
            return;
        }
        self.deleted.insert(id, version);
        self.order.push_back(id);
        if self.order.len() > MOST_DELETED
            && let Some(oldest) = self.order.pop_front()
        {
            self.deleted.remove(&oldest);
        }
    }

    /// As of which version it was deleted, if that is remembered.
    pub(crate) fn buried(&self, id: u64) -> Option<u64> {
        self.deleted.get(&id).copied()
    }

    /// How many objects there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.run.len() - self.gone + self.fresh.len()
    }

    /// Makes it small: everything in one run.
    pub(crate) fn settle(&mut self) {
        self.merge();
        self.run.shrink_to_fit();
        self.fresh.shrink_to_fit();
    }

    fn merge(&mut self) {
        self.run.retain(|(_, version)| *version != GONE);
        self.gone = 0;
        self.run.extend(self.fresh.drain());
        self.run.sort_unstable_by_key(|(id, _)| *id);
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.run.capacity() * 16 + self.fresh.capacity() * 18
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((0..600u64, any::<bool>(), 1..50u64), 0..3000)) {
            let (mut seen, mut model) = (Seen::default(), BTreeMap::new());
            for (id, set, version) in steps {
                if set {
                    seen.set(id, version);
                    model.insert(id, version);
                } else {
                    seen.remove(id);
                    model.remove(&id);
                }
                prop_assert_eq!(seen.get(id), model.get(&id).copied());
            }
            prop_assert_eq!(seen.len(), model.len());
            seen.settle();
            for id in 0..600 {
                prop_assert_eq!(seen.get(id), model.get(&id).copied());
            }
        }
    }

    #[test]
    fn an_object_takes_few_bytes() {
        let mut seen = Seen::default();
        for n in 0..50_000u64 {
            seen.set(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n + 1);
        }
        seen.settle();
        assert!(seen.bytes() <= 50_000 * 17, "{}", seen.bytes());
        for n in 50_000..54_000u64 {
            seen.set(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n + 1);
        }
        assert!(seen.bytes() <= 54_000 * 24, "{}", seen.bytes());
    }

    #[test]
    fn few_of_the_deleted_are_remembered() {
        let mut seen = Seen::default();
        for id in 0..10_000 {
            seen.bury(id, 7);
        }
        assert_eq!((seen.buried(0), seen.buried(9_999)), (None, Some(7)));
        assert!(seen.deleted.len() <= MOST_DELETED && seen.order.len() <= MOST_DELETED);
    }
}
