//! A follow's end of the writer's intake: bounded, so that a slow disk reaches the provider.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use cloudscope_domain::Scope;
use cloudscope_ports::{Batch, Item, Sink, SinkError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    ingest::{FollowId, Intake},
    pulse::Pulse,
    room::Room,
};

/// Items that go through the intake in one piece.
const PIECE: usize = 1_024;

/// Hands on what comes, and remembers when something last came.
pub(super) struct FollowSink {
    pub(super) id: FollowId,
    pub(super) scope: Arc<Scope>,
    pub(super) intake: mpsc::Sender<Intake>,
    pub(super) room: Room,
    pub(super) cancel: CancellationToken,
    pub(super) pulse: Arc<Pulse>,
    /// It said once that all was said up to there.
    pub(super) whole: AtomicBool,
    /// Not whole now.
    pub(super) broken: Arc<AtomicBool>,
    /// It is listed every so often, and not told what happens.
    pub(super) listed: Arc<AtomicBool>,
}

/// Asking what there is yields no items.
pub(super) struct NoSink;

#[async_trait]
impl Sink for NoSink {
    async fn send(&self, _: Batch) -> Result<(), SinkError> {
        Err(SinkError)
    }
}

#[async_trait]
impl Sink for FollowSink {
    async fn send(&self, mut batch: Batch) -> Result<(), SinkError> {
        // A full intake is our doing, not the collector's silence.
        let _held = self.pulse.hold();
        let whole = batch.iter().any(|item| matches!(item, Item::Resume | Item::Done));
        while !batch.is_empty() {
            let rest = if batch.len() > PIECE { batch.split_off(PIECE) } else { Vec::new() };
            let (id, scope) = (self.id, Arc::clone(&self.scope));
            let sent = async {
                let room = self.room.take(batch.len()).await;
                self.intake.send(Intake::Followed { id, scope, items: batch, room }).await
            };
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(SinkError),
                sent = sent => sent.map_err(|_| SinkError)?,
            }
            batch = rest;
        }
        if whole {
            self.whole.store(true, Ordering::Relaxed);
            self.broken.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    fn only_lists(&self, only_lists: bool) {
        // Of an attempt that ended nothing counts any more.
        if !self.cancel.is_cancelled() {
            self.listed.store(only_lists, Ordering::Relaxed);
        }
    }
}
