//! When a frame may be drawn: so many a second and no more, but a key's answer need not wait because its echo
//! was drawn a moment before.

use std::time::{Duration, Instant};

/// The pace of frames. Two may follow one another at once; then the average is kept.
pub(super) struct Pace {
    /// The time of one frame on average.
    frame: Duration,
    /// When the last one was drawn, and the one before it.
    drawn: Option<(Instant, Option<Instant>)>,
}

impl Pace {
    pub(super) fn new(frame: Duration) -> Self {
        Self { frame, drawn: None }
    }

    /// A frame was drawn.
    pub(super) fn drew(&mut self, now: Instant) {
        self.drawn = Some((now, self.drawn.map(|(last, _)| last)));
    }

    /// When the next one may be; `None` for at once.
    pub(super) fn next(&self) -> Option<Instant> {
        let (last, before) = self.drawn?;
        let before = before?;
        Some((last + self.frame).min(before + self.frame * 2))
    }

    /// Whether the next one may be drawn.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.next().is_none_or(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times of frames, in milliseconds, of one who always has something to draw and looks every millisecond.
    fn drawn(first: u64, until: u64, wants: impl Fn(u64) -> bool) -> Vec<u64> {
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        let mut pace = Pace::new(Duration::from_millis(16));
        let mut frames = Vec::new();
        for ms in (first..until).filter(|ms| wants(*ms)) {
            if pace.is_due(at(ms)) {
                pace.drew(at(ms));
                frames.push(ms);
            }
        }
        frames
    }

    #[test]
    fn an_answer_follows_its_echo_at_once() {
        let key = |ms| matches!(ms, 100 | 103 | 200 | 204);
        assert_eq!(drawn(0, 300, key), [100, 103, 200, 204]);
    }

    #[test]
    fn a_flood_keeps_to_the_average() {
        let frames = drawn(0, 1600, |_| true);
        assert!((100..=102).contains(&frames.len()), "{} frames", frames.len());
        assert!(frames.windows(3).all(|three| three[2] - three[0] >= 16));
    }
}
