//! What a run says, added up: of one scope, of all scopes of an account and region, of the whole run.
//!
//! Pure and honest: a time of arrival is reckoned only where the collector announced how much there
//! is; where only the last attempt's time is known, it is given as that, and else there is none.

use cloudscope_application::message::{Phase, ScopeProgress};
use cloudscope_domain::{CoverageState, Timestamp};

/// A rate means nothing before this, in milliseconds.
const SETTLED: i64 = 1_000;

/// How much there will be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Goal {
    /// The collector announced it.
    Announced(u64),
    /// So many there were at the last whole listing: for scale, not a promise.
    LastTime(u64),
    /// Nobody knows.
    Open,
}

/// When it ends, in milliseconds from now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Eta {
    /// Reckoned from the rate and what is left of what was announced.
    Reckoned(i64),
    /// If it takes as long as the last time.
    LikeLastTime(i64),
}

/// Scopes added up.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Tally {
    /// Scopes in it.
    pub(crate) scopes: usize,
    /// Of which planned.
    pub(crate) waiting: usize,
    /// Of which being listed.
    pub(crate) running: usize,
    /// Of which ended without having been listed whole.
    pub(crate) not_whole: usize,
    /// Of which wait for a quota, a circuit or a retry.
    pub(crate) held: usize,
    /// Assets seen so far.
    pub(crate) seen: u64,
    /// Problems with single items.
    pub(crate) problems: u64,
    /// Calls sent, tries included.
    pub(crate) calls: u64,
    /// Second and later tries.
    pub(crate) retries: u64,
    /// Answers that refused for lack of quota.
    pub(crate) throttles: u64,
    /// Records made, changed, proved gone, left unknown, by the scopes that ended.
    pub(crate) differences: [u64; 4],
    goal: u64,
    last_time: bool,
    open: bool,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
    worst: Option<CoverageState>,
    last_millis: Option<u64>,
}

impl Tally {
    /// One scope.
    pub(crate) fn of(scope: &ScopeProgress) -> Self {
        let mut tally = Self::default();
        tally.add(scope);
        tally
    }

    /// Adds a scope.
    pub(crate) fn add(&mut self, scope: &ScopeProgress) {
        self.scopes += 1;
        self.last_millis = scope.last_millis.filter(|_| self.scopes == 1);
        match scope.phase {
            Phase::Waiting => self.waiting += 1,
            Phase::Running => self.running += 1,
            Phase::Ended(state) => {
                self.not_whole += usize::from(severity(state) > 1);
                if self.worst.is_none_or(|known| severity(state) > severity(known)) {
                    self.worst = Some(state);
                }
            }
        }
        self.held += usize::from(scope.waits.is_some());
        self.seen += scope.seen;
        self.problems += scope.problems;
        self.calls += u64::from(scope.calls);
        self.retries += u64::from(scope.retries);
        self.throttles += u64::from(scope.throttles);
        let differences = [scope.created, scope.changed, scope.gone, scope.unknown];
        for (sum, n) in self.differences.iter_mut().zip(differences) {
            *sum += n;
        }
        match (scope.phase, scope.expected, scope.last_count) {
            (Phase::Ended(_), ..) => self.goal += scope.seen,
            (_, Some(expected), _) => self.goal += expected.max(scope.seen),
            (_, None, Some(last)) => {
                self.last_time = true;
                self.goal += last;
            }
            (_, None, None) => self.open = true,
        }
        self.started = match (self.started, scope.started) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.ended = self.ended.max(scope.ended);
    }

    /// Scopes that ended.
    pub(crate) fn over(&self) -> usize {
        self.scopes - self.waiting - self.running
    }

    /// Where it is in its life; of many scopes, the one that matters most.
    pub(crate) fn phase(&self) -> Phase {
        match self.worst {
            _ if self.running > 0 => Phase::Running,
            None => Phase::Waiting,
            // Between two scopes of a group the group is under way.
            Some(_) if self.waiting > 0 => Phase::Running,
            Some(state) => Phase::Ended(state),
        }
    }

    /// How much there will be: a sum is as honest as its weakest part.
    pub(crate) fn goal(&self) -> Goal {
        match (self.open, self.last_time) {
            (true, _) => Goal::Open,
            (false, true) => Goal::LastTime(self.goal),
            (false, false) => Goal::Announced(self.goal),
        }
    }

    /// Milliseconds since it began, or that it took; `None` before.
    pub(crate) fn elapsed(&self, now: Timestamp) -> Option<i64> {
        let until = if self.over() == self.scopes { self.ended } else { Some(now) };
        self.started.zip(until).map(|(from, until)| until.since(from).max(0))
    }

    /// Assets a second, once there is something to reckon with.
    pub(crate) fn rate(&self, now: Timestamp) -> Option<f64> {
        let elapsed = self.elapsed(now).filter(|ms| *ms >= SETTLED)?;
        (self.seen > 0).then(|| self.seen as f64 * 1_000.0 / elapsed as f64)
    }

    /// When it ends, where that can be said.
    pub(crate) fn eta(&self, now: Timestamp) -> Option<Eta> {
        if self.phase() != Phase::Running {
            return None;
        }
        if let Goal::Announced(all) = self.goal() {
            let left = all.checked_sub(self.seen).filter(|left| *left > 0)?;
            return Some(Eta::Reckoned((left as f64 / self.rate(now)? * 1_000.0).ceil() as i64));
        }
        let last = i64::try_from(self.last_millis?).ok()?;
        let left = last - self.elapsed(now)?;
        (left > 0).then_some(Eta::LikeLastTime(left))
    }

    /// How much of it is done, 0 to 1; `None` where nobody knows, or where it ended before its end. Of
    /// many scopes where nobody knows how much there is: how many ended; once all did: how many were read
    /// whole. Reaches 1 only when all were.
    pub(crate) fn fraction(&self) -> Option<f64> {
        match (self.phase(), self.goal()) {
            (Phase::Ended(CoverageState::Ok), _) => Some(1.0),
            (Phase::Ended(_), _) if self.scopes > 1 => {
                Some((self.scopes - self.not_whole) as f64 / self.scopes as f64)
            }
            (Phase::Ended(_), _) => None,
            (Phase::Waiting, _) => Some(0.0),
            (Phase::Running, Goal::Announced(all) | Goal::LastTime(all)) if all > 0 => {
                Some((self.seen as f64 / all as f64).min(0.99))
            }
            (Phase::Running, _) if self.scopes > 1 => Some(self.over() as f64 / self.scopes as f64),
            (Phase::Running, _) => None,
        }
    }
}

/// How much a state matters: the greatest of many is shown for all.
pub(crate) fn severity(state: CoverageState) -> u8 {
    match state {
        CoverageState::Denied => 7,
        CoverageState::Unreachable => 6,
        CoverageState::Timeout => 5,
        CoverageState::Throttled => 4,
        CoverageState::Partial => 3,
        CoverageState::Never => 2,
        CoverageState::Disabled => 1,
        CoverageState::Ok => 0,
    }
}
