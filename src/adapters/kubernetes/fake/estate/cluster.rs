//! What a cluster has once: nodes, storage, classes, roles, definitions, webhooks, other API servers.

use serde_json::json;

use super::{Size, sheet::Sheet};
use crate::fake::kinds::{DEFINITIONS, definition, served};

pub(crate) fn fill(sheet: &mut Sheet<'_>, size: Size) {
    for n in 0..size.nodes.max(3) {
        node(sheet, n);
    }
    sheet.put(
        "storageclasses.storage.k8s.io",
        json!({"metadata": {"name": "gp3"}, "provisioner": "ebs.csi.aws.com", "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer"}),
    );
    sheet.put(
        "ingressclasses.networking.k8s.io",
        json!({"metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}),
    );
    sheet.put(
        "priorityclasses.scheduling.k8s.io",
        json!({"metadata": {"name": "system-cluster-critical"}, "value": 2_000_000_000, "globalDefault": false}),
    );
    sheet.put(
        "gatewayclasses.gateway.networking.k8s.io",
        json!({"metadata": {"name": "envoy"}, "spec": {"controllerName": "gateway.envoyproxy.io/controller"}}),
    );
    sheet.put(
        "clusterissuers.cert-manager.io",
        json!({"metadata": {"name": "letsencrypt"}, "spec": {"acme": {"server": "https://acme.example.com"}}}),
    );
    sheet.put(
        "clusterroles.rbac.authorization.k8s.io",
        json!({"metadata": {"name": "view"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
    );
    sheet.put(
        "clusterrolebindings.rbac.authorization.k8s.io",
        json!({
            "metadata": {"name": "everybody-views"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "developers"}],
        }),
    );
    let binding = "rbac.authorization.k8s.io/ClusterRoleBinding/everybody-views";
    sheet.plan.link(binding, "rbac.authorization.k8s.io/ClusterRole/view", "");
    system(sheet);
    for s in served().iter().filter(|s| s.custom && s.group != "metrics.k8s.io") {
        sheet.put(DEFINITIONS, definition(s));
    }
}

fn node(sheet: &mut Sheet<'_>, n: usize) {
    let name = format!("node-{n}");
    let instance = format!("i-{:017x}", sheet.roll() >> 4);
    sheet.put(
        "nodes",
        json!({
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/region": "eu-west-1", "topology.kubernetes.io/zone": format!("eu-west-1{}", ["a", "b", "c"][n % 3])}},
            "spec": {"providerID": format!("aws:///eu-west-1a/{instance}"), "podCIDR": format!("10.{}.0.0/24", n % 250)},
            "status": {
                "capacity": {"cpu": "8", "memory": "32Gi", "pods": "110"}, "allocatable": {"cpu": "7800m", "memory": "30Gi", "pods": "110"},
                "conditions": [
                    {"type": "MemoryPressure", "status": "False", "reason": "KubeletHasSufficientMemory", "lastHeartbeatTime": "2026-05-04T10:00:00Z", "lastTransitionTime": "2026-05-01T10:00:00Z"},
                    {"type": "Ready", "status": if n == 2 { "Unknown" } else { "True" }, "reason": "KubeletReady", "lastHeartbeatTime": "2026-05-04T10:00:00Z", "lastTransitionTime": "2026-05-01T10:00:00Z"},
                ],
                "addresses": [{"type": "InternalIP", "address": format!("10.1.{}.{}", n / 250, n % 250)}, {"type": "Hostname", "address": name}],
                "nodeInfo": {"kubeletVersion": "v1.33.4", "osImage": "Linux", "containerRuntimeVersion": "containerd://2.0.5", "architecture": "amd64"},
            },
        }),
    );
    sheet.plan.outside(&format!("core/Node/{name}"), &instance);
    let beat = json!({"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": "2026-05-04T10:00:00.000000Z"});
    sheet.put(
        "leases.coordination.k8s.io",
        json!({"metadata": {"name": name, "namespace": "kube-node-lease"}, "spec": beat}),
    );
}

/// A service that webhooks and an API of another server lead to.
fn system(sheet: &mut Sheet<'_>) {
    sheet.put(
        "services",
        json!({
            "metadata": {"name": "metrics-server", "namespace": "kube-system"},
            "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.12", "selector": {"k8s-app": "metrics-server"}, "ports": [{"port": 443}]},
            "status": {"loadBalancer": {}},
        }),
    );
    let service = json!({"name": "metrics-server", "namespace": "kube-system", "port": 443});
    sheet.put(
        "apiservices.apiregistration.k8s.io",
        json!({
            "metadata": {"name": "v1beta1.metrics.k8s.io"},
            "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "service": service, "groupPriorityMinimum": 100, "versionPriority": 100},
            "status": {"conditions": [{"type": "Available", "status": "True", "reason": "Passed"}]},
        }),
    );
    sheet.put(
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        json!({
            "metadata": {"name": "checks"},
            "webhooks": [{"name": "checks.example.com", "clientConfig": {"service": service, "caBundle": "Q0E="},
                "rules": [], "sideEffects": "None", "admissionReviewVersions": ["v1"]}],
        }),
    );
    let target = "core/Service/kube-system/metrics-server";
    sheet.plan.link("apiregistration.k8s.io/APIService/v1beta1.metrics.k8s.io", target, "");
    sheet.plan.link("admissionregistration.k8s.io/ValidatingWebhookConfiguration/checks", target, "");
    let mut event = json!({
        "metadata": {"name": "node-0.17f0", "namespace": "default"}, "reason": "Rebooted", "type": "Warning",
        "involvedObject": {"kind": "Node", "name": "node-0"}, "message": "Node node-0 has been rebooted",
    });
    let made = sheet.put("events", event.clone());
    event["metadata"]["uid"] = json!(made.uid);
    sheet.put("events.events.k8s.io", event);
}
