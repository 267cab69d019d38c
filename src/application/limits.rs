//! How much a collection may do at a time, and for how long. Plain numbers; knows nothing of who
//! keeps to them.

use std::time::Duration;

use cloudscope_domain::Timestamp;
use cloudscope_ports::Retention;

/// Bounds of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Scopes listed at a time.
    pub scopes: usize,
    /// Calls under way at a time.
    pub calls: usize,
    /// A scope that says nothing for so long is given up. Time that it waits for us does not count.
    pub stall: Duration,
    /// Scopes followed at a time, after they were listed; the others are as of their last listing.
    pub follows: usize,
    /// A follow from which nothing at all came for so long is begun anew; it says something every minute.
    pub silence: Duration,
    /// Attempts at a scope whose failure may pass.
    pub attempts: u32,
    /// Bytes of memory that the inventory may take; `None` for any.
    pub memory: Option<u64>,
    /// Bytes of it that the store's engine may take as a cache.
    pub cache: u64,
    /// The store is compacted without being asked for, when that is worth it.
    pub compact: bool,
    /// What calls to a provider keep to.
    pub gate: GateLimits,
}

/// Bounds of calls to a provider. Calls that stay on this machine know only [`Limits::calls`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateLimits {
    /// Calls under way to one provider.
    pub per_provider: usize,
    /// Calls under way in one account.
    pub per_account: usize,
    /// Calls under way to one endpoint: a service in a region, of one account.
    pub per_endpoint: usize,
    /// A call that is not answered for so long is given up.
    pub call: Duration,
    /// Tries of one call.
    pub tries: u32,
    /// The wait before the second try; it doubles with each, and is jittered.
    pub backoff: Duration,
    /// The longest that one call waits for a quota or before a further try. Whoever asks for more
    /// (`Retry-After: 3600`) is left alone until the next run.
    pub longest_wait: Duration,
    /// Further tries that an account may use up before an answered call earns it new ones.
    pub retries: u32,
    /// So many failures in a row open the circuit of an endpoint.
    pub failures: u32,
    /// So many refusals for lack of quota in a row do as well.
    pub throttles: u32,
    /// How long a circuit stays open at first; it doubles each time that the probe fails.
    pub cool: Duration,
}

impl Default for GateLimits {
    fn default() -> Self {
        Self {
            per_provider: 256,
            per_account: 32,
            per_endpoint: 8,
            call: Duration::from_secs(60),
            tries: 8,
            backoff: Duration::from_millis(250),
            longest_wait: Duration::from_secs(60),
            retries: 100,
            failures: 8,
            throttles: 20,
            cool: Duration::from_secs(15),
        }
    }
}

/// How much of the past is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// How long history is kept; `None` for ever.
    pub history: Option<Duration>,
    /// How many bytes history may take; `None` for any.
    pub history_bytes: Option<u64>,
    /// How long tombstones are kept; `None` for ever. Pinned ones stay.
    pub tombstones: Option<Duration>,
}

impl RetentionPolicy {
    /// What may go, as of now.
    pub(crate) fn at(self, now: Timestamp) -> Retention {
        let before = |kept: Duration| now.plus_millis(-i64::try_from(kept.as_millis()).unwrap_or(i64::MAX));
        Retention {
            history_before: self.history.map(before),
            history_bytes: self.history_bytes,
            tombstones_before: self.tombstones.map(before),
        }
    }
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        let days = |n: u64| Some(Duration::from_secs(n * 86_400));
        Self { history: days(30), history_bytes: Some(2 << 30), tombstones: days(90) }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            scopes: 256,
            calls: 256,
            stall: Duration::from_secs(120),
            follows: 256,
            silence: Duration::from_secs(600),
            attempts: 3,
            memory: None,
            cache: 64 << 20,
            compact: true,
            gate: GateLimits::default(),
        }
    }
}
