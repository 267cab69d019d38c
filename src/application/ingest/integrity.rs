//! Scopes that stand for trouble of our own: damage of the store, and a first collection that was cut
//! off. Pure; knows nothing of how either was found.

use cloudscope_domain::{CoverageState, ListingMode, RunId, Scope, ScopeKey, ScopeState, Timestamp, Unseen};
use cloudscope_ports::Finding;

use super::PROBLEMS_KEPT;

/// Under which damage of the store itself is accounted for, until everything was collected again.
pub(super) fn key() -> ScopeKey {
    ScopeKey::new("store", "integrity")
}

/// Damage as a scope that was not read whole, so that health, exports and every screen tell of it.
pub(crate) fn integrity(run: RunId, now: Timestamp, findings: &[Finding]) -> ScopeState {
    let scope = Scope { key: key(), mode: ListingMode::Snapshot, kinds: Vec::new() };
    let mut state = ScopeState::never(scope);
    let text = |f: &Finding| format!("{}; {}", f.what, f.remedy);
    state.run = run;
    state.unseen = Unseen::None;
    state.failing_since = Some(now);
    state.coverage.state = CoverageState::Partial;
    state.coverage.last_attempt = Some(now);
    state.coverage.error = findings.first().map(text);
    state.coverage.problems = findings.iter().take(PROBLEMS_KEPT).map(text).collect();
    state.coverage.problem_count = findings.len() as u64;
    state
}

/// A scope that lost records to damage was not read whole, whatever its collector says.
pub(crate) fn damage(state: &mut ScopeState, finding: &Finding) {
    state.coverage.state = CoverageState::Partial;
    state.coverage.error = Some(format!("{}; {}", finding.what, finding.remedy));
}

/// The state of a scope whose first attempt was cut off: its records are there, its end is not. What kinds
/// it would have listed is not known.
pub(super) fn unfinished(key: &ScopeKey) -> ScopeState {
    let scope = Scope { key: key.clone(), mode: ListingMode::Weak, kinds: Vec::new() };
    let mut state = ScopeState::never(scope);
    state.coverage.error = Some("its first collection did not end; collect again".into());
    state
}
