//! The documents of discovery: groups and their resources, one document a group or all of them in one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::kinds::Served;

/// The version that the server says it is.
pub(crate) fn version() -> Value {
    json!({
        "major": "1", "minor": "33", "gitVersion": "v1.33.4-fake", "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean", "buildDate": "2025-08-12T00:00:00Z", "goVersion": "go1.24.5",
        "compiler": "gc", "platform": "linux/amd64",
    })
}

/// `/api`, as it always was.
pub(crate) fn core() -> Value {
    json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
}

fn group(name: &str, version: &str) -> Value {
    let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({"name": name, "versions": [version], "preferredVersion": version})
}

/// `/apis`, as it always was.
pub(crate) fn groups(served: &[Served]) -> Value {
    let mut seen = BTreeSet::new();
    let others = served.iter().filter(|s| !s.group.is_empty() && seen.insert(&s.group));
    let groups: Vec<Value> = others.map(|s| group(&s.group, &s.version)).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/GROUP`.
pub(crate) fn one_group(served: &[Served], name: &str) -> Option<Value> {
    let first = served.iter().find(|s| s.group == name)?;
    let mut out = json!({"kind": "APIGroup", "apiVersion": "v1"});
    let object = out.as_object_mut()?;
    object.extend(group(name, &first.version).as_object()?.clone());
    Some(out)
}

/// `/apis/GROUP/VERSION`, `/api/v1`.
pub(crate) fn resources(served: &[Served], group: &str, version: &str) -> Option<Value> {
    let mut list = Vec::new();
    for s in served.iter().filter(|s| s.group == group && s.version == version) {
        let mut row = json!({
            "name": s.plural, "singularName": s.singular, "namespaced": s.namespaced,
            "kind": s.kind, "verbs": s.verbs,
        });
        if !s.short_names.is_empty() {
            row["shortNames"] = json!(s.short_names);
        }
        list.push(row);
        for (part, verbs) in &s.parts {
            let name = format!("{}/{part}", s.plural);
            let mut row = json!({"name": name, "singularName": "", "namespaced": s.namespaced});
            if part == "scale" {
                row["group"] = json!("autoscaling");
                row["version"] = json!("v1");
            }
            row["kind"] = json!(part_kind(s, part));
            row["verbs"] = json!(verbs);
            list.push(row);
        }
    }
    let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    (!list.is_empty()).then(
        || json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": list}),
    )
}

fn part_kind<'a>(of: &'a Served, part: &str) -> &'a str {
    match part {
        "scale" => "Scale",
        "eviction" => "Eviction",
        "binding" => "Binding",
        "token" => "TokenRequest",
        "exec" => "PodExecOptions",
        "attach" => "PodAttachOptions",
        "portforward" => "PodPortForwardOptions",
        _ => &of.kind,
    }
}

/// All groups in one document, the core one or the others. Those that are broken are told as stale.
pub(crate) fn aggregated(served: &[Served], core: bool, format: &str, broken: &BTreeSet<String>) -> Value {
    let mut order = Vec::new();
    let mut groups: BTreeMap<&str, (&str, Vec<Value>)> = BTreeMap::new();
    for s in served.iter().filter(|s| s.group.is_empty() == core) {
        let (_, list) = groups.entry(&s.group).or_insert_with(|| {
            order.push(s.group.as_str());
            (&s.version, Vec::new())
        });
        let kind = |kind: &str| {
            let (group, version) =
                if kind == "Scale" { ("autoscaling", "v1") } else { (&*s.group, &*s.version) };
            json!({"group": group, "version": version, "kind": kind})
        };
        let mut row = json!({
            "resource": s.plural, "responseKind": kind(&s.kind),
            "scope": if s.namespaced { "Namespaced" } else { "Cluster" },
            "singularResource": s.singular, "verbs": s.verbs,
        });
        if !s.short_names.is_empty() {
            row["shortNames"] = json!(s.short_names);
        }
        let parts = s.parts.iter().map(|(part, verbs)| {
            json!({"subresource": part, "responseKind": kind(part_kind(s, part)), "verbs": verbs})
        });
        let parts: Vec<Value> = parts.collect();
        if !parts.is_empty() {
            row["subresources"] = json!(parts);
        }
        list.push(row);
    }
    let items: Vec<Value> = order
        .into_iter()
        .filter_map(|name| {
            let (version, list) = groups.remove(name)?;
            let metadata = if core {
                json!({"creationTimestamp": null})
            } else {
                json!({"name": name, "creationTimestamp": null})
            };
            let version = if broken.contains(name) {
                json!({"version": version, "freshness": "Stale"})
            } else {
                json!({"version": version, "resources": list, "freshness": "Current"})
            };
            Some(json!({"metadata": metadata, "versions": [version]}))
        })
        .collect();
    json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": format!("apidiscovery.k8s.io/{format}"),
        "metadata": {}, "items": items,
    })
}
