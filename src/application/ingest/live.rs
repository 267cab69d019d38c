//! What happens in scopes that are followed: taken in item by item, outside of any listing, in the name of
//! the run that listed the scope.
//!
//! ```text
//! Upsert | Delete ...  Resume           as seen, and the scope is as fresh as that
//! Begin Upsert ... Resume               a whole listing, judged as one
//! broken ... Upsert | Delete ... Resume it went on from where it was whole: all is known again
//! ```
//! That all was said up to now is no change: it is shown at once, but written only with what is one, when the
//! follow ends, and now and then for all scopes together.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use cloudscope_domain::{
    AssetKey, CoverageState, Proof, RecordKey, RunId, Scope, ScopeKey, ScopeState, Timestamp, Unseen,
};
use cloudscope_ports::Item;

use super::{
    FollowId, PROBLEMS_KEPT, Writer,
    known::Keys as _,
    moves::{count, unseen},
    prepare::{self, Prepared, Ready},
    stage::Staged,
    verdict::{self, Outcome},
};
use crate::hub::Brought;

/// How fresh scopes are is written at least so often while nothing else is, in milliseconds.
const WRITE: u64 = 600_000;
/// With a change of how many records a scope holds it is written so often at the most.
const ALONG: u64 = 60_000;

/// A scope that is followed.
struct Live {
    /// The attempt whose items count; none while it is broken.
    id: Option<FollowId>,
    run: RunId,
    brought: Arc<Brought>,
    broken: Broken,
    /// Everything up to now was said; not shown yet.
    resumed: bool,
    /// How it stands is not written yet.
    unwritten: bool,
    written: Timestamp,
    /// There was no memory for something new, and that was said.
    refused: bool,
}

/// Whether what is known of a followed scope may be out of date.
enum Broken {
    No,
    /// It stood so when the follow broke.
    Since(Box<ScopeState>),
    /// It was not whole when the follow began.
    Ever,
}

/// All scopes that are followed.
#[derive(Default)]
pub(super) struct Follows {
    live: HashMap<ScopeKey, Live>,
    /// Those whose state is not up to date.
    stirred: HashSet<ScopeKey>,
    /// States that differ from what readers see in nothing that is a change.
    fresh: bool,
    /// Since when there is something unwritten.
    unwritten: Option<Timestamp>,
}

impl Follows {
    /// Readers are about to see how all scopes stand.
    pub(super) fn shown(&mut self) {
        self.fresh = false;
    }
}

impl Writer {
    pub(super) fn follow_began(
        &mut self,
        id: FollowId,
        run: RunId,
        scope: &Scope,
        whole: bool,
        brought: Arc<Brought>,
    ) {
        let written = self.clock.now();
        let fresh = || Live {
            id: None,
            run,
            brought,
            broken: if whole { Broken::No } else { Broken::Ever },
            resumed: false,
            unwritten: false,
            written,
            refused: false,
        };
        self.follows.live.entry(scope.key.clone()).or_insert_with(fresh).id = Some(id);
    }

    /// Takes in what happened, unless it is of a follow that ended.
    pub(super) fn followed(&mut self, id: FollowId, scope: &Scope, items: Vec<Item>) {
        let Some(run) = self.follows.live.get(&scope.key).filter(|l| l.id == Some(id)).map(|l| l.run) else {
            return;
        };
        let batch = prepare::batch(&self.known, &self.redactor, &scope.key, items, &self.hub.answers);
        self.read_ahead(&batch);
        for item in batch {
            self.happened(run, scope, item);
        }
        self.ahead.clear();
    }

