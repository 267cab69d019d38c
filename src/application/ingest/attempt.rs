//! An attempt at a scope from its first item to the verdict, and what a look-up adds afterwards.

use std::collections::HashSet;

use cloudscope_domain::{
    AssetKey, CoverageState, Effort, ListingMode, Proof, RecordKey, RunId, Scope, ScopeState, Sighting,
    Unseen,
};
use cloudscope_ports::Item;

use super::{
    Counts, MISSED, PROBLEMS_KEPT, ScopeDone, Writer,
    known::{Keys, ScopeIndex},
    notices,
    prepare::{self, Prepared, Ready},
    stage::Staged,
    verdict::{self, Outcome, Told},
};

/// An attempt at a scope that is under way.
#[derive(Debug, Default)]
pub(super) struct Attempt {
    pub(super) seen: HashSet<u128>,
    complete: bool,
    hidden_items: bool,
    /// What the ids of everything that it can see begin with, if that was said.
    within: Option<String>,
    problems: Vec<String>,
    problem_count: u64,
    missing_permission: Option<String>,
    counts: Counts,
    /// New records that there was no memory for.
    refused: u64,
}

impl Attempt {
    /// It is gone after all.
    pub(super) fn lost(&mut self, hash: u128) {
        self.seen.remove(&hash);
        self.counts.gone += 1;
    }

    fn problem(&mut self, message: String, missing_permission: Option<&str>) {
        self.problem_count += 1;
        if self.problems.len() < PROBLEMS_KEPT {
            self.problems.push(message);
        }
        verdict::also_missing(&mut self.missing_permission, missing_permission);
    }
}

fn elsewhere(count: usize) -> String {
    format!(
        "{count} known before are not of what this name leads to now, so that nothing tells whether they are still \
         there; let it lead there again, give that a source of its own, or let go of them with `cloudscope sources \
         remove`"
    )
}

impl Writer {
    pub(super) fn item(&mut self, run: RunId, scope: &Scope, item: Ready) {
        let item = match item {
            Ready::Seen(prepared) => return self.seen(run, scope, *prepared),
            Ready::Other(item) => item,
        };
        match item {
            Item::Begin => {
                let counts = self.attempts.remove(&scope.key).map(|a| a.counts).unwrap_or_default();
                if self.scopes.get(&scope.key).is_none() {
                    // Not a durable state: only says that what this first listing sees is there.
                    let mut first = ScopeState::never(scope.clone());
                    first.unseen = Unseen::None;
                    self.index.scope(&first);
                }
                self.attempts.insert(scope.key.clone(), Attempt { counts, ..Attempt::default() });
            }
            Item::Upsert(sighting) => {
                let prepared = prepare::sighting(&self.known, &self.redactor, &scope.key, *sighting);
                self.seen(run, scope, prepared);
            }
            Item::Delete { key, proof } => {
                let hash = RecordKey { source: scope.key.source.clone(), key }.hash128();
                if self.entomb(run, hash, proof) {
                    self.attempts.entry(scope.key.clone()).or_default().lost(hash);
                }
            }
            Item::Problem { message, missing_permission } => {
                let attempt = self.attempts.entry(scope.key.clone()).or_default();
                attempt.hidden_items = true;
                attempt.problem(message, missing_permission.as_deref());
            }
            Item::Limited { message, missing_permission } => {
                self.attempts
                    .entry(scope.key.clone())
                    .or_default()
                    .problem(message, missing_permission.as_deref());
            }
            Item::Within { ids } => {
                self.attempts.entry(scope.key.clone()).or_default().within = Some(ids);
            }
            Item::Expect(_) => {}
            Item::Done | Item::Resume => self.complete(scope),
        }
    }

    pub(super) fn seen(&mut self, run: RunId, scope: &Scope, prepared: Prepared) {
        if self.known.get(prepared.hash).is_none() && !self.budget.admits(self.known.len() as u64) {
            let attempt = self.attempts.entry(scope.key.clone()).or_default();
            attempt.hidden_items = true;
            attempt.refused += 1;
            return;
        }
        let (hash, staged) = self.upsert(run, scope, prepared);
        // Without a copy of the key: it was put there by the beginning of the attempt.
        let attempt = match self.attempts.get_mut(&scope.key) {
            Some(attempt) => attempt,
            None => self.attempts.entry(scope.key.clone()).or_default(),
        };
        attempt.seen.insert(hash);
        match staged {
            Staged::Created => attempt.counts.created += 1,
            Staged::Changed => attempt.counts.changed += 1,
            Staged::Same => {}
        }
    }

