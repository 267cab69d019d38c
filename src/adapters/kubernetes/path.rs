//! What may be asked of an API server, and nothing else: every address is built here, every one is read with
//! GET, and none leads below an object.
//!
//! Knows no network and no answers.

use cloudscope_ports::{Fault, FaultKind, Operation};

use crate::resource::Resource;

/// What the server serves.
pub(crate) const DISCOVER: Operation = Operation::new("k8s:Discover");
/// All objects of a kind, page by page.
pub(crate) const LIST: Operation = Operation::new("k8s:List");
/// What happens to the objects of a kind.
pub(crate) const WATCH: Operation = Operation::new("k8s:Watch");
/// One object: only ever the namespace `kube-system`, whose uid names the cluster.
pub(crate) const GET: Operation = Operation::new("k8s:Get");

/// Every operation that may be asked for.
pub(crate) static OPERATIONS: [Operation; 4] = [DISCOVER, LIST, WATCH, GET];

/// A list in full, or only what every object has in common.
const WHOLE: &str = "application/json";
const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
/// Discovery of everything in one answer, where the server can.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                          application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                          application/json";

/// The objects of a kind, in all namespaces or in one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Objects<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) namespace: Option<&'a str>,
    /// Nothing but their metadata. There is no other choice in what is sent then: a server that cannot do it
    /// refuses.
    pub(crate) metadata: bool,
}

/// Where a watch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From<'a> {
    /// After this version.
    Version(&'a str),
    /// With everything that there is, then a mark, then what happens.
    Everything,
}

/// One question.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// The core group.
    Core,
    /// The other groups.
    Groups,
    /// The kinds of one version of a group.
    Version { group: &'a str, version: &'a str },
    /// The namespace whose uid names the cluster.
    KubeSystem,
    /// One page of a list.
    List { of: Objects<'a>, limit: Option<u32>, token: Option<&'a str> },
    /// A watch that the server ends after so many seconds.
    Watch { of: Objects<'a>, from: From<'a>, seconds: u32 },
}

impl Target<'_> {
    /// What the gate is asked for.
    pub(crate) fn operation(&self) -> &'static Operation {
        match self {
            Self::Core | Self::Groups | Self::Version { .. } => &OPERATIONS[0],
            Self::List { .. } => &OPERATIONS[1],
            Self::Watch { .. } => &OPERATIONS[2],
            Self::KubeSystem => &OPERATIONS[3],
        }
    }

    /// In which form the answer has to be.
    pub(crate) fn accept(&self) -> &'static str {
        match self {
            Self::Core | Self::Groups => AGGREGATED,
            Self::Version { .. } => WHOLE,
            Self::KubeSystem => METADATA,
            Self::List { of, .. } if of.metadata => METADATA_LIST,
            Self::Watch { of, .. } if of.metadata => METADATA,
            Self::List { .. } | Self::Watch { .. } => WHOLE,
        }
    }

    /// Path and query.
    ///
    /// # Errors
    /// When a name that the server gave could lead elsewhere.
    pub(crate) fn uri(&self) -> Result<String, Fault> {
        let segment = |text: &str| {
            if is_segment(text) {
                return Ok(text.to_owned());
            }
            let shown = cloudscope_domain::text::visible(text).into_owned();
            let words = format!("`{shown}` is no name of a group, version, kind or namespace; not asked for");
            Err(Fault::new(FaultKind::Refused, self.operation().as_str(), words))
        };
        Ok(match self {
            Self::Core => "/api".to_owned(),
            Self::Groups => "/apis".to_owned(),
            Self::Version { group: "", version } => format!("/api/{}", segment(version)?),
            Self::Version { group, version } => format!("/apis/{}/{}", segment(group)?, segment(version)?),
            Self::KubeSystem => "/api/v1/namespaces/kube-system".to_owned(),
            Self::List { of, limit, token } => {
                let mut query = Query(objects(of, segment)?);
                if let Some(limit) = limit {
                    query.add("limit", &limit.to_string());
                }
                if let Some(token) = token {
                    query.add("continue", token);
                }
                query.0
            }
            Self::Watch { of, from, seconds } => {
                let mut query = Query(objects(of, segment)?);
                query.add("watch", "true");
                query.add("allowWatchBookmarks", "true");
                query.add("timeoutSeconds", &seconds.to_string());
                match from {
                    From::Version(version) => query.add("resourceVersion", version),
                    From::Everything => {
                        query.add("sendInitialEvents", "true");
                        query.add("resourceVersionMatch", "NotOlderThan");
                    }
                }
                query.0
            }
        })
    }
}

