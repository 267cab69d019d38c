//! Instants of one chunk, some of them missing: as steps from the first of them, or each once where
//! few differ, whichever is smaller once the chunk is full.

use crate::{
    bits::Bits,
    bytes::{In, Out},
    codes::Codes,
    column::Column,
};

/// A time that is missing.
pub(crate) const NO_TIME: i64 = i64::MIN;

/// With no more values than this they are kept once each.
const FEW: usize = 256;

#[derive(Clone, Debug)]
pub(crate) enum Times {
    /// As they came: of an open chunk, or so far apart that nothing shorter holds them.
    Plain(Vec<i64>),
    Few(Column<i64>),
    /// Zero for a missing one, else one more than the steps from `base`.
    Steps {
        base: i64,
        step: i64,
        codes: Codes,
    },
}

impl Default for Times {
    fn default() -> Self {
        Self::Plain(Vec::new())
    }
}

impl Times {
    pub(crate) fn push(&mut self, time: i64) {
        match self {
            Self::Plain(all) => all.push(time),
            // Nothing is pushed to a sealed chunk.
            Self::Few(all) => all.push(time),
            Self::Steps { .. } => {
                let mut all: Vec<i64> = (0..self.len()).map(|n| self.get(n)).collect();
                all.push(time);
                *self = Self::Plain(all);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Plain(all) => all.len(),
            Self::Few(all) => all.len(),
            Self::Steps { codes, .. } => codes.len(),
        }
    }

    /// The time of a row, or [`NO_TIME`].
    pub(crate) fn get(&self, n: usize) -> i64 {
        match self {
            Self::Plain(all) => all[n],
            Self::Few(all) => all.get(n),
            Self::Steps { base, step, codes } => time(*base, *step, codes.get(n)),
        }
    }

    /// The rows that bear a time, and of them those whose time passes a test that is true on one side of
    /// some instant only.
    pub(crate) fn select(&self, test: impl Fn(i64) -> bool) -> (Bits, Bits) {
        match self {
            Self::Plain(all) => {
                let mut there = Bits::default();
                let mut pass = Bits::default();
                for (n, time) in all.iter().enumerate().filter(|(_, t)| **t != NO_TIME) {
                    there.set(n);
                    if test(*time) {
                        pass.set(n);
                    }
                }
                (there, pass)
            }
            Self::Few(all) => (all.select(|t| t != NO_TIME), all.select(|t| t != NO_TIME && test(t))),
            Self::Steps { base, step, codes } => {
                let there = codes.select(|c| c != 0);
                // The first code beyond which the answer is another one.
                let begins = test(*base);
                let (mut low, mut high) = (1, codes.largest().max(1));
                if test(time(*base, *step, high)) == begins {
                    return (there.clone(), if begins { there } else { Bits::default() });
                }
                while low < high {
                    let middle = low + (high - low) / 2;
                    if test(time(*base, *step, middle)) == begins { low = middle + 1 } else { high = middle }
                }
                let pass =
                    if begins { codes.select(|c| c != 0 && c < low) } else { codes.select(|c| c >= low) };
                (there, pass)
            }
        }
    }

    /// No row will come any more.
    pub(crate) fn seal(&mut self) {
        let Self::Plain(all) = self else { return };
        let mut values: Vec<i64> = all.clone();
        values.sort_unstable();
        values.dedup();
        let first = values.iter().position(|t| *t != NO_TIME).unwrap_or(values.len());
        let there = &values[first..];
        if values.len() <= FEW {
            let mut few = Column::default();
            all.iter().for_each(|t| few.push(*t));
            few.seal();
            *self = Self::Few(few);
            return;
        }
        let (Some(base), Some(last)) = (there.first().copied(), there.last().copied()) else { return };
        let step = there.iter().fold(0, |step, t| gcd(step, t.abs_diff(base)));
        let fits = last.abs_diff(base) / step.max(1) < u64::from(u32::MAX);
        let (Ok(step), true) = (i64::try_from(step.max(1)), fits) else {
            all.shrink_to_fit();
            return;
        };
        let code = |t: i64| match t {
            NO_TIME => 0,
            t => u32::try_from(t.abs_diff(base) / step.unsigned_abs()).unwrap_or(u32::MAX - 1) + 1,
        };
        let codes = Codes::of(all.iter().map(|t| code(*t)));
        *self = Self::Steps { base, step, codes };
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Plain(all) => all.capacity() * 8,
            Self::Few(all) => all.bytes(),
            Self::Steps { codes, .. } => codes.bytes(),
        }
    }
}

fn time(base: i64, step: i64, code: u32) -> i64 {
    match code {
        0 => NO_TIME,
        code => base.saturating_add(step.saturating_mul(i64::from(code - 1))),
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Times {
    pub(crate) fn save(&self, out: &mut Out) {
        match self {
            Self::Plain(all) => {
                out.number(0);
                out.list(all);
            }
            Self::Few(all) => {
                out.number(1);
                all.save(out);
            }
            Self::Steps { base, step, codes } => {
                out.number(2);
                out.list(&[*base, *step]);
                codes.save(out);
            }
        }
    }

    pub(crate) fn load(input: &mut In<'_>, rows: usize, sealed: bool) -> Option<Self> {
        let times = match input.number()? {
            0 => Self::Plain(input.list()?),
            1 => Self::Few(Column::load(input, rows, sealed)?),
            2 => {
                let [base, step] = input.list()?.try_into().ok()?;
                Self::Steps { base, step, codes: Codes::load(input)? }
            }
            _ => return None,
        };
        (times.len() == rows).then_some(times)
    }
}
