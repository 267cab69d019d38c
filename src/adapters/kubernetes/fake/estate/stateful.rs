//! A stateful set with its pods, claims and volumes.

use serde_json::json;

use super::{pod, pod::uses, sheet::Sheet, workload::service};

pub(crate) fn stateful_set(sheet: &mut Sheet<'_>, namespace: &str) {
    let labels = json!({"app": "db"});
    let image = "registry.example.com/postgres:16.4";
    let template = json!({"metadata": {"labels": labels}, "spec": pod::spec(image, None)});
    let owner = sheet.put(
        "statefulsets.apps",
        json!({
            "metadata": {"name": "db", "namespace": namespace, "labels": labels},
            "spec": {"replicas": 2, "serviceName": "db", "selector": {"matchLabels": labels}, "template": template},
            "status": {"replicas": 2, "readyReplicas": 2, "currentReplicas": 2},
        }),
    );
    let id = format!("apps/StatefulSet/{namespace}/db");
    uses(sheet, &id, namespace, None);
    service(sheet, namespace, "db", &labels);
    for n in 0..2 {
        let (name, claim) = (format!("db-{n}"), format!("data-db-{n}"));
        let volume = format!("pvc-{namespace}-{n}");
        let made = sheet.put(
            "persistentvolumeclaims",
            json!({
                "metadata": {"name": claim, "namespace": namespace, "labels": labels},
                "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "gp3", "volumeName": volume,
                    "resources": {"requests": {"storage": "20Gi"}}},
                "status": {"phase": "Bound", "capacity": {"storage": "20Gi"}},
            }),
        );
        let handle = format!("vol-{:017x}", sheet.roll());
        sheet.put(
            "persistentvolumes",
            json!({
                "metadata": {"name": volume},
                "spec": {"capacity": {"storage": "20Gi"}, "accessModes": ["ReadWriteOnce"],
                    "storageClassName": "gp3", "persistentVolumeReclaimPolicy": "Delete",
                    "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": claim,
                        "namespace": namespace, "uid": made.uid},
                    "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": handle}},
                "status": {"phase": "Bound"},
            }),
        );
        let claim_id = format!("core/PersistentVolumeClaim/{namespace}/{claim}");
        let volume_id = format!("core/PersistentVolume/{volume}");
        sheet.plan.link(&claim_id, &volume_id, "");
        sheet.plan.link(&claim_id, "storage.k8s.io/StorageClass/gp3", "");
        sheet.plan.link(&volume_id, "storage.k8s.io/StorageClass/gp3", "");
        pod::pod(sheet, (namespace, &name), &labels, (&owner, &id), (image, Some(&claim), 3));
        sheet.plan.link(&format!("core/Service/{namespace}/db"), &format!("core/Pod/{namespace}/{name}"), "");
    }
}
