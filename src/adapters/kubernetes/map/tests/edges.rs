//! References, kind by kind.

#![expect(clippy::needless_pass_by_value, reason = "tables of cases read better without a & on each value")]

use serde_json::{Value, json};

use super::{map, object, resource};

/// Every edge but those to the namespace and the definition, sorted.
fn edges(group: &str, kind: &str, more: &Value) -> Vec<String> {
    let sighting = map(&resource(group, kind, "xs"), object("x", more));
    let mut out: Vec<String> = sighting
        .references
        .iter()
        .map(|r| format!("{}{} {}", if r.reverse { "<- " } else { "" }, r.relation, r.target))
        .filter(|edge| edge != "part-of c1/core/Namespace/shop" && !edge.starts_with("instance-of "))
        .collect();
    out.sort();
    out
}

#[track_caller]
fn check(group: &str, kind: &str, more: Value, expected: &[&str]) {
    assert_eq!(edges(group, kind, &more), expected, "{more}");
}

#[test]
fn pods_and_their_templates() {
    let spec = || {
        json!({
            "nodeName": "n1", "serviceAccountName": "web", "priorityClassName": "high", "runtimeClassName": "gvisor",
            "imagePullSecrets": [{"name": "pull"}],
            "containers": [{
                "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1@sha256:ab",
                "envFrom": [{"configMapRef": {"name": "cm"}}, {"secretRef": {"name": "sec"}}],
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "sec2", "key": "a"}}}]
            }, {"image": "europe-docker.pkg.dev/acme/images/api:2"}, {"image": "acme.azurecr.io/team/job:3"}, {"image": "nginx:1.27"}, {"image": "eu.gcr.io/acme/old:1"}],
            "volumes": [
                {"name": "d", "persistentVolumeClaim": {"claimName": "data"}},
                {"name": "p", "projected": {"sources": [{"configMap": {"name": "root-ca"}}, {"secret": {"name": "sec3"}}]}}
            ]
        })
    };
    let expected = [
        "made-from //artifactregistry.googleapis.com/projects/acme/locations/europe/repositories/eu.gcr.io",
        "made-from //artifactregistry.googleapis.com/projects/acme/locations/europe/repositories/images",
        "made-from acme.azurecr.io",
        "made-from arn:aws:ecr:eu-west-1:123456789012:repository/shop/web",
        "mounts c1/core/ConfigMap/shop/root-ca",
        "mounts c1/core/PersistentVolumeClaim/shop/data",
        "mounts c1/core/Secret/shop/sec3",
        "runs-as c1/core/ServiceAccount/shop/web",
        "runs-on c1/core/Node/n1",
        "uses c1/core/ConfigMap/shop/cm",
        "uses c1/core/Secret/shop/pull",
        "uses c1/core/Secret/shop/sec",
        "uses c1/core/Secret/shop/sec2",
        "uses c1/node.k8s.io/RuntimeClass/gvisor",
        "uses c1/scheduling.k8s.io/PriorityClass/high",
    ];
    check("", "Pod", json!({"spec": spec()}), &expected);
    let of_template: Vec<&str> = expected.into_iter().filter(|e| !e.starts_with("runs-on")).collect();
    check("apps", "Deployment", json!({"spec": {"template": {"spec": spec()}}}), &of_template);
    check(
        "batch",
        "CronJob",
        json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": spec()}}}}}),
        &of_template,
    );
    check("", "PodTemplate", json!({"template": {"spec": spec()}}), &of_template);
}

