//! The words in which the estate is described: places (an account in a region, a cluster, ...), the
//! listings that a place answers, and the items of an answer. Knows none of them by name.

use cloudscope_domain::{Kind, ListingMode, Scope, ScopeKey, SourceName};
use serde_json::Value;

use crate::world::World;

/// The name of the Kubernetes cluster, which its machines are tagged with.
pub(crate) const CLUSTER: &str = "shop-prod";

/// One item as the provider's API would return it.
pub(crate) struct Made {
    /// Its kind in the catalog.
    pub(crate) kind: &'static str,
    /// The payload.
    pub(crate) item: Value,
}

impl Made {
    pub(crate) fn new(kind: &'static str, item: Value) -> Self {
        Self { kind, item }
    }
}

/// One call that lists.
pub(crate) struct Listing {
    /// The provider's operation.
    pub(crate) name: &'static str,
    /// What a complete answer proves.
    pub(crate) mode: ListingMode,
    /// The kinds that it yields.
    pub(crate) kinds: &'static [&'static str],
    /// Makes the whole answer.
    pub(crate) items: fn(&World, &Place) -> Vec<Made>,
}

impl Listing {
    pub(crate) const fn weak(
        name: &'static str,
        kinds: &'static [&'static str],
        items: fn(&World, &Place) -> Vec<Made>,
    ) -> Self {
        Self { name, mode: ListingMode::Weak, kinds, items }
    }

    pub(crate) const fn snapshot(
        name: &'static str,
        kinds: &'static [&'static str],
        items: fn(&World, &Place) -> Vec<Made>,
    ) -> Self {
        Self { name, mode: ListingMode::Snapshot, kinds, items }
    }

    pub(crate) fn scope(&self, source: &SourceName, place: &Place) -> Scope {
        Scope {
            key: ScopeKey::new(source.clone(), self.name)
                .account(place.account)
                .region(place.region)
                .parent(place.parent),
            mode: self.mode,
            kinds: self.kinds.iter().map(|kind| kind_of(kind)).collect(),
        }
    }
}

/// A kind that is written in this crate; a test reads every one of them.
pub(crate) fn kind_of(text: &str) -> Kind {
    text.parse().unwrap_or_else(|_| Kind::from_words(text.split('.')))
}

/// Where things are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    /// Account, subscription, project, cluster or machine.
    pub(crate) account: &'static str,
    /// Region, or empty.
    pub(crate) region: &'static str,
    /// File or machine, where listing is per parent.
    pub(crate) parent: &'static str,
    /// `prod` or `staging`: what most things there are tagged.
    pub(crate) env: &'static str,
    /// A small number that no other place has; network ranges follow from it.
    pub(crate) number: usize,
}
