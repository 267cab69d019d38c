//! How a scope is followed after it was listed, as plain data.

use cloudscope_domain::{AssetRow, Kind, SourceName, Timestamp};
use serde::{Deserialize, Serialize};

/// A scope whose changes are taken in as they happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Following {
    /// Since when.
    pub since: Timestamp,
    /// Records made since then.
    pub created: u64,
    /// Records whose content changed since then.
    pub changed: u64,
    /// Records proved gone since then.
    pub gone: u64,
}

/// A scope of a followed source that is not followed now: its follow broke, or it has no place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Still {
    /// Of which source.
    pub source: SourceName,
    /// In which account or cluster; empty for any.
    pub account: String,
    /// What it may hold; empty for anything.
    pub kinds: Vec<Kind>,
    /// Where listing is per parent, its name.
    pub parent: String,
}

impl Still {
    /// Whether a row may be one of what the scope holds.
    #[must_use]
    pub fn may_hold(&self, row: &AssetRow) -> bool {
        let named = |row: &AssetRow| row.id.as_str().split('/').any(|part| part == self.parent);
        (row.source == self.source || row.sources.contains(&self.source))
            && (self.account.is_empty() || row.account.is_empty() || *row.account == *self.account)
            && (self.kinds.is_empty() || self.kinds.contains(&row.kind))
            && (self.parent.is_empty() || named(row))
    }
}
