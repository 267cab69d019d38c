//! Screen 2: everything as a tree, of which only what was opened is here.
//!
//! The cursor belongs to a node, named by the way to it, not to a line: newer counts move it with its node.
//! Knows neither how children are asked for nor how they are drawn.

pub(crate) mod node;
pub(crate) mod way;

use std::collections::{HashSet, VecDeque};

use cloudscope_domain::{AssetId, AssetRow, Kind, Presence, SourceName, Timestamp, query::BadTerm};

use self::{
    node::{Children, Node, Path, Step},
    way::Way,
};
use super::assets::Delta;

/// Children that are asked for at once.
pub(crate) const PAGE: u64 = 500;

/// Open nodes that are remembered.
const REMEMBERED: usize = 10_000;

/// Screen 2.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Tree {
    /// What it branches by.
    pub(crate) way: Way,
    /// The root, which does not show; its children do.
    pub(crate) root: Node,
    /// The filter that the tree is of.
    pub(crate) filter: String,
    /// The ways to the nodes that were opened: they are open again when they come back.
    pub(crate) opened: HashSet<Path>,
    /// The way to the node under the cursor.
    pub(crate) selected: Path,
    /// Number of its line.
    pub(crate) index: usize,
    /// Number of the first line on the screen.
    pub(crate) top: usize,
    /// Nodes whose children are to be asked for, the next one first.
    pub(crate) queue: VecDeque<Path>,
    /// The node whose children are asked for now.
    pub(crate) asking: Option<Asking>,
    /// Open nodes that were left out of the last round, as none of their children showed.
    pub(crate) unseen: HashSet<Path>,
    /// The asset whose place is looked for.
    pub(crate) seeking: Option<Seek>,
    /// Terms of the filter that were not understood.
    pub(crate) bad: Vec<BadTerm>,
    /// Something newer was published since the last round.
    pub(crate) newer: bool,
    /// When the last round began, and when it ended.
    pub(crate) round: (Timestamp, Timestamp),
    /// Times of snapshots shown before, each with the clock when it was replaced.
    pub(crate) baselines: VecDeque<(Timestamp, Timestamp)>,
}

/// The way to an asset whose place is looked for.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Seek {
    /// The asset, with its payload.
    pub(crate) row: Box<AssetRow>,
    /// The top that it is below, and its kind, once that is known.
    pub(crate) top: Option<(AssetId, Kind)>,
    /// How far it was found.
    pub(crate) path: Path,
}

/// What is asked for now.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Asking {
    /// The node whose children they are.
    pub(crate) path: Path,
    /// The cursor that was opened for them.
    pub(crate) opened: Option<cloudscope_application::message::Opened>,
    /// Children that are wanted.
    pub(crate) wanted: u64,
}

/// A line of the tree.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Line<'a> {
    /// Numbers of the nodes on the way to it, its own last.
    pub(crate) place: Vec<u32>,
    /// What it shows.
    pub(crate) what: What<'a>,
}

