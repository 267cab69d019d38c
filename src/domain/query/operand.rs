//! What a value is compared with by `<` and `>`, and what kind of comparison that makes it: a number, a
//! size, a version, a span back from now or an instant. Written down in docs/QUERY.md, "Comparing".

use std::cmp::Ordering;

use crate::Timestamp;

use super::{
    Cmp, Pattern, When,
    size::size,
    time::{duration, instant, write_duration},
    version::Version,
};

/// The right side of a comparison of a tag or a property.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A finite number, with the text it was written as: against a version it is one.
    Number(f64, String),
    /// Bytes, with the text they were written as.
    Size(f64, String),
    /// Numbers between dots.
    Version(Version),
    /// A span back from now, or an instant.
    Time(When),
}

/// Numbers below this are no instants: seconds since 1970 that would lie before March 1973.
const FIRST_EPOCH: f64 = 1e8;

impl Operand {
    /// Reads what stands after the operator. `versioned`: the key says that its values are versions.
    #[must_use]
    pub fn parse(text: &str, versioned: bool) -> Option<Self> {
        let text = text.trim();
        if versioned && let Some(version) = Version::parse(text) {
            return Some(Self::Version(version));
        }
        if let Some(number) = number(text) {
            return Some(Self::Number(number, text.to_ascii_lowercase()));
        }
        if let Some(bytes) = size(text) {
            return Some(Self::Size(bytes, text.to_owned()));
        }
        if let Some(millis) = duration(text) {
            return Some(Self::Time(When::Ago(millis)));
        }
        if let Some(at) = instant(text) {
            return Some(Self::Time(When::At(at)));
        }
        Version::plain(text).map(Self::Version)
    }

    /// Whether a text stands so to it; `None` when the two cannot be compared.
    #[must_use]
    pub fn text(&self, cmp: Cmp, text: &str, now: Timestamp) -> Option<bool> {
        let text = text.trim();
        match self {
            Self::Number(wanted, written) => {
                if let Some(value) = number(text) {
                    return Some(cmp.holds(value, *wanted));
                }
                // `14.2` against `14.10.1`: both are versions then.
                ordered(cmp, &Version::plain(text)?, &Version::parse(written)?)
            }
            Self::Size(wanted, _) => Some(cmp.holds(quantity(text)?, *wanted)),
            Self::Version(wanted) => ordered(cmp, &Version::parse(text)?, wanted),
            Self::Time(when) => {
                let at = instant(text).or_else(|| number(text).and_then(epoch))?;
                Some(when.holds(cmp, at, now))
            }
        }
    }

    /// Whether a number stands so to it; `None` when the two cannot be compared.
    #[must_use]
    pub fn number(&self, cmp: Cmp, value: f64, now: Timestamp) -> Option<bool> {
        match self {
            Self::Number(wanted, _) | Self::Size(wanted, _) => Some(cmp.holds(value, *wanted)),
            Self::Version(wanted) => ordered(cmp, &Version::parse(&value.to_string())?, wanted),
            Self::Time(when) => Some(when.holds(cmp, epoch(value)?, now)),
        }
    }

    /// The text that reads back as the same.
    #[must_use]
    pub(super) fn written(&self) -> String {
        match self {
            Self::Number(_, text) | Self::Size(_, text) => text.clone(),
            Self::Version(version) => version.as_str().to_owned(),
            Self::Time(When::Ago(millis)) => write_duration(*millis),
            Self::Time(When::At(at)) => at.to_string(),
        }
    }
}

fn ordered(cmp: Cmp, value: &Version, wanted: &Version) -> Option<bool> {
    let side = match value.cmp(wanted) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    };
    Some(cmp.holds(side, 0))
}

/// Whether a pattern for a whole text is a number, and this one.
pub(super) fn is_number(pattern: &Pattern, value: f64) -> bool {
    let Pattern::Is(text) = pattern else { return false };
    // Payloads are read by another reader, which may be off by the last bit.
    let read = || serde_json::from_str(text).ok();
    number(text).is_some_and(|n| same(n, value) || read().is_some_and(|n| same(n, value)))
}

/// The same of a whole number: exactly where the pattern is one, too.
pub(super) fn is_whole(pattern: &Pattern, value: i128) -> bool {
    let Pattern::Is(text) = pattern else { return false };
    match text.parse::<i128>() {
        Ok(whole) => whole == value,
        #[expect(
            clippy::cast_precision_loss,
            reason = "what is no whole number is compared as 64-bit floats"
        )]
        Err(_) => number(text).is_some_and(|n| same(n, value as f64)),
    }
}

