//! Which rows of a chunk contain a text. What lies across a row and what it shares is found too: a shared
//! beginning ends with `/` or `:` and a shared end begins with `.`, and no text has both, so that only
//! what contains one of these characters can lie across, and in few ways.

use memchr::memmem::Finder;

use super::{Texts, bytes::kept};
use crate::{
    bits::{Bits, CHUNK},
    row::END,
    shape,
};

/// Below so many rows in question a search row by row is cheaper than one over the whole chunk.
const FEW: usize = CHUNK / 16;

/// A folded text to look for.
#[derive(Debug)]
pub(crate) struct Needle {
    finder: Finder<'static>,
    /// Its characters, as far as they are kept by row.
    characters: u64,
    splits: Vec<Split>,
}

/// A way to lie across: one part in what is shared, the other in the row's own text beside it.
#[derive(Debug)]
struct Split {
    /// The shared part comes first.
    prefix: bool,
    shared: Box<[u8]>,
    own: Box<[u8]>,
    /// The own part with the edge of the own text that it touches.
    finder: Finder<'static>,
}

impl Split {
    fn new(prefix: bool, shared: &[u8], own: &[u8]) -> Self {
        let edge: &[u8] = &[END];
        let seen = if prefix { [edge, own].concat() } else { [own, edge].concat() };
        Self { prefix, shared: shared.into(), own: own.into(), finder: Finder::new(&seen).into_owned() }
    }

    fn fits(&self, affix: &[u8]) -> bool {
        if self.prefix { affix.ends_with(&self.shared) } else { affix.starts_with(&self.shared) }
    }

    fn lies_in(&self, span: &super::Span<'_>) -> bool {
        if self.prefix {
            span.body.starts_with(&self.own) && span.prefix.ends_with(&self.shared)
        } else {
            span.body.ends_with(&self.own) && span.suffix.starts_with(&self.shared)
        }
    }
}

impl Needle {
    pub(crate) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let splits = (1..bytes.len()).flat_map(|k| {
            let (left, right) = bytes.split_at(k);
            let prefix = left.ends_with(b":") || left.ends_with(b"/");
            let prefix = prefix.then(|| Split::new(true, left, right));
            let suffix = right.starts_with(b".").then(|| Split::new(false, right, left));
            prefix.into_iter().chain(suffix)
        });
        let finder = Finder::new(bytes).into_owned();
        Self { finder, characters: kept(bytes), splits: splits.collect() }
    }
}

impl Texts {
    /// The rows of the mask in whose searchable texts it is.
    pub(crate) fn containing(&self, needle: &Needle, mask: &Bits) -> Bits {
        let mut rows = Bits::default();
        let near;
        let mut mask = mask;
        if let Some(known) = self.bytes.get() {
            if let [byte] = needle.finder.needle()
                && let Some(with) = known.with(*byte)
            {
                return with.and(mask);
            }
            near = known.among(mask, needle.characters);
            mask = &near;
        }
        match needle.finder.needle() {
            [] => return mask.clone(),
            // Most rows have it, and early: a search for each is not worth its beginning.
            [byte] if mask.count() >= FEW => {
                for n in mask.iter().filter(|n| has_byte(self.low_row(*n), *byte)) {
                    rows.set(n);
                }
            }
            _ if mask.count() < FEW => {
                for n in mask.iter().filter(|n| self.row_contains(needle, *n)) {
                    rows.set(n);
                }
                return rows;
            }
            _ => each(&self.low, &self.low_starts, &needle.finder, |row| rows.set(row)),
        }
        let shared = self.shared(&needle.finder);
        if shared.contains(&true) {
            let shapes = self.shapes_with(|affix| shared[affix as usize]);
            rows.add(&self.shape.select(|code| shapes.get(code as usize).copied().unwrap_or(false)));
        }
        for split in &needle.splits {
            if !(0..self.affixes.count()).any(|n| split.fits(self.affixes.low_bytes(n))) {
                continue;
            }
            // The first text of all has no edge before it.
            let mut across = |row| {
                if !rows.get(row) && self.spans(row).any(|span| split.lies_in(&span)) {
                    rows.set(row);
                }
            };
            across(0);
            each(&self.low, &self.low_starts, &split.finder, |row| {
                across(row);
                if split.prefix && row + 1 < self.low_starts.len() {
                    // The edge before the first text of a row is the end of the row before.
                    across(row + 1);
                }
            });
        }
        rows.and(mask)
    }

    /// The rows in whose own texts, the name among them, these bytes are.
    pub(crate) fn own_with(&self, bytes: &[u8]) -> Bits {
        let mut rows = Bits::default();
        each(&self.low, &self.low_starts, &Finder::new(bytes), |row| rows.set(row));
        rows
    }

    /// Whether it is in the searchable texts of a row.
    pub(crate) fn row_contains(&self, needle: &Needle, n: usize) -> bool {
        let finder = &needle.finder;
        finder.find(self.low_row(n)).is_some()
            || self.spans(n).any(|span| {
                (span.piece.prefix.is_some() && finder.find(span.prefix).is_some())
                    || (span.piece.suffix.is_some() && finder.find(span.suffix).is_some())
                    || needle.splits.iter().any(|split| split.lies_in(&span))
            })
    }

    /// Of each shared text, whether it is in there whole.
    fn shared(&self, finder: &Finder<'_>) -> Vec<bool> {
        let (text, starts) = self.affixes.all_low();
        let mut found = vec![false; starts.len()];
        each(text, starts, finder, |n| found[n] = true);
        found
    }

    /// Of each shape, whether it has a shared text that passes.
    fn shapes_with(&self, passes: impl Fn(u32) -> bool) -> Vec<bool> {
        let shapes = 0..u32::try_from(self.shape_starts.len()).unwrap_or(u32::MAX);
        let has = |code| {
            let (_, mut pieces) = shape::head(self.shape_of(code));
            std::iter::from_fn(|| shape::piece(&mut pieces))
                .any(|piece| [piece.prefix, piece.suffix].into_iter().flatten().any(&passes))
        };
        shapes.map(has).collect()
    }
}

/// Eight bytes at a time: a row is too short for a search that has to be set up.
fn has_byte(row: &[u8], byte: u8) -> bool {
    const LOW: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let wanted = u64::from_ne_bytes([byte; 8]);
    let (words, rest) = row.as_chunks();
    let has = |word: &[u8; 8]| {
        let differs = u64::from_ne_bytes(*word) ^ wanted;
        // A byte of zeroes is the only one that borrows into its highest bit without having it.
        differs.wrapping_sub(LOW) & !differs & HIGH != 0
    };
    words.iter().any(has) || rest.contains(&byte)
}

/// Visits each part of a text, of those that begin at `starts`, in which something is found to begin.
fn each(text: &[u8], starts: &[u32], finder: &Finder<'_>, mut visit: impl FnMut(usize)) {
    let (mut from, mut part) = (0, 0);
    while let Some(found) = text.get(from..).and_then(|rest| finder.find(rest)) {
        part = part_at(starts, part, from + found);
        visit(part);
        from = starts.get(part + 1).map_or(text.len(), |s| *s as usize);
    }
}

/// The last part that begins at or before a place; the search goes on from an earlier one, in steps that
/// double.
fn part_at(starts: &[u32], from: usize, place: usize) -> usize {
    let begins = |part: usize| starts.get(part).is_some_and(|s| *s as usize <= place);
    let mut step = 1;
    while begins(from + step) {
        step *= 2;
    }
    let low = from + step / 2;
    let high = starts.len().min(from + step);
    low + starts[low..high].partition_point(|s| *s as usize <= place) - 1
}
