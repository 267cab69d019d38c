//! A shortest chain of edges between two assets, and the cycles among some edges.

use std::collections::{HashMap, VecDeque, hash_map::Entry};

use cloudscope_domain::{AssetId, Relationship, neighbours::Direction};
use petgraph::{
    algo::kosaraju_scc,
    graph::{DiGraph, NodeIndex},
};

use crate::{
    Graph, Lookup,
    walk::{Found, Walk},
};

impl Graph {
    /// A shortest chain of edges from one asset to another: along the edges (`Out`), against them (`In`)
    /// or either way (`Both`). Empty when both are the same; `None` when there is none, or `cancel`
    /// returned `true` (it is asked at every asset). Between chains of one length the first by id wins.
    #[must_use]
    pub fn path(
        &self,
        from: &AssetId,
        to: &AssetId,
        direction: Direction,
        lookup: &dyn Lookup,
        cancel: &dyn Fn() -> bool,
    ) -> Option<Vec<Relationship>> {
        let mut walk = Walk::new(self, lookup);
        let (from, to) = (walk.asset(from.clone()), walk.asset(to.clone()));
        let mut came: HashMap<u32, Option<(u32, Found)>> = HashMap::from([(from, None)]);
        let mut queue = VecDeque::from([from]);
        while let Some(asset) = queue.pop_front() {
            if asset == to {
                let mut path = Vec::new();
                let mut at = asset;
                while let Some(Some((before, found))) = came.get(&at) {
                    path.extend(walk.relationship(found));
                    at = *before;
                }
                path.reverse();
                return Some(path);
            }
            if cancel() {
                return None;
            }
            for found in walk.gather(asset, direction, usize::MAX, cancel).edges {
                let other = found.other(asset);
                if let Entry::Vacant(new) = came.entry(other) {
                    new.insert(Some((asset, found)));
                    queue.push_back(other);
                }
            }
        }
        None
    }
}

/// The edges as a petgraph graph for its algorithms and for layouts: assets as nodes, the place of each
/// edge in `edges` as its weight.
#[must_use]
pub fn subgraph(edges: &[Relationship]) -> DiGraph<AssetId, usize> {
    let mut graph = DiGraph::new();
    let mut nodes: HashMap<&AssetId, NodeIndex> = HashMap::new();
    for (n, edge) in edges.iter().enumerate() {
        let [from, to] =
            [&edge.from, &edge.to].map(|id| *nodes.entry(id).or_insert_with(|| graph.add_node(id.clone())));
        graph.add_edge(from, to, n);
    }
    graph
}

/// Groups of assets that reach each other along these edges, each sorted, largest first.
#[must_use]
pub fn cycles(edges: &[Relationship]) -> Vec<Vec<AssetId>> {
    let graph = subgraph(edges);
    // Not Tarjan's: petgraph's version recurses, and a long chain of assets would overflow the stack.
    let mut groups: Vec<Vec<AssetId>> = kosaraju_scc(&graph)
        .into_iter()
        .filter(|group| group.len() > 1)
        .map(|group| {
            let mut ids: Vec<_> = group.into_iter().map(|n| graph[n].clone()).collect();
            ids.sort();
            ids
        })
        .collect();
    groups.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    groups
}
