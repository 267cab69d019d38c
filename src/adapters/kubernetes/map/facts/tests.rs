//! Facts, kind by kind.

use serde_json::{Value, json};

use super::of;
use crate::resource::Resource;

#[track_caller]
fn check(group: &str, kind: &str, object: &Value, expected: &Value) {
    let resource = Resource {
        group: group.into(),
        version: "v1".into(),
        kind: kind.into(),
        plural: String::new(),
        singular: String::new(),
        short_names: Vec::new(),
        namespaced: true,
        watchable: true,
    };
    assert_eq!(&Value::Object(of(&resource, object)), expected);
}

#[test]
fn a_pod() {
    let object = json!({
        "metadata": {"ownerReferences": [{"kind": "Node", "name": "x"}, {"kind": "ReplicaSet", "name": "web", "controller": true}]},
        "spec": {
            "nodeName": "n1",
            "initContainers": [
                {"name": "first", "image": "i:1", "resources": {"requests": {"cpu": "2", "memory": "64Mi"}}},
                {"name": "side", "image": "s:1", "restartPolicy": "Always", "resources": {"requests": {"cpu": "100m"}}}
            ],
            "containers": [
                {"name": "a", "image": "a:1", "resources": {"requests": {"cpu": "250m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}},
                {"name": "b", "image": "a:1", "resources": {"requests": {"cpu": "0.5", "memory": "1Gi"}}}
            ],
            "overhead": {"cpu": "50m"}
        },
        "status": {
            "qosClass": "Burstable",
            "conditions": [{"type": "Initialized", "status": "True"}],
            "initContainerStatuses": [
                {"name": "first", "restartCount": 7, "state": {"terminated": {"exitCode": 0}}},
                {"name": "side", "restartCount": 1, "started": true, "ready": true, "state": {"running": {}}}
            ],
            "containerStatuses": [
                {"name": "a", "restartCount": 2, "ready": true, "state": {"running": {}}, "lastState": {"terminated": {"finishedAt": "2026-11-21T08:00:00Z"}}},
                {"name": "b", "restartCount": 0, "ready": false, "state": {"waiting": {}}}
            ]
        }
    });
    // The first init container asks for more CPU than all that run later, not for more memory.
    let expected = json!({
        "ready": "2/3", "restarts": 3, "last_restart": "2026-11-21T08:00:00Z", "node": "n1", "qos": "Burstable",
        "images": ["a:1", "i:1", "s:1"],
        "requests": {"cpu": 2050, "memory": 1_207_959_552_i64},
        "limits": {"memory": 268_435_456},
        "owner": "ReplicaSet/web"
    });
    check("", "Pod", &object, &expected);
}

#[test]
fn workloads() {
    let template = json!({"spec": {"containers": [{"image": "a:1"}]}});
    check(
        "apps",
        "Deployment",
        &json!({"spec": {"replicas": 3, "template": template}, "status": {"readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 2}}),
        &json!({"ready": "2/3", "desired": 3, "updated": 3, "available": 2, "images": ["a:1"]}),
    );
    check(
        "batch",
        "Job",
        &json!({"spec": {"completions": 5, "parallelism": 2}, "status": {"succeeded": 2, "active": 2}}),
        &json!({"completions": "2/5", "active": 2, "failed": 0}),
    );
    check(
        "batch",
        "Job",
        &json!({"spec": {"parallelism": 3}, "status": {}}),
        &json!({"completions": "0/1 of 3", "active": 0, "failed": 0}),
    );
    check(
        "batch",
        "CronJob",
        &json!({"spec": {"schedule": "*/5 * * * *"}, "status": {"lastScheduleTime": "2026-11-21T08:00:00Z", "active": [{}]}}),
        &json!({"schedule": "*/5 * * * *", "last_schedule": "2026-11-21T08:00:00Z", "active": 1}),
    );
}

#[test]
fn a_node() {
    let object = json!({
        "metadata": {"labels": {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": ""}},
        "status": {"nodeInfo": {"kubeletVersion": "v1.33.1"}, "capacity": {"cpu": "4", "memory": "16Gi", "pods": "110"}}
    });
    check(
        "",
        "Node",
        &object,
        &json!({
            "roles": ["control-plane", "worker"], "version": "v1.33.1",
            "capacity": {"cpu": 4000, "memory": 17_179_869_184_i64, "pods": 110}
        }),
    );
}

#[test]
fn the_rest() {
    let service = json!({"spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}});
    check("", "Service", &service, &json!({"type": "NodePort", "ports": ["80:30080/TCP", "53/UDP"]}));
    let slice = json!({"endpoints": [{"conditions": {"ready": true}}, {"conditions": {"ready": false}}, {}]});
    check("discovery.k8s.io", "EndpointSlice", &slice, &json!({"ready": "2/3"}));
    let map = json!({"data": {"a": "1", "b": "2"}, "binaryData": {"c": "aGVsbG8="}});
    check("", "ConfigMap", &map, &json!({"data": 3, "binary": {"c": 5}}));
    let claim = json!({"spec": {"resources": {"requests": {"storage": "1Gi"}}}});
    check("", "PersistentVolumeClaim", &claim, &json!({"capacity": 1_073_741_824}));
    let hpa = json!({"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}}});
    check("autoscaling", "HorizontalPodAutoscaler", &hpa, &json!({"target": "Deployment/web"}));
    let binding = json!({"roleRef": {"kind": "ClusterRole", "name": "view"}, "subjects": [{"kind": "User", "name": "ann"}, {"kind": "ServiceAccount", "name": "s", "namespace": "n"}]});
    check(
        "rbac.authorization.k8s.io",
        "RoleBinding",
        &binding,
        &json!({"role": "ClusterRole/view", "subjects": ["User:ann", "ServiceAccount:n/s"]}),
    );
}
