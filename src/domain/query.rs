//! The filter: what a person types after `/`, as a syntax tree with positions.
//!
//! Parsing never fails as a whole: a bad term is kept with its position, reason and suggestion, and is
//! left out of the tree. Whether that is an error is the caller's choice (the command line: yes;
//! while typing: no).

pub mod ast;
pub mod parse;

pub use ast::{BadTerm, Expr, Op, Span, Term};

/// A parsed filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The text it came from.
    pub text: String,
    /// What it means, without the bad terms.
    pub expr: Expr,
    /// The good terms in reading order, as chips to show.
    pub chips: Vec<(Span, String)>,
    /// What could not be understood.
    pub bad: Vec<BadTerm>,
}

impl Query {
    /// Parses; empty text matches everything.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        parse::parse(text)
    }

    /// Whether every row matches.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.expr == Expr::All
    }
}
