//! The second implementation of every port: in memory, exact, and quick. Tests and the demo build on
//! it; whatever the contract suites ask of a real adapter they ask of these too.
//!
//! Knows no file, no network and no real time.

mod clock;
mod exporter;
mod gate;
mod ledger;
pub mod paged;
mod scripted;
mod secrets;
mod sink;
mod store;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cloudscope_domain::Timestamp;
use cloudscope_ports::{CollectContext, Operation};
use tokio_util::sync::CancellationToken;

pub use clock::ManualClock;
pub use exporter::MemoryExporter;
pub use gate::OpenGate;
pub use ledger::MemoryLedger;
pub use scripted::{ScriptedCollector, Step, listing};
pub use secrets::MemorySecrets;
pub use sink::MemorySink;
pub use store::MemoryStore;

/// The instant at which the clock of [`context`] stands: 2026-11-21T08:00:00Z.
pub const NOW: i64 = 1_795_248_000_000;

/// All that a collector may use, in memory: a gate that admits only `operations`, a clock that stands
/// at [`NOW`], and a sink whose content the caller can look at.
#[must_use]
pub fn context(operations: &[Operation]) -> (CollectContext, Arc<MemorySink>) {
    let cancel = CancellationToken::new();
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
    let sink = Arc::new(MemorySink::cancelled_by(cancel.clone()));
    let gate = OpenGate::new(operations, clock.clone()).cancelled_by(cancel.clone());
    (CollectContext { gate: Arc::new(gate), sink: sink.clone(), cancel, clock }, sink)
}

/// Locks, and goes on with what is there when another test thread panicked while it held the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
