//! One thing that an operations team owns, as one source describes it.

use std::{borrow::Borrow, collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{AssetId, AssetKey, Category, Kind, Payload, Timestamp, name::name_type};

name_type! {
    /// `aws`, `azure`, `gcp`, `k8s`, `host`, `terraform`, `csv`, `json`, ...
    Provider
}

/// What a status means, whatever the provider calls it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusClass {
    /// Works as meant.
    Ok,
    /// Works, but something wants a look.
    Warning,
    /// Does not work.
    Error,
    /// On its way to another state.
    Pending,
    /// Switched off on purpose.
    Stopped,
    /// The source does not say, or says a word that the catalog does not know.
    #[default]
    Unknown,
}

impl StatusClass {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Pending => "pending",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for StatusClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The provider's own word, and what it means.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Status {
    /// As the provider writes it.
    pub word: Arc<str>,
    /// What it means.
    pub class: StatusClass,
}

/// One asset as one source describes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Asset {
    /// Canonical id and incarnation.
    pub key: AssetKey,
    /// Dotted kind.
    pub kind: Kind,
    /// What it is for.
    pub category: Category,
    /// Which provider or format speaks.
    pub provider: Provider,
    /// What people call it; falls back to the tail of the id, so it is never empty.
    pub name: Arc<str>,
    /// Account, subscription, project, cluster or machine; empty when there is none.
    pub account: Arc<str>,
    /// Region or location; empty when there is none.
    pub region: Arc<str>,
    /// Availability zone; empty when there is none.
    pub zone: Arc<str>,
    /// How it is.
    pub status: Option<Status>,
    /// Tags or labels.
    pub tags: BTreeMap<String, String>,
    /// When it was created or started.
    pub created_at: Option<Timestamp>,
    /// IP addresses and host names that lead to it.
    pub addresses: Vec<String>,
    /// Short names by which other payloads may refer to it (`i-0ab1`).
    pub aliases: Vec<String>,
    /// The cloud asset that this record declares (Terraform, CSV); it does not prove that it exists.
    pub declares: Option<AssetId>,
    /// The whole payload, redacted.
    pub properties: Payload,
}
