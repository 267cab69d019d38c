//! How a query was answered, as messages carry it.

use cloudscope_domain::query::BadTerm;
use serde::{Deserialize, Serialize};

/// One step of an answer.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ExplainStep {
    /// The part of the filter, as understood.
    pub term: String,
    /// How deep it stands in the filter.
    pub depth: u32,
    /// Which index, search or walk answered it.
    pub how: String,
    /// Rows that were still in question when its turn came.
    pub rows_in: u64,
    /// Of them, those of which it is true.
    pub rows_out: u64,
    /// Of them, those of which it cannot be told.
    pub undecided: u64,
    /// Time that it took, in microseconds, with the steps that it is made of.
    pub micros: u64,
}

/// How a query was answered.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Explanation {
    /// The steps in the order in which they were asked, each before those that it is made of.
    pub steps: Vec<ExplainStep>,
    /// Rows that match.
    pub total: u64,
    /// Rows that neither match nor fail.
    pub undecided: u64,
    /// Time of the whole, but for the order, in microseconds.
    pub micros: u64,
    /// Terms not understood; they were left out.
    pub bad: Vec<BadTerm>,
}

/// Something that a query names and nothing bears.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stray {
    /// What it would be: `tag`, `relation`, `kind`, ...
    pub what: String,
    /// As the query names it.
    pub name: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// All of that in a sentence.
    pub text: String,
}