    /// The end of a run's attempt at a scope.
    pub(super) fn end_scope(&mut self, run: RunId, scope: &Scope, outcome: Outcome) -> ScopeDone {
        let done = self.conclude(run, scope, outcome);
        *self.runs.entry(run).or_default() += done.counts;
        done
    }

    /// The whole listing of a scope is in.
    pub(super) fn complete(&mut self, scope: &Scope) {
        self.attempts.entry(scope.key.clone()).or_default().complete = true;
    }

    /// Judges the end of an attempt. What it proves gone and how the scope stands go into one commit.
    pub(super) fn conclude(&mut self, run: RunId, scope: &Scope, mut outcome: Outcome) -> ScopeDone {
        let mut attempt = self.attempts.remove(&scope.key).unwrap_or_default();
        if attempt.refused > 0 {
            attempt.problem(self.budget.refusal(attempt.refused, self.known.len() as u64), None);
        }
        let index = self.known.scope(&scope.key);
        let outside = self.outside(index, &attempt);
        if !outside.is_empty() {
            attempt.problem(elsewhere(outside.len()), None);
            // Where a second miss is proof, one of another listing must not count as the first.
            attempt.hidden_items |= scope.mode == ListingMode::Weak;
        }
        if outcome.state == CoverageState::Ok {
            outcome.whole = attempt.complete && !attempt.hidden_items;
            if !attempt.complete {
                outcome.state = CoverageState::Partial;
                outcome.error.get_or_insert_with(|| {
                    "the collector ended without saying that its listing is whole; this is a defect".into()
                });
            } else if attempt.problem_count > 0 {
                outcome.state = CoverageState::Partial;
                outcome.error = outcome.error.or_else(|| attempt.problems.first().cloned());
            }
        }
        if outcome.state == CoverageState::Partial
            && !outcome.cancelled
            && !attempt.complete
            && attempt.seen.is_empty()
        {
            // A part was not read: nothing was.
            outcome.state = CoverageState::Unreachable;
        }
        verdict::also_missing(&mut outcome.missing_permission, attempt.missing_permission.as_deref());
        outcome.problem_count += attempt.problem_count;
        outcome.problems.extend(attempt.problems);
        let now = self.clock.now();
        let absent = outcome.absent.take().map(|ids| self.named(index, &ids)).unwrap_or_default();
        let mut verdict = verdict::judge(
            self.scopes.get(&scope.key),
            scope,
            run,
            now,
            outcome,
            &self.known.live(index),
            &attempt.seen,
            &Told { absent, outside },
        );
        let last = self.listed(run, &scope.key, verdict.state.coverage.cancelled);
        let held = self.hold(run, &mut verdict, &attempt.seen, now);
        let mut counts = attempt.counts;
        counts.gone += self.entomb_all(run, &verdict.gone);
        counts.fill(&mut verdict.state.coverage.effort);
        self.note_end(&verdict.state, index, &held);
        self.state(verdict.state.clone());
        let settled = if last { self.settle(run, &scope.key) } else { Vec::new() };
        self.recount();
        let missed = self.missed(&verdict.state);
        ScopeDone { unknown: verdict.state.unknown(), state: verdict.state, counts, missed, settled }
    }

    /// The live records of a scope that a listing lacks and cannot tell about.
    fn outside(&self, index: ScopeIndex, attempt: &Attempt) -> HashSet<u128> {
        let Some(within) = &attempt.within else { return HashSet::new() };
        let live = self.known.live(index);
        let missing = live.keys().filter(|hash| !attempt.seen.contains(hash));
        let begins =
            |hash: &u128| self.key_of(*hash).is_some_and(|key| key.key.id.as_str().starts_with(within));
        missing.filter(|hash| !begins(hash)).collect()
    }

    /// The live records of a scope whose ids begin so.
    fn named(&mut self, index: ScopeIndex, ids: &str) -> HashSet<u128> {
        let live: Vec<u128> = self.known.live(index).keys().collect();
        let begins = |hash: &u128| self.key_of(*hash).is_some_and(|key| key.key.id.as_str().starts_with(ids));
        live.into_iter().filter(begins).collect()
    }

