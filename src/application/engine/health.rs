//! The coverage ledger, one row per scope, with how its last attempts went.

use std::{collections::HashMap, sync::Arc, time::Duration};

use cloudscope_domain::{CoverageState, Moment, ScopeState, SourceName};

use super::{Engine, work::blocking};
use crate::{
    Reply, SessionError,
    hub::{Step, View},
    message::ScopeHealth,
};

/// How long one question may read of what happened before this process; a later one reads the rest.
const READING: Duration = Duration::from_secs(1);

impl Engine {
    pub(super) async fn health(&self, at: Option<Moment>, attempts: bool) -> Result<Reply, SessionError> {
        let view = self.view_at(at).await?;
        self.health_of(view, attempts).await.map(Reply::Health)
    }

    /// The health of every scope as a view has it.
    async fn health_of(&self, view: Arc<View>, attempts: bool) -> Result<Vec<ScopeHealth>, SessionError> {
        let (hub, store, collectors) =
            (Arc::clone(&self.hub), Arc::clone(self.store()?), self.collector_names());
        // Of the past nothing is followed.
        let (followed, refused) = if view.past { Default::default() } else { self.follows.scopes() };
        blocking(move || {
            let scopes = view.scopes.iter().map(|s| &s.scope.key);
            let read = |scope: &_, limit| store.attempts(scope, limit);
            if attempts && let Err(error) = hub.trails.fill(scopes, READING, read) {
                tracing::warn!(%error, "past attempts could not be read");
            }
            let until = view.snapshot.revision();
            let row = |state: &ScopeState| {
                let steps = if attempts { hub.trails.of(&state.scope.key, until) } else { Vec::new() };
                let mut row = health(state, &steps, &collectors);
                row.account_label =
                    view.snapshot.account_label(&row.key.account).map(|label| label.to_string());
                row.followed = followed.get(&row.key).copied();
                row.unfollowed = refused.get(&row.key).map(|why| (*why).to_owned());
                row
            };
            view.scopes.iter().map(row).collect()
        })
        .await
    }
}

fn health(state: &ScopeState, steps: &[Step], collectors: &HashMap<SourceName, String>) -> ScopeHealth {
    let unknown = state.unknown();
    ScopeHealth {
        key: state.scope.key.clone(),
        account_label: None,
        coverage: state.coverage.clone(),
        scope: state.scope.clone(),
        run: state.run,
        unknown,
        recent: steps.iter().map(|s| s.state).collect(),
        p95: p95(steps),
        percent: percent(state, unknown),
        collector: collectors.get(&state.scope.key.source).cloned(),
        followed: None,
        unfollowed: None,
    }
}

/// 95 of 100 of the attempts took no longer; `None` when none was measured.
fn p95(steps: &[Step]) -> Option<u64> {
    let attempted = |s: &&Step| !matches!(s.state, CoverageState::Disabled | CoverageState::Never);
    let mut millis: Vec<u32> =
        steps.iter().filter(attempted).map(|s| s.millis).filter(|millis| *millis > 0).collect();
    millis.sort_unstable();
    // The nearest rank: the 19th of 20.
    let rank = (millis.len() * 95).div_ceil(100);
    millis.get(rank.checked_sub(1)?).map(|m| u64::from(*m))
}

/// Of a hundred records how many the last attempt saw: 100 only when it saw all of them. Of a scope that was
/// never listed whole nothing can be said: nobody knows how many there are.
fn percent(state: &ScopeState, unknown: u64) -> Option<u8> {
    let assets = state.coverage.assets;
    if state.coverage.last_good.is_none() && !state.coverage.whole {
        return None;
    }
    if assets == 0 {
        return state.coverage.whole.then_some(100);
    }
    u8::try_from(assets.saturating_sub(unknown).saturating_mul(100) / assets).ok()
}

#[cfg(test)]
mod tests {
    use cloudscope_domain::{ListingMode, Revision, RunId, Scope, ScopeKey, Unseen};

    use super::*;

    fn steps(millis: impl IntoIterator<Item = u64>) -> Vec<Step> {
        let step = |m| Step::new(Revision(1), RunId(1), CoverageState::Ok, m);
        millis.into_iter().map(step).collect()
    }

    #[test]
    fn the_slowest_of_twenty_attempts_does_not_count() {
        assert_eq!(p95(&[]), None);
        assert_eq!(p95(&steps([0, 0])), None, "what was not measured took no time that is known");
        assert_eq!(p95(&steps([7])), Some(7));
        assert_eq!(p95(&steps((1..=19).chain([5_000]))), Some(19));
        assert_eq!(p95(&steps([5, 0, 9])), Some(9));
        let mut off = steps([3]);
        off.push(Step::new(Revision(2), RunId(2), CoverageState::Disabled, 9));
        assert_eq!(p95(&off), Some(3));
    }

    #[test]
    fn a_hundred_percent_means_all() {
        let scope = Scope { key: ScopeKey::new("s", "l"), mode: ListingMode::Weak, kinds: Vec::new() };
        let mut state = ScopeState::never(scope);
        assert_eq!(percent(&state, 0), None);
        state.coverage.assets = 8;
        assert_eq!(percent(&state, 0), None, "8 of nobody knows how many");
        state.coverage.assets = 0;
        state.coverage.whole = true;
        assert_eq!(percent(&state, 0), Some(100));
        state.coverage.assets = 1_000;
        state.unseen = Unseen::Some(vec![1]);
        assert_eq!(percent(&state, 1), Some(99));
        assert_eq!(percent(&state, 1_000), Some(0));
        assert_eq!(percent(&state, 0), Some(100));
    }
}
