//! An asset that moves from one scope to another is not gone: what a listing lacks is buried only once
//! every scope of the same run that might still see it has been listed. Until then it is unknown, which
//! is in the state of its scope and so survives the end of the process.
//!
//! ```text
//! old: whole, lacks x      x unknown        new: sees x    -> x is new's, and never was gone
//!                                           new: lacks x   -> x is gone, by the listing of old
//!                                           run stopped    -> x stays unknown; the next run settles it
//! ```

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use cloudscope_domain::{
    CoverageState, Kind, Proof, RunId, Scope, ScopeKey, ScopeState, SourceName, Timestamp, Unseen,
};

use super::{
    Counts, Writer,
    known::{Keys, Live},
    notices,
    verdict::Verdict,
};

/// Where an asset may move: ids hold the account, and records the source.
type Place = (SourceName, String);

fn place(scope: &ScopeKey) -> Place {
    (scope.source.clone(), scope.account.clone())
}

/// What one scope lacked, to be judged later.
pub(super) struct Held {
    scope: ScopeKey,
    kinds: Vec<Kind>,
    gone: Vec<(u128, Proof)>,
    /// To be told as unknown if it still is then.
    news: Vec<u128>,
}

/// The scopes of one place that are still to be listed, counted by what they may yield, so that the end of
/// each of tens of thousands costs little.
#[derive(Default)]
struct Waiting {
    scopes: HashMap<ScopeKey, Arc<Scope>>,
    kinds: HashMap<Kind, usize>,
    /// Those that name no kinds may yield any.
    any: usize,
}

impl Waiting {
    fn add(&mut self, scope: Arc<Scope>) {
        if self.scopes.contains_key(&scope.key) {
            return;
        }
        self.any += usize::from(scope.kinds.is_empty());
        for kind in &scope.kinds {
            *self.kinds.entry(kind.clone()).or_default() += 1;
        }
        self.scopes.insert(scope.key.clone(), scope);
    }

    /// Takes a scope out; says whether it was the last that might yield something.
    fn remove(&mut self, key: &ScopeKey) -> bool {
        let Some(scope) = self.scopes.remove(key) else { return false };
        let mut last = self.scopes.is_empty();
        if scope.kinds.is_empty() {
            self.any -= 1;
            last |= self.any == 0;
        }
        for kind in &scope.kinds {
            if let Some(count) = self.kinds.get_mut(kind) {
                *count -= 1;
                if *count == 0 {
                    self.kinds.remove(kind);
                    last = true;
                }
            }
        }
        last
    }

    fn may_yield(&self, kinds: &[Kind]) -> bool {
        if kinds.is_empty() {
            return !self.scopes.is_empty();
        }
        self.any > 0 || kinds.iter().any(|kind| self.kinds.contains_key(kind))
    }
}

/// The scopes that a run is still going to list, and what waits for them.
#[derive(Default)]
pub(super) struct Expected {
    waiting: HashMap<Place, Waiting>,
    held: HashMap<Place, Vec<Held>>,
}

/// What became of records that had to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settled {
    /// The scope that lacked them.
    pub(crate) scope: ScopeKey,
    /// Proved gone.
    pub(crate) gone: u64,
    /// No longer unknown: gone, or seen elsewhere.
    pub(crate) known: u64,
}

impl Expected {
    pub(super) fn add(&mut self, scopes: Vec<Arc<Scope>>) {
        for scope in scopes {
            self.waiting.entry(place(&scope.key)).or_default().add(scope);
        }
    }

    fn may_see(&self, of: &Place, kinds: &[Kind]) -> bool {
        self.waiting.get(of).is_some_and(|w| w.may_yield(kinds))
    }

    /// A record that a scope lacked was seen in it after all.
    pub(super) fn found(&mut self, scope: &ScopeKey, key: u128) {
        for held in self.held.get_mut(&place(scope)).into_iter().flatten().filter(|h| h.scope == *scope) {
            held.gone.retain(|(k, _)| *k != key);
            held.news.retain(|k| *k != key);
        }
    }

    /// What has nothing to wait for any more.
    fn settled(&mut self, of: &Place) -> Vec<Held> {
        let Some(held) = self.held.remove(of) else { return Vec::new() };
        let (wait, settled): (Vec<_>, Vec<_>) = held.into_iter().partition(|h| self.may_see(of, &h.kinds));
        if !wait.is_empty() {
            self.held.insert(of.clone(), wait);
        }
        settled
    }
}

impl Writer {
    /// A scope was listed, or not: one that was stopped looked nowhere. Says whether something that waits
    /// may have waited for this.
    pub(super) fn listed(&mut self, run: RunId, scope: &ScopeKey, cancelled: bool) -> bool {
        let waiting = self.expected.get_mut(&run).and_then(|e| e.waiting.get_mut(&place(scope)));
        !cancelled && waiting.is_some_and(|w| w.remove(scope))
    }

