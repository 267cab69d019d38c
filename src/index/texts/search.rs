//! Which rows of a chunk contain a text. What is split between a row and what it shares is found too:
//! a shared beginning ends with `/` or `:` and a shared end begins with `.`, so that only a text which
//! contains one of these can lie across.

use memchr::memmem::Finder;

use super::{Texts, Values};
use crate::{
    bits::{Bits, CHUNK},
    shape,
};

/// Below so many rows in question a search row by row is cheaper than one over the whole chunk.
const FEW: usize = CHUNK / 16;

/// A folded text to look for.
pub(crate) struct Needle {
    finder: Finder<'static>,
    /// How long the beginnings are that can stand at the end of a shared beginning, all but the whole.
    before: Vec<usize>,
    /// How long the beginnings are that can stand before a shared end.
    after: Vec<usize>,
}

impl Needle {
    pub(crate) fn new(text: &str) -> Self {
        let inner = |test: &dyn Fn(usize) -> bool| (1..text.len()).filter(|k| test(*k)).collect();
        let bytes = text.as_bytes();
        Self {
            finder: Finder::new(bytes).into_owned(),
            before: inner(&|k| matches!(bytes[k - 1], b':' | b'/')),
            after: inner(&|k| bytes[k] == b'.'),
        }
    }

    fn bytes(&self) -> &[u8] {
        self.finder.needle()
    }

    /// Whether a text in three parts contains it, where no part does by itself.
    fn lies_across(&self, prefix: &[u8], body: &[u8], suffix: &[u8]) -> bool {
        let needle = self.bytes();
        self.before.iter().any(|k| {
            let (left, right) = needle.split_at(*k);
            prefix.ends_with(left)
                && match right.strip_prefix(body) {
                    Some(rest) => suffix.starts_with(rest),
                    None => body.starts_with(right),
                }
        }) || self.after.iter().any(|k| {
            let (left, right) = needle.split_at(*k);
            suffix.starts_with(right) && body.ends_with(left)
        })
    }
}

/// What is known of the rows of a shape without looking at them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    No,
    /// It lies in something that they share.
    Yes,
    /// Some may have it across.
    Look,
}

impl Texts {
    /// The rows of the mask in whose searchable texts it is.
    pub(crate) fn containing(&self, needle: &Needle, mask: &Bits) -> Bits {
        if needle.bytes().is_empty() {
            return mask.clone();
        }
        let mut rows = Bits::default();
        if mask.count() < FEW {
            for n in mask.iter().filter(|n| self.row_contains(needle, *n)) {
                rows.set(n);
            }
            return rows;
        }
        let (text, starts) = (&self.low, &self.low_starts);
        let (mut from, mut row) = (0, 0);
        while let Some(found) = text.get(from..).and_then(|rest| needle.finder.find(rest)) {
            row = row_at(starts, row, from + found);
            rows.set(row);
            from = starts.get(row + 1).map_or(text.len(), |s| *s as usize);
        }
        if let Some(verdicts) = self.verdicts(needle) {
            let are = |code: u32, what| verdicts.get(code as usize).is_some_and(|v| *v == what);
            rows.add(&self.shape.select(|code| are(code, Verdict::Yes)));
            if verdicts.contains(&Verdict::Look) {
                let open = self.shape.select(|code| are(code, Verdict::Look));
                for n in open.and(mask).without(&rows).iter() {
                    if self.has_across(needle, n) {
                        rows.set(n);
                    }
                }
            }
        }
        rows.and(mask)
    }

    /// Whether it is in the searchable texts of a row.
    pub(crate) fn row_contains(&self, needle: &Needle, n: usize) -> bool {
        needle.finder.find(self.low_row(n)).is_some()
            || self.values(n, false).any(|v| {
                let [prefix, body, suffix] = [v.prefix, v.body, v.suffix].map(str::as_bytes);
                (v.piece.prefix.is_some() && needle.finder.find(prefix).is_some())
                    || (v.piece.suffix.is_some() && needle.finder.find(suffix).is_some())
                    || needle.lies_across(prefix, body, suffix)
            })
    }

    fn has_across(&self, needle: &Needle, n: usize) -> bool {
        let values: Values<'_> = self.values(n, false);
        values.into_iter().any(|v| {
            let [prefix, body, suffix] = [v.prefix, v.body, v.suffix].map(str::as_bytes);
            needle.lies_across(prefix, body, suffix)
        })
    }

    /// What can be said of each shape; `None` when nothing that is shared has a part in it.
    fn verdicts(&self, needle: &Needle) -> Option<Vec<Verdict>> {
        let (text, starts) = self.affixes.all_low();
        let mut of_affix = vec![Verdict::No; starts.len()];
        let (mut from, mut affix) = (0, 0);
        while let Some(found) = text.get(from..).and_then(|rest| needle.finder.find(rest)) {
            affix = row_at(starts, affix, from + found);
            of_affix[affix] = Verdict::Yes;
            from = starts.get(affix + 1).map_or(text.len(), |s| *s as usize);
        }
        if !needle.before.is_empty() || !needle.after.is_empty() {
            let (bytes, all) = (needle.bytes(), 0..self.affixes.count());
            for (n, verdict) in all.zip(&mut of_affix).filter(|(_, v)| **v == Verdict::No) {
                let affix = self.affixes.low(n).as_bytes();
                if needle.before.iter().any(|k| affix.ends_with(&bytes[..*k]))
                    || needle.after.iter().any(|k| affix.starts_with(&bytes[*k..]))
                {
                    *verdict = Verdict::Look;
                }
            }
        }
        if of_affix.iter().all(|v| *v == Verdict::No) {
            return None;
        }
        let of = |affix: Option<u32>| affix.map_or(Verdict::No, |n| of_affix[n as usize]);
        let shapes = 0..u32::try_from(self.shape_starts.len()).unwrap_or(u32::MAX);
        let verdicts = shapes.map(|code| {
            let (_, mut pieces) = shape::head(self.shape_of(code));
            let mut verdict = Verdict::No;
            while let Some(piece) = shape::piece(&mut pieces) {
                let both = [of(piece.prefix), of(piece.suffix)];
                if both.contains(&Verdict::Yes) {
                    return Verdict::Yes;
                }
                if both.contains(&Verdict::Look) {
                    verdict = Verdict::Look;
                }
            }
            verdict
        });
        Some(verdicts.collect())
    }
}

/// The last that begins at or before a place; the search goes on from an earlier one, in steps that double.
fn row_at(starts: &[u32], from: usize, place: usize) -> usize {
    let begins = |row: usize| starts.get(row).is_some_and(|s| *s as usize <= place);
    let mut step = 1;
    while begins(from + step) {
        step *= 2;
    }
    let low = from + step / 2;
    let high = starts.len().min(from + step);
    low + starts[low..high].partition_point(|s| *s as usize <= place) - 1
}
