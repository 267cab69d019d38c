//! A point in the history of the inventory, as a user or a script names it. Knows nothing of how the
//! store finds the revision that was newest then.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Revision, Timestamp,
    query::{duration, instant},
};

/// A moment of the past: a revision, or the newest one that was recorded at or before a time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// That revision.
    Revision(Revision),
    /// The highest revision recorded at or before that time.
    Time(Timestamp),
}

/// The text names no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a moment; use a span back from now (-2h, -30m, -7d), a time (2026-11-21T08:00:00Z, 2026-11-21), \
     or a revision (r123)"
)]
pub struct BadMoment(pub String);

impl Moment {
    /// Reads `-2h`, `2h`, `@-2h`, `now`, `2026-11-21`, `2026-11-21T08:00:00Z` or `r123`.
    ///
    /// # Errors
    /// Moment it is none of these.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, BadMoment> {
        let bad = || BadMoment(text.to_owned());
        let word = text.trim().trim_start_matches('@');
        if word == "now" {
            return Ok(Self::Time(now));
        }
        if let Some(number) = word.strip_prefix('r').or_else(|| word.strip_prefix('#')) {
            return number.parse().map(|n| Self::Revision(Revision(n))).map_err(|_| bad());
        }
        if let Some(millis) = duration(word.trim_start_matches('-')) {
            return Ok(Self::Time(now.plus_millis(-millis)));
        }
        instant(word).map(Self::Time).ok_or_else(bad)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revision(revision) => write!(f, "r{revision}"),
            Self::Time(time) => write!(f, "{time}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_times_dates_and_revisions_are_read() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let time = |text: &str| Moment::Time(text.parse().unwrap());
        for (text, want) in [
            ("-2h", time("2026-11-21T10:00:00Z")),
            ("@-2h", time("2026-11-21T10:00:00Z")),
            ("30m", time("2026-11-21T11:30:00Z")),
            ("7d", time("2026-11-14T12:00:00Z")),
            ("now", time("2026-11-21T12:00:00Z")),
            ("2026-11-20", time("2026-11-20T00:00:00Z")),
            ("2026-11-20T07:30", time("2026-11-20T07:30:00Z")),
            ("2026-11-20T07:30:00+01:00", time("2026-11-20T06:30:00Z")),
            ("r17", Moment::Revision(Revision(17))),
            ("#17", Moment::Revision(Revision(17))),
        ] {
            assert_eq!(Moment::parse(text, now), Ok(want), "{text}");
        }
        for text in ["", "yesterday", "2x", "rX", "-", "2026-13-01"] {
            assert!(Moment::parse(text, now).is_err(), "{text}");
        }
    }
}
