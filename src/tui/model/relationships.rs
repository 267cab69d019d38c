//! Screen 3: the edges around one asset, in columns.

pub(crate) mod ego;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use cloudscope_domain::{AssetId, Relation, Relationship};

use ego::{Ego, Group, GroupKey, Side, Spoke};

/// Edges asked for; the engine counts the rest.
pub(crate) const MOST_EDGES: u64 = 2_000;
/// Steps that can be asked for.
pub(crate) const MOST_STEPS: u8 = 8;
/// Groups of up to so many edges are open from the start.
const OPEN_UP_TO: usize = 12;

/// Screen 3.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Relationships {
    /// The asset in the middle.
    pub(crate) focus: Option<AssetId>,
    /// Steps to look.
    pub(crate) depth: u8,
    /// Only this relation.
    pub(crate) only: Option<Relation>,
    /// What is around it; may be about the focus before while an answer is on its way.
    pub(crate) ego: Option<Ego>,
    /// Why there is nothing to show.
    pub(crate) failed: Option<String>,
    /// The column that has the keys.
    pub(crate) side: Side,
    /// Line under the cursor, by column.
    at: [usize; 2],
    /// Groups whose fold is not the usual one.
    turned: HashSet<(Side, GroupKey)>,
    /// The far end that the cursor should stand on when the answer comes.
    aim: Option<AssetId>,
    /// Something newer was published since the question that is under way.
    pub(crate) again: bool,
}

/// One line of a column.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Line<'a> {
    /// The heading of a group.
    Group(&'a Group, Fold),
    /// An edge of an open group.
    Spoke(&'a Group, &'a Spoke),
}

/// Whether a group shows its edges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fold {
    /// It does.
    Open,
    /// It does not.
    Closed,
}

impl Default for Relationships {
    fn default() -> Self {
        Self {
            focus: None,
            depth: 1,
            only: None,
            ego: None,
            failed: None,
            side: Side::Out,
            at: [0; 2],
            turned: HashSet::new(),
            aim: None,
            again: false,
        }
    }
}

impl Relationships {
    /// Puts another asset in the middle; the cursor will stand on `aim`, if that is beside it.
    pub(crate) fn look_at(&mut self, id: AssetId, aim: Option<AssetId>) {
        if self.focus.as_ref() != Some(&id) {
            self.at = [0; 2];
            self.turned.clear();
        }
        self.focus = Some(id);
        self.aim = aim;
        self.failed = None;
    }

    /// Takes an answer in. The cursor stays on what it stood on.
    pub(crate) fn arrived(&mut self, ego: Ego) {
        let kept = [Side::In, Side::Out].map(|side| self.line(side).map(Self::name_of));
        let same = self.ego.as_ref().is_some_and(|known| known.id == ego.id);
        if let Some(row) = &ego.relations.focus {
            // An alias was asked about; from now on the canonical id is meant.
            self.focus = Some(row.id.clone());
        }
        self.ego = Some(ego);
        self.failed = None;
        for (side, kept) in [Side::In, Side::Out].into_iter().zip(kept) {
            if let Some(kept) = kept.filter(|_| same) {
                self.stand_on(side, &kept);
            }
        }
        if let Some(aim) = self.aim.take() {
            for side in [Side::In, Side::Out] {
                let found =
                    self.lines(side).iter().position(|l| matches!(l, Line::Spoke(_, s) if s.far == aim));
                if let Some(at) = found {
                    self.at[side.index()] = at;
                    self.side = side;
                }
            }
        } else if !same && self.lines(self.side).is_empty() && !self.lines(self.side.other()).is_empty() {
            self.side = self.side.other();
        }
        self.hold();
    }

    /// Shows all relations, or only one.
    pub(crate) fn set_only(&mut self, only: Option<Relation>) {
        self.only = only;
        if let Some(ego) = &mut self.ego {
            ego.regroup(self.only.as_ref());
        }
        if self.lines(self.side).is_empty() && !self.lines(self.side.other()).is_empty() {
            self.side = self.side.other();
        }
        self.hold();
    }

