//! The gate of this program: the compiled-in allow-list, a bound on calls under way, the call ledger.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use async_trait::async_trait;
use cloudscope_domain::ScopeKey;
use cloudscope_ports::{
    CallLedger, CallRecord, CallResult, Clock, Fault, FaultKind, Gate, Operation, Permit,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Lets through what the collectors that were compiled in declare, and nothing else.
pub(crate) struct AllowGate {
    allowed: BTreeSet<Operation>,
    ledger: Arc<dyn CallLedger>,
    clock: Arc<dyn Clock>,
    places: Arc<Semaphore>,
}

impl AllowGate {
    pub(crate) fn new(
        allowed: impl IntoIterator<Item = Operation>,
        ledger: Arc<dyn CallLedger>,
        clock: Arc<dyn Clock>,
        calls: usize,
    ) -> Self {
        Self {
            allowed: allowed.into_iter().collect(),
            ledger,
            clock,
            places: Arc::new(Semaphore::new(calls.max(1))),
        }
    }
}

#[async_trait]
impl Gate for AllowGate {
    async fn admit(
        &self,
        identity: &str,
        operation: &Operation,
        scope: &ScopeKey,
    ) -> Result<Box<dyn Permit>, Fault> {
        let mut call = CallRecord {
            at: self.clock.now(),
            identity: identity.to_owned(),
            operation: operation.clone(),
            scope: scope.clone(),
            result: CallResult::Abandoned,
            millis: 0,
        };
        if !self.allowed.contains(operation) {
            call.result = CallResult::Refused;
            self.ledger.append(&call);
            return Err(Fault::new(
                FaultKind::Refused,
                operation.as_str(),
                "not on the list of operations that this program may call; nothing was sent",
            ));
        }
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| {
            Fault::new(FaultKind::Cancelled, operation.as_str(), "the program is closing; nothing was sent")
        })?;
        call.at = self.clock.now();
        Ok(Box::new(Leave {
            call: Some(call),
            ledger: Arc::clone(&self.ledger),
            begun: Instant::now(),
            _place: place,
        }))
    }
}

struct Leave {
    call: Option<CallRecord>,
    ledger: Arc<dyn CallLedger>,
    begun: Instant,
    _place: OwnedSemaphorePermit,
}

impl Permit for Leave {
    fn finish(mut self: Box<Self>, result: CallResult) {
        if let Some(call) = &mut self.call {
            call.result = result;
        }
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        if let Some(mut call) = self.call.take() {
            call.millis = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.ledger.append(&call);
        }
    }
}

/// A gate for a single question outside a run (`sources test`), with the same list and ledger.
#[must_use]
pub fn gate(
    operations: &'static [Operation],
    ledger: Arc<dyn CallLedger>,
    clock: Arc<dyn Clock>,
) -> Arc<dyn Gate> {
    Arc::new(AllowGate::new(operations.iter().cloned(), ledger, clock, 1))
}
