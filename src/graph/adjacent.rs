//! The view of a graph that answers `rel(...)` terms: edges together with the inventory that gives
//! their names a meaning. Knows no query.

use cloudscope_domain::{
    AssetId, Relation,
    neighbours::{Direction, End, Neighbours},
};

use crate::{Graph, Lookup};

/// A graph together with the inventory that gives its names a meaning.
#[derive(Clone, Copy)]
pub struct Adjacent<'a> {
    /// The edges.
    pub graph: &'a Graph,
    /// The assets.
    pub lookup: &'a dyn Lookup,
}

impl Neighbours for Adjacent<'_> {
    fn each(
        &self,
        id: &AssetId,
        direction: Direction,
        visit: &mut dyn FnMut(&Relation, &AssetId, End<'_>) -> bool,
    ) {
        self.graph.each(id, direction, self.lookup, visit);
    }
}
