//! Sorted sets and lists in blocks that are shared until they are written to: a copy for a reader
//! costs a pointer per block, a change after it copies one block. No element is far from its
//! neighbours, so that a hub of a million edges is as cheap to change as a leaf.

use std::sync::Arc;

/// Elements per block. A block is copied when it is first written to after a reader got its copy, and a
/// batch of changes falls all over the set: smaller blocks cost more pointers per copy and fewer bytes per
/// change. Smaller still in tests, so that blocks split and merge.
const BLOCK: usize = if cfg!(test) { 4 } else { 128 };

/// A sorted set.
#[derive(Clone, Debug)]
pub(crate) struct CowSet<T> {
    /// Never empty themselves.
    blocks: Vec<Arc<Vec<T>>>,
}

impl<T> Default for CowSet<T> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<T: Ord + Copy> CowSet<T> {
    /// The block that holds `item`, or would.
    fn block(&self, item: &T) -> usize {
        self.blocks.partition_point(|b| b.first().is_some_and(|f| f <= item)).saturating_sub(1)
    }

    /// Whether it was new.
    pub(crate) fn insert(&mut self, item: T) -> bool {
        if self.blocks.is_empty() {
            self.blocks.push(Arc::new(vec![item]));
            return true;
        }
        let mut at = self.block(&item);
        if self.blocks[at].binary_search(&item).is_ok() {
            return false;
        }
        if self.blocks[at].len() >= BLOCK {
            let upper = Arc::make_mut(&mut self.blocks[at]).split_off(BLOCK / 2);
            if upper.first().is_some_and(|f| *f <= item) {
                at += 1;
                self.blocks.insert(at, Arc::new(upper));
            } else {
                self.blocks.insert(at + 1, Arc::new(upper));
            }
        }
        let block = Arc::make_mut(&mut self.blocks[at]);
        let place = block.partition_point(|x| *x < item);
        block.insert(place, item);
        true
    }

    /// Whether it was there.
    pub(crate) fn remove(&mut self, item: &T) -> bool {
        let at = self.block(item);
        let Some(Ok(place)) = self.blocks.get(at).map(|b| b.binary_search(item)) else { return false };
        let block = Arc::make_mut(&mut self.blocks[at]);
        block.remove(place);
        if block.is_empty() {
            self.blocks.remove(at);
        } else if self.blocks.get(at + 1).is_some_and(|next| next.len() + self.blocks[at].len() <= BLOCK / 2)
        {
            let next = self.blocks.remove(at + 1);
            Arc::make_mut(&mut self.blocks[at]).extend_from_slice(&next);
        }
        true
    }

    /// The elements from `first` on.
    pub(crate) fn from(&self, first: T) -> impl Iterator<Item = T> + '_ {
        let at = self.block(&first);
        let skip = self.blocks.get(at).map_or(0, |b| b.partition_point(|x| *x < first));
        let head = self.blocks.get(at).and_then(|b| b.get(skip..)).unwrap_or_default();
        let rest = self.blocks.iter().skip(at + 1).flat_map(|b| b.iter().copied());
        head.iter().copied().chain(rest)
    }
}

/// A list that grows at its end.
#[derive(Clone, Debug)]
pub(crate) struct CowList<T> {
    blocks: Vec<Arc<Vec<T>>>,
    len: usize,
}

impl<T> Default for CowList<T> {
    fn default() -> Self {
        Self { blocks: Vec::new(), len: 0 }
    }
}

impl<T: Clone> CowList<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, n: usize) -> Option<&T> {
        self.blocks.get(n / BLOCK)?.get(n % BLOCK)
    }

    /// Replaces an element, or appends one when `n` is the length.
    pub(crate) fn set(&mut self, n: usize, item: T) {
        if n / BLOCK == self.blocks.len() {
            self.blocks.push(Arc::default());
        }
        let Some(block) = self.blocks.get_mut(n / BLOCK) else { return };
        let block = Arc::make_mut(block);
        if let Some(old) = block.get_mut(n % BLOCK) {
            *old = item;
        } else {
            block.push(item);
            self.len += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_set_equals_a_tree_and_earlier_copies_do_not_change(
            steps in prop::collection::vec((any::<bool>(), 0_u8..40), 0..300),
            first in 0_u8..40,
        ) {
            let (mut set, mut model) = (CowSet::default(), BTreeSet::new());
            let mut copies = Vec::new();
            for (n, (insert, item)) in steps.into_iter().enumerate() {
                if insert {
                    prop_assert_eq!(set.insert(item), model.insert(item));
                } else {
                    prop_assert_eq!(set.remove(&item), model.remove(&item));
                }
                if n % 50 == 0 {
                    copies.push((set.clone(), model.clone()));
                }
            }
            copies.push((set, model));
            for (set, model) in copies {
                prop_assert!(set.from(first).eq(model.range(first..).copied()));
                prop_assert!(set.blocks.iter().all(|b| !b.is_empty() && b.len() <= BLOCK));
            }
        }

        #[test]
        fn a_list_equals_a_vector(steps in prop::collection::vec((0_usize..30, any::<u8>()), 0..100)) {
            let (mut list, mut model) = (CowList::default(), Vec::new());
            let empty = list.clone();
            for (n, item) in steps {
                let n = n.min(model.len());
                list.set(n, item);
                if n == model.len() { model.push(item) } else { model[n] = item }
            }
            prop_assert_eq!(list.len(), model.len());
            prop_assert!((0..=model.len()).all(|n| list.get(n) == model.get(n)));
            prop_assert_eq!(empty.len(), 0);
        }
    }
}
