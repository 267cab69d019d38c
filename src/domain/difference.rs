//! One field that is different between two accounts of an asset, or between two times of it.

use serde::{Deserialize, Serialize};

use crate::Payload;

/// One difference. Paths are those of a [`crate::Change`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Difference {
    /// A dotted path such as `tags.env` or `properties.InstanceType`.
    pub path: String,
    /// On the left, or earlier; absent when there is none.
    pub before: Option<Payload>,
    /// On the right, or later; absent when there is none.
    pub after: Option<Payload>,
}
