//! One Kubernetes cluster on the machines of the production account: a node is an EC2 instance. Lists
//! are consistent answers of one server, so they are snapshots.

mod object;
mod workloads;

use serde_json::{Value, json};

use crate::{
    aws::{HOME, fleet},
    place::{CLUSTER, Listing, Made, Place},
    world::{SERVICES, World},
};

const PLACE: Place = Place { account: CLUSTER, region: "", parent: "", env: "prod", number: 12 };

static LISTINGS: [Listing; 11] = [
    Listing::snapshot("nodes", &["k8s.core.node"], nodes),
    Listing::snapshot("namespaces", &["k8s.core.namespace"], namespaces),
    Listing::snapshot("serviceaccounts", &["k8s.core.service-account"], service_accounts),
    Listing::snapshot("deployments.apps", &["k8s.apps.deployment"], workloads::deployments),
    Listing::snapshot("replicasets.apps", &["k8s.apps.replica-set"], workloads::replica_sets),
    Listing::snapshot("statefulsets.apps", &["k8s.apps.stateful-set"], workloads::stateful_sets),
    Listing::snapshot("pods", &["k8s.core.pod"], workloads::pods),
    Listing::snapshot("services", &["k8s.core.service"], workloads::services),
    Listing::snapshot("secrets", &["k8s.core.secret"], workloads::secrets),
    Listing::snapshot("configmaps", &["k8s.core.config-map"], workloads::config_maps),
    Listing::snapshot("persistentvolumeclaims", &["k8s.core.persistent-volume-claim"], workloads::claims),
];

pub(crate) fn sites() -> impl Iterator<Item = (Place, &'static [Listing])> {
    std::iter::once((PLACE, LISTINGS.as_slice()))
}

/// The uid of the cluster: that of its `kube-system` namespace.
pub(crate) fn cluster_uid(world: &World) -> String {
    world.uuid(format_args!("cluster {CLUSTER}"))
}

/// One namespace per service, and the two that every cluster has.
pub(crate) fn namespace_names() -> impl Iterator<Item = &'static str> {
    ["default", "kube-system"].into_iter().chain(SERVICES.iter().map(|(name, _)| *name))
}

pub(crate) fn node_names(world: &World) -> Vec<String> {
    nodes_of(world).iter().map(|m| m.private_name(&HOME)).collect()
}

fn nodes_of(world: &World) -> Vec<fleet::Machine> {
    fleet::machines(world, &HOME).into_iter().filter(|m| m.node).collect()
}

fn nodes(world: &World, _: &Place) -> Vec<Made> {
    nodes_of(world)
        .into_iter()
        .enumerate()
        .map(|(i, m)| {
            let name = m.private_name(&HOME);
            let pressed = i == 7;
            let labels = json!({
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": "m6i.xlarge",
                "topology.kubernetes.io/region": HOME.region,
                "topology.kubernetes.io/zone": m.zone,
                "eks.amazonaws.com/nodegroup": "general"
            });
            let mut meta = object::metadata(world, &format!("node {name}"), &name, None, labels);
            meta["creationTimestamp"] = json!(m.launched);
            let condition = |kind: &str, status: bool, reason: &str| {
                json!({"type": kind, "status": if status { "True" } else { "False" }, "reason": reason,
                    "lastTransitionTime": m.launched})
            };
            let spec = json!({
                "providerID": format!("aws:///{}/{}", m.zone, m.id),
                "podCIDR": format!("100.64.{i}.0/24"),
                "unschedulable": pressed
            });
            let status = json!({
                "addresses": [
                    {"type": "InternalIP", "address": m.address},
                    {"type": "Hostname", "address": name}
                ],
                "capacity": {"cpu": "4", "memory": "16069396Ki", "pods": "58"},
                "allocatable": {"cpu": "3920m", "memory": "15052564Ki", "pods": "58"},
                "conditions": [
                    condition("MemoryPressure", pressed, if pressed { "KubeletHasInsufficientMemory" } else { "KubeletHasSufficientMemory" }),
                    condition("Ready", true, "KubeletReady")
                ],
                "nodeInfo": {
                    "kubeletVersion": "v1.31.2-eks-94953ac", "osImage": "Amazon Linux 2023",
                    "kernelVersion": "6.1.115-126.197.amzn2023.x86_64", "architecture": "amd64",
                    "containerRuntimeVersion": "containerd://1.7.23",
                    "machineID": world.hex(format_args!("machine {}", m.id), 32)
                }
            });
            Made::new("k8s.core.node", object::object("v1", "Node", meta, [("spec", spec), ("status", status)]))
        })
        .collect()
}

fn namespaces(world: &World, _: &Place) -> Vec<Made> {
    namespace_names()
        .map(|name| {
            let labels: Value = json!({"kubernetes.io/metadata.name": name});
            let mut meta = object::metadata(world, &format!("namespace {name}"), name, None, labels);
            if name == "kube-system" {
                meta["uid"] = json!(cluster_uid(world));
            }
            let phase = [("status", json!({"phase": "Active"}))];
            Made::new("k8s.core.namespace", object::object("v1", "Namespace", meta, phase))
        })
        .collect()
}

/// Kubernetes makes one called `default` in each namespace.
fn service_accounts(world: &World, _: &Place) -> Vec<Made> {
    namespace_names()
        .map(|namespace| {
            let what = format!("service account {namespace}/default");
            let meta = object::metadata(world, &what, "default", Some(namespace), json!({}));
            Made::new("k8s.core.service-account", object::object("v1", "ServiceAccount", meta, []))
        })
        .collect()
}
