//! Where the writer leaves what readers take: the newest view, the state of the run, and events.
//!
//! Readers get `Arc`s and keep them as long as they like; locks are held for a pointer's copy.

mod brought;
mod scopes;
mod trails;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use cloudscope_domain::{AssetId, Pin, SourceName};
use cloudscope_graph::Graph;
use cloudscope_index::Snapshot;
use cloudscope_ports::{Discovered, Finding};
use tokio::sync::broadcast;

use crate::{
    background::Answers,
    message::{Event, RunProgress, Waiting},
    room::Room,
};
pub(crate) use brought::Brought;
pub(crate) use scopes::Scopes;
pub(crate) use trails::{Step, Trails};

/// Events that a slow reader may be behind before it loses some.
const EVENTS: usize = 256;

/// How often it is told that scopes are fresher, when nothing else happens.
const REFRESH: Duration = Duration::from_secs(2);

/// One revision, whole: rows, edges and the scopes that say how far to trust them.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) graph: Arc<Graph>,
    pub(crate) scopes: Scopes,
    /// What users marked, as of now: a pin is no part of the past.
    pub(crate) pins: Arc<BTreeMap<AssetId, Pin>>,
    /// It shows an earlier revision than the newest, for `--at`.
    pub(crate) past: bool,
}

/// Shared between the writer, the runs and the sessions.
pub(crate) struct Hub {
    view: RwLock<Option<Arc<View>>>,
    events: broadcast::Sender<Event>,
    notes: Mutex<Notes>,
    /// How the last attempts at each scope ended.
    pub(crate) trails: Trails,
    /// How often tombstones were let go of.
    prunings: AtomicU64,
    /// Who waits for an answer.
    pub(crate) answers: Answers,
    /// Room for what waits for the writer.
    pub(crate) room: Room,
}

#[derive(Default)]
struct Notes {
    trouble: Vec<String>,
    /// The writer cannot write.
    waiting: Option<Waiting>,
    /// Trouble that lasts until the next start.
    warnings: Vec<String>,
    findings: Vec<Finding>,
    discovered: Vec<Discovered>,
    ways: BTreeMap<SourceName, Vec<String>>,
    progress: Option<RunProgress>,
    dirty: bool,
    refreshed: Option<Instant>,
}

impl Hub {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            view: RwLock::new(None),
            events: broadcast::channel(EVENTS).0,
            notes: Mutex::new(Notes::default()),
            trails: Trails::default(),
            prunings: AtomicU64::new(0),
            answers: Answers::new(),
            room: Room::default(),
        })
    }

    /// The newest view, once the store is open.
    pub(crate) fn view(&self) -> Option<Arc<View>> {
        self.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn publish(&self, view: View) {
        let (revision, total) = (view.snapshot.revision(), view.snapshot.len() as u64);
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(view));
        self.send(Event::Published { revision, total });
    }

    /// The newest view again, with what is no change: how fresh its scopes are. That is told as the state of
    /// the last run, now and then.
    pub(crate) fn refresh(&self, view: View) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(view));
        let mut notes = self.notes();
        if notes.refreshed.is_none_or(|at| at.elapsed() >= REFRESH) {
            notes.refreshed = Some(Instant::now());
            notes.dirty = true;
        }
    }

    /// Tombstones were let go of: views of the past that show them are out of date.
    pub(crate) fn pruned(&self) {
        self.prunings.fetch_add(1, Ordering::AcqRel);
    }

    /// How often that happened.
    pub(crate) fn prunings(&self) -> u64 {
        self.prunings.load(Ordering::Acquire)
    }

    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Sends an event; nobody listening is fine.
    pub(crate) fn send(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// Something that the user should know and can mend.
    pub(crate) fn trouble(&self, text: String) {
        let mut notes = self.notes();
        if !notes.trouble.contains(&text) {
            notes.trouble.push(text.clone());
            notes.trouble.truncate(16);
            drop(notes);
            self.send(Event::Trouble(text));
        }
    }

    /// The same, of something that stays so until the next start.
    pub(crate) fn warning(&self, text: String) {
        self.notes().warnings.push(text.clone());
        self.send(Event::Trouble(text));
    }

    /// The writer cannot write, until `mended`.
    pub(crate) fn wait(&self, waiting: Waiting) {
        let text = waiting.to_string();
        self.notes().waiting = Some(waiting);
        self.trouble(text);
    }

    /// What was in the way is gone.
    pub(crate) fn mended(&self) {
        let mended = {
            let mut notes = self.notes();
            notes.waiting = None;
            std::mem::take(&mut notes.trouble)
        };
        if !mended.is_empty() {
            self.send(Event::Mended(mended));
        }
    }

    /// Why the writer waits, if it does: until it can write it does nothing else.
    pub(crate) fn waits(&self) -> Option<Waiting> {
        self.notes().waiting.clone()
    }

    pub(crate) fn troubles(&self) -> Vec<String> {
        let notes = self.notes();
        notes.warnings.iter().chain(&notes.trouble).cloned().collect()
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        self.notes().warnings.clone()
    }

    pub(crate) fn findings(&self, findings: Vec<Finding>) {
        self.notes().findings = findings;
    }

    pub(crate) fn all_findings(&self) -> Vec<Finding> {
        self.notes().findings.clone()
    }

    pub(crate) fn discovered(&self, found: Vec<Discovered>) {
        self.notes().discovered = found.clone();
        self.send(Event::Discovered(found));
    }

    pub(crate) fn all_discovered(&self) -> Vec<Discovered> {
        self.notes().discovered.clone()
    }

    /// By which way a source is reached, where that is not the usual one.
    pub(crate) fn ways(&self, source: SourceName, ways: Vec<String>) {
        let mut notes = self.notes();
        if ways.is_empty() {
            notes.ways.remove(&source);
        } else {
            notes.ways.insert(source, ways);
        }
    }

    pub(crate) fn all_ways(&self) -> BTreeMap<SourceName, Vec<String>> {
        self.notes().ways.clone()
    }

    /// Changes the state of the run; the next tick tells everybody.
    pub(crate) fn progress(&self, change: impl FnOnce(&mut RunProgress)) {
        let mut notes = self.notes();
        change(notes.progress.get_or_insert_with(RunProgress::default));
        notes.dirty = true;
    }

    pub(crate) fn run(&self) -> Option<RunProgress> {
        self.notes().progress.clone()
    }

    /// Tells everybody how the run stands, if that changed since the last time.
    pub(crate) fn tick(&self) {
        let mut notes = self.notes();
        if !std::mem::take(&mut notes.dirty) {
            return;
        }
        let progress = notes.progress.clone();
        drop(notes);
        if let Some(progress) = progress {
            self.send(Event::Progress(Arc::new(progress)));
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