    fn happened(&mut self, run: RunId, scope: &Scope, item: Ready) {
        let listing = self.attempts.contains_key(&scope.key);
        let item = match item {
            Ready::Seen(prepared) if listing => return self.seen(run, scope, *prepared),
            Ready::Seen(prepared) => return self.appeared(run, scope, *prepared),
            Ready::Other(item) => item,
        };
        match item {
            Item::Delete { key, proof } => self.vanished(run, scope, key, proof),
            Item::Done | Item::Resume if listing => self.listed_anew(run, scope),
            Item::Done | Item::Resume => self.resumed(run, scope),
            Item::Begin => self.item(run, scope, Ready::Other(item)),
            _ if listing => self.item(run, scope, Ready::Other(item)),
            Item::Upsert(sighting) => {
                let prepared = prepare::sighting(&self.known, &self.redactor, &scope.key, *sighting);
                self.appeared(run, scope, prepared);
            }
            Item::Problem { message, missing_permission } => {
                self.trouble(run, &scope.key, &message, missing_permission.as_ref(), true);
            }
            Item::Limited { message, missing_permission } => {
                self.trouble(run, &scope.key, &message, missing_permission.as_ref(), false);
            }
            Item::Within { .. } | Item::Expect(_) => {}
        }
    }

    /// A record was seen outside of a listing.
    fn appeared(&mut self, run: RunId, scope: &Scope, prepared: Prepared) {
        if self.known.get(prepared.hash).is_none() && !self.budget.admits(self.known.len() as u64) {
            let live = self.follows.live.get_mut(&scope.key);
            if live.is_some_and(|l| !std::mem::replace(&mut l.refused, true)) {
                let words = self.budget.refusal(1, self.known.len() as u64);
                self.trouble(run, &scope.key, &words, None, true);
            }
            return;
        }
        // A run that goes on counts by itself what moved meanwhile.
        let left = std::mem::take(&mut self.left);
        let (hash, staged) = self.upsert(run, scope, prepared);
        self.recount();
        self.left = left;
        let Some(live) = self.follows.live.get_mut(&scope.key) else { return };
        match staged {
            Staged::Created => live.brought.add(1, 0, 0),
            Staged::Changed => live.brought.add(0, 1, 0),
            Staged::Same => {}
        }
        if let Broken::Since(before) = &mut live.broken {
            before.unseen = without(&before.unseen, hash).unwrap_or_else(|| before.unseen.clone());
        }
        if let Some(expected) = self.expected.get_mut(&run) {
            expected.found(&scope.key, hash);
        }
        if staged != Staged::Same {
            self.follows.stirred.insert(scope.key.clone());
        }
        self.seen_after_all(&scope.key, hash);
    }

    /// A record that the last listing lacked is there.
    fn seen_after_all(&mut self, key: &ScopeKey, hash: u128) {
        let index = self.known.scope(key);
        let (Some(state), live) = (self.scopes.get(key), self.known.live(index)) else { return };
        let left = match &state.unseen {
            // Every record that was there before waits to be seen elsewhere.
            Unseen::All if state.coverage.whole => {
                Some(unseen(live.keys().filter(|k| *k != hash), live.len(), true))
            }
            other => without(other, hash),
        };
        let Some(left) = left else { return };
        let mut state = state.clone();
        state.unseen = left;
        count(&mut state, &live);
        self.state(state);
    }

    /// A record is gone, if it is of this scope: of one that moved the other scope tells.
    fn vanished(&mut self, run: RunId, scope: &Scope, key: AssetKey, proof: Proof) {
        let hash = RecordKey { source: scope.key.source.clone(), key }.hash128();
        let index = self.known.scope(&scope.key);
        if !self.known.live(index).contains(hash) || !self.entomb(run, hash, proof) {
            return;
        }
        self.follows.stirred.insert(scope.key.clone());
        if let Some(attempt) = self.attempts.get_mut(&scope.key) {
            attempt.lost(hash);
        } else if let Some(live) = self.follows.live.get(&scope.key) {
            live.brought.add(0, 0, 1);
        }
    }

