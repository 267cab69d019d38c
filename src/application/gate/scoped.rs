//! The gate as one scope sees it: the same budgets and ledger for all, its own cancellation and counts.

use std::{
    collections::hash_map::DefaultHasher,
    future::Future,
    hash::{Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use cloudscope_domain::{ScopeKey, text::visible};
use cloudscope_ports::{CallRecord, CallResult, Disposition, Fault, FaultKind, Gate, Operation, Permit};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    CallGate,
    circuit::Pass,
    lane::Lane,
    meter::Meter,
    permit::Leave,
    provider,
    retry::backoff,
    room::{PATIENCE, Room},
};
use crate::pulse::Pulse;

/// One scope's way through the gate.
pub(crate) struct ScopedGate {
    pub(super) gate: Arc<CallGate>,
    pub(super) cancel: CancellationToken,
    pub(super) meter: Arc<Meter>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) room: Option<Arc<Room>>,
}

/// What a call holds while it is under way.
struct Entry {
    places: Vec<OwnedSemaphorePermit>,
    lane: Option<Lease>,
}

/// An endpoint that let a call pass. Dropped before the call begins, it gives the probe back.
struct Lease {
    lane: Arc<Lane>,
    probe: bool,
    used: bool,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.used && self.probe {
            self.lane.report(&CallResult::Abandoned, None, true);
        }
    }
}

impl ScopedGate {
    /// Waits, visibly and until the run is cancelled.
    async fn wait<T>(
        &self,
        operation: &Operation,
        what: impl FnOnce() -> String,
        until: impl Future<Output = T>,
    ) -> Result<T, Fault> {
        let mut until = std::pin::pin!(until);
        if let std::task::Poll::Ready(done) = futures::poll!(&mut until) {
            return Ok(done);
        }
        let _shown = self.meter.waits(&what(), &self.pulse);
        self.cancel.run_until_cancelled(until).await.ok_or_else(|| cancelled(operation))
    }

    async fn place(
        &self,
        operation: &Operation,
        what: impl FnOnce() -> String,
        places: &Arc<Semaphore>,
    ) -> Result<OwnedSemaphorePermit, Fault> {
        let place = self.wait(operation, what, Arc::clone(places).acquire_owned()).await?;
        // Never closed; were it, nothing more could be sent.
        place.map_err(|_| cancelled(operation))
    }

    /// Waits for everything that a call to a provider needs.
    async fn enter(&self, provider: &str, operation: &Operation, scope: &ScopeKey) -> Result<Entry, Fault> {
        let limits = &self.gate.limits;
        let lane = self.gate.lanes.lane(limits, provider, operation, scope);
        if let Some(time) = lane.open_for() {
            return Err(self.open(operation, &lane, time));
        }
        let endpoint = || visible(&lane.endpoint).into_owned();
        let mut places =
            vec![self.place(operation, || format!("other calls to {}", endpoint()), &lane.places).await?];
        self.pace(operation, &lane).await?;
        let account = || format!("other calls in account {}", visible(&lane.account_name));
        places.push(self.place(operation, account, &lane.account.places).await?);
        let whole = || format!("other calls to {}", visible(provider));
        places.push(self.place(operation, whole, &lane.account.provider).await?);
        places.push(self.place(operation, || "other calls".into(), &self.gate.places).await?);
        let probe = loop {
            // Made before the question, so that no end of a probe is missed.
            let probed = lane.probed.notified();
            match lane.pass() {
                Pass::Go => break false,
                Pass::Probe => break true,
                Pass::No(time) => return Err(self.open(operation, &lane, time)),
                Pass::Later => {
                    self.wait(
                        operation,
                        || format!("the circuit of {}: one call is tried", endpoint()),
                        probed,
                    )
                    .await?;
                }
            }
        };
        Ok(Entry { places, lane: Some(Lease { lane: Arc::clone(&lane), probe, used: false }) })
    }

    /// Waits until the endpoint's pace lets one more call through.
    async fn pace(&self, operation: &Operation, lane: &Arc<Lane>) -> Result<(), Fault> {
        let endpoint = || visible(&lane.endpoint).into_owned();
        let _turn = self
            .wait(operation, || format!("the quota of {}: calls before it", endpoint()), lane.turn.lock())
            .await?;
        loop {
            let Err(wait) = lane.take() else { return Ok(()) };
            if wait.time > self.gate.limits.longest_wait {
                self.meter.shut();
                let words = format!(
                    "the provider asks to wait {} before the next call to {}; collect again after that",
                    words(wait.time),
                    endpoint()
                );
                let kind = FaultKind::Throttled { after: Some(wait.time) };
                return Err(Fault::new(kind, operation.as_str(), words));
            }
            let why = if wait.told { "as the provider asks" } else { "at its pace" };
            let what = || format!("the quota of {}: next call in {}, {why}", endpoint(), words(wait.time));
            self.wait(operation, what, sleep(wait.time)).await?;
        }
    }

