//! Statuses, case by case: the words of kubectl's printer, and what they mean.

use serde_json::{Value, json};

use super::of;
use crate::resource::Resource;

fn resource(group: &str, kind: &str) -> Resource {
    Resource {
        group: group.into(),
        version: "v1".into(),
        kind: kind.into(),
        plural: String::new(),
        singular: String::new(),
        short_names: Vec::new(),
        namespaced: true,
        watchable: true,
    }
}

#[track_caller]
fn check(group: &str, kind: &str, object: &Value, expected: &str) {
    let status = of(&resource(group, kind), object);
    let shown = status.map(|s| format!("{} {}", s.word, s.class)).unwrap_or_default();
    assert_eq!(shown, expected, "{object}");
}

#[test]
fn nodes() {
    let node = |ready: &str, spec: Value, more: Value| {
        let mut conditions = vec![json!({"type": "Ready", "status": ready})];
        conditions.extend(more.as_array().cloned().unwrap_or_default());
        json!({"spec": spec, "status": {"conditions": conditions}})
    };
    check("", "Node", &node("True", json!({}), json!([])), "Ready ok");
    check(
        "",
        "Node",
        &node("True", json!({"unschedulable": true}), json!([])),
        "Ready,SchedulingDisabled warning",
    );
    check("", "Node", &node("False", json!({}), json!([])), "NotReady error");
    check(
        "",
        "Node",
        &node("False", json!({"unschedulable": true}), json!([])),
        "NotReady,SchedulingDisabled error",
    );
    check("", "Node", &node("Unknown", json!({}), json!([])), "NotReady unknown");
    check(
        "",
        "Node",
        &node("True", json!({}), json!([{"type": "DiskPressure", "status": "True"}])),
        "Ready warning",
    );
    check("", "Node", &json!({"status": {}}), "Unknown unknown");
}

#[test]
fn deployments() {
    let deployment =
        |spec: Value, status: Value| json!({"metadata": {"generation": 2}, "spec": spec, "status": status});
    let at = |spec: Value, status: Value, expected: &str| {
        check("apps", "Deployment", &deployment(spec, status), expected);
    };
    at(
        json!({"replicas": 3}),
        json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3}),
        "3/3 ok",
    );
    at(
        json!({"replicas": 3}),
        json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 2}),
        "2/3 warning",
    );
    at(
        json!({"replicas": 3}),
        json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3}),
        "0/3 error",
    );
    at(json!({"replicas": 0}), json!({"observedGeneration": 2}), "0/0 stopped");
    at(
        json!({}),
        json!({"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1}),
        "1/1 ok",
    );
    at(
        json!({"replicas": 3}),
        json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 2, "readyReplicas": 3}),
        "3/3 Progressing pending",
    );
    at(
        json!({"replicas": 3}),
        json!({"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3}),
        "3/3 Progressing pending",
    );
    at(
        json!({"replicas": 3, "paused": true}),
        json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1, "readyReplicas": 3}),
        "3/3 Paused warning",
    );
    let stalled = json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]);
    at(
        json!({"replicas": 3}),
        json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1, "readyReplicas": 2, "conditions": stalled}),
        "2/3 Stalled error",
    );
    let refused = json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}]);
    at(
        json!({"replicas": 1}),
        json!({"observedGeneration": 2, "conditions": refused}),
        "0/1 ReplicaFailure error",
    );
}

