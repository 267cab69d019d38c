//! Notifiers: what happened, told to the outside (a command, a webhook) as the user attached it.
//!
//! The application hands over happenings and forgets them: a notifier that is slow, fails or is gone
//! never holds a collection. What it could not deliver it counts, and says so in its state.

use std::sync::Arc;

use std::time::Duration;

use async_trait::async_trait;
use cloudscope_domain::{
    AssetId, AssetRow, CoverageState, Difference, Proof, RunRecord, ScopeKey, Timestamp, UnknownWhy,
};
use serde::{Deserialize, Serialize};

/// What happened. The JSON form is a contract: fields may be added, never renamed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Happening {
    /// First seen.
    AssetCreated {
        /// As it is now.
        asset: Box<AssetRow>,
    },
    /// Something that counts is different.
    AssetChanged {
        /// As it is now.
        asset: Box<AssetRow>,
        /// Field by field.
        differences: Vec<Difference>,
    },
    /// Proved gone.
    AssetGone {
        /// As it was last.
        asset: Box<AssetRow>,
        /// What proves it.
        proof: Proof,
    },
    /// Its scope could not be read whole, and it was not in what could.
    AssetsUnknown {
        /// The scope that owns them.
        scope: ScopeKey,
        /// What people call its account, where something names it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account_label: Option<Arc<str>>,
        /// How many records.
        count: u64,
        /// The ids of the first hundred of them.
        ids: Vec<AssetId>,
        /// Why.
        why: UnknownWhy,
    },
    /// A run ended.
    RunFinished {
        /// What it came to.
        run: RunRecord,
    },
    /// A scope was not read whole, and was the time before.
    ScopeFailed {
        /// Which.
        scope: ScopeKey,
        /// What people call its account, where something names it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account_label: Option<Arc<str>>,
        /// How its attempt ended.
        state: CoverageState,
        /// In words.
        error: Option<String>,
        /// The permission that was missing.
        missing_permission: Option<String>,
    },
}

impl Happening {
    /// The names of all events, as a configuration names them.
    pub const NAMES: [&'static str; 6] =
        ["asset-created", "asset-changed", "asset-gone", "assets-unknown", "run-finished", "scope-failed"];

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::AssetCreated { .. } => "asset-created",
            Self::AssetChanged { .. } => "asset-changed",
            Self::AssetGone { .. } => "asset-gone",
            Self::AssetsUnknown { .. } => "assets-unknown",
            Self::RunFinished { .. } => "run-finished",
            Self::ScopeFailed { .. } => "scope-failed",
        }
    }
}

/// A happening with its time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// The wall clock of the commit that holds it.
    pub at: Timestamp,
    /// Its revision.
    pub revision: cloudscope_domain::Revision,
    /// What happened.
    #[serde(flatten)]
    pub happening: Happening,
}

/// How one hook fares.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct HookState {
    /// Its name in the configuration.
    pub name: String,
    /// What it does, in words: `command /usr/local/bin/page`, `webhook hooks.example.com`.
    pub what: String,
    /// The events it is attached to.
    pub events: Vec<String>,
    /// Notices that were delivered.
    pub delivered: u64,
    /// Notices that could not be delivered.
    pub failed: u64,
    /// Notices that were dropped because it did not keep up.
    pub dropped: u64,
    /// The last failure, with its time.
    pub last_error: Option<(Timestamp, String)>,
    /// Why it does not run at all, and what to do: not confirmed, defined where others may write.
    #[serde(default)]
    pub held: Option<String>,
}

/// Takes notices.
#[async_trait]
pub trait Notifier: Send + Sync + 'static {
    /// The events that somebody wants; the application makes no others.
    fn wants(&self) -> Vec<&'static str>;

    /// Takes notices of one commit; returns at once, whatever becomes of them.
    fn notify(&self, notices: Vec<Notice>);

    /// How the hooks fare.
    fn hooks(&self) -> Vec<HookState>;

    /// The program ends: delivers what waits, for so long at the most. What is left then is counted as
    /// dropped, and whatever still runs is stopped.
    async fn finish(&self, within: Duration) {
        let _ = within;
    }
}
