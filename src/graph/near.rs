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

    /// Calls `visit` with the other end of each edge of one relation of an asset, and whether the inventory
    /// has that end, until it returns `false`. Costs no more than the edges of the asset, and what is told.
    pub fn each_named(
        &self,
        id: &AssetId,
        relation: &str,
        direction: Direction,
        lookup: &dyn Lookup,
        visit: &mut dyn FnMut(&AssetId, bool) -> bool,
    ) {
        let mut walk = Walk::new(self, lookup);
        let asset = walk.asset(id.clone());
        walk.each_named(asset, relation, direction, visit);
    }

    /// Calls `visit` with what the starts of all edges of one relation are called that end at this name,
    /// whatever inventory would make of the names.
    pub fn each_start(&self, name: &str, relation: &str, visit: &mut dyn FnMut(&str)) {
        for node in self.names.find(name) {
            for edge in self.edges_in(node) {
                if self.relates(edge.label, relation)
                    && let Some(start) = self.names.text_of(edge.from)
                {
                    visit(&start);
                }
            }
        }
    }

    /// Whether an edge of this relation is, or was, stated by the record at its end: such edges come and go
    /// although nothing happens to what they start from.
    #[must_use]
    pub fn is_stated_by_ends(&self, relation: &str) -> bool {
        self.labels.iter().any(|label| label.reverse && label.relation.as_str() == relation)
    }

    pub(crate) fn relates(&self, label: u32, relation: &str) -> bool {
        self.labels.get(label as usize).is_some_and(|label| label.relation.as_str() == relation)
    }
}
