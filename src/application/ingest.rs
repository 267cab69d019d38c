//! The one writer: compares what collectors see with what is known, groups it into atomic commits,
//! and publishes each commit to readers after it is durable.
//!
//! Runs on a thread of its own because the store blocks. Nothing else writes the store, the index or
//! the graph, so batch order is revision order.

mod attempt;
mod commit;
pub(crate) mod diff;
mod enter;
mod fingerprint;
pub(crate) mod integrity;
mod jobs;
mod known;
mod live;
mod moves;
mod notices;
pub(crate) mod overlap;
mod paths;
mod pins;
mod prepare;
mod records;
mod saved;
mod stage;
#[cfg(test)]
mod tests;
pub(crate) mod verdict;

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::{Arc, atomic::AtomicBool},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use cloudscope_domain::{
    AssetId, AssetKey, Coverage, CoverageState, Effort, Pin, Record, Revision, RunId, RunRecord, Scope,
    ScopeKey, ScopeState, Sighting, SourceName, redact::Redactor,
};
use cloudscope_graph::GraphWriter;
use cloudscope_index::IndexWriter;
use cloudscope_ports::{
    AssetStore, Clock, CompactReport, Finding, Item, Notifier, PruneReport, Retention, StoreError,
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    budget::Budget,
    hub::{Brought, Hub, Scopes, View},
    room::Taken,
};
use attempt::Attempt;
use jobs::Job;
use known::{Keys as _, Known};
pub(crate) use moves::Settled;
use notices::Notices;
pub(crate) use saved::Kept;
use verdict::Outcome;

/// A commit is made when so many records wait ...
const GROUP_RECORDS: usize = 4_096;
/// ... or the first of them has waited so long ...
const GROUP_WAIT: Duration = Duration::from_millis(50);
/// ... which may be longer where commits take long: so many times as long as the last one took ...
const GROUP_SHARE: u32 = 4;
/// ... but never longer than that ...
const GROUP_LONGEST: Duration = Duration::from_millis(250);
/// ... or somebody waits for it to be durable, and nothing came for so long.
const LULL: Duration = Duration::from_millis(4);
/// How often the intake is looked at while a group is open.
const GLANCE: Duration = Duration::from_millis(1);
/// How long a step of long work waits at the most while there is always something to commit.
const STEP_WAIT: Duration = Duration::from_millis(500);
/// Problems kept word by word per scope; the rest is counted.
const PROBLEMS_KEPT: usize = 64;

/// What the writer is told.
pub(crate) enum Intake {
    /// A run begins.
    RunStarted(RunRecord),
    /// The scopes that a run is going to list: what one of them lacks another may see.
    Expected { run: RunId, scopes: Vec<Arc<Scope>> },
    /// A collector saw this of a scope.
    Items { run: RunId, scope: Arc<Scope>, items: Vec<Item>, room: Option<Taken> },
    /// An attempt at a scope ended; answered when that is durable.
    Ended { run: RunId, scope: Arc<Scope>, outcome: Outcome, done: oneshot::Sender<ScopeDone> },
    /// What a targeted look-up found of records that the whole weak listing just before lacked.
    Looked {
        run: RunId,
        scope: Arc<Scope>,
        /// They are there after all.
        found: Vec<Sighting>,
        /// The provider says that there is no such thing.
        gone: Vec<AssetKey>,
        /// What asking cost.
        effort: Effort,
        /// Answered when that is durable, with the scope as it stands then.
        done: oneshot::Sender<ScopeDone>,
    },
    /// A run ended; answered when that is durable.
    RunEnded {
        record: RunRecord,
        /// Every source was collected, none of its scopes left out.
        whole: bool,
        done: oneshot::Sender<RunRecord>,
    },
    /// A scope is followed from now on, in the name of the run that listed it.
    FollowBegan {
        id: FollowId,
        run: RunId,
        scope: Arc<Scope>,
        /// What is known of it is whole up to the point from which its collector goes on.
        whole: bool,
        brought: Arc<Brought>,
    },
    /// This happened in a scope that is followed.
    Followed { id: FollowId, scope: Arc<Scope>, items: Vec<Item>, room: Option<Taken> },
    /// A follow broke: what is known of the scope may be out of date until it goes on.
    FollowBroke { id: FollowId, scope: Arc<Scope>, outcome: Outcome },
    /// A scope is followed no more. It stands as of the last time that all was said.
    Unfollowed { scope: Arc<Scope> },
    /// A user marks an asset, or takes the mark off; answered when that is durable.
    Pin { id: AssetId, on: bool, done: oneshot::Sender<()> },
    /// All records of a source leave the inventory, tombstones included, then its scopes leave the
    /// ledger. Answered with how many records that were.
    Forget { source: SourceName, done: oneshot::Sender<u64> },
    /// History is let go of, step by step between commits. Answered with the sum of all steps; not
    /// answered when the store fails.
    Prune { retention: Retention, done: oneshot::Sender<PruneReport> },
    /// The store is made as small as what is in it, step by step between commits. Answered when that is
    /// done, or with why it was not.
    Compact { done: oneshot::Sender<Result<CompactReport, StoreError>> },
}