    /// What the end of an attempt means for whoever attached something to that. Before the new state takes
    /// the place of the old one.
    fn note_end(&mut self, state: &ScopeState, index: ScopeIndex, held: &HashSet<u128>) {
        let (wants, previous) = (self.notices.wants, self.scopes.get(&state.scope.key));
        let mut notes = Vec::new();
        if wants.unknown {
            let mut news = notices::newly_unknown(previous, state, &self.known.live(index));
            news.retain(|key| !held.contains(key));
            notes.extend(notices::unknown(state, news, |hash| Some(self.key_of(hash)?.key.id)));
        }
        if wants.failed {
            notes.extend(notices::failed(previous, state));
        }
        self.pending.notes.extend(notes);
    }

    /// Records that a look-up could tell about: lacked by a whole weak listing, and only by the last one.
    fn missed(&mut self, state: &ScopeState) -> Vec<AssetKey> {
        if !state.coverage.whole || state.scope.mode != ListingMode::Weak {
            return Vec::new();
        }
        let hashes: Vec<u128> = match &state.unseen {
            Unseen::None => return Vec::new(),
            Unseen::Some(keys) => keys.iter().copied().take(MISSED).collect(),
            Unseen::All => {
                let index = self.known.scope(&state.scope.key);
                self.known.live(index).keys().take(MISSED).collect()
            }
        };
        hashes.into_iter().filter_map(|hash| Some(self.key_of(hash)?.key)).collect()
    }

    /// Takes the answers of a targeted look-up. What was seen since, or belongs to another scope by now,
    /// is left as it is: the answer may be older than the sighting.
    pub(super) fn looked(
        &mut self,
        run: RunId,
        scope: &Scope,
        found: Vec<Sighting>,
        gone: &[AssetKey],
        cost: Effort,
    ) -> ScopeDone {
        let now = self.clock.now();
        let index = self.known.scope(&scope.key);
        let mut state =
            self.scopes.get(&scope.key).cloned().unwrap_or_else(|| ScopeState::never(scope.clone()));
        let mut counts = Counts::default();
        let mut seen = HashSet::new();
        for sighting in found {
            let prepared = prepare::sighting(&self.known, &self.redactor, &scope.key, sighting);
            let (hash, staged) = self.upsert(run, scope, prepared);
            seen.insert(hash);
            match staged {
                Staged::Created => counts.created += 1,
                Staged::Changed => counts.changed += 1,
                Staged::Same => {}
            }
        }
        for key in gone {
            let hash = RecordKey { source: scope.key.source.clone(), key: key.clone() }.hash128();
            if state.unseen.contains(hash)
                && !seen.contains(&hash)
                && self.known.live(index).contains(hash)
                && self.entomb(run, hash, Proof::NotFound)
            {
                counts.gone += 1;
            }
        }
        let live = self.known.live(index);
        let mut unseen: Vec<u128> = match &state.unseen {
            Unseen::None => Vec::new(),
            Unseen::All => live.keys().filter(|k| !seen.contains(k)).collect(),
            Unseen::Some(keys) => {
                keys.iter().copied().filter(|k| !seen.contains(k) && live.contains(*k)).collect()
            }
        };
        unseen.sort_unstable();
        state.coverage.assets = live.len() as u64;
        state.unseen = match unseen.len() {
            0 if state.coverage.whole || !live.is_empty() => Unseen::None,
            n if n == live.len() => Unseen::All,
            _ => Unseen::Some(unseen),
        };
        let coverage = &mut state.coverage;
        coverage.effort.calls += cost.calls;
        coverage.effort.retries += cost.retries;
        coverage.effort.throttles += cost.throttles;
        coverage.effort.created += counts.created;
        coverage.effort.changed += counts.changed;
        coverage.effort.gone += counts.gone;
        if coverage.whole && coverage.state == CoverageState::Ok && state.unseen == Unseen::None {
            state.failing_since = None;
        }
        if !seen.is_empty() {
            state.last_seen = Some(now);
        }
        *self.runs.entry(run).or_default() += counts;
        self.state(state.clone());
        ScopeDone { unknown: state.unknown(), state, counts, missed: Vec::new(), settled: Vec::new() }
    }
}