#[test]
fn selectors() {
    check(
        "",
        "Service",
        json!({"spec": {"selector": {"app": "web", "tier": "a"}}}),
        &["selects c1/core/Pod/shop/?app=web,tier=a"],
    );
    check("", "Service", json!({"spec": {"selector": {}}}), &[]);
    check("", "Service", json!({"spec": {}}), &[]);
    check("", "Service", json!({"spec": {"selector": null}}), &[]);
    check(
        "policy",
        "PodDisruptionBudget",
        json!({"spec": {"selector": {"matchLabels": {"app": "web"}}}}),
        &["protects c1/core/Pod/shop/?app=web"],
    );
    check(
        "policy",
        "PodDisruptionBudget",
        json!({"spec": {"selector": {}}}),
        &["protects c1/core/Pod/shop/?"],
    );
    check("policy", "PodDisruptionBudget", json!({"spec": {}}), &[]);
    let policy = json!({"spec": {
        "podSelector": {},
        "ingress": [{"from": [
            {"podSelector": {"matchLabels": {"app": "a"}}},
            {"namespaceSelector": {"matchLabels": {"team": "x"}}, "podSelector": {"matchLabels": {"app": "b"}}},
            {"namespaceSelector": {"matchLabels": {"team": "y"}}},
            {"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
        "egress": [{"to": [
            {"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["c", "d"]}]}},
            {"namespaceSelector": {}, "podSelector": {}}]}]
    }});
    check(
        "networking.k8s.io",
        "NetworkPolicy",
        policy,
        &[
            "allows-from c1/core/Namespace/?team=y",
            "allows-from c1/core/Pod/? in c1/core/Namespace/?team=y",
            "allows-from c1/core/Pod/?app=b in c1/core/Namespace/?team=x",
            "allows-from c1/core/Pod/shop/?app=a",
            "allows-to c1/core/Pod/? in c1/core/Namespace/?",
            "allows-to c1/core/Pod/shop/?app in (c,d)",
            "protects c1/core/Pod/shop/?",
        ],
    );
}

#[test]
fn ways_in() {
    let target = json!({"kind": "Pod", "namespace": "shop", "name": "p"});
    check(
        "discovery.k8s.io",
        "EndpointSlice",
        json!({"metadata": {"labels": {"kubernetes.io/service-name": "web"}}, "endpoints": [{"targetRef": target}, {"targetRef": {"kind": "Node", "name": "n"}}]}),
        &["part-of c1/core/Service/shop/web", "targets c1/core/Node/n", "targets c1/core/Pod/shop/p"],
    );
    let ingress = json!({"spec": {
        "ingressClassName": "nginx", "defaultBackend": {"service": {"name": "d"}},
        "rules": [{"host": "a.example.com", "http": {"paths": [{"backend": {"service": {"name": "web"}}}]}}],
        "tls": [{"secretName": "tls"}]},
        "status": {"loadBalancer": {"ingress": [{"hostname": "K8s-1.eu-west-1.elb.amazonaws.com"}]}}});
    check(
        "networking.k8s.io",
        "Ingress",
        ingress,
        &[
            "exposed-by k8s-1.eu-west-1.elb.amazonaws.com",
            "routes-to c1/core/Service/shop/d",
            "routes-to c1/core/Service/shop/web",
            "uses c1/core/Secret/shop/tls",
            "uses c1/networking.k8s.io/IngressClass/nginx",
        ],
    );
    let route = json!({"spec": {
        "parentRefs": [{"name": "gw"}, {"name": "gw2", "namespace": "infra"}],
        "rules": [{"backendRefs": [{"name": "web", "port": 80}, {"group": "", "kind": "Service", "name": "api", "namespace": "other"}]}]}});
    check(
        "gateway.networking.k8s.io",
        "HTTPRoute",
        route,
        &[
            "attached-to c1/gateway.networking.k8s.io/Gateway/infra/gw2",
            "attached-to c1/gateway.networking.k8s.io/Gateway/shop/gw",
            "routes-to c1/core/Service/other/api",
            "routes-to c1/core/Service/shop/web",
        ],
    );
    let gateway = json!({"spec": {"gatewayClassName": "envoy", "listeners": [{"tls": {"certificateRefs": [{"name": "tls"}]}}]}});
    check(
        "gateway.networking.k8s.io",
        "Gateway",
        gateway,
        &["uses c1/core/Secret/shop/tls", "uses c1/gateway.networking.k8s.io/GatewayClass/envoy"],
    );
}

#[test]
fn volumes() {
    let ebs = json!({"spec": {"claimRef": {"namespace": "shop", "name": "data"}, "storageClassName": "gp3", "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-0ab1"}}});
    check(
        "",
        "PersistentVolume",
        ebs,
        &[
            "<- bound-to c1/core/PersistentVolumeClaim/shop/data",
            "stored-on vol-0ab1",
            "uses c1/storage.k8s.io/CSIDriver/ebs.csi.aws.com",
            "uses c1/storage.k8s.io/StorageClass/gp3",
        ],
    );
    let handle =
        |driver: &str, handle: &str| json!({"spec": {"csi": {"driver": driver, "volumeHandle": handle}}});
    check(
        "",
        "PersistentVolume",
        handle("efs.csi.aws.com", "fs-1::fsap-2"),
        &["stored-on fs-1", "stored-on fsap-2", "uses c1/storage.k8s.io/CSIDriver/efs.csi.aws.com"],
    );
    check(
        "",
        "PersistentVolume",
        handle("pd.csi.storage.gke.io", "projects/p/zones/z/disks/d"),
        &[
            "stored-on //compute.googleapis.com/projects/p/zones/z/disks/d",
            "uses c1/storage.k8s.io/CSIDriver/pd.csi.storage.gke.io",
        ],
    );
    check(
        "",
        "PersistentVolume",
        handle("disk.csi.azure.com", "/subscriptions/S/x"),
        &["stored-on /subscriptions/s/x", "uses c1/storage.k8s.io/CSIDriver/disk.csi.azure.com"],
    );
    check(
        "",
        "PersistentVolume",
        json!({"spec": {"awsElasticBlockStore": {"volumeID": "aws://eu-west-1a/vol-9"}}}),
        &["stored-on vol-9"],
    );
    check(
        "",
        "PersistentVolumeClaim",
        json!({"spec": {"volumeName": "pv", "storageClassName": "gp3"}}),
        &["bound-to c1/core/PersistentVolume/pv", "uses c1/storage.k8s.io/StorageClass/gp3"],
    );
    let set = json!({"spec": {"serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"storageClassName": "gp3"}}]}});
    check(
        "apps",
        "StatefulSet",
        set,
        &[
            "claims c1/core/PersistentVolumeClaim/shop/?app=db",
            "uses c1/core/Service/shop/db",
            "uses c1/storage.k8s.io/StorageClass/gp3",
        ],
    );
    check("apps", "StatefulSet", json!({"spec": {"selector": {"matchLabels": {"app": "db"}}}}), &[]);
}

#[test]
fn access() {
    let binding = json!({"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}, "subjects": [
        {"kind": "ServiceAccount", "name": "sa", "namespace": "other"}, {"kind": "User", "name": "ann"}, {"kind": "Group", "name": "ops"},
        {"kind": "User", "name": "system:serviceaccount:ns:bot"}, {"kind": "User", "name": "arn:aws:iam::1:role/x"}]});
    check(
        "rbac.authorization.k8s.io",
        "RoleBinding",
        binding,
        &[
            "grants c1/rbac.authorization.k8s.io/Role/shop/r",
            "grants-to ann",
            "grants-to arn:aws:iam::1:role/x",
            "grants-to c1/core/ServiceAccount/ns/bot",
            "grants-to c1/core/ServiceAccount/other/sa",
            "grants-to ops",
        ],
    );
    let annotations = json!({"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/web", "iam.gke.io/gcp-service-account": "web@p.iam.gserviceaccount.com", "azure.workload.identity/client-id": "9f8e7d6c-0000-4000-8000-1234567890ab"});
    check(
        "",
        "ServiceAccount",
        json!({"metadata": {"annotations": annotations}}),
        &[
            "runs-as 9f8e7d6c-0000-4000-8000-1234567890ab",
            "runs-as arn:aws:iam::1:role/web",
            "runs-as web@p.iam.gserviceaccount.com",
        ],
    );
}

#[test]
fn control() {
    let service = json!({"namespace": "infra", "name": "hook"});
    check(
        "admissionregistration.k8s.io",
        "MutatingWebhookConfiguration",
        json!({"webhooks": [{"clientConfig": {"service": service}}]}),
        &["calls c1/core/Service/infra/hook"],
    );
    check(
        "apiregistration.k8s.io",
        "APIService",
        json!({"spec": {"service": service}}),
        &["served-by c1/core/Service/infra/hook"],
    );
    check(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        json!({"spec": {"conversion": {"webhook": {"clientConfig": {"service": service}}}}}),
        &["calls c1/core/Service/infra/hook"],
    );
    check(
        "autoscaling",
        "HorizontalPodAutoscaler",
        json!({"spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}}),
        &["scales c1/apps/Deployment/shop/web"],
    );
    check(
        "coordination.k8s.io",
        "Lease",
        json!({"metadata": {"namespace": "kube-node-lease"}}),
        &["about c1/core/Node/x", "part-of c1/core/Namespace/kube-node-lease"],
    );
    check("coordination.k8s.io", "Lease", json!({}), &[]);
}

#[test]
fn nodes() {
    let node = |provider: &str, expected: &[&str]| {
        check(
            "",
            "Node",
            json!({"metadata": {"namespace": null}, "spec": {"providerID": provider}}),
            expected,
        );
    };
    node("aws:///eu-west-1a/i-0ab1", &["same-as i-0ab1"]);
    node("aws:///eu-west-1a/x/fargate-ip-10-0-0-1", &[]);
    node(
        "azure:///subscriptions/S/resourceGroups/R/providers/Microsoft.Compute/virtualMachines/v",
        &["same-as /subscriptions/s/resourcegroups/r/providers/microsoft.compute/virtualmachines/v"],
    );
    node(
        "gce://proj/zone-a/name",
        &["same-as //compute.googleapis.com/projects/proj/zones/zone-a/instances/name"],
    );
    node("kind://docker/kind/kind-worker", &["same-as kind://docker/kind/kind-worker"]);
}

#[test]
fn images_and_the_repositories_that_hold_them() {
    const GCP: &str = "made-from //artifactregistry.googleapis.com/projects";
    let cases = [
        ("gcr.io/acme/team/api:1", vec![format!("{GCP}/acme/locations/us/repositories/gcr.io")]),
        ("us.gcr.io/acme/api@sha256:ab", vec![format!("{GCP}/acme/locations/us/repositories/us.gcr.io")]),
        ("asia.gcr.io/acme/api", vec![format!("{GCP}/acme/locations/asia/repositories/asia.gcr.io")]),
        // A cache of another registry and names that only look alike hold no repository of a project.
        ("mirror.gcr.io/library/nginx:1", vec![]),
        ("example.com/gcr.io/acme/api:1", vec![]),
        (
            "us-east1-docker.pkg.dev/acme/r/a/b:2",
            vec![format!("{GCP}/acme/locations/us-east1/repositories/r")],
        ),
        ("acme.azurecr.io/a/b:2", vec!["made-from acme.azurecr.io".to_owned()]),
        (
            "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/a/b:2",
            vec!["made-from arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/a/b".to_owned()],
        ),
        (
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a/b:2",
            vec!["made-from arn:aws-cn:ecr:cn-north-1:123456789012:repository/a/b".to_owned()],
        ),
    ];
    for (image, expected) in cases {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check("", "Pod", json!({"spec": {"containers": [{"image": image}]}}), &expected);
        check("", "Pod", json!({"spec": {"initContainers": [{"image": image}]}}), &expected);
    }
}
