//! The frame that every Kubernetes object has: apiVersion, kind and metadata.

use serde_json::{Value, json};

use crate::world::World;

/// Metadata with a uid and a creation time that follow from `what`.
pub(super) fn metadata(
    world: &World,
    what: &str,
    name: &str,
    namespace: Option<&str>,
    labels: Value,
) -> Value {
    let mut meta = json!({
        "name": name,
        "uid": world.uuid(format_args!("uid {what}")),
        "resourceVersion": (100_000 + world.below(format_args!("rv {what}"), 9_000_000)).to_string(),
        "creationTimestamp": world.created(format_args!("k8s {what}"))
    });
    meta["labels"] = labels;
    if let Some(namespace) = namespace {
        meta["namespace"] = json!(namespace);
    }
    meta
}

/// The object around some metadata.
pub(super) fn object<const N: usize>(api: &str, kind: &str, meta: Value, parts: [(&str, Value); N]) -> Value {
    let mut out = json!({"apiVersion": api, "kind": kind});
    out["metadata"] = meta;
    for (name, part) in parts {
        out[name] = part;
    }
    out
}

/// What `ownerReferences` holds.
pub(super) fn owner(world: &World, api: &str, kind: &str, what: &str, name: &str) -> Value {
    json!([{
        "apiVersion": api, "kind": kind, "name": name, "uid": world.uuid(format_args!("uid {what}")),
        "controller": true, "blockOwnerDeletion": true
    }])
}
