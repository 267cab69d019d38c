//! Objects that are rewritten every few seconds without anything having happened: what of them is noise.

use serde_json::Value;

use super::read::text;
use crate::resource::Resource;

/// Fields of this one object whose changes say nothing, besides those that its row names.
pub(super) fn of(resource: &Resource, object: &Value) -> &'static [&'static str] {
    match (resource.group.as_str(), resource.kind.as_str(), text(object, &["metadata", "name"])) {
        // The cluster autoscaler writes the time of every look into it.
        ("", "ConfigMap", name) if name.starts_with("cluster-autoscaler-status") => {
            &["/data/status", "/metadata/annotations/cluster-autoscaler.kubernetes.io~1last-updated"]
        }
        _ => &[],
    }
}
