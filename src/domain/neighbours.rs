//! How a query asks the graph for edges without knowing the graph.

use crate::{AssetId, Relation};

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

/// Answers `rel(...)` terms.
pub trait Neighbours {
    /// Calls `visit` with the relation and other end of each edge of `id`, until it returns `false`.
    fn each(&self, id: &AssetId, direction: Direction, visit: &mut dyn FnMut(&Relation, &AssetId) -> bool);
}
