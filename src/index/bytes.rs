//! How columns become bytes and back: numbers with the least byte first, lists with their length
//! before them. Reading takes nothing on trust: what does not fit gives `None`, and no room is made
//! for more than what is there.

/// Bytes that are being written.
#[derive(Debug, Default)]
pub(crate) struct Out {
    pub(crate) bytes: Vec<u8>,
}

/// Bytes that are being read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct In<'a> {
    bytes: &'a [u8],
}

/// A whole number of a fixed width.
pub(crate) trait Number: Copy {
    fn put_all(all: &[Self], out: &mut Vec<u8>);
    fn take_all(bytes: &[u8]) -> Vec<Self>;
    const WIDTH: usize;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Number for $number {
            const WIDTH: usize = size_of::<Self>();

            fn put_all(all: &[Self], out: &mut Vec<u8>) {
                let start = out.len();
                out.resize(start + all.len() * Self::WIDTH, 0);
                let (places, _) = out[start..].as_chunks_mut();
                for (place, number) in places.iter_mut().zip(all) {
                    *place = number.to_le_bytes();
                }
            }

            fn take_all(bytes: &[u8]) -> Vec<Self> {
                bytes.as_chunks().0.iter().map(|b| Self::from_le_bytes(*b)).collect()
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64, i64, u128);

impl Out {
    pub(crate) fn number(&mut self, n: u64) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }

    pub(crate) fn len(&mut self, n: usize) {
        self.number(n as u64);
    }

    pub(crate) fn list<T: Number>(&mut self, all: &[T]) {
        self.len(all.len());
        T::put_all(all, &mut self.bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.list(text.as_bytes());
    }
}

impl<'a> In<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(u64::from_le_bytes(*number))
    }

    /// How many things of a width follow; no more than can.
    pub(crate) fn len(&mut self, width: usize) -> Option<usize> {
        let n = usize::try_from(self.number()?).ok()?;
        (n.checked_mul(width)? <= self.bytes.len()).then_some(n)
    }

    fn slice(&mut self, width: usize) -> Option<&'a [u8]> {
        let n = self.len(width)?;
        let (list, rest) = self.bytes.split_at_checked(n * width)?;
        self.bytes = rest;
        Some(list)
    }

    pub(crate) fn list<T: Number>(&mut self) -> Option<Vec<T>> {
        Some(T::take_all(self.slice(T::WIDTH)?))
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        self.slice(1)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// Whether places lie in order within a length: those where parts of something begin.
pub(crate) fn are_starts(starts: &[u32], length: usize) -> bool {
    starts.is_sorted() && starts.last().is_none_or(|last| *last as usize <= length)
}
