//! Starts a run: which sources it reads, and that there is only one at a time.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use cloudscope_domain::{RunId, ScopeKey};
use cloudscope_ports::SourceSpec;
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::{SessionError, collect::Run, message::RunProgress};

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
        let Some(intake) = self.intake.lock().unwrap_or_else(PoisonError::into_inner).clone() else {
            return Err(SessionError::Gone);
        };
        for source in &named {
            if !self.collectors.iter().any(|c| c.name() == source.collector) {
                let names: Vec<_> = self.collectors.iter().map(|c| c.name()).collect();
                return Err(SessionError::Bad(format!(
                    "no collector named `{}` in this program; it has {}",
                    source.collector,
                    names.join(", ")
                )));
            }
        }
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
        let cancel = CancellationToken::new();
        {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            if running.is_some() {
                return Err(SessionError::Busy);
            }
            *running = Some(cancel.clone());
        }
        let id = RunId(self.last_run.fetch_add(1, Ordering::AcqRel) + 1);
        let started = self.clock.now();
        if !failed_only && scopes.is_empty() {
            self.timetable.began(id, started, sources.iter().map(|s| &s.name));
        }
        self.hub.progress(|p| *p = RunProgress { run: id, started, scheduled, ..RunProgress::default() });
        let run = Run {
            id,
            started,
            cancel,
            intake,
            failed_only,
            sources: sources.iter().map(|s| s.name.clone()).collect(),
            scheduled,
            scopes,
            every_source,
            hub: Arc::clone(&self.hub),
            clock: Arc::clone(&self.clock),
            gate: Arc::clone(&self.gate),
            collectors: self.collectors.clone(),
            limits: self.limits,
        };
        let running = Arc::clone(&self.running);
        tokio::spawn(async move {
            run.go(sources).await;
            *running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        });
        Ok(id)
    }
}
