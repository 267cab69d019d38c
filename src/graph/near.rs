//! The edges of one asset. What lies further away is in `around` and `path`.

use cloudscope_domain::{
    AssetId, Relation, Relationship,
    neighbours::{Direction, End},
};

use crate::{graph::Graph, lookup::Lookup, walk::Walk};

impl Graph {
    /// The edges of one asset, by start, end and relation; each once, however many records state it.
    /// Dangling ends bear the text by which they were named.
    #[must_use]
    pub fn edges(&self, id: &AssetId, direction: Direction, lookup: &dyn Lookup) -> Vec<Relationship> {
        let mut walk = Walk::new(self, lookup);
        let asset = walk.asset(id.clone());
        let found = walk.gather(asset, direction, usize::MAX, &|| false).edges;
        found.iter().filter_map(|f| walk.relationship(f)).collect()
    }

    /// Calls `visit` with the relation and the other end of each edge of an asset, and what is known of
    /// that end, until it returns `false`. An edge that several records state is told as often. Costs no
    /// more than what is told.
    pub fn each(
        &self,
        id: &AssetId,
        direction: Direction,
        lookup: &dyn Lookup,
        visit: &mut dyn FnMut(&Relation, &AssetId, End<'_>) -> bool,
    ) {
        let mut walk = Walk::new(self, lookup);
        let asset = walk.asset(id.clone());
        walk.each(asset, direction, visit);
    }
}
