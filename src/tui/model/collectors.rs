//! Screen 4: every scope, how it stands and how it is coming along.

pub(crate) mod live;
pub(crate) mod report;
#[cfg(test)]
mod tests;

use cloudscope_application::message::{Overview, ScopeHealth};
use cloudscope_domain::{CoverageState, ScopeKey, SourceName};

use live::severity;

/// Screen 4.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Collectors {
    /// Every scope, what went wrong first; `None` until it was asked for.
    pub(crate) health: Option<Vec<ScopeHealth>>,
    /// Why there is nothing to show.
    pub(crate) failed: Option<String>,
    /// Scopes that were read whole are left out.
    pub(crate) problems_only: bool,
    /// Something newer was published since the question that is under way.
    pub(crate) again: bool,
    /// Line under the cursor.
    at: usize,
    /// What the cursor stands on.
    held: Option<Name>,
}

/// One line of the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entry {
    /// The heading of a part.
    Heading(Part),
    /// A scope, by its place in `health`.
    Scope(usize),
    /// A source that is collected, by its place in the overview.
    Source(usize),
    /// Something that was found and is not collected, by its place in the overview.
    Found(usize),
}

/// A part of the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// What is collected.
    Sources,
    /// What was found and is not.
    Found,
}

/// What a line is about, to find it again when the list changes.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Name {
    Scope(ScopeKey),
    Source(SourceName),
    Found(String),
}

impl Collectors {
    /// Takes the scopes in, what went wrong first. The cursor stays on what it stood on.
    pub(crate) fn arrived(&mut self, mut health: Vec<ScopeHealth>, overview: Option<&Overview>) {
        health.sort_by(|a, b| {
            let (x, y) = (severity(a.coverage.state), severity(b.coverage.state));
            y.cmp(&x).then_with(|| a.key.cmp(&b.key))
        });
        self.health = Some(health);
        self.failed = None;
        let entries = self.entries(overview);
        let held = self.held.as_ref();
        let found = entries.iter().position(|e| held.is_some() && self.name(*e, overview).as_ref() == held);
        self.stand(found.unwrap_or(self.at), overview);
    }

    /// The lines of the list.
    pub(crate) fn entries(&self, overview: Option<&Overview>) -> Vec<Entry> {
        let health = self.health.as_deref().unwrap_or_default();
        let shown = |h: &ScopeHealth| !self.problems_only || is_problem(h);
        let mut entries: Vec<Entry> =
            (0..health.len()).filter(|i| shown(&health[*i])).map(Entry::Scope).collect();
        let Some(overview) = overview else { return entries };
        if !overview.sources.is_empty() {
            entries.push(Entry::Heading(Part::Sources));
            entries.extend((0..overview.sources.len()).map(Entry::Source));
        }
        let found: Vec<Entry> = (0..overview.discovered.len())
            .filter(|i| !is_collected(overview, *i))
            .map(Entry::Found)
            .collect();
        if !found.is_empty() {
            entries.push(Entry::Heading(Part::Found));
            entries.extend(found);
        }
        entries
    }

    /// Number of the line under the cursor.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The line under the cursor.
    pub(crate) fn current(&self, overview: Option<&Overview>) -> Option<Entry> {
        self.entries(overview).get(self.at).copied()
    }

    /// Puts the cursor on a line, past a heading in the direction in which it moved.
    pub(crate) fn stand(&mut self, at: usize, overview: Option<&Overview>) {
        let entries = self.entries(overview);
        let last = entries.len().saturating_sub(1);
        let up = at < self.at;
        let mut at = at.min(last);
        if matches!(entries.get(at), Some(Entry::Heading(_))) {
            at = if up && at > 0 { at - 1 } else { (at + 1).min(last) };
        }
        self.at = at;
        self.held = entries.get(at).and_then(|entry| self.name(*entry, overview));
    }

    fn name(&self, entry: Entry, overview: Option<&Overview>) -> Option<Name> {
        match entry {
            Entry::Heading(_) => None,
            Entry::Scope(i) => Some(Name::Scope(self.health.as_ref()?.get(i)?.key.clone())),
            Entry::Source(i) => Some(Name::Source(overview?.sources.get(i)?.name.clone())),
            Entry::Found(i) => Some(Name::Found(overview?.discovered.get(i)?.title.clone())),
        }
    }
}

/// Whether something of a scope wants a look.
pub(crate) fn is_problem(health: &ScopeHealth) -> bool {
    let coverage = &health.coverage;
    !matches!(coverage.state, CoverageState::Ok | CoverageState::Disabled)
        || coverage.cancelled
        || coverage.problem_count > 0
        || health.unknown > 0
}

/// Whether what was found is among the sources already.
fn is_collected(overview: &Overview, found: usize) -> bool {
    let Some(source) = overview.discovered.get(found).and_then(|d| d.source.as_ref()) else { return false };
    overview.sources.iter().any(|known| known.name == source.name)
}
