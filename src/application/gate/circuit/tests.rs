//! A circuit opens after failures in a row, lets one call try, and closes on an answer only.

use super::*;

const S: fn(u64) -> Duration = Duration::from_secs;

fn limits() -> GateLimits {
    GateLimits { failures: 3, throttles: 5, cool: S(10), ..GateLimits::default() }
}

fn broken() -> Sign {
    Sign::Broken("HTTP 503".into())
}

#[test]
fn failures_in_a_row_open_it_and_an_answer_between_them_does_not() {
    let (mut breaker, limits) = (Breaker::new(), limits());
    for _ in 0..10 {
        breaker.report(S(0), broken(), false, &limits);
        breaker.report(S(0), broken(), false, &limits);
        breaker.report(S(0), Sign::Works, false, &limits);
    }
    assert_eq!(breaker.ask(S(0)), Pass::Go);
    (0..3).for_each(|_| breaker.report(S(1), broken(), false, &limits));
    assert_eq!(breaker.ask(S(2)), Pass::No(S(9)));
    assert_eq!(breaker.shown(S(2)), Some((CircuitState::Open, Some(S(11)))));
    assert_eq!(breaker.error(), ("HTTP 503", false));
}

#[test]
fn refusals_for_lack_of_quota_open_it_later_and_say_so() {
    let (mut breaker, limits) = (Breaker::new(), limits());
    (0..4).for_each(|_| breaker.report(S(0), Sign::Throttled, false, &limits));
    assert_eq!(breaker.ask(S(0)), Pass::Go);
    breaker.report(S(0), Sign::Throttled, false, &limits);
    assert_eq!(breaker.ask(S(0)), Pass::No(S(10)));
    assert!(breaker.error().1);
}

#[test]
fn one_probe_decides_and_a_failed_one_doubles_the_pause() {
    let (mut breaker, limits) = (Breaker::new(), limits());
    (0..3).for_each(|_| breaker.report(S(0), broken(), false, &limits));
    assert_eq!(breaker.ask(S(10)), Pass::Probe);
    assert_eq!(breaker.ask(S(10)), Pass::Later);
    assert_eq!(breaker.shown(S(10)), Some((CircuitState::HalfOpen, None)));
    // Calls that were under way when it opened say nothing new.
    breaker.report(S(10), Sign::Works, false, &limits);
    assert_eq!(breaker.ask(S(10)), Pass::Later);
    breaker.report(S(11), broken(), true, &limits);
    assert_eq!(breaker.ask(S(12)), Pass::No(S(19)));
    assert_eq!(breaker.ask(S(31)), Pass::Probe);
    // A probe that was dropped decides nothing: the next call is one.
    breaker.report(S(32), Sign::Nothing, true, &limits);
    assert_eq!(breaker.ask(S(32)), Pass::Probe);
    breaker.report(S(33), Sign::Works, true, &limits);
    assert_eq!(breaker.ask(S(33)), Pass::Go);
    assert_eq!(breaker.shown(S(34)), Some((CircuitState::Closed, None)));
    assert_eq!(breaker.shown(S(120)), None);
    // The pause starts small again.
    (0..3).for_each(|_| breaker.report(S(200), broken(), false, &limits));
    assert_eq!(breaker.ask(S(200)), Pass::No(S(10)));
}

#[test]
fn the_pause_is_bounded() {
    let (mut breaker, limits) = (Breaker::new(), limits());
    (0..3).for_each(|_| breaker.report(S(0), broken(), false, &limits));
    let mut now = S(0);
    for _ in 0..40 {
        now += LONGEST;
        assert_eq!(breaker.ask(now), Pass::Probe);
        breaker.report(now, broken(), true, &limits);
        assert!(breaker.open_for(now).unwrap() <= LONGEST);
    }
}
