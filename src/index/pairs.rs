//! Named values of the rows of one chunk, such as tags: each pair of a key and a value once, rows hold
//! their numbers; of each pair the rows that bear it, once the chunk is full. A value that is the name
//! of its row is one and the same for all rows, and its text is not kept again.

use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{
    bits::Bits,
    bytes::{In, Out},
    codes::Codes,
    sets::Sets,
    texts::Texts,
};

#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    /// The symbol of the key of each pair; in order once the chunk is full.
    keys: Vec<u32>,
    /// The values one after the other, and where each ends.
    text: String,
    ends: Vec<u32>,
    /// The pairs whose value is the name of the row, in order.
    names: Vec<u32>,
    /// The pairs of all rows, row after row.
    codes: Codes,
    /// Where those of each row begin.
    starts: Codes,
    sets: Sets,
}

/// A pair as a row bears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    pub(crate) key: u32,
    pub(crate) value: &'a str,
}

/// The value of a pair, wherever it is borne.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Value<'a> {
    Text(&'a str),
    Name,
}

/// Finds pairs that are known already; kept beside a chunk while rows come.
#[derive(Debug, Default)]
pub(crate) struct PairFinder {
    known: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl PairFinder {
    /// One that knows what is there.
    pub(crate) fn of(pairs: &Pairs) -> Self {
        let Self { mut known, hasher } = Self::default();
        for code in 0..pairs.count() {
            known.insert_unique(pairs.hash(code, &hasher), code, |code| pairs.hash(*code, &hasher));
        }
        Self { known, hasher }
    }
}

impl Pairs {
    /// How many pairs there are.
    pub(crate) fn count(&self) -> u32 {
        number(self.keys.len())
    }

    fn value(&self, code: u32) -> Value<'_> {
        if self.names.binary_search(&code).is_ok() {
            return Value::Name;
        }
        let at = code as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        Value::Text(&self.text[start..self.ends[at] as usize])
    }

    fn hash(&self, code: u32, hasher: &DefaultHashBuilder) -> u64 {
        std::hash::BuildHasher::hash_one(hasher, (self.keys[code as usize], self.value(code)))
    }

    fn add(&mut self, key: u32, value: Value<'_>) -> u32 {
        let code = self.count();
        self.keys.push(key);
        match value {
            Value::Text(text) => self.text.push_str(text),
            Value::Name => self.names.push(code),
        }
        self.ends.push(number(self.text.len()));
        code
    }

