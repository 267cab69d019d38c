//! How many of the things that match bear each value of some columns, or each combination of values.
//!
//! Of what is joined the values are those of all records of which a filter is asked, so that the filter of a
//! group (`of_group`) finds what the group counts; but where the query asks for a kind, provider or account those
//! of the side that is asked for, or whatever is joined to a cluster's nodes would be below the cluster. A thing that bears several values of a column (addresses,
//! two accounts) counts once for each of them, so that the groups may add up to more than the total. Values that differ in case only are one group, written as
//! most of its rows write it; an empty value is none. Times are grouped by their day in UTC, ages by the
//! spans that people ask for.

mod values;

use std::{
    cmp::{Ordering, Reverse},
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use cloudscope_domain::{Query, StatusClass, query::fold};

use crate::{
    Context, RowId, Snapshot, SortError,
    chunk::CLASSES,
    hits::{GroupCount, Groups},
    parts::row_id,
    sides, sort,
};
use values::Values;

impl Snapshot {
    /// The things that match, counted by one or more columns: the `limit` largest groups, most frequent
    /// first, then by value. Without columns one group holds all. Asks `cancel` at every chunk.
    ///
    /// # Errors
    /// When a column cannot be grouped by, or `cancel` returned `true`.
    pub fn groups<'a>(
        &'a self,
        query: &Query,
        by: &[String],
        limit: usize,
        context: impl Into<Context<'a>>,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Groups, SortError> {
        let context = context.into();
        let now = context.now;
        let mut columns = Vec::with_capacity(by.len());
        for name in by {
            let column = sort::column(name).map_err(|e| match e {
                SortError::Unknown { column, suggestion } => SortError::Group { column, suggestion },
                other => other,
            })?;
            if let sort::By::Prop(path) = &column {
                sort::number(path, self)?;
            }
            columns.push(Values::new(column, self, now));
        }
        let asked = sides::asked(&query.expr, &self.parts);
        let matches = self.matches(query, &context, cancel)?;
        let (unknown, _) = self.unknown_bits();
        let mut tally = Tally { pairs: vec![Pairs::default(); columns.len()], counts: Vec::new() };
        for (at, yes) in matches.sets.iter().enumerate() {
            if yes.is_empty() {
                continue;
            }
            if cancel() {
                return Err(SortError::Cancelled);
            }
            for n in yes.iter() {
                let class = CLASSES.get(usize::from(self.parts.slots[at].chunk.class[n]));
                let one = Count {
                    all: 1,
                    unknown: u64::from(unknown[at].get(n)),
                    errors: u64::from(class == Some(&StatusClass::Error)),
                    warnings: u64::from(class == Some(&StatusClass::Warning)),
                    classes: 1_u8.checked_shl(self.parts.slots[at].chunk.class[n].into()).unwrap_or(0),
                };
                let row = row_id(at, n);
                let group = self.together(&row);
                let side = match group {
                    [_] => Vec::new(),
                    group => sides::sides(&self.parts, group, &asked),
                };
                tally.add(self, &mut columns, (group, &side), one);
            }
        }
        let (rows, more) = tally.largest(&columns, limit);
        Ok(Groups {
            rows,
            more,
            total: matches.total as u64,
            unknown: matches.unknown,
            undecided: matches.undecided,
        })
    }
}

/// Numbers for pairs of numbers, in the order in which they are met.
#[derive(Clone, Default)]
struct Pairs {
    numbers: HashMap<(u32, u32), u32, BuildHasherDefault<Mix>>,
    pairs: Vec<(u32, u32)>,
    last: Option<((u32, u32), u32)>,
}

/// Mixes two small numbers. They come from our own tables, so that nobody can choose them to collide.
#[derive(Clone, Copy, Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.write_u32(u32::from(*b));
        }
    }

    fn write_u32(&mut self, n: u32) {
        self.0 = (self.0 ^ u64::from(n)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    }
}

