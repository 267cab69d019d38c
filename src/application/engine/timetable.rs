//! Starts runs by the schedule while somebody asked for that: one at a time, what is due meanwhile goes
//! into the next one. Knows the rules' next times from `schedule`, and keeps when each source was last
//! collected; a run of any kind counts, unless it was of some scopes only.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use cloudscope_domain::{RunId, SourceName, Timestamp};
use cloudscope_ports::SourceSpec;
use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::{
    SessionError,
    message::Planned,
    schedule::{Last, Schedule, next, overdue},
};

/// Runs of the past that are looked at to know when each source was last collected.
const LOOK_BACK: usize = 1_000;
/// The longest sleep: the clock may be set, and the machine may sleep, meanwhile.
const NAP: Duration = Duration::from_secs(20);
/// How soon to look again while something due waits for the end of a run.
const SOON: Duration = Duration::from_secs(1);

/// The schedule with what is known of the past.
pub(super) struct Timetable {
    schedule: Schedule,
    /// When this engine was started: a cron rule counts from then on for what was never collected.
    opened: Timestamp,
    began: Mutex<HashMap<SourceName, (RunId, Timestamp)>>,
    driven: AtomicBool,
    pub(super) stop: CancellationToken,
}

impl Timetable {
    pub(super) fn new(schedule: Schedule, opened: Timestamp) -> Self {
        Self {
            schedule,
            opened,
            began: Mutex::default(),
            driven: AtomicBool::new(false),
            stop: CancellationToken::new(),
        }
    }

    /// These sources are collected now, by this run.
    pub(super) fn began<'a>(
        &self,
        run: RunId,
        at: Timestamp,
        sources: impl IntoIterator<Item = &'a SourceName>,
    ) {
        let mut began = self.lock();
        for source in sources {
            let place = began.entry(source.clone()).or_insert((run, at));
            // By the order of runs: the clock may have been set back between two of them.
            if run >= place.0 {
                *place = (run, at);
            }
        }
    }

    fn next(&self, source: &SourceName, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let last = match self.lock().get(source) {
            Some((_, at)) => Last::Began(*at),
            None => Last::Never { opened: self.opened },
        };
        next(self.schedule.rule(source)?, source, last, now, zone)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SourceName, (RunId, Timestamp)>> {
        self.began.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Collects by the schedule from now on, until the engine is shut down. Whoever keeps the program
    /// open asks for this; a command that only looks does not. Returns whether there is a schedule.
    pub fn drive_schedule(self: &Arc<Self>) -> bool {
        if self.timetable.schedule.is_empty() {
            return false;
        }
        if self.timetable.driven.swap(true, Ordering::AcqRel) {
            return true;
        }
        let (engine, stop) = (Arc::downgrade(self), self.timetable.stop.clone());
        tokio::spawn(async move {
            let mut known = false;
            loop {
                let Some(engine) = engine.upgrade() else { return };
                if !known {
                    known = engine.recall().await;
                }
                let wait = if known { engine.keep_to_schedule() } else { SOON };
                drop(engine);
                if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                    return;
                }
            }
        });
        true
    }

    /// What is collected by itself, and when next; without a time when nobody drives the schedule here.
    pub(super) fn planned(&self) -> Vec<Planned> {
        let (now, zone) = (self.clock.now(), TimeZone::system());
        let driven = self.timetable.driven.load(Ordering::Acquire);
        let planned = self.all_sources().into_iter().filter_map(|source| {
            let rule = self.timetable.schedule.rule(&source.name)?.to_string();
            let next = if driven { self.timetable.next(&source.name, now, &zone) } else { None };
            Some(Planned { source: source.name, rule, next })
        });
        planned.collect()
    }

    /// Reads when each source was last collected; `false` while the store is not open.
    pub(super) async fn recall(&self) -> bool {
        match self.read(|store| store.runs(LOOK_BACK)).await {
            Ok(runs) => {
                for run in runs {
                    self.timetable.began(run.id, run.started, &run.sources);
                }
                true
            }
            Err(SessionError::NotReady) => false,
            Err(error) => {
                tracing::error!(%error, "it is not known when each source was last collected");
                true
            }
        }
    }

    /// Starts a run of what is due, unless one is under way: then it stays due, and the next run has it.
    /// Returns how long to wait before looking again.
    pub(super) fn keep_to_schedule(&self) -> Duration {
        let (now, zone) = (self.clock.now(), TimeZone::system());
        let sources = self.all_sources();
        let times: Vec<_> = sources.iter().map(|s| self.timetable.next(&s.name, now, &zone)).collect();
        let due: Vec<SourceSpec> =
            sources.iter().zip(&times).filter(|(_, t)| overdue(**t, now)).map(|(s, _)| s.clone()).collect();
        if !due.is_empty() {
            if !self.is_running() {
                // All of them is a whole run, which also sees what left the plan.
                let named = if due.len() == sources.len() { Vec::new() } else { due };
                match self.collect_scheduled(named) {
                    Ok(run) => tracing::info!(run = run.0, "started by the schedule"),
                    Err(SessionError::Busy | SessionError::Gone) => {}
                    Err(error) => {
                        self.hub.trouble(format!("the schedule could not start a collection: {error}"));
                        return NAP;
                    }
                }
            }
            return SOON;
        }
        let first = times.into_iter().flatten().min();
        let wait = first.map_or(NAP, |at| Duration::from_millis(u64::try_from(at.since(now)).unwrap_or(0)));
        wait.clamp(Duration::from_millis(10), NAP)
    }

    pub(super) fn all_sources(&self) -> Vec<SourceSpec> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
