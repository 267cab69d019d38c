//! What a snapshot answers with besides rows: counts, proposals of completion, and why an order
//! was refused.

use std::sync::Arc;

use cloudscope_domain::{StatusClass, query::Span};

/// Names a row of one snapshot; means nothing in another.
pub type RowId = u32;

/// Why a query was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortError {
    /// No such column to sort by.
    Unknown {
        /// As asked.
        column: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// No such column to group by.
    Group {
        /// As asked.
        column: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// A path into payloads whose values are not at hand.
    NotKept {
        /// As asked.
        path: String,
        /// The paths whose values are.
        kept: Vec<String>,
    },
    /// The caller said stop.
    Cancelled,
}

impl std::fmt::Display for SortError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown { column, suggestion: Some(s) } => {
                write!(f, "cannot sort by `{column}`; did you mean `{s}`?")
            }
            Self::Unknown { column, suggestion: None } => {
                write!(f, "cannot sort by `{column}`; sort by a column such as name, kind, age or tags.KEY")
            }
            Self::Group { column, suggestion: Some(s) } => {
                write!(f, "cannot group by `{column}`; did you mean `{s}`?")
            }
            Self::Group { column, suggestion: None } => {
                write!(f, "cannot group by `{column}`; group by a column such as kind, region or tags.KEY")
            }
            Self::NotKept { path, kept } => write!(
                f,
                "cannot sort or group by `prop.{path}`: only by paths whose values the index keeps, which are {}",
                kept.join(", ")
            ),
            Self::Cancelled => f.write_str("the query was cancelled"),
        }
    }
}

impl std::error::Error for SortError {}

/// How many things bear which values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Most frequent first.
    pub rows: Vec<GroupCount>,
    /// Groups beyond the limit.
    pub more: u64,
    /// Things that match; groups may add up to more, where a thing bears several values.
    pub total: u64,
    /// Of them, those of unknown presence.
    pub unknown: u64,
    /// Things that neither match nor fail. In no group.
    pub undecided: u64,
}

/// One group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupCount {
    /// One for each column; `None` where there is no value.
    pub values: Vec<Option<Arc<str>>>,
    /// Things in it.
    pub count: u64,
    /// Of them, those of unknown presence.
    pub unknown: u64,
    /// Of them, those whose status is an error.
    pub errors: u64,
    /// Of them, those whose status is a warning.
    pub warnings: u64,
    /// The class of the status of all of them, where it is the same.
    pub class: Option<StatusClass>,
}

/// Something that may follow the text before the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Replaces the bytes of `span`.
    pub text: String,
    /// What it replaces.
    pub span: Span,
    /// Assets that bear the value, when that is known.
    pub count: Option<u64>,
    /// A few words on what it is.
    pub hint: String,
}

/// Live rows per value, most frequent first; empty values are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named after the column that it counts")]
pub struct Counts {
    pub provider: Vec<(Arc<str>, u64)>,
    pub kind: Vec<(Arc<str>, u64)>,
    pub category: Vec<(Arc<str>, u64)>,
    pub account: Vec<(Arc<str>, u64)>,
    pub region: Vec<(Arc<str>, u64)>,
    pub zone: Vec<(Arc<str>, u64)>,
    pub status: Vec<(Arc<str>, u64)>,
    pub source: Vec<(Arc<str>, u64)>,
    pub tag_key: Vec<(Arc<str>, u64)>,
}
