//! Text to syntax tree.

use super::{Expr, Query};

pub(super) fn parse(text: &str) -> Query {
    Query { text: text.to_owned(), expr: Expr::All, chips: Vec::new(), bad: Vec::new() }
}
