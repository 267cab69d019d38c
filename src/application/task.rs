//! A scope with who lists it, and what the end of its collector's work means. Knows nothing of when that
//! is started.

use std::{sync::Arc, time::Duration};

use cloudscope_domain::Scope;
use cloudscope_ports::{Collector, Fault, FaultKind, SourceSpec};
use tokio::task::{JoinError, JoinHandle};

/// How long a cancelled collector may take to stop by itself.
const GRACE: Duration = Duration::from_secs(2);

/// A scope with who lists it.
#[derive(Clone)]
pub(crate) struct Task {
    pub(crate) source: SourceSpec,
    pub(crate) collector: Arc<dyn Collector>,
    pub(crate) scope: Arc<Scope>,
}

/// How a collector's work ended; its panic is a defect of it, and a failure of this scope only.
pub(crate) fn ended(operation: &str, ended: Result<Result<(), Fault>, JoinError>) -> Result<(), Fault> {
    ended.unwrap_or_else(|error| Err(panicked(operation, error)))
}

/// Waits a little for work that was told to stop, then drops it.
pub(crate) async fn stopped(operation: &str, job: &mut JoinHandle<Result<(), Fault>>) -> Result<(), Fault> {
    if let Ok(done) = tokio::time::timeout(GRACE, &mut *job).await {
        return ended(operation, done);
    }
    job.abort();
    let words = "cancelled; the collector did not stop by itself";
    Err(Fault::new(FaultKind::Cancelled, operation, words))
}

fn panicked(operation: &str, error: JoinError) -> Fault {
    let text = match error.try_into_panic() {
        Ok(panic) => panic
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".into()),
        Err(_) => return Fault::new(FaultKind::Cancelled, operation, "cancelled"),
    };
    Fault::new(
        FaultKind::Internal,
        operation,
        format!("the collector failed: {text}; this is a defect, please report it"),
    )
}
