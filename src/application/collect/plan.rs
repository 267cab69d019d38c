//! From sources to scopes, and what became of scopes that are no longer planned.

use std::{sync::Arc, time::Duration};

use cloudscope_domain::{CoverageState, ListingMode, Scope, ScopeKey, ScopeState, SourceName};
use cloudscope_ports::{CollectContext, Collector, Fault, FaultKind, Plan, SourceSpec};

use crate::{ingest::verdict::Outcome, task::Task};

/// A source that cannot say its scopes within this time is unreachable.
const PATIENCE: Duration = Duration::from_secs(30);
/// The listing under which a source that cannot be planned is accounted for.
const PLAN: &str = "plan";

/// What to do, and what to write down without doing anything.
#[derive(Default)]
pub(super) struct Planned {
    pub(super) tasks: Vec<Task>,
    pub(super) verdicts: Vec<(Scope, Outcome)>,
    /// Sources that could not be planned, with the reason.
    pub(super) unplanned: Vec<(SourceName, String)>,
}

/// Plans one source. `stored` are the scopes that the store has of it.
pub(super) async fn plan(
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
        Ok(plan) => follow(source, &collector, plan, stored),
        Err(fault) => failed(source, &fault, stored),
    }
}

fn follow(source: &SourceSpec, collector: &Arc<dyn Collector>, plan: Plan, stored: &[ScopeState]) -> Planned {
    let mut planned = Planned::default();
    for state in stored {
        let key = &state.scope.key;
        if plan.scopes.iter().any(|s| s.key == *key) || plan.disabled.iter().any(|(s, _)| s.key == *key) {
            continue;
        }
        if let Some(fault) = &plan.unread {
            if state.coverage.state != CoverageState::Disabled && *key != plan_scope(source).key {
                planned.verdicts.push((state.scope.clone(), Outcome::failed(fault)));
            }
        } else if *key == plan_scope(source).key {
            // The source can be planned again: its own account of not being so is closed.
            planned.verdicts.push((state.scope.clone(), quiet()));
        } else if state.coverage.state != CoverageState::Disabled {
            let reason = "no longer part of its source: removed, renamed or switched off";
            planned.verdicts.push((state.scope.clone(), Outcome::disabled(reason)));
        }
    }
    if let Some(fault) = &plan.unread {
        planned.verdicts.push((plan_scope(source), Outcome::failed(fault)));
        planned.unplanned.push((source.name.clone(), fault.to_string()));
    }
    planned.verdicts.extend(plan.disabled.into_iter().map(|(scope, why)| (scope, Outcome::disabled(why))));
    planned.tasks.extend(plan.scopes.into_iter().map(|scope| Task {
        source: source.clone(),
        collector: Arc::clone(collector),
        scope: Arc::new(scope),
    }));
    planned
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