/// Names one attempt to follow a scope: what comes of an earlier one does not count any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FollowId(pub(crate) u64);

/// What an attempt at a scope came to.
#[derive(Debug, Clone)]
pub(crate) struct ScopeDone {
    pub(crate) state: ScopeState,
    pub(crate) counts: Counts,
    pub(crate) unknown: u64,
    /// Records that a whole weak listing lacked for the first time: a targeted look-up can tell what
    /// became of them. At most [`MISSED`].
    pub(crate) missed: Vec<AssetKey>,
    /// What became of records that other scopes lacked, now that this one was listed too.
    pub(crate) settled: Vec<Settled>,
}

/// So many missed records are named at the most; a second listing tells of the others.
pub(crate) const MISSED: usize = 256;

/// Records made different.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) created: u64,
    pub(crate) changed: u64,
    pub(crate) gone: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.created += more.created;
        self.changed += more.changed;
        self.gone += more.gone;
    }
}

impl Counts {
    fn fill(self, effort: &mut Effort) {
        (effort.created, effort.changed, effort.gone) = (self.created, self.changed, self.gone);
    }
}

/// What a writer is made of.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn AssetStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) redactor: Redactor,
    pub(crate) hub: Arc<Hub>,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) notifier: Option<Arc<dyn Notifier>>,
    pub(crate) budget: Budget,
    /// What lies beside the store, read while that was being opened.
    pub(crate) kept: Option<JoinHandle<Kept>>,
}

/// The writer's whole state.
pub(crate) struct Writer {
    store: Arc<dyn AssetStore>,
    clock: Arc<dyn Clock>,
    redactor: Redactor,
    hub: Arc<Hub>,
    stop: Arc<AtomicBool>,
    known: Known,
    index: IndexWriter,
    graph: GraphWriter,
    scopes: Scopes,
    pins: Arc<BTreeMap<AssetId, Pin>>,
    attempts: HashMap<ScopeKey, Attempt>,
    runs: HashMap<RunId, Counts>,
    expected: HashMap<RunId, moves::Expected>,
    follows: live::Follows,
    /// Scopes that lost a record to another one since they were counted.
    left: HashSet<known::ScopeIndex>,
    jobs: VecDeque<Job>,
    pending: commit::Pending,
    /// Stored records that the batch at hand is compared with, by the hashes of their keys.
    ahead: HashMap<u128, Record>,
    /// The commit that is being written.
    flight: Option<commit::Flight>,
    notices: Notices,
    budget: Budget,
    revision: Revision,
    saver: saved::Saver,
    /// Records written since the index was saved.
    touched: usize,
    /// A run ended since.
    save_due: bool,
    /// How long the last commit took.
    took: Duration,
}

