//! A pin: what a user wants to keep in sight although it may be gone, and what retention never drops.

use serde::{Deserialize, Serialize};

use crate::{AssetId, Timestamp};

/// A mark on an asset, whatever became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pin {
    /// On which asset; every record and incarnation of it.
    pub id: AssetId,
    /// Since when.
    pub at: Timestamp,
}
