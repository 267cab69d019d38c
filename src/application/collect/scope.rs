//! One scope: attempts with backoff, a watch on silence, and the panic of a collector contained.

use std::{
    sync::Arc,
    sync::atomic::AtomicU64,
    time::{Duration, Instant},
};

use cloudscope_domain::CoverageState;
use cloudscope_ports::{CollectContext, Disposition, Fault, FaultKind};
use tokio::sync::oneshot;

use super::{Run, plan::Task, sink::ScopeSink};
use crate::{
    ingest::{Intake, ScopeDone, verdict::Outcome},
    message::Phase,
};

/// The wait before the second attempt; doubles with each.
const BACKOFF: Duration = Duration::from_millis(250);
/// No wait is longer, whatever a provider says: the next run comes.
const LONGEST: Duration = Duration::from_secs(30);
/// How long a cancelled collector may take to stop by itself.
const GRACE: Duration = Duration::from_secs(2);

/// Lists one scope and waits until how it ended is durable.
pub(super) async fn list(run: &Run, place: usize, task: Task) -> Option<ScopeDone> {
    let started = run.clock.now();
    run.hub.progress(|p| {
        if let Some(row) = p.scopes.get_mut(place) {
            row.phase = Phase::Running;
            row.started = Some(started);
        }
    });
    let mut attempt = 1;
    let result = loop {
        let result = once(run, place, &task).await;
        let Err(fault) = &result else { break result };
        let Disposition::Retry { after } = fault.disposition() else { break result };
        if attempt >= run.limits.attempts || run.cancel.is_cancelled() {
            break result;
        }
        let wait = after.unwrap_or(BACKOFF * 2_u32.saturating_pow(attempt - 1)).min(LONGEST);
        tracing::info!(scope = %task.scope.key, attempt, ?wait, error = %fault, "trying a scope again");
        attempt += 1;
        if run.cancel.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
            break result;
        }
    };
    let outcome = match &result {
        Ok(()) => clean(),
        Err(_) if run.cancel.is_cancelled() => cancelled(),
        Err(fault) => Outcome::failed(fault),
    };
    close(run, place, task, outcome).await
}

/// Writes down how a scope stands, and waits until that is durable.
pub(super) async fn close(run: &Run, place: usize, task: Task, outcome: Outcome) -> Option<ScopeDone> {
    let (done, ended) = oneshot::channel();
    let intake = Intake::Ended { run: run.id, scope: Arc::clone(&task.scope), outcome, done };
    run.intake.send(intake).await.ok()?;
    let done = ended.await.ok()?;
    show(run, place, &done);
    Some(done)
}

/// Shows how a scope ended.
fn show(run: &Run, place: usize, done: &ScopeDone) {
    let now = run.clock.now();
    run.hub.progress(|p| {
        p.created += done.counts.created;
        p.changed += done.counts.changed;
        p.gone += done.counts.gone;
        p.unknown += done.unknown;
        if let Some(row) = p.scopes.get_mut(place) {
            row.phase = Phase::Ended(done.state.coverage.state);
            row.ended = Some(now);
            row.error.clone_from(&done.state.coverage.error);
        }
    });
}

async fn once(run: &Run, place: usize, task: &Task) -> Result<(), Fault> {
    let sink = Arc::new(ScopeSink {
        run: run.id,
        place,
        scope: Arc::clone(&task.scope),
        intake: run.intake.clone(),
        cancel: run.cancel.clone(),
        hub: Arc::clone(&run.hub),
        born: Instant::now(),
        pulse: AtomicU64::new(0),
    });
    let stop = run.cancel.child_token();
    let context = CollectContext {
        gate: run.gate.clone(),
        sink: sink.clone(),
        cancel: stop.clone(),
        clock: Arc::clone(&run.clock),
    };
    let work = task.clone();
    let mut job =
        tokio::spawn(async move { work.collector.collect(&work.source, &work.scope, &context).await });
    let operation = || task.scope.key.listing.clone();
    let mut watch =
        tokio::time::interval(run.limits.stall.min(Duration::from_secs(1)).max(Duration::from_millis(10)));
    loop {
        tokio::select! {
            ended = &mut job => return ended.unwrap_or_else(|error| Err(panicked(&operation(), error))),
            () = run.cancel.cancelled() => break,
            _ = watch.tick() => {
                if u128::from(sink.silence()) > run.limits.stall.as_millis() {
                    job.abort();
                    let text = format!("nothing came for {} s; given up", run.limits.stall.as_secs());
                    return Err(Fault::new(FaultKind::Timeout, operation(), text));
                }
            }
        }
    }
    match tokio::time::timeout(GRACE, &mut job).await {
        Ok(ended) => ended.unwrap_or_else(|error| Err(panicked(&operation(), error))),
        Err(_) => {
            job.abort();
            Err(Fault::new(
                FaultKind::Cancelled,
                operation(),
                "cancelled; the collector did not stop by itself",
            ))
        }
    }
}

fn panicked(operation: &str, error: tokio::task::JoinError) -> Fault {
    let text = match error.try_into_panic() {
        Ok(panic) => panic
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".into()),
        Err(_) => return Fault::new(FaultKind::Cancelled, operation, "cancelled"),
    };
    Fault::new(
        FaultKind::Internal,
        operation,
        format!("the collector failed: {text}; this is a defect, please report it"),
    )
}

fn clean() -> Outcome {
    Outcome::of(CoverageState::Ok)
}

fn cancelled() -> Outcome {
    let error = Some("stopped before it ended; collect again".to_owned());
    Outcome { cancelled: true, error, ..Outcome::of(CoverageState::Partial) }
}
