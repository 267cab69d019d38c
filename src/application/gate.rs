//! The gate of this program: the compiled-in allow-list, budgets of calls under way, the pace of each
//! endpoint, further tries and their budget, circuit breakers, the call ledger.
//!
//! Knows no provider's client and nothing of runs: a scope gets its own way through it.

mod circuit;
mod lane;
mod meter;
mod pace;
mod permit;
mod provider;
mod retry;
mod room;
mod scoped;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_domain::text::visible;
use cloudscope_ports::{CallLedger, Clock, Gate, Operation};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    limits::{GateLimits, Limits},
    message::{Circuit, CircuitState},
    pulse::Pulse,
};
use lane::Lanes;
pub(crate) use meter::{Meter, Tally};
pub(crate) use provider::is_local;
pub(crate) use room::{Room, Rooms};
pub(crate) use scoped::ScopedGate;

/// Lets through what the collectors that were compiled in declare, and nothing else.
pub(crate) struct CallGate {
    /// Every operation, with the collector that declared it: its provider.
    allowed: BTreeMap<Operation, String>,
    ledger: Arc<dyn CallLedger>,
    clock: Arc<dyn Clock>,
    limits: GateLimits,
    places: Arc<Semaphore>,
    lanes: Lanes,
}

impl CallGate {
    pub(crate) fn new(
        allowed: impl IntoIterator<Item = (Operation, String)>,
        ledger: Arc<dyn CallLedger>,
        clock: Arc<dyn Clock>,
        limits: &Limits,
    ) -> Self {
        Self {
            allowed: allowed.into_iter().collect(),
            ledger,
            clock,
            limits: limits.gate,
            places: Arc::new(Semaphore::new(limits.calls.max(1))),
            lanes: Lanes::default(),
        }
    }

    /// The way of one scope through the gate.
    pub(crate) fn scoped(
        self: &Arc<Self>,
        cancel: CancellationToken,
        meter: Arc<Meter>,
        pulse: Arc<Pulse>,
    ) -> Arc<ScopedGate> {
        self.with_room(cancel, meter, pulse, None)
    }

    /// The same, for a scope that asks no further while what was read waits for the writer.
    pub(crate) fn with_room(
        self: &Arc<Self>,
        cancel: CancellationToken,
        meter: Arc<Meter>,
        pulse: Arc<Pulse>,
        room: Option<Arc<Room>>,
    ) -> Arc<ScopedGate> {
        Arc::new(ScopedGate { gate: Arc::clone(self), cancel, meter, pulse, room })
    }

    /// Circuits that are not closed, or were not lately; those that are open first.
    pub(crate) fn circuits(&self) -> Vec<Circuit> {
        let now = self.clock.now();
        let mut circuits: Vec<Circuit> = self
            .lanes
            .all()
            .into_iter()
            .filter_map(|lane| {
                let (state, left, failures, error) = lane.circuit()?;
                let next_try =
                    left.map(|left| now.plus_millis(i64::try_from(left.as_millis()).unwrap_or(i64::MAX)));
                Some(Circuit {
                    account: visible(&lane.account_name).into_owned(),
                    endpoint: visible(&lane.endpoint).into_owned(),
                    state,
                    failures: u64::from(failures),
                    next_try,
                    error,
                })
            })
            .collect();
        let rank = |c: &Circuit| match c.state {
            CircuitState::Open => 0,
            CircuitState::HalfOpen => 1,
            CircuitState::Closed => 2,
        };
        circuits.sort_by(|a, b| {
            rank(a).cmp(&rank(b)).then_with(|| (&a.account, &a.endpoint).cmp(&(&b.account, &b.endpoint)))
        });
        circuits
    }
}

/// A gate for a single question outside a run (`sources test`), with the same list and ledger.
#[must_use]
pub fn gate(
    operations: &'static [Operation],
    ledger: Arc<dyn CallLedger>,
    clock: Arc<dyn Clock>,
) -> Arc<dyn Gate> {
    let service = |o: &Operation| o.as_str().split(':').next().unwrap_or_default().to_owned();
    let allowed = operations.iter().map(|o| (o.clone(), service(o)));
    let gate = Arc::new(CallGate::new(allowed, ledger, clock, &Limits { calls: 1, ..Limits::default() }));
    gate.scoped(CancellationToken::new(), Meter::unseen(), Pulse::new())
}
