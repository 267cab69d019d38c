//! A column of one chunk: each value once, rows hold its code. Where there are few values, each has
//! the set of its rows too, so that a question is decided once per value and answered in whole sets.

use crate::{
    bits::Bits,
    bytes::{In, Number, Out},
    codes::Codes,
    sets::Sets,
};

/// With more values than this a walk over the codes is no slower than that over the sets.
const FEW: usize = 16;

#[derive(Clone, Debug)]
pub(crate) struct Column<T> {
    values: Vec<T>,
    codes: Codes,
    sets: Sets,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self { values: Vec::new(), codes: Codes::default(), sets: Sets::default() }
    }
}

impl<T: Copy + PartialEq> Column<T> {
    pub(crate) fn push(&mut self, value: T) {
        // Rows come clustered: most bear what the row before bears.
        let last = self.codes.len().checked_sub(1).map(|n| self.codes.get(n));
        let code = match last {
            Some(code) if self.values[code as usize] == value => code,
            _ => {
                let known = self.values.iter().position(|v| *v == value);
                let at = known.unwrap_or(self.values.len());
                if known.is_none() {
                    self.values.push(value);
                }
                u32::try_from(at).unwrap_or(u32::MAX)
            }
        };
        self.codes.push(code);
    }

    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }

    /// The value of a row.
    pub(crate) fn get(&self, n: usize) -> T {
        self.values[self.codes.get(n) as usize]
    }

    /// The values that rows bear, or bore once.
    pub(crate) fn values(&self) -> &[T] {
        &self.values
    }

    /// The rows whose value passes.
    pub(crate) fn select(&self, test: impl Fn(T) -> bool) -> Bits {
        let wanted: Vec<bool> = self.values.iter().map(|v| test(*v)).collect();
        if wanted.iter().all(|w| !w) {
            return Bits::default();
        }
        if wanted.iter().all(|w| *w) {
            return Bits::first(self.len());
        }
        if !self.sets.are_there() {
            return self.codes.select(|code| wanted.get(code as usize).copied().unwrap_or(false));
        }
        let mut rows = Bits::default();
        for (code, _) in (0..).zip(&wanted).filter(|(_, wanted)| **wanted) {
            self.sets.add_to(code, &mut rows);
        }
        rows
    }

    /// No row will come any more.
    pub(crate) fn seal(&mut self) {
        self.values.shrink_to_fit();
        self.codes.shrink();
        self.find_sets();
    }

    fn find_sets(&mut self) {
        if (2..=FEW).contains(&self.values.len()) {
            self.sets = Sets::new(self.values.len(), &self.codes.all(), None);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<T>() + self.codes.bytes() + self.sets.bytes()
    }
}

impl<T> std::ops::Index<usize> for Column<T> {
    type Output = T;

    fn index(&self, n: usize) -> &T {
        &self.values[self.codes.get(n) as usize]
    }
}

impl<T: Number + PartialEq> Column<T> {
    pub(crate) fn save(&self, out: &mut Out) {
        out.list(&self.values);
        self.codes.save(out);
    }

    /// Of so many rows. The sets of a full chunk are found anew: that is quicker than reading them.
    pub(crate) fn load(input: &mut In<'_>, rows: usize, sealed: bool) -> Option<Self> {
        let values: Vec<T> = input.list()?;
        let codes = Codes::load(input)?;
        let fit = codes.len() == rows && (rows == 0 || (codes.largest() as usize) < values.len());
        let mut column = Self { values, codes, sets: Sets::default() };
        if sealed && fit {
            column.find_sets();
        }
        fit.then_some(column)
    }
}
