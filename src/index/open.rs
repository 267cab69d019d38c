//! What only payloads can decide: which terms, and of which rows.

use cloudscope_domain::query::{Expr, Has, Term};

use crate::{Context, RowId, Snapshot, node::Node, parts::row_id};

/// The context said stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl Snapshot {
    /// The terms of an expression, but not of the filters inside its relations, that only payloads can
    /// answer: those on paths that are not kept here.
    #[must_use]
    pub fn payload_terms(&self, expr: &Expr) -> Vec<Term> {
        let mut out = Vec::new();
        collect(expr, &mut |term| {
            if let Term::Prop { path, .. } | Term::Has(Has::Prop(path)) = term
                && !self.indexes_path(path)
                && !out.contains(term)
            {
                out.push(term.clone());
            }
        });
        out
    }
}

/// Calls `visit` with every term, but not with those inside relations.
fn collect<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Term)) {
    match expr {
        Expr::All => {}
        Expr::Not(inner) => collect(inner, visit),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|p| collect(p, visit)),
        Expr::Term(term) => visit(term),
    }
}

/// The filters inside the relations of an expression.
#[must_use]
pub fn related_filters(expr: &Expr) -> Vec<&Expr> {
    let mut out = Vec::new();
    collect(expr, &mut |term| {
        if let Term::Rel(rel) = term {
            out.push(&rel.filter);
        }
    });
    out
}

impl Snapshot {
    /// The rows of every record whose payload may decide whether its thing matches: those of things that
    /// are undecided. In the order in which they were entered.
    ///
    /// # Errors
    /// When the context says stop.
    pub fn open(&self, expr: &Expr, context: &Context<'_>) -> Result<Vec<RowId>, Stopped> {
        let node = Node::new(expr, self, context);
        let mut out = Vec::new();
        let with_gone = expr.asks_for_gone();
        for (at, slot) in self.parts.slots.iter().enumerate().filter(|(_, s)| with_gone || !s.grave) {
            if (context.cancel)() {
                return Err(Stopped);
            }
            for n in node.truth(self, at, &slot.shown()).unclear.iter() {
                let row = row_id(at, n);
                out.extend_from_slice(self.speaks_for(&row));
            }
        }
        out.sort_unstable();
        Ok(out)
    }
}