    /// The lines of a column.
    pub(crate) fn lines(&self, side: Side) -> Vec<Line<'_>> {
        let Some(ego) = &self.ego else { return Vec::new() };
        let mut lines = Vec::new();
        for group in ego.groups(side) {
            let open = self.is_open(side, group);
            lines.push(Line::Group(group, if open { Fold::Open } else { Fold::Closed }));
            if open {
                lines.extend(group.spokes.iter().map(|spoke| Line::Spoke(group, spoke)));
            }
        }
        lines
    }

    fn is_open(&self, side: Side, group: &Group) -> bool {
        (group.spokes.len() <= OPEN_UP_TO) != self.turned.contains(&(side, group.key.clone()))
    }

    /// Number of the line under the cursor of a column.
    pub(crate) fn at(&self, side: Side) -> usize {
        self.at[side.index()]
    }

    /// Puts the cursor of the column that has the keys on a line.
    pub(crate) fn stand(&mut self, at: usize) {
        self.at[self.side.index()] = at;
        self.hold();
    }

    /// The line under the cursor of a column.
    pub(crate) fn line(&self, side: Side) -> Option<Line<'_>> {
        self.lines(side).get(self.at(side)).copied()
    }

    /// The line under the cursor.
    pub(crate) fn current(&self) -> Option<Line<'_>> {
        self.line(self.side)
    }

    /// The edge under the cursor.
    pub(crate) fn spoke(&self) -> Option<(&Spoke, &Relationship)> {
        let Some(Line::Spoke(_, spoke)) = self.current() else { return None };
        let edge = self.ego.as_ref()?.relations.edges.get(spoke.edge)?;
        Some((spoke, edge))
    }

    /// Opens or closes the group under the cursor.
    pub(crate) fn turn(&mut self) {
        let side = self.side;
        let (Some(Line::Group(group, _)) | Some(Line::Spoke(group, _))) = self.current() else { return };
        let key = group.key.clone();
        self.flip(side, key.clone());
        let heading = self.lines(side).iter().position(|l| matches!(l, Line::Group(g, _) if g.key == key));
        self.stand(heading.unwrap_or(0));
    }

    /// Opens all groups; closes them where all are open.
    pub(crate) fn turn_all(&mut self) {
        let Some(ego) = &self.ego else { return };
        let all = |side| ego.groups(side).iter().map(move |group| (side, group));
        let groups: Vec<_> = all(Side::In).chain(all(Side::Out)).collect();
        let close = groups.iter().all(|(side, group)| self.is_open(*side, group));
        let flips: Vec<_> = groups
            .iter()
            .filter(|(side, group)| self.is_open(*side, group) == close)
            .map(|(side, group)| (*side, group.key.clone()))
            .collect();
        for (side, key) in flips {
            self.flip(side, key);
        }
        self.hold();
    }

    fn flip(&mut self, side: Side, key: GroupKey) {
        let entry = (side, key);
        if !self.turned.remove(&entry) {
            self.turned.insert(entry);
        }
    }

    /// What a line is about, to find it again in another answer.
    fn name_of(line: Line<'_>) -> (GroupKey, Option<(AssetId, AssetId)>) {
        match line {
            Line::Group(group, _) => (group.key.clone(), None),
            Line::Spoke(group, spoke) => (group.key.clone(), Some((spoke.far.clone(), spoke.near.clone()))),
        }
    }

    fn stand_on(&mut self, side: Side, name: &(GroupKey, Option<(AssetId, AssetId)>)) {
        if let Some(at) = self.lines(side).iter().position(|line| Self::name_of(*line) == *name) {
            self.at[side.index()] = at;
        }
    }

    /// Keeps the cursors within their columns.
    fn hold(&mut self) {
        for side in [Side::In, Side::Out] {
            let last = self.lines(side).len().saturating_sub(1);
            self.at[side.index()] = self.at(side).min(last);
        }
    }
}
