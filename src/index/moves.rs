//! Where rows that were written anew stood before. What has the same name and key as before stands where that
//! stood in any order by name, so that no name has to be compared to find its place. Knows no order.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use crate::RowId;

/// Rows that are remembered, over all publications.
const MOST: usize = if cfg!(test) { 96 } else { 1 << 16 };
/// Publications that are remembered.
const BATCHES: usize = if cfg!(test) { 8 } else { 256 };

/// A row of a chunk. A number of a row alone means another one when its slot got another chunk.
pub(crate) type Spot = (RowId, u64);

/// What was written anew between the last publications, the newest last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moves {
    batches: VecDeque<Arc<[(Spot, Spot)]>>,
    total: usize,
}

impl Moves {
    /// Of one publication: each row that came, and where it was.
    pub(crate) fn add(&mut self, batch: Vec<(Spot, Spot)>) {
        self.total += batch.len();
        self.batches.push_back(batch.into());
        while self.batches.len() > BATCHES || self.total > MOST {
            let Some(oldest) = self.batches.pop_front() else { return };
            self.total -= oldest.len();
        }
    }

    /// Where rows that came with so many of the last publications stood before, as far as is remembered.
    pub(crate) fn latest(&self, publications: u64) -> HashMap<Spot, Spot> {
        let count = usize::try_from(publications).unwrap_or(usize::MAX).min(self.batches.len());
        self.batches.range(self.batches.len() - count..).flat_map(|batch| batch.iter().copied()).collect()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.total * size_of::<(Spot, Spot)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_publications_are_remembered_and_no_more() {
        let mut moves = Moves::default();
        let of = |n: u32| ((n, 2), (n, 1));
        for n in 0..50 {
            moves.add((0..n % 5).map(|m| of(n * 5 + m)).collect());
            assert!(moves.batches.len() <= BATCHES && moves.total <= MOST);
        }
        assert_eq!(moves.latest(1).len(), 4);
        assert_eq!(moves.latest(2).len(), 7);
        assert_eq!(moves.latest(2)[&(48 * 5 + 1, 2)], (48 * 5 + 1, 1));
        assert!(moves.latest(0).is_empty() && moves.latest(u64::MAX).len() > 7);
        moves.add((0..200).map(of).collect());
        assert_eq!(moves.bytes(), 0, "a publication that is too large is not remembered");
    }
}
