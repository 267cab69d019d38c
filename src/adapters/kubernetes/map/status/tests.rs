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

#[track_caller]
fn pod(spec: Value, status: Value, expected: &str) {
    check("", "Pod", &json!({"metadata": {}, "spec": spec, "status": status}), expected);
}

#[track_caller]
fn going(status: Value, expected: &str) {
    let object =
        json!({"metadata": {"deletionTimestamp": "2026-11-21T08:00:00Z"}, "spec": {}, "status": status});
    check("", "Pod", &object, expected);
}

fn one() -> Value {
    json!({"containers": [{"name": "a"}]})
}

fn two() -> Value {
    json!({"containers": [{"name": "a"}, {"name": "b"}]})
}

fn with_init(init: Value) -> Value {
    json!({"initContainers": init, "containers": [{"name": "a"}]})
}

#[test]
fn pods_that_run() {
    let running = json!({"ready": true, "restartCount": 0, "state": {"running": {}}});
    pod(one(), json!({"phase": "Running", "containerStatuses": [running]}), "Running ok");
    pod(
        two(),
        json!({"phase": "Running", "containerStatuses": [running, {"ready": false, "state": {"running": {}}}]}),
        "Running warning",
    );
    pod(
        two(),
        json!({"phase": "Running", "containerStatuses": [running, {"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}),
        "CrashLoopBackOff error",
    );
    // The first container has the last word.
    let two_wait = json!([{"state": {"waiting": {"reason": "ImagePullBackOff"}}}, {"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]);
    pod(two(), json!({"phase": "Pending", "containerStatuses": two_wait}), "ImagePullBackOff error");
    // One container is done, another still works.
    let done = json!({"ready": false, "state": {"terminated": {"reason": "Completed", "exitCode": 0}}});
    let both = json!([done, running]);
    pod(
        two(),
        json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": both}),
        "Running warning",
    );
    pod(
        two(),
        json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}], "containerStatuses": both}),
        "NotReady warning",
    );
    pod(two(), json!({"phase": "Running", "containerStatuses": both}), "NotReady warning");
}

#[test]
fn pods_that_ended() {
    let ended = |terminated: Value| json!([{"ready": false, "state": {"terminated": terminated}}]);
    pod(
        one(),
        json!({"phase": "Succeeded", "containerStatuses": ended(json!({"reason": "Completed", "exitCode": 0}))}),
        "Completed stopped",
    );
    pod(
        one(),
        json!({"phase": "Failed", "containerStatuses": ended(json!({"reason": "Error", "exitCode": 1}))}),
        "Error error",
    );
    pod(
        one(),
        json!({"phase": "Failed", "containerStatuses": ended(json!({"reason": "OOMKilled", "exitCode": 137}))}),
        "OOMKilled error",
    );
    pod(
        one(),
        json!({"phase": "Failed", "containerStatuses": ended(json!({"exitCode": 3}))}),
        "ExitCode:3 error",
    );
    pod(
        one(),
        json!({"phase": "Failed", "containerStatuses": ended(json!({"signal": 9, "exitCode": 137}))}),
        "Signal:9 error",
    );
    pod(one(), json!({"phase": "Failed", "reason": "Evicted"}), "Evicted error");
    pod(one(), json!({"phase": "Failed"}), "Failed error");
    pod(one(), json!({"phase": "Succeeded"}), "Succeeded stopped");
    pod(one(), json!({"phase": "Failed", "reason": "NodeLost"}), "NodeLost error");
}

#[test]
fn pods_that_start() {
    pod(one(), json!({"phase": "Pending"}), "Pending pending");
    pod(
        one(),
        json!({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ContainerCreating"}}}]}),
        "ContainerCreating pending",
    );
    pod(
        one(),
        json!({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {}}}]}),
        "Pending pending",
    );
    pod(
        one(),
        json!({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "CreateContainerConfigError"}}}]}),
        "CreateContainerConfigError error",
    );
    let gated = json!([{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]);
    pod(one(), json!({"phase": "Pending", "conditions": gated}), "SchedulingGated pending");
    let unschedulable = json!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]);
    pod(one(), json!({"phase": "Pending", "conditions": unschedulable}), "Pending pending");
    pod(one(), json!({}), "Unknown unknown");
    pod(one(), json!({"phase": "Unknown"}), "Unknown unknown");
}

