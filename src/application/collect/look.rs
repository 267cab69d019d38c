//! The targeted look-up of what a whole weak listing lacked: one listing and a clear answer are a proof,
//! one listing alone is not. Whatever goes wrong here proves nothing.

use std::{collections::HashSet, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use cloudscope_domain::{AssetKey, Effort};
use cloudscope_ports::{CollectContext, Look};
use futures::FutureExt;
use tokio::sync::oneshot;

use super::{Run, sink::NoSink};
use crate::{
    gate::Meter,
    ingest::{Intake, ScopeDone},
    pulse::Pulse,
    task::Task,
};

/// No look-up takes longer; what it did not tell the next listing does.
const PATIENCE: Duration = Duration::from_secs(120);

/// Asks about what the listing lacked, and returns how the scope stands then.
pub(super) async fn look_up(run: &Run, task: &Task, meter: &Arc<Meter>, done: ScopeDone) -> ScopeDone {
    if done.missed.is_empty() || run.cancel.is_cancelled() {
        return done;
    }
    let before = meter.tally();
    let Some(answers) = ask(run, task, meter, &done.missed).await else { return done };
    let asked: HashSet<&AssetKey> = done.missed.iter().collect();
    let (mut found, mut gone) = (Vec::new(), Vec::new());
    for (key, look) in answers.into_iter().filter(|(key, _)| asked.contains(key)) {
        match look {
            // An answer about another asset than the one that was asked about says nothing of it.
            Look::There(sighting) if sighting.asset.key == key => found.push(*sighting),
            Look::NotFound => gone.push(key),
            Look::There(_) | Look::Unclear(_) => {}
        }
    }
    if found.is_empty() && gone.is_empty() {
        return done;
    }
    let after = meter.tally();
    let effort = Effort {
        calls: after.calls.saturating_sub(before.calls),
        retries: after.retries.saturating_sub(before.retries),
        throttles: after.throttles.saturating_sub(before.throttles),
        ..Effort::default()
    };
    let (tell, told) = oneshot::channel();
    let intake =
        Intake::Looked { run: run.id, scope: Arc::clone(&task.scope), found, gone, effort, done: tell };
    if run.intake.send(intake).await.is_err() {
        return done;
    }
    let Ok(mut looked) = told.await else { return done };
    looked.counts += done.counts;
    looked.settled = done.settled;
    looked
}

async fn ask(run: &Run, task: &Task, meter: &Arc<Meter>, keys: &[AssetKey]) -> Option<Vec<(AssetKey, Look)>> {
    let context = CollectContext {
        gate: run.gate.scoped(run.cancel.clone(), Arc::clone(meter), Pulse::new()),
        sink: Arc::new(NoSink),
        cancel: run.cancel.child_token(),
        clock: Arc::clone(&run.clock),
    };
    let answer = task.collector.look_up(&task.source, &task.scope, keys, &context);
    // Dropped when it takes too long or the run is cancelled; a panic is a defect of that collector only.
    let answer = tokio::time::timeout(PATIENCE, AssertUnwindSafe(answer).catch_unwind());
    let scope = &task.scope.key;
    match run.cancel.run_until_cancelled(answer).await? {
        Ok(Ok(Ok(answers))) => Some(answers),
        Ok(Ok(Err(fault))) => {
            tracing::info!(%scope, error = %fault, "what a listing lacked could not be looked up");
            None
        }
        Ok(Err(_)) => {
            tracing::error!(%scope, "looking up what a listing lacked failed; this is a defect");
            None
        }
        Err(_) => {
            tracing::info!(%scope, "looking up what a listing lacked took too long");
            None
        }
    }
}
