//! Times: every form becomes RFC 3339 UTC text with its own precision.

use crate::{
    model::TimeFormat,
    wire::time::{from_seconds, parse, read, write},
};

#[test]
fn every_form_is_read() {
    let check = |text: &str, expected: Option<&str>| assert_eq!(read(text).as_deref(), expected, "{text}");
    check("2026-01-02T03:04:05Z", Some("2026-01-02T03:04:05Z"));
    check("2026-01-02T03:04:05.000Z", Some("2026-01-02T03:04:05.000Z"));
    check("2026-01-02T03:04:05.120Z", Some("2026-01-02T03:04:05.120Z"));
    check("2026-01-31T03:04:05Z", Some("2026-01-31T03:04:05Z"));
    check("2026-01-02T03:04:05+02:00", Some("2026-01-02T01:04:05Z"));
    check("2026-01-02T03:04:05.50+0200", Some("2026-01-02T01:04:05.50Z"));
    check("2026-01-02T03:04:05", Some("2026-01-02T03:04:05Z"));
    check("2026-01-02", Some("2026-01-02T00:00:00Z"));
    check("Fri, 02 Jan 2026 03:04:05 GMT", Some("2026-01-02T03:04:05Z"));
    check("Fri, 02 Jan 2026 03:04:05.25 GMT", Some("2026-01-02T03:04:05.25Z"));
    check("1767323045", Some("2026-01-02T03:04:05Z"));
    check("1767323045.5", Some("2026-01-02T03:04:05.5Z"));
    check("1.767323045E9", Some("2026-01-02T03:04:05Z"));
    check("2026-02-30T03:04:05Z", None);
    check("2026-13-01T03:04:05Z", None);
    check("2026-01-02T03:04:5xZ", None);
    check("soon", None);
    check("", None);
}

#[test]
fn seconds_keep_their_decimals() {
    let check = |seconds: f64, expected: Option<&str>| assert_eq!(from_seconds(seconds).as_deref(), expected);
    check(0.0, Some("1970-01-01T00:00:00Z"));
    check(1_767_323_045.123, Some("2026-01-02T03:04:05.123Z"));
    check(-0.5, Some("1969-12-31T23:59:59.5Z"));
    check(f64::NAN, None);
    check(1e18, None);
}

#[test]
fn every_form_is_written() {
    let check = |format, expected: &str| {
        assert_eq!(write(parse("2026-01-02T03:04:05.5Z").unwrap(), format), expected);
    };
    check(TimeFormat::Iso8601, "2026-01-02T03:04:05.500000Z");
    check(TimeFormat::Rfc822, "Fri, 02 Jan 2026 03:04:05 GMT");
    check(TimeFormat::Unix, "1767323045");
}
