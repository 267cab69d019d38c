//! Answers a query: chunk by chunk, a set of rows that match and a set of rows of which it cannot be
//! told. Terms on columns with few values are decided once per value, plain text by one search over
//! the text of a chunk, everything else row by row on the rows that are still in question.

use cloudscope_domain::{
    Query,
    query::{Expr, Pattern, Term},
};

use crate::{Context, Hits, Snapshot, SortError, bits::Bits, node::Node, sort, truth::Matches};

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
        let node = Node::new(&query.expr, self, context);
        let (unknown, _) = self.unknown_bits();
        let with_gone = query.asks_for_gone();
        let sets = Vec::with_capacity(self.parts.slots.len());
        let mut found = Matches { sets, total: 0, unknown: 0, undecided: 0 };
        for (at, slot) in self.parts.slots.iter().enumerate() {
            if slot.grave && !with_gone {
                found.sets.push(Bits::default());
                continue;
            }
            if cancel() {
                return Err(SortError::Cancelled);
            }
            let truth = node.truth(self, at, &slot.shown());
            found.undecided += truth.unclear.count() as u64;
            found.total += truth.yes.count();
            found.unknown += truth.yes.and(&unknown[at]).count() as u64;
            found.sets.push(truth.yes);
        }
        self.turn_sides(&query.expr, unknown, &mut found);
        Ok(found)
    }
}