#[test]
fn init_containers() {
    let two_init = || with_init(json!([{"name": "i"}, {"name": "j"}]));
    let done = json!({"name": "i", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}});
    let waits = json!([{"state": {"waiting": {"reason": "PodInitializing"}}}]);
    let with =
        |init: Value| json!({"phase": "Pending", "initContainerStatuses": init, "containerStatuses": waits});
    pod(
        two_init(),
        with(
            json!([{"name": "i", "state": {"running": {}}}, {"name": "j", "state": {"waiting": {"reason": "PodInitializing"}}}]),
        ),
        "Init:0/2 pending",
    );
    pod(two_init(), with(json!([done, {"name": "j", "state": {"running": {}}}])), "Init:1/2 pending");
    pod(
        two_init(),
        with(json!([done, {"name": "j", "state": {"waiting": {"reason": "PodInitializing"}}}])),
        "Init:1/2 pending",
    );
    pod(
        two_init(),
        with(json!([{"name": "i", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}])),
        "Init:CrashLoopBackOff error",
    );
    pod(
        two_init(),
        with(json!([{"name": "i", "state": {"waiting": {"reason": "ImagePullBackOff"}}}])),
        "Init:ImagePullBackOff error",
    );
    pod(
        two_init(),
        with(json!([{"name": "i", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}])),
        "Init:Error error",
    );
    pod(
        two_init(),
        with(json!([{"name": "i", "state": {"terminated": {"exitCode": 3}}}])),
        "Init:ExitCode:3 error",
    );
    pod(
        two_init(),
        with(json!([{"name": "i", "state": {"terminated": {"exitCode": 137, "signal": 9}}}])),
        "Init:Signal:9 error",
    );
    // All done: what the containers wait for counts.
    pod(with_init(json!([{"name": "i"}])), with(json!([done])), "PodInitializing pending");
    // An init container that ran before and was restarted with the pod.
    let initialized = json!({"phase": "Running", "conditions": [{"type": "Initialized", "status": "True"}],
        "initContainerStatuses": [{"name": "i", "state": {"running": {}}}],
        "containerStatuses": [{"ready": true, "state": {"running": {}}}]});
    pod(with_init(json!([{"name": "i"}])), initialized, "Init:0/1 pending");
}

#[test]
fn sidecars() {
    let spec = || with_init(json!([{"name": "s", "restartPolicy": "Always"}, {"name": "i"}]));
    let started = json!({"name": "s", "started": true, "ready": true, "state": {"running": {}}});
    pod(
        spec(),
        json!({"phase": "Pending", "initContainerStatuses": [started, {"name": "i", "state": {"running": {}}}]}),
        "Init:1/2 pending",
    );
    let done = json!({"name": "i", "state": {"terminated": {"exitCode": 0}}});
    let runs = json!([{"ready": true, "state": {"running": {}}}]);
    pod(
        spec(),
        json!({"phase": "Running", "initContainerStatuses": [started, done], "containerStatuses": runs}),
        "Running ok",
    );
    // A sidecar that is not ready is a container that is not ready.
    let unready = json!({"name": "s", "started": true, "ready": false, "state": {"running": {}}});
    pod(
        spec(),
        json!({"phase": "Running", "initContainerStatuses": [unready, done], "containerStatuses": runs}),
        "Running warning",
    );
    // A sidecar that has not started holds the pod up.
    let starting = json!({"name": "s", "started": false, "state": {"running": {}}});
    pod(spec(), json!({"phase": "Pending", "initContainerStatuses": [starting]}), "Init:0/2 pending");
}

#[test]
fn pods_that_go() {
    going(
        json!({"phase": "Running", "containerStatuses": [{"ready": true, "state": {"running": {}}}]}),
        "Terminating pending",
    );
    going(json!({"phase": "Pending"}), "Terminating pending");
    going(json!({"phase": "Running", "reason": "NodeLost"}), "Unknown unknown");
    // What has ended is not going, it is being cleaned up.
    going(
        json!({"phase": "Succeeded", "containerStatuses": [{"state": {"terminated": {"reason": "Completed", "exitCode": 0}}}]}),
        "Completed stopped",
    );
    going(
        json!({"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"reason": "Error", "exitCode": 1}}}]}),
        "Error error",
    );
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
        check("apps", "Deployment", &deployment(spec, status), expected)
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
        check("batch", "Job", &json!({"spec": spec, "status": status}), expected)
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
