//! The one writer of the graph: takes records, publishes graphs that share everything that did not
//! change.

use std::{
    collections::{BTreeSet, HashMap},
    hash::BuildHasher,
    sync::Arc,
};

use cloudscope_domain::{AssetId, Record, RecordKey, Reference, RunId, Target};

use crate::graph::{Edge, Graph, Label, Stated, text};

/// Owned by one thread; readers hold the graphs that it publishes.
#[derive(Debug, Default)]
pub struct GraphWriter {
    graph: Graph,
    labels: HashMap<Label, u32>,
    /// Records that state edges, by their key's hash.
    records: HashMap<[u32; 4], u32>,
    free_records: Vec<u32>,
    /// Edges at each node, by number.
    degrees: Vec<u32>,
    free_nodes: Vec<u32>,
}

fn key(hash: u128) -> [u32; 4] {
    std::array::from_fn(|n| u32::try_from(hash >> (32 * n) & u128::from(u32::MAX)).unwrap_or(0))
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl GraphWriter {
    /// A graph without edges.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces all edges that this record states; a record that is gone states none.
    pub fn upsert(&mut self, record: &Record) {
        let references = if record.gone.is_none() { record.references.as_slice() } else { &[] };
        self.put(record.record_key().hash128(), &record.asset.key.id, references, record.run);
    }

    /// Takes back all edges that a record states, as if it had never been.
    pub fn forget(&mut self, record: &RecordKey) {
        self.put(record.hash128(), &record.key.id, &[], RunId::default());
    }

    fn put(&mut self, hash: u128, id: &AssetId, references: &[Reference], run: RunId) {
        let hash = key(hash);
        let states = !references.is_empty();
        let known = self.records.get(&hash).copied();
        if !states && known.is_none() {
            return;
        }
        let me = self.node(&Target::Id(id.clone()));
        let slot = known
            .unwrap_or_else(|| self.free_records.pop().unwrap_or_else(|| number(self.graph.records.len())));
        let before: BTreeSet<Edge> = if known.is_some() { self.stated(slot, me) } else { BTreeSet::new() };
        let mut after = BTreeSet::new();
        if states {
            for r in references {
                let other = self.node(&r.target);
                if other == me {
                    continue;
                }
                let label = self.label(Label {
                    relation: r.relation.clone(),
                    rule: r.rule.clone(),
                    confidence: r.confidence.to_bits(),
                    reverse: r.reverse,
                });
                let (from, to) = if r.reverse { (other, me) } else { (me, other) };
                after.insert(Edge { from, to, label, record: slot });
            }
        }
        for edge in after.difference(&before) {
            self.graph.out.insert(edge.out());
            self.graph.into.insert(edge.into());
            self.degrees[edge.from as usize] += 1;
            self.degrees[edge.to as usize] += 1;
        }
        for edge in before.difference(&after) {
            self.graph.out.remove(&edge.out());
            self.graph.into.remove(&edge.into());
            self.degrees[edge.from as usize] -= 1;
            self.degrees[edge.to as usize] -= 1;
        }
        if after.is_empty() {
            self.records.remove(&hash);
            if known.is_some() {
                self.free_records.push(slot);
            } else {
                // Taken from the free list for nothing: all references pointed at the asset itself.
                self.graph.records.set(slot as usize, Stated::default());
                self.free_records.push(slot);
            }
        } else {
            self.records.insert(hash, slot);
            let reversed = after.iter().any(|e| e.to == me);
            self.graph.records.set(slot as usize, Stated { run, reversed });
        }
        let ends = before.iter().chain(&after).flat_map(|e| [e.from, e.to]);
        let ends: BTreeSet<u32> = ends.chain([me]).collect();
        for node in ends {
            self.release(node);
        }
    }

    /// Everything so far as one immutable graph. Costs a pointer per block of edges.
    pub fn publish(&mut self) -> Arc<Graph> {
        Arc::new(self.graph.clone())
    }

    /// The edges that a record states; one end of each is its own asset.
    fn stated(&self, record: u32, me: u32) -> BTreeSet<Edge> {
        let mine = self.graph.edges_out(me).filter(|e| e.record == record);
        let mut all: BTreeSet<Edge> = mine.collect();
        if self.graph.records.get(record as usize).is_some_and(|s| s.reversed) {
            all.extend(self.graph.edges_in(me).filter(|e| e.record == record));
        }
        all
    }

    fn node(&mut self, target: &Target) -> u32 {
        if let Some(node) = self.graph.node(target) {
            return node;
        }
        let node = self.free_nodes.pop().unwrap_or_else(|| number(self.graph.nodes.len()));
        self.graph.nodes.set(node as usize, Some(target.clone()));
        self.graph.names.insert((self.graph.hasher.hash_one(text(target)), node));
        if node as usize == self.degrees.len() {
            self.degrees.push(0);
        }
        node
    }

    /// Forgets a node without edges.
    fn release(&mut self, node: u32) {
        if self.degrees[node as usize] > 0 {
            return;
        }
        let Some(Some(target)) = self.graph.nodes.get(node as usize) else { return };
        let hash = self.graph.hasher.hash_one(text(target));
        self.graph.names.remove(&(hash, node));
        self.graph.nodes.set(node as usize, None);
        self.free_nodes.push(node);
    }

    fn label(&mut self, label: Label) -> u32 {
        if let Some(n) = self.labels.get(&label) {
            return *n;
        }
        let n = number(self.graph.labels.len());
        Arc::make_mut(&mut self.graph.labels).push(label.clone());
        self.labels.insert(label, n);
        n
    }
}

impl Default for Stated {
    fn default() -> Self {
        Self { run: RunId(0), reversed: false }
    }
}
