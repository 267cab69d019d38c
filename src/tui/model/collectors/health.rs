//! The health pane: every scope, what went wrong first, then the circuits, the sources and what was
//! found; which of these lines show, and where the cursor stands.
//!
//! The lines are put together when something arrives, not per frame.

use std::collections::HashMap;

use cloudscope_application::message::{Circuit, Overview, ScopeHealth};
use cloudscope_domain::{CoverageState, ScopeKey, SourceName};

use super::live::severity;

/// The health pane.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Health {
    /// Every scope, what went wrong first; `None` until it was asked for.
    pub(crate) scopes: Option<Vec<ScopeHealth>>,
    /// Why there is nothing to show.
    pub(crate) failed: Option<String>,
    /// Scopes that were read whole are left out.
    pub(crate) problems_only: bool,
    /// Scopes that want a look.
    pub(crate) problems: usize,
    /// Scopes that are not read on purpose.
    pub(crate) disabled: usize,
    /// How many scopes each source has.
    counts: HashMap<SourceName, usize>,
    entries: Vec<Entry>,
    at: usize,
    held: Option<Name>,
}

/// One line of the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entry {
    /// The heading of a part.
    Heading(Part),
    /// A scope, by its place in `scopes`.
    Scope(usize),
    /// A circuit breaker that is not closed, by its place in the overview.
    Circuit(usize),
    /// A source that is collected, by its place in the overview.
    Source(usize),
    /// Something that was found and is not collected, by its place in the overview.
    Found(usize),
}

/// A part of the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// Circuit breakers that are not closed.
    Circuits,
    /// What is collected.
    Sources,
    /// What was found and is not.
    Found,
}

/// What a line is about, to find it again when the list changes.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Name {
    Scope(ScopeKey),
    Circuit(String, String),
    Source(SourceName),
    Found(String),
}

impl Health {
    /// Takes the scopes in, what went wrong first. The cursor stays on what it stood on.
    pub(crate) fn arrived(&mut self, mut scopes: Vec<ScopeHealth>, overview: Option<&Overview>) {
        if !scopes.is_sorted_by(|a, b| a.key <= b.key) {
            scopes.sort_by(|a, b| a.key.cmp(&b.key));
        }
        // Stable, and of one byte: the names need not be compared again.
        scopes.sort_by_key(|health| std::cmp::Reverse(rank(health)));
        self.problems = scopes.iter().filter(|health| is_problem(health)).count();
        let disabled = |health: &&ScopeHealth| health.coverage.state == CoverageState::Disabled;
        self.disabled = scopes.iter().filter(disabled).count();
        self.counts.clear();
        for scope in &scopes {
            match self.counts.get_mut(&scope.key.source) {
                Some(count) => *count += 1,
                None => _ = self.counts.insert(scope.key.source.clone(), 1),
            }
        }
        self.scopes = Some(scopes);
        self.failed = None;
        self.arrange(overview);
    }

    /// Puts the lines together anew, after something that they show was changed.
    pub(crate) fn arrange(&mut self, overview: Option<&Overview>) {
        // Without scopes there is nothing to stand on: the cursor would stay on what comes after them.
        let Some(scopes) = self.scopes.as_deref() else { return };
        let shown = |i: &usize| !self.problems_only || is_problem(&scopes[*i]);
        let mut entries: Vec<Entry> = (0..scopes.len()).filter(shown).map(Entry::Scope).collect();
        let mut part = |title, of: Vec<Entry>| {
            if !of.is_empty() {
                entries.push(Entry::Heading(title));
                entries.extend(of);
            }
        };
        if let Some(overview) = overview {
            part(Part::Circuits, (0..overview.circuits.len()).map(Entry::Circuit).collect());
            part(Part::Sources, (0..overview.sources.len()).map(Entry::Source).collect());
            let found = (0..overview.discovered.len()).filter(|i| !is_collected(overview, *i));
            part(Part::Found, found.map(Entry::Found).collect());
        }
        self.entries = entries;
        let found = self.held.as_ref().and_then(|held| {
            self.entries.iter().position(|entry| self.is(*entry, held, overview).unwrap_or(false))
        });
        self.stand(found.unwrap_or(self.at), overview);
    }