fn objects(of: &Objects<'_>, segment: impl Fn(&str) -> Result<String, Fault>) -> Result<String, Fault> {
    let resource = of.resource;
    let mut path = if resource.group.is_empty() {
        format!("/api/{}", segment(&resource.version)?)
    } else {
        format!("/apis/{}/{}", segment(&resource.group)?, segment(&resource.version)?)
    };
    if let Some(namespace) = of.namespace {
        path.push_str("/namespaces/");
        path.push_str(&segment(namespace)?);
    }
    path.push('/');
    path.push_str(&segment(&resource.plural)?);
    Ok(path)
}

/// One part of a path: the letters of DNS names.
fn is_segment(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
        && !text.starts_with('.')
        && !text.ends_with('.')
}

struct Query(String);

impl Query {
    fn add(&mut self, key: &str, value: &str) {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        self.0.push_str(key);
        self.0.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                self.0.push(char::from(byte));
            } else {
                self.0.push_str(&format!("%{byte:02X}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(group: &str, plural: &str) -> Resource {
        Resource {
            group: group.into(),
            version: "v1".into(),
            kind: "Thing".into(),
            plural: plural.into(),
            singular: String::new(),
            short_names: Vec::new(),
            namespaced: true,
            watchable: true,
        }
    }

    fn objects_of<'a>(resource: &'a Resource, namespace: Option<&'a str>) -> Objects<'a> {
        Objects { resource, namespace, metadata: false }
    }

    #[test]
    fn the_operations_are_exactly_these() {
        let names: Vec<&str> = OPERATIONS.iter().map(Operation::as_str).collect();
        assert_eq!(names, ["k8s:Discover", "k8s:List", "k8s:Watch", "k8s:Get"]);
        let pods = resource("", "pods");
        let of = objects_of(&pods, None);
        let watch = Target::Watch { of, from: From::Everything, seconds: 1 };
        let all = [
            (Target::Core, DISCOVER),
            (Target::Groups, DISCOVER),
            (Target::Version { group: "apps", version: "v1" }, DISCOVER),
            (Target::KubeSystem, GET),
            (Target::List { of, limit: None, token: None }, LIST),
            (watch, WATCH),
        ];
        for (target, operation) in all {
            assert_eq!(*target.operation(), operation);
        }
    }

    #[test]
    fn addresses_are_those_of_collections() {
        let (pods, deployments) = (resource("", "pods"), resource("apps", "deployments"));
        let list = |of, limit, token| Target::List { of, limit, token }.uri().unwrap();
        assert_eq!(list(objects_of(&pods, None), None, None), "/api/v1/pods");
        assert_eq!(
            list(objects_of(&deployments, Some("a")), Some(500), Some("x/y=&")),
            "/apis/apps/v1/namespaces/a/deployments?limit=500&continue=x%2Fy%3D%26"
        );
        let watch = Target::Watch { of: objects_of(&pods, None), from: From::Version("12"), seconds: 290 };
        assert_eq!(
            watch.uri().unwrap(),
            "/api/v1/pods?watch=true&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion=12"
        );
    }

    #[test]
    fn no_name_leads_below_an_object_or_elsewhere() {
        for bad in ["pods/x", "pods/x/log", "..", ".", "", "a?b", "a%2fb", "a#b", "a b", "Pods", "a\u{e9}"] {
            let odd = resource("", bad);
            let list = Target::List { of: objects_of(&odd, None), limit: None, token: None };
            assert!(list.uri().is_err(), "{bad}");
            let pods = resource("", "pods");
            let inside = Target::List { of: objects_of(&pods, Some(bad)), limit: None, token: None };
            assert!(inside.uri().is_err(), "{bad}");
            assert!(Target::Version { group: "a", version: bad }.uri().is_err(), "{bad}");
        }
    }

    #[test]
    fn metadata_alone_leaves_the_server_no_choice() {
        let secrets = resource("", "secrets");
        let of = Objects { resource: &secrets, namespace: None, metadata: true };
        for target in [
            Target::List { of, limit: None, token: None },
            Target::Watch { of, from: From::Version("1"), seconds: 1 },
            Target::Watch { of, from: From::Everything, seconds: 1 },
        ] {
            assert!(target.accept().split(',').all(|form| form.contains("as=PartialObjectMetadata")));
        }
    }
}