    /// Takes out of a verdict what another scope of the run may still see; it is unknown until then.
    /// Returns what is not to be told as unknown yet.
    pub(super) fn hold(
        &mut self,
        run: RunId,
        verdict: &mut Verdict,
        seen: &HashSet<u128>,
        now: Timestamp,
    ) -> HashSet<u128> {
        let scope = &verdict.state.scope;
        if verdict.gone.is_empty() && verdict.state.unseen == Unseen::None {
            return HashSet::new();
        }
        let (of, kinds) = (place(&scope.key), scope.kinds.clone());
        let index = self.known.scope(&scope.key);
        let Some(expected) = self.expected.get_mut(&run).filter(|e| e.may_see(&of, &kinds)) else {
            return HashSet::new();
        };
        let gone = std::mem::take(&mut verdict.gone);
        let (state, live) = (&mut verdict.state, self.known.live(index));
        if !gone.is_empty() {
            state.coverage.assets = live.len() as u64;
            state.unseen = unseen(live.keys().filter(|k| !seen.contains(k)), live.len(), true);
            state.failing_since.get_or_insert(now);
        }
        let news = if self.notices.wants.unknown {
            notices::newly_unknown(self.scopes.get(&state.scope.key), state, &live)
        } else {
            Vec::new()
        };
        let quiet = news.iter().copied().collect();
        let held = Held { scope: state.scope.key.clone(), kinds, gone, news };
        expected.held.entry(of).or_default().push(held);
        quiet
    }

    /// Judges what has nothing to wait for any more, now that a scope of this place was listed.
    pub(super) fn settle(&mut self, run: RunId, listed: &ScopeKey) -> Vec<Settled> {
        let Some(expected) = self.expected.get_mut(&run) else { return Vec::new() };
        let ready = expected.settled(&place(listed));
        ready.into_iter().filter_map(|held| self.judge_late(run, held)).collect()
    }

    /// Counts the scopes anew that lost records to others, so that none is counted twice.
    pub(super) fn recount(&mut self) {
        for index in std::mem::take(&mut self.left) {
            let Some(state) = self.scopes.get(self.known.key(index)) else { continue };
            let mut counted = state.clone();
            count(&mut counted, &self.known.live(index));
            if counted != *state {
                self.state(counted);
            }
        }
    }

    /// A run ended. What still waits stays unknown: not every scope was looked at.
    pub(super) fn give_up(&mut self, run: RunId) {
        let left = self.expected.remove(&run).unwrap_or_default();
        for mut held in left.held.into_values().flatten() {
            held.gone.clear();
            self.judge_late(run, held);
        }
    }

    fn judge_late(&mut self, run: RunId, held: Held) -> Option<Settled> {
        let mut state = self.scopes.get(&held.scope).filter(|s| s.run == run)?.clone();
        let before = (state.coverage.assets, state.unknown());
        let index = self.known.scope(&held.scope);
        let missed = state.unseen.clone();
        let still = |live: Live<'_>, key: u128| missed.contains(key) && live.contains(key);
        let live = self.known.live(index);
        let lost: Vec<(u128, Proof)> = held.gone.into_iter().filter(|(k, _)| still(live, *k)).collect();
        let gone = self.entomb_all(run, &lost);
        let live = self.known.live(index);
        count(&mut state, &live);
        let news: Vec<u128> = held.news.into_iter().filter(|k| still(live, *k)).collect();
        state.coverage.effort.gone += gone;
        let note = notices::unknown(&state, news, |hash| Some(self.key_of(hash)?.key.id));
        self.pending.notes.extend(note);
        let after = (state.coverage.assets, state.unknown());
        if after == before && gone == 0 {
            return None;
        }
        self.state(state);
        *self.runs.entry(run).or_default() += Counts { gone, ..Counts::default() };
        Some(Settled { scope: held.scope, gone, known: before.1.saturating_sub(after.1) })
    }
}

/// Counts what a scope holds, and what of it was not seen, after records left it.
pub(super) fn count(state: &mut ScopeState, live: &dyn Keys) {
    let whole = state.coverage.whole;
    state.coverage.assets = live.len() as u64;
    state.unseen = match &state.unseen {
        Unseen::None => Unseen::None,
        Unseen::All => unseen(live.keys(), live.len(), whole),
        Unseen::Some(keys) => unseen(keys.iter().copied().filter(|k| live.contains(*k)), live.len(), whole),
    };
    if whole && state.coverage.state == CoverageState::Ok && state.unseen == Unseen::None {
        state.failing_since = None;
    }
}

/// The unseen of so many live records.
pub(super) fn unseen(missing: impl Iterator<Item = u128>, live: usize, whole: bool) -> Unseen {
    let mut keys: Vec<u128> = missing.collect();
    keys.sort_unstable();
    match keys.len() {
        0 if whole || live > 0 => Unseen::None,
        n if n == live => Unseen::All,
        _ => Unseen::Some(keys),
    }
}
