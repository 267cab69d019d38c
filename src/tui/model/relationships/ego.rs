//! The edges around one asset, sorted into two columns of groups: what points here and what this
//! points at, by how many steps away, relation and kind.
//!
//! Pure: knows edges and rows, no screen.

use std::collections::{BTreeMap, HashMap, VecDeque};

use cloudscope_application::message::Relations;
use cloudscope_domain::{AssetId, AssetRow, Kind, Relation, Relationship};

/// Which column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Side {
    /// What points at the focus, and what lies beyond.
    In,
    /// What the focus points at, and what lies beyond.
    Out,
}

impl Side {
    /// Its place in pairs.
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::In => Self::Out,
            Self::Out => Self::In,
        }
    }
}

/// What the edges of a group have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct GroupKey {
    /// Steps from the focus to the far end.
    pub(crate) hop: u8,
    /// The edge runs against its column: in OUT towards the focus, in IN away from it. Happens from the
    /// second step on.
    pub(crate) against: bool,
    /// What the edge means.
    pub(crate) relation: Relation,
    /// The kind of the far ends; `None` where they are not in the inventory.
    pub(crate) kind: Option<Kind>,
}

/// Edges with one meaning to things of one kind.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Group {
    /// What they have in common.
    pub(crate) key: GroupKey,
    /// The edges, in the order of the far ends' names.
    pub(crate) spokes: Vec<Spoke>,
}

/// One edge as seen from the focus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Spoke {
    /// Number of the edge in the answer.
    pub(crate) edge: usize,
    /// The end that is farther from the focus.
    pub(crate) far: AssetId,
    /// The end that is nearer.
    pub(crate) near: AssetId,
}

impl Group {
    /// How many of its far ends are not in the inventory.
    pub(crate) fn dangling(&self) -> usize {
        if self.key.kind.is_none() { self.spokes.len() } else { 0 }
    }
}

/// An answer with the place of each row by its id.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Ego {
    /// The focus that was asked about.
    pub(crate) id: Option<AssetId>,
    /// The answer.
    pub(crate) relations: Box<Relations>,
    rows: HashMap<AssetId, usize>,
    groups: [Vec<Group>; 2],
}

impl Ego {
    /// Sorts an answer, all relations or only one.
    pub(crate) fn new(id: AssetId, relations: Box<Relations>, only: Option<&Relation>) -> Self {
        let mut rows = HashMap::new();
        for (i, row) in relations.rows.iter().enumerate() {
            // Of several records about one asset the one that is not a declaration speaks.
            rows.entry(row.id.clone())
                .and_modify(|known: &mut usize| {
                    if relations.rows[*known].declares.is_some() && row.declares.is_none() {
                        *known = i;
                    }
                })
                .or_insert(i);
        }
        let mut ego = Self { id: Some(id), relations, rows, groups: [Vec::new(), Vec::new()] };
        ego.regroup(only);
        ego
    }

    /// Sorts anew.
    pub(crate) fn regroup(&mut self, only: Option<&Relation>) {
        let Some(focus) = self.id.clone() else { return };
        let steps = steps(&focus, &self.relations.edges);
        let mut sides: [BTreeMap<GroupKey, Vec<Spoke>>; 2] = Default::default();
        for (i, edge) in self.relations.edges.iter().enumerate() {
            if only.is_some_and(|only| *only != edge.relation) {
                continue;
            }
            let (side, hop, far, near) = place(&focus, edge, &steps);
            // The nearer end of a dangling edge is the one that stated it, so the far end is missing.
            let kind = self.row(far).map(|row| row.kind.clone());
            let against = (side == Side::Out) == (*far == edge.from) && edge.from != edge.to;
            let key = GroupKey { hop, against, relation: edge.relation.clone(), kind };
            let spoke = Spoke { edge: i, far: far.clone(), near: near.clone() };
            sides[side.index()].entry(key).or_default().push(spoke);
        }
        self.groups = sides.map(|groups| {
            groups
                .into_iter()
                .map(|(key, mut spokes)| {
                    spokes.sort_by(|a, b| {
                        (self.name(&a.far), &a.far, &a.near).cmp(&(self.name(&b.far), &b.far, &b.near))
                    });
                    Group { key, spokes }
                })
                .collect()
        });
    }

    /// The groups of a column.
    pub(crate) fn groups(&self, side: Side) -> &[Group] {
        &self.groups[side.index()]
    }

    /// Edges in a column.
    pub(crate) fn count(&self, side: Side) -> usize {
        self.groups(side).iter().map(|group| group.spokes.len()).sum()
    }

    /// The row of an asset, if the inventory has it.
    pub(crate) fn row(&self, id: &AssetId) -> Option<&AssetRow> {
        match self.rows.get(id) {
            Some(i) => self.relations.rows.get(*i),
            None => self.relations.focus.as_ref().filter(|row| row.id == *id),
        }
    }

    /// What people call an asset; its id where nothing else is known.
    pub(crate) fn name<'a>(&'a self, id: &'a AssetId) -> &'a str {
        self.row(id).map_or(id.as_str(), |row| &row.name)
    }

    /// Every relation in the answer, in order.
    pub(crate) fn all_relations(&self) -> Vec<Relation> {
        let mut all: Vec<Relation> = self.relations.edges.iter().map(|edge| edge.relation.clone()).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// How far each asset is from the focus, and on which side the way to it begins.
fn steps<'a>(focus: &'a AssetId, edges: &'a [Relationship]) -> HashMap<&'a AssetId, (u8, Side)> {
    let mut beside: HashMap<&AssetId, Vec<&Relationship>> = HashMap::new();
    for edge in edges {
        beside.entry(&edge.from).or_default().push(edge);
        if edge.from != edge.to {
            beside.entry(&edge.to).or_default().push(edge);
        }
    }
    let mut steps = HashMap::from([(focus, (0_u8, Side::Out))]);
    let mut queue = VecDeque::from([focus]);
    while let Some(at) = queue.pop_front() {
        let (hop, side) = steps[at];
        for edge in beside.get(at).into_iter().flatten() {
            let (next, way) = if edge.from == *at { (&edge.to, Side::Out) } else { (&edge.from, Side::In) };
            if !steps.contains_key(next) {
                steps.insert(next, (hop.saturating_add(1), if hop == 0 { way } else { side }));
                queue.push_back(next);
            }
        }
    }
    steps
}

/// Column, steps, far end and near end of an edge.
fn place<'a>(
    focus: &AssetId,
    edge: &'a Relationship,
    steps: &HashMap<&AssetId, (u8, Side)>,
) -> (Side, u8, &'a AssetId, &'a AssetId) {
    if edge.from == *focus {
        return (Side::Out, 1, &edge.to, &edge.from);
    }
    if edge.to == *focus {
        return (Side::In, 1, &edge.from, &edge.to);
    }
    // An end that no edge leads to from the focus cannot come from a walk; it goes last.
    let of = |id: &AssetId| steps.get(id).copied().unwrap_or((u8::MAX - 1, Side::Out));
    let (from, to) = (of(&edge.from), of(&edge.to));
    if to.0 < from.0 {
        (to.1, to.0 + 1, &edge.from, &edge.to)
    } else {
        (from.1, from.0 + 1, &edge.to, &edge.from)
    }
}
