//! One instant, in milliseconds since the Unix epoch. Order of events is by revision, never by this.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An instant in UTC with millisecond resolution.
///
/// Serialises as RFC 3339 text where a person may read it (JSON) and as an integer elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// The text was not an instant in a form that is understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time; use RFC 3339 such as 2026-11-21T08:00:00Z")]
pub struct BadTimestamp(pub String);

impl Timestamp {
    /// From milliseconds since 1970-01-01T00:00:00Z, clamped to the years that RFC 3339 can write.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(-62_135_596_800_000, 253_402_207_200_000))
    }

    /// From whole seconds since the epoch.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// This instant moved by some milliseconds.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to here; negative when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(t: jiff::Timestamp) -> Self {
        Self::from_millis(t.as_millisecond())
    }
}

impl FromStr for Timestamp {
    type Err = BadTimestamp;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.trim().parse::<jiff::Timestamp>().map(Self::from).map_err(|_| BadTimestamp(s.to_owned()))
    }
}

/// The text of an instant, `2026-11-21T08:00:00.25Z`: fractions as far as there are any.
#[derive(Clone, Copy, Debug)]
pub struct TimeText {
    bytes: [u8; 24],
    len: usize,
}

impl TimeText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Nothing but digits and signs was written.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The same as bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Timestamp {
    /// As RFC 3339 writes it, in UTC. Without a library's generality: lists and exports write millions.
    #[must_use]
    pub fn rfc3339(self) -> TimeText {
        const DAY: i64 = 86_400_000;
        let (day, within) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        // Civil from days, <https://howardhinnant.github.io/date_algorithms.html>: years from the first of
        // March of year 0, in eras of 400. The first year is 1, so that nothing is negative.
        let shifted = day + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        let (seconds, millis) = (within / 1000, within % 1000);
        let mut text = TimeText { bytes: *b"0000-00-00T00:00:00.000Z", len: 24 };
        let mut put = |from: usize, to: usize, n: i64| {
            let mut n = u32::try_from(n).unwrap_or(0);
            for digit in text.bytes[from..to].iter_mut().rev() {
                *digit = b'0' + (n % 10) as u8;
                n /= 10;
            }
        };
        put(0, 4, year);
        put(5, 7, month);
        put(8, 10, of_year - (153 * from_march + 2) / 5 + 1);
        put(11, 13, seconds / 3600);
        put(14, 16, seconds / 60 % 60);
        put(17, 19, seconds % 60);
        put(20, 23, millis);
        // Zeros at the end say nothing, and without any fraction neither does the point.
        text.len = 23;
        while text.bytes[text.len - 1] == b'0' && text.len > 20 {
            text.len -= 1;
        }
        if text.len == 20 {
            text.len = 19;
        }
        text.bytes[text.len] = b'Z';
        text.len += 1;
        text
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rfc3339().as_str())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.serialize_str(self.rfc3339().as_str()) } else { s.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            let text = std::borrow::Cow::<'_, str>::deserialize(d)?;
            text.parse().map_err(D::Error::custom)
        } else {
            i64::deserialize(d).map(Self::from_millis)
        }
    }
}

/// A span as an operator reads it: `3s`, `12m`, `6h`, `4d`. Negative spans read as `0s`.
#[must_use]
pub fn short_span(millis: i64) -> String {
    let s = millis.max(0) / 1000;
    match s {
        0..=119 => format!("{s}s"),
        120..=7199 => format!("{}m", s / 60),
        7200..=172_799 => format!("{}h", s / 3600),
        _ => format!("{}d", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(time: Timestamp) {
        let expected = jiff::Timestamp::from_millisecond(time.millis()).unwrap().to_string();
        assert_eq!(time.to_string(), expected);
        assert_eq!(expected.parse::<Timestamp>(), Ok(time));
    }

    #[test]
    fn the_first_and_the_last_instant_and_the_edges_of_years_are_written() {
        check(Timestamp::from_millis(i64::MIN));
        check(Timestamp::from_millis(i64::MAX));
        for text in [
            "2000-02-29T23:59:59.999Z",
            "1900-02-28T23:59:59Z",
            "1900-03-01T00:00:00Z",
            "1969-12-31T23:59:59.9Z",
            "1970-01-01T00:00:00Z",
            "2024-12-31T12:00:00.01Z",
        ] {
            let time: Timestamp = text.parse().unwrap();
            assert_eq!(time.to_string(), text);
            check(time);
        }
    }

    proptest! {
        #[test]
        fn every_instant_is_written_as_the_library_does(millis: i64, day in -719_162_i64..2_932_895, of in 0..86_400_000_i64) {
            check(Timestamp::from_millis(millis));
            check(Timestamp::from_millis(day * 86_400_000 + of));
            check(Timestamp::from_millis((day * 86_400_000 + of) / 1000 * 1000));
        }
    }
}
