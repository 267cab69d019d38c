//! How many calls a second one endpoint is asked for: a token bucket whose rate is cut by half when the
//! provider throttles, grows back step by step, and is spread over what a quota header says is left.
//!
//! Pure: time is what the caller says, counted from any beginning.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cloudscope_ports::Quota;
use governor::{
    Quota as Bucket, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};

use super::provider::Rate;

/// The slowest that a rate is cut to, in calls a second.
const SLOWEST: f64 = 0.5;
/// Refusals of calls that were under way together count once.
const ONE_CUT: Duration = Duration::from_secs(1);
/// So long without a refusal, and the rate grows by a step.
const STEP_TIME: Duration = Duration::from_secs(1);
/// Steps from nothing to the rate that was cut.
const STEPS: f64 = 20.0;
/// Below this share of its limit a quota is spread over the time until it begins anew.
const SCARCE: f64 = 0.25;
/// The same, when the limit is not said.
const SCARCE_CALLS: u64 = 50;

/// A governor clock that stands where it was put.
#[derive(Debug, Clone, Default)]
struct Hand(Arc<AtomicU64>);

impl Hand {
    fn put(&self, now: Duration) {
        self.0.store(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Clock for Hand {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Hand, NoOpMiddleware<Duration>>;

/// Why a call has to wait, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) time: Duration,
    /// The provider itself named the time.
    pub(super) told: bool,
}

/// The pace of one endpoint.
#[derive(Debug)]
pub(super) struct Pace {
    hand: Hand,
    limiter: Option<Limiter>,
    /// Calls a second that `limiter` was made for.
    made_for: Option<f64>,
    usual: Option<Rate>,
    /// Calls a second after cuts; `None` when nothing is cut.
    cut: Option<f64>,
    /// What the rate was before the first of those cuts.
    before_cut: f64,
    changed: Duration,
    /// A quota that runs low: calls a second, until then.
    scarce: Option<(f64, Duration)>,
    not_before: Duration,
    /// Calls of this second and of the one before, to know what a cut starts from.
    second: u64,
    calls: (u32, u32),
}

impl Pace {
    pub(super) fn new(usual: Option<Rate>) -> Self {
        Self {
            hand: Hand::default(),
            limiter: None,
            made_for: None,
            usual,
            cut: None,
            before_cut: 0.0,
            changed: Duration::ZERO,
            scarce: None,
            not_before: Duration::ZERO,
            second: 0,
            calls: (0, 0),
        }
    }

    /// Takes leave for one call, or says how long to wait before asking again.
    pub(super) fn take(&mut self, now: Duration) -> Result<(), Wait> {
        if now < self.not_before {
            return Err(Wait { time: self.not_before - now, told: true });
        }
        self.count(now, 0);
        self.fit(now);
        self.hand.put(now);
        if let Some(limiter) = &self.limiter
            && let Err(not_until) = limiter.check()
        {
            // Never zero, so that asking again makes progress.
            let time = not_until.wait_time_from(now).max(Duration::from_millis(1));
            return Err(Wait { time, told: self.scarce.is_some() });
        }
        self.count(now, 1);
        Ok(())
    }

    /// The provider refused a call for lack of quota.
    pub(super) fn throttled(&mut self, now: Duration, after: Option<Duration>) {
        if let Some(after) = after {
            self.not_before = self.not_before.max(now.saturating_add(after));
        }
        if self.cut.is_some() && now.saturating_sub(self.changed) < ONE_CUT {
            return;
        }
        self.count(now, 0);
        let rate = self.cut.unwrap_or_else(|| {
            let seen = f64::from(self.calls.0.max(self.calls.1));
            self.before_cut = self.usual.map_or(seen, |usual| usual.per_second.min(seen.max(1.0))).max(1.0);
            self.before_cut
        });
        self.cut = Some((rate / 2.0).max(SLOWEST));
        self.changed = now;
        self.fit(now);
    }

    /// The provider answered a call: after some quiet time the rate grows by a step.
    pub(super) fn answered(&mut self, now: Duration) {
        let Some(rate) = self.cut else { return };
        if now.saturating_sub(self.changed) < STEP_TIME {
            return;
        }
        let grown = rate + (self.before_cut / STEPS).max(SLOWEST);
        let enough = self.usual.map_or(self.before_cut * 2.0, |usual| usual.per_second);
        self.cut = (grown < enough).then_some(grown);
        self.changed = now;
        self.fit(now);
    }

    /// What an answer said of the quota.
    pub(super) fn quota(&mut self, now: Duration, quota: Quota) {
        let (Some(left), Some(reset)) = (quota.remaining, quota.reset) else { return };
        if left == 0 {
            self.not_before = self.not_before.max(now.saturating_add(reset));
            return;
        }
        let low = quota.limit.map_or(SCARCE_CALLS, |limit| share(limit, SCARCE));
        self.scarce = if left <= low && !reset.is_zero() {
            #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
            let rate = left as f64 / reset.as_secs_f64();
            Some((rate, now.saturating_add(reset)))
        } else {
            None
        };
        self.fit(now);
    }

    /// Calls a second that are let through now; `None` for any number.
    pub(super) fn rate(&self, now: Duration) -> Option<f64> {
        let usual = self.usual.map(|usual| usual.per_second);
        let scarce = self.scarce.filter(|(_, until)| now < *until).map(|(rate, _)| rate);
        [usual, self.cut, scarce].into_iter().flatten().reduce(f64::min)
    }

    /// Makes the bucket for the rate that holds now. A new one starts empty unless nothing is cut.
    fn fit(&mut self, now: Duration) {
        if self.scarce.is_some_and(|(_, until)| now >= until) {
            self.scarce = None;
        }
        let rate = self.rate(now);
        if rate == self.made_for {
            return;
        }
        self.hand.put(now);
        let first = self.made_for.is_none() && self.cut.is_none() && self.scarce.is_none();
        let whole = self.usual.filter(|_| self.cut.is_none() && self.scarce.is_none());
        let burst = whole.map_or(NonZeroU32::MIN, |usual| usual.burst);
        self.limiter = rate.and_then(|rate| {
            let bucket = Bucket::with_period(Duration::from_secs_f64(1.0 / rate.max(1e-6)))?;
            Some(RateLimiter::direct_with_clock(bucket.allow_burst(burst), self.hand.clone()))
        });
        if !first && let Some(limiter) = &self.limiter {
            let _ = limiter.check_n(burst);
        }
        self.made_for = rate;
    }

    fn count(&mut self, now: Duration, calls: u32) {
        let second = now.as_secs();
        if second != self.second {
            self.calls = (0, if second == self.second + 1 { self.calls.0 } else { 0 });
            self.second = second;
        }
        self.calls.0 = self.calls.0.saturating_add(calls);
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a number of calls need not be exact, and is not negative"
)]
fn share(of: u64, part: f64) -> u64 {
    (of as f64 * part) as u64
}

#[cfg(test)]
mod tests;
