//! A list that snapshots share: who changes one of its values copies the block around it, not the list. Made for
//! the scopes, of which a large estate has tens of thousands while a commit touches a few.

use std::sync::Arc;

/// Values of a block.
const BLOCK: usize = if cfg!(test) { 4 } else { 128 };

#[derive(Debug)]
pub(crate) struct Blocks<T> {
    blocks: Vec<Arc<Vec<T>>>,
}

impl<T> Clone for Blocks<T> {
    fn clone(&self) -> Self {
        Self { blocks: self.blocks.clone() }
    }
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<T> Blocks<T> {
    pub(crate) fn len(&self) -> usize {
        // All but the last are full.
        self.blocks.last().map_or(0, |last| (self.blocks.len() - 1) * BLOCK + last.len())
    }

    pub(crate) fn get(&self, n: usize) -> Option<&T> {
        self.blocks.get(n / BLOCK)?.get(n % BLOCK)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.blocks.iter().flat_map(|block| block.iter())
    }
}

impl<T: Clone> Blocks<T> {
    pub(crate) fn push(&mut self, value: T) {
        match self.blocks.last_mut().filter(|last| last.len() < BLOCK) {
            Some(last) => Arc::make_mut(last).push(value),
            None => self.blocks.push(Arc::new(vec![value])),
        }
    }

    pub(crate) fn get_mut(&mut self, n: usize) -> Option<&mut T> {
        Arc::make_mut(self.blocks.get_mut(n / BLOCK)?).get_mut(n % BLOCK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list_and_older_ones_stay_as_they_were() {
        let mut list = Blocks::default();
        let mut older = Vec::new();
        for n in 0..30 {
            older.push((list.clone(), list.iter().copied().collect::<Vec<usize>>()));
            list.push(n);
            if n % 3 == 0 {
                *list.get_mut(n / 2).unwrap() = 100 + n;
            }
        }
        assert_eq!((list.len(), list.get(30)), (30, None));
        assert_eq!(list.get_mut(30), None);
        assert_eq!(list.get(13), Some(&127));
        for (list, expected) in older {
            assert_eq!(list.len(), expected.len());
            assert_eq!(list.iter().copied().collect::<Vec<_>>(), expected);
        }
        let shared = list.clone();
        *list.get_mut(0).unwrap() = 7;
        assert!(
            Arc::ptr_eq(&shared.blocks[1], &list.blocks[1])
                && !Arc::ptr_eq(&shared.blocks[0], &list.blocks[0])
        );
    }
}
