//! How long to wait before a delivery is attempted again. Pure.

use std::time::Duration;

/// The pace of attempts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The wait after the first attempt; doubled after each.
    pub(crate) first: Duration,
    /// The longest wait of our own.
    pub(crate) longest: Duration,
    /// The longest wait that a receiver may ask for.
    pub(crate) asked: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            asked: Duration::from_secs(300),
        }
    }
}

impl Pace {
    /// The wait after the attempt of this number, from 1 on. What the receiver asks for is honoured, up to
    /// a bound, even when it is longer than ours; a shorter one than ours does not hurry us, except that
    /// ours is jittered between its half and its whole, so that many senders do not come back at once.
    pub(crate) fn pause(&self, attempt: u32, asked: Option<Duration>) -> Duration {
        let whole = self.first.saturating_mul(1 << (attempt - 1).min(16)).min(self.longest);
        let half = whole / 2;
        let ours = half + half.mul_f64(noise());
        asked.map_or(ours, |asked| asked.min(self.asked).max(ours))
    }
}

/// A number from 0 to 1, from the hash keys that the standard library draws at random.
fn noise() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let word = RandomState::new().hash_one(0_u8);
    f64::from(u32::try_from(word >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

/// What a `Retry-After` header asks for: seconds, or an HTTP date.
pub(crate) fn retry_after(header: &str, now_seconds: i64) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = http_date(header)?;
    Some(Duration::from_secs(u64::try_from(at - now_seconds).unwrap_or(0)))
}

/// `Wed, 21 Oct 2015 07:28:00 GMT` as seconds since 1970 (RFC 9110, the one form that may be sent).
fn http_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let [day, month, year, time, "GMT"] = rest.split(' ').collect::<Vec<_>>()[..] else { return None };
    let month = MONTHS.iter().position(|m| *m == month)? + 1;
    let stamp = format!("{year}-{month:02}-{day}T{time}Z");
    Some(stamp.parse::<cloudscope_domain::Timestamp>().ok()?.millis().div_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_stay_within_bounds() {
        let pace = Pace::default();
        for (attempt, least, most) in
            [(1, 500, 1_000), (2, 1_000, 2_000), (4, 4_000, 8_000), (60, 30_000, 60_000)]
        {
            for _ in 0..50 {
                let pause = pace.pause(attempt, None).as_millis();
                assert!((least..=most).contains(&pause), "{attempt}: {pause}");
            }
        }
        assert_eq!(pace.pause(1, Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(pace.pause(1, Some(Duration::from_secs(86_400))), pace.asked);
        assert!(pace.pause(3, Some(Duration::ZERO)) >= Duration::from_secs(2));
    }

    #[test]
    fn both_forms_of_retry_after_are_read() {
        let now = 1_445_412_480 - 90;
        for (header, want) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(90)),
            ("Tue, 20 Oct 2015 07:28:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
            ("Wed, 21 Foo 2015 07:28:00 GMT", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, now), want.map(Duration::from_secs), "{header}");
        }
    }
}
