//! How the program itself fares, as plain data: calls summed up, grants, the log, estimates, circuit
//! breakers, the schedule.

use cloudscope_domain::{ScopeKey, SourceName, Timestamp};
use serde::{Deserialize, Serialize};

/// Calls summed up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CallTotal {
    /// As whom.
    pub identity: String,
    /// What was called.
    pub operation: String,
    /// All calls.
    pub calls: u64,
    /// Answered.
    pub ok: u64,
    /// Refused for lack of rights.
    pub denied: u64,
    /// Refused for lack of quota.
    pub throttled: u64,
    /// Failed otherwise, refused by the gate or abandoned.
    pub failed: u64,
    /// Time spent in them, in milliseconds.
    pub millis: u64,
    /// The newest.
    pub last: Timestamp,
}

/// A document that grants what was missing, ready to be handed to whoever may grant it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// What it is: `AWS policy`, `Kubernetes ClusterRole`, `GCP custom role`, `Azure custom role`.
    pub title: String,
    /// `json` or `yaml`.
    pub format: String,
    /// The document.
    pub text: String,
    /// The permissions in it.
    pub permissions: Vec<String>,
    /// Scopes that it would open.
    pub scopes: Vec<ScopeKey>,
    /// What was denied and is not asked for, with the reason: secrets, subresources, writes.
    pub left_out: Vec<String>,
}

/// Grants, and denials of which no grant can be made.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Grants {
    /// One per provider that denied something.
    pub grants: Vec<Grant>,
    /// Denied scopes whose provider did not name the permission, with its words.
    pub unexplained: Vec<(ScopeKey, String)>,
    /// Commands that renew credentials, with the scopes that wait for them.
    pub renew: Vec<(String, Vec<ScopeKey>)>,
}

/// One line of the log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// `ERROR`, `WARN`, `INFO`, `DEBUG` or `TRACE`.
    pub level: String,
    /// The part of the program.
    pub target: String,
    /// Message and fields; foreign text made visible.
    pub text: String,
}

/// What a run would take, from what the last attempts took.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Estimate {
    /// Scopes that would be listed.
    pub scopes: u64,
    /// Of which nothing is known yet, so that they are not in the sums.
    pub unknown_scopes: u64,
    /// Calls of the others.
    pub calls: u64,
    /// Time of the others at the current limits, in milliseconds.
    pub millis: u64,
    /// Calls per provider and account.
    pub per_account: Vec<(String, u64)>,
    /// Sources that could not be planned, with the reason.
    pub unplanned: Vec<(SourceName, String)>,
}

/// A circuit breaker that is not closed, or was not lately.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Circuit {
    /// Account, or empty.
    pub account: String,
    /// Service and region.
    pub endpoint: String,
    /// How it stands.
    pub state: CircuitState,
    /// Failures in a row.
    pub failures: u64,
    /// When it is tried again.
    pub next_try: Option<Timestamp>,
    /// The last failure, in words.
    pub error: String,
}

/// How a circuit breaker stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CircuitState {
    /// Calls pass.
    Closed,
    /// No call passes.
    Open,
    /// One call is tried.
    HalfOpen,
}

/// When a source is collected next.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Planned {
    /// Which source.
    pub source: SourceName,
    /// How it is written in the configuration: `every 15m`, `cron 0 * * * *`.
    pub rule: String,
    /// The next time.
    pub next: Option<Timestamp>,
}
