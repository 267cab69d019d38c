//! Tells how long a collector has been silent. Time that it waits for us (a full intake, the gate) is
//! not its silence.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// The pulse of one attempt at a scope.
#[derive(Debug)]
pub(crate) struct Pulse {
    born: Instant,
    /// Milliseconds after `born` of the last sign of life.
    last: AtomicU64,
    /// How many of its tasks wait for us.
    held: AtomicUsize,
}

impl Pulse {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { born: Instant::now(), last: AtomicU64::new(0), held: AtomicUsize::new(0) })
    }

    /// A sign of life.
    pub(crate) fn beat(&self) {
        self.last.store(self.age(), Ordering::Relaxed);
    }

    /// How long there was none; nothing while it waits for us.
    pub(crate) fn silence(&self) -> Duration {
        if self.held.load(Ordering::Acquire) > 0 {
            return Duration::ZERO;
        }
        Duration::from_millis(self.age().saturating_sub(self.last.load(Ordering::Relaxed)))
    }

    /// It waits for us until the guard is dropped, which is a sign of life.
    pub(crate) fn hold(self: &Arc<Self>) -> Held {
        self.held.fetch_add(1, Ordering::AcqRel);
        Held(Arc::clone(self))
    }

    fn age(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// While it lives the collector waits for us.
#[derive(Debug)]
pub(crate) struct Held(Arc<Pulse>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.beat();
        self.0.held.fetch_sub(1, Ordering::AcqRel);
    }
}
