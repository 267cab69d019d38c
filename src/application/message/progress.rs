//! How a run goes and how scopes stand, as plain data.

use std::sync::Arc;

use cloudscope_domain::{Coverage, CoverageState, RunId, Scope, ScopeKey, Timestamp};
use serde::{Deserialize, Serialize};

use super::following::Following;

/// A run as it stands.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct RunProgress {
    /// Which run.
    pub run: RunId,
    /// When it began.
    pub started: Timestamp,
    /// Set when it ended.
    pub ended: Option<Timestamp>,
    /// Somebody asked it to stop.
    pub cancelled: bool,
    /// It was started by the schedule.
    #[serde(default)]
    pub scheduled: bool,
    /// Its scopes. Shared, so that to tell how a run of many thousands stands copies no scope but those
    /// that changed since.
    pub scopes: Vec<Arc<ScopeProgress>>,
    /// Calls sent, tries included.
    #[serde(default)]
    pub calls: u64,
    /// Second and later tries.
    #[serde(default)]
    pub retries: u64,
    /// Answers that refused for lack of quota.
    #[serde(default)]
    pub throttles: u64,
    /// Records taken in per second, over the last seconds.
    #[serde(default)]
    pub rate: f64,
    /// Milliseconds until the end, when enough is known for a guess.
    #[serde(default)]
    pub eta: Option<u64>,
    /// Records made, changed, proved gone, and now unknown.
    pub created: u64,
    /// Records whose content changed.
    pub changed: u64,
    /// Records proved gone.
    pub gone: u64,
    /// Records that this run left unknown.
    pub unknown: u64,
}

impl RunProgress {
    /// A scope by its place, to be changed; who was told of it before keeps what was told.
    pub fn scope_mut(&mut self, place: usize) -> Option<&mut ScopeProgress> {
        self.scopes.get_mut(place).map(Arc::make_mut)
    }
}

/// How far one scope is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ScopeProgress {
    /// Which scope.
    pub scope: ScopeKey,
    /// Where it is in its life.
    pub phase: Phase,
    /// Assets seen so far.
    pub seen: u64,
    /// Assets that the collector announced.
    pub expected: Option<u64>,
    /// Assets of the last whole listing, for scale.
    pub last_count: Option<u64>,
    /// Problems with single items so far.
    pub problems: u64,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What went wrong.
    pub error: Option<String>,
    /// Calls sent, tries included.
    #[serde(default)]
    pub calls: u32,
    /// Second and later tries.
    #[serde(default)]
    pub retries: u32,
    /// Answers that refused for lack of quota.
    #[serde(default)]
    pub throttles: u32,
    /// How long the last attempt took, in milliseconds, for scale.
    #[serde(default)]
    pub last_millis: Option<u64>,
    /// Records made, changed, proved gone, left unknown; once it ended.
    #[serde(default)]
    pub created: u64,
    /// Records whose content changed.
    #[serde(default)]
    pub changed: u64,
    /// Records proved gone.
    #[serde(default)]
    pub gone: u64,
    /// Records left unknown.
    #[serde(default)]
    pub unknown: u64,
    /// What it waits for, when it does: a quota, a circuit, a retry.
    #[serde(default)]
    pub waits: Option<String>,
}

/// Where a scope is in its life within a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Planned.
    Waiting,
    /// Being listed.
    Running,
    /// Ended so.
    Ended(CoverageState),
}

/// One scope for the health table. The JSON form is a contract.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ScopeHealth {
    /// The scope and what it may yield.
    #[serde(flatten)]
    pub key: ScopeKey,
    /// What people call its account, where something names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_label: Option<String>,
    /// How it stands.
    #[serde(flatten)]
    pub coverage: Coverage,
    /// The scope with its listing mode and kinds.
    pub scope: Scope,
    /// The run of the last attempt.
    pub run: RunId,
    /// Records whose presence is unknown because of it.
    pub unknown: u64,
    /// How the last attempts ended, newest last; at most twenty.
    #[serde(default)]
    pub recent: Vec<CoverageState>,
    /// 95 of 100 of the last attempts took no longer, in milliseconds.
    #[serde(default)]
    pub p95: Option<u64>,
    /// Of the live records of the scope, how many of a hundred were seen by its last attempt.
    #[serde(default)]
    pub percent: Option<u8>,
    /// Which collector lists it, when that is known.
    #[serde(default)]
    pub collector: Option<String>,
    /// It is followed: changes show as they happen. `None` when it is as of its last listing.
    #[serde(default)]
    pub followed: Option<Following>,
    /// Why it is not followed although it could be, in words.
    #[serde(default)]
    pub unfollowed: Option<String>,
}