impl Writer {
    /// Reads everything that the store holds, and publishes the first snapshot.
    pub(crate) fn open(parts: Parts, mut findings: Vec<Finding>) -> Result<Self, StoreError> {
        let Parts { store, clock, redactor, hub, stop, notifier, budget, kept } = parts;
        let mut writer = Self {
            revision: store.revision(),
            store,
            clock,
            redactor,
            hub,
            stop,
            known: Known::default(),
            index: crate::kept::index(),
            graph: GraphWriter::new(),
            scopes: Scopes::default(),
            pins: Arc::default(),
            attempts: HashMap::new(),
            runs: HashMap::new(),
            expected: HashMap::new(),
            follows: live::Follows::default(),
            left: HashSet::new(),
            jobs: VecDeque::new(),
            pending: commit::Pending::default(),
            ahead: HashMap::new(),
            flight: None,
            notices: Notices::new(notifier),
            budget,
            saver: saved::Saver::default(),
            touched: 0,
            save_due: false,
            took: Duration::ZERO,
        };
        let pins = writer.store.pins()?;
        writer.pins = Arc::new(pins.into_iter().map(|p| (p.id.clone(), p)).collect());
        let mut scopes: HashMap<ScopeKey, ScopeState> = HashMap::new();
        for state in writer.store.scopes()? {
            scopes.insert(state.scope.key.clone(), state);
        }
        // What looks damaged is read whole, so that it is found out what is missing.
        let taken = if findings.is_empty() {
            writer.take_over(kept)
        } else {
            drop(kept.map(JoinHandle::join));
            false
        };
        if !taken {
            findings.extend(writer.read_all(&scopes)?);
        }
        for key in scopes.keys() {
            writer.known.scope(key);
        }
        // Scopes that only records name: their first collection was cut off.
        for key in writer.known.living() {
            if !scopes.contains_key(key) {
                scopes.insert(key.clone(), integrity::unfinished(key));
            }
        }
        let stale: Vec<AssetId> =
            writer.index.pins().filter(|id| !writer.pins.contains_key(*id)).cloned().collect();
        for id in &stale {
            writer.index.pin(id, false);
        }
        for id in writer.pins.keys() {
            writer.index.pin(id, true);
        }
        for finding in &findings {
            if let Some(state) = finding.scope.as_ref().and_then(|k| scopes.get_mut(k)) {
                integrity::damage(state, finding);
            }
        }
        // Of a scope that was followed the count was not written with each change.
        if findings.is_empty() {
            for (key, state) in &mut scopes {
                let index = writer.known.scope(key);
                let live = writer.known.live(index);
                if live.len() as u64 != state.coverage.assets {
                    moves::count(state, &live);
                }
            }
        }
        for (key, state) in &mut scopes {
            if state.coverage.last_attempt.is_none() && state.coverage.last_good.is_none() {
                let index = writer.known.scope(key);
                state.coverage.assets = writer.known.live(index).len() as u64;
            }
        }
        if !findings.is_empty() {
            let run = RunId::default();
            let state = integrity::integrity(run, writer.clock.now(), &findings);
            scopes.insert(state.scope.key.clone(), state.clone());
            writer.pending.scope(state);
        }
        writer.scopes = scopes.into_values().collect();
        for state in writer.scopes.iter() {
            writer.index.scope(state);
        }
        writer.hub.findings(findings);
        writer.publish(writer.revision, writer.scopes.clone(), Arc::clone(&writer.pins));
        writer.commit();
        writer.land();
        Ok(writer)
    }

    /// Takes over what was saved beside the store, and enters what was committed since; whether it fits.
    fn take_over(&mut self, kept: Option<JoinHandle<Kept>>) -> bool {
        let early = kept.and_then(|reading| reading.join().ok());
        let kept = early.or_else(|| self.store.shelf().map(Kept::read));
        let Some(saved) = kept.and_then(|kept| kept.of(&*self.store)) else { return false };
        let saved::Saved { revision, mut index, mut graph, mut known } = saved;
        let mut touched = 0;
        let mut removed: Vec<u128> = Vec::new();
        let told = enter::all(&mut index, &mut graph, |take| {
            self.store.load_since(revision, &mut |hash, record| {
                touched += 1;
                match record {
                    Some(record) => {
                        known.note(hash, &record, None);
                        take(record);
                    }
                    None => removed.push(hash),
                }
            })
        });
        for hash in removed {
            known.remove(hash);
            if let Some(key) = index.key_of(hash) {
                graph.forget(&key);
            }
            index.forget(hash);
        }
        // Tombstones that were let go of leave no commit behind.
        let counted = known.len() as u64 == self.store.records();
        if let Err(error) = &told {
            tracing::info!(%error, "the saved index cannot be brought up to date; it is made anew");
        } else if !counted {
            tracing::info!("the saved index does not hold what the store holds; it is made anew");
        }
        if told.is_err() || !counted {
            return false;
        }
        (self.index, self.graph, self.known) = (index, graph, known);
        self.saver.revision = revision;
        self.touched = touched;
        true
    }

