//! A gate without budgets: it admits exactly the operations it was given, at once, and writes every
//! call down. Holds no limits and retries nothing; those belong to the application's gate.

use std::sync::Arc;

use async_trait::async_trait;
use cloudscope_domain::{ScopeKey, Timestamp};
use cloudscope_ports::{
    CallLedger, CallRecord, CallResult, Clock, Fault, FaultKind, Gate, Operation, Permit,
};
use tokio_util::sync::CancellationToken;

use crate::MemoryLedger;

/// Admits exactly the operations it was given.
pub struct OpenGate {
    allowed: Vec<Operation>,
    clock: Arc<dyn Clock>,
    ledger: Arc<MemoryLedger>,
    cancel: CancellationToken,
}

impl OpenGate {
    /// Admits `operations` and nothing else.
    #[must_use]
    pub fn new(operations: &[Operation], clock: Arc<dyn Clock>) -> Self {
        Self {
            allowed: operations.to_vec(),
            clock,
            ledger: Arc::new(MemoryLedger::new()),
            cancel: CancellationToken::new(),
        }
    }

    /// The same, refusing as `Cancelled` once the token fires.
    #[must_use]
    pub fn cancelled_by(mut self, cancel: CancellationToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// The same, writing into a ledger that the caller holds.
    #[must_use]
    pub fn with_ledger(mut self, ledger: Arc<MemoryLedger>) -> Self {
        self.ledger = ledger;
        self
    }

    /// Every call so far, oldest first; a call that is still under way is not in it.
    #[must_use]
    pub fn calls(&self) -> Vec<CallRecord> {
        self.ledger.all()
    }
}

struct OpenPermit {
    at: Timestamp,
    identity: String,
    operation: Operation,
    scope: ScopeKey,
    clock: Arc<dyn Clock>,
    ledger: Arc<MemoryLedger>,
    reported: bool,
}

impl OpenPermit {
    fn report(&mut self, result: CallResult) {
        self.reported = true;
        self.ledger.append(&CallRecord {
            at: self.at,
            identity: self.identity.clone(),
            operation: self.operation.clone(),
            scope: self.scope.clone(),
            result,
            millis: u64::try_from(self.clock.now().since(self.at)).unwrap_or(0),
        });
    }
}

impl Permit for OpenPermit {
    fn finish(mut self: Box<Self>, result: CallResult) {
        self.report(result);
    }
}

impl Drop for OpenPermit {
    fn drop(&mut self) {
        if !self.reported {
            self.report(CallResult::Abandoned);
        }
    }
}

#[async_trait]
impl Gate for OpenGate {
    async fn admit(
        &self,
        identity: &str,
        operation: &Operation,
        scope: &ScopeKey,
    ) -> Result<Box<dyn Permit>, Fault> {
        let mut permit = OpenPermit {
            at: self.clock.now(),
            identity: identity.to_owned(),
            operation: operation.clone(),
            scope: scope.clone(),
            clock: Arc::clone(&self.clock),
            ledger: Arc::clone(&self.ledger),
            reported: false,
        };
        if !self.allowed.contains(operation) {
            permit.report(CallResult::Refused);
            return Err(Fault::new(
                FaultKind::Refused,
                operation.as_str(),
                format!("{} is not on the list of allowed operations", operation.as_str()),
            ));
        }
        if self.cancel.is_cancelled() {
            // Nothing went out, so there is nothing to hold against a provider's audit log.
            permit.reported = true;
            return Err(Fault::new(FaultKind::Cancelled, operation.as_str(), "the run was cancelled"));
        }
        Ok(Box::new(permit))
    }
}
