//! The things of a place by who owns whom: pods below their deployment, nested stacks below the outer one.

use cloudscope_domain::{AssetId, AssetRow, Kind, Moment, Revision, Timestamp, query::BadTerm};
use serde::{Deserialize, Serialize};

use super::Group;

/// Asks who owns whom.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OwnedAsk {
    /// The filter that says what belongs together: a namespace, an account. Owners are looked for here.
    pub place: String,
    /// The filter as typed that says which of them count; they are counted where they lie in the place.
    pub query: String,
    /// What of it is wanted.
    pub under: Under,
    /// At most so many heads; the rest is counted.
    pub limit: u64,
    /// Say which of what is told this asset is, or is below.
    #[serde(default)]
    pub find: Option<AssetId>,
    /// As of then, instead of now.
    #[serde(default)]
    pub at: Option<Moment>,
}

/// A part of what is owned in a place.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "of", content = "value", rename_all = "kebab-case")]
pub enum Under {
    /// Those that nothing in the place owns: the kinds that run something one by one, the others by kind.
    Place,
    /// Those of one kind that nothing in the place owns.
    Kind(Kind),
    /// What one asset owns itself: what runs or owns what runs first. What owns nothing although others of its
    /// kind do (the replica sets of old rollouts), and what says nothing of how it is beside what does
    /// (revisions), stands by kind.
    Asset(AssetId),
    /// Of what one asset owns itself, those of a kind that stand by kind.
    Rest {
        /// The asset.
        asset: AssetId,
        /// The kind.
        kind: Kind,
    },
}

/// Who owns whom.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Owned {
    /// By name; below an asset, what runs first, then by kind.
    pub heads: Vec<Head>,
    /// Heads left out for the limit.
    pub more: u64,
    /// What stands beside the heads by kind. Counts what they own, too.
    pub kinds: Vec<Group>,
    /// The one of what is told that the asset to be found is, or is below, and its kind.
    #[serde(default)]
    pub found: Option<(AssetId, Kind)>,
    /// Assets of this part that match.
    pub total: u64,
    /// Assets of the place that neither match nor fail because the value asked about is not known.
    pub undecided: u64,
    /// Terms not understood.
    pub bad: Vec<BadTerm>,
    /// The time of the revision.
    pub as_of: Timestamp,
    /// The revision that was looked at.
    pub revision: Revision,
}

/// One asset, and what is at or below it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// The asset; it need not match itself.
    pub row: AssetRow,
    /// Things that it owns in the place, near or far.
    pub owns: u64,
    /// Those that match, itself included.
    pub count: u64,
    /// Of which presence is unknown.
    pub unknown: u64,
    /// Of which the status is an error.
    pub errors: u64,
    /// Of which the status is a warning.
    pub warnings: u64,
}
