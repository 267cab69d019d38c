//! How long to wait before the next try: longer each time, and never the same for two that began together.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(400);
const LONGEST: Duration = Duration::from_secs(15);

/// Tries that failed in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The next wait; at least what the server asks for.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let wait = FIRST.saturating_mul(1 << self.tries.min(8)).min(LONGEST);
        self.tries += 1;
        asked.unwrap_or_default().max(around(wait))
    }

    /// Something went well.
    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }
}

/// Between half and one and a half of it.
pub(crate) fn around(time: Duration) -> Duration {
    let dice = RandomState::new().build_hasher().finish() % 1024;
    #[expect(clippy::cast_precision_loss, reason = "below 1024")]
    time.mul_f64(0.5 + dice as f64 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_bound_and_differ() {
        let mut backoff = Backoff::default();
        let waits: Vec<Duration> = (0..40).map(|_| backoff.next(None)).collect();
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST * 3 / 2);
        assert!(waits.iter().all(|w| *w <= LONGEST * 3 / 2));
        assert!(waits[20..].iter().any(|w| *w != waits[20]));
        assert!(backoff.next(Some(Duration::from_secs(60))) >= Duration::from_secs(60));
        backoff.reset();
        assert!(backoff.next(None) <= FIRST * 3 / 2);
    }
}
