//! A secret in every place where one can hide; none of them is anywhere in what is kept.

#![expect(clippy::needless_pass_by_value, reason = "tables of cases read better without a & on each value")]

use serde_json::{Value, json};

use super::{map, object, resource};

const CANARY: &str = "c4nary-Tr0ub4dor";

#[track_caller]
fn check(group: &str, kind: &str, more: Value) {
    let object = object("x", &more);
    let before = object.to_string();
    assert!(before.contains(CANARY) || before.contains("0123456789abcdef"), "{kind} has nothing to lose");
    let kept = format!("{:?}", map(&resource(group, kind, "xs"), object));
    for secret in [CANARY, "0123456789abcdef"] {
        assert!(!kept.contains(secret), "{kind}: {kept}");
    }
}

#[test]
fn environments() {
    let spec = || {
        json!({
            "containers": [{"name": "a", "env": [{"name": "PLAIN", "value": CANARY}]}],
            "initContainers": [{"name": "i", "env": [{"name": "ANY", "value": CANARY}]}],
            "ephemeralContainers": [{"name": "e", "env": [{"name": "ANY", "value": CANARY}]}]
        })
    };
    check("", "Pod", json!({"spec": spec()}));
    for (group, kind) in [
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("batch", "Job"),
        ("", "ReplicationController"),
    ] {
        check(group, kind, json!({"spec": {"template": {"spec": spec()}}}));
    }
    check("batch", "CronJob", json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": spec()}}}}}));
    check("", "PodTemplate", json!({"template": {"spec": spec()}}));
    check("apps", "ControllerRevision", json!({"data": {"spec": {"template": {"spec": spec()}}}}));
    // Templates of pods in kinds that nobody here knows.
    check("argoproj.io", "Rollout", json!({"spec": {"template": {"spec": spec()}}}));
    check("serving.knative.dev", "Service", json!({"spec": {"template": {"spec": spec()}}}));
    check("acme.example.com", "Thing", json!({"spec": {"env": {"ANY": CANARY}}}));
}

#[test]
fn commands_and_probes() {
    let container = |more: Value| {
        let mut container = json!({"name": "a"});
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"spec": {"containers": [container]}})
    };
    check("", "Pod", container(json!({"args": [format!("--password={CANARY}")]})));
    check("", "Pod", container(json!({"args": ["--token", CANARY, "--port", "80"]})));
    check("", "Pod", container(json!({"command": ["sh", "-c", format!("PGPASSWORD={CANARY} psql")]})));
    check("", "Pod", container(json!({"args": [format!("--db=postgres://app:{CANARY}@db/shop")]})));
    check(
        "",
        "Pod",
        container(
            json!({"livenessProbe": {"httpGet": {"httpHeaders": [{"name": "Authorization", "value": format!("Basic {CANARY}")}]}}}),
        ),
    );
    check(
        "",
        "Pod",
        container(
            json!({"lifecycle": {"postStart": {"httpGet": {"httpHeaders": [{"name": "X-Any", "value": CANARY}]}}}}),
        ),
    );
    check(
        "",
        "Pod",
        container(
            json!({"readinessProbe": {"exec": {"command": ["curl", "-u", format!("admin:{CANARY}"), "http://x"]}}}),
        ),
    );
}

#[test]
fn secrets_and_copies_of_them() {
    check("", "Secret", json!({"data": {"any": CANARY}}));
    check("", "Secret", json!({"stringData": {"any": CANARY}}));
    let applied = json!({"kubectl.kubernetes.io/last-applied-configuration": format!("{{\"data\":{{\"any\":\"{CANARY}\"}}}}")});
    check("", "Secret", json!({"metadata": {"annotations": applied}}));
    check("", "ConfigMap", json!({"metadata": {"annotations": applied}}));
    check("acme.example.com", "Thing", json!({"metadata": {"annotations": applied}}));
    // An object that carries others.
    check(
        "acme.example.com",
        "Bundle",
        json!({"spec": {"manifests": [{"kind": "Secret", "metadata": {"annotations": applied}, "data": {"any": CANARY}}]}}),
    );
    check("external-secrets.io", "Thing", json!({"spec": {"password": {"inline": CANARY}}}));
    check("acme.example.com", "Thing", json!({"spec": {"db": {"password": CANARY, "apiKey": CANARY}}}));
    check(
        "acme.example.com",
        "Thing",
        json!({"spec": {"parameters": [{"name": "admin.password", "value": CANARY}]}}),
    );
    check("acme.example.com", "Thing", json!({"status": {"token": CANARY}}));
    check(
        "argoproj.io",
        "Application",
        json!({"spec": {"source": {"helm": {"values": format!("db:\n  password: {CANARY}\n")}}}}),
    );
}

