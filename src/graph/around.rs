//! The neighbourhood of an asset: breadth first, bounded, and honest about what it left out.

use std::collections::{HashSet, VecDeque};

use cloudscope_domain::{AssetId, Relationship, neighbours::Direction};

use crate::{Graph, Lookup};

/// Statements that are looked at per asset; the rest of a hub is counted.
const HUB: usize = 10_000;
/// Statements that are looked at in all; beyond that edges are only counted.
const WORK: usize = 100_000;

/// The edges around an asset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Around {
    /// Edges, those nearest first.
    pub edges: Vec<Relationship>,
    /// Edges of the assets in view that were left out. Exact while no hub is in view; beyond 10,000
    /// edges of one asset, or 100,000 in all, every statement of an edge counts.
    pub more: u64,
}

impl Graph {
    /// The edges within `depth` steps of `focus`, nearest first, at most `limit`; the rest is counted.
    #[must_use]
    pub fn around(
        &self,
        focus: &AssetId,
        direction: Direction,
        depth: u8,
        limit: usize,
        lookup: &dyn Lookup,
    ) -> Around {
        let mut around = Around::default();
        let mut seen = HashSet::from([focus.clone()]);
        let mut told = HashSet::new();
        let mut queue = VecDeque::from([(focus.clone(), 0)]);
        let mut work = WORK;
        while let Some((id, level)) = queue.pop_front() {
            if level >= depth {
                continue;
            }
            let gathered = self.gather(&id, direction, lookup, HUB.min(work), &|| false);
            work -= gathered.looked_at;
            around.more += gathered.beyond;
            for edge in gathered.edges {
                if !told.insert((edge.from.clone(), edge.to.clone(), edge.relation.clone())) {
                    continue;
                }
                if around.edges.len() >= limit {
                    around.more += 1;
                    continue;
                }
                let other = if edge.from == id { &edge.to } else { &edge.from };
                if seen.insert(other.clone()) {
                    queue.push_back((other.clone(), level + 1));
                }
                around.edges.push(edge);
            }
        }
        around
    }
}
