//! The engine: opens the store off the async threads, answers commands from the newest view, runs
//! collections. It is the [`Session`] of its own process; the owner's socket serves the same one.

mod answer;
mod asked;
mod changes;
mod compare;
mod cursors;
mod details;
mod estimate;
mod explain;
mod following;
mod groups;
mod health;
mod joined;
mod kinds;
mod near;
mod opening;
mod operations;
mod overview;
mod owned;
mod past;
mod payloads;
mod queries;
mod relations;
mod removal;
mod rows;
mod runs;
#[cfg(test)]
mod tests;
mod timetable;
mod totals;
mod upkeep;
mod ways;
mod work;

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use cloudscope_domain::{declarable::Declarable, redact::Redactor};
use cloudscope_ports::{
    AssetStore, CallLedger, Clock, Collector, Discovered, Finding, Notifier, Shelf, SourceSpec, StoreError,
};
use tokio::{
    runtime::Handle,
    sync::{broadcast, mpsc, oneshot},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Command, Event, Reply, Session, SessionError,
    budget::Budget,
    collect::Preferred,
    follow::Follows,
    gate::CallGate,
    hub::Hub,
    ingest::{Intake, Kept, Parts, Writer},
    limits::{Limits, RetentionPolicy},
    message::{KindWords, LogLine},
    schedule::Schedule,
};
use cursors::Cursors;
use opening::Again;
use owned::Families;
use past::Pasts;
use queries::Queries;
use timetable::Timetable;

/// Messages that may wait for the writer before whoever sends them has to; how many items may be in them is bounded
/// besides.
const INTAKE: usize = 1_024;
/// How often the state of a run is told.
const TICK: Duration = Duration::from_millis(100);

/// How long hooks may still take for what happened before the end.
const FAREWELL: Duration = Duration::from_secs(10);

/// Opens the store, on the writer's thread; called again only where it failed and [`Engine::start_patiently`] was
/// asked for. As soon as the store is nobody else's it may hand out what
/// lies beside it, which is read while it is looked through and opened.
pub type StoreOpener = Box<
    dyn FnMut(&mut dyn FnMut(Arc<dyn Shelf>)) -> Result<(Arc<dyn AssetStore>, Vec<Finding>), StoreError>
        + Send,
>;

/// What an engine is made of.
pub struct EngineParts {
    /// Opens the store.
    pub open: StoreOpener,
    /// Everything that can read a source.
    pub collectors: Vec<Arc<dyn Collector>>,
    /// Keeps the call ledger.
    pub ledger: Arc<dyn CallLedger>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Takes secrets out.
    pub redactor: Redactor,
    /// What is collected when nobody names anything.
    pub sources: Vec<SourceSpec>,
    /// What was found that could be collected.
    pub discovered: Vec<Discovered>,
    /// The estate is made up.
    pub demo: bool,
    /// Where the store is, for people.
    pub data_dir: String,
    /// Bounds.
    pub limits: Limits,
    /// How much of the past is kept.
    pub retention: RetentionPolicy,
    /// What is collected by itself.
    pub schedule: Schedule,
    /// Is told what happened.
    pub notifier: Option<Arc<dyn Notifier>>,
    /// The newest lines of the log.
    pub log: Option<LogTail>,
    /// Where collectors work, so that no answer waits behind a page that is being read; `None` for where
    /// everything else works.
    pub background: Option<Handle>,
    /// Does ahead of time what questions need. Of no use where one thing is asked and then it ends: that makes what
    /// it needs itself.
    pub warm: bool,
}

/// Hands out the newest lines of the log, oldest first, at most so many.
pub type LogTail = Arc<dyn Fn(usize) -> Vec<LogLine> + Send + Sync>;

/// The running engine.
pub struct Engine {
    pub(crate) hub: Arc<Hub>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) collectors: Vec<Arc<dyn Collector>>,
    pub(crate) gate: Arc<CallGate>,
    pub(crate) preferred: Arc<Preferred>,
    pub(crate) follows: Arc<Follows>,
    /// For work that goes on when the question is answered.
    me: Weak<Self>,
    pub(crate) limits: Limits,
    pub(crate) intake: Mutex<Option<mpsc::Sender<Intake>>>,
    pub(crate) running: Arc<Mutex<Option<CancellationToken>>>,
    pub(crate) last_run: AtomicU64,
    pub(crate) sources: Mutex<Vec<SourceSpec>>,
    ledger: Arc<dyn CallLedger>,
    pub(crate) notifier: Option<Arc<dyn Notifier>>,
    log: Option<LogTail>,
    background: Handle,
    /// Somebody types: what nobody waits for comes second.
    stands_back: bool,
    retention: RetentionPolicy,
    timetable: Timetable,
    store: OnceLock<Arc<dyn AssetStore>>,
    cursors: Cursors,
    queries: Queries,
    pasts: Pasts,
    families: Arc<Families>,
    kind_words: OnceLock<Vec<KindWords>>,
    declarable: OnceLock<Arc<Declarable>>,
    demo: bool,
    data_dir: String,
    stop: Arc<AtomicBool>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    ticker: CancellationToken,
}

