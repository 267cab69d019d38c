//! Which scopes are followed: who has a place, who waits to be followed once that is switched on, and that
//! each is followed once.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use cloudscope_domain::{ListingMode, RunId, ScopeKey};
use cloudscope_ports::{Clock, Fault};
use tokio::{sync::mpsc, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;

use super::keep::Keeper;
use crate::{gate::CallGate, hub::Brought, ingest::Intake, limits::Limits, message::Following, task::Task};

/// How a listing ended.
pub(crate) enum Listed {
    /// The collector said all there is.
    Whole,
    /// It failed.
    Failed(Fault),
    /// Somebody stopped it.
    Stopped,
}

/// Who follows what.
pub(crate) struct Follows {
    clock: Arc<dyn Clock>,
    gate: Arc<CallGate>,
    limits: Limits,
    ids: Arc<AtomicU64>,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    /// Switched on since then, and what it brought.
    on: Option<Arc<Brought>>,
    closed: bool,
    /// A run of a source that can be followed was started by this process.
    collected: bool,
    /// Scopes that may be followed.
    places: HashSet<ScopeKey>,
    /// Why others may not.
    refused: HashMap<ScopeKey, &'static str>,
    followed: HashMap<ScopeKey, Entry>,
    /// Listed whole by this process, and followed as soon as that is switched on.
    ready: HashMap<ScopeKey, (Task, RunId)>,
}

struct Entry {
    task: Task,
    run: RunId,
    cancel: CancellationToken,
    brought: Arc<Brought>,
    broken: Arc<AtomicBool>,
    job: JoinHandle<()>,
}

impl Follows {
    /// Follows nothing yet.
    pub(crate) fn new(clock: Arc<dyn Clock>, gate: Arc<CallGate>, limits: Limits) -> Self {
        Self { clock, gate, limits, ids: Arc::default(), book: Mutex::default() }
    }

    /// These scopes are going to be listed: as many as there are places for are followed after that, in this
    /// order; a scope that has a place keeps it.
    pub(crate) fn reserve(&self, tasks: &[Task]) {
        let mut book = self.lock();
        for task in tasks.iter().filter(|task| task.collector.follows(&task.source)) {
            let key = &task.scope.key;
            if book.places.contains(key) {
                continue;
            }
            let refused = if task.scope.mode != ListingMode::Snapshot {
                Some("its listing is weak, so there is no point to go on from; it is as of its last listing")
            } else if book.places.len() >= self.limits.follows {
                Some("collect.followed_scopes are followed already; it is as of its last listing")
            } else {
                None
            };
            if let Some(why) = refused {
                book.refused.insert(key.clone(), why);
                continue;
            }
            book.refused.remove(key);
            book.places.insert(key.clone());
        }
    }

    /// A scope was listed, or not. `followed` says whether it was before; `run` is what its changes bear.
    pub(crate) fn listed(
        &self,
        task: Task,
        run: RunId,
        followed: bool,
        listed: Listed,
        intake: &mpsc::Sender<Intake>,
    ) {
        let mut book = self.lock();
        if !book.places.contains(&task.scope.key) {
            return;
        }
        let Some(sum) = book.on.clone() else {
            if matches!(listed, Listed::Whole) {
                book.ready.insert(task.scope.key.clone(), (task, run));
            }
            return;
        };
        let (whole, fault) = match listed {
            Listed::Whole => (true, None),
            Listed::Failed(fault) => (false, Some(fault)),
            // Somebody stopped the run, not what went on before it.
            Listed::Stopped if followed => (false, None),
            Listed::Stopped => return,
        };
        self.begin(&mut book, task, run, whole, fault, &sum, intake);
    }

    #[expect(clippy::too_many_arguments, reason = "private; each is one field of the keeper")]
    fn begin(
        &self,
        book: &mut Book,
        task: Task,
        run: RunId,
        whole: bool,
        fault: Option<Fault>,
        sum: &Arc<Brought>,
        intake: &mpsc::Sender<Intake>,
    ) {
        if book.closed || book.followed.contains_key(&task.scope.key) {
            return;
        }
        let cancel = CancellationToken::new();
        let brought = Brought::new(self.clock.now(), Some(Arc::clone(sum)));
        let broken = Arc::new(AtomicBool::new(!whole));
        let keeper = Keeper {
            task: task.clone(),
            run,
            whole,
            fault,
            brought: Arc::clone(&brought),
            broken: Arc::clone(&broken),
            cancel: cancel.clone(),
            intake: intake.clone(),
            gate: Arc::clone(&self.gate),
            clock: Arc::clone(&self.clock),
            silence: self.limits.silence,
            ids: Arc::clone(&self.ids),
        };
        let job = tokio::spawn(keeper.keep());
        let key = task.scope.key.clone();
        book.followed.insert(key, Entry { task, run, cancel, brought, broken, job });
    }

    /// Stops following a scope. Once this returns nothing more comes of it. Returns who followed it.
    pub(crate) async fn pause(&self, key: &ScopeKey) -> Option<Task> {
        let entry = {
            let mut book = self.lock();
            book.ready.remove(key);
            book.followed.remove(key)?
        };
        entry.cancel.cancel();
        if let Err(error) = entry.job.await {
            tracing::error!(scope = %key, %error, "following a scope failed; this is a defect");
        }
        Some(entry.task)
    }

    /// Stops following these scopes, and gives their places away.
    pub(crate) async fn forget(&self, which: impl Fn(&ScopeKey) -> bool) {
        let followed: Vec<ScopeKey> = {
            let mut book = self.lock();
            book.places.retain(|key| !which(key));
            book.refused.retain(|key, _| !which(key));
            book.ready.retain(|key, _| !which(key));
            book.followed.keys().filter(|key| which(key)).cloned().collect()
        };
        futures::future::join_all(followed.iter().map(|key| self.pause(key))).await;
    }

    /// From now on scopes are followed once they were listed; those that were listed already are at once.
    pub(crate) fn switch_on(&self, intake: &mpsc::Sender<Intake>) {
        let mut book = self.lock();
        if book.on.is_none() {
            let sum = Brought::new(self.clock.now(), None);
            book.on = Some(Arc::clone(&sum));
            for (_, (task, run)) in std::mem::take(&mut book.ready) {
                self.begin(&mut book, task, run, true, None, &sum, intake);
            }
        }
    }

    /// A run of a source that can be followed begins.
    pub(crate) fn collects(&self) {
        self.lock().collected = true;
    }

    /// Whether a run of a source that can be followed was started by this process.
    #[cfg(test)]
    pub(crate) fn was_collected(&self) -> bool {
        self.lock().collected
    }

    /// Whether a run of a source that can be followed was started by this process, or nobody wants one.
    pub(crate) fn is_served(&self) -> bool {
        let book = self.lock();
        book.collected || book.on.is_none() || book.closed
    }

    /// Nothing is followed any more; what was whole until now goes on from there when it is switched on again.
    pub(crate) async fn switch_off(&self) {
        let followed: Vec<(ScopeKey, RunId, bool)> = {
            let mut book = self.lock();
            book.on = None;
            let whole = |entry: &Entry| !entry.broken.load(Ordering::Relaxed);
            book.followed.iter().map(|(key, entry)| (key.clone(), entry.run, whole(entry))).collect()
        };
        let stopped = followed.iter().map(|(key, ..)| self.pause(key));
        let tasks = futures::future::join_all(stopped).await;
        let mut book = self.lock();
        for (task, (key, run, whole)) in tasks.into_iter().zip(followed) {
            if let Some(task) = task.filter(|_| whole && book.places.contains(&key)) {
                book.ready.insert(key, (task, run));
            }
        }
    }

    /// Stops everything for good; whoever does not stop in time is dropped.
    pub(crate) async fn close(&self, grace: Duration) {
        let entries: Vec<Entry> = {
            let mut book = self.lock();
            book.closed = true;
            std::mem::take(&mut book.followed).into_values().collect()
        };
        entries.iter().for_each(|entry| entry.cancel.cancel());
        let deadline = Instant::now() + grace;
        for entry in entries {
            let abort = entry.job.abort_handle();
            if tokio::time::timeout_at(deadline, entry.job).await.is_err() {
                abort.abort();
            }
        }
    }

    /// Since when it is switched on and what that brought, and how many scopes are followed now.
    pub(crate) fn so_far(&self) -> (Option<Following>, u64) {
        let book = self.lock();
        let live = book.followed.values().filter(|entry| !entry.broken.load(Ordering::Relaxed));
        (book.on.as_ref().map(|sum| sum.so_far()), live.count() as u64)
    }

    /// What each scope's follow brought, and why others are not followed.
    pub(crate) fn scopes(&self) -> (BTreeMap<ScopeKey, Following>, BTreeMap<ScopeKey, &'static str>) {
        let book = self.lock();
        let live = book.followed.iter().filter(|(_, entry)| !entry.broken.load(Ordering::Relaxed));
        let followed = live.map(|(key, entry)| (key.clone(), entry.brought.so_far())).collect();
        // While nobody wants it, there is nothing to explain.
        let refused = book.refused.iter().filter(|_| book.on.is_some());
        (followed, refused.map(|(key, why)| (key.clone(), *why)).collect())
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
