//! The syntax tree of a filter.

/// Byte positions `start..end` in the text of the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A term that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BadTerm {
    /// Where it stands.
    pub span: Span,
    /// The term as typed.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Equal or like.
    Is,
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// Plain text, matched as a lower-cased substring of name, id, addresses and aliases.
    Text(String),
}

/// A boolean combination of terms.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Matches everything.
    All,
    /// Every part matches.
    And(Vec<Expr>),
    /// Some part matches.
    Or(Vec<Expr>),
    /// The part does not match.
    Not(Box<Expr>),
    /// A single condition.
    Term(Term),
}