impl Pairs {
    fn number(&mut self, pair: (u32, u32)) -> u32 {
        if let Some((last, number)) = self.last
            && last == pair
        {
            return number;
        }
        let next = u32::try_from(self.pairs.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(pair).or_insert(next);
        if number == next {
            self.pairs.push(pair);
        }
        self.last = Some((pair, number));
        number
    }
}

/// Counts per combination of values. A combination of two columns is a pair of (value, value), one of
/// three a pair of (that pair, value), and so on.
struct Tally {
    pairs: Vec<Pairs>,
    counts: Vec<Count>,
}

/// Things in a group.
#[derive(Clone, Copy, Default)]
struct Count {
    all: u64,
    unknown: u64,
    errors: u64,
    warnings: u64,
    /// The classes of the statuses, a bit for each.
    classes: u8,
}

impl Count {
    /// The class of all, where they are of one.
    fn class(self) -> Option<StatusClass> {
        let one = self.classes.is_power_of_two();
        one.then(|| CLASSES.get(self.classes.trailing_zeros() as usize).copied()).flatten()
    }
}

impl Tally {
    fn add<'a>(
        &mut self,
        snapshot: &'a Snapshot,
        columns: &mut [Values<'a>],
        (group, side): (&[RowId], &[RowId]),
        one: Count,
    ) {
        // Nearly every row has one combination; the others are kept apart.
        let mut first = 0;
        let mut others: Vec<u32> = Vec::new();
        for (at, column) in columns.iter_mut().enumerate() {
            let values = column.of(snapshot, group, side);
            let pairs = &mut self.pairs[at];
            let mut pair = |before: u32, value: u32| {
                // The values of the first column are the combinations themselves.
                if at == 0 { value } else { pairs.number((before, value)) }
            };
            if values.len() > 1 {
                let before: Vec<u32> = std::iter::once(first).chain(others.iter().copied()).collect();
                others = before
                    .iter()
                    .flat_map(|b| values.iter().map(move |v| (*b, *v)))
                    .map(|(b, v)| pair(b, v))
                    .collect();
                first = others.swap_remove(0);
            } else {
                let value = values[0];
                first = pair(first, value);
                others.iter_mut().for_each(|o| *o = pair(*o, value));
            }
        }
        for combination in std::iter::once(first).chain(others) {
            let at = combination as usize;
            if at >= self.counts.len() {
                self.counts.resize(at + 1, Count::default());
            }
            let count = &mut self.counts[at];
            count.all += one.all;
            count.unknown += one.unknown;
            count.errors += one.errors;
            count.warnings += one.warnings;
            count.classes |= one.classes;
        }
    }

    /// The groups in order, and how many are left out.
    fn largest(&self, columns: &[Values<'_>], limit: usize) -> (Vec<GroupCount>, u64) {
        let values = |combination: u32| -> Vec<u32> {
            let mut out = vec![0; columns.len()];
            let mut at = combination;
            for n in (1..columns.len()).rev() {
                let (before, value) = self.pairs[n].pairs[at as usize];
                out[n] = value;
                at = before;
            }
            if let Some(first) = out.first_mut() {
                *first = at;
            }
            out
        };
        let mut found: Vec<(u64, u32)> =
            (0..).zip(&self.counts).filter(|(_, c)| c.all > 0).map(|(at, c)| (c.all, at)).collect();
        let texts: Vec<Vec<Option<Arc<str>>>> = columns.iter().map(Values::texts).collect();
        let by_value = |a: u32, b: u32| {
            let pairs = values(a).into_iter().zip(values(b)).zip(&texts);
            let mut orders = pairs.map(|((a, b), texts)| {
                missing_last(texts[a as usize].as_deref(), texts[b as usize].as_deref())
            });
            orders.find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        };
        let order =
            |a: &(u64, u32), b: &(u64, u32)| Reverse(a.0).cmp(&Reverse(b.0)).then_with(|| by_value(a.1, b.1));
        let more = found.len().saturating_sub(limit);
        if more > 0 && limit > 0 {
            found.select_nth_unstable_by(limit - 1, order);
        }
        found.truncate(limit);
        found.sort_unstable_by(order);
        let group = |(count, at): (u64, u32)| GroupCount {
            values: values(at).iter().zip(&texts).map(|(v, texts)| texts[*v as usize].clone()).collect(),
            count,
            unknown: self.counts[at as usize].unknown,
            errors: self.counts[at as usize].errors,
            warnings: self.counts[at as usize].warnings,
            class: self.counts[at as usize].class(),
        };
        (found.into_iter().map(group).collect(), more as u64)
    }
}

fn missing_last(a: Option<&str>, b: Option<&str>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => fold(a).cmp(&fold(b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}
