//! One line to the user: what was done, or what went wrong and what to do.

use cloudscope_domain::Timestamp;

use crate::theme::Slot;

/// How long a message stays, in milliseconds, unless a key sends it away first.
pub(crate) const STAYS: i64 = 8_000;
/// What has stood this long was read: the next key sends it away, in milliseconds.
const READ: i64 = 1_000;

/// One line to the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Message {
    /// What is said.
    pub(crate) text: String,
    /// How much it matters.
    pub(crate) weight: Weight,
    /// When it was said.
    pub(crate) since: Timestamp,
}

/// How much a message matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Weight {
    /// Something was done.
    Info,
    /// Something was not done, and why.
    Warning,
    /// Something failed. Stays until a key is pressed.
    Error,
}

impl Message {
    /// Something was done.
    pub(crate) fn info(text: impl Into<String>, since: Timestamp) -> Self {
        Self { text: text.into(), weight: Weight::Info, since }
    }

    /// Something was not done.
    pub(crate) fn warning(text: impl Into<String>, since: Timestamp) -> Self {
        Self { text: text.into(), weight: Weight::Warning, since }
    }

    /// Something failed.
    pub(crate) fn error(text: impl Into<String>, since: Timestamp) -> Self {
        Self { text: text.into(), weight: Weight::Error, since }
    }

    /// When it goes away by itself.
    pub(crate) fn ends(&self) -> Option<Timestamp> {
        match self.weight {
            Weight::Info | Weight::Warning => Some(self.since.plus_millis(STAYS)),
            Weight::Error => None,
        }
    }

    /// Whether a key that is pressed now sends it away: it would be about what is no longer there.
    pub(crate) fn yields(&self, now: Timestamp) -> bool {
        match self.weight {
            Weight::Info | Weight::Warning => now.since(self.since) >= READ,
            Weight::Error => true,
        }
    }

    /// How it looks.
    pub(crate) fn slot(&self) -> Slot {
        match self.weight {
            Weight::Info => Slot::Accent,
            Weight::Warning => Slot::Warning,
            Weight::Error => Slot::Error,
        }
    }
}
