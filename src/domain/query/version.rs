//! Versions as estates write them: numbers between dots, perhaps a `v` before them and a suffix after.

use std::cmp::Ordering;

/// More numbers than this are no version.
const MOST: usize = 8;

/// Words that make a suffix come before the version itself; any other suffix (a build, a distribution)
/// comes after it.
const EARLIER: [&str; 9] = ["alpha", "beta", "rc", "pre", "preview", "dev", "snapshot", "nightly", "canary"];

/// A version. Equal when nothing tells which is later; `1.2` and `1.2.0` are.
#[derive(Clone, Debug)]
pub struct Version {
    text: String,
    numbers: Vec<u64>,
    /// In lower case, without what separates it from the numbers.
    suffix: String,
}

impl Version {
    /// Any text that can be read as a version: `14`, `14.2`, `v1.30.2-eks-1a2b`, `16.04.6 LTS`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let bare = text.strip_prefix('v').unwrap_or(&text);
        let end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
        let numbers = bare[..end].split('.').map(|n| n.parse().ok()).collect::<Option<Vec<u64>>>()?;
        let suffix = &bare[end..];
        let separated = suffix.is_empty()
            || suffix.starts_with(['-', '+', '~', '_', ' '])
            || suffix.starts_with(|c: char| c.is_ascii_alphabetic());
        if numbers.len() > MOST || !separated {
            return None;
        }
        let suffix = suffix.trim_start_matches(['-', '+', '~', '_', ' ']).to_owned();
        Some(Self { numbers, suffix, text })
    }

    /// A text that is a version and nothing else: with two dots or more, or a `v` before its digits.
    #[must_use]
    pub fn plain(text: &str) -> Option<Self> {
        let version = Self::parse(text)?;
        (version.numbers.len() > 2 || version.text.starts_with('v')).then_some(version)
    }

    /// As it was written, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the suffix says that it comes before the version itself.
    fn is_early(&self) -> bool {
        let word = self.suffix.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        EARLIER.contains(&word)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let number = |v: &Self, n: usize| v.numbers.get(n).copied().unwrap_or(0);
        let numbers = (0..MOST).map(|n| number(self, n).cmp(&number(other, n)));
        numbers.into_iter().find(|o| o.is_ne()).unwrap_or(Ordering::Equal).then_with(|| {
            let rank = |v: &Self| if v.is_early() { 0 } else { 1 + u8::from(!v.suffix.is_empty()) };
            rank(self).cmp(&rank(other)).then_with(|| naturally(&self.suffix, &other.suffix))
        })
    }
}

/// Runs of digits by their number, everything else by its letters.
fn naturally(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let digits = |t: &str| t.find(|c: char| !c.is_ascii_digit()).unwrap_or(t.len());
        let (da, db) = (digits(a), digits(b));
        if da > 0 && db > 0 {
            let (na, nb) = (a[..da].trim_start_matches('0'), b[..db].trim_start_matches('0'));
            let order = na.len().cmp(&nb.len()).then_with(|| na.cmp(nb));
            if order.is_ne() {
                return order;
            }
            (a, b) = (&a[da..], &b[db..]);
            continue;
        }
        let (mut ca, mut cb) = (a.chars(), b.chars());
        match (ca.next(), cb.next()) {
            (None, None) => return Ordering::Equal,
            (x, y) if x != y => return x.cmp(&y),
            _ => (a, b) = (ca.as_str(), cb.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_order_in_which_they_came_out() {
        let order = [
            "1.9",
            "1.30-alpha1",
            "1.30-rc.2",
            "1.30-rc.10",
            "v1.30",
            "1.30.1",
            "1.30.1-eks-1a",
            "1.30.2",
            "2",
            "2.0.10",
            "10",
        ];
        for (n, a) in order.iter().enumerate() {
            for (m, b) in order.iter().enumerate() {
                let (a, b) = (Version::parse(a).unwrap(), Version::parse(b).unwrap());
                assert_eq!(a.cmp(&b), n.cmp(&m), "{} and {}", a.as_str(), b.as_str());
            }
        }
        assert_eq!(Version::parse("1.2"), Version::parse("V1.2.0"));
        assert_eq!(Version::parse("1.2+007"), Version::parse("1.2+7"));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "v", "x1", "1..2", ".1", "1.", "1.2:3", "99999999999999999999", "1.2.3.4.5.6.7.8.9"]
        {
            assert!(Version::parse(text).is_none(), "{text}");
        }
        assert!(Version::plain("1.2").is_none() && Version::plain("12").is_none());
        assert!(Version::plain("v12").is_some() && Version::plain("1.2.3").is_some());
    }
}
