//! Columns with few values: each value once, rows hold its number. Numbers are never reused, so
//! that every snapshot may share the one growing table.

use std::{collections::HashMap, sync::Arc};

use crate::bytes::{In, Out};

/// The number of a value that is missing.
pub(crate) const NONE: u32 = u32::MAX;

/// The columns that are kept as symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Col {
    Kind,
    Provider,
    Account,
    Region,
    Zone,
    Source,
    Status,
}

pub(crate) const COLS: usize = 7;

/// The writer's side of a column.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    ids: HashMap<Arc<str>, u32>,
    column: Column,
    /// That of the value that was asked for last: neighbours are alike.
    last: u32,
}

/// A column as a snapshot sees it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    values: Arc<Vec<Arc<str>>>,
    counts: Arc<Vec<u32>>,
}

impl Interner {
    /// The number of a value. Does not count it.
    pub(crate) fn symbol(&mut self, value: &str) -> u32 {
        if self.column.values.get(self.last as usize).is_some_and(|last| **last == *value) {
            return self.last;
        }
        if let Some(id) = self.ids.get(value) {
            self.last = *id;
            return *id;
        }
        let value: Arc<str> = value.into();
        let id = u32::try_from(self.column.values.len()).unwrap_or(NONE - 1);
        Arc::make_mut(&mut self.column.values).push(value.clone());
        Arc::make_mut(&mut self.column.counts).push(0);
        self.ids.insert(value, id);
        id
    }

    /// One live row more or less bears this value.
    pub(crate) fn count(&mut self, symbol: u32, more: bool) {
        if let Some(n) = Arc::make_mut(&mut self.column.counts).get_mut(symbol as usize) {
            *n = if more { *n + 1 } else { n.saturating_sub(1) };
        }
    }

    pub(crate) fn column(&self) -> Column {
        self.column.clone()
    }

    pub(crate) fn text(&self, symbol: u32) -> &str {
        self.column.text(symbol)
    }
}

impl Column {
    /// The value; empty for [`NONE`].
    pub(crate) fn get(&self, symbol: u32) -> Arc<str> {
        self.values.get(symbol as usize).cloned().unwrap_or_default()
    }

    pub(crate) fn text(&self, symbol: u32) -> &str {
        self.values.get(symbol as usize).map_or("", |v| v)
    }

    /// The number of a value, if it ever had one.
    pub(crate) fn number(&self, value: &str) -> Option<u32> {
        // Few are as long as the one that is looked for, and the others cost nothing.
        self.values.iter().position(|v| **v == *value).and_then(|n| u32::try_from(n).ok())
    }

    pub(crate) fn values(&self) -> &[Arc<str>] {
        &self.values
    }

    /// How many live rows bear each value.
    pub(crate) fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// Values that live rows bear, most frequent first; the empty value is left out.
    pub(crate) fn counted(&self) -> Vec<(Arc<str>, u64)> {
        let all = self.values.iter().zip(&*self.counts);
        let mut all: Vec<_> =
            all.filter(|(v, n)| **n > 0 && !v.is_empty()).map(|(v, n)| (v.clone(), u64::from(*n))).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        all
    }
}

impl Column {
    pub(crate) fn save(&self, out: &mut Out) {
        out.len(self.values.len());
        self.values.iter().for_each(|value| out.text(value));
        out.list(&self.counts);
    }
}

impl Interner {
    pub(crate) fn load(input: &mut In<'_>) -> Option<Self> {
        let mut all = Self::default();
        for n in 0..input.len(8)? {
            if all.symbol(input.text()?) as usize != n {
                return None;
            }
        }
        let counts: Vec<u32> = input.list()?;
        let fit = counts.len() == all.column.values.len();
        all.column.counts = Arc::new(counts);
        fit.then_some(all)
    }
}
