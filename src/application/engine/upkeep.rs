//! What users ask of the store besides looking: marks on assets, letting go of history, what became of
//! the last attempts at a scope. Everything that writes goes through the writer.

use std::{
    pin::pin,
    sync::{Arc, PoisonError},
    time::Duration,
};

use cloudscope_domain::{AssetId, Attempt, RunId, ScopeKey};
use cloudscope_ports::{CompactReport, PruneReport};
use tokio::sync::{mpsc, oneshot};

use super::{
    Engine,
    work::{blocking, bounded},
};
use crate::{Reply, SessionError, hub::View, ingest::Intake, message::Event};

/// How long after the start history is looked at for the first time: the first collection goes first.
const SETTLE: Duration = Duration::from_secs(120);
/// How often after that.
const ROUND: Duration = Duration::from_secs(3_600);
/// How often somebody who asked the writer looks whether it waits for room.
const LOOK: Duration = Duration::from_millis(250);

impl Engine {
    /// The way to the writer.
    pub(super) fn writer(&self) -> Result<mpsc::Sender<Intake>, SessionError> {
        self.store()?;
        self.intake.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(SessionError::Gone)
    }

    /// Asks the writer, and waits until what was asked is durable.
    pub(super) async fn write<T>(
        &self,
        ask: impl FnOnce(oneshot::Sender<T>) -> Intake,
    ) -> Result<T, SessionError> {
        let (done, durable) = oneshot::channel();
        self.writer()?.send(ask(done)).await.map_err(|_| SessionError::Gone)?;
        durable.await.map_err(|_| SessionError::Store("it could not be written; nothing was changed".into()))
    }

    /// Marks an asset, or takes the mark off.
    pub(super) async fn pin(&self, id: AssetId, on: bool) -> Result<Reply, SessionError> {
        let view = self.view()?;
        let id = blocking(move || named(&view, id, on)).await??;
        self.write(|done| Intake::Pin { id, on, done }).await?;
        Ok(Reply::Done)
    }

    /// Lets go of history by the configured retention.
    pub(super) async fn prune(&self) -> Result<PruneReport, SessionError> {
        let retention = self.retention.at(self.clock.now());
        let (done, pruned) = oneshot::channel();
        let ask = Intake::Prune { retention, done };
        let writer = self.writer()?;
        let asked = async move {
            writer.send(ask).await.map_err(|_| SessionError::Gone)?;
            // Who waits must not keep the way to the writer open: it ends when that is closed.
            drop(writer);
            pruned.await.map_err(|_| {
                let why = self.hub.troubles().into_iter().find(|t| t.starts_with("history"));
                SessionError::Store(
                    why.unwrap_or_else(|| "history was not pruned to the end; it goes on later".into()),
                )
            })
        };
        self.unless_it_waits(asked).await
    }

    /// What the writer answers; an error once it does not because it waits for room on the disk. What was asked is not
    /// done then.
    async fn unless_it_waits<T>(
        &self,
        asked: impl Future<Output = Result<T, SessionError>>,
    ) -> Result<T, SessionError> {
        let mut asked = pin!(asked);
        loop {
            match tokio::time::timeout(LOOK, asked.as_mut()).await {
                Ok(answer) => return answer,
                Err(_) => {
                    if let Some(why) = self.hub.waits() {
                        return Err(SessionError::Store(format!(
                            "{why}; until then history is not let go of and the store is not compacted: ask again when \
                             there is room"
                        )));
                    }
                }
            }
        }
    }

    /// Makes the store as small as what is in it.
    pub(super) async fn compact(&self) -> Result<CompactReport, SessionError> {
        let (done, compacted) = oneshot::channel();
        let writer = self.writer()?;
        let asked = async move {
            writer.send(Intake::Compact { done }).await.map_err(|_| SessionError::Gone)?;
            drop(writer);
            compacted
                .await
                .map_err(|_| SessionError::Store("the store was not compacted; nothing was changed".into()))
        };
        let report = self.unless_it_waits(asked).await?;
        report.map_err(|error| SessionError::Store(error.to_string()))
    }

    /// The newest attempts at a scope, each once: what a look-up added later belongs to the attempt.
    pub(super) async fn attempts(&self, scope: ScopeKey, limit: u64) -> Result<Reply, SessionError> {
        let limit = bounded(limit);
        let found = self.read(move |store| store.attempts(&scope, limit.saturating_mul(2))).await?;
        let mut attempts = each_once(found);
        attempts.truncate(limit);
        Ok(Reply::Attempts(attempts))
    }

