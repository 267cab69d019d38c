//! What the graph asks of the inventory, and the view of a graph that answers `rel(...)` terms.

use cloudscope_domain::{
    AssetId, Relation, Target,
    neighbours::{Direction, Neighbours},
};

use crate::Graph;

/// The inventory, as far as edges need it.
pub trait Lookup {
    /// Whether an asset with exactly this id is in the inventory.
    fn exists(&self, id: &AssetId) -> bool;
    /// The one asset that a target means, if the inventory has it.
    fn resolve(&self, target: &Target) -> Option<AssetId>;
    /// The short names of an asset.
    fn aliases(&self, id: &AssetId) -> Vec<String>;
}

/// A graph together with the inventory that gives its names a meaning.
#[derive(Clone, Copy)]
pub struct Adjacent<'a> {
    /// The edges.
    pub graph: &'a Graph,
    /// The assets.
    pub lookup: &'a dyn Lookup,
}

impl Neighbours for Adjacent<'_> {
    fn each(&self, id: &AssetId, direction: Direction, visit: &mut dyn FnMut(&Relation, &AssetId) -> bool) {
        for edge in self.graph.edges(id, direction, self.lookup) {
            let other = if edge.from == *id { &edge.to } else { &edge.from };
            if !visit(&edge.relation, other) {
                return;
            }
        }
    }
}
