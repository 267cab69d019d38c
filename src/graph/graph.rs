//! One revision of all relationships, immutable and shared, and the edges of a single asset. What
//! lies further away is in `around` and `path`.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use cloudscope_domain::{AssetId, Evidence, Relation, Relationship, RunId, Target, neighbours::Direction};

use crate::{
    Lookup,
    cow::{CowList, CowSet},
};

/// What is said about an edge, shared by all edges of which the same is said.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Label {
    pub(crate) relation: Relation,
    pub(crate) rule: Arc<str>,
    /// The bits of an `f32`.
    pub(crate) confidence: u32,
    /// The record that states it is about the end, not about the start.
    pub(crate) reverse: bool,
}

/// What is kept of a record that states edges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stated {
    pub(crate) run: RunId,
    /// Some of its edges end at its own asset.
    pub(crate) reversed: bool,
}

/// An edge as one record states it, all by number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Edge {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) label: u32,
    pub(crate) record: u32,
}

/// This end, other end, label, record.
type Entry = (u32, u32, u32, u32);

impl Edge {
    pub(crate) fn out(&self) -> Entry {
        (self.from, self.to, self.label, self.record)
    }

    pub(crate) fn into(&self) -> Entry {
        (self.to, self.from, self.label, self.record)
    }
}

/// An immutable set of edges. A target that was named before anything bore the name finds its asset
/// as soon as the inventory has it, because names are resolved when they are asked about.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub(crate) out: CowSet<Entry>,
    pub(crate) into: CowSet<Entry>,
    pub(crate) nodes: CowList<Option<Target>>,
    /// From the hash of a node's text to the node.
    pub(crate) names: CowSet<(u64, u32)>,
    pub(crate) labels: Arc<Vec<Label>>,
    pub(crate) records: CowList<Stated>,
    pub(crate) hasher: RandomState,
}

/// Some edges of an asset.
pub(crate) struct Gathered {
    /// Each once, by start, end and relation.
    pub(crate) edges: Vec<Relationship>,
    /// Statements that were looked at.
    pub(crate) looked_at: usize,
    /// Statements beyond the bound.
    pub(crate) beyond: u64,
}

