//! One run from plan to end.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use cloudscope_domain::{CoverageState, RunRecord, ScopeState};
use cloudscope_ports::{Batch, CollectContext, Sink, SinkError, SourceSpec};
use tokio::{
    sync::{Semaphore, oneshot},
    task::JoinSet,
};

use super::{
    Run,
    plan::{self, Planned, Task},
    scope,
};
use crate::{
    ingest::{Intake, ScopeDone, verdict::Outcome},
    message::{Phase, ScopeProgress},
};

impl Run {
    pub(crate) async fn go(self, sources: Vec<SourceSpec>) {
        let planned = self.plan(sources).await;
        let first = RunRecord {
            id: self.id,
            started: self.started,
            sources: self.sources.clone(),
            scheduled: self.scheduled,
            ..RunRecord::default()
        };
        self.announce(&planned);
        if self.intake.send(Intake::RunStarted(first.clone())).await.is_err() {
            return;
        }
        let run = Arc::new(self);
        let ended = Arc::clone(&run).list(planned).await;
        let record = RunRecord {
            ended: Some(run.clock.now()),
            cancelled: run.cancel.is_cancelled(),
            states: counted(ended.iter().map(|d| d.state.coverage.state)),
            assets: ended.iter().map(|d| d.state.coverage.assets).sum(),
            unknown: ended.iter().map(|d| d.unknown).sum(),
            ..first
        };
        let whole =
            run.every_source && !run.failed_only && run.scopes.is_empty() && !run.cancel.is_cancelled();
        let (done, durable) = oneshot::channel();
        if run.intake.send(Intake::RunEnded { record, whole, done }).await.is_ok() {
            let _ = durable.await;
        }
        let now = run.clock.now();
        run.hub.progress(|p| p.ended = Some(now));
        run.hub.tick();
    }

    /// Scopes of all sources; two sources never list the same scope twice.
    async fn plan(&self, sources: Vec<SourceSpec>) -> Planned {
        let view = self.hub.view();
        let stored = view.as_ref().map(|v| v.scopes.clone()).unwrap_or_default();
        let context = CollectContext {
            gate: self.gate.clone(),
            sink: Arc::new(NoSink),
            cancel: self.cancel.clone(),
            clock: Arc::clone(&self.clock),
        };
        let plans = sources.iter().filter_map(|source| {
            let collector = self.collectors.iter().find(|c| c.name() == source.collector)?;
            let own: Vec<ScopeState> = stored.of(&source.name).cloned().collect();
            let context = &context;
            Some(async move { plan::plan(source, Arc::clone(collector), context, &own).await })
        });
        let mut all = Planned::default();
        let mut keys = HashSet::new();
        for planned in futures::future::join_all(plans).await {
            all.tasks.extend(planned.tasks.into_iter().filter(|t| keys.insert(t.scope.key.clone())));
            all.verdicts.extend(planned.verdicts);
        }
        if self.failed_only {
            all.tasks.retain(|task| {
                let state = stored.get(&task.scope.key);
                state.is_none_or(|s| s.coverage.state != CoverageState::Ok)
            });
        }
        if !self.scopes.is_empty() {
            all.tasks.retain(|task| self.scopes.contains(&task.scope.key));
            all.verdicts.clear();
        }
        all
    }

    fn announce(&self, planned: &Planned) {
        let view = self.hub.view();
        let last = |task: &Task| {
            let state = view.as_ref()?.scopes.get(&task.scope.key)?;
            state.coverage.last_good.map(|_| state.coverage.assets)
        };
        let rows: Vec<ScopeProgress> = planned
            .tasks
            .iter()
            .map(|task| ScopeProgress {
                scope: task.scope.key.clone(),
                phase: Phase::Waiting,
                seen: 0,
                expected: None,
                last_count: last(task),
                problems: 0,
                started: None,
                ended: None,
                error: None,
                calls: 0,
                retries: 0,
                throttles: 0,
                last_millis: None,
                created: 0,
                changed: 0,
                gone: 0,
                unknown: 0,
                waits: None,
            })
            .collect();
        self.hub.progress(|p| p.scopes = rows);
        self.hub.tick();
    }

    async fn list(self: Arc<Self>, planned: Planned) -> Vec<ScopeDone> {
        let mut ended = Vec::new();
        for (scope, outcome) in planned.verdicts {
            ended.extend(self.write_down(scope, outcome).await);
        }
        let places = Arc::new(Semaphore::new(self.limits.scopes.max(1)));
        let mut jobs = JoinSet::new();
        for (place, task) in planned.tasks.into_iter().enumerate() {
            let (run, places) = (Arc::clone(&self), Arc::clone(&places));
            jobs.spawn(async move {
                // Never closed while the run holds it.
                let _place = places.acquire_owned().await.ok()?;
                if run.cancel.is_cancelled() {
                    // Not begun: what is known of the scope stays as it was.
                    return None;
                }
                scope::list(&run, place, task).await
            });
        }
        while let Some(done) = jobs.join_next().await {
            match done {
                Ok(done) => ended.extend(done),
                Err(error) => tracing::error!(%error, "a scope's task failed; this is a defect"),
            }
        }
        ended
    }

    async fn write_down(&self, scope: cloudscope_domain::Scope, outcome: Outcome) -> Option<ScopeDone> {
        let (done, ended) = oneshot::channel();
        if outcome.whole {
            let items = vec![cloudscope_ports::Item::Begin, cloudscope_ports::Item::Done];
            let intake = Intake::Items { run: self.id, scope: Arc::new(scope.clone()), items };
            self.intake.send(intake).await.ok()?;
        }
        let intake = Intake::Ended { run: self.id, scope: Arc::new(scope), outcome, done };
        self.intake.send(intake).await.ok()?;
        ended.await.ok()
    }
}

/// How many of each.
fn counted(states: impl Iterator<Item = CoverageState>) -> Vec<(CoverageState, u64)> {
    let mut counts = BTreeMap::new();
    for state in states {
        *counts.entry(state).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

/// Planning yields no items.
struct NoSink;

#[async_trait]
impl Sink for NoSink {
    async fn send(&self, _: Batch) -> Result<(), SinkError> {
        Err(SinkError)
    }
}
