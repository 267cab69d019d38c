//! Pods, and the templates they are made from: containers with environment, probes, volumes and limits, and
//! statuses in every phase.

use serde_json::{Value, json};

use super::{
    CANARIES, controlled,
    sheet::{Owner, Sheet},
};

/// What runs in a pod.
pub(crate) fn spec(image: &str, claim: Option<&str>) -> Value {
    let mut volumes = vec![
        json!({"name": "settings", "configMap": {"name": "settings", "defaultMode": 420}}),
        json!({"name": "credentials", "secret": {"secretName": "credentials", "defaultMode": 420}}),
    ];
    if let Some(claim) = claim {
        volumes.push(json!({"name": "data", "persistentVolumeClaim": {"claimName": claim}}));
    }
    json!({
        "serviceAccountName": "app", "serviceAccount": "app", "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
        "volumes": volumes,
        "containers": [{
            "name": "main", "image": image, "imagePullPolicy": "IfNotPresent",
            "args": ["serve", format!("--db-password={}", CANARIES[5]), "--port=8080"],
            "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
            "env": [
                {"name": "LOG_LEVEL", "value": "info"},
                {"name": "DB_PASSWORD", "value": CANARIES[4]},
                {"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "credentials", "key": "password"}}},
            ],
            "envFrom": [{"configMapRef": {"name": "settings"}}],
            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP",
                "httpHeaders": [{"name": "Authorization", "value": format!("Bearer {}", CANARIES[8])}]},
                "periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3, "successThreshold": 1},
            "volumeMounts": [{"name": "settings", "mountPath": "/etc/app"}, {"name": "credentials", "mountPath": "/etc/secret", "readOnly": true}],
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        }],
    })
}

/// A pod of an owner, on a node.
pub(crate) fn pod(
    sheet: &mut Sheet<'_>,
    (namespace, name): (&str, &str),
    labels: &Value,
    owner: (&Owner, &str),
    (image, claim, nodes): (&str, Option<&str>, usize),
) {
    let node = format!("node-{}", sheet.below(nodes));
    let mut spec = spec(image, claim);
    spec["nodeName"] = json!(node);
    let status = status(sheet);
    let owner_kind = owner.0;
    if status["phase"] == "Pending" {
        // Nowhere yet.
        spec.as_object_mut().and_then(|s| s.remove("nodeName"));
    }
    let placed = spec["nodeName"].is_string();
    let annotations = json!({"example.com/api-token": CANARIES[7]});
    sheet.put(
        "pods",
        json!({
            "metadata": {"name": name, "namespace": namespace, "labels": labels, "annotations": annotations,
                "generateName": format!("{}-", owner_kind.name), "ownerReferences": controlled(owner_kind)},
            "spec": spec, "status": status,
        }),
    );
    let id = format!("core/Pod/{namespace}/{name}");
    sheet.plan.link(&id, owner.1, "owned-by");
    uses(sheet, &id, namespace, claim);
    if placed {
        sheet.plan.link(&id, &format!("core/Node/{node}"), "runs-on");
    }
}

/// What a pod, or a workload with a template of pods, uses.
pub(crate) fn uses(sheet: &mut Sheet<'_>, id: &str, namespace: &str, claim: Option<&str>) {
    for (to, relation) in [
        ("ServiceAccount/{}/app", "runs-as"),
        ("ConfigMap/{}/settings", "mounts"),
        ("ConfigMap/{}/settings", "uses"),
        ("Secret/{}/credentials", "mounts"),
        ("Secret/{}/credentials", "uses"),
    ] {
        sheet.plan.link(id, &format!("core/{}", to.replace("{}", namespace)), relation);
    }
    if let Some(claim) = claim {
        sheet.plan.link(id, &format!("core/PersistentVolumeClaim/{namespace}/{claim}"), "mounts");
    }
}

/// Most run; the others show every way not to.
fn status(sheet: &mut Sheet<'_>) -> Value {
    let (phase, ready, restarts, state) = match sheet.below(20) {
        0 => ("Pending", false, 0, json!({"waiting": {"reason": "ContainerCreating"}})),
        1 => (
            "Running",
            false,
            17,
            json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}}),
        ),
        2 => ("Running", false, 0, json!({"waiting": {"reason": "ImagePullBackOff"}})),
        3 => ("Failed", false, 1, json!({"terminated": {"reason": "OOMKilled", "exitCode": 137}})),
        4 => ("Succeeded", false, 0, json!({"terminated": {"reason": "Completed", "exitCode": 0}})),
        _ => ("Running", true, 0, json!({"running": {"startedAt": "2026-05-04T10:00:00Z"}})),
    };
    let ready_text = if ready { "True" } else { "False" };
    let address = format!("10.{}.{}.{}", sheet.below(200), sheet.below(250), sheet.below(250) + 2);
    json!({
        "phase": phase, "podIP": address, "podIPs": [{"ip": address}], "qosClass": "Burstable",
        "startTime": "2026-05-04T10:00:00Z",
        "conditions": [
            {"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-05-04T10:00:00Z"},
            {"type": "Ready", "status": ready_text, "lastProbeTime": null, "lastTransitionTime": "2026-05-04T10:00:00Z"},
        ],
        "containerStatuses": [{"name": "main", "ready": ready, "started": ready, "restartCount": restarts, "state": state,
            "lastState": {}, "image": "app", "imageID": format!("sha256:{:064x}", sheet.roll()), "containerID": format!("containerd://{:064x}", sheet.roll())}],
    })
}
