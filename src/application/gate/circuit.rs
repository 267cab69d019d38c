//! A circuit breaker: after so many failures in a row an endpoint is left alone for a while; then one call
//! is tried, and its end decides.
//!
//! Pure: time is what the caller says, counted from any beginning.

use std::time::Duration;

use crate::{limits::GateLimits, message::CircuitState};

/// The longest that a circuit stays open before the next probe.
const LONGEST: Duration = Duration::from_secs(300);
/// How long a circuit that was open is still shown after it closed.
const SHOWN: Duration = Duration::from_secs(60);

/// What the end of a call says of its endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sign {
    /// It answered, be it with a refusal.
    Works,
    /// It refused for lack of quota.
    Throttled,
    /// It did not answer, or with an error of its own.
    Broken(String),
    /// Nothing: the call was dropped before it ended.
    Nothing,
}

/// Whether a call may go.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// It may.
    Go,
    /// It may, as the one that is tried.
    Probe,
    /// Another one is being tried; how it ends decides.
    Later,
    /// It may not, for so long.
    No(Duration),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open { until: Duration },
    Probing { under_way: bool },
}

/// The breaker of one endpoint.
#[derive(Debug)]
pub(super) struct Breaker {
    state: State,
    failures: u32,
    throttles: u32,
    /// How often in a row it was opened.
    rounds: u32,
    error: String,
    /// The last failure was a refusal for lack of quota.
    throttled: bool,
    closed_at: Option<Duration>,
}

impl Breaker {
    pub(super) fn new() -> Self {
        Self {
            state: State::Closed,
            failures: 0,
            throttles: 0,
            rounds: 0,
            error: String::new(),
            throttled: false,
            closed_at: None,
        }
    }

    /// Whether a call may go now; a probe is under way from then on.
    pub(super) fn ask(&mut self, now: Duration) -> Pass {
        match self.state {
            State::Closed => Pass::Go,
            State::Open { until } if now < until => Pass::No(until - now),
            State::Open { .. } | State::Probing { under_way: false } => {
                self.state = State::Probing { under_way: true };
                Pass::Probe
            }
            State::Probing { under_way: true } => Pass::Later,
        }
    }

    /// For how long it stays open, if it is. Takes nothing.
    pub(super) fn open_for(&self, now: Duration) -> Option<Duration> {
        match self.state {
            State::Open { until } if now < until => Some(until - now),
            _ => None,
        }
    }

    /// A call ended. Only a probe decides while the circuit is not closed: other calls were let through
    /// before it opened, and say nothing new.
    pub(super) fn report(&mut self, now: Duration, sign: Sign, probe: bool, limits: &GateLimits) {
        let closed = self.state == State::Closed;
        if !closed && !probe {
            return;
        }
        match sign {
            Sign::Works => {
                if !closed {
                    self.closed_at = Some(now);
                }
                (self.failures, self.throttles, self.rounds) = (0, 0, 0);
                self.state = State::Closed;
            }
            Sign::Nothing if closed => {}
            Sign::Nothing => self.state = State::Probing { under_way: false },
            Sign::Throttled => {
                self.throttles = self.throttles.saturating_add(1);
                self.throttled = true;
                "it refuses for lack of quota".clone_into(&mut self.error);
                if probe || self.throttles >= limits.throttles {
                    self.open(now, limits);
                }
            }
            Sign::Broken(error) => {
                self.failures = self.failures.saturating_add(1);
                self.throttled = false;
                self.error = error;
                if probe || self.failures >= limits.failures {
                    self.open(now, limits);
                }
            }
        }
    }

    fn open(&mut self, now: Duration, limits: &GateLimits) {
        let time = limits.cool.saturating_mul(1 << self.rounds.min(10)).min(LONGEST);
        self.rounds = self.rounds.saturating_add(1);
        self.state = State::Open { until: now.saturating_add(time) };
    }

    /// Failures in a row.
    pub(super) fn failures(&self) -> u32 {
        self.failures.max(self.throttles)
    }

    /// The last failure, in words, and whether it was for lack of quota.
    pub(super) fn error(&self) -> (&str, bool) {
        (&self.error, self.throttled)
    }

    /// How it stands and when the next call is tried, when that is worth showing.
    pub(super) fn shown(&self, now: Duration) -> Option<(CircuitState, Option<Duration>)> {
        match self.state {
            State::Closed => {
                let lately = self.closed_at.is_some_and(|at| now.saturating_sub(at) < SHOWN);
                lately.then_some((CircuitState::Closed, None))
            }
            State::Open { until } if now < until => Some((CircuitState::Open, Some(until))),
            State::Open { .. } | State::Probing { .. } => Some((CircuitState::HalfOpen, None)),
        }
    }
}

#[cfg(test)]
mod tests;