    /// A listing inside of a follow is whole.
    fn listed_anew(&mut self, run: RunId, scope: &Scope) {
        self.complete(scope);
        let mut outcome = Outcome::of(CoverageState::Ok);
        outcome.effort = self.scopes.get(&scope.key).map(|s| s.coverage.effort).unwrap_or_default();
        let counts = self.conclude(run, scope, outcome).counts;
        let now = self.clock.now();
        let Some(live) = self.follows.live.get_mut(&scope.key) else { return };
        live.brought.add(counts.created, counts.changed, counts.gone);
        (live.broken, live.refused) = (Broken::No, false);
        (live.unwritten, live.resumed, live.written) = (false, false, now);
    }

    /// Everything up to now was said.
    fn resumed(&mut self, run: RunId, scope: &Scope) {
        let now = self.clock.now();
        let index = self.known.scope(&scope.key);
        let Some(live) = self.follows.live.get_mut(&scope.key) else { return };
        live.resumed = true;
        self.follows.stirred.insert(scope.key.clone());
        let mut state = match std::mem::replace(&mut live.broken, Broken::No) {
            Broken::No => return,
            Broken::Since(before) => *before,
            Broken::Ever => {
                let mut state = ScopeState::never(scope.clone());
                state.coverage.state = CoverageState::Ok;
                state.coverage.whole = true;
                state.coverage.effort =
                    self.scopes.get(&scope.key).map(|s| s.coverage.effort).unwrap_or_default();
                state.unseen = Unseen::None;
                state
            }
        };
        state.run = run;
        state.coverage.last_attempt = Some(now);
        count(&mut state, &self.known.live(index));
        refresh(&mut state, now);
        self.state(state);
        live_written(&mut self.follows, &scope.key, now);
    }

    /// An item was refused or may be hidden.
    fn trouble(
        &mut self,
        run: RunId,
        key: &ScopeKey,
        message: &str,
        permission: Option<&String>,
        hides: bool,
    ) {
        let Some(mut state) = self.scopes.get(key).cloned() else { return };
        let now = self.clock.now();
        let known = state.coverage.problems.iter().any(|p| p == message);
        suffer(&mut state, message, permission, hides, now);
        state.run = run;
        if let Some(Live { broken: Broken::Since(before), .. }) = self.follows.live.get_mut(key) {
            suffer(before, message, permission, hides, now);
        }
        if known {
            // The same again is no news.
            self.scopes.put(state);
            self.follows.fresh = true;
        } else {
            self.state(state);
        }
    }

    /// A follow broke: from now on its scope is unknown, but for what a listing that was under way saw.
    pub(super) fn follow_broke(&mut self, id: FollowId, scope: &Scope, mut outcome: Outcome) {
        self.stir();
        let state = self.scopes.get(&scope.key).cloned();
        let Some(live) = self.follows.live.get_mut(&scope.key).filter(|l| l.id == Some(id)) else { return };
        live.id = None;
        let run = live.run;
        if matches!(live.broken, Broken::No)
            && let Some(state) = &state
        {
            live.broken = Broken::Since(Box::new(state.clone()));
        }
        outcome.effort = state.map(|s| s.coverage.effort).unwrap_or_default();
        let counts = self.conclude(run, scope, outcome).counts;
        let now = self.clock.now();
        if let Some(live) = self.follows.live.get(&scope.key) {
            live.brought.add(counts.created, counts.changed, counts.gone);
        }
        live_written(&mut self.follows, &scope.key, now);
    }

    /// A scope is followed no more. What it sees of a listing that was cut off stays; nothing is unknown for it.
    pub(super) fn unfollowed(&mut self, key: &ScopeKey) {
        self.stir();
        let Some(live) = self.follows.live.remove(key) else { return };
        self.attempts.remove(key);
        if live.unwritten
            && let Some(state) = self.scopes.get(key).cloned()
        {
            self.state(state);
        }
    }

