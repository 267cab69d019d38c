//! Only proof removes: what the end of one attempt at a scope says about the records it owns.
//!
//! Pure, so that the rule can be held against a model: complete snapshot -> missing is gone; complete
//! weak listing -> missing twice in a row is gone, once is unknown; anything else -> missing is unknown.

use std::collections::HashSet;

use cloudscope_domain::{
    Coverage, CoverageState, Effort, ListingMode, Proof, RunId, Scope, ScopeState, Timestamp, Unseen,
};
use cloudscope_ports::{Fault, FaultKind};

use super::known::Keys;

/// How an attempt at a scope ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// `Ok` or `Partial` when the collector said `Done`, else what its fault stands for.
    pub(crate) state: CoverageState,
    /// Every item was listed: absence means something.
    pub(crate) whole: bool,
    /// Nothing of it exists any more, says the provider: of the records whose ids begin so.
    pub(crate) absent: Option<String>,
    /// It was stopped by somebody.
    pub(crate) cancelled: bool,
    pub(crate) error: Option<String>,
    pub(crate) missing_permission: Option<String>,
    pub(crate) problems: Vec<String>,
    pub(crate) problem_count: u64,
    /// The command that would renew the credentials, when they are what is wrong.
    pub(crate) renew: Option<String>,
    /// What the attempt cost; what it brought is filled in by the writer.
    pub(crate) effort: Effort,
}

/// Permissions of one scope that are kept.
const PERMISSIONS: usize = 64;

/// Adds what else was missing: `a:B, a:C`. A permission that is a phrase of its own stays alone.
pub(super) fn also_missing(kept: &mut Option<String>, more: Option<&str>) {
    let Some(more) = more else { return };
    let Some(kept) = kept else {
        *kept = Some(more.to_owned());
        return;
    };
    let is_list = |text: &str| text.split(", ").all(|word| !word.contains(char::is_whitespace));
    if !is_list(kept) || !is_list(more) {
        return;
    }
    for word in more.split(", ") {
        let mut there = kept.split(", ");
        if !there.any(|w| w == word) && kept.split(", ").count() < PERMISSIONS {
            kept.push_str(", ");
            kept.push_str(word);
        }
    }
}

impl Outcome {
    /// An attempt that ended so, with nothing more to say. Not whole: the writer finds out whether the
    /// collector said `Done`.
    pub(crate) fn of(state: CoverageState) -> Self {
        Self {
            state,
            whole: false,
            absent: None,
            cancelled: false,
            error: None,
            missing_permission: None,
            problems: Vec::new(),
            problem_count: 0,
            renew: None,
            effort: Effort::default(),
        }
    }

    /// A scope that was not attempted because it is switched off or left the plan.
    pub(crate) fn disabled(reason: impl Into<String>) -> Self {
        Self { error: Some(reason.into()), ..Self::of(CoverageState::Disabled) }
    }

    /// A scope that the provider does not have any more, and what could be in it neither.
    pub(crate) fn absent(ids: String, why: impl Into<String>) -> Self {
        Self { absent: Some(ids), ..Self::disabled(why) }
    }

    /// How a scope stands after this failure ended its attempt.
    pub(crate) fn failed(fault: &Fault) -> Self {
        Self {
            cancelled: fault.kind == FaultKind::Cancelled,
            error: Some(fault.to_string()),
            missing_permission: fault.missing_permission.clone(),
            renew: fault.renew.clone(),
            ..Self::of(fault.coverage())
        }
    }
}

/// What follows from it.
#[derive(Debug, PartialEq)]
pub(crate) struct Verdict {
    /// The new state of the scope.
    pub(crate) state: ScopeState,
    /// Live records that are now proved gone, with the proof.
    pub(crate) gone: Vec<(u128, Proof)>,
}

/// What is told of records that an attempt did not see.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The provider says that they do not exist.
    pub(crate) absent: HashSet<u128>,
    /// They are of something else, which bore the same name before.
    pub(crate) outside: HashSet<u128>,
}

/// Judges the end of an attempt. `live` are the records that the scope owns and that are not gone,
/// those seen in this attempt included; `seen` are those that this attempt saw.
#[expect(clippy::too_many_arguments, reason = "pure; each is one fact that the verdict rests on")]
pub(crate) fn judge(
    previous: Option<&ScopeState>,
    scope: &Scope,
    run: RunId,
    now: Timestamp,
    outcome: Outcome,
    live: &dyn Keys,
    seen: &HashSet<u128>,
    told: &Told,
) -> Verdict {
    let missing = || live.keys().filter(|k| !seen.contains(k) && !told.outside.contains(k));
    let mut gone = Vec::new();
    let mut unseen: Vec<u128> =
        told.outside.iter().copied().filter(|k| live.contains(*k) && !seen.contains(k)).collect();
    match (outcome.whole, scope.mode) {
        (true, ListingMode::Snapshot) => gone.extend(missing().map(|k| (k, Proof::SnapshotListing))),
        (true, ListingMode::Weak) => {
            for key in missing() {
                if previous.is_some_and(|p| missed_by_complete_listing(p, key)) {
                    gone.push((key, Proof::SecondListing));
                } else {
                    unseen.push(key);
                }
            }
        }
        (false, _) => {
            for key in missing() {
                if told.absent.contains(&key) {
                    gone.push((key, Proof::NotFound));
                } else {
                    unseen.push(key);
                }
            }
        }
    }
    gone.sort_unstable_by_key(|(k, _)| *k);
    unseen.sort_unstable();
    let left = live.len() - gone.len();
    let clean = outcome.whole && unseen.is_empty() && outcome.state == CoverageState::Ok;
    let unseen = if unseen.is_empty() && (outcome.whole || left > 0) {
        Unseen::None
    } else if unseen.len() == left {
        Unseen::All
    } else {
        Unseen::Some(unseen)
    };
    let before = previous.map(|p| &p.coverage);
    let last_good = if outcome.whole { Some(now) } else { before.and_then(|c| c.last_good) };
    let attempted = !matches!(outcome.state, CoverageState::Disabled | CoverageState::Never);
    let state = ScopeState {
        scope: scope.clone(),
        coverage: Coverage {
            state: outcome.state,
            last_attempt: if attempted { Some(now) } else { before.and_then(|c| c.last_attempt) },
            last_good,
            assets: left as u64,
            error: outcome.error,
            missing_permission: outcome.missing_permission,
            problems: outcome.problems,
            problem_count: outcome.problem_count,
            cancelled: outcome.cancelled,
            whole: outcome.whole,
            renew: outcome.renew,
            effort: outcome.effort,
        },
        run,
        unseen,
        failing_since: if clean { None } else { Some(previous.and_then(|p| p.failing_since).unwrap_or(now)) },
        last_seen: if outcome.whole || !seen.is_empty() {
            Some(now)
        } else {
            previous.and_then(|p| p.last_seen)
        },
    };
    Verdict { state, gone }
}

/// A miss counts as the first of two only when the listing before this one was whole. Times do not tell:
/// clocks jump, and two attempts can bear the same time.
fn missed_by_complete_listing(previous: &ScopeState, key: u128) -> bool {
    previous.coverage.whole && previous.unseen.contains(key)
}
