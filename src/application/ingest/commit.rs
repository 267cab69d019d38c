//! One commit: atomic in the store first, then visible to readers, then acknowledged.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use cloudscope_domain::{AssetId, Change, Pin, Record, RecordKey, RunRecord, ScopeKey, ScopeState};
use cloudscope_ports::{AssetStore, Commit, StoreError};
use tokio::sync::oneshot;

use super::{
    Writer,
    notices::Note,
    records::{Places, Records},
};
use crate::{
    hub::{Hub, Scopes, Step},
    message::{Obstacle, Waiting},
};

/// How long a full or failing disk is left alone before the next try.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// Fewer records are not worth a thread.
const WORTH: usize = 256;

/// Told once a commit is durable.
type Ack = Box<dyn FnOnce() + Send>;

/// What waits for the next commit.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) records: Records,
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

    /// How a scope stands that is in this commit already; does not bring it in.
    pub(super) fn newer(&mut self, state: &ScopeState) {
        if let Some(older) = self.scopes.get_mut(&state.scope.key) {
            older.clone_from(state);
        }
    }

    /// Sends an answer once the commit is durable. Whoever asked may be gone by then; the commit stands.
    pub(super) fn acknowledge<T: Send + 'static>(&mut self, done: oneshot::Sender<T>, answer: T) {
        self.acks.push(Box::new(move || drop(done.send(answer))));
    }

    /// Nothing waits, and nobody.
    pub(super) fn is_nothing(&self) -> bool {
        self.is_empty() && self.acks.is_empty()
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

/// A commit on its way to the disk, and what follows once it is there.
pub(super) struct Flight {
    commit: Arc<Commit>,
    /// Its records by the hashes of their keys.
    places: Places,
    notes: Vec<Note>,
    acks: Vec<Ack>,
    /// How scopes and pins stand with it.
    scopes: Scopes,
    pins: Arc<BTreeMap<AssetId, Pin>>,
    /// Says whether it became durable.
    thread: Option<JoinHandle<bool>>,
    durable: bool,
}

impl Flight {
    /// A record of it.
    pub(super) fn record(&self, hash: u128) -> Option<&Record> {
        self.commit.records.get(*self.places.get(&hash)?)
    }

    /// Waits until it is durable, or will never be.
    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.durable = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    }
}

