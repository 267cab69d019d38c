//! The next time of a source: intervals, cron in local time over changes of the clock, jitter, and runs
//! that were missed.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const DAY: i64 = 86_400_000;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Central Europe: to summer time at 02:00 on 29 March 2026, back at 03:00 on 25 October.
fn berlin() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

fn rule(text: &str) -> Rule {
    Rule::parse(text).unwrap()
}

/// The next time without its jitter.
fn plain(rule_text: &str, last: &str, now: &str, zone: &TimeZone) -> String {
    let rule = rule(rule_text);
    let source = SourceName::from("racks");
    let interval = |a: Timestamp| match &rule {
        Rule::Every(every) => i64::try_from(every.as_millis()).unwrap(),
        Rule::Cron(cron) => {
            let first = jiff::Timestamp::from_millisecond(a.millis()).unwrap().to_zoned(zone.clone());
            let due = cron.find_next_occurrence(&first, false).unwrap();
            let after = cron.find_next_occurrence(&due, false).unwrap();
            after.timestamp().as_millisecond() - due.timestamp().as_millisecond()
        }
        Rule::Never => 0,
    };
    let found = next(&rule, &source, Last::Began(at(last)), at(now), zone).unwrap();
    found.plus_millis(-jitter(&source, interval(at(last)))).to_string()
}

#[test]
fn an_interval_counts_from_the_start_of_the_last_run() {
    assert_eq!(
        plain("15m", "2026-11-21T08:00:00Z", "2026-11-21T08:01:00Z", &TimeZone::UTC),
        "2026-11-21T08:15:00Z"
    );
}

#[test]
fn cron_is_local_time_and_keeps_to_the_wall_clock_over_both_changes() {
    let zone = berlin();
    let daily = |last: &str| plain("cron 30 7 * * *", last, last, &zone);
    assert_eq!(daily("2026-03-28T07:00:00Z"), "2026-03-29T05:30:00Z");
    assert_eq!(daily("2026-10-24T07:00:00Z"), "2026-10-25T06:30:00Z");
}

#[test]
fn a_time_that_the_clock_skips_comes_once_that_day() {
    let zone = berlin();
    // 02:30 does not exist on 29 March.
    let first = plain("cron 30 2 * * *", "2026-03-28T02:00:00Z", "2026-03-28T02:00:00Z", &zone);
    assert_eq!(first, "2026-03-29T01:00:00Z", "at the first moment after the gap");
    assert_eq!(plain("cron 30 2 * * *", &first, &first, &zone), "2026-03-30T00:30:00Z");
}

#[test]
fn a_time_that_the_clock_has_twice_comes_once() {
    let zone = berlin();
    let first = plain("cron 30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-24T12:00:00Z", &zone);
    assert_eq!(first, "2026-10-25T00:30:00Z");
    assert_eq!(plain("cron 30 2 * * *", &first, &first, &zone), "2026-10-26T01:30:00Z");
}

#[test]
fn what_was_never_collected_is_due_by_interval_and_waits_for_cron() {
    let (source, now) = (SourceName::from("host"), at("2026-11-21T08:10:00Z"));
    let last = Last::Never { opened: at("2026-11-21T08:00:00Z") };
    let by = |text: &str| next(&rule(text), &source, last, now, &TimeZone::UTC);
    assert_eq!(by("1h"), Some(now));
    let cron = by("cron 0 9 * * *").unwrap();
    assert!(cron >= at("2026-11-21T09:00:00Z") && cron <= at("2026-11-21T09:05:00Z"), "{cron}");
    // The first time came and went while something was in the way: due.
    assert!(overdue(by("cron 5 8 * * *"), at("2026-11-21T08:10:00Z")));
    assert_eq!(by("never"), None);
}

#[test]
fn a_clock_that_was_set_back_a_day_makes_one_run_and_not_a_day_of_silence() {
    let (source, now) = (SourceName::from("host"), at("2026-11-20T08:00:00Z"));
    let by = |began: Timestamp, now: Timestamp| {
        next(&rule("15m"), &source, Last::Began(began), now, &TimeZone::UTC)
    };
    assert_eq!(by(at("2026-11-21T08:00:00Z"), now), Some(now));
    // That run is the last one now.
    assert!(!overdue(by(now, now.plus_millis(1)), now.plus_millis(1)));
    // A correction by seconds is no such thing.
    assert!(!overdue(by(now.plus_millis(2_000), now), now));
}

/// Plays the driver: looks every `step`, starts what is due at once. Returns the starts.
fn drive(rule: &Rule, began: Timestamp, looks: impl Iterator<Item = Timestamp>) -> Vec<Timestamp> {
    let source = SourceName::from("racks");
    let mut last = Last::Began(began);
    let mut starts = Vec::new();
    for now in looks {
        if overdue(next(rule, &source, last, now, &berlin()), now) {
            starts.push(now);
            last = Last::Began(now);
        }
    }
    starts
}

#[test]
fn missed_runs_are_caught_up_once() {
    for text in ["15m", "cron */15 * * * *"] {
        let closed_at = at("2026-11-18T08:00:00Z");
        let opened_at = closed_at.plus_millis(3 * DAY);
        let looks = (0..60).map(|n| opened_at.plus_millis(n * 10_000));
        assert_eq!(drive(&rule(text), closed_at, looks), [opened_at], "{text}: once in these ten minutes");
    }
}

proptest! {
    #[test]
    fn jitter_is_small_and_always_the_same(name in "[a-z:/.]{1,40}", interval in 0i64..40 * DAY) {
        let source = SourceName::from(name.as_str());
        let found = jitter(&source, interval);
        prop_assert!((0..=interval / 10).contains(&found) && found <= 5 * 60_000);
        prop_assert_eq!(found, jitter(&source, interval));
    }

    #[test]
    fn a_day_of_looks_has_every_run_and_no_two_close_together(
        minutes in 1u64..600, step in 1_000i64..60_000, start in 0i64..400 * DAY,
    ) {
        let every = Duration::from_secs(minutes * 60);
        let began = at("2025-12-01T00:00:00Z").plus_millis(start);
        let starts = drive(&Rule::Every(every), began, (0..DAY / step).map(|n| began.plus_millis(n * step)));
        let interval = i64::try_from(every.as_millis()).unwrap();
        for pair in std::iter::once(began).chain(starts.iter().copied()).collect::<Vec<_>>().windows(2) {
            let gap = pair[1].since(pair[0]);
            prop_assert!(gap >= interval && gap <= interval + interval / 10 + step, "{gap}");
        }
        prop_assert!(starts.len() as i64 >= (DAY - step) / (interval + interval / 10 + step) - 1);
    }

    #[test]
    fn an_hourly_cron_runs_once_an_hour_through_a_year(start in 0i64..365 * 24) {
        let began = at("2026-01-01T00:30:00Z").plus_millis(start * 3_600_000);
        let starts = drive(&rule("cron 0 * * * *"), began, (0..24 * 60).map(|n| began.plus_millis(n * 60_000)));
        // A gap of summer time has no hour of its own in real time; every real hour has one run.
        prop_assert!((23..=25).contains(&starts.len()), "{}", starts.len());
        for pair in starts.windows(2) {
            prop_assert!(pair[1].since(pair[0]) >= 55 * 60_000);
        }
    }
}
