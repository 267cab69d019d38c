//! For each code of a chunk the rows that bear it: a set of bits where they are many, else a list, so
//! that all of them together are never more than two bytes for each time a code is borne.

use crate::bits::{Bits, CHUNK};

/// From so many rows on a set of bits is no larger than the list.
const DENSE: usize = CHUNK / 16;

#[derive(Clone, Debug, Default)]
pub(crate) struct Sets {
    /// Where the list of each code begins in `lists`, and the end of the last.
    starts: Vec<u32>,
    lists: Vec<u16>,
    /// Codes with a set, in order.
    dense: Vec<(u32, Bits)>,
}

impl Sets {
    /// Of codes below `count`, with their rows in order of rows; a code may come several times.
    pub(crate) fn new(count: usize, borne: impl Iterator<Item = (usize, u32)> + Clone) -> Self {
        let mut counts = vec![0_u32; count + 1];
        for (_, code) in borne.clone() {
            counts[code as usize] += 1;
        }
        let mut dense = Vec::new();
        let mut at = 0;
        for (code, n) in (0_u32..).zip(&mut counts) {
            let many = *n as usize >= DENSE;
            if many {
                dense.push((code, Bits::default()));
            }
            let start = at;
            at += if many { 0 } else { *n };
            *n = start;
        }
        let starts = counts.clone();
        let mut lists = vec![0; at as usize];
        let mut next = counts;
        for (row, code) in borne {
            let at = next[code as usize] as usize;
            match dense.binary_search_by_key(&code, |(c, _)| *c) {
                Ok(place) => dense[place].1.set(row),
                Err(_) => {
                    lists[at] = u16::try_from(row).unwrap_or(u16::MAX);
                    next[code as usize] += 1;
                }
            }
        }
        Self { starts, lists, dense }
    }

    /// Whether there are any: an open chunk has none.
    pub(crate) fn are_there(&self) -> bool {
        !self.starts.is_empty()
    }

    /// Adds the rows that bear a code.
    pub(crate) fn add_to(&self, code: u32, rows: &mut Bits) {
        if let Ok(place) = self.dense.binary_search_by_key(&code, |(c, _)| *c) {
            rows.add(&self.dense[place].1);
            return;
        }
        let at = code as usize;
        if let (Some(start), Some(end)) = (self.starts.get(at), self.starts.get(at + 1)) {
            for row in &self.lists[*start as usize..*end as usize] {
                rows.set((*row).into());
            }
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.starts.capacity() * 4
            + self.lists.capacity() * 2
            + self.dense.capacity() * size_of::<(u32, Bits)>()
    }
}
