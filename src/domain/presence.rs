//! Is it there? Present, unknown (since when and why), or gone (when, and what proves it).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Revision, RunId, Timestamp};

/// What is known of an asset's existence now.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Presence {
    /// Seen by the last listing of its scope.
    #[default]
    Present,
    /// The scope that owns it could not be read whole since then.
    Unknown {
        /// The first attempt that did not see it; `None` when it was never attempted.
        since: Option<Timestamp>,
        /// Why it was not seen.
        why: UnknownWhy,
    },
    /// Proved to be gone.
    Gone {
        /// When the proof was seen.
        at: Timestamp,
        /// What proves it.
        why: Proof,
    },
}

impl Presence {
    /// The state as one word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Unknown { .. } => "unknown",
            Self::Gone { .. } => "gone",
        }
    }
}

/// Why it is not known whether an asset still exists.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownWhy {
    /// The scope was read only in part and this asset was not in that part.
    Partial,
    /// The credentials may not list the scope.
    Denied,
    /// The provider refused for lack of quota.
    Throttled,
    /// The listing took too long.
    Timeout,
    /// The provider or file could not be reached.
    Unreachable,
    /// The scope left the plan: a region switched off, a source removed.
    Disabled,
    /// The listing was stopped before it ended.
    Cancelled,
    /// One complete but weak listing lacked it; a second one has to agree.
    MissedOnce,
    /// The scope was never listed since it was recorded.
    Never,
}

impl UnknownWhy {
    /// The word for scripts and screens.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Partial => "partial",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Disabled => "disabled",
            Self::Cancelled => "cancelled",
            Self::MissedOnce => "missed-once",
            Self::Never => "never",
        }
    }
}

impl fmt::Display for UnknownWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What proves that an asset is gone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The provider answered a targeted look-up with "not found".
    NotFound,
    /// The provider sent a delete event.
    DeleteEvent,
    /// A later complete snapshot listing of its scope lacked it.
    SnapshotListing,
    /// Two complete weak listings in a row lacked it.
    SecondListing,
}

impl Proof {
    /// The word for scripts and screens.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::DeleteEvent => "delete-event",
            Self::SnapshotListing => "snapshot-listing",
            Self::SecondListing => "second-listing",
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The tombstone of a record: written once, kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Gone {
    /// When the proof was seen.
    pub at: Timestamp,
    /// What proves it.
    pub proof: Proof,
    /// The run that saw the proof.
    pub run: RunId,
    /// The commit that wrote it.
    pub revision: Revision,
}
