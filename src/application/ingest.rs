//! The one writer: compares what collectors see with what is known, groups it into atomic commits,
//! and publishes each commit to readers after it is durable.
//!
//! Runs on a thread of its own because the store blocks. Nothing else writes the store, the index or
//! the graph, so batch order is revision order.

mod commit;
mod diff;
mod fingerprint;
mod known;
mod paths;
mod stage;
#[cfg(test)]
mod tests;
pub(crate) mod verdict;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use cloudscope_domain::{
    Coverage, CoverageState, ListingMode, Record, RecordKey, Revision, RunId, RunRecord, Scope, ScopeKey,
    ScopeState, Timestamp, Unseen, redact::Redactor,
};
use cloudscope_graph::GraphWriter;
use cloudscope_index::IndexWriter;
use cloudscope_ports::{AssetStore, Clock, Finding, Item, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::hub::{Hub, View};
use known::Known;
use verdict::Outcome;

/// A commit is made when so many records wait ...
const GROUP_RECORDS: usize = 4_096;
/// ... or the first of them has waited so long.
const GROUP_WAIT: Duration = Duration::from_millis(50);
/// Problems kept word by word per scope; the rest is counted.
const PROBLEMS_KEPT: usize = 64;

/// What the writer is told.
pub(crate) enum Intake {
    /// A run begins.
    RunStarted(RunRecord),
    /// A collector saw this of a scope.
    Items { run: RunId, scope: Arc<Scope>, items: Vec<Item> },
    /// An attempt at a scope ended; answered when that is durable.
    Ended { run: RunId, scope: Arc<Scope>, outcome: Outcome, done: oneshot::Sender<ScopeDone> },
    /// A run ended; answered when that is durable.
    RunEnded {
        record: RunRecord,
        /// Every source was collected, none of its scopes left out.
        whole: bool,
        done: oneshot::Sender<RunRecord>,
    },
}

/// What an attempt at a scope came to.
#[derive(Debug, Clone)]
pub(crate) struct ScopeDone {
    pub(crate) state: ScopeState,
    pub(crate) counts: Counts,
    pub(crate) unknown: u64,
}

/// Records made different.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) created: u64,
    pub(crate) changed: u64,
    pub(crate) gone: u64,
}

/// An attempt at a scope that is under way.
#[derive(Debug, Default)]
struct Attempt {
    seen: HashSet<u128>,
    complete: bool,
    hidden_items: bool,
    problems: Vec<String>,
    problem_count: u64,
    missing_permission: Option<String>,
    counts: Counts,
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
    scopes: HashMap<ScopeKey, ScopeState>,
    attempts: HashMap<ScopeKey, Attempt>,
    runs: HashMap<RunId, Counts>,
    pending: commit::Pending,
    revision: Revision,
}

impl Writer {
    /// Reads everything that the store holds, and publishes the first snapshot.
    pub(crate) fn open(
        store: Arc<dyn AssetStore>,
        clock: Arc<dyn Clock>,
        redactor: Redactor,
        hub: Arc<Hub>,
        stop: Arc<AtomicBool>,
        mut findings: Vec<Finding>,
    ) -> Result<Self, StoreError> {
        let mut writer = Self {
            revision: store.revision(),
            store,
            clock,
            redactor,
            hub,
            stop,
            known: Known::default(),
            index: IndexWriter::new(),
            graph: GraphWriter::new(),
            scopes: HashMap::new(),
            attempts: HashMap::new(),
            runs: HashMap::new(),
            pending: commit::Pending::default(),
        };
        for state in writer.store.scopes()? {
            writer.known.scope(&state.scope.key);
            writer.scopes.insert(state.scope.key.clone(), state);
        }
        let store = Arc::clone(&writer.store);
        let report = store.load(&mut |record: Record| {
            writer.known.remember(&record, None);
            if !writer.scopes.contains_key(&record.scope) {
                writer.scopes.insert(record.scope.clone(), unfinished(&record));
            }
            writer.index.upsert(&record);
            writer.graph.upsert(&record);
            true
        })?;
        findings.extend(report.findings);
        for finding in &findings {
            if let Some(state) = finding.scope.as_ref().and_then(|k| writer.scopes.get_mut(k)) {
                state.coverage.state = CoverageState::Partial;
                state.coverage.error = Some(format!("{}; {}", finding.what, finding.remedy));
            }
        }
        for (key, state) in &mut writer.scopes {
            if state.coverage.last_attempt.is_none() && state.coverage.last_good.is_none() {
                let index = writer.known.scope(key);
                state.coverage.assets = writer.known.live(index).len() as u64;
            }
        }
        if !findings.is_empty() {
            let run = RunId::default();
            let state = integrity(run, writer.clock.now(), &findings);
            writer.scopes.insert(state.scope.key.clone(), state.clone());
            writer.pending.scopes.push(state);
        }
        for state in writer.scopes.values() {
            writer.index.scope(state);
        }
        writer.hub.findings(findings);
        writer.publish();
        writer.commit();
        Ok(writer)
    }

