//! Times on the wire: ISO 8601, RFC 822 and seconds since 1970, read into RFC 3339 UTC with the precision
//! they came with, and written in the format a model asks for.

use jiff::{Timestamp, civil, fmt::rfc2822, tz::TimeZone};

use crate::model::TimeFormat;

/// Any of the formats, as RFC 3339 UTC text.
pub(super) fn read(text: &str) -> Option<String> {
    let text = text.trim();
    if is_canonical(text.as_bytes()) {
        return Some(text.to_owned());
    }
    let is_number = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    if is_number && let Ok(seconds) = text.parse::<f64>() {
        return from_seconds(seconds);
    }
    let (plain, digits) = without_fraction(text);
    if let Some(time) = parse_iso(text) {
        return Some(print(time, digits.len()));
    }
    let seconds = rfc2822::parse(&plain).ok()?.timestamp().as_second();
    let nanos = format!("{digits:0<9}").get(..9)?.parse().ok()?;
    Some(print(Timestamp::new(seconds, nanos).ok()?, digits.len()))
}

/// Seconds since 1970, as RFC 3339 UTC text. The fraction is that of the shortest decimal for the number.
pub(super) fn from_seconds(seconds: f64) -> Option<String> {
    if !seconds.is_finite() {
        return None;
    }
    let decimal = format!("{seconds}");
    let (whole, digits) = decimal.split_once('.').unwrap_or((&decimal, ""));
    let digits = digits.get(..9).unwrap_or(digits);
    let nanos: i32 = format!("{digits:0<9}").parse().ok()?;
    let nanos = if decimal.starts_with('-') { -nanos } else { nanos };
    Some(print(Timestamp::new(whole.parse().ok()?, nanos).ok()?, digits.len()))
}

/// A time in the format that a request wants. Parts of a second are kept only by ISO 8601, in microseconds,
/// as botocore does.
pub(super) fn write(time: Timestamp, format: TimeFormat) -> String {
    match format {
        TimeFormat::Iso8601 if time.subsec_microsecond() != 0 => print(time, 6),
        TimeFormat::Iso8601 => print(time, 0),
        TimeFormat::Rfc822 => time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        TimeFormat::Unix => whole_seconds(time).to_string(),
    }
}

/// Whole seconds since 1970, rounded down.
pub(super) fn whole_seconds(time: Timestamp) -> i64 {
    time.as_second() - i64::from(time.subsec_nanosecond() < 0)
}

/// A time that someone gave us for a request.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    read(text)?.parse().ok()
}

fn parse_iso(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    // Without an offset it is taken for UTC.
    let local = text.parse::<civil::DateTime>();
    let local = local.or_else(|_| text.parse::<civil::Date>().map(|date| date.at(0, 0, 0, 0)));
    Some(local.ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn print(time: Timestamp, digits: usize) -> String {
    format!("{time:.*}", digits.min(9))
}

/// `text` without the fraction of its seconds, and the digits of that.
fn without_fraction(text: &str) -> (String, &str) {
    let Some(clock) = text.find(':') else { return (text.to_owned(), "") };
    let Some(dot) = text[clock..].find('.').map(|i| clock + i) else { return (text.to_owned(), "") };
    let rest = &text[dot + 1..];
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    (format!("{}{}", &text[..dot], &rest[end..]), &rest[..end])
}

/// Whether it is already as we write it: `2026-01-02T03:04:05Z`, with or without a fraction.
fn is_canonical(text: &[u8]) -> bool {
    const FORM: &[u8; 19] = b"0000-00-00T00:00:00";
    let Some((start, rest)) = text.split_at_checked(FORM.len()) else { return false };
    let fits = |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
    let two = |at: usize| (start[at] - b'0') * 10 + start[at + 1] - b'0';
    start.iter().zip(FORM).all(fits)
        && (1..=12).contains(&two(5))
        && (1..=28).contains(&two(8))
        && two(11) < 24
        && two(14) < 60
        && two(17) < 60
        && match rest {
            [b'Z'] => true,
            [b'.', digits @ .., b'Z'] => {
                (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
            }
            _ => false,
        }
}
