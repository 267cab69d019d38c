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
    /// Of codes below `count`, borne by rows one after the other; a row bears those from its start on
    /// to that of the next, and just one where no starts are given.
    pub(crate) fn new(count: usize, codes: &[u32], starts: Option<&[u32]>) -> Self {
        let mut next = vec![0_u32; count];
        for code in codes {
            next[*code as usize] += 1;
        }
        let mut dense = Vec::new();
        // Of codes with a set, which; of the others, nothing.
        let mut set_of = vec![u32::MAX; count];
        let mut list_starts = Vec::with_capacity(count + 1);
        let mut at = 0;
        for (code, n) in (0_u32..).zip(&mut next) {
            list_starts.push(at);
            if *n as usize >= DENSE {
                set_of[code as usize] = u32::try_from(dense.len()).unwrap_or(u32::MAX);
                dense.push((code, Bits::default()));
            } else {
                at += *n;
            }
            *n = list_starts[code as usize];
        }
        list_starts.push(at);
        let mut lists = vec![0; at as usize];
        let mut bear = |row: usize, code: u32| {
            let code = code as usize;
            if let Some((_, set)) = dense.get_mut(set_of[code] as usize) {
                set.set(row);
            } else {
                lists[next[code] as usize] = u16::try_from(row).unwrap_or(u16::MAX);
                next[code] += 1;
            }
        };
        match starts {
            None => codes.iter().enumerate().for_each(|(row, code)| bear(row, *code)),
            Some(starts) => {
                for (row, start) in starts.iter().enumerate() {
                    let end = starts.get(row + 1).map_or(codes.len(), |e| *e as usize);
                    codes[*start as usize..end].iter().for_each(|code| bear(row, *code));
                }
            }
        }
        Self { starts: list_starts, lists, dense }
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