    /// The last revision that the store holds.
    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    /// Works until every sender is gone or the engine stops.
    pub(crate) fn run(mut self, mut intake: mpsc::Receiver<Intake>) {
        while let Some(first) = intake.blocking_recv() {
            let since = Instant::now();
            self.take(first);
            // Everything that waits already goes into the same commit; then a short wait for more.
            while self.pending.records.len() < GROUP_RECORDS {
                match intake.try_recv() {
                    Ok(next) => self.take(next),
                    Err(mpsc::error::TryRecvError::Disconnected) => break,
                    Err(mpsc::error::TryRecvError::Empty) => {
                        if since.elapsed() >= GROUP_WAIT || self.pending.urgent() {
                            break;
                        }
                        std::thread::sleep(Duration::from_millis(2));
                    }
                }
            }
            self.commit();
        }
    }

    fn take(&mut self, intake: Intake) {
        match intake {
            Intake::RunStarted(record) => {
                self.runs.insert(record.id, Counts::default());
                self.pending.runs.push(record);
            }
            Intake::Items { run, scope, items } => {
                for item in items {
                    self.item(run, &scope, item);
                }
            }
            Intake::Ended { run, scope, outcome, done } => self.end_scope(run, &scope, outcome, done),
            Intake::RunEnded { mut record, whole, done } => {
                if whole && let Some(state) = self.scopes.get_mut(&integrity_key()) {
                    // Everything was collected again: what was lost is back, or its absence is accounted for.
                    let now = self.clock.now();
                    state.coverage = Coverage {
                        state: CoverageState::Ok,
                        last_attempt: Some(now),
                        last_good: Some(now),
                        ..Coverage::default()
                    };
                    self.pending.scopes.push(state.clone());
                    self.index.scope(state);
                    self.hub.findings(Vec::new());
                }
                let counts = self.runs.remove(&record.id).unwrap_or_default();
                (record.effort.created, record.effort.changed, record.effort.gone) =
                    (counts.created, counts.changed, counts.gone);
                record.revision = self.revision.next();
                self.pending.runs.push(record.clone());
                self.pending.run_acks.push((done, record));
            }
        }
    }

    fn item(&mut self, run: RunId, scope: &Scope, item: Item) {
        match item {
            Item::Begin => {
                let counts = self.attempts.remove(&scope.key).map(|a| a.counts).unwrap_or_default();
                if !self.scopes.contains_key(&scope.key) {
                    // Not a durable state: only says that what this first listing sees is there.
                    let mut first = ScopeState::never(scope.clone());
                    first.unseen = Unseen::None;
                    self.index.scope(&first);
                }
                self.attempts.insert(scope.key.clone(), Attempt { counts, ..Attempt::default() });
            }
            Item::Upsert(sighting) => self.upsert(run, scope, *sighting),
            Item::Delete { key, proof } => {
                let hash = RecordKey { source: scope.key.source.clone(), key }.hash128();
                self.bury(run, scope, hash, proof);
            }
            Item::Problem { message, missing_permission } => {
                let attempt = self.attempts.entry(scope.key.clone()).or_default();
                attempt.hidden_items = true;
                attempt.problem(message, missing_permission);
            }
            Item::Limited { message, missing_permission } => {
                self.attempts.entry(scope.key.clone()).or_default().problem(message, missing_permission);
            }
            Item::Expect(_) => {}
            Item::Done | Item::Resume => self.attempts.entry(scope.key.clone()).or_default().complete = true,
        }
    }

