//! A scope: the smallest unit that is listed whole and can fail alone.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Kind, SourceName};

/// Names one scope. Empty text where a part has no meaning (a host has no region).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ScopeKey {
    /// Who lists.
    pub source: SourceName,
    /// The account, subscription, project, cluster or machine that is listed.
    pub account: String,
    /// The provider's region, or empty.
    pub region: String,
    /// Which call, such as `ec2:DescribeInstances`, `processes` or `terraform-state`.
    pub listing: String,
    /// The zone, cluster, namespace, bucket or absolute file path, where listing is per parent.
    pub parent: String,
}

impl ScopeKey {
    /// A scope of `source` by `listing`, the other parts empty.
    pub fn new(source: impl Into<SourceName>, listing: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            account: String::new(),
            region: String::new(),
            listing: listing.into(),
            parent: String::new(),
        }
    }

    /// The same scope in an account.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = account.into();
        self
    }

    /// The same scope in a region.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// The same scope below a parent.
    #[must_use]
    pub fn parent(mut self, parent: impl Into<String>) -> Self {
        self.parent = parent.into();
        self
    }
}

impl fmt::Display for ScopeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.source.as_str())?;
        for part in [&self.account, &self.region, &self.listing, &self.parent] {
            if !part.is_empty() && part != self.source.as_str() {
                write!(f, " {part}")?;
            }
        }
        Ok(())
    }
}

/// How much a complete listing proves about what it did not contain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListingMode {
    /// One consistent answer (a file, a Kubernetes list): what is missing is gone.
    Snapshot,
    /// Pages that can move while they are read: one miss proves nothing.
    Weak,
}

/// A scope with what its listing may yield.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Scope {
    /// Its name.
    pub key: ScopeKey,
    /// What a complete listing proves.
    pub mode: ListingMode,
    /// The kinds that the listing may yield.
    pub kinds: Vec<Kind>,
}