/// What a line shows.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum What<'a> {
    /// A node.
    Node(&'a Node),
    /// So many children of the node above are not here.
    More(u64),
    /// The children of the node above are on their way.
    Waiting,
    /// They cannot be had.
    Failed(&'a str),
    /// There are none.
    Nothing,
}

impl Tree {
    /// Every line, from the first.
    pub(crate) fn lines(&self) -> Vec<Line<'_>> {
        let mut lines = Vec::new();
        if let Some(children) = &self.root.children {
            gather(children, &mut Vec::new(), &mut lines);
        }
        lines
    }

    /// The way to a line.
    pub(crate) fn path_of(&self, line: &Line<'_>) -> Path {
        let mut path = Vec::new();
        let mut node = &self.root;
        for at in &line.place {
            let children = node.children.as_ref().map_or(&[][..], |children| &children.nodes);
            match children.get(*at as usize) {
                Some(child) => {
                    path.push(child.step.clone());
                    node = child;
                }
                None => path.push(Step::More),
            }
        }
        path
    }

    /// The node at the end of a way.
    pub(crate) fn node(&self, path: &[Step]) -> Option<&Node> {
        path.iter().try_fold(&self.root, |node, step| node.child(step))
    }

    /// The same, to be changed.
    pub(crate) fn node_mut(&mut self, path: &[Step]) -> Option<&mut Node> {
        path.iter().try_fold(&mut self.root, |node, step| node.child_mut(step))
    }

    /// The node under the cursor.
    pub(crate) fn current(&self) -> Option<&Node> {
        if self.selected.is_empty() { None } else { self.node(&self.selected) }
    }

    /// The asset under the cursor.
    pub(crate) fn row(&self) -> Option<&AssetRow> {
        self.current()?.row.as_deref()
    }

    /// The cursor stands on that line, and the screen of so many lines shows it.
    pub(crate) fn stand(&mut self, index: usize, visible: usize) {
        let lines = self.lines();
        let total = lines.len();
        let index = index.min(total.saturating_sub(1));
        let path = lines.get(index).map(|line| self.path_of(line));
        self.selected = path.unwrap_or_default();
        self.index = index;
        self.scroll(total, visible);
    }

    fn scroll(&mut self, total: usize, visible: usize) {
        let visible = visible.max(1);
        self.top = self.top.min(self.index).min(total.saturating_sub(visible));
        self.top = self.top.max((self.index + 1).saturating_sub(visible));
    }

    /// Something changed: the cursor stays on its node and that on its line of the screen. Where the node
    /// is no more, the cursor stays where it is.
    pub(crate) fn settle(&mut self, visible: usize) {
        let lines = self.lines();
        let total = lines.len();
        let same = lines.iter().position(|line| self.is_at(line, &self.selected));
        match same {
            Some(at) if !self.selected.is_empty() => {
                let on_screen = self.index.saturating_sub(self.top);
                self.index = at;
                self.top = at.saturating_sub(on_screen);
                self.scroll(total, visible);
            }
            _ => self.stand(self.index, visible),
        }
    }

    fn is_at(&self, line: &Line<'_>, path: &[Step]) -> bool {
        // Cheap first: most lines are of another depth.
        line.place.len() == path.len() && self.path_of(line) == path
    }

    /// The cursor stands on the node at the end of a way, if that shows.
    pub(crate) fn select(&mut self, path: &[Step], visible: usize) {
        let at = self.lines().iter().position(|line| self.is_at(line, path));
        if let Some(at) = at {
            self.stand(at, visible);
        }
    }

    /// Opens a node, or closes it.
    pub(crate) fn turn(&mut self, path: &[Step], open: bool) {
        if let Some(node) = self.node_mut(path) {
            node.open = open;
        }
        if !open {
            self.opened.remove(path);
        } else if self.opened.len() < REMEMBERED {
            self.opened.insert(path.to_vec());
        }
    }

    /// Children arrived: those that were open once are open again. The ways to them.
    pub(crate) fn reopen(&mut self, path: &[Step]) -> Vec<Path> {
        let opened = std::mem::take(&mut self.opened);
        let children = self.node_mut(path).and_then(|node| node.children.as_mut());
        let mut again = Vec::new();
        for child in children.into_iter().flat_map(|children| &mut children.nodes) {
            if child.open || !child.branches() {
                continue;
            }
            let mut to = path.to_vec();
            to.push(child.step.clone());
            if opened.contains(&to) {
                child.open = true;
                again.push(to);
            }
        }
        self.opened = opened;
        again
    }

    /// The ways to the root and to all nodes of which something below shows on a screen of so many lines.
    pub(crate) fn shown_in(&self, visible: usize) -> HashSet<Path> {
        let mut shown = HashSet::from([Vec::new()]);
        for line in self.lines().iter().skip(self.top).take(visible) {
            let mut path = self.path_of(line);
            while path.pop().is_some() && shown.insert(path.clone()) {}
            // Where it is open but empty, its own line is all that shows of it.
            if matches!(line.what, What::Node(node) if node.open) {
                shown.insert(self.path_of(line));
            }
        }
        shown
    }

    /// The ways to the root and to every node that is open, those above first.
    pub(crate) fn open_paths(&self) -> VecDeque<Path> {
        let mut found = VecDeque::from([Vec::new()]);
        let mut at = 0;
        while let Some(path) = found.get(at).cloned() {
            at += 1;
            let Some(children) = self.node(&path).and_then(|node| node.children.as_ref()) else { continue };
            for child in children.nodes.iter().filter(|child| child.open) {
                let mut path = path.clone();
                path.push(child.step.clone());
                found.push_back(path);
            }
        }
        found
    }

    /// The sources of the assets among the lines.
    pub(crate) fn sources(&self) -> Vec<&SourceName> {
        let lines = self.lines().into_iter();
        let rows = lines.filter_map(|line| match line.what {
            What::Node(node) => node.row.as_deref(),
            _ => None,
        });
        rows.map(|row| &row.source).collect()
    }

    /// What happened to an asset since the oldest baseline.
    pub(crate) fn delta(&self, row: &AssetRow) -> Option<Delta> {
        let (_, since) = *self.baselines.front()?;
        match row.presence {
            Presence::Gone { at, .. } if at > since => Some(Delta::Gone),
            Presence::Gone { .. } => None,
            _ if row.first_seen > since => Some(Delta::New),
            _ if row.changed_at > since => Some(Delta::Changed),
            _ => None,
        }
    }

    /// Forgets what is here; it is asked for again.
    pub(crate) fn reset(&mut self) {
        self.root = Node::default();
        self.opened.clear();
        self.queue.clear();
        self.unseen.clear();
        self.asking = None;
        self.seeking = None;
        self.baselines.clear();
        self.newer = false;
        (self.index, self.top) = (0, 0);
        self.selected.clear();
    }
}

fn gather<'a>(children: &'a Children, place: &mut Vec<u32>, lines: &mut Vec<Line<'a>>) {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    for (at, node) in children.nodes.iter().enumerate() {
        place.push(number(at));
        lines.push(Line { place: place.clone(), what: What::Node(node) });
        if node.open {
            match &node.children {
                Some(below) => gather(below, place, lines),
                None => {
                    place.push(0);
                    lines.push(Line { place: place.clone(), what: What::Waiting });
                    place.pop();
                }
            }
        }
        place.pop();
    }
    let end = match (&children.failed, children.more, children.nodes.is_empty()) {
        (Some(why), ..) => What::Failed(why),
        (None, more, _) if more > 0 => What::More(more),
        (None, _, true) if !place.is_empty() => What::Nothing,
        _ => return,
    };
    place.push(number(children.nodes.len()));
    lines.push(Line { place: place.clone(), what: end });
    place.pop();
}