    fn end_scope(
        &mut self,
        run: RunId,
        scope: &Scope,
        mut outcome: Outcome,
        done: oneshot::Sender<ScopeDone>,
    ) {
        let attempt = self.attempts.remove(&scope.key).unwrap_or_default();
        if outcome.state == CoverageState::Ok {
            outcome.whole = attempt.complete && !attempt.hidden_items;
            if !attempt.complete {
                outcome.state = CoverageState::Partial;
                outcome.error.get_or_insert_with(|| {
                    "the collector ended without saying that its listing is whole; this is a defect".into()
                });
            } else if attempt.problem_count > 0 {
                outcome.state = CoverageState::Partial;
                outcome.error = outcome.error.or_else(|| attempt.problems.first().cloned());
            }
        }
        if outcome.state == CoverageState::Partial
            && !outcome.cancelled
            && !attempt.complete
            && attempt.seen.is_empty()
        {
            // A part was not read: nothing was.
            outcome.state = CoverageState::Unreachable;
        }
        outcome.missing_permission = outcome.missing_permission.or(attempt.missing_permission);
        outcome.problem_count += attempt.problem_count;
        outcome.problems.extend(attempt.problems);
        let index = self.known.scope(&scope.key);
        let previous = self.scopes.get(&scope.key);
        let now = self.clock.now();
        let verdict =
            verdict::judge(previous, scope, run, now, outcome, self.known.live(index), &attempt.seen);
        let mut counts = attempt.counts;
        for (key, proof) in verdict.gone {
            if self.entomb(run, key, proof) {
                counts.gone += 1;
            }
        }
        let total = self.runs.entry(run).or_default();
        total.created += counts.created;
        total.changed += counts.changed;
        total.gone += counts.gone;
        let unknown = unknown_of(&verdict.state);
        self.scopes.insert(scope.key.clone(), verdict.state.clone());
        self.pending.scopes.push(verdict.state.clone());
        self.pending.scope_acks.push((done, ScopeDone { state: verdict.state, counts, unknown }));
    }

    fn publish(&mut self) {
        let snapshot = self.index.publish(self.revision, self.clock.now());
        let graph = self.graph.publish();
        let mut scopes: Vec<ScopeState> = self.scopes.values().cloned().collect();
        scopes.sort_unstable_by(|a, b| a.scope.key.cmp(&b.scope.key));
        self.hub.publish(View { snapshot, graph, scopes: scopes.into() });
    }
}

impl Attempt {
    fn problem(&mut self, message: String, missing_permission: Option<String>) {
        self.problem_count += 1;
        if self.problems.len() < PROBLEMS_KEPT {
            self.problems.push(message);
        }
        if self.missing_permission.is_none() {
            self.missing_permission = missing_permission;
        }
    }
}

/// How many live records of a scope are unknown.
pub(crate) fn unknown_of(state: &ScopeState) -> u64 {
    match &state.unseen {
        Unseen::None => 0,
        Unseen::All => state.coverage.assets,
        Unseen::Some(keys) => keys.len() as u64,
    }
}

/// Under which damage of the store itself is accounted for, until everything was collected again.
fn integrity_key() -> ScopeKey {
    ScopeKey::new("store", "integrity")
}

/// Damage as a scope that was not read whole, so that health, exports and every screen tell of it.
fn integrity(run: RunId, now: Timestamp, findings: &[Finding]) -> ScopeState {
    let scope = Scope { key: integrity_key(), mode: ListingMode::Snapshot, kinds: Vec::new() };
    let mut state = ScopeState::never(scope);
    let text = |f: &Finding| format!("{}; {}", f.what, f.remedy);
    state.run = run;
    state.unseen = Unseen::None;
    state.failing_since = Some(now);
    state.coverage.state = CoverageState::Partial;
    state.coverage.last_attempt = Some(now);
    state.coverage.error = findings.first().map(text);
    state.coverage.problems = findings.iter().take(PROBLEMS_KEPT).map(text).collect();
    state.coverage.problem_count = findings.len() as u64;
    state
}

/// The state of a scope whose first attempt was cut off: its records are there, its end is not.
fn unfinished(record: &Record) -> ScopeState {
    let scope =
        Scope { key: record.scope.clone(), mode: ListingMode::Weak, kinds: vec![record.asset.kind.clone()] };
    let mut state = ScopeState::never(scope);
    state.coverage.error = Some("its first collection did not end; collect again".into());
    state
}