    /// Lets go of history by itself from now on, until the engine is shut down, a while after the start
    /// and then every hour. Whoever keeps the program open asks for this.
    pub fn keep_house(self: &Arc<Self>) {
        self.keep_house_every(SETTLE, ROUND);
    }

    pub(super) fn keep_house_every(self: &Arc<Self>, settle: Duration, round: Duration) {
        let (engine, stop) = (Arc::downgrade(self), self.timetable.stop.clone());
        tokio::spawn(async move {
            let mut wait = settle;
            loop {
                if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                    return;
                }
                let Some(engine) = engine.upgrade() else { return };
                // Not while the engine stops: the writer has better things to do.
                if stop.run_until_cancelled(engine.tidy()).await.is_none() {
                    return;
                }
                wait = round;
            }
        });
    }

    /// Lets go of history, if this is the first run of its day: a command that collects and ends asks for
    /// this last. Says whether there was anything to ask for.
    pub async fn tidy_daily(&self) -> bool {
        const DAY: i64 = 86_400_000;
        let day = |at: cloudscope_domain::Timestamp| at.millis().div_euclid(DAY);
        let Ok(runs) = self.read(|store| store.runs(2)).await else { return false };
        let due = match runs.as_slice() {
            [] => false,
            [_] => true,
            [last, before, ..] => day(last.started) != day(before.started),
        };
        if due {
            self.tidy().await;
        }
        due
    }

    async fn tidy(&self) {
        match self.prune().await {
            Ok(report) if report.changes > 0 || !report.tombstones.is_empty() => {
                let (changes, tombstones) = (report.changes, report.tombstones.len());
                tracing::info!(changes, tombstones, bytes = report.bytes, "history was let go of");
            }
            Ok(_) | Err(SessionError::NotReady | SessionError::Gone) => {}
            Err(error) => self.hub.send(Event::Trouble(error.to_string())),
        }
        self.compact_unasked().await;
    }

    /// Compacts the store when that is worth it and nothing is collected.
    async fn compact_unasked(&self) {
        if !self.limits.compact || self.is_running() {
            return;
        }
        if !self.read(|store| Ok(store.worth_compacting())).await.unwrap_or(false) {
            return;
        }
        match self.compact().await {
            Ok(report) => {
                let CompactReport { before, after, kept, .. } = report;
                tracing::info!(before, after, kept, "the store was compacted");
            }
            Err(SessionError::NotReady | SessionError::Gone) => {}
            Err(error) => self.hub.send(Event::Trouble(error.to_string())),
        }
    }
}

/// Which asset is meant: by its id, or by a short name that only one asset bears. A mark can be taken off
/// what is no longer known.
fn named(view: &View, id: AssetId, on: bool) -> Result<AssetId, SessionError> {
    if !on && view.pins.contains_key(&id) {
        return Ok(id);
    }
    let mut ids: Vec<AssetId> =
        view.snapshot.find(&id).into_iter().map(|row| view.snapshot.key(row).key.id).collect();
    if ids.len() > 1 {
        // Several records of one thing: that of its face.
        let faces = view.snapshot.find(&id).into_iter().map(|row| view.snapshot.face(row));
        ids = faces.map(|row| view.snapshot.key(row).key.id).collect();
    }
    ids.sort_unstable();
    ids.dedup();
    match ids.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(SessionError::Bad(format!(
            "the inventory has no asset `{id}`; `cloudscope query` lists the ids"
        ))),
        many => {
            let names: Vec<&str> = many.iter().take(5).map(AssetId::as_str).collect();
            let text = format!("`{id}` names {} assets: {}; use the full id", many.len(), names.join(", "));
            Err(SessionError::Bad(text))
        }
    }
}

/// Of several states of one attempt the newest.
pub(super) fn each_once(attempts: Vec<Attempt>) -> Vec<Attempt> {
    let mut out: Vec<Attempt> = Vec::with_capacity(attempts.len());
    for attempt in attempts {
        let same = |last: &Attempt| last.run == attempt.run && attempt.run != RunId::default();
        if !out.last().is_some_and(same) {
            out.push(attempt);
        }
    }
    out
}
