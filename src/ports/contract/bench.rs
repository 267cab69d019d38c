//! What the collector suites give a collector: a sink that keeps what comes, and a gate that lets through what
//! was declared and keeps every call.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cloudscope_domain::ScopeKey;
use tokio_util::sync::CancellationToken;

use crate::{
    Batch, CallRecord, CallResult, Clock, CollectContext, Collector, Fault, FaultKind, Gate, Item, Operation,
    Permit, Sink, SinkError,
};

pub(super) struct Bench {
    pub(super) context: CollectContext,
    pub(super) sink: Arc<Taker>,
    gate: Arc<Watcher>,
}

impl Bench {
    pub(super) fn new(collector: &dyn Collector, clock: Arc<dyn Clock>) -> Self {
        let sink = Arc::new(Taker::default());
        let cancel = CancellationToken::new();
        let gate = Arc::new(Watcher {
            allowed: collector.operations().to_vec(),
            calls: Arc::default(),
            clock: clock.clone(),
            cancel: cancel.clone(),
        });
        let context = CollectContext { gate: gate.clone(), sink: sink.clone(), cancel, clock };
        Self { context, sink, gate }
    }

    pub(super) fn assert_calls(&self, collector: &dyn Collector) -> Vec<CallRecord> {
        let calls = self.gate.calls.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for call in &calls {
            assert_ne!(
                call.result,
                CallResult::Refused,
                "{} asked for {} without declaring it",
                collector.name(),
                call.operation.as_str()
            );
        }
        calls
    }
}

#[derive(Default)]
struct Taken {
    batches: Vec<Batch>,
    refused: usize,
    cancel: Option<(usize, CancellationToken)>,
    /// Fired by the next batch.
    next: CancellationToken,
}

#[derive(Default)]
pub(super) struct Taker(Mutex<Taken>);

impl Taker {
    fn with<T>(&self, f: impl FnOnce(&mut Taken) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn items(&self) -> Vec<Item> {
        self.with(|t| t.batches.iter().flatten().cloned().collect())
    }

    /// Waits until what came so far is enough.
    pub(super) async fn until(&self, enough: impl Fn(&[Item]) -> bool) {
        loop {
            // Taken before the question, so that no batch is missed.
            let next = self.with(|t| t.next.clone());
            if enough(&self.items()) {
                return;
            }
            next.cancelled().await;
        }
    }

    pub(super) fn refused(&self) -> usize {
        self.with(|t| t.refused)
    }

    pub(super) fn cancel_after(&self, batches: usize, token: &CancellationToken) {
        if batches == 0 {
            token.cancel();
        }
        self.with(|t| t.cancel = Some((batches, token.clone())));
    }
}

#[async_trait]
impl Sink for Taker {
    async fn send(&self, batch: Batch) -> Result<(), SinkError> {
        self.with(|t| {
            if t.cancel.as_ref().is_some_and(|(_, token)| token.is_cancelled()) {
                t.refused += 1;
                return Err(SinkError);
            }
            t.batches.push(batch);
            std::mem::take(&mut t.next).cancel();
            if let Some((after, token)) = &t.cancel
                && t.batches.len() >= *after
            {
                token.cancel();
            }
            Ok(())
        })
    }
}

struct Watcher {
    allowed: Vec<Operation>,
    calls: Arc<Mutex<Vec<CallRecord>>>,
    clock: Arc<dyn Clock>,
    cancel: CancellationToken,
}

struct Leave {
    call: CallRecord,
    calls: Arc<Mutex<Vec<CallRecord>>>,
}

impl Permit for Leave {
    fn finish(mut self: Box<Self>, result: CallResult) {
        self.call.result = result;
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(self.call.clone());
    }
}

#[async_trait]
impl Gate for Watcher {
    async fn admit(
        &self,
        identity: &str,
        operation: &Operation,
        scope: &ScopeKey,
    ) -> Result<Box<dyn Permit>, Fault> {
        let known = self.allowed.contains(operation);
        let call = CallRecord {
            at: self.clock.now(),
            identity: identity.to_owned(),
            operation: operation.clone(),
            scope: scope.clone(),
            result: if known { CallResult::Abandoned } else { CallResult::Refused },
            millis: 0,
        };
        let fault = |kind, words: &str| Err(Fault::new(kind, operation.as_str().to_owned(), words));
        let leave = Leave { call, calls: self.calls.clone() };
        match (known, self.cancel.is_cancelled()) {
            (false, _) => fault(FaultKind::Refused, "not declared"),
            (true, true) => fault(FaultKind::Cancelled, "the run was cancelled"),
            (true, false) => Ok(Box::new(leave)),
        }
    }
}
