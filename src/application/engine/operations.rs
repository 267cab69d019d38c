//! Answers about how the program itself fares: the log, the hooks, the call ledger summed up, the grants
//! that would mend what was denied. Reads only; knows nothing of where they are kept.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use cloudscope_domain::{Moment, SourceName};
use cloudscope_ports::HookState;

use super::{
    Engine,
    totals::Totals,
    work::{blocking, bounded},
};
use crate::{
    Reply, SessionError,
    grants::{Denial, grants},
    message::Grants,
};

impl Engine {
    /// The newest lines of the log.
    pub(super) fn log_lines(&self, limit: u64) -> Reply {
        Reply::Log(self.log.as_ref().map(|tail| tail(bounded(limit))).unwrap_or_default())
    }

    /// How the hooks fare.
    pub(super) fn hook_states(&self) -> Vec<HookState> {
        self.notifier.as_ref().map(|notifier| notifier.hooks()).unwrap_or_default()
    }

    /// What the user should know of the hooks: that they do not get everything.
    pub(super) fn hook_trouble(&self) -> Vec<String> {
        let lossy = self.hook_states().into_iter().filter(|hook| hook.dropped > 0);
        lossy
            .map(|hook| {
                format!(
                    "the hook `{}` does not keep up: {} notices were dropped; give it a filter, or make it faster",
                    cloudscope_domain::text::visible(&hook.name),
                    hook.dropped
                )
            })
            .collect()
    }

    /// The smallest grants that would mend what was denied.
    pub(super) async fn grants(&self) -> Result<Grants, SessionError> {
        let (view, collectors) = (self.view()?, self.collector_names());
        blocking(move || {
            let lacking = view.scopes.iter().filter_map(|state| {
                Denial::of(state, collectors.get(&state.scope.key.source).map(String::as_str))
            });
            grants(lacking)
        })
        .await
    }

    /// Which collector lists which source, as far as they are collected.
    pub(super) fn collector_names(&self) -> HashMap<SourceName, String> {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.iter().map(|s| (s.name.clone(), s.collector.clone())).collect()
    }

    /// The call ledger summed up.
    pub(super) async fn call_totals(&self, since: Option<Moment>) -> Result<Reply, SessionError> {
        let since = match since {
            None => None,
            Some(Moment::Time(at)) => Some(at),
            Some(Moment::Revision(revision)) => {
                let at = self.read(move |store| store.recorded_at(revision)).await?;
                Some(at.ok_or_else(|| {
                    SessionError::Bad(format!("it is not known when revision {revision} was recorded"))
                })?)
            }
        };
        let ledger = Arc::clone(&self.ledger);
        let totals = blocking(move || {
            let mut totals = Totals::default();
            ledger.scan(since, &mut |call| {
                totals.add(call);
                true
            });
            totals.into_rows()
        });
        totals.await.map(Reply::CallTotals)
    }
}
