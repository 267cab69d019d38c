//! The wall clock, so that tests can hold it still.

use cloudscope_domain::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now. May jump in either direction; nothing orders by it.
    fn now(&self) -> Timestamp;
}