#[test]
fn config_maps() {
    check("", "ConfigMap", json!({"data": {"DB_PASSWORD": CANARY}}));
    check(
        "",
        "ConfigMap",
        json!({"data": {"app.properties": format!("db.user=app\ndb.password={CANARY}\n")}}),
    );
    check("", "ConfigMap", json!({"data": {"url": format!("mysql://app:{CANARY}@db/shop")}}));
    check(
        "",
        "ConfigMap",
        json!({"data": {"kubeconfig": format!("apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    client-key-data: {CANARY}\n")}}),
    );
    check(
        "",
        "ConfigMap",
        json!({"data": {"kubeconfig": format!("current-context: a\nusers:\n- user:\n    token: {CANARY}\n")}}),
    );
    check(
        "",
        "ConfigMap",
        json!({"data": {"config.json": format!("{{\"auths\":{{\"r.example.com\":{{\"auth\":\"{CANARY}\"}}}}}}")}}),
    );
    check(
        "",
        "ConfigMap",
        json!({"data": {"key.pem": format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n")}}),
    );
    check(
        "",
        "ConfigMap",
        json!({"data": {"join.sh": "kubeadm join --token abcdef.0123456789abcdef 10.0.0.1:6443"}}),
    );
    check("", "ConfigMap", json!({"data": {"note": "use abcdef.0123456789abcdef to join"}}));
    check("", "ConfigMap", json!({"binaryData": {"keystore.jks": CANARY}}));
}

#[test]
fn annotations_and_long_public_things() {
    check("", "Service", json!({"metadata": {"annotations": {"example.com/api-token": CANARY}}}));
    check(
        "",
        "Service",
        json!({"metadata": {"annotations": {"example.com/link": format!("https://u:{CANARY}@x.example.com/")}}}),
    );
    check("", "ServiceAccount", json!({"metadata": {"annotations": {"example.com/token": CANARY}}}));
    check("", "Pod", json!({"metadata": {"annotations": {"join": "abcdef.0123456789abcdef"}}}));
    check(
        "admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration",
        json!({"webhooks": [{"name": "w", "clientConfig": {"caBundle": CANARY, "url": format!("https://u:{CANARY}@w/")}}]}),
    );
    check(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        json!({"spec": {"conversion": {"webhook": {"clientConfig": {"caBundle": CANARY}}}}}),
    );
    check("apiregistration.k8s.io", "APIService", json!({"spec": {"caBundle": CANARY}}));
    check(
        "certificates.k8s.io",
        "CertificateSigningRequest",
        json!({"spec": {"request": CANARY}, "status": {"certificate": CANARY}}),
    );
    check("storage.k8s.io", "StorageClass", json!({"parameters": {"restuserkey": CANARY}}));
}

/// What says where a secret is kept is no secret: it makes the edges.
#[test]
fn names_of_secrets_stay() {
    let more = json!({"spec": {"passwordSecretRef": {"name": "db", "key": "password"}, "auth": {"token": {"secretName": "t", "audience": "vault"}}}});
    let kept = map(&resource("acme.example.com", "Thing", "things"), object("x", &more)).asset.properties;
    assert!(!kept.as_str().contains("redacted"), "{}", kept.as_str());
    // A schema speaks about secrets.
    let schema = json!({"spec": {"versions": [{"schema": {"openAPIV3Schema": {"properties": {"password": {"type": "string", "description": "the password of it"}}}}}]}});
    let kept =
        map(&resource("apiextensions.k8s.io", "CustomResourceDefinition", "crds"), object("x", &schema))
            .asset
            .properties;
    assert!(!kept.as_str().contains("redacted"), "{}", kept.as_str());
}

#[test]
fn a_changed_value_is_seen() {
    let with = |value: &str| {
        let more =
            json!({"spec": {"containers": [{"name": "a", "env": [{"name": "LEVEL", "value": value}]}]}});
        map(&resource("", "Pod", "pods"), object("x", &more)).asset.properties
    };
    assert_eq!(with("a"), with("a"));
    assert_ne!(with("a"), with("b"));
}
