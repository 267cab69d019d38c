//! Durations and instants as a filter writes them.

use crate::{Timestamp, query::When};

const UNITS: [(&str, i64); 6] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
];

/// The longest span that makes sense: 10,000 years.
const LONGEST: f64 = 10_000.0 * 365.0 * 86_400_000.0;

/// `90d`, `1.5h`, `1h30m`; units y, w, d, h, m (minutes), s, in either case.
#[must_use]
pub fn duration(text: &str) -> Option<i64> {
    let text = text.to_ascii_lowercase();
    let mut rest = text.as_str();
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, millis) = UNITS.iter().find(|(u, _)| rest.starts_with(*u))?;
        rest = &rest[unit.len()..];
        #[expect(clippy::cast_precision_loss, reason = "units are small and exact")]
        let unit = *millis as f64;
        total += number * unit;
    }
    #[expect(clippy::cast_possible_truncation, reason = "clamped to a span far inside i64")]
    (!text.is_empty()).then_some(total.min(LONGEST).round() as i64)
}

/// An instant: RFC 3339, or a date or date and time in UTC.
#[must_use]
pub fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(t) = text.parse() {
        return Some(t);
    }
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().into())
}

/// A duration or an instant.
pub(super) fn when(text: &str) -> Option<When> {
    duration(text).map(When::Ago).or_else(|| instant(text).map(When::At))
}

/// The shortest way to write a span that [`duration`] reads back.
pub(super) fn write_duration(millis: i64) -> String {
    match UNITS[2..].iter().find(|(_, unit)| millis != 0 && millis % unit == 0) {
        Some((name, unit)) => format!("{}{name}", millis / unit),
        None if millis % 1000 == 0 => format!("{}s", millis / 1000),
        None => format!("{}.{:03}s", millis / 1000, millis % 1000),
    }
}
