//! Beginnings and ends of texts that many rows of a chunk share, each once, folded for the search and
//! as the source wrote them.

use hashbrown::HashTable;

use cloudscope_domain::query::fold;

use crate::{
    bytes::{In, Out, are_starts},
    row::END,
};

#[derive(Clone, Debug, Default)]
pub(crate) struct Affixes {
    /// Folded, each with [`END`] after it.
    low: Vec<u8>,
    starts: Vec<u32>,
    /// Those that folding changed, as they were written, by their number.
    raw: Vec<(u32, Box<str>)>,
}

/// Finds affixes that are known already; kept beside a chunk while rows come.
#[derive(Debug, Default)]
pub(crate) struct AffixFinder {
    known: HashTable<u32>,
    hasher: hashbrown::DefaultHashBuilder,
}

impl AffixFinder {
    /// One that knows what is there.
    pub(crate) fn of(affixes: &Affixes) -> Self {
        let Self { mut known, hasher } = Self::default();
        let hash = |n: &u32| std::hash::BuildHasher::hash_one(&hasher, affixes.raw(*n));
        for n in 0..affixes.count() {
            known.insert_unique(hash(&n), n, hash);
        }
        Self { known, hasher }
    }
}

impl Affixes {
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// The number of an affix.
    pub(crate) fn number(&mut self, text: &str, finder: &mut AffixFinder) -> u32 {
        let AffixFinder { known, hasher } = finder;
        let hash = std::hash::BuildHasher::hash_one(&*hasher, text);
        if let Some(n) = known.find(hash, |n| self.raw(*n) == text) {
            return *n;
        }
        let n = self.count();
        self.starts.push(u32::try_from(self.low.len()).unwrap_or(u32::MAX));
        let folded = fold(text);
        self.low.extend_from_slice(folded.as_bytes());
        self.low.push(END);
        if folded != text {
            self.raw.push((n, text.into()));
        }
        known.insert_unique(hash, n, |n| std::hash::BuildHasher::hash_one(&*hasher, self.raw(*n)));
        n
    }

    /// All folded texts, and where each begins.
    pub(crate) fn all_low(&self) -> (&[u8], &[u32]) {
        (&self.low, &self.starts)
    }

    pub(crate) fn low_bytes(&self, n: u32) -> &[u8] {
        let n = n as usize;
        let start = self.starts.get(n).map_or(0, |s| *s as usize);
        let end = self.starts.get(n + 1).map_or(self.low.len(), |s| *s as usize);
        &self.low[start..end.saturating_sub(1)]
    }

    fn low(&self, n: u32) -> &str {
        std::str::from_utf8(self.low_bytes(n)).unwrap_or_default()
    }

    /// As the source wrote it.
    pub(crate) fn raw(&self, n: u32) -> &str {
        match self.raw.binary_search_by_key(&n, |(n, _)| *n) {
            Ok(at) => &self.raw[at].1,
            Err(_) => self.low(n),
        }
    }

    pub(crate) fn shrink(&mut self) {
        self.low.shrink_to_fit();
        self.starts.shrink_to_fit();
        self.raw.shrink_to_fit();
    }

    pub(crate) fn bytes(&self) -> usize {
        let raw: usize = self.raw.iter().map(|(_, t)| t.len() + size_of::<(u32, Box<str>)>()).sum();
        self.low.capacity() + self.starts.capacity() * 4 + raw
    }
}

impl Affixes {
    pub(crate) fn save(&self, out: &mut Out) {
        out.list(&self.low);
        out.list(&self.starts);
        out.len(self.raw.len());
        for (n, raw) in &self.raw {
            out.number(u64::from(*n));
            out.text(raw);
        }
    }

    pub(crate) fn load(input: &mut In<'_>) -> Option<Self> {
        let (low, starts): (Vec<u8>, Vec<u32>) = (input.list()?, input.list()?);
        let mut raw = Vec::with_capacity({ *input }.len(16)?);
        for _ in 0..input.len(16)? {
            raw.push((u32::try_from(input.number()?).ok()?, input.text()?.into()));
        }
        // Each has its end after it, so that no two begin at one place.
        let apart = starts.windows(2).all(|two| two[0] < two[1]);
        (apart && are_starts(&starts, low.len())).then_some(Self { low, starts, raw })
    }
}
