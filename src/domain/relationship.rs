//! Typed, directed edges with the evidence for them. A target may not be in the inventory: then the
//! edge dangles, and is shown so; it is never dropped.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{AssetId, Kind, RunId, name::name_type};

name_type! {
    /// A verb phrase in kebab case: `uses`, `child-of`, `listens-on`, `declares`.
    Relation
}

/// What a reference points at, as far as the payload says.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Target {
    /// The canonical id is known.
    Id(AssetId),
    /// Only the provider's short name is known (`subnet-0ab1`); resolved against ids and aliases.
    Named {
        /// The kind it should be, when the catalog knows.
        kind: Option<Kind>,
        /// The short name.
        name: Arc<str>,
    },
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.pad(id.as_str()),
            Self::Named { name, .. } => f.pad(name),
        }
    }
}

/// An edge as the record that bears it knows it: one end is the record's own asset.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Reference {
    /// What the edge means.
    pub relation: Relation,
    /// The other end.
    pub target: Target,
    /// The edge runs from the target to the record's asset.
    pub reverse: bool,
    /// 0 to 1.
    pub confidence: f32,
    /// The catalog rule or JSON path that gave it, such as `$.VpcId`.
    pub rule: Arc<str>,
}

/// Why an edge is believed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The catalog rule or JSON path.
    pub rule: Arc<str>,
    /// Which asset's payload said so.
    pub stated_by: AssetId,
    /// The run that last wrote that payload.
    pub run: RunId,
}

/// A resolved edge.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Relationship {
    /// Where it starts.
    pub from: AssetId,
    /// Where it ends; the short name when nothing in the inventory bears it.
    pub to: AssetId,
    /// What it means.
    pub relation: Relation,
    /// 0 to 1.
    pub confidence: f32,
    /// Why it is believed.
    pub evidence: Evidence,
    /// The other end is not in the inventory.
    pub dangling: bool,
}
