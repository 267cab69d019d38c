//! Which scopes are followed: who has a place, who waits to be followed once that is switched on, and that
//! each is followed once; and which sources are asked what they consist of.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use cloudscope_domain::{ListingMode, RunId, ScopeKey, SourceName};
use cloudscope_ports::{Clock, Collector, Fault, SourceSpec};
use tokio::{
    sync::{RwLock, RwLockReadGuard, mpsc},
    task::JoinHandle,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    keep::Keeper,
    survey::{Places, Survey},
};
use crate::{
    gate::CallGate,
    hub::{Brought, Hub},
    ingest::Intake,
    limits::Limits,
    message::Following,
    task::Task,
};

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
    hub: Arc<Hub>,
    limits: Limits,
    ids: Arc<AtomicU64>,
    book: Mutex<Book>,
    /// Held by each run: what it lists nobody else judges meanwhile.
    still: Arc<RwLock<()>>,
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
    /// How often runs planned.
    plans: u64,
    /// Sources that a run of this process planned, or tried to.
    sources: HashMap<SourceName, Source>,
}

struct Source {
    spec: SourceSpec,
    collector: Arc<dyn Collector>,
    run: RunId,
    /// Asks what it consists of, while that is switched on.
    survey: Option<(CancellationToken, JoinHandle<()>)>,
}

struct Entry {
    task: Task,
    run: RunId,
    cancel: CancellationToken,
    brought: Arc<Brought>,
    broken: Arc<AtomicBool>,
    /// It is listed every so often, and not told what happens.
    listed: Arc<AtomicBool>,
    job: JoinHandle<()>,
}

impl Follows {
    /// Follows nothing yet.
    pub(crate) fn new(clock: Arc<dyn Clock>, gate: Arc<CallGate>, hub: Arc<Hub>, limits: Limits) -> Self {
        Self { clock, gate, hub, limits, ids: Arc::default(), book: Mutex::default(), still: Arc::default() }
    }

