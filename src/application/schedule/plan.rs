//! The next time of a source, from its rule and the last run that collected it. Pure: the clock and the
//! time zone are given, so that gaps, jumps and missed runs can be tested.

use cloudscope_domain::{SourceName, Timestamp};
use jiff::tz::TimeZone;

use super::Rule;

/// The longest that a start is put off so that sources do not start all at once.
const JITTER_MILLIS: u64 = 5 * 60_000;
/// A last run that is so far in the future says that the clock was set back.
const SET_BACK_MILLIS: i64 = 60_000;

/// The last run that collected a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// There is none; the program was opened then.
    Never {
        /// A cron rule counts from then on.
        opened: Timestamp,
    },
    /// It began then.
    Began(Timestamp),
}

/// When a source is collected next. A time that has passed means now: however many runs were missed
/// while the program was closed or the machine slept, they are made up for by one.
///
/// ```text
///  last run     due                 start
///  ----|---------|------jitter-------|---->     every: last + interval + jitter
///      |    cron occurrences: the first after `last`
/// ```
///
/// A source that was never collected is due at once by an interval, and at the first time by cron. One
/// whose last run lies in the future is due at once: the clock was set back, and how long ago the run was
/// cannot be known. `None` for [`Rule::Never`] and for
/// a cron rule that has no further occurrence.
pub(crate) fn next(
    rule: &Rule,
    source: &SourceName,
    last: Last,
    now: Timestamp,
    zone: &TimeZone,
) -> Option<Timestamp> {
    if *rule == Rule::Never {
        return None;
    }
    let began = match last {
        Last::Never { opened } if matches!(rule, Rule::Cron(_)) => opened.min(now),
        Last::Never { .. } => return Some(now),
        Last::Began(began) if began.since(now) > SET_BACK_MILLIS => return Some(now),
        Last::Began(began) => began,
    };
    let (due, interval) = match rule {
        Rule::Every(every) => {
            let millis = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
            (began.plus_millis(millis), millis)
        }
        Rule::Cron(cron) => {
            let begun = jiff::Timestamp::from_millisecond(began.millis()).ok()?.to_zoned(zone.clone());
            let due = cron.find_next_occurrence(&begun, false).ok()?;
            let gap = cron
                .find_next_occurrence(&due, false)
                .map_or(0, |after| after.timestamp().as_millisecond() - due.timestamp().as_millisecond());
            (Timestamp::from_millis(due.timestamp().as_millisecond()), gap)
        }
        Rule::Never => return None,
    };
    Some(due.plus_millis(jitter(source, interval)))
}

/// Whether a source should be collected now.
pub(crate) fn overdue(next: Option<Timestamp>, now: Timestamp) -> bool {
    next.is_some_and(|next| next <= now)
}

/// How long a start is put off: always the same for a source, so that its runs stay evenly apart; at
/// most a tenth of the interval and five minutes.
fn jitter(source: &SourceName, interval: i64) -> i64 {
    let most = (interval.max(0).unsigned_abs() / 10).min(JITTER_MILLIS);
    let hash = blake3::hash(source.as_str().as_bytes());
    let mut word = [0; 8];
    word.copy_from_slice(&hash.as_bytes()[..8]);
    i64::try_from(u64::from_le_bytes(word) % (most + 1)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
