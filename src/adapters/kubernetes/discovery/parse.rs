//! Discovery documents of both sorts, and which of what they name is listed.
//!
//! Bytes in, resources out; knows no network.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::resource::Resource;

/// One answer.
#[derive(Debug)]
pub(crate) enum Document {
    /// Aggregated: groups with all versions and kinds, the preferred version first.
    Everything(Vec<Group>),
    /// The versions of the core group.
    CoreVersions(Vec<String>),
    /// Group and version, the preferred version of each group first.
    Groups(Vec<(String, String)>),
    /// What one version of a group serves.
    Resources(Vec<Entry>),
}

/// A group of an aggregated document.
#[derive(Debug, Deserialize)]
pub(crate) struct Group {
    #[serde(default)]
    metadata: Named,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Debug, Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

#[derive(Debug, Deserialize)]
struct Version {
    #[serde(default)]
    version: String,
    #[serde(default)]
    resources: Vec<Aggregated>,
    #[serde(default)]
    freshness: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Aggregated {
    resource: String,
    #[serde(default)]
    response_kind: Option<Kind>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    singular_resource: String,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    short_names: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Kind {
    #[serde(default)]
    kind: String,
}

/// A line of an unaggregated document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    name: String,
    #[serde(default)]
    singular_name: String,
    #[serde(default)]
    namespaced: bool,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    short_names: Vec<String>,
}

#[derive(Deserialize)]
struct Sort {
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
struct Items {
    #[serde(default)]
    items: Option<Vec<Group>>,
}

#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    versions: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Groups {
    #[serde(default)]
    groups: Option<Vec<Listed>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    versions: Vec<ListedVersion>,
    #[serde(default)]
    preferred_version: Option<ListedVersion>,
}

#[derive(Deserialize)]
struct ListedVersion {
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
struct Resources {
    #[serde(default)]
    resources: Option<Vec<Entry>>,
}

/// Reads an answer.
///
/// # Errors
/// What it is instead.
pub(crate) fn document(body: &[u8]) -> Result<Document, String> {
    fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
        serde_json::from_slice(body).map_err(|e| format!("not JSON of the expected form ({e})"))
    }
    match read::<Sort>(body)?.kind.as_str() {
        "APIGroupDiscoveryList" => Ok(Document::Everything(read::<Items>(body)?.items.unwrap_or_default())),
        "APIVersions" => Ok(Document::CoreVersions(read::<Versions>(body)?.versions.unwrap_or_default())),
        "APIGroupList" => {
            let groups = read::<Groups>(body)?.groups.unwrap_or_default();
            Ok(Document::Groups(groups.into_iter().flat_map(in_order).collect()))
        }
        "APIResourceList" => Ok(Document::Resources(read::<Resources>(body)?.resources.unwrap_or_default())),
        other => Err(format!("the kind is `{}`", crate::failure::shown(other))),
    }
}

/// The versions of a group, the preferred one first.
fn in_order(group: Listed) -> Vec<(String, String)> {
    let preferred = group.preferred_version.map(|v| v.version);
    let mut versions: Vec<String> = group.versions.into_iter().map(|v| v.version).collect();
    versions.sort_by_key(|v| Some(v) != preferred.as_ref());
    versions.into_iter().map(|v| (group.name.clone(), v)).collect()
}

/// Objects that a server shows under two groups: of the first, what the second one serves under the same name is
/// left out.
const SAME: [(&str, &str); 5] = [
    ("events.k8s.io", ""),
    ("extensions", "apps"),
    ("extensions", "networking.k8s.io"),
    ("extensions", "policy"),
    ("authorization.openshift.io", "rbac.authorization.k8s.io"),
];

/// What a server serves, by group and plural; of each the version that the server likes best.
#[derive(Debug, Default)]
pub(crate) struct Served {
    found: BTreeMap<(String, String), Resource>,
    stale: BTreeSet<String>,
}

impl Served {
    /// Takes an aggregated document.
    pub(crate) fn aggregated(&mut self, groups: Vec<Group>) {
        for group in groups {
            for version in group.versions {
                if version.freshness == "Stale" {
                    self.stale.insert(group.metadata.name.clone());
                }
                for one in version.resources {
                    let kind = one.response_kind.unwrap_or_default().kind;
                    let resource = Resource {
                        group: group.metadata.name.clone(),
                        version: version.version.clone(),
                        kind,
                        plural: one.resource,
                        singular: one.singular_resource,
                        short_names: one.short_names,
                        namespaced: one.scope == "Namespaced",
                        watchable: false,
                    };
                    self.take(resource, &one.verbs);
                }
            }
        }
    }

    /// Takes what one version of a group serves. Versions come in the order in which they are liked.
    pub(crate) fn version(&mut self, group: &str, version: &str, entries: Vec<Entry>) {
        for entry in entries {
            let resource = Resource {
                group: group.to_owned(),
                version: version.to_owned(),
                kind: entry.kind,
                plural: entry.name,
                singular: entry.singular_name,
                short_names: entry.short_names,
                namespaced: entry.namespaced,
                watchable: false,
            };
            self.take(resource, &entry.verbs);
        }
    }

    fn take(&mut self, resource: Resource, verbs: &[String]) {
        let can = |verb: &str| verbs.iter().any(|v| v == verb);
        // `pods/log` and its like are parts of objects. A kind without a name cannot be told from others.
        if resource.plural.contains('/') || resource.kind.is_empty() || !can("list") {
            return;
        }
        let place = (resource.group.clone(), resource.plural.clone());
        self.found.entry(place).or_insert(Resource { watchable: can("watch"), ..resource });
    }

    /// Groups of which the server knows only what was once.
    pub(crate) fn stale(&self) -> impl Iterator<Item = &str> {
        self.stale.iter().map(String::as_str)
    }

    /// The names of all that can be listed.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.found.values().map(Resource::name).collect()
    }

    /// Everything that is listed, each object once.
    pub(crate) fn resources(self) -> Vec<Resource> {
        let is_twice = |(group, plural): &(String, String)| {
            SAME.iter().any(|(old, new)| {
                old == group && self.found.contains_key(&((*new).to_owned(), plural.clone()))
            })
        };
        let twice: Vec<_> = self.found.keys().filter(|place| is_twice(place)).cloned().collect();
        let mut found = self.found;
        for place in twice {
            found.remove(&place);
        }
        found.into_values().collect()
    }
}

#[cfg(test)]
mod tests;