    /// Held by a run from its plan to its end.
    pub(crate) async fn running(&self) -> RwLockReadGuard<'_, ()> {
        self.still.read().await
    }

    /// A run planned these sources, or tried to; after it reserved what there is. From now on it is asked what
    /// they consist of, as long as following is switched on.
    pub(crate) async fn planned(
        self: &Arc<Self>,
        sources: Vec<(SourceSpec, Arc<dyn Collector>)>,
        run: RunId,
        intake: &mpsc::Sender<Intake>,
    ) {
        let mut ended = Vec::new();
        {
            let mut book = self.lock();
            book.plans += 1;
            for (spec, collector) in sources.into_iter().filter(|(spec, collector)| collector.follows(spec)) {
                let fresh = Source { spec, collector, run, survey: None };
                match book.sources.get_mut(&fresh.spec.name) {
                    Some(known) if known.spec == fresh.spec => known.run = run,
                    // Other options: what it consisted of with the old ones does not count.
                    Some(known) => {
                        ended.extend(known.survey.take());
                        *known = fresh;
                    }
                    None => _ = book.sources.insert(fresh.spec.name.clone(), fresh),
                }
            }
        }
        self.end(ended).await;
        self.survey(&mut self.lock(), intake);
    }

    /// Asks every source that nobody asks yet.
    fn survey(self: &Arc<Self>, book: &mut Book, intake: &mpsc::Sender<Intake>) {
        if book.on.is_none() || book.closed {
            return;
        }
        for source in book.sources.values_mut().filter(|source| source.survey.is_none()) {
            let cancel = CancellationToken::new();
            let survey = Survey {
                source: source.spec.clone(),
                collector: Arc::clone(&source.collector),
                run: source.run,
                places: Arc::clone(self) as Arc<dyn Places>,
                still: Arc::clone(&self.still),
                hub: Arc::clone(&self.hub),
                intake: intake.clone(),
                gate: Arc::clone(&self.gate),
                clock: Arc::clone(&self.clock),
                cancel: cancel.clone(),
            };
            source.survey = Some((cancel, tokio::spawn(survey.go())));
        }
    }

    async fn end(&self, surveys: Vec<(CancellationToken, JoinHandle<()>)>) {
        surveys.iter().for_each(|(cancel, _)| cancel.cancel());
        for (_, job) in surveys {
            if let Err(error) = job.await {
                tracing::error!(%error, "asking what a source consists of failed; this is a defect");
            }
        }
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
        let (broken, listed) = (Arc::new(AtomicBool::new(!whole)), Arc::<AtomicBool>::default());
        let keeper = Keeper {
            task: task.clone(),
            run,
            whole,
            fault,
            brought: Arc::clone(&brought),
            broken: Arc::clone(&broken),
            listed: Arc::clone(&listed),
            cancel: cancel.clone(),
            intake: intake.clone(),
            room: self.hub.room.clone(),
            gate: Arc::clone(&self.gate),
            clock: Arc::clone(&self.clock),
            silence: self.limits.silence,
            ids: Arc::clone(&self.ids),
        };
        let job = tokio::spawn(keeper.keep());
        let key = task.scope.key.clone();
        book.followed.insert(key, Entry { task, run, cancel, brought, broken, listed, job });
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
    pub(crate) fn switch_on(self: &Arc<Self>, intake: &mpsc::Sender<Intake>) {
        let mut book = self.lock();
        if book.on.is_none() {
            let sum = Brought::new(self.clock.now(), None);
            book.on = Some(Arc::clone(&sum));
            for (_, (task, run)) in std::mem::take(&mut book.ready) {
                self.begin(&mut book, task, run, true, None, &sum, intake);
            }
            self.survey(&mut book, intake);
        }
    }

    /// A source is there no more: nobody asks what it consists of, and none of its scopes is followed.
    pub(crate) async fn forget_source(&self, source: &SourceName) {
        let survey = self.lock().sources.remove(source).and_then(|source| source.survey);
        self.end(survey.into_iter().collect()).await;
        self.forget(|key| key.source == *source).await;
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
        let surveys = {
            let mut book = self.lock();
            book.on = None;
            book.sources.values_mut().filter_map(|source| source.survey.take()).collect()
        };
        self.end(surveys).await;
        let followed: Vec<(ScopeKey, RunId, bool)> = {
            let book = self.lock();
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
        let jobs: Vec<(CancellationToken, JoinHandle<()>)> = {
            let mut book = self.lock();
            book.closed = true;
            let surveys = std::mem::take(&mut book.sources).into_values().filter_map(|source| source.survey);
            let surveys: Vec<_> = surveys.collect();
            let followed = std::mem::take(&mut book.followed).into_values();
            surveys.into_iter().chain(followed.map(|entry| (entry.cancel, entry.job))).collect()
        };
        jobs.iter().for_each(|(cancel, _)| cancel.cancel());
        let deadline = Instant::now() + grace;
        for (_, job) in jobs {
            let abort = job.abort_handle();
            if tokio::time::timeout_at(deadline, job).await.is_err() {
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

    /// The scopes of which everything is told as it happens.
    pub(crate) fn told(&self) -> HashSet<ScopeKey> {
        let told =
            |entry: &Entry| !entry.broken.load(Ordering::Relaxed) && !entry.listed.load(Ordering::Relaxed);
        let book = self.lock();
        book.followed.iter().filter(|(_, entry)| told(entry)).map(|(key, _)| key.clone()).collect()
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

#[async_trait]
impl Places for Follows {
    fn adopt(&self, tasks: Vec<Task>, run: RunId, intake: &mpsc::Sender<Intake>) -> Vec<Task> {
        let new: Vec<Task> = {
            let book = self.lock();
            let known = |key: &ScopeKey| book.places.contains(key) || book.refused.contains_key(key);
            tasks.into_iter().filter(|task| !known(&task.scope.key)).collect()
        };
        self.reserve(&new);
        let mut book = self.lock();
        let Some(sum) = book.on.clone() else { return Vec::new() };
        let (placed, refused): (Vec<_>, Vec<_>) =
            new.into_iter().partition(|task| book.places.contains(&task.scope.key));
        for task in placed {
            self.begin(&mut book, task, run, false, None, &sum, intake);
        }
        refused
    }

    fn plans(&self) -> u64 {
        self.lock().plans
    }

    fn is_followed(&self, key: &ScopeKey) -> bool {
        self.lock().followed.contains_key(key)
    }

    fn why_refused(&self, key: &ScopeKey) -> Option<&'static str> {
        self.lock().refused.get(key).copied()
    }

    async fn leave(&self, key: &ScopeKey) {
        self.forget(|known| known == key).await;
    }
}
