//! How fast a run goes and when it may end: a rate over the last seconds, and a guess only when enough is
//! known for one. Pure; time is what the caller says.

use std::{borrow::Borrow, collections::VecDeque, time::Duration};

use cloudscope_domain::Timestamp;

use crate::message::{Phase, ScopeProgress};

/// A rate is of so long.
const WINDOW: Duration = Duration::from_secs(5);
/// Of a hundred scopes so many may be unknown; with more there is no guess.
const UNKNOWN_OF_100: usize = 10;
/// This run is so many times as slow, or as fast, as the last one at the most, as far as a guess goes.
const PACE: (f64, f64) = (0.2, 5.0);

/// Items taken in over the last seconds.
#[derive(Debug, Default)]
pub(super) struct Speed(VecDeque<(Duration, u64)>);

impl Speed {
    /// So many were taken in until now. Returns how many a second that is.
    pub(super) fn measure(&mut self, now: Duration, taken: u64) -> f64 {
        self.0.push_back((now, taken));
        while self.0.len() > 2 && self.0.get(1).is_some_and(|(at, _)| now.saturating_sub(*at) >= WINDOW) {
            self.0.pop_front();
        }
        let Some((since, before)) = self.0.front() else { return 0.0 };
        let seconds = now.saturating_sub(*since).as_secs_f64();
        if seconds > 0.0 { float(taken.saturating_sub(*before)) / seconds } else { 0.0 }
    }
}

/// Milliseconds until the end of a run whose scopes stand so, when `places` are listed at a time.
/// `None` while too little is known.
pub(super) fn eta(scopes: &[impl Borrow<ScopeProgress>], now: Timestamp, places: usize) -> Option<u64> {
    let pace = pace(scopes);
    let (mut sum, mut longest, mut known, mut unknown) = (0.0, 0.0_f64, 0_usize, 0_usize);
    for scope in scopes.iter().map(Borrow::<ScopeProgress>::borrow) {
        if matches!(scope.phase, Phase::Ended(_)) {
            continue;
        }
        match remaining(scope, now, pace) {
            Some(millis) => {
                known += 1;
                sum += millis;
                longest = longest.max(millis);
            }
            None => unknown += 1,
        }
    }
    if known + unknown == 0 {
        return Some(0);
    }
    if unknown * 100 > (known + unknown) * UNKNOWN_OF_100 {
        return None;
    }
    // Those few that are unknown are taken to be like the others.
    sum += float(unknown as u64) * sum / float(known as u64);
    let together = places.clamp(1, known + unknown);
    whole(longest.max(sum / float(together as u64)))
}

/// How this run goes beside the last one, from the scopes that ended.
fn pace(scopes: &[impl Borrow<ScopeProgress>]) -> f64 {
    let (mut now, mut then) = (0.0, 0.0);
    for scope in
        scopes.iter().map(Borrow::<ScopeProgress>::borrow).filter(|s| matches!(s.phase, Phase::Ended(_)))
    {
        if let (Some(last), Some(begun), Some(ended)) = (scope.last_millis, scope.started, scope.ended) {
            then += float(last);
            now += float(u64::try_from(ended.since(begun)).unwrap_or(0));
        }
    }
    // Of a few milliseconds nothing follows.
    if then < 100.0 { 1.0 } else { (now / then).clamp(PACE.0, PACE.1) }
}

fn remaining(scope: &ScopeProgress, now: Timestamp, pace: f64) -> Option<f64> {
    let last = scope.last_millis.map(|millis| float(millis) * pace);
    let Some(begun) = scope.started else { return last };
    let elapsed = float(u64::try_from(now.since(begun)).unwrap_or(0));
    let total = scope.expected.or(scope.last_count);
    if let Some(total) = total.filter(|total| *total >= scope.seen && scope.seen > 0) {
        return Some(elapsed * float(total - scope.seen) / float(scope.seen));
    }
    // One that takes longer than the last time is somewhere near its end, but nobody knows where.
    last.filter(|last| *last >= elapsed).map(|last| last - elapsed)
}

#[expect(clippy::cast_precision_loss, reason = "a guess need not be exact")]
fn float(n: u64) -> f64 {
    n as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a sane number")]
fn whole(millis: f64) -> Option<u64> {
    (millis.is_finite() && (0.0..1e15).contains(&millis)).then_some(millis as u64)
}

#[cfg(test)]
mod tests {
    use cloudscope_domain::{CoverageState, ScopeKey};

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + millis)
    }

    fn row(phase: Phase, started: Option<i64>, seen: u64, last: (Option<u64>, Option<u64>)) -> ScopeProgress {
        ScopeProgress {
            phase,
            seen,
            last_count: last.0,
            last_millis: last.1,
            started: started.map(at),
            ..super::super::progress::waiting(ScopeKey::new("s", "l"), None)
        }
    }

    #[test]
    fn a_rate_is_of_the_last_seconds() {
        let mut speed = Speed::default();
        let at = Duration::from_secs;
        assert!(speed.measure(at(0), 0).abs() < 1e-9);
        assert!((speed.measure(at(1), 100) - 100.0).abs() < 1e-9);
        for second in 2..20 {
            speed.measure(at(second), 100 + (second - 1) * 10);
        }
        assert!((speed.measure(at(20), 290) - 10.0).abs() < 1e-6, "the first second is forgotten");
    }

    #[test]
    fn nothing_is_guessed_while_too_little_is_known() {
        let fresh = row(Phase::Waiting, None, 0, (None, None));
        assert_eq!(eta(std::slice::from_ref(&fresh), at(0), 8), None);
        let known = row(Phase::Waiting, None, 0, (Some(10), Some(1_000)));
        assert_eq!(eta(&[known.clone(), fresh.clone()], at(0), 8), None);
        let mut many = vec![known; 19];
        many.push(fresh);
        assert_eq!(eta(&many, at(0), 10), Some(2_000), "one of twenty is taken to be like the others");
    }

    #[test]
    fn what_runs_is_measured_and_what_waits_is_as_the_last_time() {
        let half = row(Phase::Running, Some(0), 50, (Some(100), None));
        assert_eq!(eta(std::slice::from_ref(&half), at(4_000), 8), Some(4_000));
        let waits = row(Phase::Waiting, None, 0, (None, Some(10_000)));
        assert_eq!(eta(&[half.clone(), waits.clone()], at(4_000), 1), Some(14_000));
        assert_eq!(
            eta(&[half, waits], at(4_000), 8),
            Some(10_000),
            "together they take as long as the longest"
        );
        let late = row(Phase::Running, Some(0), 0, (None, Some(1_000)));
        assert_eq!(eta(&[late], at(5_000), 8), None, "it takes longer than the last time: nobody knows");
    }

    #[test]
    fn a_run_that_goes_slower_than_the_last_is_guessed_to_go_on_so() {
        let mut ended = row(Phase::Ended(CoverageState::Ok), Some(0), 10, (Some(10), Some(1_000)));
        ended.ended = Some(at(3_000));
        let waits = row(Phase::Waiting, None, 0, (None, Some(1_000)));
        assert_eq!(eta(&[ended.clone(), waits], at(3_000), 1), Some(3_000));
        assert_eq!(eta(&[ended], at(3_000), 1), Some(0));
    }
}
