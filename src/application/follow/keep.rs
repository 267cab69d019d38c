//! One scope that is followed, until somebody stops it: begun, watched for silence, and begun anew after a
//! while whenever it breaks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use cloudscope_domain::RunId;
use cloudscope_ports::{Clock, CollectContext, Fault, FaultKind};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{sink::FollowSink, wait};
use crate::{
    gate::{CallGate, Meter},
    hub::Brought,
    ingest::{FollowId, Intake, verdict::Outcome},
    pulse::Pulse,
    room::Room,
    task::{self, Task},
};

/// Everything that following one scope needs.
pub(super) struct Keeper {
    pub(super) task: Task,
    pub(super) run: RunId,
    /// What is known of the scope is whole: its listing just before was, or its last follow.
    pub(super) whole: bool,
    /// The failure of the listing just before.
    pub(super) fault: Option<Fault>,
    pub(super) brought: Arc<Brought>,
    /// Set while it is broken.
    pub(super) broken: Arc<AtomicBool>,
    /// Set while it is only listed every so often.
    pub(super) listed: Arc<AtomicBool>,
    pub(super) cancel: CancellationToken,
    pub(super) intake: mpsc::Sender<Intake>,
    pub(super) room: Room,
    pub(super) gate: Arc<CallGate>,
    pub(super) clock: Arc<dyn Clock>,
    /// A follow from which nothing at all came for so long is begun anew.
    pub(super) silence: Duration,
    pub(super) ids: Arc<AtomicU64>,
}

impl Keeper {
    /// Follows until it is cancelled. Whatever it sent is in the intake when this returns.
    pub(super) async fn keep(mut self) {
        let mut attempts = 0;
        let mut fault = self.fault.take();
        loop {
            self.broken.store(fault.is_some() || !self.whole, Ordering::Relaxed);
            if let Some(fault) = fault.take() {
                attempts += 1;
                let time = wait::after(&fault, attempts, &self.task.scope.key);
                if self.cancel.run_until_cancelled(tokio::time::sleep(time)).await.is_none() {
                    break;
                }
            }
            let id = FollowId(self.ids.fetch_add(1, Ordering::Relaxed));
            let began = Intake::FollowBegan {
                id,
                run: self.run,
                scope: Arc::clone(&self.task.scope),
                whole: self.whole,
                brought: Arc::clone(&self.brought),
            };
            if self.intake.send(began).await.is_err() {
                return;
            }
            let (brought_something, ended) = self.once(id).await;
            if brought_something {
                attempts = 0;
                self.whole = true;
            }
            if self.cancel.is_cancelled() {
                break;
            }
            let why = ended.err().unwrap_or_else(|| {
                let words = "the collector stopped following without a reason; this is a defect";
                Fault::new(FaultKind::Internal, self.task.scope.key.listing.clone(), words)
            });
            tracing::info!(scope = %self.task.scope.key, error = %why, "a follow broke");
            let (scope, outcome) = (Arc::clone(&self.task.scope), Outcome::failed(&why));
            if self.intake.send(Intake::FollowBroke { id, scope, outcome }).await.is_err() {
                return;
            }
            fault = Some(why);
        }
        // The engine may be gone: then there is nobody to tell.
        let _ = self.intake.send(Intake::Unfollowed { scope: Arc::clone(&self.task.scope) }).await;
    }

    /// One attempt. Says whether all was said at least once, and how it ended.
    async fn once(&self, id: FollowId) -> (bool, Result<(), Fault>) {
        let cancel = self.cancel.child_token();
        let items = Pulse::new();
        self.listed.store(false, Ordering::Relaxed);
        let sink = Arc::new(FollowSink {
            id,
            scope: Arc::clone(&self.task.scope),
            intake: self.intake.clone(),
            room: self.room.clone(),
            cancel: cancel.clone(),
            pulse: Arc::clone(&items),
            whole: AtomicBool::new(false),
            broken: Arc::clone(&self.broken),
            listed: Arc::clone(&self.listed),
        });
        let context = CollectContext {
            gate: self.gate.scoped(cancel.clone(), Meter::unseen(), Pulse::new()),
            sink: Arc::clone(&sink) as Arc<dyn cloudscope_ports::Sink>,
            cancel: cancel.clone(),
            clock: Arc::clone(&self.clock),
        };
        let work = self.task.clone();
        let operation = &work.scope.key.listing;
        let mut job = {
            let work = work.clone();
            tokio::spawn(async move { work.collector.follow(&work.source, &work.scope, &context).await })
        };
        let ended = loop {
            let left = self.silence.saturating_sub(items.silence());
            tokio::select! {
                ended = &mut job => break task::ended(operation, ended),
                () = self.cancel.cancelled() => break task::stopped(operation, &mut job).await,
                () = tokio::time::sleep(left.max(Duration::from_millis(10))) => {
                    if items.silence() > self.silence {
                        cancel.cancel();
                        drop(task::stopped(operation, &mut job).await);
                        let words = format!("nothing came for {} s; it is followed anew", self.silence.as_secs());
                        break Err(Fault::new(FaultKind::Timeout, operation, words));
                    }
                }
            }
        };
        // Whatever of it still runs may say nothing more.
        cancel.cancel();
        (sink.whole.load(Ordering::Relaxed), ended)
    }
}
