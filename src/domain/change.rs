//! What became different, field by field.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{AssetId, Kind, Payload, Revision, RunId, Timestamp};

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
    /// The user removed its source and did not want to keep it; it may well be there.
    Forgotten,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Created, Self::Changed, Self::Gone, Self::Returned, Self::Forgotten];

    /// The word for scripts and screens.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Gone => "gone",
            Self::Returned => "returned",
            Self::Forgotten => "forgotten",
        }
    }
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
