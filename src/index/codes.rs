//! Small whole numbers, one a row, as narrow as the largest of them needs; nothing at all while every
//! one is zero. Knows nothing of what they stand for.

use crate::{
    bits::{Bits, CHUNK},
    bytes::{In, Out},
};

#[derive(Clone, Debug)]
pub(crate) enum Codes {
    /// So many zeroes.
    Zero(usize),
    Narrow(Vec<u8>),
    Middle(Vec<u16>),
    Wide(Vec<u32>),
}

impl Default for Codes {
    fn default() -> Self {
        Self::Zero(0)
    }
}

/// One word of bits from 64 numbers.
fn word<T: Copy>(numbers: &[T], from: usize, test: impl Fn(T) -> bool) -> u64 {
    let numbers = &numbers[from..numbers.len().min(from + 64)];
    numbers.iter().enumerate().fold(0, |word, (n, number)| word | u64::from(test(*number)) << n)
}

impl Codes {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Zero(n) => *n,
            Self::Narrow(all) => all.len(),
            Self::Middle(all) => all.len(),
            Self::Wide(all) => all.len(),
        }
    }

    pub(crate) fn get(&self, n: usize) -> u32 {
        match self {
            Self::Zero(_) => 0,
            Self::Narrow(all) => all[n].into(),
            Self::Middle(all) => all[n].into(),
            Self::Wide(all) => all[n],
        }
    }

    /// All of them as wide as can be.
    pub(crate) fn all(&self) -> Vec<u32> {
        match self {
            Self::Zero(n) => vec![0; *n],
            Self::Narrow(all) => all.iter().map(|c| u32::from(*c)).collect(),
            Self::Middle(all) => all.iter().map(|c| u32::from(*c)).collect(),
            Self::Wide(all) => all.clone(),
        }
    }

    pub(crate) fn push(&mut self, code: u32) {
        match self {
            Self::Zero(n) if code == 0 => *n += 1,
            Self::Narrow(all) if u8::try_from(code).is_ok() => all.push(code.to_le_bytes()[0]),
            Self::Middle(all) if u16::try_from(code).is_ok() => {
                all.push(u16::try_from(code).unwrap_or(u16::MAX));
            }
            Self::Wide(all) => all.push(code),
            _ => {
                *self = self.widened(code);
                self.push(code);
            }
        }
    }

    /// The same numbers, with room for one so large.
    fn widened(&self, largest: u32) -> Self {
        let all = (0..self.len()).map(|n| self.get(n));
        if u8::try_from(largest).is_ok() {
            Self::Narrow(all.map(|c| c.to_le_bytes()[0]).collect())
        } else if u16::try_from(largest).is_ok() {
            Self::Middle(all.map(|c| u16::try_from(c).unwrap_or(u16::MAX)).collect())
        } else {
            Self::Wide(all.collect())
        }
    }

    /// Numbers that are all known beforehand.
    pub(crate) fn of(numbers: impl Iterator<Item = u32>) -> Self {
        let mut out = Self::default();
        numbers.for_each(|n| out.push(n));
        out.shrink();
        out
    }

    pub(crate) fn shrink(&mut self) {
        match self {
            Self::Zero(_) => {}
            Self::Narrow(all) => all.shrink_to_fit(),
            Self::Middle(all) => all.shrink_to_fit(),
            Self::Wide(all) => all.shrink_to_fit(),
        }
    }

    /// The largest; zero where there is none.
    pub(crate) fn largest(&self) -> u32 {
        match self {
            Self::Zero(_) => 0,
            Self::Narrow(all) => all.iter().copied().max().unwrap_or(0).into(),
            Self::Middle(all) => all.iter().copied().max().unwrap_or(0).into(),
            Self::Wide(all) => all.iter().copied().max().unwrap_or(0),
        }
    }

    /// The rows whose number passes. For codes of one chunk, of which there are no more than it has rows.
    pub(crate) fn select(&self, test: impl Fn(u32) -> bool) -> Bits {
        match self {
            Self::Zero(len) => {
                if test(0) {
                    Bits::first(*len)
                } else {
                    Bits::default()
                }
            }
            Self::Narrow(all) => {
                // A table of bytes is one look-up a row, whatever the test costs.
                let table: [bool; 256] = std::array::from_fn(|c| test(u32::try_from(c).unwrap_or(0)));
                Bits::of_words(all.len(), |from| word(all, from, |c| table[usize::from(c)]))
            }
            Self::Middle(all) => Bits::of_words(all.len(), |from| word(all, from, |c| test(c.into()))),
            Self::Wide(all) => Bits::of_words(all.len(), |from| word(all, from, &test)),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Zero(_) => 0,
            Self::Narrow(all) => all.capacity(),
            Self::Middle(all) => all.capacity() * 2,
            Self::Wide(all) => all.capacity() * 4,
        }
    }
}

impl Codes {
    pub(crate) fn save(&self, out: &mut Out) {
        match self {
            Self::Zero(n) => {
                out.number(0);
                out.len(*n);
            }
            Self::Narrow(all) => {
                out.number(1);
                out.list(all);
            }
            Self::Middle(all) => {
                out.number(2);
                out.list(all);
            }
            Self::Wide(all) => {
                out.number(3);
                out.list(all);
            }
        }
    }

    pub(crate) fn load(input: &mut In<'_>) -> Option<Self> {
        Some(match input.number()? {
            0 => Self::Zero(usize::try_from(input.number()?).ok().filter(|n| *n <= CHUNK)?),
            1 => Self::Narrow(input.list()?),
            2 => Self::Middle(input.list()?),
            3 => Self::Wide(input.list()?),
            _ => return None,
        })
    }
}
