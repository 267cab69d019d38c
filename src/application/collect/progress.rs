//! What a run shows of itself while it goes on: a row per scope, calls, the rate, a guess at the end.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use cloudscope_domain::{ScopeKey, ScopeState};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::{Run, forecast};
use crate::{
    gate::Meter,
    ingest::ScopeDone,
    message::{Phase, ScopeProgress},
    task::Task,
};

/// How often the rate is measured.
const MEASURE: Duration = Duration::from_millis(500);

/// A scope that waits for its turn, with what its last attempt says about it.
pub(super) fn waiting(scope: ScopeKey, last: Option<&ScopeState>) -> ScopeProgress {
    let coverage = last.map(|state| &state.coverage);
    ScopeProgress {
        scope,
        phase: Phase::Waiting,
        seen: 0,
        expected: None,
        last_count: coverage.and_then(|c| c.last_good.map(|_| c.assets)),
        problems: 0,
        started: None,
        ended: None,
        error: None,
        calls: 0,
        retries: 0,
        throttles: 0,
        // An attempt that failed soon says nothing about how long a whole one takes.
        last_millis: coverage.filter(|c| c.whole && c.effort.millis > 0).map(|c| c.effort.millis),
        created: 0,
        changed: 0,
        gone: 0,
        unknown: 0,
        waits: None,
    }
}

impl Run {
    pub(super) fn announce(&self, tasks: &[Task]) {
        let view = self.hub.view();
        let last = |task: &Task| view.as_ref().and_then(|view| view.scopes.get(&task.scope.key));
        let rows = tasks.iter().map(|task| Arc::new(waiting(task.scope.key.clone(), last(task)))).collect();
        self.hub.progress(|p| p.scopes = rows);
        self.hub.tick();
    }

    /// Shows how a scope ended.
    pub(super) fn show_end(&self, place: usize, done: &ScopeDone) {
        let now = self.clock.now();
        self.hub.progress(|p| {
            p.created += done.counts.created;
            p.changed += done.counts.changed;
            p.gone += done.counts.gone;
            p.unknown += done.unknown;
            if let Some(row) = p.scope_mut(place) {
                row.phase = Phase::Ended(done.state.coverage.state);
                row.ended = Some(now);
                row.error.clone_from(&done.state.coverage.error);
                row.created = done.counts.created;
                row.changed = done.counts.changed;
                row.gone = done.counts.gone;
                row.unknown = done.unknown;
                row.waits = None;
            }
            for settled in &done.settled {
                p.gone += settled.gone;
                p.unknown = p.unknown.saturating_sub(settled.known);
                let found = p.scopes.iter_mut().find(|row| row.scope == settled.scope);
                if let Some(row) = found.map(Arc::make_mut) {
                    row.gone += settled.gone;
                    row.unknown = row.unknown.saturating_sub(settled.known);
                }
            }
        });
    }

    /// A meter that shows itself in the row of a scope (of none, for planning) and in the sums.
    pub(super) fn meter(&self, place: Option<usize>) -> Arc<Meter> {
        let hub = Arc::clone(&self.hub);
        let shown = std::sync::Mutex::new(crate::gate::Tally::default());
        Meter::new(Box::new(move |tally, waits| {
            hub.progress(|p| {
                let mut shown = shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                // Two calls may report in any order; sums only grow.
                let more = |now: u32, then: u32| u64::from(now.saturating_sub(then));
                p.calls += more(tally.calls, shown.calls);
                p.retries += more(tally.retries, shown.retries);
                p.throttles += more(tally.throttles, shown.throttles);
                shown.calls = shown.calls.max(tally.calls);
                shown.retries = shown.retries.max(tally.retries);
                shown.throttles = shown.throttles.max(tally.throttles);
                let Some(row) = place.and_then(|place| p.scope_mut(place)) else { return };
                row.calls = shown.calls;
                row.retries = shown.retries;
                row.throttles = shown.throttles;
                if let Some(waits) = waits {
                    row.waits = waits.map(str::to_owned);
                }
            });
        }))
    }

    /// Measures the rate and guesses at the end until `stop` fires.
    pub(super) fn measure(&self, stop: CancellationToken) {
        let run = self.clone();
        tokio::spawn(async move {
            let (begun, mut speed) = (Instant::now(), forecast::Speed::default());
            let mut tick = tokio::time::interval(MEASURE);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while stop.run_until_cancelled(tick.tick()).await.is_some() {
                let rate = speed.measure(begun.elapsed(), run.taken.load(Ordering::Relaxed));
                let now = run.clock.now();
                run.hub.progress(|p| {
                    p.rate = rate;
                    p.eta = forecast::eta(&p.scopes, now, run.limits.scopes);
                });
            }
        });
    }
}
