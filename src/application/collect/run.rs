//! One run from plan to end.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use cloudscope_domain::{CoverageState, Effort, RunRecord, ScopeKey, ScopeState, SourceName};
use cloudscope_ports::{CollectContext, SourceSpec};
use tokio::{
    sync::{Semaphore, oneshot},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{Run, line::Line, scope, sink::NoSink};
use crate::{
    follow::Listed,
    gate::is_local,
    ingest::{Intake, ScopeDone, verdict::Outcome},
    plan::{self, Planned},
    pulse::Pulse,
    task::Task,
};

/// Scopes of this machine wait for a processor or a disk, not for an answer: more at a time only take memory.
const NEAR: usize = 8;
/// Scopes whose listing ended and that wait until that is durable: they hold no place, only a little memory. The
/// writer's bounded intake holds back whoever lists more than it can take.
const WAITING: usize = 4_096;

impl Run {
    /// Lists everything. Returns what became durable of the run; nothing when the engine ends.
    pub(crate) async fn go(self, sources: Vec<SourceSpec>) -> Option<RunRecord> {
        let begun = Instant::now();
        let follows = Arc::clone(&self.follows);
        let _running = follows.running().await;
        let planned = self.plan(sources.clone()).await;
        let first = RunRecord {
            id: self.id,
            started: self.started,
            sources: self.sources.clone(),
            scheduled: self.scheduled,
            ..RunRecord::default()
        };
        self.announce(&planned.tasks);
        self.follows.reserve(&planned.tasks);
        let with = |source: SourceSpec| {
            let collector = self.collectors.iter().find(|c| c.name() == source.collector)?;
            Some((source, Arc::clone(collector)))
        };
        let sources = sources.into_iter().filter_map(with).collect();
        self.follows.planned(sources, self.id, &self.intake).await;
        self.intake.send(Intake::RunStarted(first.clone())).await.ok()?;
        let scopes = planned.tasks.iter().map(|task| Arc::clone(&task.scope)).collect();
        self.intake.send(Intake::Expected { run: self.id, scopes }).await.ok()?;
        let run = Arc::new(self);
        let listed = CancellationToken::new();
        run.measure(listed.clone());
        let ended = Arc::clone(&run).list(planned).await;
        listed.cancel();
        let sent = run.hub.run().unwrap_or_default();
        let count = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let record = RunRecord {
            effort: Effort {
                millis: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX).max(1),
                calls: count(sent.calls),
                retries: count(sent.retries),
                throttles: count(sent.throttles),
                ..Effort::default()
            },
            ended: Some(run.clock.now()),
            cancelled: run.cancel.is_cancelled(),
            states: counted(ended.iter().map(|d| d.state.coverage.state)),
            ..first
        };
        let whole =
            run.every_source && !run.failed_only && run.scopes.is_empty() && !run.cancel.is_cancelled();
        let (done, durable) = oneshot::channel();
        let sent = run.intake.send(Intake::RunEnded { record, whole, done }).await;
        if sent.is_ok() { durable.await.ok() } else { None }
    }

    /// The scopes that would be listed, each with its collector, and the sources that cannot be planned.
    pub(crate) async fn outline(
        &self,
        sources: Vec<SourceSpec>,
    ) -> (Vec<(String, ScopeKey)>, Vec<(SourceName, String)>) {
        let planned = self.plan(sources).await;
        let scopes = planned.tasks.iter().map(|t| (t.source.collector.clone(), t.scope.key.clone()));
        (scopes.collect(), planned.unplanned)
    }

    /// Scopes of all sources; two sources never list the same scope twice.
    pub(super) async fn plan(&self, sources: Vec<SourceSpec>) -> Planned {
        let view = self.hub.view();
        let stored = view.as_ref().map(|v| v.scopes.clone()).unwrap_or_default();
        let context = CollectContext {
            gate: self.gate.scoped(self.cancel.clone(), self.meter(None), Pulse::new()),
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
            all.unplanned.extend(planned.unplanned);
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

    async fn list(self: Arc<Self>, planned: Planned) -> Vec<ScopeDone> {
        let mut ended = Vec::new();
        for (scope, outcome) in planned.verdicts {
            ended.extend(self.write_down(scope, outcome).await);
        }
        let tasks = planned.tasks.into_iter().enumerate();
        let (near, far): (Vec<_>, Vec<_>) = tasks.partition(|(_, task)| is_local(&task.source.collector));
        let line = |tasks: Vec<(usize, Task)>| {
            Line::new(tasks.into_iter().map(|(place, task)| (task.scope.key.clone(), (place, task))))
        };
        let (near, far) = tokio::join!(
            self.work_off(line(near), self.limits.scopes.min(NEAR)),
            self.work_off(line(far), self.limits.scopes)
        );
        ended.extend(near);
        ended.extend(far);
        ended
    }

    /// Lists what stands in a line, so many at a time. Whoever only waits for the writer does not count: commits
    /// are made for many scopes together, and the next ones are listed meanwhile.
    async fn work_off(self: &Arc<Self>, mut line: Line<(usize, Task)>, places: usize) -> Vec<ScopeDone> {
        let places = Arc::new(Semaphore::new(places.max(1)));
        let mut ended = Vec::new();
        let mut jobs = JoinSet::new();
        let mut more = true;
        loop {
            tokio::select! {
                biased;
                Some(job) = jobs.join_next() => match job {
                    Ok(done) => ended.extend(done),
                    Err(error) => tracing::error!(%error, "a scope's task failed; this is a defect"),
                },
                Ok(held) = Arc::clone(&places).acquire_owned(), if more && jobs.len() < WAITING => {
                    // When the run is cancelled the rest is not begun: what is known of it stays as it was.
                    let next = if self.cancel.is_cancelled() { None } else { line.next(&self.preferred) };
                    match next {
                        Some((place, task)) => {
                            let run = Arc::clone(self);
                            jobs.spawn(async move { scope::list(&run, place, task, held).await });
                        }
                        None => more = false,
                    }
                }
                else => return ended,
            }
        }
    }

    async fn write_down(&self, scope: cloudscope_domain::Scope, outcome: Outcome) -> Option<ScopeDone> {
        // What is planned no more is followed no more; what could not be planned goes on as far as it can.
        let followed = if outcome.state == CoverageState::Disabled || outcome.whole {
            self.follows.forget(|key| *key == scope.key).await;
            None
        } else {
            self.follows.pause(&scope.key).await
        };
        let (done, ended) = oneshot::channel();
        if outcome.whole {
            let items = vec![cloudscope_ports::Item::Begin, cloudscope_ports::Item::Done];
            let intake = Intake::Items { run: self.id, scope: Arc::new(scope.clone()), items, room: None };
            self.intake.send(intake).await.ok()?;
        }
        let intake = Intake::Ended { run: self.id, scope: Arc::new(scope), outcome, done };
        self.intake.send(intake).await.ok()?;
        let ended = ended.await.ok();
        if let Some(task) = followed {
            self.follows.listed(task, self.id, true, Listed::Stopped, &self.intake);
        }
        ended
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