impl Engine {
    /// Starts an engine. Returns at once; the receiver tells when the store is open, or why not.
    #[must_use]
    pub fn start(parts: EngineParts) -> (Arc<Self>, oneshot::Receiver<Result<(), StoreError>>) {
        Self::begin(parts, false)
    }

    /// The same, where somebody looks on: a store that cannot be opened because its disk is full, or cannot be
    /// written, is tried again until it can be, and the reason is told meanwhile.
    #[must_use]
    pub fn start_patiently(parts: EngineParts) -> (Arc<Self>, oneshot::Receiver<Result<(), StoreError>>) {
        Self::begin(parts, true)
    }

    fn begin(parts: EngineParts, patient: bool) -> (Arc<Self>, oneshot::Receiver<Result<(), StoreError>>) {
        let hub = Hub::new();
        hub.discovered(parts.discovered);
        let declared = parts.collectors.iter().flat_map(|collector| {
            collector.operations().iter().map(|operation| (operation.clone(), collector.name().to_owned()))
        });
        let gate =
            CallGate::new(declared, Arc::clone(&parts.ledger), Arc::clone(&parts.clock), &parts.limits);
        let (intake, receiver) = mpsc::channel(INTAKE);
        let gate = Arc::new(gate);
        let follows =
            Follows::new(Arc::clone(&parts.clock), Arc::clone(&gate), Arc::clone(&hub), parts.limits);
        let engine = Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            follows: Arc::new(follows),
            hub: Arc::clone(&hub),
            clock: Arc::clone(&parts.clock),
            collectors: parts.collectors,
            gate,
            preferred: Arc::default(),
            limits: parts.limits,
            intake: Mutex::new(Some(intake)),
            running: Arc::new(Mutex::new(None)),
            last_run: AtomicU64::new(0),
            sources: Mutex::new(parts.sources),
            ledger: parts.ledger,
            notifier: parts.notifier,
            log: parts.log,
            stands_back: parts.background.is_some(),
            background: parts.background.unwrap_or_else(Handle::current),
            retention: parts.retention,
            timetable: Timetable::new(parts.schedule, parts.clock.now()),
            store: OnceLock::new(),
            cursors: Cursors::default(),
            queries: Queries::default(),
            pasts: Pasts::default(),
            families: Arc::default(),
            kind_words: OnceLock::new(),
            declarable: OnceLock::new(),
            demo: parts.demo,
            data_dir: parts.data_dir,
            stop: Arc::new(AtomicBool::new(false)),
            writer: Mutex::new(None),
            ticker: CancellationToken::new(),
        });
        let (tell, ready) = oneshot::channel();
        let handle =
            writer_thread(&engine, (parts.open, patient, parts.warm), parts.redactor, receiver, tell);
        *engine.writer.lock().unwrap_or_else(PoisonError::into_inner) = handle;
        if parts.warm {
            tokio::spawn(queries::keep_warm(Arc::clone(&hub), engine.ticker.clone()));
        }
        let (tick_hub, stop_ticking) = (hub, engine.ticker.clone());
        let families = Arc::clone(&engine.families);
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(TICK);
            while stop_ticking.run_until_cancelled(tick.tick()).await.is_some() {
                tick_hub.tick();
                families.rest();
            }
        });
        engine.learn_ways(&engine.all_sources());
        (engine, ready)
    }

    /// Stops the run and what is followed, lets the writer finish what it holds, and closes the store. Call it once, last.
    pub async fn shutdown(&self) {
        self.hub.send(Event::Closing);
        self.timetable.stop.cancel();
        self.cancel_run();
        // A collector that does not stop within its grace is dropped by its run.
        let grace = Duration::from_secs(3);
        let deadline = tokio::time::Instant::now() + grace;
        self.follows.close(grace).await;
        while self.is_running() && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.stop.store(true, Ordering::Release);
        self.ticker.cancel();
        drop(self.intake.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let joined = tokio::task::spawn_blocking(move || writer.join());
            if let Ok(Ok(Err(_))) = tokio::time::timeout(Duration::from_secs(10), joined).await {
                tracing::error!("the writer failed; this is a defect");
            }
        }
        // Last, because the writer may have had something to tell.
        if let Some(notifier) = &self.notifier {
            notifier.finish(FAREWELL).await;
        }
    }

    /// Damage that was found when the store was opened.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.hub.all_findings()
    }

    /// What was found not to fit when the store was opened, in words for the user.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.hub.warnings()
    }

    /// The store, once it is open.
    pub(crate) fn store(&self) -> Result<&Arc<dyn AssetStore>, SessionError> {
        self.store.get().ok_or(SessionError::NotReady)
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    pub(crate) fn cancel_run(&self) {
        if let Some(token) = &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            token.cancel();
            self.hub.progress(|p| p.cancelled = true);
        }
    }
}