    /// The circuit is open: why, and when it is tried again.
    fn open(&self, operation: &Operation, lane: &Lane, time: Duration) -> Fault {
        self.meter.shut();
        let (error, throttled) = lane.error();
        let kind =
            if throttled { FaultKind::Throttled { after: Some(time) } } else { FaultKind::Unreachable };
        let words = format!(
            "not sent: {} failed too often in a row ({error}); it is tried again in {}, collect again then",
            visible(&lane.endpoint),
            words(time)
        );
        Fault::new(kind, operation.as_str(), words)
    }

    /// Whether a scope whose attempt failed with this may be tried as a whole once more. Costs a further
    /// try of its account, like that of a single call.
    pub(crate) fn attempt_again(&self, provider: &str, scope: &ScopeKey) -> bool {
        !self.cancel.is_cancelled()
            && !self.meter.is_shut()
            && (provider::is_local(provider)
                || self.gate.lanes.account(&self.gate.limits, provider, scope).retry())
    }
}

#[async_trait]
impl Gate for ScopedGate {
    async fn admit(
        &self,
        identity: &str,
        operation: &Operation,
        scope: &ScopeKey,
    ) -> Result<Box<dyn Permit>, Fault> {
        let mut call = CallRecord {
            at: self.gate.clock.now(),
            identity: identity.to_owned(),
            operation: operation.clone(),
            scope: scope.clone(),
            result: CallResult::Abandoned,
            millis: 0,
        };
        let Some(provider) = self.gate.allowed.get(operation) else {
            call.result = CallResult::Refused;
            self.gate.ledger.append(&call);
            return Err(Fault::new(
                FaultKind::Refused,
                operation.as_str(),
                "not on the list of operations that this program may call; nothing was sent",
            ));
        };
        if self.cancel.is_cancelled() {
            return Err(cancelled(operation));
        }
        let local = provider::is_local(provider);
        let entry = if local {
            let place = self.place(operation, || "other reads".into(), &self.gate.places).await?;
            Entry { places: vec![place], lane: None }
        } else {
            self.enter(provider, operation, scope).await?
        };
        if let Some(room) = &self.room {
            let what = || "the writer: what was read before is being stored".into();
            let _ = self.wait(operation, what, timeout(PATIENCE, room.take())).await?;
        }
        if self.cancel.is_cancelled() {
            return Err(cancelled(operation));
        }
        let Entry { places, lane } = entry;
        let (lane, probe) = match lane {
            Some(mut lease) => {
                lease.used = true;
                (Some(Arc::clone(&lease.lane)), lease.probe)
            }
            None => (None, false),
        };
        call.at = self.gate.clock.now();
        self.meter.call();
        Ok(Box::new(Leave {
            call,
            ledger: Arc::clone(&self.gate.ledger),
            begun: Instant::now(),
            meter: Arc::clone(&self.meter),
            pulse: Arc::clone(&self.pulse),
            cancel: self.cancel.clone(),
            patience: (!local).then_some(self.gate.limits.call),
            lane,
            probe,
            after: None,
            _places: places,
        }))
    }

    async fn again(
        &self,
        _identity: &str,
        operation: &Operation,
        scope: &ScopeKey,
        tries: u32,
        fault: &Fault,
    ) -> bool {
        let limits = &self.gate.limits;
        let Some(provider) = self.gate.allowed.get(operation).filter(|p| !provider::is_local(p)) else {
            return false;
        };
        let Disposition::Retry { after } = fault.disposition() else { return false };
        if self.cancel.is_cancelled() || tries >= limits.tries {
            return false;
        }
        let lane = self.gate.lanes.lane(limits, provider, operation, scope);
        if after.is_some_and(|after| after > limits.longest_wait) || lane.open_for().is_some() {
            self.meter.shut();
            return false;
        }
        if !lane.account.retry() {
            return false;
        }
        let mut seed = DefaultHasher::new();
        (scope, operation, tries).hash(&mut seed);
        let jittered = backoff(limits, tries, seed.finish());
        // What the provider said comes first; a little more, so that not all come back at once.
        let time = after.map_or(jittered, |after| after.saturating_add(jittered.min(limits.backoff)));
        self.meter.retry();
        let what =
            || format!("try {} of {} in {} ({})", tries + 1, limits.tries, words(time), why(fault.kind));
        self.wait(operation, what, sleep(time)).await.is_ok()
    }
}

fn why(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Throttled { .. } => "throttled",
        FaultKind::Timeout => "no answer in time",
        _ => "not reached",
    }
}

fn cancelled(operation: &Operation) -> Fault {
    Fault::new(FaultKind::Cancelled, operation.as_str(), "the run was cancelled; nothing was sent")
}

/// A time as people read it.
fn words(time: Duration) -> String {
    let (seconds, millis) = (time.as_secs(), time.as_millis());
    match seconds {
        0 => format!("{millis} ms"),
        1..=9 => format!("{}.{} s", seconds, (millis % 1000) / 100),
        10..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}