    /// Appends a row of this name with these pairs.
    pub(crate) fn push<'a>(
        &mut self,
        name: &str,
        row: impl Iterator<Item = (u32, &'a str)>,
        finder: &mut PairFinder,
    ) {
        self.starts.push(number(self.codes.len()));
        let PairFinder { known, hasher } = finder;
        for (key, value) in row {
            let value = if value == name { Value::Name } else { Value::Text(value) };
            let hash = std::hash::BuildHasher::hash_one(&*hasher, (key, value));
            let same = |code: &u32| self.keys[*code as usize] == key && self.value(*code) == value;
            let code = known.find(hash, same).copied().unwrap_or_else(|| {
                let code = self.add(key, value);
                known.insert_unique(hash, code, |code| self.hash(*code, hasher));
                code
            });
            self.codes.push(code);
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.starts.len()
    }

    /// Those of some keys: where each stands, and its value, which is none where it is the name of whichever row
    /// bears it.
    pub(crate) fn pairs_of<'a>(
        &'a self,
        keys: &[u32],
    ) -> impl Iterator<Item = (u32, Option<&'a str>)> + use<'a> {
        self.of_keys(keys).into_iter().map(|code| match self.value(code) {
            Value::Text(text) => (code, Some(text)),
            Value::Name => (code, None),
        })
    }

    /// The pairs of a row.
    pub(crate) fn of<'a>(&'a self, n: usize, texts: &'a Texts) -> Tags<'a> {
        Tags { pairs: self, texts, n, places: self.places(n) }
    }

    fn places(&self, n: usize) -> Range<usize> {
        let end = if n + 1 < self.starts.len() { self.starts.get(n + 1) as usize } else { self.codes.len() };
        self.starts.get(n) as usize..end
    }

    /// The pairs of some keys.
    fn of_keys(&self, keys: &[u32]) -> Vec<u32> {
        if !self.sets.are_there() {
            return (0..self.count()).filter(|code| keys.contains(&self.keys[*code as usize])).collect();
        }
        let of = |key: &u32| {
            let start = self.keys.partition_point(|k| k < key);
            number(start)..number(start + self.keys[start..].partition_point(|k| k == key))
        };
        keys.iter().flat_map(of).collect()
    }

    /// Whether the rows of each pair are at hand.
    pub(crate) fn have_sets(&self) -> bool {
        self.sets.are_there()
    }

    /// Adds the rows that bear a pair, where they are at hand.
    pub(crate) fn add_rows(&self, code: u32, rows: &mut Bits) {
        self.sets.add_to(code, rows);
    }

    fn bearing(&self, codes: &[u32]) -> Bits {
        let mut rows = Bits::default();
        if self.sets.are_there() {
            codes.iter().for_each(|code| self.sets.add_to(*code, &mut rows));
        } else if !codes.is_empty() {
            for n in 0..self.rows() {
                if self.places(n).any(|at| codes.contains(&self.codes.get(at))) {
                    rows.set(n);
                }
            }
        }
        rows
    }

    /// The rows that bear one of the keys.
    pub(crate) fn with_keys(&self, keys: &[u32]) -> Bits {
        self.bearing(&self.of_keys(keys))
    }

    /// The rows that bear one of the keys with a value that passes. Where the value is the name, only
    /// those rows are asked that `near` leaves, if it leaves out any.
    pub(crate) fn select(
        &self,
        keys: &[u32],
        texts: &Texts,
        near: impl FnOnce() -> Option<Bits>,
        passes: impl Fn(&str) -> bool,
    ) -> Bits {
        let mut named = Vec::new();
        let mut codes = self.of_keys(keys);
        codes.retain(|code| match self.value(*code) {
            Value::Text(text) => passes(text),
            Value::Name => {
                named.push(*code);
                false
            }
        });
        let mut rows = self.bearing(&codes);
        if !named.is_empty() {
            let open = self.bearing(&named).without(&rows);
            let open = near().map_or(open.clone(), |near| open.and(&near));
            for n in open.iter().filter(|n| passes(texts.row(*n).name())) {
                rows.set(n);
            }
        }
        rows
    }

    /// The rows that bear any pair at all.
    pub(crate) fn any(&self) -> Bits {
        let mut rows = Bits::default();
        for n in (0..self.rows()).filter(|n| !self.places(*n).is_empty()) {
            rows.set(n);
        }
        rows
    }

    /// No row will come any more. The pairs of one key come to stand together.
    pub(crate) fn seal(&mut self) {
        let mut order: Vec<u32> = (0..self.count()).collect();
        order.sort_by_key(|code| self.keys[*code as usize]);
        let mut sorted = Self::default();
        let mut code_of = vec![0; order.len()];
        for code in order {
            code_of[code as usize] = sorted.add(self.keys[code as usize], self.value(code));
        }
        sorted.codes = Codes::of(self.codes.all().into_iter().map(|code| code_of[code as usize]));
        sorted.starts = std::mem::take(&mut self.starts);
        sorted.starts.shrink();
        sorted.keys.shrink_to_fit();
        sorted.text.shrink_to_fit();
        sorted.ends.shrink_to_fit();
        sorted.names.shrink_to_fit();
        *self = sorted;
        self.find_sets();
    }

    fn find_sets(&mut self) {
        if !self.keys.is_empty() {
            self.sets = Sets::new(self.keys.len(), &self.codes.all(), Some(&self.starts.all()));
        }
    }

    pub(crate) fn text_bytes(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        let numbers = self.keys.capacity() + self.ends.capacity() + self.names.capacity();
        self.text.capacity() + numbers * 4 + self.codes.bytes() + self.starts.bytes() + self.sets.bytes()
    }

    pub(crate) fn save(&self, out: &mut Out) {
        out.list(&self.keys);
        out.text(&self.text);
        out.list(&self.ends);
        out.list(&self.names);
        self.codes.save(out);
        self.starts.save(out);
    }

    pub(crate) fn load(input: &mut In<'_>, rows: usize, sealed: bool) -> Option<Self> {
        let mut all = Self {
            keys: input.list()?,
            text: input.text()?.to_owned(),
            ends: input.list()?,
            names: input.list()?,
            codes: Codes::load(input)?,
            starts: Codes::load(input)?,
            sets: Sets::default(),
        };
        let pairs_fit = all.keys.len() == all.ends.len()
            && (!sealed || all.keys.is_sorted())
            && all.ends.is_sorted()
            && all.ends.iter().all(|end| all.text.is_char_boundary(*end as usize))
            && all.names.is_sorted();
        let rows_fit = all.starts.len() == rows
            && all.starts.all().is_sorted()
            && all.starts.largest() as usize <= all.codes.len()
            && (all.codes.len() == 0 || (all.codes.largest() as usize) < all.keys.len());
        if !pairs_fit || !rows_fit {
            return None;
        }
        if sealed {
            all.find_sets();
        }
        Some(all)
    }
}

/// The pairs of one row.
#[derive(Clone, Debug)]
pub(crate) struct Tags<'a> {
    pairs: &'a Pairs,
    texts: &'a Texts,
    n: usize,
    places: Range<usize>,
}

impl<'a> Tags<'a> {
    pub(crate) fn keys(self) -> impl Iterator<Item = u32> + use<'a> {
        let Self { pairs, places, .. } = self;
        places.map(move |at| pairs.keys[pairs.codes.get(at) as usize])
    }

    /// The keys, each with the place of the pair in [`Pairs::pairs_of`].
    pub(crate) fn numbered(self) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        let Self { pairs, places, .. } = self;
        places.map(move |at| {
            let code = pairs.codes.get(at);
            (code, pairs.keys[code as usize])
        })
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Tag<'a>> + use<'a> {
        let Self { pairs, texts, n, places } = self;
        places.map(move |at| {
            let code = pairs.codes.get(at);
            let value = match pairs.value(code) {
                Value::Text(text) => text,
                Value::Name => texts.row(n).name(),
            };
            Tag { key: pairs.keys[code as usize], value }
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}
