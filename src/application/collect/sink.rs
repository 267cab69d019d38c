//! A scope's end of the writer's intake: bounded, so that a slow disk reaches the paginator.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use cloudscope_domain::{RunId, Scope};
use cloudscope_ports::{Batch, Item, Sink, SinkError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{gate::Room, hub::Hub, ingest::Intake, pulse::Pulse};

/// Items that go through the intake in one piece.
const PIECE: usize = 1_024;

/// Counts what passes, hands it on, and remembers when something last came.
pub(super) struct ScopeSink {
    pub(super) run: RunId,
    pub(super) place: usize,
    pub(super) scope: Arc<Scope>,
    pub(super) intake: mpsc::Sender<Intake>,
    pub(super) cancel: CancellationToken,
    pub(super) hub: Arc<Hub>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) taken: Arc<AtomicU64>,
    pub(super) room: Arc<Room>,
}

impl ScopeSink {
    fn count(&self, items: &[Item]) {
        let (mut seen, mut problems, mut expected, mut begun) = (0, 0, None, false);
        for item in items {
            match item {
                Item::Begin => {
                    (seen, problems, expected) = (0, 0, None);
                    begun = true;
                }
                Item::Upsert(_) => seen += 1,
                Item::Problem { .. } | Item::Limited { .. } => problems += 1,
                Item::Expect(n) => expected = Some(*n),
                Item::Delete { .. } | Item::Within { .. } | Item::Done | Item::Resume => {}
            }
        }
        self.taken.fetch_add(seen, Ordering::Relaxed);
        self.hub.progress(|p| {
            let Some(row) = p.scope_mut(self.place) else { return };
            if begun {
                (row.seen, row.problems, row.expected) = (0, 0, None);
            }
            row.seen += seen;
            row.problems += problems;
            row.expected = expected.or(row.expected);
        });
    }
}

#[async_trait]
impl Sink for ScopeSink {
    async fn send(&self, mut batch: Batch) -> Result<(), SinkError> {
        // A full intake is our doing, not the collector's silence.
        let _held = self.pulse.hold();
        let mut assets = 0;
        while !batch.is_empty() {
            let rest = if batch.len() > PIECE { batch.split_off(PIECE) } else { Vec::new() };
            self.count(&batch);
            assets += batch.iter().filter(|item| matches!(item, Item::Upsert(_))).count();
            let (run, scope) = (self.run, Arc::clone(&self.scope));
            let sent = async {
                let room = self.hub.room.take(batch.len()).await;
                self.intake.send(Intake::Items { run, scope, items: batch, room }).await
            };
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(SinkError),
                sent = sent => sent.map_err(|_| SinkError)?,
            }
            batch = rest;
        }
        self.room.give(assets);
        Ok(())
    }
}

/// Planning and looking up yield no items.
pub(super) struct NoSink;

#[async_trait]
impl Sink for NoSink {
    async fn send(&self, _: Batch) -> Result<(), SinkError> {
        Err(SinkError)
    }
}
