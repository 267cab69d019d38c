//! Workloads with their pods: deployments, daemon sets, jobs and what schedules them.

use serde_json::{Value, json};

use super::{
    Size, controlled, pod,
    pod::uses,
    sheet::{Owner, Sheet},
};

/// A deployment with a replica set of today and one of yesterday, pods, a scaler and a budget.
pub(crate) fn deployment(sheet: &mut Sheet<'_>, namespace: &str, n: usize, size: Size) {
    let name = format!("app-{n}");
    let image =
        format!("100000000001.dkr.ecr.eu-west-1.amazonaws.com/{namespace}/{name}:1.{}", sheet.below(40));
    let labels = json!({"app": name});
    let template = json!({"metadata": {"labels": labels}, "spec": pod::spec(&image, None)});
    let id = format!("apps/Deployment/{namespace}/{name}");
    let owner = sheet.put(
        "deployments.apps",
        json!({
            "metadata": {"name": name, "namespace": namespace, "labels": labels, "generation": 3,
                "annotations": {"deployment.kubernetes.io/revision": "2"}},
            "spec": {"replicas": size.replicas, "selector": {"matchLabels": labels}, "template": template,
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}},
            "status": {"observedGeneration": 3, "replicas": size.replicas, "readyReplicas": size.replicas,
                "updatedReplicas": size.replicas, "availableReplicas": size.replicas,
                "conditions": [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable",
                    "lastTransitionTime": "2026-05-04T10:00:00Z", "lastUpdateTime": "2026-05-04T10:00:00Z"}]},
        }),
    );
    uses(sheet, &id, namespace, None);
    for replicas in [size.replicas, 0] {
        let hash = sheet.suffix(10);
        let set_name = format!("{name}-{hash}");
        let labels = json!({"app": name, "pod-template-hash": hash});
        let set = sheet.put(
            "replicasets.apps",
            json!({
                "metadata": {"name": set_name, "namespace": namespace, "labels": labels,
                    "ownerReferences": controlled(&owner)},
                "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
                "status": {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas},
            }),
        );
        let set_id = format!("apps/ReplicaSet/{namespace}/{set_name}");
        sheet.plan.link(&set_id, &id, "owned-by");
        for _ in 0..replicas {
            let pod_name = format!("{set_name}-{}", sheet.suffix(5));
            pod::pod(sheet, (namespace, &pod_name), &labels, (&set, &set_id), (&image, None, size.nodes));
            let service = format!("core/Service/{namespace}/{name}");
            sheet.plan.link(&service, &format!("core/Pod/{namespace}/{pod_name}"), "");
        }
    }
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": name});
    sheet.put(
        "horizontalpodautoscalers.autoscaling",
        json!({
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 20},
            "status": {"currentReplicas": size.replicas, "desiredReplicas": size.replicas},
        }),
    );
    sheet.plan.link(&format!("autoscaling/HorizontalPodAutoscaler/{namespace}/{name}"), &id, "");
    service(sheet, namespace, &name, &labels);
}

/// The service of a workload, with its slice of endpoints.
pub(crate) fn service(sheet: &mut Sheet<'_>, namespace: &str, name: &str, labels: &Value) {
    let service = sheet.put(
        "services",
        json!({
            "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.10", "selector": labels,
                "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]},
            "status": {"loadBalancer": {}},
        }),
    );
    let slice = format!("{name}-{}", sheet.suffix(5));
    sheet.put(
        "endpointslices.discovery.k8s.io",
        json!({
            "metadata": {"name": slice, "namespace": namespace, "labels": {"kubernetes.io/service-name": name},
                "ownerReferences": controlled(&service)},
            "addressType": "IPv4", "endpoints": [], "ports": [{"name": "http", "port": 8080}],
        }),
    );
    let id = format!("core/Service/{namespace}/{name}");
    sheet.plan.link(&format!("discovery.k8s.io/EndpointSlice/{namespace}/{slice}"), &id, "owned-by");
}

/// A pod on every node.
pub(crate) fn daemon_set(sheet: &mut Sheet<'_>, namespace: &str, size: Size) {
    let labels = json!({"app": "agent"});
    let image = "registry.example.com/agent:2.1";
    let template = json!({"metadata": {"labels": labels}, "spec": pod::spec(image, None)});
    let owner = sheet.put(
        "daemonsets.apps",
        json!({
            "metadata": {"name": "agent", "namespace": namespace, "labels": labels},
            "spec": {"selector": {"matchLabels": labels}, "template": template},
            "status": {"desiredNumberScheduled": 3, "currentNumberScheduled": 3, "numberReady": 2, "numberAvailable": 2},
        }),
    );
    let id = format!("apps/DaemonSet/{namespace}/agent");
    uses(sheet, &id, namespace, None);
    for _ in 0..size.nodes.min(3) {
        let name = format!("agent-{}", sheet.suffix(5));
        pod::pod(sheet, (namespace, &name), &labels, (&owner, &id), (image, None, size.nodes));
    }
}

/// A cron job, and a job that it made.
pub(crate) fn jobs(sheet: &mut Sheet<'_>, namespace: &str) {
    let image = "registry.example.com/report:5";
    let job =
        json!({"template": {"metadata": {"labels": {"job": "report"}}, "spec": pod::spec(image, None)}});
    let cron = sheet.put(
        "cronjobs.batch",
        json!({
            "metadata": {"name": "report", "namespace": namespace},
            "spec": {"schedule": "0 3 * * *", "suspend": false, "jobTemplate": {"spec": job}},
            "status": {"lastScheduleTime": "2026-05-04T03:00:00Z"},
        }),
    );
    let cron_id = format!("batch/CronJob/{namespace}/report");
    uses(sheet, &cron_id, namespace, None);
    let made: Owner = sheet.put(
        "jobs.batch",
        json!({
            "metadata": {"name": "report-29000000", "namespace": namespace, "ownerReferences": controlled(&cron)},
            "spec": {"completions": 1, "parallelism": 1, "template": job["template"]},
            "status": {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]},
        }),
    );
    let id = format!("batch/Job/{namespace}/report-29000000");
    uses(sheet, &id, namespace, None);
    sheet.plan.link(&id, &cron_id, "owned-by");
    let name = format!("report-29000000-{}", sheet.suffix(5));
    pod::pod(sheet, (namespace, &name), &json!({"job": "report"}), (&made, &id), (image, None, 3));
}
