//! How many things a term on a column finds, for many terms on one column: each thing once, whatever its
//! records bear.

use std::{collections::HashMap, hash::Hash};

use cloudscope_domain::{
    Query,
    query::{Expr, Has, Term, fold},
};

use crate::{
    Context, RowId, Snapshot,
    chunk::CLASSES,
    leaf::Leaf,
    parts::place,
    symbols::{COLS, Col, NONE},
};

/// Things by what they bear.
#[derive(Debug)]
struct Tally<S> {
    /// Those that bear this alone.
    alone: HashMap<S, u64>,
    /// Those whose records bear several.
    mixed: HashMap<Vec<S>, u64>,
}

impl<S: Copy + Eq + Ord + Hash> Tally<S> {
    fn new() -> Self {
        Self { alone: HashMap::new(), mixed: HashMap::new() }
    }

    /// Adds a thing of several records.
    fn add(&mut self, mut borne: Vec<S>) {
        borne.sort_unstable();
        borne.dedup();
        match borne.as_slice() {
            [] => {}
            [one] => *self.alone.entry(*one).or_default() += 1,
            _ => *self.mixed.entry(borne).or_default() += 1,
        }
    }

    /// Those that bear something that passes.
    fn count(&self, passes: impl Fn(S) -> bool) -> u64 {
        let alone = self.alone.iter().filter(|(symbol, _)| passes(**symbol));
        let mixed = self.mixed.iter().filter(|(symbols, _)| symbols.iter().any(|s| passes(*s)));
        alone.map(|(_, n)| n).sum::<u64>() + mixed.map(|(_, n)| n).sum::<u64>()
    }
}

/// The tallies of one snapshot, each made when it is asked for first.
pub(crate) struct Tallies<'a> {
    snapshot: &'a Snapshot,
    columns: [Option<Tally<u32>>; COLS],
    status: Option<Tally<(u32, u8)>>,
}

impl<'a> Tallies<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, columns: [const { None }; COLS], status: None }
    }

    /// The same of a term as it is written.
    pub(crate) fn count_text(&mut self, text: &str) -> Option<u64> {
        match Query::parse(text).expr {
            Expr::Term(term) => self.count(&term),
            _ => None,
        }
    }

    /// How many things that are not gone a term finds; `None` where that is not told per value of a column.
    pub(crate) fn count(&mut self, term: &Term) -> Option<u64> {
        let snapshot = self.snapshot;
        match Leaf::new(term, snapshot, &Context::from(snapshot.as_of())) {
            Leaf::Table(col, table) => {
                let tally = self.columns[col as usize].get_or_insert_with(|| snapshot.tally(col));
                Some(tally.count(|symbol| table.get(symbol as usize).copied().unwrap_or(false)))
            }
            Leaf::Status(table) => {
                let tally = self.status.get_or_insert_with(|| snapshot.tally_status());
                let of = |word: u32| if word == NONE { table.last() } else { table.get(word as usize) };
                Some(tally.count(|(word, class)| {
                    of(word).and_then(|row| *row.get(usize::from(class))?) == Some(true)
                }))
            }
            _ => None,
        }
    }
}

impl Snapshot {
    /// How many things bear a tag, in whichever spelling.
    pub(crate) fn bearing_tag(&self, key: &str) -> u64 {
        let term = Term::Has(Has::Tag(fold(key)));
        let leaf = Leaf::new(&term, self, &Context::from(self.as_of()));
        let slots = self.parts.slots.iter().enumerate().filter(|(_, slot)| !slot.grave && slot.count > 0);
        slots.map(|(at, slot)| leaf.truth(self, at, &slot.shown()).yes.count() as u64).sum()
    }

    /// The things of several records.
    fn joined_groups(&self) -> impl Iterator<Item = &[RowId]> {
        let joined = self.parts.slots.iter().filter_map(|slot| slot.joined.as_ref());
        joined.flat_map(|joined| joined.faces().map(|(_, group)| &**group))
    }

    /// The values of a column are counted already, but things that bear several count for each.
    fn tally(&self, col: Col) -> Tally<u32> {
        let mut tally = Tally::new();
        let counts = self.parts.columns[col as usize].counts();
        tally.alone.extend((0..).zip(counts.iter().map(|n| u64::from(*n))));
        for group in self.joined_groups() {
            let mut borne: Vec<u32> = group
                .iter()
                .map(|row| {
                    let (slot, n) = place(*row);
                    self.parts.slots[slot].chunk.symbols(col)[n]
                })
                .collect();
            borne.sort_unstable();
            borne.dedup();
            if borne.len() > 1 {
                for symbol in &borne {
                    tally.alone.entry(*symbol).and_modify(|n| *n = n.saturating_sub(1));
                }
                tally.add(borne);
            }
        }
        tally
    }

    /// By word and class, which decide together. Of declarations only the face is heard.
    fn tally_status(&self) -> Tally<(u32, u8)> {
        let mut tally = Tally::new();
        // A million rows are counted in a table; the last line of it is of those without a word.
        let lines = self.parts.columns[Col::Status as usize].values().len() + 1;
        let mut counts = vec![0_u64; lines * CLASSES.len()];
        for slot in self.parts.slots.iter().filter(|slot| !slot.grave && slot.count > 0) {
            let mut rows = slot.shown().into_owned();
            for (n, _) in slot.joined.iter().flat_map(|joined| joined.faces()) {
                rows.clear(n);
            }
            let words = slot.chunk.symbols(Col::Status);
            for n in rows.iter() {
                let line = (words[n] as usize).min(lines - 1);
                if let Some(count) = counts.get_mut(line * CLASSES.len() + usize::from(slot.chunk.class[n])) {
                    *count += 1;
                }
            }
        }
        for (line, counts) in (0..).zip(counts.chunks(CLASSES.len())) {
            let word = if line as usize + 1 == lines { NONE } else { line };
            let counts = (0..).zip(counts).filter(|(_, n)| **n > 0);
            tally.alone.extend(counts.map(|(class, n)| ((word, class), *n)));
        }
        for group in self.joined_groups() {
            let heard = group.iter().enumerate().filter_map(|(at, row)| {
                let (slot, n) = place(*row);
                let chunk = &self.parts.slots[slot].chunk;
                (at == 0 || chunk.text(n).declares().is_none())
                    .then(|| (chunk.symbols(Col::Status)[n], chunk.class[n]))
            });
            tally.add(heard.collect());
        }
        tally
    }
}
