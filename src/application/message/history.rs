//! What is asked of history and what comes back: changes, differences between accounts and between
//! moments. Plain data.

use cloudscope_domain::{AssetId, AssetRow, Change, Difference, Moment, Revision, Timestamp, query::BadTerm};
use serde::{Deserialize, Serialize};

/// Which changes.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangesAsk {
    /// Only of assets that match this now, or when they were last there. `change:created,gone` and
    /// `path:tags.*` filter the changes themselves. Empty for all.
    pub filter: String,
    /// Only after this moment.
    pub since: Option<Moment>,
    /// Only up to this moment.
    pub until: Option<Moment>,
    /// Only of this asset and what is within so many steps of it.
    pub around: Option<(AssetId, u8)>,
    /// Newest first, else oldest first.
    pub newest_first: bool,
    /// So many are skipped.
    pub start: u64,
    /// At most so many.
    pub limit: u64,
    /// Count them by this besides.
    pub group: Option<ChangeGroup>,
}

/// What changes are counted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeGroup {
    /// The run that saw them.
    Run,
    /// The asset.
    Asset,
    /// The asset's kind.
    Kind,
    /// The path of the field.
    Path,
    /// Created, changed, gone, ...
    Change,
    /// The hour in which they were recorded.
    Hour,
    /// The day in which they were recorded.
    Day,
}

/// One group of changes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChangeCount {
    /// What they have in common.
    pub name: String,
    /// How many.
    pub changes: u64,
    /// Of how many assets.
    pub assets: u64,
    /// The newest of them.
    pub newest: Timestamp,
}

/// Changes, and how far back they are known.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangesPage {
    /// Those asked for.
    pub changes: Vec<Change>,
    /// The names of their assets, where they are known; by position.
    pub names: Vec<String>,
    /// All that match, when the whole range was walked.
    pub total: Option<u64>,
    /// Groups, most changes first.
    pub groups: Vec<ChangeCount>,
    /// Changes before this are not known (any more).
    pub known_since: Option<(Revision, Timestamp)>,
    /// Terms of the filter that were not understood.
    pub bad: Vec<BadTerm>,
}

/// What is different between two accounts of an asset.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Differences {
    /// The left side, if it was known then.
    pub left: Option<AssetRow>,
    /// The right side, if it was known then.
    pub right: Option<AssetRow>,
    /// Field by field.
    pub differences: Vec<Difference>,
}

/// What is different between two moments.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Comparison {
    /// The revision and time of the earlier moment.
    pub from: (Revision, Timestamp),
    /// The revision and time of the later moment.
    pub to: (Revision, Timestamp),
    /// There then, not before.
    pub appeared: Vec<AssetRow>,
    /// There before, not then, or proved gone since.
    pub vanished: Vec<AssetRow>,
    /// There at both, with what is different.
    pub changed: Vec<(AssetRow, Vec<Difference>)>,
    /// Present before, unknown then.
    pub lost_sight: u64,
    /// Unknown before, present then.
    pub seen_again: u64,
    /// How many there are of each sort, those left out for the limit included: appeared, vanished, changed.
    pub totals: (u64, u64, u64),
    /// Terms of the filter that were not understood.
    pub bad: Vec<BadTerm>,
}
