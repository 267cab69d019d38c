//! One error taxonomy: every failure says what happened, on what, and whether to retry, to skip the
//! scope, or to stop.

use std::time::Duration;

use cloudscope_domain::{CoverageState, Timestamp};

/// What the engine should do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Try again, not before the given time.
    Retry {
        /// The provider's own word on when, if it gave one.
        after: Option<Duration>,
    },
    /// Give this scope up for this run; others go on.
    SkipScope,
    /// Give the whole source up: nothing of it can work.
    Stop,
}

/// What kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The credentials may not.
    Denied,
    /// No usable credentials at all.
    Unauthenticated,
    /// Refused for lack of quota.
    Throttled {
        /// `Retry-After`, if given.
        after: Option<Duration>,
    },
    /// Took too long.
    Timeout,
    /// Nobody answered, or the file is not there.
    Unreachable,
    /// The answer could not be understood.
    Malformed,
    /// The thing asked about does not exist.
    NotFound,
    /// The region, feature or format is switched off or not supported.
    Disabled,
    /// Somebody asked to stop.
    Cancelled,
    /// The gate does not allow the operation.
    Refused,
    /// A bound of ours was reached: pages, bytes, depth, items.
    TooLarge,
    /// A defect of ours.
    Internal,
}

/// A failure of a collector, with what is needed to explain it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct Fault {
    /// What kind.
    pub kind: FaultKind,
    /// The operation that failed, such as `ec2:DescribeInstances` or `file:Read`.
    pub operation: String,
    /// What happened, on what, and what to do next. Already free of secrets; may hold foreign text.
    pub message: String,
    /// The permission that was missing, in the provider's own words.
    pub missing_permission: Option<String>,
    /// The command that would renew the credentials, when they are what is wrong.
    pub renew: Option<String>,
}

impl Fault {
    /// A failure of `operation`.
    pub fn new(kind: FaultKind, operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            operation: operation.into(),
            message: message.into(),
            missing_permission: None,
            renew: None,
        }
    }

    /// The same, naming the permission that was missing.
    #[must_use]
    pub fn missing(mut self, permission: impl Into<String>) -> Self {
        self.missing_permission = Some(permission.into());
        self
    }

    /// The same, naming the command that renews the credentials.
    #[must_use]
    pub fn renew(mut self, command: impl Into<String>) -> Self {
        self.renew = Some(command.into());
        self
    }

    /// What the engine should do.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self.kind {
            FaultKind::Throttled { after } => Disposition::Retry { after },
            FaultKind::Timeout | FaultKind::Unreachable => Disposition::Retry { after: None },
            FaultKind::Denied
            | FaultKind::Malformed
            | FaultKind::NotFound
            | FaultKind::Disabled
            | FaultKind::Refused
            | FaultKind::TooLarge
            | FaultKind::Internal => Disposition::SkipScope,
            FaultKind::Unauthenticated | FaultKind::Cancelled => Disposition::Stop,
        }
    }

    /// How the scope stands after this failure ended it.
    #[must_use]
    pub fn coverage(&self) -> CoverageState {
        match self.kind {
            FaultKind::Denied | FaultKind::Unauthenticated | FaultKind::Refused => CoverageState::Denied,
            FaultKind::Throttled { .. } => CoverageState::Throttled,
            FaultKind::Timeout => CoverageState::Timeout,
            FaultKind::Unreachable | FaultKind::NotFound => CoverageState::Unreachable,
            FaultKind::Disabled => CoverageState::Disabled,
            FaultKind::Malformed | FaultKind::Cancelled | FaultKind::TooLarge | FaultKind::Internal => {
                CoverageState::Partial
            }
        }
    }
}

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds it. Retry after attaching to the owner.
    #[error("the data directory is in use by process {holder}")]
    Held {
        /// Who holds it, as far as is known.
        holder: String,
    },
    /// Written by a newer program. Stop.
    #[error("the store has format {found}, this program reads up to {supported}; use a newer cloudscope")]
    TooNew {
        /// The format found.
        found: u32,
        /// The newest understood.
        supported: u32,
    },
    /// What is on disk is not what was written. Damage is quarantined; `store check` tells more.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The disk is full. Retry when there is space; nothing acknowledged was lost.
    #[error("no space left in the data directory: {0}")]
    Full(String),
    /// The disk failed. Stop writing; reopen.
    #[error("cannot read or write the data directory: {0}")]
    Io(String),
    /// The directory is not safe to use: wrong owner, a symlink, open to others.
    #[error("{0}")]
    Unsafe(String),
    /// Retention took that part of the past.
    #[error("revision {asked} is no longer known; history goes back to revision {oldest} of {oldest_at}")]
    Forgotten {
        /// What was asked for.
        asked: u64,
        /// The oldest that is known.
        oldest: u64,
        /// When that was recorded.
        oldest_at: Timestamp,
    },
    /// The commit does not follow the last one. A defect of the caller.
    #[error("commit {got} does not follow revision {last}")]
    OutOfOrder {
        /// What the caller offered.
        got: u64,
        /// What the store holds.
        last: u64,
    },
}

/// A failure of an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file is there already and nobody said to replace it.
    #[error("{0} exists already; choose another name or say that it may be replaced")]
    Exists(String),
    /// The file could not be written. The old one, if any, is untouched.
    #[error("cannot write {path}: {reason}")]
    Io {
        /// Which file.
        path: String,
        /// Why.
        reason: String,
    },
    /// There is no such column. Nothing was written.
    #[error("there is no column `{column}`; {hint}")]
    BadColumn {
        /// As it was asked for, free of control characters.
        column: String,
        /// What is near it, or which columns there are.
        hint: String,
    },
    /// The reader of our output went away: not an error to report.
    #[error("the reader of the output closed it")]
    Closed,
    /// Somebody asked to stop; no file is left behind.
    #[error("the export was cancelled; no file was written")]
    Cancelled,
}

/// A failure to fetch or keep a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is none of that name.
    #[error("no secret named `{0}`")]
    Missing(String),
    /// It is there but may be read by others, or not by us.
    #[error("{0}")]
    Unsafe(String),
    /// It could not be read or written.
    #[error("cannot access the secret `{name}`: {reason}")]
    Io {
        /// Which.
        name: String,
        /// Why.
        reason: String,
    },
}
