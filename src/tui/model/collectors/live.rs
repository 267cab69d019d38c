//! A run as lines to show: one per scope, or one per source, account and region where there are many.
//!
//! Pure and honest: a time of arrival is given only where the collector announced how much there is.

use cloudscope_application::message::{Phase, RunProgress, ScopeProgress};
use cloudscope_domain::{CoverageState, ScopeKey, Timestamp};

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

/// One line.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct LiveRow {
    /// What is collected.
    pub(crate) title: String,
    /// Scopes in it, and how many of them ended.
    pub(crate) scopes: (usize, usize),
    /// Assets seen so far.
    pub(crate) seen: u64,
    /// How many there will be.
    pub(crate) goal: Goal,
    /// Problems with single items.
    pub(crate) problems: u64,
    /// Milliseconds since it began, or that it took; `None` before.
    pub(crate) elapsed: Option<i64>,
    /// Where it is in its life; of many scopes, the one that matters most.
    pub(crate) phase: Phase,
}

impl LiveRow {
    /// Assets a second, once there is something to reckon with.
    pub(crate) fn rate(&self) -> Option<f64> {
        let elapsed = self.elapsed.filter(|ms| *ms >= SETTLED)?;
        (self.seen > 0).then(|| self.seen as f64 * 1_000.0 / elapsed as f64)
    }

    /// Milliseconds until it ends, where that can be said.
    pub(crate) fn eta(&self) -> Option<i64> {
        let Goal::Announced(all) = self.goal else { return None };
        let left = all.checked_sub(self.seen).filter(|left| *left > 0)?;
        let running = self.phase == Phase::Running;
        let rate = self.rate().filter(|_| running)?;
        Some((left as f64 / rate * 1_000.0).ceil() as i64)
    }

    /// How much of it is done, 0 to 1; `None` where nobody knows, or where it ended before its end.
    /// Reaches 1 only when it was read whole.
    pub(crate) fn fraction(&self) -> Option<f64> {
        match (self.phase, self.goal) {
            (Phase::Ended(CoverageState::Ok), _) => Some(1.0),
            (Phase::Ended(_), _) => None,
            (Phase::Waiting, _) => Some(0.0),
            (Phase::Running, Goal::Announced(all) | Goal::LastTime(all)) if all > 0 => {
                Some((self.seen as f64 / all as f64).min(0.99))
            }
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

/// At most `room` lines, and how many lines had no room. Of too many, those under way and those that
/// went wrong are kept.
pub(crate) fn rows(run: &RunProgress, now: Timestamp, room: usize) -> (Vec<LiveRow>, usize) {
    let mut rows: Vec<LiveRow> = if run.scopes.len() <= room {
        run.scopes.iter().map(|scope| row(scope.scope.to_string(), &[scope], now)).collect()
    } else {
        let mut groups: Vec<(String, Vec<&ScopeProgress>)> = Vec::new();
        for scope in &run.scopes {
            let title = title(&scope.scope);
            match groups.iter_mut().find(|(known, _)| *known == title) {
                Some((_, scopes)) => scopes.push(scope),
                None => groups.push((title, vec![scope])),
            }
        }
        groups.into_iter().map(|(title, scopes)| row(title, &scopes, now)).collect()
    };
    let hidden = rows.len().saturating_sub(room);
    if hidden > 0 {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|i| (std::cmp::Reverse(weight(rows[*i].phase)), *i));
        order.truncate(room);
        order.sort_unstable();
        rows = order.into_iter().map(|i| rows[i].clone()).collect();
    }
    (rows, hidden)
}

fn weight(phase: Phase) -> u8 {
    match phase {
        Phase::Running => 10,
        Phase::Ended(state) if severity(state) > 1 => severity(state),
        Phase::Waiting => 1,
        Phase::Ended(_) => 0,
    }
}

fn title(key: &ScopeKey) -> String {
    let mut title = key.source.to_string();
    for part in [&key.account, &key.region] {
        if !part.is_empty() && *part != title {
            title.push(' ');
            title.push_str(part);
        }
    }
    title
}

fn row(title: String, scopes: &[&ScopeProgress], now: Timestamp) -> LiveRow {
    let ended = scopes.iter().filter(|scope| matches!(scope.phase, Phase::Ended(_))).count();
    let started = scopes.iter().filter_map(|scope| scope.started).min();
    let over = ended == scopes.len();
    let until = if over { scopes.iter().filter_map(|scope| scope.ended).max() } else { Some(now) };
    LiveRow {
        title,
        scopes: (scopes.len(), ended),
        seen: scopes.iter().map(|scope| scope.seen).sum(),
        goal: goal(scopes),
        problems: scopes.iter().map(|scope| scope.problems).sum(),
        elapsed: started.zip(until).map(|(from, until)| until.since(from).max(0)),
        phase: phase(scopes),
    }
}

/// The sum, as honest as its weakest part.
fn goal(scopes: &[&ScopeProgress]) -> Goal {
    let mut sum = 0;
    let mut promised = true;
    for scope in scopes {
        match (scope.phase, scope.expected, scope.last_count) {
            (Phase::Ended(_), ..) => sum += scope.seen,
            (_, Some(expected), _) => sum += expected.max(scope.seen),
            (_, None, Some(last)) => {
                promised = false;
                sum += last;
            }
            (_, None, None) => return Goal::Open,
        }
    }
    if promised { Goal::Announced(sum) } else { Goal::LastTime(sum) }
}

fn phase(scopes: &[&ScopeProgress]) -> Phase {
    let mut worst = None;
    let (mut waiting, mut running) = (0, 0);
    for scope in scopes {
        match scope.phase {
            Phase::Waiting => waiting += 1,
            Phase::Running => running += 1,
            Phase::Ended(state) => {
                if worst.is_none_or(|known| severity(state) > severity(known)) {
                    worst = Some(state);
                }
            }
        }
    }
    match worst {
        _ if running > 0 => Phase::Running,
        None => Phase::Waiting,
        // Between two scopes of a group the group is under way.
        Some(_) if waiting > 0 => Phase::Running,
        Some(state) => Phase::Ended(state),
    }
}
