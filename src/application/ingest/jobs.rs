//! Long work of the writer, done in steps between commits so that a collection never waits for the
//! whole of it: forgetting a source, letting go of history, compacting the store.

use std::{collections::HashMap, sync::Arc};

use cloudscope_domain::{Change, ChangeKind, Record, RecordKey, RunId, ScopeKey, SourceName};
use cloudscope_ports::{CompactReport, PruneReport, Retention, StoreError};
use tokio::sync::oneshot;

use super::{GROUP_RECORDS, Writer};

/// One such work.
pub(super) enum Job {
    Forget(Forget),
    Prune(Prune),
    Compact(Compact),
}

/// Who waits for the store to be compacted.
type Compact = oneshot::Sender<Result<CompactReport, StoreError>>;

/// A source whose records leave the inventory.
pub(super) struct Forget {
    source: SourceName,
    /// What is still to go, by hash, the last first; `None` before the first step.
    left: Option<Vec<u128>>,
    /// Keys that the index does not know.
    strays: HashMap<u128, RecordKey>,
    forgotten: u64,
    done: oneshot::Sender<u64>,
}

/// History that is let go of.
pub(super) struct Prune {
    retention: Retention,
    sum: PruneReport,
    done: oneshot::Sender<PruneReport>,
}

impl Job {
    pub(super) fn forget(source: SourceName, done: oneshot::Sender<u64>) -> Self {
        Self::Forget(Forget { source, left: None, strays: HashMap::new(), forgotten: 0, done })
    }

    pub(super) fn prune(retention: Retention, done: oneshot::Sender<PruneReport>) -> Self {
        Self::Prune(Prune { retention, sum: PruneReport::default(), done })
    }
}

impl Writer {
    /// Takes work that somebody waits for: it comes before letting go of history, and compacting.
    pub(super) fn first(&mut self, job: Job) {
        let at = self
            .jobs
            .iter()
            .position(|j| matches!(j, Job::Prune(_) | Job::Compact(_)))
            .unwrap_or(self.jobs.len());
        self.jobs.insert(at, job);
    }

    /// Does one step of the oldest job, if there is one. Nothing may be pending.
    pub(super) fn work(&mut self) {
        self.land();
        let more = match self.jobs.pop_front() {
            Some(Job::Forget(job)) => self.forget_step(job).map(Job::Forget),
            Some(Job::Prune(job)) => self.prune_step(job).map(Job::Prune),
            Some(Job::Compact(done)) => self.compact_step(done).map(Job::Compact),
            None => None,
        };
        if let Some(job) = more {
            self.jobs.push_front(job);
        }
    }

    /// Ends what must not be left half done when the program stops. Pruning goes on the next time, a copy of
    /// the store begins anew.
    pub(super) fn finish(&mut self) {
        self.jobs.retain(|job| matches!(job, Job::Forget(_)));
        while !self.jobs.is_empty() {
            self.work();
        }
    }

    fn forget_step(&mut self, mut job: Forget) -> Option<Forget> {
        let mut left = job.left.take().unwrap_or_else(|| {
            let (left, strays) = self.records_of(&job.source);
            job.strays = strays;
            left
        });
        if left.is_empty() {
            // What a run saw meanwhile goes too: the user wants nothing of it.
            let (again, strays) = self.records_of(&job.source);
            if again.is_empty() {
                self.drop_scopes(&job.source);
                self.pending.urgent = true;
                self.pending.acknowledge(job.done, job.forgotten);
                self.commit();
                self.land();
                return None;
            }
            (left, job.strays) = (again, strays);
        }
        let some = left.split_off(left.len().saturating_sub(GROUP_RECORDS));
        let known: Vec<(u128, RecordKey)> = some
            .into_iter()
            .filter_map(|hash| Some((hash, self.key_of(hash).or_else(|| job.strays.remove(&hash))?)))
            .collect();
        let (hashes, keys): (Vec<u128>, Vec<RecordKey>) = known.into_iter().unzip();
        let records = self.store.get_many(&keys).unwrap_or_else(|error| {
            // What cannot be read leaves all the same; there is only less to say about it.
            self.hub.trouble(format!("a record that is forgotten could not be read: {error}"));
            keys.iter().map(|key| self.store.get(key).ok().flatten()).collect()
        });
        let (revision, at) = (self.revision.next(), self.clock.now());
        for record in records.into_iter().flatten().filter(|r| r.gone.is_none()) {
            self.pending.changes.push(Change {
                revision,
                at,
                run: RunId::default(),
                id: record.asset.key.id,
                kind: record.asset.kind,
                change: ChangeKind::Forgotten,
                path: String::new(),
                before: None,
                after: None,
            });
        }
        for hash in hashes {
            self.known.remove(hash);
        }
        job.forgotten += keys.len() as u64;
        self.pending.forgotten = keys;
        self.commit();
        self.land();
        job.left = Some(left);
        Some(job)
    }

    /// Every record of a source by hash, and the keys of those that the index does not know.
    fn records_of(&self, source: &SourceName) -> (Vec<u128>, HashMap<u128, RecordKey>) {
        let found = self.known.of_scopes(|key| key.source == *source);
        let mut strays = HashMap::new();
        if found.iter().any(|hash| self.key_of(*hash).is_none()) {
            let looked = self.store.load(&mut |record: Record| {
                if record.scope.source == *source {
                    let key = record.record_key();
                    let hash = key.hash128();
                    if self.key_of(hash).is_none() {
                        strays.insert(hash, key);
                    }
                }
                true
            });
            if let Err(error) = looked {
                self.hub.trouble(format!("not every record of {source} could be read: {error}"));
            }
        }
        let reachable =
            found.into_iter().filter(|hash| strays.contains_key(hash) || self.key_of(*hash).is_some());
        (reachable.collect(), strays)
    }

    fn drop_scopes(&mut self, source: &SourceName) {
        let keys: Vec<ScopeKey> = self.scopes.of(source).map(|s| s.scope.key.clone()).collect();
        for key in &keys {
            self.scopes.remove(key);
        }
        self.pending.dropped = keys;
    }

    fn compact_step(&mut self, done: Compact) -> Option<Compact> {
        if done.is_closed() {
            // Whoever asked is gone.
            self.store.cancel_compact();
            return None;
        }
        match self.store.compact() {
            Ok(report) if report.more => Some(done),
            ended => {
                drop(done.send(ended));
                None
            }
        }
    }

    fn prune_step(&mut self, mut job: Prune) -> Option<Prune> {
        if job.done.is_closed() {
            // Whoever asked is gone. What is pruned is pruned; the next one goes on from there.
            return None;
        }
        let step = match self.store.prune(&job.retention) {
            Ok(step) => step,
            Err(error) => {
                self.hub.trouble(format!("history could not be pruned: {error}"));
                return None;
            }
        };
        for key in &step.tombstones {
            let hash = key.hash128();
            self.known.remove(hash);
            self.index.forget(hash);
            self.graph.forget(key);
        }
        if !step.tombstones.is_empty() {
            self.hub.pruned();
            self.touched += step.tombstones.len();
            self.publish(self.revision, self.scopes.clone(), Arc::clone(&self.pins));
        }
        let sum = &mut job.sum;
        sum.changes += step.changes;
        sum.bytes += step.bytes;
        sum.tombstones.extend(step.tombstones);
        sum.oldest = step.oldest;
        sum.more = step.more;
        // A step may have looked at much and found nothing; the store says when it has looked at all.
        if step.more {
            return Some(job);
        }
        drop(job.done.send(job.sum));
        None
    }
}
