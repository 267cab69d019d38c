//! What a run would take, before it is started: its plan, and what the last attempts at its scopes took.

use std::collections::BTreeMap;

use cloudscope_domain::{ScopeState, text::visible};
use cloudscope_ports::SourceSpec;

use super::Engine;
use crate::{Reply, SessionError, message::Estimate};

impl Engine {
    pub(super) async fn estimate(
        &self,
        named: Vec<SourceSpec>,
        failed_only: bool,
    ) -> Result<Reply, SessionError> {
        let view = self.view()?;
        self.known_collectors(&named)?;
        let sources = if named.is_empty() { self.all_sources() } else { named };
        let mut run = self.run_of(&sources)?;
        run.failed_only = failed_only;
        let cancel = run.cancel.clone();
        // Whoever asked may have gone: then the planning stops too.
        let _stop = cancel.drop_guard();
        let (scopes, unplanned) = run.outline(sources).await;
        let known = scopes.iter().map(|(provider, key)| (provider.as_str(), view.scopes.get(key)));
        let mut estimate = sum(known, self.limits.scopes);
        estimate.unplanned = unplanned;
        Ok(Reply::Estimate(Box::new(estimate)))
    }
}

/// Sums up what the last whole attempts took. An attempt that failed says nothing about a whole one.
fn sum<'a>(scopes: impl Iterator<Item = (&'a str, Option<&'a ScopeState>)>, places: usize) -> Estimate {
    let mut estimate = Estimate::default();
    let (mut millis, mut longest) = (0_u64, 0_u64);
    let mut accounts: BTreeMap<String, u64> = BTreeMap::new();
    for (provider, state) in scopes {
        estimate.scopes += 1;
        let effort = state.filter(|s| s.coverage.whole && s.coverage.effort.millis > 0);
        let Some(state) = effort else {
            estimate.unknown_scopes += 1;
            continue;
        };
        let (effort, account) = (&state.coverage.effort, &state.scope.key.account);
        // Further tries are not planned for.
        let calls = u64::from(effort.calls.saturating_sub(effort.retries));
        estimate.calls += calls;
        millis += effort.millis;
        longest = longest.max(effort.millis);
        let name =
            if account.is_empty() { provider.to_owned() } else { format!("{provider} {}", visible(account)) };
        *accounts.entry(name).or_default() += calls;
    }
    let together = (places.max(1) as u64).min(estimate.scopes.max(1));
    estimate.millis = longest.max(millis.div_ceil(together));
    estimate.per_account = accounts.into_iter().collect();
    estimate.per_account.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    estimate
}

#[cfg(test)]
mod tests {
    use cloudscope_domain::{ListingMode, Scope, ScopeKey};

    use super::*;

    fn state(account: &str, whole: bool, millis: u64, calls: u32) -> ScopeState {
        let key = ScopeKey::new("s", "l").account(account);
        let mut state = ScopeState::never(Scope { key, mode: ListingMode::Weak, kinds: Vec::new() });
        state.coverage.whole = whole;
        (state.coverage.effort.millis, state.coverage.effort.calls) = (millis, calls);
        state
    }

    #[test]
    fn only_what_is_known_is_summed_up() {
        let states = [state("a", true, 1_000, 10), state("b", true, 3_000, 40), state("a", false, 9_000, 90)];
        let all = states.iter().map(|s| ("aws", Some(s))).chain([("aws", None)]);
        let estimate = sum(all, 2);
        assert_eq!((estimate.scopes, estimate.unknown_scopes, estimate.calls), (4, 2, 50));
        assert_eq!(estimate.millis, 3_000, "no run is shorter than its longest scope");
        assert_eq!(estimate.per_account, [("aws b".to_owned(), 40), ("aws a".to_owned(), 10)]);
    }

    #[test]
    fn scopes_share_the_places() {
        let states: Vec<_> = (0..10).map(|_| state("a", true, 1_000, 1)).collect();
        assert_eq!(sum(states.iter().map(|s| ("aws", Some(s))), 2).millis, 5_000);
        assert_eq!(sum(states.iter().map(|s| ("aws", Some(s))), 50).millis, 1_000);
    }
}
