//! One question about a graph: what its nodes mean to an inventory, each found out once, and the edges
//! around an asset, each told once. Assets are numbers here; text is made of what is told only.
//!
//! A node that is a selection means any number of assets, those that fit when it is asked about. Seen
//! from such an asset it is the end of the edge; seen from the other end each of them is an end of an edge
//! of its own. One that nothing fits is a dangling end, called as it is written.

use std::collections::HashMap;

use cloudscope_domain::{
    AssetId, Evidence, Relation, Relationship, RunId, Selection,
    neighbours::{Direction, End},
};

use crate::{
    graph::{Edge, Graph},
    hash::Quick,
    lookup::Lookup,
};

/// After so many statements it is asked whether to stop.
const POLL: usize = 4096;

/// What a node means now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Meaning {
    pub(crate) asset: u32,
    /// The inventory has it.
    pub(crate) known: bool,
}

/// An edge between assets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    pub(crate) from: Meaning,
    pub(crate) to: Meaning,
    pub(crate) relation: u32,
    edge: Edge,
}

impl Found {
    /// What tells edges apart.
    pub(crate) fn key(&self) -> (u32, u32, u32) {
        (self.from.asset, self.to.asset, self.relation)
    }

    /// The other end than this one.
    pub(crate) fn other(&self, than: u32) -> u32 {
        if self.from.asset == than { self.to.asset } else { self.from.asset }
    }
}

/// Some edges of an asset.
pub(crate) struct Gathered {
    /// Each once, by start, end and relation.
    pub(crate) edges: Vec<Found>,
    /// Statements that were looked at; one of a selection counts once for each that it means.
    pub(crate) looked_at: usize,
    /// Statements beyond the bound. A selection that was not looked at counts once.
    pub(crate) beyond: usize,
}

/// What stands at the other end of a statement.
enum Ends {
    One(Meaning),
    /// Some of what a selection means, and how much more that is.
    Some(Vec<Meaning>, usize),
}

