//! Answers a query: chunk by chunk, a set of rows that match and a set of rows of which it cannot be
//! told. Terms on columns with few values are decided once per value, plain text by one search over
//! the text of a chunk, everything else row by row on the rows that are still in question.

use cloudscope_domain::{Query, Timestamp, query::Expr};

use crate::{
    Hits, Snapshot, SortError,
    bits::Bits,
    leaf::Leaf,
    sort,
    truth::{Matches, Truth},
};

/// An expression with its terms made ready for one snapshot, the cheap ones first.
enum Node {
    All,
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Leaf(Leaf),
}

impl Node {
    fn new(expr: &Expr, snapshot: &Snapshot, now: Timestamp) -> Self {
        let ready = |parts: &[Expr]| {
            let mut nodes: Vec<_> = parts.iter().map(|e| Self::new(e, snapshot, now)).collect();
            nodes.sort_by_key(Self::cost);
            nodes
        };
        match expr {
            Expr::All => Self::All,
            Expr::And(parts) => Self::And(ready(parts)),
            Expr::Or(parts) => Self::Or(ready(parts)),
            Expr::Not(inner) => Self::Not(Box::new(Self::new(inner, snapshot, now))),
            Expr::Term(term) => Self::Leaf(Leaf::new(term, snapshot, now)),
        }
    }

    fn cost(&self) -> u8 {
        match self {
            Self::All => 0,
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::cost).max().unwrap_or(0),
            Self::Not(inner) => inner.cost(),
            Self::Leaf(leaf) => leaf.cost(),
        }
    }

    /// What is true of the rows in `mask`. No deeper than the parser lets parentheses nest.
    fn truth(&self, snapshot: &Snapshot, slot: usize, mask: &Bits) -> Truth {
        if mask.is_empty() {
            return Truth::default();
        }
        match self {
            Self::All => Truth { yes: mask.clone(), unclear: Bits::default() },
            Self::Leaf(leaf) => leaf.truth(snapshot, slot, mask),
            Self::Not(inner) => {
                let Truth { yes, unclear } = inner.truth(snapshot, slot, mask);
                Truth { yes: mask.without(&yes).without(&unclear), unclear }
            }
            Self::And(parts) => {
                let mut all = Truth { yes: mask.clone(), unclear: Bits::default() };
                for part in parts {
                    let open = all.yes.or(&all.unclear);
                    let one = part.truth(snapshot, slot, &open);
                    all.yes = all.yes.and(&one.yes);
                    all.unclear = open.and(&one.yes.or(&one.unclear)).without(&all.yes);
                }
                all
            }
            Self::Or(parts) => {
                let mut any = Truth::default();
                for part in parts {
                    let one = part.truth(snapshot, slot, &mask.without(&any.yes));
                    any.yes = any.yes.or(&one.yes);
                    any.unclear = any.unclear.or(&one.unclear).without(&any.yes);
                }
                any
            }
        }
    }
}

impl Snapshot {
    /// The rows that match, in the order asked for (column, descending); by name, then id, without one.
    /// Tombstones are among them only where the query asks for what is gone. Records that are joined are
    /// one row, of which a term is true when it is true of one of them.
    /// Asks `cancel` at every chunk of 4,096 rows.
    ///
    /// # Errors
    /// When a column cannot be sorted by, or `cancel` returned `true`.
    pub fn evaluate(
        &self,
        query: &Query,
        sort: &[(String, bool)],
        now: Timestamp,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Hits, SortError> {
        let columns = sort::columns(sort)?;
        let found = self.matches(query, now, cancel)?;
        Hits::new(self, found, columns, now, cancel)
    }

    /// The same as sets, slot by slot.
    pub(crate) fn matches(
        &self,
        query: &Query,
        now: Timestamp,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Matches, SortError> {
        let node = Node::new(&query.expr, self, now);
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
        Ok(found)
    }
}
