//! A shortest chain of edges between two assets, and the cycles among some edges.

use std::collections::{HashMap, VecDeque};

use cloudscope_domain::{AssetId, Relationship, neighbours::Direction};
use petgraph::{
    algo::kosaraju_scc,
    graph::{DiGraph, NodeIndex},
};

use crate::{Graph, Lookup};

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
        let mut came: HashMap<AssetId, Option<(AssetId, Relationship)>> =
            HashMap::from([(from.clone(), None)]);
        let mut queue = VecDeque::from([from.clone()]);
        while let Some(id) = queue.pop_front() {
            if id == *to {
                let mut path = Vec::new();
                let mut at = id;
                while let Some(Some((before, edge))) = came.remove(&at) {
                    path.push(edge);
                    at = before;
                }
                path.reverse();
                return Some(path);
            }
            if cancel() {
                return None;
            }
            for edge in self.gather(&id, direction, lookup, usize::MAX, cancel).edges {
                let other = if edge.from == id { edge.to.clone() } else { edge.from.clone() };
                if !came.contains_key(&other) {
                    came.insert(other.clone(), Some((id.clone(), edge)));
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
