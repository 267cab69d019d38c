//! What is said of a scope that lost records to damage: as little as is still known. Knows nothing of
//! how the loss was found.

use cloudscope_domain::{Coverage, CoverageState, ListingMode, Scope, ScopeKey, ScopeState, Unseen};

/// The state of a scope whose records were lost: nothing of it is known until it is collected again.
pub(crate) fn downgraded(mut state: ScopeState) -> ScopeState {
    let coverage = &mut state.coverage;
    if matches!(coverage.state, CoverageState::Ok | CoverageState::Partial) {
        coverage.state = CoverageState::Partial;
        coverage.error = Some(LOST.into());
    }
    state.failing_since = state.failing_since.or(coverage.last_attempt);
    state.unseen = Unseen::All;
    state
}

const LOST: &str = "records of this scope were lost when the store was damaged; collect it again";

/// The state of a scope of which only the name is known.
pub(crate) fn unknown(key: ScopeKey) -> ScopeState {
    // A weak listing proves the least.
    let mut state = ScopeState::never(Scope { key, mode: ListingMode::Weak, kinds: Vec::new() });
    state.coverage = Coverage { error: Some(LOST.into()), ..Coverage::default() };
    state
}