    /// The lines.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many scopes a source has.
    pub(crate) fn count_of(&self, source: &SourceName) -> usize {
        self.counts.get(source).copied().unwrap_or(0)
    }

    /// Number of the line under the cursor.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The line under the cursor.
    pub(crate) fn current(&self) -> Option<Entry> {
        self.entries.get(self.at).copied()
    }

    /// The scope under the cursor.
    pub(crate) fn scope(&self) -> Option<&ScopeHealth> {
        match self.current()? {
            Entry::Scope(i) => self.scopes.as_ref()?.get(i),
            Entry::Heading(_) | Entry::Circuit(_) | Entry::Source(_) | Entry::Found(_) => None,
        }
    }

    /// How a scope stands.
    pub(crate) fn of(&self, key: &ScopeKey) -> Option<&ScopeHealth> {
        self.scopes.iter().flatten().find(|health| health.key == *key)
    }

    /// Puts the cursor on a line, past a heading in the direction in which it moved.
    pub(crate) fn stand(&mut self, at: usize, overview: Option<&Overview>) {
        let last = self.entries.len().saturating_sub(1);
        let up = at < self.at;
        let mut at = at.min(last);
        if matches!(self.entries.get(at), Some(Entry::Heading(_))) {
            at = if up && at > 0 { at - 1 } else { (at + 1).min(last) };
        }
        self.at = at;
        self.held = self.entries.get(at).and_then(|entry| self.name(*entry, overview));
    }

    fn name(&self, entry: Entry, overview: Option<&Overview>) -> Option<Name> {
        Some(match entry {
            Entry::Heading(_) => return None,
            Entry::Scope(i) => Name::Scope(self.scopes.as_ref()?.get(i)?.key.clone()),
            Entry::Circuit(i) => {
                let circuit = overview?.circuits.get(i)?;
                Name::Circuit(circuit.account.clone(), circuit.endpoint.clone())
            }
            Entry::Source(i) => Name::Source(overview?.sources.get(i)?.name.clone()),
            Entry::Found(i) => Name::Found(overview?.discovered.get(i)?.title.clone()),
        })
    }

    /// Whether a line is about that; asked of every line, so that nothing is copied for it.
    fn is(&self, entry: Entry, name: &Name, overview: Option<&Overview>) -> Option<bool> {
        Some(match (entry, name) {
            (Entry::Scope(i), Name::Scope(key)) => self.scopes.as_ref()?.get(i)?.key == *key,
            (Entry::Circuit(i), Name::Circuit(account, endpoint)) => {
                let circuit = overview?.circuits.get(i)?;
                circuit.account == *account && circuit.endpoint == *endpoint
            }
            (Entry::Source(i), Name::Source(name)) => overview?.sources.get(i)?.name == *name,
            (Entry::Found(i), Name::Found(title)) => overview?.discovered.get(i)?.title == *title,
            _ => false,
        })
    }
}

/// What went wrong first; of what was read whole, first that of which something is missing; what is
/// switched off last.
fn rank(health: &ScopeHealth) -> u8 {
    match health.coverage.state {
        CoverageState::Disabled => u8::from(is_problem(health)) * 2,
        state => severity(state) * 2 + 1 + u8::from(is_problem(health)),
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

/// The circuit breaker that stands between us and a scope: of its account, its region and its service.
/// A breaker names service and region in one text, in the words of the provider.
pub(crate) fn circuit<'a>(key: &ScopeKey, overview: Option<&'a Overview>) -> Option<&'a Circuit> {
    let service = key.listing.split([':', '.', '/']).next().unwrap_or_default();
    overview?.circuits.iter().find(|circuit| {
        let words = || circuit.endpoint.split([' ', '.', ':', '/']);
        let speaks =
            |wanted: &str| wanted.is_empty() || words().any(|word| word.eq_ignore_ascii_case(wanted));
        (circuit.account.is_empty() || circuit.account == key.account)
            && speaks(&key.region)
            && speaks(service)
    })
}
