//! A set of the rows of one chunk, one bit each.

/// Rows per chunk; the width of [`Bits`]. Small in tests, so that they fill, empty and reuse chunks.
pub(crate) const CHUNK: usize = if cfg!(test) { 64 } else { 4096 };
const WORDS: usize = CHUNK / 64;

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bits([u64; WORDS]);

impl Default for Bits {
    fn default() -> Self {
        Self([0; WORDS])
    }
}

impl std::fmt::Debug for Bits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Bits {
    pub(crate) fn set(&mut self, n: usize) {
        self.0[n / 64] |= 1 << (n % 64);
    }

    pub(crate) fn clear(&mut self, n: usize) {
        self.0[n / 64] &= !(1 << (n % 64));
    }

    pub(crate) fn get(&self, n: usize) -> bool {
        self.0[n / 64] >> (n % 64) & 1 == 1
    }

    pub(crate) fn count(&self) -> usize {
        self.0.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// The first so many rows.
    pub(crate) fn first(len: usize) -> Self {
        Self::of_words(len, |_| u64::MAX)
    }

    /// Word by word: `f` says of 64 rows from a place on which are in; what lies beyond `len` is cut off.
    pub(crate) fn of_words(len: usize, mut f: impl FnMut(usize) -> u64) -> Self {
        let mut out = Self::default();
        for (n, word) in out.0.iter_mut().enumerate().take_while(|(n, _)| n * 64 < len) {
            let left = len - n * 64;
            *word = f(n * 64) & if left >= 64 { u64::MAX } else { (1 << left) - 1 };
        }
        out
    }

    /// The bits as they are kept in a file.
    pub(crate) fn words(&self) -> &[u64] {
        &self.0
    }

    pub(crate) fn from_words(words: &[u64]) -> Option<Self> {
        Some(Self(words.try_into().ok()?))
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a |= b;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|w| *w == 0)
    }

    fn zip(&self, other: &Self, f: impl Fn(u64, u64) -> u64) -> Self {
        let mut out = Self::default();
        for ((out, a), b) in out.0.iter_mut().zip(&self.0).zip(&other.0) {
            *out = f(*a, *b);
        }
        out
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    pub(crate) fn or(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    pub(crate) fn without(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(n, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                if left == 0 {
                    return None;
                }
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                Some(n * 64 + bit)
            })
        })
    }
}