#[expect(clippy::float_cmp, reason = "the same number is meant, not one near it")]
fn same(a: f64, b: f64) -> bool {
    a == b
}

fn number(text: &str) -> Option<f64> {
    // `inf` and `nan` are words.
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || b"+-.".contains(&first)) {
        return None;
    }
    text.parse().ok().filter(|n: &f64| n.is_finite())
}

/// A size as data has it: with a unit, or a bare number of bytes.
fn quantity(text: &str) -> Option<f64> {
    number(text).or_else(|| size(text)).or_else(|| super::size::letter(text))
}

/// An instant from a count of seconds, milliseconds, microseconds or nanoseconds since 1970, told apart
/// by how large it is.
fn epoch(value: f64) -> Option<Timestamp> {
    let millis = match value {
        v if v < FIRST_EPOCH => return None,
        v if v < 1e11 => v * 1e3,
        v if v < 1e14 => v,
        v if v < 1e17 => v / 1e3,
        v => v / 1e6,
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "casts of floats saturate, and the result is clamped"
    )]
    Some(Timestamp::from_millis(millis as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-25T12:00:00Z".parse().unwrap()
    }

    fn check(wanted: &str, versioned: bool, text: &str, greater: Option<bool>) {
        let operand = Operand::parse(wanted, versioned).unwrap_or_else(|| panic!("{wanted} is no operand"));
        assert_eq!(operand.text(Cmp::Greater, text, now()), greater, "{text} > {wanted}");
        let less = operand.text(Cmp::LessOrEqual, text, now());
        assert_eq!(less, greater.map(|g| !g), "{text} <= {wanted}");
        let again = Operand::parse(&operand.written(), versioned);
        assert_eq!(again.as_ref(), Some(&operand), "{wanted}");
    }

    #[test]
    fn the_right_side_says_what_is_compared() {
        for (wanted, text, greater) in [
            ("100", "101", Some(true)),
            ("100", " 100 ", Some(false)),
            ("-1.5e3", "-1500.5", Some(false)),
            ("100", "big", None),
            ("100", "", None),
            ("100", "inf", None),
            ("100", "10GiB", None),
            ("10GiB", "10.5 GiB", Some(true)),
            ("10GiB", "10GB", Some(false)),
            ("10GiB", "10737418241", Some(true)),
            ("10gib", "11Gi", Some(true)),
            ("500MB", "512M", Some(true)),
            ("500MB", "500m", None),
            ("500MB", "many", None),
            ("1.2.3", "1.2.10", Some(true)),
            ("1.2.3", "1.2.3-rc1", Some(false)),
            ("1.2.3", "1.2", Some(false)),
            ("14.2", "14.10", Some(false)),
            ("14.2", "14.10.1", Some(true)),
            ("v14.2", "14.10", Some(true)),
            ("v1.30", "v1.9.3", Some(false)),
            ("v1.30", "none", None),
            ("30d", "2026-10-01T00:00:00Z", Some(true)),
            ("30d", "2026-11-20", Some(false)),
            ("30d", "1700000000", Some(true)),
            ("30d", "1764000000000", Some(true)),
            ("30d", "30", None),
            ("2026-01-31", "2026-02-01T00:00:00+02:00", Some(true)),
            ("2026-01-31", "1700000000000000000", Some(false)),
            ("2026-01-31", "soon", None),
        ] {
            check(wanted, false, text, greater);
        }
        check("14.2", true, "14.10", Some(true));
        check("1.30", true, "1.9", Some(false));
        check("1.30", true, "1.30.4-eks-1a2b", Some(true));
        check("14", true, "14.0", Some(false));
        for text in ["big", "", "10 fish", "1..2", "v", "nan", "1.2.3.4.5.6.7.8.9.10"] {
            assert_eq!(Operand::parse(text, false), None, "{text}");
        }
    }

    #[test]
    fn numbers_compare_as_their_text_does() {
        let greater = |wanted: &str, value: f64| {
            Operand::parse(wanted, false).and_then(|o| o.number(Cmp::Greater, value, now()))
        };
        assert_eq!(greater("100", 100.5), Some(true));
        assert_eq!(greater("1KiB", 1024.0), Some(false));
        assert_eq!(greater("30d", 1.7e9), Some(true));
        assert_eq!(greater("30d", 5.0), None);
        assert_eq!(greater("v1.9", 1.3), Some(false));
    }
}
