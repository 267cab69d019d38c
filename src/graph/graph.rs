//! One revision of all relationships, immutable and shared.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use cloudscope_domain::{AssetId, Evidence, Record, Relation, Relationship, Target, neighbours::Direction};

use crate::Lookup;

/// The edges around an asset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Around {
    /// Edges, those nearest first.
    pub edges: Vec<Relationship>,
    /// Edges left out for the limit.
    pub more: u64,
}

/// An immutable set of edges.
#[derive(Debug)]
pub struct Graph {
    pub(crate) records: Vec<Arc<Record>>,
}

impl Graph {
    /// The edges of one asset; dangling ends bear the short name and are marked.
    #[must_use]
    pub fn edges(&self, id: &AssetId, direction: Direction, lookup: &dyn Lookup) -> Vec<Relationship> {
        let mut out: HashMap<(AssetId, AssetId, Relation), Relationship> = HashMap::new();
        for record in &self.records {
            for r in &record.references {
                let me = &record.asset.key.id;
                let found = lookup.resolve(&r.target);
                let dangling = found.is_none();
                let other = found.unwrap_or_else(|| match &r.target {
                    Target::Id(id) => id.clone(),
                    Target::Named { name, .. } => AssetId::from(name.clone()),
                });
                let (from, to) = if r.reverse { (other, me.clone()) } else { (me.clone(), other) };
                let wanted = match direction {
                    Direction::In => to == *id,
                    Direction::Out => from == *id,
                    Direction::Both => from == *id || to == *id,
                };
                if from == to || !wanted {
                    continue;
                }
                let edge = Relationship {
                    from: from.clone(),
                    to: to.clone(),
                    relation: r.relation.clone(),
                    confidence: r.confidence,
                    evidence: Evidence { rule: r.rule.clone(), stated_by: me.clone(), run: record.run },
                    dangling,
                };
                out.entry((from, to, r.relation.clone())).or_insert(edge);
            }
        }
        let mut out: Vec<_> = out.into_values().collect();
        out.sort_by(|a, b| (&a.from, &a.to, &a.relation).cmp(&(&b.from, &b.to, &b.relation)));
        out
    }

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
        while let Some((id, level)) = queue.pop_front() {
            if level >= depth {
                continue;
            }
            for edge in self.edges(&id, direction, lookup) {
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

    /// A shortest chain of edges from one asset to another, if there is one.
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
            if cancel() {
                return None;
            }
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
            for edge in self.edges(&id, direction, lookup) {
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