    /// Makes everything from the records.
    fn read_all(&mut self, scopes: &HashMap<ScopeKey, ScopeState>) -> Result<Vec<Finding>, StoreError> {
        for key in scopes.keys() {
            self.known.scope(key);
        }
        let Self { store, known, index, graph, .. } = self;
        let report = enter::all(index, graph, |take| {
            store.load(&mut |record: Record| {
                known.remember(&record, None);
                take(record);
                true
            })
        })?;
        self.touched = self.known.len();
        Ok(report.findings)
    }

    /// Saves what takes time to make, when enough of it is new; at the end whenever any of it is.
    fn save(&mut self, last: bool) {
        let enough = if last { 1 } else { saved::WORTH.max(self.known.len() / 100) };
        if self.touched < enough || self.known.len() < saved::WORTH || !self.pending.is_nothing() {
            return;
        }
        self.land();
        let Some(view) = self.hub.view() else { return };
        self.touched = 0;
        self.saver.begin(&self.store, view, self.known.freeze());
    }

    /// The last revision that the store holds.
    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    /// Works until every sender is gone or the engine stops. Long jobs go on between commits.
    pub(crate) fn run(mut self, mut intake: mpsc::Receiver<Intake>) {
        let mut stepped = Instant::now();
        // What had to be entered at the start would have to be entered again at the next one.
        self.save_due = true;
        loop {
            let waits = self.jobs.is_empty() && self.flight.is_none() && !self.save_due;
            let next = if waits {
                intake.blocking_recv().ok_or(mpsc::error::TryRecvError::Disconnected)
            } else {
                intake.try_recv()
            };
            let idle = match next {
                Ok(first) => {
                    self.group(first, &mut intake);
                    let begun = Instant::now();
                    self.commit();
                    self.took = begun.elapsed();
                    self.freshen();
                    if self.touched >= saved::MANY.max(self.known.len() / saved::PART)
                        && !self.saver.is_busy()
                    {
                        self.save(false);
                    }
                    false
                }
                Err(mpsc::error::TryRecvError::Empty) => {
                    self.land();
                    self.freshen();
                    if std::mem::take(&mut self.save_due) && !self.saver.is_busy() {
                        self.save(false);
                    }
                    true
                }
                Err(mpsc::error::TryRecvError::Disconnected) => break,
            };
            // What is collected goes first; under a stream of it long work still gets a step now and then.
            if !self.jobs.is_empty() && (idle || stepped.elapsed() >= STEP_WAIT) {
                self.work();
                stepped = Instant::now();
            }
        }
        self.unfollow_all();
        self.commit();
        self.land();
        self.finish();
        self.save(true);
        self.saver.wait();
    }

    /// Takes what comes until it is worth a commit.
    fn group(&mut self, first: Intake, intake: &mut mpsc::Receiver<Intake>) {
        let since = Instant::now();
        let longest = (self.took * GROUP_SHARE).clamp(GROUP_WAIT, GROUP_LONGEST);
        self.take(first);
        let mut lull = Instant::now();
        // Everything that waits already goes into the same commit; then a short wait for more.
        while self.pending.len() < GROUP_RECORDS {
            match intake.try_recv() {
                Ok(next) => {
                    self.take(next);
                    lull = Instant::now();
                }
                Err(mpsc::error::TryRecvError::Disconnected) => break,
                Err(mpsc::error::TryRecvError::Empty) => {
                    self.land_if_there();
                    let enough = if self.pending.awaited() { lull.elapsed() >= LULL } else { false };
                    if enough || self.pending.urgent() || since.elapsed() >= longest {
                        break;
                    }
                    std::thread::sleep(GLANCE);
                }
            }
        }
    }

