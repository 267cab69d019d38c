//! One commit: atomic in the store first, then visible to readers, then acknowledged.

use std::{collections::HashMap, sync::atomic::Ordering, time::Duration};

use cloudscope_domain::{Change, Record, RunRecord, ScopeState};
use cloudscope_ports::{Commit, StoreError};
use tokio::sync::oneshot;

use super::{ScopeDone, Writer};

/// How long a full or failing disk is left alone before the next try.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// What waits for the next commit.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) records: HashMap<u128, Record>,
    pub(super) changes: Vec<Change>,
    pub(super) scopes: Vec<ScopeState>,
    pub(super) runs: Vec<RunRecord>,
    pub(super) scope_acks: Vec<(oneshot::Sender<ScopeDone>, ScopeDone)>,
    pub(super) run_acks: Vec<(oneshot::Sender<RunRecord>, RunRecord)>,
}

impl Pending {
    /// Somebody waits for this to be durable, so that waiting for more would only delay them.
    pub(super) fn urgent(&self) -> bool {
        !self.run_acks.is_empty()
    }

    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.scopes.is_empty() && self.runs.is_empty()
    }
}

impl Writer {
    /// Makes durable what is pending. A full or failing disk is reported and tried again: meanwhile the
    /// bounded intake holds the collectors back, and nothing is lost.
    pub(super) fn commit(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            let mut records: Vec<Record> = pending.records.into_values().collect();
            // Clustered by scope, so that a segment holds what is listed together.
            records.sort_unstable_by(|a, b| (&a.scope, &a.asset.key).cmp(&(&b.scope, &b.asset.key)));
            let commit = Commit {
                revision: self.revision.next(),
                at: self.clock.now(),
                records,
                scopes: pending.scopes,
                runs: pending.runs,
                changes: pending.changes,
                ..Commit::default()
            };
            if !self.persist(&commit) {
                // Unacknowledged: whoever waits learns it from the dropped channel.
                return;
            }
            self.revision = commit.revision;
            for record in &commit.records {
                self.index.upsert(record);
                self.graph.upsert(record);
            }
            for state in &commit.scopes {
                self.index.scope(state);
            }
            self.publish();
        }
        for (ack, done) in pending.scope_acks {
            // The run may have been dropped meanwhile; the commit stands all the same.
            let _ = ack.send(done);
        }
        for (ack, record) in pending.run_acks {
            let _ = ack.send(record);
        }
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