impl Writer {
    /// Makes durable what is pending. A large commit is written beside further work: the next one waits for
    /// it, and so does whoever asks for [`Writer::land`]. A full or failing disk is reported and tried again:
    /// meanwhile the bounded intake holds the collectors back, and nothing is lost.
    pub(super) fn commit(&mut self) {
        self.stir();
        let mut last = self.flight.take();
        if let Some(flight) = &mut last {
            flight.join();
            if !flight.durable {
                // What waits was compared with what is lost now: it goes unacknowledged too, so that no scope is
                // said to be listed whose records were not kept.
                self.pending = Pending::default();
                self.revision = self.store.revision();
                return;
            }
        }
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            self.arrive(last);
            for ack in pending.acks {
                ack();
            }
            return;
        }
        let mut flight = self.launch(pending);
        // Readers see one commit while the next one is written.
        self.arrive(last);
        if flight.thread.is_some() {
            self.flight = Some(flight);
        } else {
            flight.durable = persist(&self.store, &self.hub, &self.stop, &flight.commit);
            self.arrive(Some(flight));
        }
    }

    /// Waits until everything that was committed is durable and visible.
    pub(super) fn land(&mut self) {
        let mut last = self.flight.take();
        if let Some(flight) = &mut last {
            flight.join();
        }
        self.arrive(last);
    }

    /// The same, unless that would mean to wait.
    pub(super) fn land_if_there(&mut self) {
        let there = |f: &Flight| f.thread.as_ref().is_none_or(JoinHandle::is_finished);
        if self.flight.as_ref().is_some_and(there) {
            self.land();
        }
    }

    fn launch(&mut self, pending: Pending) -> Flight {
        let (records, places) =
            pending.records.clustered(|hash| self.known.get(hash).map(|entry| entry.scope));
        let mut scopes: Vec<ScopeState> = pending.scopes.into_values().collect();
        scopes.sort_unstable_by(|a, b| a.scope.key.cmp(&b.scope.key));
        let (set, unset): (Vec<_>, Vec<_>) = pending.pins.into_iter().partition(|(_, pin)| pin.is_some());
        // One time for all of it: whoever asks about the time of a change sees the change.
        let at = self.clock.now();
        let mut changes = pending.changes;
        changes.iter_mut().for_each(|change| change.at = at);
        let commit = Arc::new(Commit {
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
        });
        self.revision = commit.revision;
        self.follows.shown();
        let mut flight = Flight {
            places,
            notes: pending.notes,
            acks: pending.acks,
            scopes: self.scopes.clone(),
            pins: Arc::clone(&self.pins),
            thread: None,
            durable: false,
            commit: Arc::clone(&commit),
        };
        if commit.records.len() >= WORTH {
            let (store, hub, stop) = (Arc::clone(&self.store), Arc::clone(&self.hub), Arc::clone(&self.stop));
            let work = move || persist(&store, &hub, &stop, &commit);
            // Without a thread it is written here, a moment later.
            flight.thread = std::thread::Builder::new().name("commit".into()).spawn(work).ok();
        }
        flight
    }

    /// What follows once a commit is durable: it is visible, then acknowledged.
    fn arrive(&mut self, flight: Option<Flight>) {
        let Some(flight) = flight else { return };
        if !flight.durable {
            // Unacknowledged: whoever waits learns it from the dropped channel.
            self.revision = self.store.revision();
            return;
        }
        let commit = &*flight.commit;
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
        self.touched += commit.records.len() + commit.forgotten.len();
        self.save_due |= commit.runs.iter().any(|run| run.ended.is_some());
        self.publish(commit.revision, flight.scopes.clone(), Arc::clone(&flight.pins));
        let view = self.hub.view();
        let label = |account: &str| view.as_ref()?.snapshot.account_label(account);
        self.notices.tell(commit, flight.notes, &flight.scopes, &flight.pins, label);
        for ack in flight.acks {
            ack();
        }
    }

    /// Takes records into index and graph, side by side where there are enough of them.
    fn enter(&mut self, records: &[Record]) {
        let (index, graph, answers) = (&mut self.index, &mut self.graph, &self.hub.answers);
        let mut indexed = || {
            for record in records {
                answers.stand_aside();
                index.upsert(record);
            }
        };
        let mut graphed = || {
            for record in records {
                answers.stand_aside();
                graph.upsert(record);
            }
        };
        if records.len() < WORTH {
            indexed();
            graphed();
            return;
        }
        std::thread::scope(|threads| {
            threads.spawn(graphed);
            indexed();
        });
    }
}

/// Writes a commit; says whether it is durable.
fn persist(store: &Arc<dyn AssetStore>, hub: &Hub, stop: &AtomicBool, commit: &Commit) -> bool {
    let mut told = false;
    loop {
        match store.apply(commit) {
            Ok(_) => {
                if told {
                    hub.mended();
                }
                return true;
            }
            Err(error @ (StoreError::Full(_) | StoreError::Io(_))) => {
                if !told {
                    tracing::error!(%error, "a commit could not be written; trying again");
                    let obstacle = match error {
                        StoreError::Full(_) => Obstacle::Full,
                        _ => Obstacle::Failing,
                    };
                    hub.wait(Waiting { obstacle, why: error.to_string() });
                    told = true;
                }
                if stop.load(Ordering::Acquire) {
                    return false;
                }
                std::thread::sleep(TRY_AGAIN);
            }
            Err(error) => {
                tracing::error!(%error, "a commit was refused by the store");
                hub.trouble(format!("{error}; quit and run `cloudscope store check`"));
                return false;
            }
        }
    }
}
