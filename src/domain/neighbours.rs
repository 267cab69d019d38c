//! How a query asks the graph for edges without knowing the graph.

use crate::{AssetId, Kind, Relation, ScopeKey};

/// Which way to look from an asset.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Edges that end here.
    In,
    /// Edges that start here.
    Out,
    /// Both.
    Both,
}

impl Direction {
    /// As the asset at the other end of an edge sees it.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::In => Self::Out,
            Self::Out => Self::In,
            Self::Both => Self::Both,
        }
    }
}

/// A scope that was not read whole: what it holds may have edges that nobody knows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Which one.
    pub scope: ScopeKey,
    /// The kinds that it may hold; empty when that is not known either.
    pub kinds: Vec<Kind>,
}

/// Answers `rel(...)` terms.
pub trait Neighbours {
    /// Calls `visit` with the relation and other end of each edge of `id`, and whether the inventory lacks
    /// that end, until it returns `false`.
    fn each(
        &self,
        id: &AssetId,
        direction: Direction,
        visit: &mut dyn FnMut(&Relation, &AssetId, bool) -> bool,
    );

    /// The scopes that were not read whole.
    fn unread(&self) -> &[Unread] {
        &[]
    }

    /// Whether the payload of something of kind `from` may name something of kind `to`, so that an edge
    /// of this relation is missed while nobody reads it. `true` where that is not known.
    fn may_refer(&self, _from: &Kind, _relation: &dyn Fn(&Relation) -> bool, _to: &Kind) -> bool {
        true
    }
}
