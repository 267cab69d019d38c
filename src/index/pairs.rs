//! Named values of the rows of one chunk, such as tags: each pair of a name and a value once, rows
//! hold their numbers; of each pair the rows that bear it, once the chunk is full.

use hashbrown::HashTable;

use crate::{
    bits::Bits,
    bytes::{In, Out},
    codes::Codes,
    sets::Sets,
};

/// A pair: the symbol of its name, and where its value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) key: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    /// The values one after the other.
    text: String,
    pairs: Vec<Tag>,
    /// The pairs of all rows, row after row.
    codes: Codes,
    /// Where those of each row begin.
    starts: Codes,
    sets: Sets,
}

/// Finds pairs that are known already; kept beside a chunk while rows come.
#[derive(Debug, Default)]
pub(crate) struct PairFinder {
    known: HashTable<u32>,
    hasher: hashbrown::DefaultHashBuilder,
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl PairFinder {
    fn hash(&self, key: u32, value: &str) -> u64 {
        std::hash::BuildHasher::hash_one(&self.hasher, (key, value))
    }

    /// One that knows what is there.
    pub(crate) fn of(pairs: &Pairs) -> Self {
        let mut finder = Self::default();
        for (code, pair) in (0..).zip(&pairs.pairs) {
            let hash = finder.hash(pair.key, pairs.value(*pair));
            let hasher = |code: &u32| rehash(&finder.hasher, pairs, *code);
            finder.known.insert_unique(hash, code, hasher);
        }
        finder
    }
}

fn rehash(hasher: &hashbrown::DefaultHashBuilder, pairs: &Pairs, code: u32) -> u64 {
    let pair = pairs.pairs[code as usize];
    std::hash::BuildHasher::hash_one(hasher, (pair.key, pairs.value(pair)))
}

impl Pairs {
    /// Appends a row with these pairs.
    pub(crate) fn push<'a>(&mut self, row: impl Iterator<Item = (u32, &'a str)>, finder: &mut PairFinder) {
        self.starts.push(number(self.codes.len()));
        for (key, value) in row {
            let hash = finder.hash(key, value);
            let same = |code: &u32| {
                let pair = self.pairs[*code as usize];
                pair.key == key && self.value(pair) == value
            };
            let code = if let Some(code) = finder.known.find(hash, same) {
                *code
            } else {
                let code = number(self.pairs.len());
                let start = number(self.text.len());
                self.text.push_str(value);
                self.pairs.push(Tag { key, start, end: number(self.text.len()) });
                let PairFinder { known, hasher } = finder;
                known.insert_unique(hash, code, |code| rehash(hasher, self, *code));
                code
            };
            self.codes.push(code);
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn of(&self, n: usize) -> Tags<'_> {
        let start = self.starts.get(n) as usize;
        let end = if n + 1 < self.starts.len() { self.starts.get(n + 1) as usize } else { self.codes.len() };
        Tags { pairs: self, start, end }
    }

    pub(crate) fn value(&self, tag: Tag) -> &str {
        &self.text[tag.start as usize..tag.end as usize]
    }

    /// Every pair that a row bears, once.
    pub(crate) fn pairs(&self) -> &[Tag] {
        &self.pairs
    }

    /// The rows that bear a pair which passes.
    pub(crate) fn select(&self, test: impl Fn(Tag) -> bool) -> Bits {
        let mut rows = Bits::default();
        if self.sets.are_there() {
            for (code, _) in (0..).zip(&self.pairs).filter(|(_, pair)| test(**pair)) {
                self.sets.add_to(code, &mut rows);
            }
            return rows;
        }
        let wanted: Vec<bool> = self.pairs.iter().map(|pair| test(*pair)).collect();
        if wanted.contains(&true) {
            for n in 0..self.rows() {
                if self.of(n).codes().any(|code| wanted[code as usize]) {
                    rows.set(n);
                }
            }
        }
        rows
    }

    /// The rows that bear any pair at all.
    pub(crate) fn any(&self) -> Bits {
        let mut rows = Bits::default();
        for n in (0..self.rows()).filter(|n| !self.of(*n).is_empty()) {
            rows.set(n);
        }
        rows
    }

    /// No row will come any more.
    pub(crate) fn seal(&mut self) {
        self.text.shrink_to_fit();
        self.pairs.shrink_to_fit();
        self.codes.shrink();
        self.starts.shrink();
        self.find_sets();
    }

    fn find_sets(&mut self) {
        if !self.pairs.is_empty() {
            let borne = (0..self.rows()).flat_map(|n| self.of(n).codes().map(move |code| (n, code)));
            self.sets = Sets::new(self.pairs.len(), borne);
        }
    }

    pub(crate) fn text_bytes(&self) -> usize {
        self.text.capacity()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.text.capacity()
            + self.pairs.capacity() * size_of::<Tag>()
            + self.codes.bytes()
            + self.starts.bytes()
            + self.sets.bytes()
    }
}

/// The pairs of one row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tags<'a> {
    pairs: &'a Pairs,
    start: usize,
    end: usize,
}

impl<'a> Tags<'a> {
    fn codes(self) -> impl Iterator<Item = u32> + Clone + use<'a> {
        (self.start..self.end).map(move |at| self.pairs.codes.get(at))
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'a Tag> + use<'a> {
        self.codes().map(move |code| &self.pairs.pairs[code as usize])
    }

    /// The same, each with its place in [`Pairs::pairs`].
    pub(crate) fn numbered(self) -> impl Iterator<Item = (u32, &'a Tag)> + use<'a> {
        self.codes().map(move |code| (code, &self.pairs.pairs[code as usize]))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.start == self.end
    }
}

impl Pairs {
    pub(crate) fn save(&self, out: &mut Out) {
        out.text(&self.text);
        let of_pairs = |f: &dyn Fn(&Tag) -> u32| self.pairs.iter().map(f).collect::<Vec<u32>>();
        for numbers in [of_pairs(&|p| p.key), of_pairs(&|p| p.start), of_pairs(&|p| p.end)] {
            out.list(&numbers);
        }
        self.codes.save(out);
        self.starts.save(out);
    }

    pub(crate) fn load(input: &mut In<'_>, rows: usize, sealed: bool) -> Option<Self> {
        let text = input.text()?.to_owned();
        let [keys, starts, ends]: [Vec<u32>; 3] = [input.list()?, input.list()?, input.list()?];
        if keys.len() != starts.len() || keys.len() != ends.len() {
            return None;
        }
        let places = keys.into_iter().zip(starts).zip(ends);
        let pairs: Vec<Tag> = places.map(|((key, start), end)| Tag { key, start, end }).collect();
        if pairs.iter().any(|p| text.get(p.start as usize..p.end as usize).is_none()) {
            return None;
        }
        let (codes, starts) = (Codes::load(input)?, Codes::load(input)?);
        let in_order = (1..starts.len()).all(|n| starts.get(n - 1) <= starts.get(n));
        let fit = starts.len() == rows
            && in_order
            && starts.largest() as usize <= codes.len()
            && (codes.len() == 0 || (codes.largest() as usize) < pairs.len());
        let mut all = Self { text, pairs, codes, starts, sets: Sets::default() };
        if sealed && fit {
            all.find_sets();
        }
        fit.then_some(all)
    }
}
