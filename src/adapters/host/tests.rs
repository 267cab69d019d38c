//! Tests of the whole collector, through the port: the real machine, and made-up trees of /proc and
//! /sys for what no machine can be made to show.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use cloudscope_catalog::Catalog;
use cloudscope_domain::{Asset, Sighting, SourceName, redact::Redactor};
use cloudscope_memory::{MemorySink, context};
use cloudscope_ports::{Collector, Fault, Item, SourceSpec};
use serde_json::Value;

use crate::{COLLECTOR, HostCollector, OPERATIONS, SOURCE};

mod live;
mod made_up;
mod namespaces;
mod other_systems;

pub(crate) fn source() -> SourceSpec {
    SourceSpec { name: SourceName::from(SOURCE), collector: COLLECTOR.into(), options: BTreeMap::new() }
}

pub(crate) fn collector() -> HostCollector {
    HostCollector::new(Arc::new(Catalog::builtin().unwrap()), Redactor::new([7; 32]))
}

pub(crate) fn collector_of(root: impl Into<PathBuf>) -> HostCollector {
    collector().with_root(root.into())
}

/// What one listing said.
pub(crate) struct Seen {
    pub(crate) result: Result<(), Fault>,
    pub(crate) sink: Arc<MemorySink>,
}

impl Seen {
    /// The assets, after checking that the listing ended well.
    pub(crate) fn sightings(&self) -> Vec<Sighting> {
        assert_eq!(self.result, Ok(()));
        assert!(self.sink.is_done());
        self.sink.sightings()
    }

    /// The assets by id, each once.
    pub(crate) fn by_id(&self) -> BTreeMap<String, Sighting> {
        self.sightings().into_iter().map(|s| (s.asset.key.id.to_string(), s)).collect()
    }

    /// What kept the listing from being whole.
    pub(crate) fn problems(&self) -> Vec<String> {
        let words = |item| match item {
            Item::Problem { message, .. } => Some(message),
            _ => None,
        };
        self.sink.items().into_iter().filter_map(words).collect()
    }

    /// What is hidden of items that are all there.
    pub(crate) fn limits(&self) -> Vec<String> {
        let words = |item| match item {
            Item::Limited { message, .. } => Some(message),
            _ => None,
        };
        self.sink.items().into_iter().filter_map(words).collect()
    }

    /// What would show what is hidden.
    pub(crate) fn permissions(&self) -> Vec<String> {
        let words = |item| match item {
            Item::Problem { missing_permission, .. } | Item::Limited { missing_permission, .. } => {
                missing_permission
            }
            _ => None,
        };
        self.sink.items().into_iter().filter_map(words).collect()
    }
}

/// Runs one listing.
pub(crate) async fn collect(collector: &HostCollector, listing: &str) -> Seen {
    let (context, sink) = context(OPERATIONS);
    let plan = collector.plan(&source(), &context).await.unwrap();
    let scope = plan.scopes.into_iter().find(|s| s.key.listing == listing).unwrap();
    let result = collector.collect(&source(), &scope, &context).await;
    Seen { result, sink }
}

/// A field of the payload.
pub(crate) fn field(asset: &Asset, pointer: &str) -> Value {
    asset.properties.value().pointer(pointer).cloned().unwrap_or_default()
}

/// The ends of the edges of one relation.
pub(crate) fn targets(sighting: &Sighting, relation: &str) -> Vec<String> {
    let edges = sighting.references.iter().filter(|r| r.relation.as_str() == relation);
    edges.map(|r| r.target.to_string()).collect()
}
