//! Lists in blocks that are shared until they are written to: a copy for a reader costs a pointer per
//! block, a change after it copies one block.

use std::sync::Arc;

/// A list that grows at its end. `BLOCK` elements are copied when one of them is first written to after a
/// reader got its copy: smaller blocks cost more pointers per copy and fewer bytes per change.
#[derive(Clone, Debug)]
pub(crate) struct CowList<T, const BLOCK: usize> {
    blocks: Vec<Arc<Vec<T>>>,
    len: usize,
}

impl<T, const BLOCK: usize> Default for CowList<T, BLOCK> {
    fn default() -> Self {
        Self { blocks: Vec::new(), len: 0 }
    }
}

impl<T: Clone, const BLOCK: usize> CowList<T, BLOCK> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn get(&self, n: usize) -> Option<&T> {
        self.blocks.get(n / BLOCK)?.get(n % BLOCK)
    }

    /// Replaces an element, or appends one when `n` is the length.
    pub(crate) fn set(&mut self, n: usize, item: T) {
        if n / BLOCK == self.blocks.len() {
            self.blocks.push(Arc::new(Vec::with_capacity(BLOCK)));
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

    pub(crate) fn push(&mut self, item: T) {
        self.set(self.len, item);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.blocks.iter().flat_map(|b| b.iter())
    }

    /// Bytes that the list takes, without what its elements point at.
    pub(crate) fn memory(&self) -> usize {
        self.blocks.len() * (8 + 16 + size_of::<Vec<T>>() + BLOCK * size_of::<T>())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_list_equals_a_vector_and_earlier_copies_do_not_change(
            steps in prop::collection::vec((0_usize..30, any::<u8>()), 0..100)
        ) {
            let (mut list, mut model) = (CowList::<u8, 4>::default(), Vec::new());
            let mut copies = vec![(list.clone(), model.clone())];
            for (n, item) in steps {
                let n = n.min(model.len());
                list.set(n, item);
                if n == model.len() { model.push(item) } else { model[n] = item }
                copies.push((list.clone(), model.clone()));
            }
            for (list, model) in copies {
                prop_assert_eq!(list.len(), model.len());
                prop_assert!(list.iter().eq(&model));
                prop_assert!((0..=model.len()).all(|n| list.get(n) == model.get(n)));
            }
        }
    }
}
