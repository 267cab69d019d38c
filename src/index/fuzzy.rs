//! `~abc`: the letters in this order, in the name. Which letters a name has at all is kept as 32 bits a row,
//! so that few names are read; that is made per chunk, once, before somebody asks like this.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use cloudscope_domain::query::Pattern;
use memchr::{memchr, memrchr};

use crate::{
    bits::{Bits, CHUNK},
    chunk::Chunk,
    row::END,
};

/// The letters that names have: one bit for each of a to z, one for two digits, one for everything else.
type Letters = u32;

/// Where in a score the place stands; above it how far the letters are apart, below it how long the name is.
const PLACE_AT: u32 = 20;
/// Where in a score it stands how far the letters are apart.
const GAPS_AT: u32 = 24;

const LETTERS: [Letters; 256] = {
    let mut all = [1 << 31; 256];
    let mut n = 0;
    while n < 26 {
        all[b'a' as usize + n] = 1 << n;
        n += 1;
    }
    n = 0;
    while n < 10 {
        all[b'0' as usize + n] = 1 << (26 + n / 2);
        n += 1;
    }
    all
};

fn letters(text: &[u8]) -> Letters {
    text.iter().fold(0, |all, byte| all | LETTERS[usize::from(*byte)])
}

/// The letters of the names of full chunks, shared by the snapshots of one writer.
#[derive(Debug, Default)]
pub(crate) struct LetterCache(Mutex<HashMap<u64, Arc<[Letters]>>>);

impl LetterCache {
    /// Makes those of all of these chunks, and lets go of those of others.
    pub(crate) fn warm<'a>(&self, chunks: impl Iterator<Item = &'a Chunk> + Clone) {
        let ids: HashSet<u64> = chunks.clone().map(|chunk| chunk.id).collect();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| ids.contains(id));
        for chunk in chunks.filter(|chunk| chunk.len() >= CHUNK) {
            self.of(chunk, ids.len());
        }
    }

    /// Those of one chunk; `slots` is how many chunks there are at most.
    fn of(&self, chunk: &Chunk, slots: usize) -> Arc<[Letters]> {
        let fresh = || (0..chunk.len()).map(|n| letters(chunk.low_name_bytes(n))).collect();
        // Of one that still grows they are made each time.
        if chunk.len() < CHUNK {
            return fresh();
        }
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&chunk.id) {
            return Arc::clone(known);
        }
        let found: Arc<[Letters]> = fresh();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() > slots * 2 {
            // Most are of chunks that are no more.
            all.clear();
        }
        all.insert(chunk.id, Arc::clone(&found));
        found
    }
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fuzzy {
    text: String,
    letters: Letters,
}

impl Fuzzy {
    /// Of folded text.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), letters: letters(text.as_bytes()) }
    }

    /// The rows of a mask whose names match.
    pub(crate) fn rows(&self, chunk: &Chunk, mask: &Bits, cache: &LetterCache, slots: usize) -> Bits {
        let all = cache.of(chunk, slots);
        let of_64 = |from: usize| {
            let part = all.get(from..all.len().min(from + 64)).unwrap_or(&[]);
            (0..)
                .zip(part)
                .fold(0, |word, (n, have)| word | u64::from(have & self.letters == self.letters) << n)
        };
        let mut rows = Bits::of_words(all.len(), of_64).and(mask);
        // A letter that is there is there in any order.
        if self.text.len() > 1 || !self.text.bytes().all(|b| b.is_ascii_lowercase()) {
            for n in rows.clone().iter().filter(|n| !self.matches_row(chunk, *n)) {
                rows.clear(n);
            }
        }
        rows
    }

    /// Whether the name of a row does. One walk over its letters: a name is too short for a search that is set up.
    fn matches_row(&self, chunk: &Chunk, n: usize) -> bool {
        if !self.text.is_ascii() {
            return self.matches(chunk.low_name(n));
        }
        let mut wanted = self.text.bytes();
        let Some(mut next) = wanted.next() else { return true };
        for byte in chunk.low_own(n).iter().take_while(|byte| **byte != END) {
            if *byte == next {
                match wanted.next() {
                    Some(letter) => next = letter,
                    None => return true,
                }
            }
        }
        false
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        if self.text.is_ascii() {
            return self.end(name.as_bytes()).is_some();
        }
        Pattern::Fuzzy(self.text.clone()).matches(name)
    }

    /// Where the last of the letters stands, when each is taken as early as can be.
    fn end(&self, name: &[u8]) -> Option<usize> {
        let mut at = 0;
        for byte in self.text.bytes() {
            at += memchr(byte, name.get(at..)?)? + 1;
        }
        Some(at)
    }

    /// The names of a chunk that can match as well as this score, and perhaps some others, where that is quick to
    /// tell: enough are found already that have the letters one after the other, or even at their beginning.
    pub(crate) fn upto(&self, chunk: &Chunk, score: u64) -> Option<Bits> {
        if score >> GAPS_AT != 0 || self.text.is_empty() {
            return None;
        }
        if score >> PLACE_AT != 0 {
            return Some(chunk.texts.own_with(self.text.as_bytes()));
        }
        let begins = |n: usize| u64::from(chunk.low_name_starts(n, self.text.as_bytes()));
        Some(Bits::of_words(chunk.len(), |from| {
            (from..chunk.len().min(from + 64)).fold(0, |word, n| word | begins(n) << (n - from))
        }))
    }

    /// How well a name matches, smaller for better: fewest characters between the letters, then at its
    /// beginning or that of a word, then the shortest.
    pub(crate) fn score(&self, bytes: &[u8]) -> Option<i64> {
        let count = self.text.len();
        let end = self.end(bytes)?;
        // From there backwards, each as late as can be: nothing shorter ends there.
        let mut start = end;
        for byte in self.text.bytes().rev() {
            start = memrchr(byte, &bytes[..start])?;
        }
        let place = match start.checked_sub(1).map(|before| bytes[before]) {
            None => 0,
            Some(before) if !before.is_ascii_alphanumeric() => 1,
            Some(_) => 2,
        };
        let short = |n: usize| i64::try_from(n.min(0xffff)).unwrap_or(0xffff);
        Some(short(end - start - count) << GAPS_AT | place << PLACE_AT | short(bytes.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tightest_match_is_the_best() {
        let fuzzy = Fuzzy::new("prd");
        let mut names = ["xprd", "a-p-r-d", "prd-long-name", "prd", "pay-prd", "p-r-d", "zprod"];
        names.sort_by_key(|name| fuzzy.score(name.as_bytes()));
        assert_eq!(names, ["prd", "prd-long-name", "pay-prd", "xprd", "zprod", "p-r-d", "a-p-r-d"]);
        assert_eq!(fuzzy.score(b"drp"), None);
    }

    #[test]
    fn it_matches_as_the_language_says() {
        let names = ["", "a", "ab", "ba", "a-b", "äb", "bä", "a1b2", "12", "21", "--", "b\u{ff}a"];
        for text in ["a", "ab", "ä", "äb", "12", "-", "1", "a12", ""] {
            for name in names {
                let expected = Pattern::Fuzzy(text.to_owned()).matches(name);
                let fuzzy = Fuzzy::new(text);
                assert_eq!(fuzzy.matches(name), expected, "{text} in {name}");
                let possible = letters(name.as_bytes()) & fuzzy.letters == fuzzy.letters;
                assert!(possible || !expected, "{text} in {name} was not looked for");
                assert_eq!(fuzzy.score(name.as_bytes()).is_some(), expected, "{text} in {name}");
            }
        }
    }
}
