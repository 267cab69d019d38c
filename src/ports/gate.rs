//! The gate: every outgoing call asks here first and reports here afterwards.
//!
//! The gate holds the allow-list (compiled in; nothing at run time widens it), the budgets, and the
//! call ledger. Client libraries' own retries are off; a retry is another call through the gate.

use std::borrow::Cow;

use async_trait::async_trait;
use cloudscope_domain::{ScopeKey, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Fault;

/// One operation of a provider's published API, or of this machine (`host:ListProcesses`, `file:Read`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Operation(pub Cow<'static, str>);

impl Operation {
    /// An operation known at compile time.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// `service:Name`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a call ended, for the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallResult {
    /// Answered.
    Ok,
    /// Refused by the provider for lack of rights.
    Denied,
    /// Refused for lack of quota.
    Throttled,
    /// Refused by this gate: not on the allow-list.
    Refused,
    /// Failed otherwise, in short.
    Failed(String),
    /// Dropped before it was answered.
    Abandoned,
}

/// One line of the call ledger, to hold against the provider's own audit log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CallRecord {
    /// When it was let through.
    pub at: Timestamp,
    /// As whom.
    pub identity: String,
    /// What was called.
    pub operation: Operation,
    /// For which scope.
    pub scope: ScopeKey,
    /// How it ended.
    pub result: CallResult,
    /// How long it took.
    pub millis: u64,
}

/// Leave to make one call. Report how it ended; dropping it unreported is `Abandoned`.
pub trait Permit: Send {
    /// The call ended so.
    fn finish(self: Box<Self>, result: CallResult);
}

/// Lets calls through, or not.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Waits for a place in the budget and gives leave for one call.
    ///
    /// # Errors
    /// `Refused` when the operation is not on the compiled-in list; `Cancelled` when the run was.
    async fn admit(
        &self,
        identity: &str,
        operation: &Operation,
        scope: &ScopeKey,
    ) -> Result<Box<dyn Permit>, Fault>;
}

/// Keeps the call ledger.
pub trait CallLedger: Send + Sync + 'static {
    /// Appends a call; never blocks for long and never fails the call (a ledger that cannot be
    /// written is reported by `trouble`).
    fn append(&self, call: &CallRecord);

    /// The newest calls, newest first.
    fn recent(&self, limit: usize) -> Vec<CallRecord>;

    /// Why calls could not be written, if so.
    fn trouble(&self) -> Option<String>;
}
