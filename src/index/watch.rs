//! Who watches an answer being worked out, and what is seen: step by step the rows that went in, those
//! that came out and the time it took. The clock is the caller's.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use cloudscope_domain::query::Expr;

use crate::truth::Truth;

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The part of the query, as its canonical text.
    pub term: String,
    /// How deep it stands in the query.
    pub depth: u32,
    /// How it was answered.
    pub how: String,
    /// Rows that were still in question.
    pub rows_in: u64,
    /// Of them, those of which it is true.
    pub rows_out: u64,
    /// Of them, those of which it cannot be told.
    pub undecided: u64,
    /// Time that it took, in the units of the clock.
    pub micros: u64,
}

/// The counts of one step while it is worked on.
#[derive(Debug)]
pub(crate) struct Seen {
    term: String,
    depth: u32,
    pub(crate) how: RefCell<String>,
    rows_in: Cell<u64>,
    rows_out: Cell<u64>,
    undecided: Cell<u64>,
    pub(crate) micros: Cell<u64>,
}

impl Seen {
    pub(crate) fn new(expr: &Expr, depth: u32, how: String) -> Rc<Self> {
        let zero = Cell::default;
        Rc::new(Self {
            term: expr.to_string(),
            depth,
            how: RefCell::new(how),
            rows_in: zero(),
            rows_out: zero(),
            undecided: zero(),
            micros: zero(),
        })
    }

    pub(crate) fn note(&self, rows_in: usize, truth: &Truth, micros: u64) {
        let add = |cell: &Cell<u64>, n: u64| cell.set(cell.get() + n);
        add(&self.rows_in, rows_in as u64);
        add(&self.rows_out, truth.yes.count() as u64);
        add(&self.undecided, truth.unclear.count() as u64);
        add(&self.micros, micros);
    }
}

/// Keeps what is seen.
pub struct Watch<'a> {
    pub(crate) clock: &'a dyn Fn() -> u64,
    pub(crate) seen: RefCell<Vec<Rc<Seen>>>,
}

impl<'a> Watch<'a> {
    /// `clock` counts microseconds.
    #[must_use]
    pub fn new(clock: &'a dyn Fn() -> u64) -> Self {
        Self { clock, seen: RefCell::default() }
    }

    /// Every step, each before those that it is made of, those in the order in which they were asked.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        let step = |s: &Rc<Seen>| Step {
            term: s.term.clone(),
            depth: s.depth,
            how: s.how.borrow().clone(),
            rows_in: s.rows_in.get(),
            rows_out: s.rows_out.get(),
            undecided: s.undecided.get(),
            micros: s.micros.get(),
        };
        self.seen.borrow().iter().map(step).collect()
    }
}
