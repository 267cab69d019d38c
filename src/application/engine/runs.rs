//! Starts a run: which sources it reads, that there is only one at a time, and what goes first in it.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, atomic::Ordering},
};

use cloudscope_domain::{RunId, RunRecord, ScopeKey, Timestamp};
use cloudscope_ports::SourceSpec;
use tokio_util::sync::CancellationToken;

use super::{
    Engine,
    work::{blocking, failed},
};
use crate::{
    Reply, SessionError,
    collect::Run,
    gate::Rooms,
    hub::Hub,
    message::{CursorId, RunProgress},
};

/// No screen has more rows.
const ON_SCREEN: usize = 1_000;

impl Engine {
    /// Starts a run of these sources (of all, when none is named).
    pub(crate) fn collect(
        &self,
        named: Vec<SourceSpec>,
        failed_only: bool,
        scopes: Vec<ScopeKey>,
    ) -> Result<RunId, SessionError> {
        self.launch(named, failed_only, scopes, false)
    }

    /// Starts a run of these sources (of all, when none is named) because the schedule says so.
    pub(super) fn collect_scheduled(&self, named: Vec<SourceSpec>) -> Result<RunId, SessionError> {
        self.launch(named, false, Vec::new(), true)
    }

    fn launch(
        &self,
        named: Vec<SourceSpec>,
        failed_only: bool,
        scopes: Vec<ScopeKey>,
        scheduled: bool,
    ) -> Result<RunId, SessionError> {
        self.store()?;
        self.known_collectors(&named)?;
        let every_source = named.is_empty();
        let sources = {
            let mut all = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
            for source in &named {
                match all.iter_mut().find(|s| s.name == source.name) {
                    Some(known) => *known = source.clone(),
                    None => all.push(source.clone()),
                }
            }
            if named.is_empty() { all.clone() } else { named }
        };
        let mut run = self.run_of(&sources)?;
        self.learn_ways(&sources);
        {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            if running.is_some() {
                return Err(SessionError::Busy);
            }
            *running = Some(run.cancel.clone());
        }
        // Whether it finds out what there is or not: that it cannot would not change by asking again at its end.
        if sources.iter().any(|source| self.can_follow(source)) {
            self.follows.collects();
        }
        let id = RunId(self.last_run.fetch_add(1, Ordering::AcqRel) + 1);
        let started = run.started;
        if !failed_only && scopes.is_empty() {
            self.timetable.began(id, started, sources.iter().map(|s| &s.name));
        }
        self.hub.progress(|p| *p = RunProgress { run: id, started, scheduled, ..RunProgress::default() });
        run.id = id;
        (run.failed_only, run.every_source, run.scheduled, run.scopes) =
            (failed_only, every_source, scheduled, scopes);
        let running = Arc::clone(&self.running);
        let (hub, clock, me) = (Arc::clone(&self.hub), Arc::clone(&self.clock), self.me.clone());
        self.background.spawn(async move {
            let record = run.go(sources).await;
            // Its place is free before its end is shown: whoever saw the end may start the next run.
            *running.lock().unwrap_or_else(PoisonError::into_inner) = None;
            show_end(&hub, id, clock.now(), record);
            if let Some(engine) = me.upgrade() {
                engine.serve_followers();
            }
        });
        Ok(id)
    }

    /// A run of these sources that has no number yet.
    pub(super) fn run_of(&self, sources: &[SourceSpec]) -> Result<Run, SessionError> {
        let Some(intake) = self.intake.lock().unwrap_or_else(PoisonError::into_inner).clone() else {
            return Err(SessionError::Gone);
        };
        Ok(Run {
            id: RunId::default(),
            started: self.clock.now(),
            cancel: CancellationToken::new(),
            intake,
            failed_only: false,
            sources: sources.iter().map(|s| s.name.clone()).collect(),
            scheduled: false,
            scopes: Vec::new(),
            every_source: false,
            hub: Arc::clone(&self.hub),
            clock: Arc::clone(&self.clock),
            gate: Arc::clone(&self.gate),
            rooms: Rooms::new(),
            collectors: self.collectors.clone(),
            limits: self.limits,
            preferred: Arc::clone(&self.preferred),
            follows: Arc::clone(&self.follows),
            taken: Arc::default(),
        })
    }

    pub(super) fn known_collectors(&self, named: &[SourceSpec]) -> Result<(), SessionError> {
        for source in named {
            if !self.collectors.iter().any(|c| c.name() == source.collector) {
                let names: Vec<_> = self.collectors.iter().map(|c| c.name()).collect();
                return Err(SessionError::Bad(format!(
                    "no collector named `{}` in this program; it has {}",
                    source.collector,
                    names.join(", ")
                )));
            }
        }
        Ok(())
    }

    /// The scopes of these rows go first of what waits.
    pub(super) async fn prefer(&self, cursor: CursorId, start: u64, len: u64) -> Result<Reply, SessionError> {
        let cursor = self.cursors.get(cursor)?;
        let store = Arc::clone(self.store()?);
        let scopes = blocking(move || {
            let snapshot = &cursor.view.snapshot;
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            let len = usize::try_from(len).unwrap_or(usize::MAX).min(ON_SCREEN);
            let rows = cursor.hits.window(snapshot, start, len);
            let keys: Vec<_> = rows.into_iter().map(|row| snapshot.key(row)).collect();
            let records = store.get_many(&keys).map_err(failed)?;
            Ok::<HashSet<ScopeKey>, SessionError>(
                records.into_iter().flatten().map(|r| (*r.scope).clone()).collect(),
            )
        })
        .await??;
        self.preferred.set(scopes);
        Ok(Reply::Done)
    }
}

/// Shows that a run ended, unless the next one shows already.
fn show_end(hub: &Hub, id: RunId, now: Timestamp, record: Option<RunRecord>) {
    hub.progress(|p| {
        if p.run != id {
            return;
        }
        if let Some(record) = record {
            (p.gone, p.unknown) = (record.effort.gone, record.unknown);
        }
        p.ended = Some(now);
        p.eta = None;
    });
    hub.tick();
}