    /// Nobody says anything any more: what was followed stands as of the last word.
    pub(super) fn unfollow_all(&mut self) {
        let keys: Vec<ScopeKey> = self.follows.live.keys().cloned().collect();
        keys.iter().for_each(|key| self.unfollowed(key));
    }

    /// Brings the states of followed scopes up to date: how much they hold, and how fresh they are. That is
    /// seen by readers with the next view, and written when it is time to.
    pub(super) fn stir(&mut self) {
        if self.follows.stirred.is_empty() {
            return;
        }
        let now = self.clock.now();
        for key in std::mem::take(&mut self.follows.stirred) {
            let Some(mut state) = self.scopes.get(&key).cloned() else { continue };
            let before = state.coverage.assets;
            let index = self.known.scope(&key);
            count(&mut state, &self.known.live(index));
            let mut write = false;
            if let Some(live) = self.follows.live.get_mut(&key) {
                if std::mem::take(&mut live.resumed) {
                    refresh(&mut state, now);
                }
                live.unwritten = true;
                write = state.coverage.assets != before && apart(now, live.written) >= ALONG;
                if write {
                    (live.unwritten, live.written) = (false, now);
                }
            }
            self.index.scope(&state);
            self.scopes.put(state.clone());
            if write {
                self.pending.scope(state);
            } else {
                self.pending.newer(&state);
            }
        }
        self.follows.fresh = true;
        let since = *self.follows.unwritten.get_or_insert(now);
        if apart(now, since) >= WRITE {
            self.follows.unwritten = None;
            for (key, live) in self.follows.live.iter_mut().filter(|(_, live)| live.unwritten) {
                (live.unwritten, live.written) = (false, now);
                if let Some(state) = self.scopes.get(key) {
                    self.pending.scope(state.clone());
                }
            }
        }
    }

    /// Shows how fresh scopes are, when there is no commit that would.
    pub(super) fn freshen(&mut self) {
        if self.flight.is_some() || !self.pending.is_nothing() || !std::mem::take(&mut self.follows.fresh) {
            return;
        }
        let view = self.view(self.revision, self.scopes.clone(), Arc::clone(&self.pins));
        self.hub.refresh(view);
    }
}

/// An item of the scope was refused or may be hidden.
fn suffer(state: &mut ScopeState, message: &str, permission: Option<&String>, hides: bool, now: Timestamp) {
    let coverage = &mut state.coverage;
    coverage.problem_count += 1;
    if coverage.problems.len() < PROBLEMS_KEPT && !coverage.problems.iter().any(|p| p == message) {
        coverage.problems.push(message.to_owned());
    }
    if coverage.state == CoverageState::Ok {
        coverage.state = CoverageState::Partial;
    }
    coverage.whole &= !hides;
    coverage.error.get_or_insert_with(|| message.to_owned());
    verdict::also_missing(&mut coverage.missing_permission, permission.map(String::as_str));
    state.failing_since.get_or_insert(now);
}

/// The scope is as fresh as this moment.
fn refresh(state: &mut ScopeState, now: Timestamp) {
    if state.coverage.whole {
        state.coverage.last_good = Some(now);
    }
    state.last_seen = Some(now);
}

/// How a scope stands is going to be written.
fn live_written(follows: &mut Follows, key: &ScopeKey, now: Timestamp) {
    if let Some(live) = follows.live.get_mut(key) {
        (live.unwritten, live.written) = (false, now);
    }
}

/// These unseen records without one of them; `None` when it is none of them.
fn without(unseen: &Unseen, key: u128) -> Option<Unseen> {
    let Unseen::Some(keys) = unseen else { return None };
    let at = keys.binary_search(&key).ok()?;
    let mut left = keys.clone();
    left.remove(at);
    Some(if left.is_empty() { Unseen::None } else { Unseen::Some(left) })
}

/// Milliseconds between two moments; the clock may have been set back.
fn apart(a: Timestamp, b: Timestamp) -> u64 {
    a.since(b).unsigned_abs()
}
