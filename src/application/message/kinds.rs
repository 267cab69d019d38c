//! What people call the kinds, and how a list of each begins.

use cloudscope_domain::Kind;
use serde::{Deserialize, Serialize};

/// A kind in the words of people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KindWords {
    /// Which kind.
    pub kind: Kind,
    /// `Pod`; empty where only the inventory knows the kind.
    #[serde(default)]
    pub title: String,
    /// Its other names, the usual one first: `pods`, `pod`, `po`.
    #[serde(default)]
    pub names: Vec<String>,
    /// The columns that a list of this kind starts with; empty for the usual ones.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Assets of this kind.
    pub count: u64,
}
