//! When a frame may be drawn: so many a second and no more, but a key and its answer need not wait because
//! something else was drawn a moment before.

use std::time::{Duration, Instant};

/// Frames that may follow one another at once; then the average is kept. What nobody waits for leaves the
/// others to two keys, each with its echo, its count and its rows.
const AT_ONCE: u32 = 6;

/// Who waits for what would be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wanted {
    /// Somebody who pressed a key.
    Now,
    /// Nobody in particular: something is newer, or older.
    Sometime,
}

/// The pace of frames.
pub(super) struct Pace {
    /// The time of one frame on average.
    frame: Duration,
    /// When as many as may be at once may be again; none before the first.
    full: Option<Instant>,
}

impl Pace {
    pub(super) fn new(frame: Duration) -> Self {
        Self { frame, full: None }
    }

    /// A frame was drawn.
    pub(super) fn drew(&mut self, now: Instant) {
        self.full = Some(self.full.map_or(now, |full| full.max(now)) + self.frame);
    }

    /// When the next one may be; `None` for at once.
    pub(super) fn next(&self, wanted: Wanted) -> Option<Instant> {
        match wanted {
            Wanted::Sometime => self.full,
            Wanted::Now => self.full?.checked_sub(self.frame * (AT_ONCE - 1)),
        }
    }

    /// Whether the next one may be drawn.
    pub(super) fn is_due(&self, wanted: Wanted, now: Instant) -> bool {
        self.next(wanted).is_none_or(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times of frames, in milliseconds, of one who looks every millisecond.
    fn drawn(until: u64, wants: impl Fn(u64) -> Option<Wanted>) -> Vec<u64> {
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        let mut pace = Pace::new(Duration::from_millis(16));
        let mut frames = Vec::new();
        for ms in 0..until {
            if wants(ms).is_some_and(|wanted| pace.is_due(wanted, at(ms))) {
                pace.drew(at(ms));
                frames.push(ms);
            }
        }
        frames
    }

    #[test]
    fn an_answer_follows_its_echo_at_once() {
        let key = |ms| matches!(ms, 100 | 103 | 200 | 204).then_some(Wanted::Now);
        assert_eq!(drawn(300, key), [100, 103, 200, 204]);
    }

    #[test]
    fn two_keys_with_counts_and_rows_wait_for_nothing() {
        let key = |ms| matches!(ms, 100..=102 | 105..=107).then_some(Wanted::Now);
        assert_eq!(drawn(300, key), [100, 101, 102, 105, 106, 107]);
    }

    #[test]
    fn a_key_waits_for_nothing_that_nobody_waited_for() {
        // Something newer all the time, and now and then a key with its answer.
        let wants =
            |ms| Some(if matches!(ms, 100 | 103 | 145 | 149) { Wanted::Now } else { Wanted::Sometime });
        let frames = drawn(200, wants);
        for key in [100, 103, 145, 149] {
            assert!(frames.contains(&key), "{key} not in {frames:?}");
        }
    }

    #[test]
    fn a_flood_keeps_to_the_average() {
        let frames = drawn(1600, |_| Some(Wanted::Sometime));
        assert!((100..=102).contains(&frames.len()), "{} frames", frames.len());
        assert!(frames.windows(2).all(|two| two[1] - two[0] >= 16));
        // Also one of keys.
        let frames = drawn(1600, |_| Some(Wanted::Now));
        assert!((100..=106).contains(&frames.len()), "{} frames", frames.len());
        assert!(frames.windows(7).all(|seven| seven[6] - seven[0] >= 16));
    }
}
