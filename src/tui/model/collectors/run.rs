//! The run pane: scopes put together by provider, account and region, which of these groups are open,
//! and where the cursor stands. Added up when news arrive, so that a frame costs only what shows.

use std::collections::HashMap;

use cloudscope_application::message::{Overview, RunProgress};
use cloudscope_domain::{RunId, ScopeKey, text::labelled};

use super::live::Tally;

/// With at most so many scopes every group begins open.
const FEW: usize = 12;

/// Scopes of one source, account and region.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Group {
    /// Provider, account and region, without repetitions.
    pub(crate) title: String,
    /// Of a lone scope, what is listed.
    pub(crate) listing: String,
    /// Its scopes, by their place in the run.
    pub(crate) members: Vec<usize>,
    /// What they add up to.
    pub(crate) tally: Tally,
    /// Its scopes show.
    pub(crate) open: bool,
}

/// One line of the pane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Line {
    /// A group, by its place in `groups`.
    Group(usize),
    /// A scope, by its group and its place in the run.
    Scope(usize, usize),
}

/// The run pane.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct RunView {
    /// The groups, in the order of the plan.
    pub(crate) groups: Vec<Group>,
    /// The whole run.
    pub(crate) all: Tally,
    /// What shows, folded groups without their scopes.
    pub(crate) lines: Vec<Line>,
    /// Line under the cursor.
    pub(crate) at: usize,
    seen: Option<(RunId, usize, ScopeKey)>,
}

impl RunView {
    /// Takes news of the run in. The cursor and the folds stay while the plan stays.
    pub(crate) fn arrived(&mut self, run: &RunProgress, overview: Option<&Overview>) {
        let plan = run.scopes.last().map(|last| (run.run, run.scopes.len(), last.scope.clone()));
        if plan != self.seen {
            self.regroup(run, overview);
            self.seen = plan;
        }
        self.all = Tally::default();
        for group in &mut self.groups {
            group.tally = Tally::default();
            for scope in group.members.iter().filter_map(|i| run.scopes.get(*i)) {
                group.tally.add(scope);
                self.all.add(scope);
            }
        }
    }

    fn regroup(&mut self, run: &RunProgress, overview: Option<&Overview>) {
        let mut places: HashMap<(&str, &str, &str), usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        let mut keys: Vec<&ScopeKey> = Vec::new();
        let open = run.scopes.len() <= FEW;
        for (i, scope) in run.scopes.iter().enumerate() {
            let key = &scope.scope;
            let place =
                *places.entry((key.source.as_str(), &key.account, &key.region)).or_insert_with(|| {
                    let tally = Tally::default();
                    let (title, listing) = (String::new(), String::new());
                    groups.push(Group { title, listing, members: Vec::new(), tally, open });
                    keys.push(key);
                    groups.len() - 1
                });
            groups[place].members.push(i);
        }
        for (group, key) in groups.iter_mut().zip(keys) {
            group.title = title(key, overview);
            if group.members.len() == 1 {
                group.listing = within(key);
            }
        }
        let same = self.seen.as_ref().is_some_and(|(id, ..)| *id == run.run);
        self.groups = groups;
        self.at = if same { self.at } else { 0 };
        self.fill();
    }

    fn fill(&mut self) {
        self.lines.clear();
        for (g, group) in self.groups.iter().enumerate() {
            self.lines.push(Line::Group(g));
            if group.open && group.members.len() > 1 {
                self.lines.extend(group.members.iter().map(|i| Line::Scope(g, *i)));
            }
        }
        self.at = self.at.min(self.lines.len().saturating_sub(1));
    }

    /// The line under the cursor.
    pub(crate) fn current(&self) -> Option<Line> {
        self.lines.get(self.at).copied()
    }

    /// The scopes under the cursor, by their places in the run.
    pub(crate) fn chosen(&self) -> Vec<usize> {
        match self.current() {
            Some(Line::Group(g)) => self.groups.get(g).map(|group| group.members.clone()).unwrap_or_default(),
            Some(Line::Scope(_, i)) => vec![i],
            None => Vec::new(),
        }
    }

    /// Opens or closes the group under the cursor; `None` turns it round. The cursor goes to the group.
    pub(crate) fn fold(&mut self, open: Option<bool>) {
        let Some(Line::Group(g) | Line::Scope(g, _)) = self.current() else { return };
        if let Some(group) = self.groups.get_mut(g) {
            group.open = open.unwrap_or(!group.open);
        }
        self.fill();
        self.at = self.lines.iter().position(|line| *line == Line::Group(g)).unwrap_or(0);
    }

    /// Opens every group, or closes them all when every one is open.
    pub(crate) fn fold_all(&mut self) {
        let Some(Line::Group(g) | Line::Scope(g, _)) = self.current() else { return };
        let open = !self.groups.iter().all(|group| group.open || group.members.len() == 1);
        for group in &mut self.groups {
            group.open = open;
        }
        self.fill();
        self.at = self.lines.iter().position(|line| *line == Line::Group(g)).unwrap_or(0);
    }
}

/// `aws prod 111122223333 eu-west-1`: who and where.
fn title(key: &ScopeKey, overview: Option<&Overview>) -> String {
    // What makes an estate up is nobody's provider.
    let real = overview.filter(|o| !o.demo);
    let source = real.and_then(|o| o.sources.iter().find(|s| s.name == key.source));
    let provider = source.map_or("", |source| source.collector.as_ref());
    let mut parts: Vec<&str> = Vec::new();
    // A source is mostly named after its provider; then the provider need not be said again.
    if !key.source.as_str().starts_with(provider) {
        parts.push(provider);
    }
    parts.push(key.source.as_str());
    let named = overview.and_then(|o| o.accounts.get(&key.account));
    let account = labelled(&key.account, named.map(String::as_str));
    parts.extend([account.as_str(), &key.region]);
    let mut title = String::new();
    for (i, part) in parts.iter().enumerate() {
        if !part.is_empty() && !parts[..i].contains(part) {
            if !title.is_empty() {
                title.push(' ');
            }
            title.push_str(part);
        }
    }
    title
}

/// What tells a scope from the others of its group.
pub(crate) fn within(key: &ScopeKey) -> String {
    if key.parent.is_empty() { key.listing.clone() } else { format!("{} {}", key.listing, key.parent) }
}
