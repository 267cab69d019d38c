//! One scope: attempts with backoff, a watch on silence, and the panic of a collector contained.

use std::{sync::Arc, time::Duration};

use cloudscope_domain::{CoverageState, Effort, text::visible};
use cloudscope_ports::{CollectContext, Disposition, Fault, FaultKind, Gate};
use tokio::{
    sync::{OwnedSemaphorePermit, oneshot},
    time::Instant,
};

use super::{Run, look, sink::ScopeSink};
use crate::{
    follow::Listed,
    gate::{Meter, Room, ScopedGate},
    ingest::{Intake, ScopeDone, verdict::Outcome},
    message::Phase,
    pulse::Pulse,
    task::Task,
};

/// The wait before the second attempt; doubles with each.
const BACKOFF: Duration = Duration::from_millis(250);
/// Whoever asks for a longer wait is left alone: the next run comes.
const LONGEST: Duration = Duration::from_secs(30);

/// Lists one scope and waits until how it ended is durable. `held` is given back when it is listed, and nothing
/// is left but to wait for the writer.
pub(super) async fn list(
    run: &Run,
    place: usize,
    task: Task,
    held: OwnedSemaphorePermit,
) -> Option<ScopeDone> {
    let (started, begun) = (run.clock.now(), Instant::now());
    run.hub.progress(|p| {
        if let Some(row) = p.scope_mut(place) {
            row.phase = Phase::Running;
            row.started = Some(started);
        }
    });
    // Nothing of it may come between what is listed now.
    let followed = run.follows.pause(&task.scope.key).await.is_some();
    let meter = run.meter(Some(place));
    let result = attempts(run, place, &task, &meter).await;
    let mut outcome = match &result {
        Ok(()) => clean(),
        Err(_) if run.cancel.is_cancelled() => cancelled(),
        Err(fault) => Outcome::failed(fault),
    };
    let tally = meter.tally();
    outcome.effort = Effort {
        // Shorter than a millisecond is not nothing: nothing means that it is not known.
        millis: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX).max(1),
        calls: tally.calls,
        retries: tally.retries,
        throttles: tally.throttles,
        ..Effort::default()
    };
    let (done, ended) = oneshot::channel();
    let intake = Intake::Ended { run: run.id, scope: Arc::clone(&task.scope), outcome, done };
    run.intake.send(intake).await.ok()?;
    drop(held);
    let done = look::look_up(run, &task, &meter, ended.await.ok()?).await;
    run.show_end(place, &done);
    let listed = match result {
        Ok(()) => Listed::Whole,
        Err(_) if run.cancel.is_cancelled() => Listed::Stopped,
        Err(fault) => Listed::Failed(fault),
    };
    run.follows.listed(task, run.id, followed, listed, &run.intake);
    Some(done)
}

/// Attempts at a scope, until one succeeds or none further makes sense. Single calls were tried again by
/// the gate before; a further attempt costs the account one of the same further tries, so that the two
/// do not multiply without bound.
async fn attempts(run: &Run, place: usize, task: &Task, meter: &Arc<Meter>) -> Result<(), Fault> {
    let mut attempt = 1;
    loop {
        let pulse = Pulse::new();
        let room = run.rooms.room();
        let gate = run.gate.with_room(
            run.cancel.clone(),
            Arc::clone(meter),
            Arc::clone(&pulse),
            Some(Arc::clone(&room)),
        );
        let result = once(run, place, task, &gate, &pulse, room).await;
        let Err(fault) = &result else { return result };
        let Disposition::Retry { after } = fault.disposition() else { return result };
        let wait = after.unwrap_or(BACKOFF * 2_u32.saturating_pow(attempt - 1));
        if attempt >= run.limits.attempts
            || run.cancel.is_cancelled()
            || wait > LONGEST
            || !gate.attempt_again(&task.source.collector, &task.scope.key)
        {
            return result;
        }
        tracing::info!(scope = %task.scope.key, attempt, ?wait, error = %fault, "trying a scope again");
        attempt += 1;
        let what = format!("attempt {attempt} of {}: {}", run.limits.attempts, visible(&fault.message));
        let _shown = meter.waits(&what, &pulse);
        if run.cancel.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
            return result;
        }
    }
}

async fn once(
    run: &Run,
    place: usize,
    task: &Task,
    gate: &Arc<ScopedGate>,
    pulse: &Arc<Pulse>,
    room: Arc<Room>,
) -> Result<(), Fault> {
    let sink = Arc::new(ScopeSink {
        run: run.id,
        place,
        scope: Arc::clone(&task.scope),
        intake: run.intake.clone(),
        cancel: run.cancel.clone(),
        hub: Arc::clone(&run.hub),
        pulse: Arc::clone(pulse),
        taken: Arc::clone(&run.taken),
        room,
    });
    let context = CollectContext {
        gate: Arc::clone(gate) as Arc<dyn Gate>,
        sink,
        cancel: run.cancel.child_token(),
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
            ended = &mut job => return crate::task::ended(&operation(), ended),
            () = run.cancel.cancelled() => break,
            _ = watch.tick() => {
                if pulse.silence() > run.limits.stall {
                    job.abort();
                    let text = format!("nothing came for {} s; given up", run.limits.stall.as_secs());
                    return Err(Fault::new(FaultKind::Timeout, operation(), text));
                }
            }
        }
    }
    crate::task::stopped(&operation(), &mut job).await
}

fn clean() -> Outcome {
    Outcome::of(CoverageState::Ok)
}

fn cancelled() -> Outcome {
    let error = Some("stopped before it ended; collect again".to_owned());
    Outcome { cancelled: true, error, ..Outcome::of(CoverageState::Partial) }
}
