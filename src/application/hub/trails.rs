//! How the last attempts at each scope ended, kept in memory so that the health of tens of thousands of
//! scopes costs no reading: the writer adds each attempt as it is committed, and what happened before this
//! process is read from the store once per scope, when somebody first asks.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use cloudscope_domain::{Attempt, CoverageState, Revision, RunId, ScopeKey};

/// Attempts that are kept of a scope.
pub(crate) const KEPT: usize = 20;

/// One attempt in brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The commit that holds it.
    pub(crate) revision: Revision,
    pub(crate) run: RunId,
    pub(crate) state: CoverageState,
    /// How long it took; 0 when that was not measured.
    pub(crate) millis: u32,
}

impl Step {
    pub(crate) fn new(revision: Revision, run: RunId, state: CoverageState, millis: u64) -> Self {
        Self { revision, run, state, millis: u32::try_from(millis).unwrap_or(u32::MAX) }
    }
}

impl From<&Attempt> for Step {
    fn from(a: &Attempt) -> Self {
        Self::new(a.revision, a.run, a.coverage.state, a.coverage.effort.millis)
    }
}

/// The steps of one scope, oldest first.
#[derive(Debug, Default)]
struct Trail {
    steps: VecDeque<Step>,
    /// What came before this process is in it.
    read: bool,
}

impl Trail {
    fn add(&mut self, step: Step) {
        // A second state of one attempt is what a look-up added to it.
        if self.steps.back().is_some_and(|last| last.run == step.run && step.run != RunId::default()) {
            self.steps.pop_back();
        }
        self.steps.push_back(step);
        if self.steps.len() > KEPT {
            self.steps.pop_front();
        }
    }

    /// Takes what the store knows, newest first; what was committed meanwhile stays newest.
    fn fill(&mut self, attempts: &[Attempt]) {
        let newest = attempts.first().map(|a| a.revision);
        let since: Vec<Step> =
            self.steps.drain(..).filter(|s| newest.is_none_or(|n| s.revision > n)).collect();
        for step in attempts.iter().rev().map(Step::from).chain(since) {
            self.add(step);
        }
        self.read = true;
    }
}

/// Of every scope that was attempted in this process or asked about.
#[derive(Debug, Default)]
pub(crate) struct Trails(Mutex<HashMap<ScopeKey, Trail>>);

impl Trails {
    /// An attempt was committed.
    pub(crate) fn add(&self, scope: &ScopeKey, step: Step) {
        let mut trails = self.lock();
        if let Some(trail) = trails.get_mut(scope) {
            trail.add(step);
        } else {
            let mut trail = Trail::default();
            trail.add(step);
            trails.insert(scope.clone(), trail);
        }
    }

    /// A scope left the ledger.
    pub(crate) fn forget(&self, scope: &ScopeKey) {
        self.lock().remove(scope);
    }

    /// Reads what is missing of these scopes, newest first by `read`, for so long at the most; the rest is
    /// read when somebody asks again.
    pub(crate) fn fill<'a, E>(
        &self,
        scopes: impl Iterator<Item = &'a ScopeKey>,
        within: Duration,
        read: impl Fn(&ScopeKey, usize) -> Result<Vec<Attempt>, E>,
    ) -> Result<(), E> {
        let missing: Vec<&ScopeKey> = {
            let trails = self.lock();
            scopes.filter(|scope| !trails.get(scope).is_some_and(|t| t.read)).collect()
        };
        let begun = Instant::now();
        for scope in missing {
            // Twice as many, because an attempt may have two states.
            let attempts = read(scope, KEPT * 2)?;
            self.lock().entry(scope.clone()).or_default().fill(&attempts);
            if begun.elapsed() > within {
                break;
            }
        }
        Ok(())
    }

    /// The attempts at a scope up to a revision, oldest first.
    pub(crate) fn of(&self, scope: &ScopeKey, until: Revision) -> Vec<Step> {
        let trails = self.lock();
        let steps = trails.get(scope).map(|t| t.steps.iter());
        steps.into_iter().flatten().filter(|s| s.revision <= until).copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ScopeKey, Trail>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use cloudscope_domain::Coverage;

    use super::*;

    fn attempt(revision: u64, run: u64, millis: u64) -> Attempt {
        let mut coverage = Coverage { state: CoverageState::Ok, ..Coverage::default() };
        coverage.effort.millis = millis;
        Attempt { revision: Revision(revision), run: RunId(run), coverage, unknown: 0 }
    }

    #[test]
    fn the_past_is_read_once_and_what_is_committed_follows_it() {
        let (trails, scope) = (Trails::default(), ScopeKey::new("s", "l"));
        // Committed before anybody asked, and so known to the store as well.
        trails.add(&scope, Step::from(&attempt(41, 40, 7)));
        let past: Vec<Attempt> = (2..=41).rev().map(|n| attempt(n, n - 1, n)).collect();
        let reads = Cell::new(0);
        let fill = || {
            let read = |_: &ScopeKey, limit: usize| -> Result<Vec<Attempt>, ()> {
                reads.set(reads.get() + 1);
                Ok(past[..limit.min(past.len())].to_vec())
            };
            trails.fill(std::iter::once(&scope), Duration::from_secs(60), read).unwrap();
            let steps = trails.of(&scope, Revision(u64::MAX));
            steps.iter().map(|s| s.revision.0).collect::<Vec<_>>()
        };
        assert_eq!(fill(), (22..=41).collect::<Vec<_>>());
        trails.add(&scope, Step::from(&attempt(42, 41, 1)));
        assert_eq!(fill(), (23..=42).collect::<Vec<_>>());
        assert_eq!(reads.get(), 1);
        // A look-up adds to the attempt of its run.
        trails.add(&scope, Step::from(&attempt(43, 41, 1)));
        assert_eq!(fill().last_chunk(), Some(&[41, 43]));
        assert_eq!(trails.of(&scope, Revision(24)).len(), 2);
        trails.forget(&scope);
        assert!(trails.of(&scope, Revision(u64::MAX)).is_empty());
    }

    #[test]
    fn reading_ends_when_its_time_is_over() {
        let trails = Trails::default();
        let scopes: Vec<ScopeKey> = (0..10).map(|n| ScopeKey::new("s", n.to_string())).collect();
        let read = |_: &ScopeKey, _: usize| -> Result<Vec<Attempt>, ()> {
            std::thread::park_timeout(Duration::from_millis(1));
            Ok(vec![attempt(1, 1, 1)])
        };
        let known = || scopes.iter().filter(|s| !trails.of(s, Revision(9)).is_empty()).count();
        trails.fill(scopes.iter(), Duration::ZERO, read).unwrap();
        assert!(known() < 10);
        while known() < 10 {
            let before = known();
            trails.fill(scopes.iter(), Duration::ZERO, read).unwrap();
            assert!(known() > before, "every question reads something more");
        }
    }
}
