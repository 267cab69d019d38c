//! The moment that the screens show: now, or one of the past.
//!
//! Knows the runs that time is stepped by; asks nothing itself. What a screen shows may be of another
//! moment than the one that is wanted until its answer is here, and is labelled by what it is of.

#[cfg(test)]
mod tests;

use cloudscope_domain::{Moment, Revision, RunRecord, Timestamp};

use crate::keymap::Screen;

/// A moment of the past that the engine knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Then {
    /// The revision that was the newest.
    pub(crate) revision: Revision,
    /// When it was recorded.
    pub(crate) time: Timestamp,
    /// The time that was asked for, where it was a time: the next hour is reckoned from there.
    pub(crate) asked: Option<Timestamp>,
}

impl Then {
    /// As the engine is asked: the revision, so that every screen shows the same.
    pub(crate) fn moment(self) -> Moment {
        Moment::Revision(self.revision)
    }

    /// The time that was meant.
    pub(crate) fn meant(self) -> Timestamp {
        self.asked.unwrap_or(self.time)
    }
}

/// Where a step in time leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// To a moment of the past.
    At(Moment),
    /// To now.
    Now,
    /// Nowhere: nothing before it is known.
    Oldest,
}

/// The moment that the screens show.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Past {
    /// The moment that every screen is asked for; `None` for now.
    pub(crate) at: Option<Then>,
    /// The moment that the engine is still asked about.
    pub(crate) going: Option<Moment>,
    /// Steps that wait for the runs, or for the moment that is asked about; back when negative.
    pub(crate) steps: i64,
    /// The runs that ended, oldest first; `None` until they were asked for.
    pub(crate) runs: Option<Vec<RunRecord>>,
    /// The Assets table is of another moment, and nobody has asked for the right one yet.
    pub(crate) stale: bool,
    shown: [Option<Then>; Screen::ALL.len()],
}

impl Past {
    /// What a screen shows is of the moment that is wanted.
    pub(crate) fn arrived(&mut self, screen: Screen) {
        self.shown[screen as usize] = self.at;
    }

    /// The moment that what a screen shows is of; `None` for now.
    pub(crate) fn shown(&self, screen: Screen) -> Option<Then> {
        match screen {
            Screen::Assets
            | Screen::Relationships
            | Screen::Collectors
            | Screen::Changes
            | Screen::Tree
            | Screen::Groups => self.shown[screen as usize],
            Screen::Export | Screen::Pulse | Screen::Views => self.at,
        }
    }

    /// What a screen shows is of another moment than the one that is wanted.
    pub(crate) fn reading(&self, screen: Screen) -> bool {
        self.going.is_some() || self.steps != 0 || self.shown(screen) != self.at
    }

    /// The past is looked at, or about to be.
    pub(crate) fn looked_at(&self) -> bool {
        self.at.is_some() || self.going.is_some() || self.steps != 0
    }

    /// Takes the runs in.
    pub(crate) fn runs_arrived(&mut self, mut runs: Vec<RunRecord>) {
        runs.retain(|run| run.ended.is_some());
        runs.sort_by_key(|run| run.revision);
        self.runs = Some(runs);
    }

    /// The run that ended last at that revision or before.
    pub(crate) fn run_at(&self, revision: Revision) -> Option<&RunRecord> {
        self.runs.iter().flatten().rev().find(|run| run.revision <= revision)
    }

    /// Where so many runs on (back when negative) from here lead. `newest` is the newest revision there
    /// is, `oldest` the oldest that is known.
    pub(crate) fn by_runs(&self, steps: i64, newest: Revision, oldest: Option<Revision>) -> Stop {
        let from = match (self.going, self.at) {
            (Some(Moment::Revision(going)), _) => going,
            (_, Some(at)) => at.revision,
            (_, None) => newest,
        };
        let mut stops: Vec<Revision> = self.runs.iter().flatten().map(|run| run.revision).collect();
        stops.extend(oldest);
        stops.retain(|stop| oldest.is_none_or(|oldest| *stop >= oldest) && *stop < newest);
        stops.sort_unstable();
        stops.dedup();
        let before = stops.partition_point(|stop| *stop < from);
        let after = stops.partition_point(|stop| *stop <= from);
        let count = usize::try_from(steps.unsigned_abs()).unwrap_or(usize::MAX);
        if steps < 0 {
            let at = before.saturating_sub(count);
            return match stops.get(at).filter(|_| before > 0) {
                Some(stop) => Stop::At(Moment::Revision(*stop)),
                None => Stop::Oldest,
            };
        }
        match stops.get(after.saturating_add(count.saturating_sub(1))) {
            Some(stop) => Stop::At(Moment::Revision(*stop)),
            None => Stop::Now,
        }
    }

    /// Where so many milliseconds on (back when negative) from here lead.
    pub(crate) fn by_time(&self, millis: i64, now: Timestamp) -> Stop {
        let from = match (self.going, self.at) {
            (Some(Moment::Time(going)), _) => going,
            (_, Some(at)) => at.meant(),
            (_, None) => now,
        };
        let to = from.plus_millis(millis);
        if to >= now { Stop::Now } else { Stop::At(Moment::Time(to)) }
    }
}
