//! How many pods the catalog maps in a second on one core, and what the steps of it take: processor time of this
//! thread, which other work on the machine does not lengthen as it does the time on the clock.
//!
//! ```text
//! cargo bench -p cloudscope-benches --bench mapping
//! ```

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints its figures, and stops at a defect"
)]

use std::{hint::black_box, time::Duration};

use cloudscope_catalog::{Catalog, MapContext};
use cloudscope_domain::redact::Redactor;
use serde_json::{Value, json};

/// A pod as a cluster has thousands of them: one container, probes, a projected token, six conditions.
fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "checkout-7d9c5b8f6d-x2x7k", "generateName": "checkout-7d9c5b8f6d-", "namespace": "shop",
            "uid": "0b0c1d7e-6a0f-4f0e-9a53-2f1a8c1c9d11", "resourceVersion": "18734512",
            "creationTimestamp": "2026-11-20T08:00:00Z",
            "labels": {"app.kubernetes.io/name": "checkout", "app.kubernetes.io/part-of": "shop", "pod-template-hash": "7d9c5b8f6d"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "checkout-7d9c5b8f6d",
                "uid": "5d2a3f7e-9d0c-4a53-8c1c-1a2b3c4d5e6f", "controller": true, "blockOwnerDeletion": true}]
        },
        "spec": {
            "volumes": [
                {"name": "config", "configMap": {"name": "checkout-config", "defaultMode": 420}},
                {"name": "kube-api-access-8zk2x", "projected": {"defaultMode": 420, "sources": [
                    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                    {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}}]}}
            ],
            "containers": [{
                "name": "checkout", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/checkout:1.14.2",
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "DB_URL", "valueFrom": {"secretKeyRef": {"name": "checkout-db", "key": "url"}}}],
                "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
                "volumeMounts": [{"name": "config", "mountPath": "/etc/checkout"}, {"name": "kube-api-access-8zk2x", "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
                "livenessProbe": {"httpGet": {"path": "/live", "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
                "readinessProbe": {"httpGet": {"path": "/ready", "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent"
            }],
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "checkout", "serviceAccount": "checkout", "nodeName": "ip-10-0-1-17.eu-west-1.compute.internal",
            "securityContext": {}, "schedulerName": "default-scheduler",
            "tolerations": [
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}],
            "priority": 0, "enableServiceLinks": true, "preemptionPolicy": "PreemptLowerPriority"
        },
        "status": {
            "phase": "Running",
            "conditions": [
                {"type": "PodReadyToStartContainers", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-11-20T08:00:04Z"},
                {"type": "Initialized", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-11-20T08:00:00Z"},
                {"type": "Ready", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-11-20T08:00:09Z"},
                {"type": "ContainersReady", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-11-20T08:00:09Z"},
                {"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-11-20T08:00:00Z"}],
            "hostIP": "10.0.1.17", "hostIPs": [{"ip": "10.0.1.17"}], "podIP": "10.0.1.30", "podIPs": [{"ip": "10.0.1.30"}],
            "startTime": "2026-11-20T08:00:00Z",
            "containerStatuses": [{
                "name": "checkout", "state": {"running": {"startedAt": "2026-11-20T08:00:03Z"}}, "lastState": {}, "ready": true, "restartCount": 0,
                "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/checkout:1.14.2",
                "imageID": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/checkout@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "containerID": "containerd://9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "started": true}],
            "qosClass": "Burstable"
        }
    })
}

/// The time that this thread has had of a core.
fn spent() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|n| n.parse().ok()).map(Duration::from_nanos).unwrap_or_default()
}

/// Prints what one of many took.
fn each(what: &str, many: u32, work: impl FnOnce()) {
    let start = spent();
    work();
    let each = (spent() - start) / many;
    println!("{what:<24} {each:>10.1?}: {:>9.0} a second", 1.0 / each.as_secs_f64());
}

fn main() {
    const MANY: u32 = 4_000;
    let mut catalog = Catalog::default();
    each("the built-in rows", 1, || catalog = Catalog::builtin().unwrap());
    let kind = "k8s.core.pod".parse().unwrap();
    let redactor = Redactor::new([3; 32]);
    let context = MapContext {
        account: "prod".into(),
        region: String::new(),
        variables: [("cluster".to_owned(), "c1".to_owned())].into(),
    };
    let text = pod().to_string();
    println!("a pod of {} bytes:", text.len());
    let mut items: Vec<Value> = Vec::new();
    each("parsed", MANY, || items.extend((0..MANY).map(|_| serde_json::from_str::<Value>(&text).unwrap())));
    each("written", MANY, || items.iter().for_each(|item| drop(black_box(item.to_string()))));
    each("looked over", MANY, || (0..MANY).for_each(|_| _ = black_box(redactor.is_clean(&text))));
    let mut more = items.clone();
    each("patterns over values", MANY, || more.iter_mut().for_each(|i| _ = black_box(redactor.value(i))));
    each("freed", MANY, || more.clear());
    each("mapped", MANY, || {
        for item in items {
            black_box(catalog.map(&kind, item, &context, &redactor).unwrap());
        }
    });
}
