//! Leave for one call: writes the ledger when it ends, and tells the endpoint what its end says.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use cloudscope_ports::{CallLedger, CallRecord, CallResult, Fault, FaultKind, Permit, Quota};
use tokio::{sync::OwnedSemaphorePermit, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{lane::Lane, meter::Meter};
use crate::pulse::Pulse;

pub(super) struct Leave {
    pub(super) call: CallRecord,
    pub(super) ledger: Arc<dyn CallLedger>,
    pub(super) begun: Instant,
    pub(super) meter: Arc<Meter>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) cancel: CancellationToken,
    /// A call that takes longer is given up; a local one is not.
    pub(super) patience: Option<Duration>,
    pub(super) lane: Option<Arc<Lane>>,
    pub(super) probe: bool,
    pub(super) after: Option<Duration>,
    /// Given back when the call ends.
    pub(super) _places: Vec<OwnedSemaphorePermit>,
}

impl Permit for Leave {
    fn quota(&mut self, quota: Quota) {
        if let Some(lane) = &self.lane {
            lane.quota(quota);
        }
    }

    fn retry_after(&mut self, after: Duration) {
        self.after = Some(after);
    }

    fn give_up(&self) -> Pin<Box<dyn Future<Output = Fault> + Send>> {
        let (cancel, patience) = (self.cancel.clone(), self.patience);
        let operation = self.call.operation.as_str().to_owned();
        Box::pin(async move {
            let Some(patience) = patience else {
                cancel.cancelled().await;
                return Fault::new(FaultKind::Cancelled, operation, "the run was cancelled");
            };
            match tokio::time::timeout(patience, cancel.cancelled()).await {
                Ok(()) => Fault::new(FaultKind::Cancelled, operation, "the run was cancelled"),
                Err(_) => {
                    let words = format!("no answer within {} s; given up", patience.as_secs());
                    Fault::new(FaultKind::Timeout, operation, words)
                }
            }
        })
    }

    fn finish(mut self: Box<Self>, result: CallResult) {
        self.call.result = result;
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.call.millis = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.pulse.beat();
        if self.call.result == CallResult::Throttled {
            self.meter.throttled();
        }
        if let Some(lane) = &self.lane {
            lane.report(&self.call.result, self.after, self.probe);
        }
        self.ledger.append(&self.call);
    }
}
