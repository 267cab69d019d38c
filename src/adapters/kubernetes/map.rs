//! From objects of an API server to sightings: what is derived from an object is put beside it, what
//! must not be kept is taken out of it, and the catalog does the rest.
//!
//! Knows objects and rows; knows no network and nothing of when an object was seen.

mod containers;
mod facts;
mod kind;
mod names;
mod noise;
mod quantity;
mod read;
mod scrub;
mod status;

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_catalog::{Catalog, MapContext};
use cloudscope_domain::{AssetKey, Kind, Sighting, redact::Redactor};
use cloudscope_ports::KindNames;
use serde_json::Value;

pub(crate) use names::known as known_names;

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
    context: MapContext,
}

impl Mapper {
    pub(crate) fn new(catalog: Arc<Catalog>, redactor: Redactor, cluster: Cluster) -> Self {
        let variables = BTreeMap::from([("cluster".to_owned(), cluster.uid.clone())]);
        let context = MapContext { account: cluster.name.clone(), region: String::new(), variables };
        Self { catalog, redactor, cluster, context }
    }

    /// The kind of the objects of a resource.
    pub(crate) fn kind(&self, resource: &Resource) -> Kind {
        kind::of(resource)
    }

    /// What people call that kind.
    pub(crate) fn names(&self, resource: &Resource) -> KindNames {
        names::of(resource)
    }

    /// The key of an object, of which only the metadata are needed; `None` where it has no name
    /// or uid.
    pub(crate) fn key(&self, resource: &Resource, object: &Value) -> Option<AssetKey> {
        let metadata = object.get("metadata")?;
        let text = |name: &str| metadata.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
        let name = text("name")?;
        // What is made when it is asked for has no uid; see its row.
        let uid = text("uid").or((resource.kind == "ComponentStatus").then_some(name))?;
        let id = match text("namespace") {
            Some(namespace) => format!("{}{name}", self.within(resource, namespace)),
            None => {
                let group = if resource.group.is_empty() { "core" } else { &resource.group };
                format!("{}/{group}/{}/{name}", self.cluster.uid, resource.kind)
            }
        };
        let clean = |text: String| self.redactor.text(&text).unwrap_or(text);
        Some(AssetKey::new(clean(id), clean(uid.to_owned())))
    }

    /// What the ids of the objects in a namespace begin with.
    pub(crate) fn within(&self, resource: &Resource, namespace: &str) -> String {
        let group = if resource.group.is_empty() { "core" } else { &resource.group };
        format!("{}/{group}/{}/{namespace}/", self.cluster.uid, resource.kind)
    }

    /// An object as the inventory keeps it.
    ///
    /// # Errors
    /// In words, when it is no object with a name and a uid.
    pub(crate) fn sighting(&self, resource: &Resource, mut object: Value) -> Result<Sighting, String> {
        read::identify(resource, &mut object);
        let kind = kind::of(resource);
        let status = status::of(resource, &object);
        let facts = facts::of(resource, &object);
        scrub::object(resource, &mut object, &self.redactor);
        let noisy = noise::of(resource, &object);
        if let Value::Object(map) = &mut object
            && !facts.is_empty()
            && !map.contains_key(facts::FIELD)
        {
            map.insert(facts::FIELD.to_owned(), Value::Object(facts));
        }
        let own;
        let context = if kind::is_defined(resource) {
            own = self.with_definition(resource);
            &own
        } else {
            &self.context
        };
        let sighting = self.catalog.map_given(&kind, object, status, context, &self.redactor);
        let mut sighting = sighting.map_err(|why| why.to_string())?;
        if !noisy.is_empty() {
            let all = sighting.volatile.iter().map(String::as_str).chain(noisy.iter().copied());
            sighting.volatile = all.map(str::to_owned).collect();
        }
        Ok(sighting)
    }

    /// What rows may name, with the definition of a custom resource.
    fn with_definition(&self, resource: &Resource) -> MapContext {
        let mut context = self.context.clone();
        context.variables.insert("definition".to_owned(), resource.name());
        context
    }
}

#[cfg(test)]
mod tests;
