//! The neighbourhood of an asset: breadth first, bounded, and honest about what it left out.

use std::collections::{HashSet, VecDeque};

use cloudscope_domain::{AssetId, Relationship, neighbours::Direction};

use crate::{Graph, Lookup, hash::Quick, walk::Walk};

/// Statements that are looked at even if fewer edges are asked for. Beyond them edges are only counted, so
/// that a hub of a million edges answers as fast as any.
const LEAST: usize = 512;

/// The edges around an asset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Around {
    /// Edges, those nearest first.
    pub edges: Vec<Relationship>,
    /// Edges of the assets in view that were left out: exact while little is. Once as many statements were
    /// looked at as edges were asked for, and 512 at the least, every statement of an edge counts, and an
    /// edge with both ends in view counts at both.
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
        let mut walk = Walk::new(self, lookup);
        let focus = walk.asset(focus.clone());
        let (mut seen, mut told): (HashSet<u32, Quick>, HashSet<_, Quick>) = Default::default();
        seen.insert(focus);
        let mut queue = VecDeque::from([(focus, 0)]);
        let mut work = LEAST.max(limit);
        while let Some((asset, level)) = queue.pop_front() {
            if level >= depth {
                continue;
            }
            if work == 0 {
                around.more += walk.degree(asset, direction) as u64;
                continue;
            }
            let gathered = walk.gather(asset, direction, work, &|| false);
            work -= gathered.looked_at;
            around.more += gathered.beyond as u64;
            for found in &gathered.edges {
                if !told.insert(found.key()) {
                    continue;
                }
                if around.edges.len() >= limit {
                    around.more += 1;
                    continue;
                }
                let other = found.other(asset);
                if seen.insert(other) {
                    queue.push_back((other, level + 1));
                }
                around.edges.extend(walk.relationship(found));
            }
        }
        around
    }
}
