//! Kubernetes: `apps/deployments list`, `pods list in kube-system`, or the API server's own sentence
//! (`pods is forbidden: User "x" cannot list resource "pods" in API group "" at the cluster scope`);
//! granted by a ClusterRole, and by a Role where only a namespace was denied.
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use cloudscope_domain::ScopeKey;

use super::dialect::{Dialect, Document, Need, Said, WILDCARD, plain};

pub(super) struct Kubernetes;

/// The API groups of Kubernetes itself, whose kinds are known; kinds of extensions may hold anything.
const GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "gateway.networking.k8s.io",
    "metrics.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "snapshot.storage.k8s.io",
    "storage.k8s.io",
];

/// Parts of a kind that are reached by a path of their own.
const SUBRESOURCES: &[&str] = &[
    "approval",
    "attach",
    "binding",
    "ephemeralcontainers",
    "eviction",
    "exec",
    "finalize",
    "log",
    "portforward",
    "proxy",
    "resize",
    "scale",
    "status",
    "token",
];

const SUBRESOURCE: &str = "subresources are never read";

/// What was denied.
#[derive(Debug, PartialEq, Eq)]
struct Asked<'a> {
    verb: &'a str,
    group: &'a str,
    resource: &'a str,
    namespace: Option<&'a str>,
}

impl Dialect for Kubernetes {
    fn collectors(&self) -> &'static [&'static str] {
        &["k8s", "kubernetes"]
    }

    fn read(&self, named: &str, _: &str) -> Vec<Said> {
        if let Some((_, path)) = named.rsplit_once(" cannot get path \"") {
            let path = path.split('"').next().unwrap_or_default();
            let reason = "it is a path of the server, not a kind of thing";
            return vec![Said::LeftOut { permission: format!("get {path}"), reason }];
        }
        let Some(asked) = sentence(named).or_else(|| brief(named)) else { return Vec::new() };
        let name = match asked.group {
            "" => format!("{} {}", asked.resource, asked.verb),
            group => format!("{group}/{} {}", asked.resource, asked.verb),
        };
        vec![match judge(&asked) {
            Ok(()) => Said::Need(Need { namespace: asked.namespace.map(str::to_owned), permission: name }),
            Err(reason) => Said::LeftOut { permission: name, reason },
        }]
    }

    /// What is granted everywhere is granted in each namespace.
    fn reduce(&self, needs: &mut BTreeMap<Need, BTreeSet<ScopeKey>>) {
        let covered: Vec<Need> = needs
            .keys()
            .filter(|n| n.namespace.is_some() && needs.contains_key(&Need::everywhere(n.permission.as_str())))
            .cloned()
            .collect();
        for need in covered {
            let scopes = needs.remove(&need).unwrap_or_default();
            needs.entry(Need::everywhere(need.permission)).or_default().extend(scopes);
        }
    }

    fn document(&self, needs: &[Need], _: &BTreeSet<String>) -> Document {
        let mut roles: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
        for need in needs {
            roles.entry(need.namespace.as_deref()).or_default().push(&need.permission);
        }
        let everywhere = roles.contains_key(&None);
        let texts: Vec<String> = roles.into_iter().map(|(namespace, all)| role(namespace, &all)).collect();
        Document {
            title: if everywhere { "Kubernetes ClusterRole" } else { "Kubernetes Role" },
            format: "yaml",
            text: texts.join("---\n"),
            remark: None,
        }
    }
}

