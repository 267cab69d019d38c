//! What matches, counted by the values of some columns.

use std::sync::Arc;

use cloudscope_domain::{Revision, StatusClass, Timestamp, query::BadTerm, text::labelled};
use serde::{Deserialize, Serialize};

/// Counts per combination of values.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Grouped {
    /// The columns, as asked.
    pub by: Vec<String>,
    /// Most frequent first, then by value.
    pub groups: Vec<Group>,
    /// Assets that match. Groups may add up to more: an asset with several values of a column (two
    /// addresses) is in the group of each.
    pub total: u64,
    /// Assets that neither match nor fail because the value asked about is not known. In no group.
    pub undecided: u64,
    /// Groups left out for the limit.
    pub more: u64,
    /// Terms not understood.
    pub bad: Vec<BadTerm>,
    /// The time of the revision.
    pub as_of: Timestamp,
    /// The revision that was counted.
    pub revision: Revision,
}

/// One combination of values.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Group {
    /// One for each column; `None` where there is no value. Times are days in UTC, ages are spans.
    pub values: Vec<Option<Arc<str>>>,
    /// What people call each value, where that is an account that something names; empty where none is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Option<Arc<str>>>,
    /// Assets in it.
    pub count: u64,
    /// Of which presence is unknown.
    pub unknown: u64,
    /// Of which the status is an error.
    #[serde(default)]
    pub errors: u64,
    /// Of which the status is a warning.
    #[serde(default)]
    pub warnings: u64,
    /// The class of the status of all of them, where it is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<StatusClass>,
}

impl Group {
    /// A value as people read it: an account with its name.
    #[must_use]
    pub fn shown(&self, column: usize) -> Option<String> {
        let value = self.values.get(column)?.as_deref()?;
        Some(labelled(value, self.labels.get(column).and_then(Option::as_deref)))
    }
}
