//! Numbers by the hash of what they stand for, six bytes each, in small shared shards; a shard splits
//! when they get full, so that growing never stalls. What a number stands for is the caller's to compare.

use std::sync::Arc;

use crate::cow::CowList;

/// Numbers per shard, on the average, before one splits.
const FULL: usize = if cfg!(test) { 3 } else { 96 };

/// A multimap from hashes to numbers. A shard holds the upper 16 bits of all its hashes, then the lower
/// halves of the numbers, then the upper halves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shards {
    shards: CowList<Arc<[u16]>, 64>,
    len: usize,
    /// Where a shard is made; empty in between.
    scratch: Vec<u16>,
}

fn tag(hash: u64) -> u16 {
    (hash >> 48) as u16
}

fn number(shard: &[u16], at: usize) -> u32 {
    let len = shard.len() / 3;
    u32::from(shard[len + at]) | u32::from(shard[2 * len + at]) << 16
}

fn join(pairs: &[(u16, u32)]) -> Arc<[u16]> {
    let tags = pairs.iter().map(|(tag, _)| *tag);
    let low = pairs.iter().map(|(_, n)| *n as u16);
    let high = pairs.iter().map(|(_, n)| (n >> 16) as u16);
    tags.chain(low).chain(high).collect()
}

fn pairs(shard: &[u16]) -> impl Iterator<Item = (u16, u32)> {
    let len = shard.len() / 3;
    shard[..len].iter().enumerate().map(|(at, tag)| (*tag, number(shard, at)))
}

impl Shards {
    /// The shard of a hash: by as many of its low bits as tell the shards apart, one fewer for those that
    /// were not split yet.
    fn shard(&self, hash: u64) -> usize {
        let hash = hash as u32 as usize;
        let round = self.shards.len().next_power_of_two();
        let at = hash & (round - 1);
        if at < self.shards.len() { at } else { hash & (round / 2).wrapping_sub(1) }
    }

    /// Numbers that may bear this hash, and all that do.
    pub(crate) fn find(&self, hash: u64) -> impl Iterator<Item = u32> + '_ {
        let shard = self.shards.get(self.shard(hash)).map_or(&[][..], |s| &**s);
        let tags = &shard[..shard.len() / 3];
        let same = tags.iter().enumerate().filter(move |(_, t)| **t == tag(hash));
        same.map(|(at, _)| number(shard, at))
    }

    /// Adds a number. `hash_of` gives the hash of any number that was added before.
    pub(crate) fn insert(&mut self, hash: u64, n: u32, hash_of: impl Fn(u32) -> u64) {
        if self.len >= self.shards.len() * FULL {
            self.split(hash_of);
        }
        let at = self.shard(hash);
        let Some(shard) = self.shards.get(at) else { return };
        let len = shard.len() / 3;
        let new = &mut self.scratch;
        for (part, last) in [
            (&shard[..len], tag(hash)),
            (&shard[len..2 * len], n as u16),
            (&shard[2 * len..], (n >> 16) as u16),
        ] {
            new.extend_from_slice(part);
            new.push(last);
        }
        self.shards.set(at, new.as_slice().into());
        new.clear();
        self.len += 1;
    }

    pub(crate) fn remove(&mut self, hash: u64, n: u32) {
        let at = self.shard(hash);
        let Some(shard) = self.shards.get(at) else { return };
        let mut left: Vec<_> = pairs(shard).collect();
        if let Some(place) = left.iter().position(|p| *p == (tag(hash), n)) {
            left.swap_remove(place);
            self.shards.set(at, join(&left));
            self.len -= 1;
        }
    }

    fn split(&mut self, hash_of: impl Fn(u32) -> u64) {
        let count = self.shards.len();
        self.shards.push(Arc::from([]));
        let round = self.shards.len().next_power_of_two();
        let from = count & (round / 2).wrapping_sub(1);
        if from == count {
            return;
        }
        let Some(shard) = self.shards.get(from) else { return };
        let (go, stay): (Vec<_>, Vec<_>) = pairs(shard).partition(|(_, n)| self.shard(hash_of(*n)) == count);
        self.shards.set(from, join(&stay));
        self.shards.set(count, join(&go));
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The shards as they are kept.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u16]> {
        self.shards.iter().map(|s| &**s)
    }

    /// Takes the next shard as it was kept.
    pub(crate) fn append(&mut self, shard: Arc<[u16]>) {
        self.len += shard.len() / 3;
        self.shards.push(shard);
    }

    /// All numbers.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.iter().flat_map(|s| pairs(s).map(|(_, n)| n))
    }

    /// Bytes that they take.
    pub(crate) fn memory(&self) -> usize {
        self.shards.memory() + self.iter().map(|s| 16 + 2 * s.len()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::hash::Seed;

    fn hash_of(n: u32) -> u64 {
        // Some share a hash.
        Seed(5).hash(&(n / 2).to_le_bytes())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_added_and_not_removed_is_found(steps in prop::collection::vec((any::<bool>(), 0_u32..200), 0..400)) {
            let (mut shards, mut model) = (Shards::default(), BTreeSet::new());
            let mut copies = Vec::new();
            for (turn, (add, n)) in steps.into_iter().enumerate() {
                if !add {
                    shards.remove(hash_of(n), n);
                    model.remove(&n);
                } else if model.insert(n) {
                    shards.insert(hash_of(n), n, hash_of);
                }
                if turn % 50 == 0 {
                    copies.push((shards.clone(), model.clone()));
                }
            }
            copies.push((shards, model));
            for (shards, model) in copies {
                prop_assert_eq!(shards.len(), model.len());
                prop_assert_eq!(shards.numbers().collect::<BTreeSet<_>>(), model.clone());
                for n in 0..200 {
                    prop_assert_eq!(shards.find(hash_of(n)).any(|m| m == n), model.contains(&n));
                }
            }
        }
    }
}