    fn take(&mut self, intake: Intake) {
        match intake {
            Intake::RunStarted(record) => {
                self.runs.insert(record.id, Counts::default());
                self.pending.runs.push(record);
            }
            Intake::Expected { run, scopes } => self.expected.entry(run).or_default().add(scopes),
            Intake::Items { run, scope, items, room } => {
                drop(room);
                let batch = prepare::batch(&self.known, &self.redactor, &scope.key, items, &self.hub.answers);
                self.read_ahead(&batch);
                for item in batch {
                    self.hub.answers.stand_aside();
                    self.item(run, &scope, item);
                }
                self.ahead.clear();
            }
            Intake::Ended { run, scope, outcome, done } => {
                let ended = self.end_scope(run, &scope, outcome);
                self.pending.acknowledge(done, ended);
            }
            Intake::Looked { run, scope, found, gone, effort, done } => {
                let ended = self.looked(run, &scope, found, &gone, effort);
                self.pending.acknowledge(done, ended);
            }
            Intake::FollowBegan { id, run, scope, whole, brought } => {
                self.follow_began(id, run, &scope, whole, brought);
            }
            Intake::Followed { id, scope, items, room } => {
                drop(room);
                self.followed(id, &scope, items);
            }
            Intake::FollowBroke { id, scope, outcome } => self.follow_broke(id, &scope, outcome),
            Intake::Unfollowed { scope } => self.unfollowed(&scope.key),
            Intake::RunEnded { record, whole, done } => self.end_run(record, whole, done),
            Intake::Pin { id, on, done } => {
                self.pin(id, on);
                self.pending.acknowledge(done, ());
            }
            Intake::Forget { source, done } => self.first(Job::forget(source, done)),
            Intake::Prune { retention, done } => self.jobs.push_back(Job::prune(retention, done)),
            Intake::Compact { done } => self.jobs.push_back(Job::Compact(done)),
        }
    }

    fn end_run(&mut self, mut record: RunRecord, whole: bool, done: oneshot::Sender<RunRecord>) {
        if whole && let Some(mut state) = self.scopes.get(&integrity::key()).cloned() {
            // Everything was collected again: what was lost is back, or its absence is accounted for.
            let now = self.clock.now();
            state.coverage = Coverage {
                state: CoverageState::Ok,
                last_attempt: Some(now),
                last_good: Some(now),
                whole: true,
                ..Coverage::default()
            };
            self.state(state);
            self.hub.findings(Vec::new());
        }
        self.give_up(record.id);
        let counts = self.runs.remove(&record.id).unwrap_or_default();
        counts.fill(&mut record.effort);
        // As the scopes stand now: one that ended early may have been corrected by one that ended late.
        let mine = || self.scopes.iter().filter(|s| s.run == record.id);
        record.assets = mine().map(|s| s.coverage.assets).sum();
        record.unknown = mine().map(ScopeState::unknown).sum();
        record.revision = self.revision.next();
        self.pending.runs.push(record.clone());
        if self.notices.wants.finished {
            self.pending.notes.push(notices::finished(&record));
        }
        self.pending.urgent = true;
        self.pending.acknowledge(done, record);
    }

    /// How a scope stands from now on.
    fn state(&mut self, state: ScopeState) {
        self.scopes.put(state.clone());
        self.pending.scope(state);
    }

    fn publish(&mut self, revision: Revision, scopes: Scopes, pins: Arc<BTreeMap<AssetId, Pin>>) {
        let view = self.view(revision, scopes, pins);
        self.hub.publish(view);
    }

    /// Everything as it stands, for readers.
    fn view(&mut self, revision: Revision, scopes: Scopes, pins: Arc<BTreeMap<AssetId, Pin>>) -> View {
        let snapshot = self.index.publish(revision, self.clock.now());
        let graph = self.graph.publish();
        let records = self.known.len() as u64;
        if self.budget.due(records) {
            let index: u64 = snapshot.memory().iter().map(|share| share.bytes).sum();
            let others = graph.memory().total() + self.graph.memory() + self.known.memory();
            self.budget.measure(records, index + others as u64);
        }
        View { snapshot, graph, scopes, pins, past: false }
    }
}
