//! Creation times in the forms that providers write them.

use cloudscope_domain::Timestamp;
use jiff::{civil, fmt::rfc2822, tz::TimeZone};

/// An instant from RFC 3339 (with or without zone and fraction, with `T` or a space), a date alone
/// (its midnight), RFC 2822, or a number of seconds, milliseconds, microseconds or nanoseconds since
/// the epoch (told apart by size). A time without a zone is UTC. Zero and the year 1 mean "never set"
/// in several APIs, and give nothing.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let time = if text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') {
        epoch(text).or_else(|| iso(text))
    } else {
        None
    };
    let time = time.or_else(|| rfc2822::parse(text).ok().map(|z| Timestamp::from(z.timestamp())))?;
    (time.millis() > YEAR_2).then_some(time)
}

/// 0002-01-01, in milliseconds: below it stand only the zero values of Go and .NET. The epoch's own
/// zero is ruled out where numbers are read.
const YEAR_2: i64 = -62_104_060_800_000;

fn iso(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(instant.into());
    }
    let at = |time: civil::DateTime| {
        time.to_zoned(TimeZone::UTC).ok().map(|zoned| Timestamp::from(zoned.timestamp()))
    };
    if let Ok(time) = text.parse::<civil::DateTime>() {
        return at(time);
    }
    None
}

#[expect(clippy::cast_possible_truncation, reason = "bounded just above the cast")]
fn epoch(text: &str) -> Option<Timestamp> {
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E');
    if !text.bytes().all(plain) || text.get(1..)?.contains('-') {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    let millis = match number.abs() {
        // Fewer digits than a time since 1970 has are something else: a year, a count.
        n if n < 1e8 => return None,
        n if n < 1e11 => number * 1e3,
        n if n < 1e14 => number,
        n if n < 1e17 => number / 1e3,
        n if n < 1e20 => number / 1e6,
        _ => return None,
    };
    Some(Timestamp::from_millis(millis.round() as i64))
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn check(text: &str, expected: &str) {
        let got = parse(text).map(|t| t.to_string()).unwrap_or_default();
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn the_usual_forms() {
        check("2026-11-21T08:00:00Z", "2026-11-21T08:00:00Z");
        check(" 2026-11-21T08:00:00.123456789Z ", "2026-11-21T08:00:00.123Z");
        check("2026-11-21T10:00:00+02:00", "2026-11-21T08:00:00Z");
        check("2019-09-24T18:19:34.000+0000", "2019-09-24T18:19:34Z");
        check("2026-11-21T08:00:00", "2026-11-21T08:00:00Z");
        check("2026-11-21T08:00:00.5", "2026-11-21T08:00:00.5Z");
        check("2026-11-21 08:00:00", "2026-11-21T08:00:00Z");
        check("2026-11-21", "2026-11-21T00:00:00Z");
        check("Sat, 21 Nov 2026 08:00:00 GMT", "2026-11-21T08:00:00Z");
        check("21 Nov 2026 08:00:00 +0100", "2026-11-21T07:00:00Z");
    }

    #[test]
    fn numbers_since_the_epoch() {
        check("1795248000", "2026-11-21T08:00:00Z");
        check("1795248000.25", "2026-11-21T08:00:00.25Z");
        check("1.795248e9", "2026-11-21T08:00:00Z");
        check("1795248000123", "2026-11-21T08:00:00.123Z");
        check("1795248000123456", "2026-11-21T08:00:00.123Z");
        check("1795248000123456789", "2026-11-21T08:00:00.123Z");
    }

    #[test]
    fn what_is_no_time_gives_nothing() {
        for text in
            ["", "0", "2026", "yesterday", "0001-01-01T00:00:00Z", "1e300", "-", "1-2", "8.8.8.8", "nan", "é"]
        {
            check(text, "");
        }
    }
}
