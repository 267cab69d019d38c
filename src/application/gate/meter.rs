//! Counts the calls of one scope and says what it waits for. Knows nothing of who shows it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use crate::pulse::{Held, Pulse};

/// Calls so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Sent, tries included.
    pub(crate) calls: u32,
    /// Second and later tries.
    pub(crate) retries: u32,
    /// Refused for lack of quota.
    pub(crate) throttles: u32,
}

/// Told when the tally grows (`None` for the wait) or a wait begins or ends.
pub(crate) type Show = Box<dyn Fn(Tally, Option<Option<&str>>) + Send + Sync>;

/// The meter of one scope, over all its attempts.
pub(crate) struct Meter {
    calls: AtomicU32,
    retries: AtomicU32,
    throttles: AtomicU32,
    /// The gate will let nothing through for a while: another attempt would be in vain.
    shut: AtomicBool,
    show: Show,
}

impl Meter {
    pub(crate) fn new(show: Show) -> Arc<Self> {
        Arc::new(Self {
            calls: AtomicU32::new(0),
            retries: AtomicU32::new(0),
            throttles: AtomicU32::new(0),
            shut: AtomicBool::new(false),
            show,
        })
    }

    /// A meter that nobody looks at.
    pub(crate) fn unseen() -> Arc<Self> {
        Self::new(Box::new(|_, _| {}))
    }

    pub(crate) fn tally(&self) -> Tally {
        Tally {
            calls: self.calls.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            throttles: self.throttles.load(Ordering::Relaxed),
        }
    }

    /// Whether another attempt would be in vain.
    pub(crate) fn is_shut(&self) -> bool {
        self.shut.load(Ordering::Relaxed)
    }

    pub(super) fn shut(&self) {
        self.shut.store(true, Ordering::Relaxed);
    }

    pub(super) fn call(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        (self.show)(self.tally(), None);
    }

    pub(super) fn retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
        (self.show)(self.tally(), None);
    }

    pub(super) fn throttled(&self) {
        self.throttles.fetch_add(1, Ordering::Relaxed);
        (self.show)(self.tally(), None);
    }

    /// Shows a wait until the guard is dropped.
    pub(crate) fn waits(&self, what: &str, pulse: &Arc<Pulse>) -> Waiting<'_> {
        (self.show)(self.tally(), Some(Some(what)));
        Waiting { meter: self, _held: pulse.hold() }
    }
}

/// While it lives the scope waits.
pub(crate) struct Waiting<'a> {
    meter: &'a Meter,
    _held: Held,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        (self.meter.show)(self.meter.tally(), Some(None));
    }
}
