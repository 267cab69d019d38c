//! An asset as lists, exports and scripts see it. The JSON form is a contract (see the README,
//! "For scripts"): fields may be added, never renamed.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    AssetId, Category, Difference, Incarnation, Kind, Payload, Presence, Relationship, Revision, RunId,
    ScopeKey, SourceName, StatusClass, Timestamp, asset::Provider,
};

/// Everything of an asset but its payload.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AssetRow {
    /// Canonical id.
    pub id: AssetId,
    /// Dotted kind.
    pub kind: Kind,
    /// What it is for.
    pub category: Category,
    /// Which provider or format speaks.
    pub provider: Provider,
    /// Account, subscription, project, cluster or machine.
    pub account: Arc<str>,
    /// What people call that account, where something names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_label: Option<Arc<str>>,
    /// Region or location.
    pub region: Arc<str>,
    /// Availability zone.
    pub zone: Arc<str>,
    /// What people call it.
    pub name: Arc<str>,
    /// The provider's own status word, if it has one.
    pub status: Option<Arc<str>>,
    /// What that word means.
    pub status_class: StatusClass,
    /// Tags or labels.
    pub tags: BTreeMap<String, String>,
    /// Addresses and host names.
    pub addresses: Vec<String>,
    /// Present, unknown or gone, and why.
    pub presence: Presence,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Option<Timestamp>,
    /// When its content last changed.
    pub changed_at: Timestamp,
    /// When it was created or started.
    pub created_at: Option<Timestamp>,
    /// Which source says so; of joined records the one that knows best.
    pub source: SourceName,
    /// Every source that speaks of it, by same-as; `source` is the first. Joined records are one row.
    #[serde(default)]
    pub sources: Vec<SourceName>,
    /// Somebody pinned it.
    #[serde(default)]
    pub pinned: bool,
    /// Which bearer of the id.
    pub incarnation: Incarnation,
    /// The cloud asset that it declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declares: Option<AssetId>,
    /// The payload; filled only where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Payload>,
}

/// One asset with everything that is known of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AssetDetail {
    /// The row, with its payload. Not flattened: raw JSON text does not pass through serde's buffers.
    pub row: AssetRow,
    /// The scope that owns the record.
    pub scope: ScopeKey,
    /// The commit that wrote it last.
    pub revision: Revision,
    /// The run that wrote it last.
    pub run: RunId,
    /// Edges that touch it, up to a bound; `relations` lists all.
    pub relationships: Vec<Relationship>,
    /// Of a record that is joined to another by same-as: where it differs from the first one, as far as
    /// the two speak of the same things.
    #[serde(default)]
    pub differences: Vec<Difference>,
}
