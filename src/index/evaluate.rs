//! Answers a query: chunk by chunk, a set of rows that match and a set of rows of which it cannot be
//! told. Terms on columns with few values are decided once per value, plain text by one search over
//! the text of a chunk, everything else row by row on the rows that are still in question.

use std::cell::Cell;

use cloudscope_domain::{
    Query,
    query::{Expr, Pattern, Term},
};

use crate::{
    Context, Hits, Snapshot, SortError,
    bits::Bits,
    node::Node,
    share::share,
    sort,
    truth::{Matches, Truth},
};

/// An expression that costs less than plain text takes no longer than a thread that helps.
const WORTH: u8 = 3;

/// The letters of a query that asks for nothing else.
fn only_fuzzy(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Term(Term::Text(Pattern::Fuzzy(text))) => Some(text),
        Expr::And(parts) | Expr::Or(parts) => match parts.as_slice() {
            [one] => only_fuzzy(one),
            _ => None,
        },
        _ => None,
    }
}

impl Snapshot {
    /// The rows that match, in the order asked for (column, descending); without one by name, then id, or
    /// the best match first where a fuzzy word is all that is asked. `none` alone in the place of a column
    /// gives them as they are kept, which costs nothing.
    /// Tombstones are among them only where the query asks for what is gone. Records that are joined are
    /// one row, of which a term is true when it is true of one of them; the row is that of the record whose
    /// kind, provider or account is asked for, else that of the face.
    /// Asks `cancel` at every chunk of 4,096 rows.
    ///
    /// # Errors
    /// When a column cannot be sorted by, or `cancel` returned `true`.
    pub fn evaluate<'a>(
        &'a self,
        query: &Query,
        sort: &[(String, bool)],
        context: impl Into<Context<'a>>,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Hits, SortError> {
        let way = if sort::is_none(sort) {
            sort::Way::Kept
        } else {
            let mut columns = sort::columns(sort)?;
            if columns.is_empty()
                && let Some(text) = only_fuzzy(&query.expr)
            {
                columns.push(sort::by_match(text));
            }
            sort::way(columns)
        };
        let context = context.into();
        let found = self.matches(query, &context, cancel)?;
        Hits::new(self, found, way, context.now, cancel)
    }

    /// The same as sets, slot by slot.
    pub(crate) fn matches<'a>(
        &'a self,
        query: &Query,
        context: &Context<'a>,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Matches, SortError> {
        let count = self.parts.slots.len();
        let node = Node::new(&query.expr, self, context);
        // Before they are shared, so that not all wait for one.
        self.unknown_bits();
        let with_gone = query.asks_for_gone();
        let parts = if node.is_plain() && context.told.is_none() {
            let (now, declarable) = (context.now, context.declarable);
            share(count, node.cost() >= WORTH, cancel, |slots| {
                // Each makes the expression ready for itself, so that nothing of it has to be shared.
                let cancel = || false;
                let context =
                    Context { now, neighbours: None, told: None, declarable, cancel: &cancel, watch: None };
                self.truths(&Node::new(&query.expr, self, &context), slots, with_gone)
            })
        } else {
            let stopped = Cell::new(false);
            let go_on = |_: &usize| {
                stopped.set(cancel());
                !stopped.get()
            };
            let parts = vec![self.truths(&node, (0..count).take_while(go_on), with_gone)];
            (!stopped.get()).then_some(parts)
        };
        let mut found = Matches { sets: vec![Bits::default(); count], total: 0, unknown: 0, undecided: 0 };
        for (at, truth) in parts.ok_or(SortError::Cancelled)?.into_iter().flatten() {
            found.undecided += truth.unclear.count() as u64;
            found.total += truth.yes.count();
            found.unknown += truth.yes.and(&self.unknown_bits().0[at]).count() as u64;
            found.sets[at] = truth.yes;
        }
        self.turn_sides(&query.expr, &self.unknown_bits().0, &mut found);
        Ok(found)
    }

    /// What an expression says of the rows of some slots.
    fn truths(
        &self,
        node: &Node<'_>,
        slots: impl Iterator<Item = usize>,
        with_gone: bool,
    ) -> Vec<(usize, Truth)> {
        let asked = slots.filter(|at| with_gone || !self.parts.slots[*at].grave);
        asked.map(|at| (at, node.truth(self, at, &self.parts.slots[at].shown()))).collect()
    }
}
