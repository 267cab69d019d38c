//! Byte strings by number, very many and mostly short, in shared pages: a reader's copy costs a pointer
//! per block of pages, a change rewrites one page, and nothing is left behind that must be swept up.
//!
//! ```text
//! page: width of an end (2 or 4) | where each of its strings ends | the strings
//! ```

use std::{ops::Range, sync::Arc};

use crate::cow::CowList;

/// Strings per page. Few in tests, so that there are many pages.
pub(crate) const PAGE: usize = if cfg!(test) { 4 } else { 64 };
/// A page without strings.
const EMPTY: [u8; 1 + 2 * PAGE] = {
    let mut page = [0; 1 + 2 * PAGE];
    page[0] = 2;
    page
};

/// The strings. Those that were never written are empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pages {
    pages: CowList<Arc<[u8]>, 64>,
    /// Where a page is made; empty in between.
    scratch: Vec<u8>,
}

/// A page, read.
#[derive(Clone, Copy)]
struct Page<'a> {
    ends: &'a [u8],
    wide: bool,
    body: &'a [u8],
}

impl<'a> Page<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let (width, rest) = bytes.split_first()?;
        let (ends, body) = rest.split_at_checked(PAGE * usize::from(*width))?;
        matches!(width, 2 | 4).then_some(Self { ends, wide: *width == 4, body })
    }

    /// Where a string begins, which is where the one before it ends.
    #[inline]
    fn start(self, n: usize) -> usize {
        let Some(n) = n.checked_sub(1) else { return 0 };
        if self.wide {
            self.ends.as_chunks::<4>().0.get(n).map_or(0, |e| u32::from_le_bytes(*e) as usize)
        } else {
            self.ends.as_chunks::<2>().0.get(n).map_or(0, |e| usize::from(u16::from_le_bytes(*e)))
        }
    }

    fn strings(self, range: Range<usize>) -> &'a [u8] {
        self.body.get(self.start(range.start)..self.start(range.end)).unwrap_or_default()
    }
}

impl Pages {
    /// Numbers up to which strings may have been written.
    pub(crate) fn len(&self) -> usize {
        self.pages.len() * PAGE
    }

    #[inline]
    pub(crate) fn get(&self, n: usize) -> &[u8] {
        let at = n % PAGE;
        self.pages.get(n / PAGE).and_then(|p| Page::of(p)).map_or(&[], |page| page.strings(at..at + 1))
    }

    pub(crate) fn set(&mut self, n: usize, string: &[u8]) {
        self.rewrite(n / PAGE, &[(n % PAGE, 0..string.len())], string);
    }

    /// Replaces strings of one page: by their place in it, ascending, with parts of `text`.
    pub(crate) fn rewrite(&mut self, page: usize, changes: &[(usize, Range<usize>)], text: &[u8]) {
        while self.pages.len() <= page {
            self.pages.push(EMPTY[..].into());
        }
        let Some(bytes) = self.pages.get(page) else { return };
        let old = Page::of(bytes).unwrap_or(Page { ends: &[], wide: false, body: &[] });
        // What the page may grow to at the most, decides.
        let new = changes.iter().map(|(_, part)| part.len()).sum::<usize>();
        let wide = old.body.len() + new > usize::from(u16::MAX);
        let width = if wide { 4 } else { 2 };
        let head = 1 + PAGE * width;
        let mut new = std::mem::take(&mut self.scratch);
        new.push(width as u8);
        new.resize(head, 0);
        let mut ends = [0_usize; PAGE];
        let mut at = 0;
        let keep = |new: &mut Vec<u8>, ends: &mut [usize; PAGE], range: Range<usize>| {
            let (from, to) = (old.start(range.start), new.len() - head);
            new.extend_from_slice(old.strings(range.clone()));
            for n in range {
                ends[n] = to + (old.start(n + 1).saturating_sub(from));
            }
        };
        for (n, part) in changes {
            keep(&mut new, &mut ends, at..*n);
            new.extend_from_slice(&text[part.clone()]);
            ends[*n] = new.len() - head;
            at = n + 1;
        }
        keep(&mut new, &mut ends, at..PAGE);
        for (place, end) in new[1..head].chunks_exact_mut(width).zip(ends) {
            place.copy_from_slice(&(end as u32).to_le_bytes()[..width]);
        }
        self.pages.set(page, new.as_slice().into());
        new.clear();
        self.scratch = new;
    }

    /// The pages as they are kept.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.pages.iter().map(|p| &**p)
    }

    /// Takes the next page as it was kept, if it is one.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> bool {
        let Some(page) = Page::of(bytes) else { return false };
        let sorted = (0..PAGE).all(|n| page.start(n) <= page.start(n + 1));
        self.pages.push(bytes.into());
        sorted && page.start(PAGE) == page.body.len()
    }

    /// Bytes that they take.
    pub(crate) fn memory(&self) -> usize {
        self.pages.memory() + self.pages.iter().map(|p| 16 + p.len()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn string() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            5 => prop::collection::vec(any::<u8>(), 0..12),
            1 => (any::<u8>(), 20_000_usize..70_000).prop_map(|(b, n)| vec![b; n]),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn strings_are_what_was_written_last(steps in prop::collection::vec((0_usize..40, string()), 0..60)) {
            let (mut pages, mut model) = (Pages::default(), vec![Vec::new(); 40]);
            let mut copies = Vec::new();
            for (n, string) in steps {
                copies.push((pages.clone(), model.clone()));
                pages.set(n, &string);
                model[n] = string;
            }
            let mut again = Pages::default();
            prop_assert!(pages.iter().all(|p| again.append(p)));
            copies.extend([(pages, model.clone()), (again, model)]);
            for (pages, model) in copies {
                prop_assert!((0..40).all(|n| pages.get(n) == model[n]));
            }
        }

        #[test]
        fn no_bytes_are_a_page_by_accident_that_panics(bytes in prop::collection::vec(any::<u8>(), 0..40), width in 2_u8..5) {
            let mut pages = Pages::default();
            for bytes in [bytes.clone(), [&[width], bytes.as_slice()].concat()] {
                pages.append(&bytes);
            }
            (0..12).for_each(|n| { pages.get(n); });
        }
    }
}
