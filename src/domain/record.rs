//! A record: what one source says of one asset, as the store keeps it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Asset, AssetKey, Gone, RecordKey, Reference, Revision, RunId, ScopeKey, SourceName, Timestamp};

/// The unit of storage.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// What is said.
    pub asset: Asset,
    /// The edges that its payload names.
    pub references: Vec<Reference>,
    /// The one scope that owns it; the source is the scope's. Shared: it is the same of all that it owns.
    pub scope: Arc<ScopeKey>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When its content last changed.
    pub changed_at: Timestamp,
    /// The commit that wrote it last.
    pub revision: Revision,
    /// The run that wrote it last.
    pub run: RunId,
    /// Set once it is proved gone.
    pub gone: Option<Gone>,
}

impl Record {
    /// Who says it.
    #[must_use]
    pub fn source(&self) -> &SourceName {
        &self.scope.source
    }

    /// The hash of its identity, see [`RecordKey::hash128`].
    #[must_use]
    pub fn hash128(&self) -> u128 {
        let AssetKey { id, incarnation } = &self.asset.key;
        RecordKey::hash128_of(self.scope.source.as_str(), id.as_str(), incarnation.as_str())
    }

    /// Its identity.
    #[must_use]
    pub fn record_key(&self) -> RecordKey {
        RecordKey { source: self.scope.source.clone(), key: self.asset.key.clone() }
    }
}
