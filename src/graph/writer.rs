//! The one writer of the graph: takes records, publishes graphs that share everything that did not
//! change.
//!
//! What records state is kept aside until the next publication, or until it is much, and then goes into
//! the lists all at once, in their order: a page of edges is rewritten once per batch, not once per edge.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    ops::Range,
    sync::Arc,
};

use cloudscope_domain::{AssetId, Record, RecordKey, Reference, RunId, Target};

use crate::{
    entry::{Change, Entry},
    graph::{Edge, Graph, Label, Stated},
    hash::Seed,
    names::Register,
};

/// Edges that may be kept aside. Few in tests.
const ASIDE: usize = if cfg!(test) { 40 } else { 1 << 18 };

/// Owned by one thread; readers hold the graphs that it publishes.
#[derive(Debug)]
pub struct GraphWriter {
    graph: Graph,
    register: Register,
    labels: HashMap<Label, u32>,
    /// Labels that were looked up lately, by where their rules lie: those of the catalog are always the same.
    recent: Vec<Option<(Label, u32)>>,
    free_records: Vec<u32>,
    /// The lowest number that no record ever had.
    next_record: u32,
    aside: Aside,
}

/// What records state that is not in the lists yet.
#[derive(Debug, Default)]
struct Aside {
    /// By the number of the record: its own node, its run, its place in `edges`.
    records: HashMap<u32, (u32, u32, Range<usize>)>,
    edges: Vec<Edge>,
    /// Nodes that may be left without edges.
    nodes: Vec<u32>,
}

/// Labels that are kept at hand.
const RECENT: usize = 512;

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The 96 bits of a record's hash that are kept.
fn key(hash: u128) -> [u32; 3] {
    std::array::from_fn(|n| u32::try_from(hash >> (32 * n) & u128::from(u32::MAX)).unwrap_or(0))
}

impl Default for GraphWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl GraphWriter {
    /// A graph without edges.
    #[must_use]
    pub fn new() -> Self {
        Self {
            graph: Graph::new(Seed(RandomState::new().hash_one("cloudscope"))),
            register: Register::default(),
            labels: HashMap::new(),
            recent: vec![None; RECENT],
            free_records: Vec::new(),
            next_record: 0,
            aside: Aside::default(),
        }
    }

    /// The writer that published this graph, or one that goes on as it would; `None` when a part of the
    /// graph is missing.
    pub(crate) fn of(mut graph: Graph) -> Option<Self> {
        let register = Register::of(&mut graph.names)?;
        let labels = graph.labels.iter().cloned().zip(0..).collect();
        let mut used = vec![false; graph.records.len()];
        for record in graph.known.numbers() {
            *used.get_mut(record as usize)? = true;
        }
        let free_records = (0..number(used.len())).rev().filter(|n| !used[*n as usize]).collect();
        let next_record = number(used.len());
        let recent = vec![None; RECENT];
        Some(Self { graph, register, labels, recent, free_records, next_record, aside: Aside::default() })
    }

    /// Replaces all edges that this record states; a record that is gone states none.
    pub fn upsert(&mut self, record: &Record) {
        let references = if record.gone.is_none() { record.references.as_slice() } else { &[] };
        self.put(record.hash128(), &record.asset.key.id, references, record.run);
    }

    /// Takes back all edges that a record states, as if it had never been.
    pub fn forget(&mut self, record: &RecordKey) {
        self.put(record.hash128(), &record.key.id, &[], RunId::default());
    }

    fn put(&mut self, hash: u128, id: &AssetId, references: &[Reference], run: RunId) {
        let stated =
            Stated { key: key(hash), run: u32::try_from(run.0).unwrap_or(u32::MAX).min(u32::MAX >> 1) << 1 };
        let records = &self.graph.records;
        let same = |n: &u32| records.get(*n as usize).is_some_and(|s| s.key == stated.key);
        let known = self.graph.known.find(stated.hash()).find(same);
        if references.is_empty() && known.is_none() {
            return;
        }
        let me = self.register.node(&mut self.graph.names, &Target::Id(id.clone()));
        self.aside.nodes.push(me);
        let record = known.unwrap_or_else(|| self.record(stated));
        let start = self.aside.edges.len();
        let mut reversed = 0;
        for r in references {
            let other = self.register.node(&mut self.graph.names, &r.target);
            if other == me {
                continue;
            }
            let label = self.label(r);
            let (from, to) = if r.reverse { (other, me) } else { (me, other) };
            reversed |= u32::from(r.reverse);
            self.aside.edges.push(Edge { from, to, label, record });
            self.aside.nodes.push(other);
        }
        let place = start..self.aside.edges.len();
        self.aside.edges[start..].sort_unstable();
        self.aside.records.insert(record, (me, stated.run | reversed, place));
        if self.aside.edges.len().max(self.aside.records.len()) >= ASIDE {
            self.settle();
        }
    }

