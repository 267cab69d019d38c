//! From sources to scopes, and what became of scopes that are no longer planned. Knows nothing of when that is
//! asked, nor of what is done about it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use cloudscope_domain::{CoverageState, ListingMode, Scope, ScopeKey, ScopeState, SourceName};
use cloudscope_ports::{CollectContext, Collector, Fault, FaultKind, Left, Plan, SourceSpec};

use crate::{ingest::verdict::Outcome, task::Task};

/// A source that cannot say its scopes within this time is unreachable.
const PATIENCE: Duration = Duration::from_secs(30);
/// The listing under which a source that cannot be planned is accounted for.
const PLAN: &str = "plan";

/// What to do, and what to write down without doing anything.
#[derive(Default)]
pub(crate) struct Planned {
    pub(crate) tasks: Vec<Task>,
    pub(crate) verdicts: Vec<(Scope, Outcome)>,
    /// Sources that could not be planned, with the reason.
    pub(crate) unplanned: Vec<(SourceName, String)>,
}

/// Plans one source. `stored` are the scopes that the store has of it.
pub(crate) async fn plan(
    source: &SourceSpec,
    collector: Arc<dyn Collector>,
    context: &CollectContext,
    stored: &[ScopeState],
) -> Planned {
    let answer = tokio::select! {
        answer = tokio::time::timeout(PATIENCE, collector.plan(source, context)) => {
            answer.unwrap_or_else(|_| {
                let text = format!("no answer within {} s; is the provider reachable?", PATIENCE.as_secs());
                Err(Fault::new(FaultKind::Timeout, "plan", text))
            })
        }
        () = context.cancel.cancelled() => return Planned::default(),
    };
    match answer {
        Ok(plan) => compare(source, &collector, plan, context, stored).await,
        Err(fault) => failed(source, &fault, stored),
    }
}

/// What follows from a plan for the scopes that are in it, and for those of `stored` that are not.
pub(crate) async fn compare(
    source: &SourceSpec,
    collector: &Arc<dyn Collector>,
    plan: Plan,
    context: &CollectContext,
    stored: &[ScopeState],
) -> Planned {
    let mut planned = Planned::default();
    let named = plan.scopes.iter().chain(plan.disabled.iter().map(|(scope, _)| scope));
    let named: HashSet<&ScopeKey> = named.map(|scope| &scope.key).collect();
    let own = plan_scope(source);
    let mut lacked = Vec::new();
    for state in stored.iter().filter(|state| !named.contains(&state.scope.key)) {
        if state.scope.key == own.key {
            // The source can be planned again: its own account of not being so is closed.
            if plan.unread.is_none() {
                planned.verdicts.push((state.scope.clone(), quiet()));
            }
        } else if state.coverage.state != CoverageState::Disabled || state.coverage.assets > 0 {
            lacked.push(state);
        }
    }
    let mut became = left(source, collector, &lacked, context).await;
    for state in lacked {
        let outcome = match became.remove(&state.scope.key) {
            Some(Left::Gone { ids, why }) => Outcome::absent(ids, why),
            Some(Left::Unread(fault)) => Outcome::failed(&fault),
            Some(Left::Mended) => quiet(),
            // It is written down already.
            None if state.coverage.state == CoverageState::Disabled => continue,
            None => match &plan.unread {
                Some(fault) => Outcome::failed(fault),
                None => Outcome::disabled("no longer part of its source: removed, renamed or switched off"),
            },
        };
        planned.verdicts.push((state.scope.clone(), outcome));
    }
    if let Some(fault) = &plan.unread {
        planned.verdicts.push((own, Outcome::failed(fault)));
        planned.unplanned.push((source.name.clone(), fault.to_string()));
    }
    planned.verdicts.extend(plan.disabled.into_iter().map(|(scope, why)| (scope, Outcome::disabled(why))));
    planned.tasks.extend(tasks(source, collector, plan.scopes));
    planned
}

/// Scopes with who lists them.
pub(crate) fn tasks(
    source: &SourceSpec,
    collector: &Arc<dyn Collector>,
    scopes: Vec<Scope>,
) -> impl Iterator<Item = Task> {
    scopes.into_iter().map(|scope| Task {
        source: source.clone(),
        collector: Arc::clone(collector),
        scope: Arc::new(scope),
    })
}

/// What became of scopes that the plan lacks. Whatever goes wrong here proves nothing.
async fn left(
    source: &SourceSpec,
    collector: &Arc<dyn Collector>,
    lacked: &[&ScopeState],
    context: &CollectContext,
) -> HashMap<ScopeKey, Left> {
    if lacked.is_empty() {
        return HashMap::new();
    }
    let keys: Vec<ScopeKey> = lacked.iter().map(|state| state.scope.key.clone()).collect();
    let answer = tokio::time::timeout(PATIENCE, collector.left(source, &keys, context));
    match context.cancel.run_until_cancelled(answer).await {
        Some(Ok(answer)) => answer.into_iter().collect(),
        Some(Err(_)) => {
            tracing::info!(source = %source.name, "what became of scopes that are planned no more could not be told in time");
            HashMap::new()
        }
        None => HashMap::new(),
    }
}

/// A source that cannot be planned leaves every scope that is known of it unread, and says so in a
/// row of its own.
fn failed(source: &SourceSpec, fault: &Fault, stored: &[ScopeState]) -> Planned {
    let own = plan_scope(source);
    let mut scopes: Vec<Scope> = stored
        .iter()
        .filter(|s| s.coverage.state != CoverageState::Disabled && s.scope.key != own.key)
        .map(|s| s.scope.clone())
        .collect();
    scopes.push(own);
    let verdicts = scopes.into_iter().map(|scope| (scope, Outcome::failed(fault))).collect();
    let unplanned = vec![(source.name.clone(), fault.to_string())];
    Planned { tasks: Vec::new(), verdicts, unplanned }
}

fn plan_scope(source: &SourceSpec) -> Scope {
    let key = ScopeKey::new(source.name.clone(), PLAN);
    Scope { key, mode: ListingMode::Snapshot, kinds: Vec::new() }
}

fn quiet() -> Outcome {
    Outcome { whole: true, ..Outcome::of(CoverageState::Ok) }
}
