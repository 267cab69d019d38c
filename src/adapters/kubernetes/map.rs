//! From objects of an API server to sightings.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_catalog::Catalog;
use cloudscope_domain::{AssetKey, Kind, Sighting, redact::Redactor};
use serde_json::Value;

use crate::resource::Resource;

/// A cluster, as ids and records name it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Cluster {
    /// The uid of its `kube-system` namespace: every id begins with it.
    pub(crate) uid: String,
    /// What people call it: the context that reaches it. The account of its records.
    pub(crate) name: String,
}

/// Maps objects of one cluster.
#[derive(Clone)]
pub(crate) struct Mapper {
    catalog: Arc<Catalog>,
    redactor: Redactor,
    cluster: Cluster,
    variables: BTreeMap<String, String>,
}

impl Mapper {
    pub(crate) fn new(catalog: Arc<Catalog>, redactor: Redactor, cluster: Cluster) -> Self {
        let variables = BTreeMap::from([("cluster".to_owned(), cluster.uid.clone())]);
        Self { catalog, redactor, cluster, variables }
    }
}
