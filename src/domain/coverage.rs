//! The honest account of what was read: one state per scope, from which unknown and last-seen of
//! every record of that scope are derived (so that a dropped line rewrites no records).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Presence, Record, RunId, Scope, Timestamp, UnknownWhy};

/// How the last attempt to list a scope ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CoverageState {
    /// Listed whole.
    Ok,
    /// Listed in part: a page failed, rows were bad, fields were hidden.
    Partial,
    /// The credentials may not.
    Denied,
    /// Refused for lack of quota.
    Throttled,
    /// Took too long.
    Timeout,
    /// Nobody answered, the file is not there, or nothing of the answer could be understood.
    Unreachable,
    /// Not in the plan: region not enabled, source switched off or removed.
    Disabled,
    /// Planned, never attempted.
    #[default]
    Never,
}

impl CoverageState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Ok,
        Self::Partial,
        Self::Denied,
        Self::Throttled,
        Self::Timeout,
        Self::Unreachable,
        Self::Disabled,
        Self::Never,
    ];

    /// The word that stands for it everywhere.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Disabled => "disabled",
            Self::Never => "never",
        }
    }
}

impl fmt::Display for CoverageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for CoverageState {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|c| c.as_str() == s)
            .ok_or_else(|| format!("`{s}` is not a coverage state"))
    }
}

impl From<CoverageState> for UnknownWhy {
    fn from(state: CoverageState) -> Self {
        match state {
            CoverageState::Ok => Self::MissedOnce,
            CoverageState::Partial => Self::Partial,
            CoverageState::Denied => Self::Denied,
            CoverageState::Throttled => Self::Throttled,
            CoverageState::Timeout => Self::Timeout,
            CoverageState::Unreachable => Self::Unreachable,
            CoverageState::Disabled => Self::Disabled,
            CoverageState::Never => Self::Never,
        }
    }
}

/// What one attempt at a scope found; what a screen shows of it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// How it ended.
    pub state: CoverageState,
    /// When the last attempt ended.
    pub last_attempt: Option<Timestamp>,
    /// When the scope was last listed whole.
    pub last_good: Option<Timestamp>,
    /// Records of this scope that are not gone.
    pub assets: u64,
    /// What went wrong, in words that say what to do next.
    pub error: Option<String>,
    /// The permission that was missing, in the provider's own words.
    pub missing_permission: Option<String>,
    /// Items that were refused or hidden, each with its reason; bounded, the rest is counted.
    #[serde(default)]
    pub problems: Vec<String>,
    /// How many items were refused or hidden.
    #[serde(default)]
    pub problem_count: u64,
    /// The last attempt was stopped before its end.
    #[serde(default)]
    pub cancelled: bool,
    /// The last attempt listed every item, so that what it did not see says something.
    #[serde(default)]
    pub whole: bool,
    /// The command that would renew the credentials, when they are what is wrong.
    #[serde(default)]
    pub renew: Option<String>,
    /// What the last attempt cost and brought.
    #[serde(default)]
    pub effort: Effort,
}

/// What one attempt at a scope cost and brought.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Effort {
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// Calls that were sent, tries included.
    pub calls: u32,
    /// Of which were second and later tries.
    pub retries: u32,
    /// Answers that refused for lack of quota.
    pub throttles: u32,
    /// Records made.
    pub created: u64,
    /// Records whose content changed.
    pub changed: u64,
    /// Records proved gone.
    pub gone: u64,
}

/// Which live records of a scope its last attempt did not see, by [`crate::RecordKey::hash128`].
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Unseen {
    /// All were seen.
    #[default]
    None,
    /// None was seen.
    All,
    /// These were not seen; sorted.
    Some(Vec<u128>),
}

impl Unseen {
    /// Whether this record was not seen.
    #[must_use]
    pub fn contains(&self, key: u128) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Some(keys) => keys.binary_search(&key).is_ok(),
        }
    }
}

/// Everything that is kept of one scope.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScopeState {
    /// The scope.
    pub scope: Scope,
    /// How it stands.
    pub coverage: Coverage,
    /// The run of the last attempt.
    pub run: RunId,
    /// The records that the last attempt did not see.
    pub unseen: Unseen,
    /// The end of the first attempt since `last_good` that was not whole, or missed something.
    pub failing_since: Option<Timestamp>,
    /// The last time that anything of this scope was seen, whole or in part.
    pub last_seen: Option<Timestamp>,
}

impl ScopeState {
    /// A scope that is planned and was never listed.
    #[must_use]
    pub fn never(scope: Scope) -> Self {
        Self {
            scope,
            coverage: Coverage::default(),
            run: RunId::default(),
            unseen: Unseen::All,
            failing_since: None,
            last_seen: None,
        }
    }

    /// How many of its live records are unknown.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        match &self.unseen {
            Unseen::None => 0,
            Unseen::All => self.coverage.assets,
            Unseen::Some(keys) => keys.len() as u64,
        }
    }

    /// What this scope says of one of its records.
    #[must_use]
    pub fn presence_of(&self, record: &Record) -> Presence {
        match record.gone {
            Some(gone) => Presence::Gone { at: gone.at, why: gone.proof },
            None => self.presence_of_live(record.hash128()),
        }
    }

    /// What this scope says of a record that is not gone, named by its key's hash.
    #[must_use]
    pub fn presence_of_live(&self, key: u128) -> Presence {
        if self.unseen.contains(key) {
            let why =
                if self.coverage.cancelled { UnknownWhy::Cancelled } else { self.coverage.state.into() };
            Presence::Unknown { since: self.failing_since, why }
        } else {
            Presence::Present
        }
    }

    /// When a live record of this scope was last seen.
    #[must_use]
    pub fn last_seen_of_live(&self, key: u128) -> Option<Timestamp> {
        if self.unseen.contains(key) { self.coverage.last_good } else { self.last_seen }
    }
}
