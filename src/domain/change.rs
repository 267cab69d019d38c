//! What became different, field by field, and the counter that orders everything.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{AssetId, Kind, Payload, RunId, Timestamp};

/// Grows with every committed batch. Order is by this, never by a clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl Revision {
    /// The one after this.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What happened to an asset.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// First seen.
    Created,
    /// A field differs.
    Changed,
    /// Proved gone.
    Gone,
    /// Seen again after it was proved gone.
    Returned,
}

/// One field-level difference.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Change {
    /// The commit that wrote it.
    pub revision: Revision,
    /// The wall clock of that commit.
    pub at: Timestamp,
    /// The run that saw it.
    pub run: RunId,
    /// Of which asset.
    pub id: AssetId,
    /// Of which kind.
    pub kind: Kind,
    /// What happened.
    pub change: ChangeKind,
    /// Which field, as a dotted path such as `properties.InstanceType` or `tags.env`; empty for the whole.
    pub path: String,
    /// The value before, absent when there was none.
    pub before: Option<Payload>,
    /// The value after, absent when there is none.
    pub after: Option<Payload>,
}

// Keeps the `raw_value` feature of serde_json, on which `Payload` rests, from being dropped unnoticed.
const _: fn(&RawValue) -> &str = RawValue::get;
