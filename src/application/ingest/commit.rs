//! One commit: atomic in the store first, then visible to readers, then acknowledged.

use std::{collections::HashMap, sync::atomic::Ordering, time::Duration};

use cloudscope_domain::{AssetId, Change, Pin, Record, RecordKey, RunRecord, ScopeKey, ScopeState};
use cloudscope_ports::{Commit, StoreError};
use tokio::sync::oneshot;

use super::{Writer, notices::Note};
use crate::hub::Step;

/// How long a full or failing disk is left alone before the next try.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// Fewer records are not worth a thread.
const WORTH: usize = 256;

/// Told once a commit is durable.
type Ack = Box<dyn FnOnce() + Send>;

/// What waits for the next commit.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) records: HashMap<u128, Record>,
    pub(super) changes: Vec<Change>,
    /// Told once the commit is durable.
    pub(super) notes: Vec<Note>,
    scopes: HashMap<ScopeKey, ScopeState>,
    pub(super) runs: Vec<RunRecord>,
    pub(super) forgotten: Vec<RecordKey>,
    pub(super) dropped: Vec<ScopeKey>,
    /// Set, or taken off.
    pub(super) pins: HashMap<AssetId, Option<Pin>>,
    /// Waiting for more would only delay somebody.
    pub(super) urgent: bool,
    acks: Vec<Ack>,
}

impl Pending {
    /// How much waits: records, and states of scopes.
    pub(super) fn len(&self) -> usize {
        self.records.len() + self.scopes.len()
    }

    /// Waiting for more would only delay somebody.
    pub(super) fn urgent(&self) -> bool {
        self.urgent
    }

    /// Somebody waits for this to be durable.
    pub(super) fn awaited(&self) -> bool {
        !self.acks.is_empty()
    }

    /// How a scope stands; of two states in one commit the later one counts.
    pub(super) fn scope(&mut self, state: ScopeState) {
        self.scopes.insert(state.scope.key.clone(), state);
    }

    /// Sends an answer once the commit is durable. Whoever asked may be gone by then; the commit stands.
    pub(super) fn acknowledge<T: Send + 'static>(&mut self, done: oneshot::Sender<T>, answer: T) {
        self.acks.push(Box::new(move || drop(done.send(answer))));
    }

    fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.scopes.is_empty()
            && self.runs.is_empty()
            && self.forgotten.is_empty()
            && self.dropped.is_empty()
            && self.pins.is_empty()
    }
}

impl Writer {
    /// Makes durable what is pending. A full or failing disk is reported and tried again: meanwhile the
    /// bounded intake holds the collectors back, and nothing is lost.
    pub(super) fn commit(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            let records = self.clustered(pending.records);
            let mut scopes: Vec<ScopeState> = pending.scopes.into_values().collect();
            scopes.sort_unstable_by(|a, b| a.scope.key.cmp(&b.scope.key));
            let (set, unset): (Vec<_>, Vec<_>) = pending.pins.into_iter().partition(|(_, pin)| pin.is_some());
            // One time for all of it: whoever asks about the time of a change sees the change.
            let at = self.clock.now();
            let changes = pending.changes.into_iter().map(|change| Change { at, ..change }).collect();
            let commit = Commit {
                revision: self.revision.next(),
                at,
                records,
                scopes,
                runs: pending.runs,
                changes,
                forgotten: pending.forgotten,
                dropped: pending.dropped,
                pinned: set.into_iter().filter_map(|(_, pin)| pin).collect(),
                unpinned: unset.into_iter().map(|(id, _)| id).collect(),
            };
            if !self.persist(&commit) {
                // Unacknowledged: whoever waits learns it from the dropped channel.
                return;
            }
            self.revision = commit.revision;
            self.enter(&commit.records);
            for key in &commit.forgotten {
                self.index.forget(key.hash128());
                self.graph.forget(key);
            }
            for state in &commit.scopes {
                self.index.scope(state);
                let coverage = &state.coverage;
                let step = Step::new(commit.revision, state.run, coverage.state, coverage.effort.millis);
                self.hub.trails.add(&state.scope.key, step);
            }
            for key in &commit.dropped {
                self.hub.trails.forget(key);
            }
            for pin in &commit.pinned {
                self.index.pin(&pin.id, true);
            }
            for id in &commit.unpinned {
                self.index.pin(id, false);
            }
            self.publish();
            self.notices.tell(&commit, pending.notes, &self.scopes, &self.pins);
        }
        for ack in pending.acks {
            ack();
        }
    }

    /// Records by scope, so that a segment holds what is listed together. Scopes are told apart by their
    /// numbers: their names are long and alike.
    fn clustered(&self, records: HashMap<u128, Record>) -> Vec<Record> {
        let number = |hash| self.known.get(hash).map(|entry| entry.scope);
        let mut numbered: Vec<_> = records.into_iter().map(|(hash, record)| (number(hash), record)).collect();
        numbered.sort_unstable_by(|(a, x), (b, y)| {
            a.cmp(b).then_with(|| x.scope.cmp(&y.scope)).then_with(|| x.asset.key.cmp(&y.asset.key))
        });
        numbered.into_iter().map(|(_, record)| record).collect()
    }

    /// Takes records into index and graph, side by side where there are enough of them.
    fn enter(&mut self, records: &[Record]) {
        let (index, graph) = (&mut self.index, &mut self.graph);
        if records.len() < WORTH {
            records.iter().for_each(|record| index.upsert(record));
            records.iter().for_each(|record| graph.upsert(record));
            return;
        }
        std::thread::scope(|threads| {
            threads.spawn(|| records.iter().for_each(|record| graph.upsert(record)));
            records.iter().for_each(|record| index.upsert(record));
        });
    }

    fn persist(&self, commit: &Commit) -> bool {
        let mut told = false;
        loop {
            match self.store.apply(commit) {
                Ok(_) => {
                    if told {
                        self.hub.mended();
                    }
                    return true;
                }
                Err(error @ (StoreError::Full(_) | StoreError::Io(_))) => {
                    if !told {
                        tracing::error!(%error, "a commit could not be written; trying again");
                        self.hub.trouble(format!(
                            "{error}; collection waits and goes on by itself once it can write"
                        ));
                        told = true;
                    }
                    if self.stop.load(Ordering::Acquire) {
                        return false;
                    }
                    std::thread::sleep(TRY_AGAIN);
                }
                Err(error) => {
                    tracing::error!(%error, "a commit was refused by the store");
                    self.hub.trouble(format!("{error}; quit and run `cloudscope store check`"));
                    return false;
                }
            }
        }
    }
}