fn writer_thread(
    engine: &Arc<Engine>,
    (mut open, patient, ahead): (StoreOpener, bool, bool),
    redactor: Redactor,
    receiver: mpsc::Receiver<Intake>,
    tell: oneshot::Sender<Result<(), StoreError>>,
) -> Option<std::thread::JoinHandle<()>> {
    let owner = Arc::downgrade(engine);
    let (hub, clock, stop) = (Arc::clone(&engine.hub), Arc::clone(&engine.clock), Arc::clone(&engine.stop));
    let notifier = engine.notifier.clone();
    let budget = Budget::new(engine.limits.memory, engine.limits.cache);
    let stands_back = engine.stands_back;
    let work = move || {
        let mut again = Again::default();
        let mut attempt = || {
            let mut kept = None;
            let mut meanwhile = |shelf: Arc<dyn Shelf>| {
                let read = move || Kept::read(&*shelf);
                kept = std::thread::Builder::new().name("read index".into()).spawn(read).ok();
            };
            let (store, findings) = open(&mut meanwhile)?;
            let last = store.runs(1)?.first().map_or(0, |r| r.id.0);
            if let Some(short) = budget.exceeded(store.records()) {
                tracing::warn!("{short}");
                hub.warning(short);
            }
            let parts = Parts {
                store: Arc::clone(&store),
                clock: Arc::clone(&clock),
                redactor: redactor.clone(),
                hub: Arc::clone(&hub),
                stop: Arc::clone(&stop),
                notifier: notifier.clone(),
                budget,
                kept,
            };
            let writer = Writer::open(parts, findings)?;
            Ok((store, last, writer))
        };
        let opened = loop {
            match attempt() {
                Err(error) if patient && again.wait(&error, &hub, &stop) => {}
                opened => break opened,
            }
        };
        match opened {
            Ok((store, last, writer)) => {
                again.over(&hub);
                let Some(engine) = owner.upgrade() else { return };
                engine.last_run.store(last, Ordering::Release);
                // Set once, here: `open` is called once.
                let _ = engine.store.set(Arc::clone(&store));
                drop(engine);
                hub.send(Event::Ready(writer.revision()));
                let _ = tell.send(Ok(()));
                let warm = if ahead { warm(store, &stop) } else { None };
                if stands_back {
                    crate::background::stand_back();
                }
                writer.run(receiver);
                // It holds the store, which is closed when the last one lets go of it.
                if let Some(warm) = warm {
                    stop.store(true, Ordering::Release);
                    drop(warm.join());
                }
            }
            Err(error) => {
                hub.trouble(error.to_string());
                let _ = tell.send(Err(error));
            }
        }
    };
    std::thread::Builder::new().name("writer".into()).spawn(work).ok()
}

/// Does ahead of time what the first look-up of a record would wait for.
fn warm(store: Arc<dyn AssetStore>, stop: &Arc<AtomicBool>) -> Option<std::thread::JoinHandle<()>> {
    let stop = Arc::clone(stop);
    let work = move || store.warm(&|| stop.load(Ordering::Acquire));
    std::thread::Builder::new().name("warm".into()).spawn(work).ok()
}

#[async_trait]
impl Session for Engine {
    async fn ask(&self, command: Command) -> Result<Reply, SessionError> {
        self.answer(command).await
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        self.hub.events()
    }
}