    /// Everything so far as one immutable graph. Costs a pointer per some thousand edges.
    pub fn publish(&mut self) -> Arc<Graph> {
        self.settle();
        Arc::new(self.graph.clone())
    }

    /// Bytes that the writer takes besides its graph.
    #[must_use]
    pub fn memory(&self) -> usize {
        let aside = self.aside.records.capacity() * 33 + self.aside.edges.capacity() * size_of::<Edge>();
        self.register.memory() + aside + 4 * (self.aside.nodes.capacity() + self.free_records.capacity())
    }

    /// Takes what was kept aside into the lists.
    fn settle(&mut self) {
        let Aside { records, mut edges, mut nodes } = std::mem::take(&mut self.aside);
        self.register.settle(&mut self.graph.names);
        let [mut outs, mut ins]: [Vec<(u32, Change)>; 2] = Default::default();
        let mut records: Vec<_> = records.into_iter().collect();
        records.sort_unstable_by_key(|(record, (me, ..))| (*me, *record));
        for (record, (me, run, place)) in records {
            let before = self.stated(record, me);
            let after = &mut edges[place];
            let mut change = |edge: &Edge, came| {
                let Edge { from, to, label, record } = *edge;
                outs.push((from, (Entry { other: to, label, record }, came)));
                ins.push((to, (Entry { other: from, label, record }, came)));
                nodes.extend([from, to].into_iter().filter(|_| !came));
            };
            let none_left = after.is_empty();
            let mut last = None;
            for edge in after.iter().filter(|e| last.replace(**e) != Some(**e)) {
                if before.binary_search(edge).is_err() {
                    change(edge, true);
                }
            }
            for edge in before.iter().filter(|e| after.binary_search(e).is_err()) {
                change(edge, false);
            }
            let Some(stated) = self.graph.records.get(record as usize).copied() else { continue };
            if none_left {
                self.graph.known.remove(stated.hash(), record);
                self.graph.records.set(record as usize, Stated::default());
                self.free_records.push(record);
            } else if stated.run != run {
                self.graph.records.set(record as usize, Stated { run, ..stated });
            }
        }
        outs.sort_unstable();
        ins.sort_unstable();
        self.graph.out.edit(&outs);
        self.graph.into.edit(&ins);
        nodes.sort_unstable();
        nodes.dedup();
        for node in nodes {
            if self.graph.out.degree(node) == 0 && self.graph.into.degree(node) == 0 {
                self.register.release(&mut self.graph.names, node);
            }
        }
    }

    /// The edges that a record states according to the lists, sorted; one end of each is its own asset.
    fn stated(&self, record: u32, me: u32) -> Vec<Edge> {
        let mut all: Vec<Edge> = self.graph.edges_out(me).filter(|e| e.record == record).collect();
        if self.graph.records.get(record as usize).is_some_and(|s| s.reversed()) {
            all.extend(self.graph.edges_in(me).filter(|e| e.record == record));
            all.sort_unstable();
        }
        all
    }

    /// A number for a record that had none.
    fn record(&mut self, stated: Stated) -> u32 {
        let record = self.free_records.pop().unwrap_or_else(|| {
            self.next_record += 1;
            self.next_record - 1
        });
        self.graph.records.set(record as usize, stated);
        let records = &self.graph.records;
        let hash_of = |n: u32| records.get(n as usize).map_or(0, |s| s.hash());
        self.graph.known.insert(stated.hash(), record, hash_of);
        record
    }

    fn label(&mut self, r: &Reference) -> u32 {
        let place = r.rule.as_ptr() as usize / 16 % RECENT;
        if let Some((label, n)) = &self.recent[place]
            && Arc::ptr_eq(&label.rule, &r.rule)
            && std::ptr::eq(label.relation.as_str(), r.relation.as_str())
            && label.confidence == r.confidence.to_bits()
            && label.reverse == r.reverse
        {
            return *n;
        }
        let n = self.label_of(r);
        let (relation, rule) = (r.relation.clone(), r.rule.clone());
        let label = Label { relation, rule, confidence: r.confidence.to_bits(), reverse: r.reverse };
        self.recent[place] = Some((label, n));
        n
    }

    fn label_of(&mut self, r: &Reference) -> u32 {
        let label = Label {
            relation: r.relation.clone(),
            rule: r.rule.clone(),
            confidence: r.confidence.to_bits(),
            reverse: r.reverse,
        };
        if let Some(n) = self.labels.get(&label) {
            return *n;
        }
        let labels = Arc::make_mut(&mut self.graph.labels);
        let n = number(labels.len());
        let first = labels.iter().position(|l| l.relation == label.relation).map_or(n, number);
        Arc::make_mut(&mut self.graph.relations).push(first);
        labels.push(label.clone());
        self.labels.insert(label, n);
        n
    }
}
