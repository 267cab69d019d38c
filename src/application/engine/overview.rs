//! Row 1 of every screen: counts, sources and coverage in short, of the newest view.

use std::collections::BTreeMap;

use cloudscope_domain::{CoverageState, ScopeState, SourceName, text::visible};

use super::Engine;
use crate::{
    hub::View,
    message::{Overview, Still},
};

/// More scopes that are not followed are not named: then their source does not count as live.
const STILL: usize = 256;

impl Engine {
    pub(super) fn overview(&self) -> Overview {
        let view = self.hub.view();
        let mut trouble = self.hub.troubles();
        trouble.extend(self.ledger.trouble());
        trouble.extend(self.hook_trouble());
        let sources = self.sources.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let (follows, followed) = self.follows.so_far();
        let mut overview = Overview {
            follows,
            followed,
            ready: view.is_some(),
            demo: self.demo,
            sources,
            discovered: self.hub.all_discovered(),
            ways: self.hub.all_ways(),
            run: self.hub.run(),
            findings: self.hub.all_findings(),
            data_dir: self.data_dir.clone(),
            trouble,
            waiting: self.hub.waits(),
            schedule: self.planned(),
            circuits: self.gate.circuits(),
            known_since: self.store.get().and_then(|s| s.oldest()),
            unverified: self.collectors.iter().flat_map(|c| c.unverified()).collect(),
            ..Overview::default()
        };
        let Some(view) = view else { return overview };
        (overview.live, overview.still) = self.live(&view);
        overview.revision = view.snapshot.revision();
        overview.total = view.snapshot.len() as u64;
        overview.unknown = view.snapshot.unknown() as u64;
        overview.gone = view.snapshot.gone() as u64;
        if let Some(key) = view.snapshot.crowded() {
            overview.trouble.push(format!(
                "`{}` of {} and more than 15 other records seem to be the same thing, so they are not joined; \
                 look at what they declare",
                visible(key.key.id.as_str()),
                visible(key.source.as_str()),
            ));
        }
        overview.accounts = view.snapshot.named_accounts();
        let mut states: BTreeMap<CoverageState, u64> = BTreeMap::new();
        for state in view.scopes.iter() {
            *states.entry(state.coverage.state).or_default() += 1;
        }
        overview.coverage = states.into_iter().collect();
        let good = || view.scopes.iter().filter_map(|s| Some((s.coverage.last_good?, &s.scope.key)));
        overview.newest = good().map(|(at, _)| at).max();
        overview.oldest = good().min().map(|(at, key)| (at, key.clone()));
        overview
    }

    /// The sources whose rows change as the things do, and their scopes of which that is not so now.
    fn live(&self, view: &View) -> (Vec<SourceName>, Vec<Still>) {
        let (followed, told) = (self.follows.scopes().0, self.follows.told());
        let mut live: Vec<SourceName> = followed.keys().map(|key| key.source.clone()).collect();
        live.dedup();
        let mut all = Vec::new();
        live.retain(|source| {
            // What holds nothing has no row that could be out of date.
            let not = |s: &&ScopeState| s.coverage.assets > 0 && !told.contains(&s.scope.key);
            let still: Vec<_> = view.scopes.of(source).filter(not).take(STILL + 1).collect();
            let few = still.len() <= STILL;
            all.extend(still.into_iter().filter(|_| few).map(|state| Still {
                source: source.clone(),
                account: state.scope.key.account.clone(),
                kinds: state.scope.kinds.clone(),
                parent: state.scope.key.parent.clone(),
            }));
            few
        });
        (live, all)
    }
}
