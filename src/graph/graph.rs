//! One revision of all relationships, immutable and shared, by number. What the numbers mean to the
//! inventory is in `walk`; what lies further away in `around` and `path`.

use std::sync::Arc;

use cloudscope_domain::{Relation, neighbours::Direction};

use crate::{cow::CowList, entry::Entry, hash::Seed, lists::Lists, names::Names, shards::Shards};

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
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Stated {
    /// 96 bits of the hash of its key. Two records that share them would have to be looked for.
    pub(crate) key: [u32; 3],
    /// Doubled, and one more when some of its edges end at its own asset.
    pub(crate) run: u32,
}

impl Stated {
    pub(crate) fn hash(self) -> u64 {
        u64::from(self.key[0]) | u64::from(self.key[1]) << 32
    }

    pub(crate) fn reversed(self) -> bool {
        self.run & 1 == 1
    }
}

/// An edge as one record states it, all by number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Edge {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) label: u32,
    pub(crate) record: u32,
}

/// An immutable set of edges. A target that was named before anything bore the name finds its asset
/// as soon as the inventory has it, because names are resolved when they are asked about.
#[derive(Clone, Debug)]
pub struct Graph {
    pub(crate) out: Lists,
    pub(crate) into: Lists,
    pub(crate) names: Names,
    pub(crate) labels: Arc<Vec<Label>>,
    /// The first label of the same relation, by label.
    pub(crate) relations: Arc<Vec<u32>>,
    pub(crate) records: CowList<Stated, 256>,
    /// Records by the hash of their key.
    pub(crate) known: Shards,
}

/// Bytes that a graph takes, by part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Memory {
    /// What nodes are called.
    pub names: usize,
    /// Finding a node by its name.
    pub lookup: usize,
    /// Edges by where they start.
    pub out: usize,
    /// Edges by where they end.
    pub into: usize,
    /// Which records state edges.
    pub records: usize,
}

impl Memory {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> usize {
        self.names + self.lookup + self.out + self.into + self.records
    }
}

impl Default for Graph {
    fn default() -> Self {
        Self::new(Seed(0))
    }
}

impl Graph {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            out: Lists::default(),
            into: Lists::default(),
            names: Names::new(seed),
            labels: Arc::default(),
            relations: Arc::default(),
            records: CowList::default(),
            known: Shards::default(),
        }
    }

    /// The relations that edges have, or had, each once.
    pub fn relations(&self) -> impl Iterator<Item = &str> {
        let labels = (0..).zip(self.relations.iter()).zip(self.labels.iter());
        labels.filter(|((n, first), _)| n == *first).map(|(_, label)| label.relation.as_str())
    }

    pub(crate) fn edges_out(&self, node: u32) -> impl Iterator<Item = Edge> + '_ {
        self.out.of(node).map(move |Entry { other, label, record }| Edge {
            from: node,
            to: other,
            label,
            record,
        })
    }

    pub(crate) fn edges_in(&self, node: u32) -> impl Iterator<Item = Edge> + '_ {
        self.into.of(node).map(move |Entry { other, label, record }| Edge {
            from: other,
            to: node,
            label,
            record,
        })
    }

    /// Edges at a node that run in a direction, those that start there first.
    pub(crate) fn edges_at(&self, node: u32, direction: Direction) -> impl Iterator<Item = Edge> + '_ {
        let outs = (direction != Direction::In).then(|| self.edges_out(node));
        let ins = (direction != Direction::Out).then(|| self.edges_in(node));
        outs.into_iter().flatten().chain(ins.into_iter().flatten())
    }

    /// How many edges that is, as records state them.
    pub(crate) fn degree(&self, node: u32, direction: Direction) -> usize {
        let outs = if direction == Direction::In { 0 } else { self.out.degree(node) };
        outs + if direction == Direction::Out { 0 } else { self.into.degree(node) }
    }

    pub(crate) fn set_labels(&mut self, labels: Vec<Label>) {
        let first = |label: &Label| labels.iter().position(|l| l.relation == label.relation);
        let relations = labels.iter().filter_map(|l| first(l).and_then(|n| u32::try_from(n).ok())).collect();
        (self.relations, self.labels) = (Arc::new(relations), Arc::new(labels));
    }

    /// How many nodes have edges.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.names.by_hash.len()
    }

    /// Bytes that it takes. What it shares with other revisions counts here as well.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let (names, lookup) = self.names.memory();
        let records = self.records.memory() + self.known.memory();
        Memory { names, lookup, out: self.out.memory(), into: self.into.memory(), records }
    }
}
