//! How much of the past is kept, as it is written: days, and a size in bytes or `2 GiB`.

use std::{fmt, num::NonZeroU32, time::Duration};

use cloudscope_application::RetentionPolicy;
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};

/// The bounds of history; `null` is none.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct History {
    pub(crate) keep_days: Option<NonZeroU32>,
    pub(crate) max_size: Option<Size>,
    pub(crate) tombstone_days: Option<NonZeroU32>,
}

const DAY: u64 = 86_400;

impl Default for History {
    fn default() -> Self {
        let policy = RetentionPolicy::default();
        let days = |d: Option<Duration>| {
            d.and_then(|d| u32::try_from(d.as_secs() / DAY).ok()).and_then(NonZeroU32::new)
        };
        Self {
            keep_days: days(policy.history),
            max_size: policy.history_bytes.map(Size),
            tombstone_days: days(policy.tombstones),
        }
    }
}

impl History {
    /// As the engine takes it.
    pub(crate) fn policy(&self) -> RetentionPolicy {
        let span = |days: Option<NonZeroU32>| days.map(|d| Duration::from_secs(u64::from(d.get()) * DAY));
        RetentionPolicy {
            history: span(self.keep_days),
            history_bytes: self.max_size.map(|s| s.0),
            tombstones: span(self.tombstone_days),
        }
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Size(u64);

impl Size {
    pub(crate) fn bytes(self) -> u64 {
        self.0
    }
}

/// Less is no history.
const LEAST: u64 = 1 << 20;

impl Size {
    fn parse(text: &str) -> Option<u64> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let shift = match unit.trim() {
            "" | "B" => 0,
            "KiB" => 10,
            "MiB" => 20,
            "GiB" => 30,
            "TiB" => 40,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(1 << shift)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Either)
    }
}

struct Either;

impl Visitor<'_> for Either {
    type Value = Size;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size of at least 1 MiB, such as 500 MiB or 2 GiB")
    }

    fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<Size, E> {
        if bytes < LEAST {
            return Err(E::invalid_value(de::Unexpected::Unsigned(bytes), &self));
        }
        Ok(Size(bytes))
    }

    fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<Size, E> {
        u64::try_from(bytes)
            .map_err(|_| E::invalid_value(de::Unexpected::Signed(bytes), &self))
            .and_then(|bytes| self.visit_u64(bytes))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Size, E> {
        let bytes = Size::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))?;
        self.visit_u64(bytes)
    }
}
