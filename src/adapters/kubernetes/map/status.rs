//! How an object is, in the words that kubectl and k9s print, and what they mean. Pure functions of one
//! object; what is derived from several objects is not here.

mod condition;
mod network;
mod node;
mod pod;
mod storage;
mod word;
mod workload;

use cloudscope_domain::Status;
use serde_json::Value;

use crate::resource::Resource;

/// The status of an object; `None` for kinds that have none.
pub(super) fn of(resource: &Resource, object: &Value) -> Option<Status> {
    let status = match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Pod") => Some(pod::status(object)),
        ("", "Node") => Some(node::status(object)),
        ("", "Namespace" | "PersistentVolumeClaim" | "PersistentVolume") => storage::phase(object),
        ("", "Service") => Some(network::service(object)),
        ("", "ReplicationController") | ("apps", "ReplicaSet") => Some(workload::replica_set(object)),
        ("", "Event") | ("events.k8s.io", "Event") => None,
        ("", "ComponentStatus") => None,
        ("apps", "Deployment") => Some(workload::deployment(object)),
        ("apps", "StatefulSet") => Some(workload::stateful_set(object)),
        ("apps", "DaemonSet") => Some(workload::daemon_set(object)),
        ("batch", "Job") => Some(workload::job(object)),
        ("batch", "CronJob") => Some(workload::cron_job(object)),
        ("autoscaling", "HorizontalPodAutoscaler") => workload::autoscaler(object),
        ("policy", "PodDisruptionBudget") => workload::disruption_budget(object),
        ("networking.k8s.io", "Ingress") => Some(network::ingress(object)),
        ("gateway.networking.k8s.io", "Gateway") => network::gateway(object),
        ("gateway.networking.k8s.io", kind) if kind.ends_with("Route") => network::route(object),
        ("gateway.networking.k8s.io", "GatewayClass") => condition::positive(object, &["Accepted"]),
        ("storage.k8s.io", "VolumeAttachment") => storage::attachment(object),
        ("snapshot.storage.k8s.io", "VolumeSnapshot" | "VolumeSnapshotContent") => storage::snapshot(object),
        ("certificates.k8s.io", "CertificateSigningRequest") => Some(condition::signing_request(object)),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => Some(condition::definition(object)),
        ("apiregistration.k8s.io", "APIService") => Some(condition::api_service(object)),
        ("resource.k8s.io", "ResourceClaim") => Some(condition::resource_claim(object)),
        ("argoproj.io", "Application") => condition::argo_application(object),
        _ => condition::generic(object),
    };
    // A word of the object itself may be anything.
    status.map(|s| if word::is_short(&s.word) { s } else { word::cut(&s) })
}

#[cfg(test)]
mod tests;