impl Graph {
    pub(crate) fn edges_out(&self, node: u32) -> impl Iterator<Item = Edge> + '_ {
        let all = self.out.from((node, 0, 0, 0)).take_while(move |e| e.0 == node);
        all.map(|(from, to, label, record)| Edge { from, to, label, record })
    }

    pub(crate) fn edges_in(&self, node: u32) -> impl Iterator<Item = Edge> + '_ {
        let all = self.into.from((node, 0, 0, 0)).take_while(move |e| e.0 == node);
        all.map(|(to, from, label, record)| Edge { from, to, label, record })
    }

    fn target(&self, node: u32) -> Option<&Target> {
        self.nodes.get(node as usize)?.as_ref()
    }

    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (u32, &'a Target)> + 'a {
        let hash = self.hasher.hash_one(name);
        let all = self.names.from((hash, 0)).take_while(move |(h, _)| *h == hash);
        all.filter_map(|(_, node)| Some((node, self.target(node)?))).filter(move |(_, t)| text(t) == name)
    }

    pub(crate) fn node(&self, target: &Target) -> Option<u32> {
        self.named(text(target)).find(|(_, t)| *t == target).map(|(n, _)| n)
    }

    /// The nodes that mean this asset: its id, and those of its names that resolve to it. Of an asset
    /// that is not in the inventory: the nodes that bear its text and mean nothing else.
    fn nodes_of(&self, id: &AssetId, lookup: &dyn Lookup) -> Vec<u32> {
        let mut names = lookup.aliases(id);
        names.push(id.as_str().to_owned());
        names.sort_unstable();
        names.dedup();
        let means = |target: &Target| match lookup.resolve(target) {
            Some(found) => found == *id,
            None => text(target) == id.as_str(),
        };
        names.iter().flat_map(|name| self.named(name)).filter(|(_, t)| means(t)).map(|(n, _)| n).collect()
    }

    /// The edges of one asset, by start, end and relation; each once, however many records state it.
    /// Dangling ends bear the text by which they were named.
    #[must_use]
    pub fn edges(&self, id: &AssetId, direction: Direction, lookup: &dyn Lookup) -> Vec<Relationship> {
        self.gather(id, direction, lookup, usize::MAX, &|| false).edges
    }

    /// As [`Graph::edges`], looking at no more than `most` statements. Stops early when `cancel` says so.
    pub(crate) fn gather(
        &self,
        id: &AssetId,
        direction: Direction,
        lookup: &dyn Lookup,
        most: usize,
        cancel: &dyn Fn() -> bool,
    ) -> Gathered {
        let nodes = self.nodes_of(id, lookup);
        let outs = nodes.iter().filter(|_| direction != Direction::In).flat_map(|n| self.edges_out(*n));
        let ins = nodes.iter().filter(|_| direction != Direction::Out).flat_map(|n| self.edges_in(*n));
        let mut best: HashMap<(AssetId, AssetId, Relation), Relationship> = HashMap::new();
        let mut ends: HashMap<u32, Option<(AssetId, bool)>> = HashMap::new();
        let (mut looked_at, mut beyond) = (0, 0);
        for edge in outs.chain(ins) {
            if looked_at >= most {
                beyond += 1;
                continue;
            }
            looked_at += 1;
            if looked_at % 4096 == 0 && cancel() {
                break;
            }
            let mut end = |node| ends.entry(node).or_insert_with(|| self.end(node, lookup)).clone();
            let (Some(from), Some(to)) = (end(edge.from), end(edge.to)) else { continue };
            let Some(relationship) = self.relationship(edge, from, to) else { continue };
            let key = (relationship.from.clone(), relationship.to.clone(), relationship.relation.clone());
            match best.entry(key) {
                std::collections::hash_map::Entry::Vacant(v) => {
                    v.insert(relationship);
                }
                std::collections::hash_map::Entry::Occupied(mut o) => {
                    if better(&relationship, o.get()) {
                        o.insert(relationship);
                    }
                }
            }
        }
        let mut edges: Vec<_> = best.into_values().collect();
        edges.sort_by(|a, b| (&a.from, &a.to, &a.relation).cmp(&(&b.from, &b.to, &b.relation)));
        Gathered { edges, looked_at, beyond }
    }

    /// What a node means now, and whether the inventory has it.
    fn end(&self, node: u32, lookup: &dyn Lookup) -> Option<(AssetId, bool)> {
        let target = self.target(node)?;
        Some(match lookup.resolve(target) {
            Some(id) => (id, true),
            None => (text(target).into(), false),
        })
    }

    fn relationship(&self, edge: Edge, from: (AssetId, bool), to: (AssetId, bool)) -> Option<Relationship> {
        let label = self.labels.get(edge.label as usize)?;
        let record = self.records.get(edge.record as usize)?;
        if from.0 == to.0 {
            return None;
        }
        let (stated_by, other) = if label.reverse { (&to, &from) } else { (&from, &to) };
        Some(Relationship {
            relation: label.relation.clone(),
            confidence: f32::from_bits(label.confidence),
            evidence: Evidence { rule: label.rule.clone(), stated_by: stated_by.0.clone(), run: record.run },
            dangling: !other.1,
            from: from.0,
            to: to.0,
        })
    }
}

/// The text of a target, whatever its kind.
pub(crate) fn text(target: &Target) -> &str {
    match target {
        Target::Id(id) => id.as_str(),
        Target::Named { name, .. } => name,
    }
}

/// Which of two statements of one edge is shown: one whose end is known, the surer, the newer; then any,
/// but always the same.
fn better(a: &Relationship, b: &Relationship) -> bool {
    let rank = |r: &Relationship| (!r.dangling, r.confidence, r.evidence.run);
    match rank(a).partial_cmp(&rank(b)) {
        Some(std::cmp::Ordering::Greater) => true,
        Some(std::cmp::Ordering::Less) => false,
        _ => (&a.evidence.stated_by, &a.evidence.rule) < (&b.evidence.stated_by, &b.evidence.rule),
    }
}
