//! From the hash of an id or alias to rows: sorted runs that are merged as they grow, so that a
//! publication adds a short run and shares the long ones. Entries of dead rows stay until a merge;
//! whoever looks up checks the row.

use std::sync::Arc;

use crate::{
    RowId,
    bytes::{In, Out},
};

/// The first half of each hash: enough to find few rows, and whoever looks up checks the name.
#[derive(Debug, Default)]
struct Run {
    hashes: Vec<u32>,
    rows: Vec<RowId>,
}

fn first_half(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(u32::MAX)
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Runs {
    runs: Vec<Arc<Run>>,
}

impl Runs {
    /// Adds entries and merges runs of like length; drops the entries of rows that are no longer `alive`.
    pub(crate) fn add(&mut self, entries: Vec<(u64, RowId)>, alive: impl Fn(RowId) -> bool) {
        if entries.is_empty() {
            return;
        }
        let mut entries: Vec<(u32, RowId)> =
            entries.into_iter().map(|(hash, row)| (first_half(hash), row)).collect();
        entries.sort_unstable();
        entries.dedup();
        let (hashes, rows) = entries.into_iter().unzip();
        let mut run = Run { hashes, rows };
        while let Some(last) = self.runs.pop_if(|last| last.rows.len() <= run.rows.len().saturating_mul(2)) {
            run = merge(&last, &run, &alive);
        }
        self.runs.push(Arc::new(run));
    }

    pub(crate) fn bytes(&self) -> usize {
        self.runs.iter().map(|run| (run.hashes.capacity() + run.rows.capacity()) * 4).sum()
    }

    /// Rows that were entered under this hash, some of them dead or of another text.
    pub(crate) fn get(&self, hash: u64) -> impl Iterator<Item = RowId> + '_ {
        let hash = first_half(hash);
        self.runs.iter().flat_map(move |run| {
            let start = smaller(&run.hashes, hash);
            let same = run.hashes[start..].iter().take_while(move |h| **h == hash).count();
            run.rows[start..start + same].iter().copied()
        })
    }
}

impl Runs {
    /// Those of the hashes, which are in order, under which more than one entry stands that is `alive`.
    pub(crate) fn shared(&self, hashes: &[u64], alive: impl Fn(RowId) -> bool) -> Vec<u64> {
        let mut counts = vec![0_u8; hashes.len()];
        for run in &self.runs {
            let mut at = 0;
            for (hash, count) in hashes.iter().zip(&mut counts) {
                let hash = first_half(*hash);
                at += gallop(&run.hashes[at..], hash);
                let same = run.hashes[at..].iter().take_while(|h| **h == hash).count();
                let rows = run.rows[at..at + same].iter();
                for _ in rows.filter(|r| alive(**r)).take(2) {
                    *count = count.saturating_add(1);
                }
            }
        }
        hashes.iter().zip(counts).filter(|(_, n)| *n > 1).map(|(h, _)| *h).collect()
    }
}

/// How many of the hashes are smaller. They are spread evenly, so that it is known about where to look: a search by
/// halves of a long run would miss the cache at nearly every step.
fn smaller(hashes: &[u32], hash: u32) -> usize {
    let len = hashes.len();
    let guess = usize::try_from((u64::from(hash) * len as u64) >> 32).unwrap_or(0);
    let (mut low, mut high, mut step) = (guess, guess, 64);
    while low > 0 && hashes[low - 1] >= hash {
        low = low.saturating_sub(step);
        step *= 2;
    }
    step = 64;
    while high < len && hashes[high] < hash {
        high = (high + step).min(len);
        step *= 2;
    }
    low + hashes[low..high].partition_point(|h| *h < hash)
}

/// How many of the hashes are smaller: in steps that double, so that many look-ups in order cost no
/// more than one walk, and few no more than a search each.
fn gallop(hashes: &[u32], hash: u32) -> usize {
    let mut step = 1;
    while hashes.get(step).is_some_and(|h| *h < hash) {
        step *= 2;
    }
    let from = if step > 1 { step / 2 } else { 0 };
    let to = hashes.len().min(step + 1);
    from + hashes[from..to].partition_point(|h| *h < hash)
}

fn merge(a: &Run, b: &Run, alive: &impl Fn(RowId) -> bool) -> Run {
    let mut out = Run {
        hashes: Vec::with_capacity(a.rows.len() + b.rows.len()),
        rows: Vec::with_capacity(a.rows.len() + b.rows.len()),
    };
    let (mut i, mut j) = (0, 0);
    while i < a.rows.len() || j < b.rows.len() {
        let first =
            j >= b.rows.len() || (i < a.rows.len() && (a.hashes[i], a.rows[i]) <= (b.hashes[j], b.rows[j]));
        let (hash, row) = if first { (a.hashes[i], a.rows[i]) } else { (b.hashes[j], b.rows[j]) };
        if first {
            i += 1;
        } else {
            j += 1;
        }
        if alive(row) && (out.hashes.last(), out.rows.last()) != (Some(&hash), Some(&row)) {
            out.hashes.push(hash);
            out.rows.push(row);
        }
    }
    out
}

impl Runs {
    pub(crate) fn count(&self) -> usize {
        self.runs.len()
    }

    pub(crate) fn save(&self, n: usize, out: &mut Out) {
        if let Some(run) = self.runs.get(n) {
            out.list(&run.hashes);
            out.list(&run.rows);
        }
    }

    /// Reads one run more, of rows below `most`.
    pub(crate) fn load(&mut self, input: &mut In<'_>, most: RowId) -> Option<()> {
        let run = Run { hashes: input.list()?, rows: input.list()? };
        let fit = run.hashes.len() == run.rows.len()
            && run.hashes.is_sorted()
            && run.rows.iter().all(|row| *row < most);
        self.runs.push(Arc::new(run));
        fit.then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_hash_is_found_however_they_are_spread(
            mut hashes in prop::collection::vec(any::<u32>(), 0..600),
            near in prop::collection::vec(0..9_u32, 0..200),
            asked in any::<u32>(),
        ) {
            hashes.extend(near);
            hashes.sort_unstable();
            for hash in hashes.iter().copied().chain([asked, 0, 4, u32::MAX]) {
                prop_assert_eq!(smaller(&hashes, hash), hashes.partition_point(|h| *h < hash));
            }
        }
    }
}
