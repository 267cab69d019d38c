//! A node of the tree: a value of a column, or an asset, with what is at or below it.

use std::sync::Arc;

use cloudscope_application::message::{Group, Head, RowKey};
use cloudscope_domain::{AssetRow, Presence, StatusClass, Timestamp};

/// What tells a node from the others below the same one.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Step {
    /// A value of the column that is branched by; `None` where there is no value.
    Value(Option<Arc<str>>),
    /// A kind of what nothing owns.
    Kind(Arc<str>),
    /// An asset.
    Asset(RowKey),
    /// The line for what is not here.
    More,
}

/// The way from the root to a node.
pub(crate) type Path = Vec<Step>;

/// A node.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Node {
    /// What tells it from the others.
    pub(crate) step: Step,
    /// The asset, where it is one.
    pub(crate) row: Option<Box<AssetRow>>,
    /// Assets at or below it.
    pub(crate) count: u64,
    /// Of which presence is unknown.
    pub(crate) unknown: u64,
    /// Of which the status is an error.
    pub(crate) errors: u64,
    /// Of which the status is a warning.
    pub(crate) warnings: u64,
    /// Of an asset: it owns something.
    pub(crate) owns: bool,
    /// How many there were before the count changed, and when it changed first.
    pub(crate) before: Option<(u64, Timestamp)>,
    /// Its children show.
    pub(crate) open: bool,
    /// What people call its value, where that is an account that something names.
    pub(crate) label: Option<Arc<str>>,
    /// Its children, once they are here.
    pub(crate) children: Option<Children>,
    /// Children that are wanted.
    pub(crate) wanted: u64,
}

/// The children of a node.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Children {
    /// Those that are here, in order.
    pub(crate) nodes: Vec<Node>,
    /// How many are not.
    pub(crate) more: u64,
    /// The time of the snapshot that they are of.
    pub(crate) as_of: Timestamp,
    /// Why they cannot be had.
    pub(crate) failed: Option<String>,
    /// They are of another filter than the one that counts now: other counts are no changes.
    pub(crate) of_another: bool,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            step: Step::More,
            row: None,
            label: None,
            count: 0,
            unknown: 0,
            errors: 0,
            warnings: 0,
            owns: false,
            before: None,
            open: false,
            children: None,
            wanted: super::PAGE,
        }
    }
}

impl Node {
    /// Of a group of assets.
    pub(crate) fn of_group(step: Step, group: &Group) -> Self {
        let Group { count, unknown, errors, warnings, .. } = *group;
        let label = group.labels.first().cloned().flatten();
        Self { step, label, count, unknown, errors, warnings, ..Self::default() }
    }

    /// Of an asset that may own others.
    pub(crate) fn of_head(head: Head) -> Self {
        let Head { row, owns, count, unknown, errors, warnings } = head;
        Self {
            step: Step::Asset(RowKey::from(&row)),
            row: Some(Box::new(row)),
            count,
            unknown,
            errors,
            warnings,
            owns: owns > 0,
            ..Self::default()
        }
    }

    /// Of an asset that owns nothing, or of which that does not matter here.
    pub(crate) fn of_row(row: AssetRow) -> Self {
        Self {
            count: 1,
            unknown: u64::from(matches!(row.presence, Presence::Unknown { .. })),
            errors: u64::from(row.status_class == StatusClass::Error),
            warnings: u64::from(row.status_class == StatusClass::Warning),
            step: Step::Asset(RowKey::from(&row)),
            row: Some(Box::new(row)),
            ..Self::default()
        }
    }

    /// Whether it can be opened.
    pub(crate) fn branches(&self) -> bool {
        self.row.is_none() || self.owns
    }

    /// Of an asset: the one child that is an asset and can be opened.
    pub(crate) fn only_way(&self) -> Option<Step> {
        let children = self.row.as_ref().and(self.children.as_ref())?;
        let mut ways = children.nodes.iter().filter(|child| child.row.is_some() && child.branches());
        ways.next().filter(|_| ways.next().is_none()).map(|child| child.step.clone())
    }

    /// The child of that name.
    pub(crate) fn child(&self, step: &Step) -> Option<&Self> {
        self.children.as_ref()?.nodes.iter().find(|child| child.step == *step)
    }

    /// The same, to be changed.
    pub(crate) fn child_mut(&mut self, step: &Step) -> Option<&mut Self> {
        self.children.as_mut()?.nodes.iter_mut().find(|child| child.step == *step)
    }

    /// How the count changed a moment ago.
    pub(crate) fn change(&self) -> Option<i64> {
        let (before, _) = self.before?;
        let by = i64::try_from(self.count).ok()?.checked_sub(i64::try_from(before).ok()?)?;
        (by != 0).then_some(by)
    }

    /// Children arrived: what was open stays so, and what changed is remembered from now on.
    pub(crate) fn take(&mut self, mut children: Children, now: Timestamp) {
        if let Some(old) = self.children.take() {
            let comparable = !old.of_another;
            let mut old: std::collections::HashMap<Step, Self> =
                old.nodes.into_iter().map(|node| (node.step.clone(), node)).collect();
            for node in &mut children.nodes {
                let Some(before) = old.remove(&node.step) else { continue };
                node.before = match before.before {
                    _ if !comparable => None,
                    None if before.count != node.count => Some((before.count, now)),
                    same => same,
                };
                let branches = node.branches();
                node.open = before.open && branches;
                node.children = before.children.filter(|_| branches);
                node.wanted = before.wanted;
            }
        }
        self.children = Some(children);
    }

    /// Another filter counts from now on; what is here shows until the new counts are.
    pub(crate) fn filter_changed(&mut self) {
        self.before = None;
        if let Some(children) = &mut self.children {
            children.of_another = true;
            children.nodes.iter_mut().for_each(Self::filter_changed);
        }
    }

    /// Forgets changes that are older than so many milliseconds; whether there were any.
    pub(crate) fn fade(&mut self, now: Timestamp, after: i64) -> bool {
        let old = self.before.is_some_and(|(_, since)| now.since(since) >= after);
        if old {
            self.before = None;
        }
        let below = self.children.iter_mut().flat_map(|children| &mut children.nodes);
        below.fold(old, |any, node| node.fade(now, after) || any)
    }

    /// When the first of the changes below is to be forgotten, in milliseconds after it was made.
    pub(crate) fn oldest_change(&self) -> Option<Timestamp> {
        let own = self.before.map(|(_, since)| since);
        let below = self.children.iter().flat_map(|children| &children.nodes);
        below.filter_map(Self::oldest_change).chain(own).min()
    }
}