/// What was found out for one question.
pub(crate) struct Walk<'a> {
    graph: &'a Graph,
    lookup: &'a dyn Lookup,
    meanings: HashMap<u32, Meaning, Quick>,
    numbers: HashMap<AssetId, u32>,
    ids: Vec<AssetId>,
    /// By number: the inventory is known to have it.
    known: Vec<bool>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(graph: &'a Graph, lookup: &'a dyn Lookup) -> Self {
        Self {
            graph,
            lookup,
            meanings: HashMap::default(),
            numbers: HashMap::new(),
            ids: Vec::new(),
            known: Vec::new(),
        }
    }

    /// The number of an asset in this walk.
    pub(crate) fn asset(&mut self, id: AssetId) -> u32 {
        if let Some(n) = self.numbers.get(&id) {
            return *n;
        }
        let n = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.push(id.clone());
        self.known.push(false);
        self.numbers.insert(id, n);
        n
    }

    fn id(&self, asset: u32) -> &AssetId {
        &self.ids[asset as usize]
    }

    /// The one asset that a node means; none of a selection that means others.
    fn meaning(&mut self, node: u32) -> Option<Meaning> {
        if let Some(meaning) = self.meanings.get(&node) {
            return Some(*meaning);
        }
        if let Some(selection) = self.graph.names.selection(node) {
            let mut empty = true;
            self.lookup.selected(&selection, &mut |_| {
                empty = false;
                false
            });
            return empty.then(|| self.nothing(&selection));
        }
        let target = self.graph.names.target(node)?;
        let (id, known) = match self.lookup.resolve(&target) {
            Some(id) => (id, true),
            None => (target.to_string().as_str().into(), false),
        };
        Some(self.means(node, id, known))
    }

    fn means(&mut self, node: u32, id: AssetId, known: bool) -> Meaning {
        let meaning = Meaning { asset: self.asset(id), known };
        self.known[meaning.asset as usize] |= known;
        self.meanings.insert(node, meaning);
        meaning
    }

    /// The end of an edge to a selection that nothing fits.
    fn nothing(&mut self, selection: &Selection) -> Meaning {
        Meaning { asset: self.asset(selection.to_string().as_str().into()), known: false }
    }

    /// What a node means, of a selection no more than `most`.
    fn ends(&mut self, node: u32, most: usize, cancel: &dyn Fn() -> bool) -> Option<Ends> {
        let Some(selection) = self.graph.names.selection(node) else {
            return self.meaning(node).map(Ends::One);
        };
        let (lookup, mut found, mut whole) = (self.lookup, Vec::new(), true);
        lookup.selected(&selection, &mut |id| {
            let poll = found.len() % POLL == POLL - 1;
            whole = found.len() < most && !(poll && cancel());
            if whole {
                let asset = self.asset(id);
                self.known[asset as usize] = true;
                found.push(Meaning { asset, known: true });
            }
            whole
        });
        if whole && found.is_empty() {
            return Some(Ends::One(self.nothing(&selection)));
        }
        let all = if whole { 0 } else { lookup.count_selected(&selection) };
        let beyond = all.saturating_sub(found.len());
        Some(Ends::Some(found, beyond))
    }

    /// The nodes that mean this asset, and whether the inventory has it: its id, those of its names that
    /// resolve to it, and the selections that it fits. Of an asset that is not in the inventory: the nodes
    /// that bear its text and mean nothing else.
    fn nodes_of(&mut self, asset: u32) -> Vec<(u32, bool)> {
        let id = self.id(asset).clone();
        let mut names = self.lookup.aliases(&id);
        names.push(id.as_str().to_owned());
        names.sort_unstable();
        names.dedup();
        let graph = self.graph;
        let mut nodes: Vec<(u32, bool)> = Vec::new();
        for name in &names {
            let own = self.known[asset as usize] && name == id.as_str();
            for node in graph.names.find(name) {
                // What the inventory has is meant by its own id, before anything that bears that as a name.
                let meaning = if own && graph.names.is_of_any_kind(node) {
                    Some(Meaning { asset, known: true })
                } else {
                    self.meaning(node)
                };
                nodes.extend(meaning.filter(|m| m.asset == asset).map(|m| (node, m.known)));
            }
        }
        let mut places = graph.names.selections.places(id.as_str());
        if places.next().is_some() {
            let mut selecting = Vec::new();
            let lookup = self.lookup;
            let lies_in = |place: &str, places: &Selection| {
                let mut is = false;
                lookup.each_record(&place.into(), &mut |kind, tags| {
                    let value = |key: &str| tags.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
                    is |= kind == places.kind.as_str() && places.fits(value);
                });
                is
            };
            lookup.each_record(&id, &mut |kind, tags| {
                selecting.extend(graph.names.selecting(id.as_str(), kind, tags, &lies_in));
            });
            selecting.sort_unstable();
            selecting.dedup();
            nodes.extend(selecting.into_iter().map(|node| (node, true)));
        }
        nodes
    }

    /// How many edges an asset has, as records state them.
    pub(crate) fn degree(&mut self, asset: u32, direction: Direction) -> usize {
        self.nodes_of(asset).into_iter().map(|(node, _)| self.graph.degree(node, direction)).sum()
    }

    /// The edges of an asset, looking at no more than `most` statements. Stops early when `cancel` says so.
    pub(crate) fn gather(
        &mut self,
        asset: u32,
        direction: Direction,
        most: usize,
        cancel: &dyn Fn() -> bool,
    ) -> Gathered {
        let graph = self.graph;
        let nodes = self.nodes_of(asset);
        let mut left: usize = nodes.iter().map(|(node, _)| graph.degree(*node, direction)).sum();
        let mut edges = Vec::with_capacity(left.min(most));
        let (mut looked_at, mut beyond, mut poll) = (0, 0, POLL);
        let at = |(node, known): &(u32, bool)| {
            let here = (*node, Meaning { asset, known: *known });
            graph.edges_at(*node, direction).map(move |edge| (here, edge))
        };
        for ((node, here), edge) in nodes.iter().flat_map(at) {
            if looked_at >= poll {
                if cancel() {
                    break;
                }
                poll = looked_at + POLL;
            }
            if looked_at >= most {
                break;
            }
            left -= 1;
            let other = if edge.from == node { edge.to } else { edge.from };
            let Some(ends) = self.ends(other, most - looked_at, cancel) else { continue };
            let Some(relation) = graph.relations.get(edge.label as usize) else { continue };
            let mut tell = |there: Meaning| {
                let (from, to) = if edge.from == node { (here, there) } else { (there, here) };
                if from.asset != to.asset {
                    edges.push(Found { from, to, relation: *relation, edge });
                }
            };
            match ends {
                Ends::One(there) => {
                    looked_at += 1;
                    tell(there);
                }
                Ends::Some(found, more) => {
                    looked_at += found.len();
                    beyond += more;
                    found.into_iter().for_each(tell);
                }
            }
        }
        edges.sort_by(|a, b| self.order(a, b).then_with(|| self.rank(b, a)));
        edges.dedup_by_key(|f| f.key());
        Gathered { edges, looked_at, beyond: beyond + left }
    }

    /// Calls `visit` with every statement of an edge of an asset until it returns `false`.
    pub(crate) fn each(
        &mut self,
        asset: u32,
        direction: Direction,
        visit: &mut dyn FnMut(&Relation, &AssetId, End<'_>) -> bool,
    ) {
        let graph = self.graph;
        for (node, _) in self.nodes_of(asset) {
            for edge in graph.edges_at(node, direction) {
                let other = if edge.from == node { edge.to } else { edge.from };
                let Some(label) = graph.labels.get(edge.label as usize) else { continue };
                let on = match graph.names.selection(other) {
                    Some(selection) => self.each_selected(asset, &selection, &label.relation, visit),
                    None => self.meaning(other).is_none_or(|there| {
                        there.asset == asset
                            || visit(&label.relation, self.id(there.asset), End::of(there.known))
                    }),
                };
                if !on {
                    return;
                }
            }
        }
    }

    /// The same of one statement about a selection; whether to go on.
    fn each_selected(
        &self,
        asset: u32,
        selection: &Selection,
        relation: &Relation,
        visit: &mut dyn FnMut(&Relation, &AssetId, End<'_>) -> bool,
    ) -> bool {
        let (mut empty, mut on) = (true, true);
        let end = |known| End { known, selected: Some(&selection.kind) };
        self.lookup.selected(selection, &mut |id| {
            empty = false;
            on = id == *self.id(asset) || visit(relation, &id, end(true));
            on
        });
        if empty { visit(relation, &selection.to_string().as_str().into(), end(false)) } else { on }
    }

    /// Calls `visit` with the other end of every edge of this relation, and whether the inventory has it,
    /// until it returns `false`. What the others lead to is not looked up.
    pub(crate) fn each_named(
        &mut self,
        asset: u32,
        relation: &str,
        direction: Direction,
        visit: &mut dyn FnMut(&AssetId, bool) -> bool,
    ) {
        let graph = self.graph;
        for (node, _) in self.nodes_of(asset) {
            for edge in graph.edges_at(node, direction) {
                if !graph.relates(edge.label, relation) {
                    continue;
                }
                let other = if edge.from == node { edge.to } else { edge.from };
                // Who owns whom is never said by a selector; what it selects is left out here.
                let Some(meaning) = self.meaning(other) else { continue };
                if meaning.asset != asset && !visit(self.id(meaning.asset), meaning.known) {
                    return;
                }
            }
        }
    }

    /// By start, end and relation.
    fn order(&self, a: &Found, b: &Found) -> std::cmp::Ordering {
        let by = |a: u32, b: u32| if a == b { std::cmp::Ordering::Equal } else { self.id(a).cmp(self.id(b)) };
        let relation = |f: &Found| self.graph.labels.get(f.relation as usize).map(|l| &l.relation);
        by(a.from.asset, b.from.asset).then_with(|| by(a.to.asset, b.to.asset)).then_with(|| {
            if a.relation == b.relation { std::cmp::Ordering::Equal } else { relation(a).cmp(&relation(b)) }
        })
    }

    /// Which of two statements of one edge is shown: one whose end is known, the surer, the newer; then
    /// any, but always the same.
    fn rank(&self, a: &Found, b: &Found) -> std::cmp::Ordering {
        let said = |f: &Found| {
            let label = self.graph.labels.get(f.edge.label as usize)?;
            let run = self.graph.records.get(f.edge.record as usize)?.run >> 1;
            let (by, other) = if label.reverse { (f.to, f.from) } else { (f.from, f.to) };
            Some((other.known, f32::from_bits(label.confidence), run, by.asset, &label.rule))
        };
        let (Some(a), Some(b)) = (said(a), said(b)) else { return std::cmp::Ordering::Equal };
        (a.0.cmp(&b.0))
            .then(a.1.total_cmp(&b.1))
            .then(a.2.cmp(&b.2))
            .then_with(|| (self.id(b.3), b.4).cmp(&(self.id(a.3), a.4)))
    }

    /// The edge in words.
    pub(crate) fn relationship(&self, found: &Found) -> Option<Relationship> {
        let label = self.graph.labels.get(found.edge.label as usize)?;
        let record = self.graph.records.get(found.edge.record as usize)?;
        let (stated_by, other) = if label.reverse { (found.to, found.from) } else { (found.from, found.to) };
        Some(Relationship {
            relation: label.relation.clone(),
            confidence: f32::from_bits(label.confidence),
            evidence: Evidence {
                rule: label.rule.clone(),
                stated_by: self.id(stated_by.asset).clone(),
                run: RunId(u64::from(record.run >> 1)),
            },
            dangling: !other.known,
            from: self.id(found.from.asset).clone(),
            to: self.id(found.to.asset).clone(),
        })
    }
}