#[test]
fn other_workloads() {
    check(
        "apps",
        "ReplicaSet",
        &json!({"spec": {"replicas": 2}, "status": {"readyReplicas": 1}}),
        "1/2 warning",
    );
    check("apps", "ReplicaSet", &json!({"spec": {"replicas": 0}, "status": {}}), "0/0 stopped");
    let sts = |status: Value| json!({"spec": {"replicas": 3}, "status": status});
    check(
        "apps",
        "StatefulSet",
        &sts(
            json!({"readyReplicas": 3, "updatedReplicas": 3, "currentRevision": "a", "updateRevision": "a"}),
        ),
        "3/3 ok",
    );
    check(
        "apps",
        "StatefulSet",
        &sts(
            json!({"readyReplicas": 2, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b"}),
        ),
        "2/3 Progressing pending",
    );
    let by_hand = json!({"spec": {"replicas": 1, "updateStrategy": {"type": "OnDelete"}}, "status": {"readyReplicas": 1, "currentRevision": "a", "updateRevision": "b"}});
    check("apps", "StatefulSet", &by_hand, "1/1 ok");
    check(
        "apps",
        "DaemonSet",
        &json!({"status": {"desiredNumberScheduled": 4, "numberReady": 4, "updatedNumberScheduled": 4}}),
        "4/4 ok",
    );
    check(
        "apps",
        "DaemonSet",
        &json!({"status": {"desiredNumberScheduled": 4, "numberReady": 3, "updatedNumberScheduled": 2}}),
        "3/4 Progressing pending",
    );
    check("apps", "DaemonSet", &json!({"status": {"desiredNumberScheduled": 0, "numberReady": 0}}), "0/0 ok");
    let job = |spec: Value, status: Value, expected: &str| {
        check("batch", "Job", &json!({"spec": spec, "status": status}), expected);
    };
    job(json!({}), json!({"active": 1}), "Running ok");
    job(json!({}), json!({"active": 1, "failed": 2}), "Running warning");
    job(json!({}), json!({"conditions": [{"type": "Complete", "status": "True"}]}), "Complete stopped");
    job(
        json!({}),
        json!({"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}),
        "Failed error",
    );
    job(
        json!({"suspend": true}),
        json!({"conditions": [{"type": "Suspended", "status": "True"}]}),
        "Suspended stopped",
    );
    job(
        json!({}),
        json!({"conditions": [{"type": "FailureTarget", "status": "True"}]}),
        "FailureTarget error",
    );
    check("batch", "CronJob", &json!({"spec": {"suspend": true}}), "Suspended stopped");
    check("batch", "CronJob", &json!({"spec": {"suspend": false}}), "Scheduled ok");
    let hpa = |conditions: Value| json!({"status": {"conditions": conditions}});
    check(
        "autoscaling",
        "HorizontalPodAutoscaler",
        &hpa(json!([{"type": "AbleToScale", "status": "True"}, {"type": "ScalingActive", "status": "True"}])),
        "Active ok",
    );
    check(
        "autoscaling",
        "HorizontalPodAutoscaler",
        &hpa(json!([{"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric"}])),
        "FailedGetResourceMetric error",
    );
    check(
        "autoscaling",
        "HorizontalPodAutoscaler",
        &hpa(json!([{"type": "ScalingActive", "status": "False", "reason": "ScalingDisabled"}])),
        "ScalingDisabled stopped",
    );
    check(
        "autoscaling",
        "HorizontalPodAutoscaler",
        &hpa(
            json!([{"type": "ScalingActive", "status": "True"}, {"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas"}]),
        ),
        "TooManyReplicas warning",
    );
    // As version 1 of the API has it, which knows no conditions.
    let noted = |text: &str| json!({"metadata": {"annotations": {"autoscaling.alpha.kubernetes.io/conditions": text}}, "status": {"currentReplicas": 1}});
    check(
        "autoscaling",
        "HorizontalPodAutoscaler",
        &noted(r#"[{"type":"AbleToScale","status":"True"},{"type":"ScalingActive","status":"True"}]"#),
        "Active ok",
    );
    check(
        "autoscaling",
        "HorizontalPodAutoscaler",
        &noted(r#"[{"type":"ScalingActive","status":"False","reason":"FailedGetResourceMetric"}]"#),
        "FailedGetResourceMetric error",
    );
    check(
        "policy",
        "PodDisruptionBudget",
        &json!({"status": {"disruptionsAllowed": 1, "expectedPods": 3}}),
        "1 allowed ok",
    );
    check(
        "policy",
        "PodDisruptionBudget",
        &json!({"status": {"disruptionsAllowed": 0, "expectedPods": 3}}),
        "0 allowed warning",
    );
}

#[test]
fn volumes_and_namespaces() {
    for (kind, phase, expected) in [
        ("PersistentVolumeClaim", "Bound", "Bound ok"),
        ("PersistentVolumeClaim", "Pending", "Pending pending"),
        ("PersistentVolumeClaim", "Lost", "Lost error"),
        ("PersistentVolume", "Available", "Available ok"),
        ("PersistentVolume", "Released", "Released warning"),
        ("PersistentVolume", "Failed", "Failed error"),
        ("Namespace", "Active", "Active ok"),
        ("Namespace", "Terminating", "Terminating pending"),
    ] {
        check("", kind, &json!({"status": {"phase": phase}}), expected);
    }
    let going =
        json!({"metadata": {"deletionTimestamp": "2026-11-21T08:00:00Z"}, "status": {"phase": "Bound"}});
    check("", "PersistentVolumeClaim", &going, "Terminating pending");
    check("storage.k8s.io", "VolumeAttachment", &json!({"status": {"attached": true}}), "Attached ok");
    check(
        "storage.k8s.io",
        "VolumeAttachment",
        &json!({"status": {"attached": false, "attachError": {"message": "x"}}}),
        "AttachError error",
    );
    check("snapshot.storage.k8s.io", "VolumeSnapshot", &json!({"status": {"readyToUse": true}}), "Ready ok");
    check(
        "snapshot.storage.k8s.io",
        "VolumeSnapshot",
        &json!({"status": {"readyToUse": false}}),
        "NotReady pending",
    );
    check(
        "snapshot.storage.k8s.io",
        "VolumeSnapshot",
        &json!({"status": {"error": {"message": "x"}}}),
        "Error error",
    );
}

#[test]
fn ways_in() {
    check("", "Service", &json!({"spec": {"type": "ClusterIP"}}), "Active ok");
    check(
        "",
        "Service",
        &json!({"spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {}}}),
        "Pending pending",
    );
    check(
        "",
        "Service",
        &json!({"spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}}),
        "Active ok",
    );
    check("networking.k8s.io", "Ingress", &json!({"status": {"loadBalancer": {}}}), "Pending pending");
    check(
        "networking.k8s.io",
        "Ingress",
        &json!({"status": {"loadBalancer": {"ingress": [{"hostname": "x"}]}}}),
        "Active ok",
    );
    let conditions = |c: Value| json!({"status": {"conditions": c}});
    check(
        "gateway.networking.k8s.io",
        "Gateway",
        &conditions(
            json!([{"type": "Accepted", "status": "True"}, {"type": "Programmed", "status": "False", "reason": "AddressNotAssigned"}]),
        ),
        "AddressNotAssigned error",
    );
    check(
        "gateway.networking.k8s.io",
        "Gateway",
        &conditions(json!([{"type": "Programmed", "status": "True"}])),
        "Programmed ok",
    );
    let parents = |c: Value| json!({"status": {"parents": [{"conditions": c}]}});
    check(
        "gateway.networking.k8s.io",
        "HTTPRoute",
        &parents(json!([{"type": "Accepted", "status": "True"}])),
        "Accepted ok",
    );
    check(
        "gateway.networking.k8s.io",
        "HTTPRoute",
        &parents(
            json!([{"type": "Accepted", "status": "True"}, {"type": "ResolvedRefs", "status": "False", "reason": "BackendNotFound"}]),
        ),
        "BackendNotFound error",
    );
    check("gateway.networking.k8s.io", "HTTPRoute", &json!({}), "Pending pending");
}

#[test]
fn control() {
    let conditions = |c: Value| json!({"status": {"conditions": c}});
    check(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        &conditions(json!([{"type": "Established", "status": "True"}])),
        "Established ok",
    );
    check(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        &conditions(json!([{"type": "NamesAccepted", "status": "False", "reason": "PluralConflict"}])),
        "PluralConflict error",
    );
    check(
        "apiregistration.k8s.io",
        "APIService",
        &conditions(json!([{"type": "Available", "status": "True", "reason": "Passed"}])),
        "True ok",
    );
    check(
        "apiregistration.k8s.io",
        "APIService",
        &conditions(json!([{"type": "Available", "status": "False", "reason": "ServiceNotFound"}])),
        "False (ServiceNotFound) error",
    );
    let csr = |c: Value, certificate: &str| json!({"status": {"conditions": c, "certificate": certificate}});
    check(
        "certificates.k8s.io",
        "CertificateSigningRequest",
        &csr(json!([{"type": "Approved"}]), "x"),
        "Approved,Issued ok",
    );
    check(
        "certificates.k8s.io",
        "CertificateSigningRequest",
        &csr(json!([{"type": "Approved"}]), ""),
        "Approved pending",
    );
    check(
        "certificates.k8s.io",
        "CertificateSigningRequest",
        &csr(json!([{"type": "Denied"}]), ""),
        "Denied stopped",
    );
    check("certificates.k8s.io", "CertificateSigningRequest", &csr(json!([]), ""), "Pending pending");
    check(
        "certificates.k8s.io",
        "CertificateSigningRequest",
        &csr(json!([{"type": "Approved"}, {"type": "Failed"}]), ""),
        "Approved,Failed error",
    );
    check(
        "resource.k8s.io",
        "ResourceClaim",
        &json!({"status": {"allocation": {}, "reservedFor": [{"name": "p"}]}}),
        "allocated,reserved ok",
    );
    check("resource.k8s.io", "ResourceClaim", &json!({}), "pending pending");
}

#[test]
fn custom_resources() {
    let conditions = |c: Value| json!({"status": {"conditions": c}});
    check(
        "cert-manager.io",
        "Certificate",
        &conditions(json!([{"type": "Ready", "status": "True", "reason": "Ready"}])),
        "Ready ok",
    );
    check(
        "cert-manager.io",
        "Certificate",
        &conditions(json!([{"type": "Ready", "status": "False", "reason": "DoesNotExist"}])),
        "DoesNotExist error",
    );
    check(
        "cert-manager.io",
        "Certificate",
        &conditions(json!([{"type": "Ready", "status": "False", "reason": "Issuing"}])),
        "Issuing pending",
    );
    check(
        "acme.example.com",
        "Thing",
        &conditions(json!([{"type": "Synced", "status": "True"}])),
        "Synced ok",
    );
    check(
        "acme.example.com",
        "Thing",
        &conditions(
            json!([{"type": "Synced", "status": "True"}, {"type": "Ready", "status": "False", "reason": "Creating"}]),
        ),
        "Creating pending",
    );
    check(
        "acme.example.com",
        "Thing",
        &conditions(json!([{"type": "Ready", "status": "Unknown"}])),
        "Unknown unknown",
    );
    check(
        "acme.example.com",
        "Thing",
        &conditions(json!([{"type": "Stalled", "status": "True"}, {"type": "Ready", "status": "True"}])),
        "Stalled error",
    );
    check("acme.example.com", "Thing", &json!({"status": {"phase": "Running"}}), "Running ok");
    check("acme.example.com", "Thing", &json!({"status": {"state": "weird"}}), "weird unknown");
    check(
        "acme.example.com",
        "Thing",
        &json!({"spec": {"suspend": true}, "status": {"phase": "Running"}}),
        "Suspended stopped",
    );
    check("acme.example.com", "Thing", &json!({"spec": {}}), "");
    check(
        "argoproj.io",
        "Application",
        &json!({"status": {"health": {"status": "Healthy"}, "sync": {"status": "Synced"}}}),
        "Healthy ok",
    );
    check(
        "argoproj.io",
        "Application",
        &json!({"status": {"health": {"status": "Healthy"}, "sync": {"status": "OutOfSync"}}}),
        "OutOfSync warning",
    );
    check("", "ConfigMap", &json!({"data": {}}), "");
}