/// One role. Rules are as few as can be without granting a pair of kind and verb that is not needed.
fn role(namespace: Option<&str>, permissions: &[&str]) -> String {
    let mut verbs: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for permission in permissions {
        // Of our own making: `group/resource verb`.
        let (path, verb) = permission.split_once(' ').unwrap_or((permission, "list"));
        verbs.entry(path.split_once('/').unwrap_or(("", path))).or_default().insert(verb);
    }
    let mut rules: BTreeMap<(&str, BTreeSet<&str>), BTreeSet<&str>> = BTreeMap::new();
    for ((group, resource), verbs) in verbs {
        rules.entry((group, verbs)).or_default().insert(resource);
    }
    let kind = if namespace.is_some() { "Role" } else { "ClusterRole" };
    let mut text = format!(
        "apiVersion: \"rbac.authorization.k8s.io/v1\"\nkind: \"{kind}\"\nmetadata:\n  name: \"cloudscope-reader\"\n"
    );
    if let Some(namespace) = namespace {
        let _ = writeln!(text, "  namespace: \"{namespace}\"");
    }
    text.push_str("rules:\n");
    for ((group, verbs), resources) in rules {
        let _ = writeln!(text, "- apiGroups: [\"{group}\"]");
        let _ = writeln!(text, "  resources: [{}]", list(&resources));
        let _ = writeln!(text, "  verbs: [{}]", list(&verbs));
    }
    text
}

fn list(words: &BTreeSet<&str>) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("\"{w}\"")).collect();
    quoted.join(", ")
}

/// The sentence of the API server. The last one counts: a user may be called anything.
fn sentence(text: &str) -> Option<Asked<'_>> {
    let (_, rest) = text.rsplit_once(" cannot ")?;
    let (verb, rest) = rest.split_once(" resource \"")?;
    let (resource, rest) = rest.split_once("\" in API group \"")?;
    let (group, rest) = rest.split_once('"')?;
    let namespace = if rest.starts_with(" at the cluster scope") {
        None
    } else {
        Some(rest.strip_prefix(" in the namespace \"")?.split_once('"')?.0)
    };
    Some(Asked { verb, group, resource, namespace }).filter(well_formed)
}

/// `apps/deployments list`, `deployments.apps list`, `pods list in kube-system`.
fn brief(text: &str) -> Option<Asked<'_>> {
    let words: Vec<&str> = text.split(' ').collect();
    let (path, verb, namespace) = match words.as_slice() {
        [path, verb] => (*path, *verb, None),
        [path, verb, "in", namespace] => (*path, *verb, Some(*namespace)),
        _ => return None,
    };
    let (group, resource) = match path.split_once('/') {
        Some((resource, sub)) if SUBRESOURCES.contains(&sub) => {
            let _ = resource;
            ("", path)
        }
        Some(("core", resource)) => ("", resource),
        Some((group, resource)) => (group, resource),
        None => match path.split_once('.') {
            Some((resource, group)) => (group, resource),
            None => ("", path),
        },
    };
    Some(Asked { verb, group, resource, namespace }).filter(well_formed)
}

fn well_formed(asked: &Asked<'_>) -> bool {
    let lower =
        |word: &str, besides: &str| plain(word, besides) && !word.chars().any(|c| c.is_ascii_uppercase());
    lower(asked.verb, "*")
        && lower(asked.resource, "-/*")
        && (asked.group.is_empty() || lower(asked.group, ".-*"))
        && asked.namespace.is_none_or(|n| lower(n, "-") && n.len() <= 63)
}

fn judge(asked: &Asked<'_>) -> Result<(), &'static str> {
    if [asked.verb, asked.group, asked.resource].iter().any(|part| part.contains('*')) {
        return Err(WILDCARD);
    }
    if asked.resource.contains('/') {
        return Err(SUBRESOURCE);
    }
    if ["secret", "token", "credential"].iter().any(|word| asked.resource.contains(word)) {
        return Err("it holds secrets");
    }
    if (asked.group, asked.resource) == ("", "configmaps") {
        return Err("configuration often holds secrets; add it by hand if yours does not");
    }
    if !["get", "list", "watch"].contains(&asked.verb) {
        return Err("it does not list or describe");
    }
    if !GROUPS.contains(&asked.group) {
        return Err("it is a kind of an extension, and may hold anything; add it by hand if it is harmless");
    }
    Ok(())
}
