//! How two values stand to each other, and what an instant is compared with.

use crate::Timestamp;

/// How two values are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Cmp {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Cmp {
    /// Whether `a` stands so to `b`; nothing stands so to a NaN.
    pub fn holds<T: PartialOrd + Copy>(self, a: T, b: T) -> bool {
        match self {
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
        }
    }

    /// The operator.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// What an instant is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Its distance from now in milliseconds: `age>90d` is true of what is older than 90 days.
    Ago(i64),
    /// A fixed instant: `created>2026-01-01` is true of what was created later.
    At(Timestamp),
}

impl When {
    /// Whether `time` stands so, seen from `now`.
    #[must_use]
    pub fn holds(self, cmp: Cmp, time: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::Ago(millis) => cmp.holds(now.since(time), millis),
            Self::At(at) => cmp.holds(time, at),
        }
    }
}
