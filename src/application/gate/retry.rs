//! How long to wait before a further try, and how many there may be: an account has so many, and earns new
//! ones by calls that are answered, so that a storm ends with a bounded number of calls.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::limits::GateLimits;

/// Further tries that one answered call earns. A provider that refuses every second call is still read
/// whole; one that refuses all of them is soon left alone.
const EARNED: u32 = 2;

/// The further tries of one account.
#[derive(Debug)]
pub(super) struct RetryBudget {
    left: u32,
    most: u32,
}

impl RetryBudget {
    pub(super) fn new(most: u32) -> Self {
        Self { left: most, most }
    }

    /// Takes one; `false` when there is none left.
    pub(super) fn take(&mut self) -> bool {
        let some = self.left > 0;
        self.left = self.left.saturating_sub(1);
        some
    }

    /// A call was answered.
    pub(super) fn earn(&mut self) {
        self.left = self.left.saturating_add(EARNED).min(self.most);
    }
}

/// The wait after so many tries; doubles with each, with up to one first wait of jitter on top.
pub(super) fn backoff(limits: &GateLimits, tries: u32, seed: u64) -> Duration {
    let mut waits = ExponentialBuilder::default()
        .with_min_delay(limits.backoff)
        .with_max_delay(limits.longest_wait / 2)
        .with_factor(2.0)
        .without_max_times()
        .with_jitter_seed(seed)
        .with_jitter()
        .build();
    let nth = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX).min(64);
    waits.nth(nth).unwrap_or(limits.longest_wait / 2).min(limits.longest_wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_are_bounded_and_differ() {
        let limits = GateLimits::default();
        let waits: Vec<_> = (1..12).map(|tries| backoff(&limits, tries, 7)).collect();
        assert!(waits[0] >= limits.backoff && waits[0] <= limits.backoff * 2, "{waits:?}");
        assert!(waits[3] >= limits.backoff * 8, "{waits:?}");
        assert!(waits.iter().all(|w| *w <= limits.longest_wait), "{waits:?}");
        assert_ne!(backoff(&limits, 1, 1), backoff(&limits, 1, 2), "two scopes do not come back together");
    }

    #[test]
    fn a_budget_runs_out_and_is_earned_anew() {
        let mut budget = RetryBudget::new(3);
        assert_eq!([(); 5].map(|()| budget.take()), [true, true, true, false, false]);
        budget.earn();
        assert_eq!([(); 3].map(|()| budget.take()), [true, true, false]);
        (0..100).for_each(|_| budget.earn());
        assert_eq!((0..100).filter(|_| budget.take()).count(), 3, "no more than at first");
    }
}
