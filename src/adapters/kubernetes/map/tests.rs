//! Mapping as a whole: ids, generic kinds, references across kinds and providers, canaries, any JSON.

mod canary;
mod edges;

use std::sync::{Arc, LazyLock};

use cloudscope_catalog::Catalog;
use cloudscope_domain::{Sighting, redact::Redactor};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    map::{Cluster, Mapper},
    resource::Resource,
};

pub(in crate::map) fn resource(group: &str, kind: &str, plural: &str) -> Resource {
    Resource {
        group: group.into(),
        version: "v1".into(),
        kind: kind.into(),
        plural: plural.into(),
        singular: kind.to_lowercase(),
        short_names: Vec::new(),
        namespaced: true,
        watchable: true,
    }
}

pub(in crate::map) fn mapper_of(catalog: Arc<Catalog>) -> Mapper {
    let cluster = Cluster { uid: "c1".into(), name: "prod".into() };
    Mapper::new(catalog, Redactor::new([3; 32]), cluster)
}

static BUILTIN: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(Catalog::builtin().unwrap()));

pub(in crate::map) fn mapper() -> Mapper {
    mapper_of(BUILTIN.clone())
}

/// An object with a name, a namespace and a uid, and what else it says.
pub(in crate::map) fn object(name: &str, more: &Value) -> Value {
    let mut object = json!({"metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}")}});
    for (key, value) in more.as_object().into_iter().flatten() {
        match (object.get_mut(key), value) {
            (Some(Value::Object(there)), Value::Object(more)) => there.extend(more.clone()),
            _ => object[key] = value.clone(),
        }
    }
    object
}

fn map(resource: &Resource, object: Value) -> Sighting {
    mapper().sighting(resource, object).unwrap()
}

#[test]
fn the_key_is_that_of_the_sighting() {
    let mapper = mapper();
    for (resource, object) in [
        (resource("", "Pod", "pods"), object("web-1", &json!({}))),
        (resource("apps", "Deployment", "deployments"), object("web", &json!({}))),
        (resource("acme.example.com", "Thing", "things"), object("t", &json!({}))),
        (resource("", "Node", "nodes"), json!({"metadata": {"name": "n", "uid": "u"}})),
        (resource("", "Secret", "secrets"), object("my-token-x2", &json!({}))),
    ] {
        let key = mapper.key(&resource, &object).unwrap();
        let sighting = mapper.sighting(&resource, object).unwrap();
        assert_eq!(key, sighting.asset.key);
        assert_eq!(sighting.asset.kind, mapper.kind(&resource));
    }
    assert_eq!(mapper.key(&resource("", "Pod", "pods"), &json!({"metadata": {"name": "x"}})), None);
}

#[test]
fn objects_of_lists_and_bare_metadata_are_named_by_their_resource() {
    let bare = json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": {"name": "s", "namespace": "shop", "uid": "u"}});
    let sighting = map(&resource("", "Secret", "secrets"), bare);
    assert_eq!(sighting.asset.key.id.as_str(), "c1/core/Secret/shop/s");
    let text = sighting.asset.properties.as_str();
    assert!(text.starts_with(r#"{"apiVersion":"v1","kind":"Secret","#), "{text}");
    let listed = map(&resource("apps", "Deployment", "deployments"), object("web", &json!({})));
    assert!(listed.asset.properties.as_str().starts_with(r#"{"apiVersion":"apps/v1","kind":"Deployment","#));
}

#[test]
fn a_kind_that_nobody_knows_is_mapped_by_what_all_have() {
    let thing = object(
        "t",
        &json!({
            "metadata": {"labels": {"app": "web"}, "creationTimestamp": "2026-11-21T08:00:00Z",
                "ownerReferences": [{"kind": "Deployment", "name": "web", "uid": "uid-web", "controller": true}]},
            "spec": {"size": 3}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}
        }),
    );
    let Sighting { asset, references, volatile, .. } =
        map(&resource("acme.example.com", "BigThing", "bigthings"), thing);
    assert_eq!(asset.kind.as_str(), "k8s.acme.example.com.big-thing");
    assert_eq!(asset.key.id.as_str(), "c1/acme.example.com/BigThing/shop/t");
    assert_eq!(asset.key.incarnation.as_str(), "uid-t");
    assert_eq!((&*asset.name, &*asset.account, asset.category.as_str()), ("t", "prod", "other"));
    assert_eq!(asset.status.unwrap().word.as_ref(), "Ready");
    assert_eq!(asset.tags["app"], "web");
    assert_eq!(asset.created_at.unwrap().to_string(), "2026-11-21T08:00:00Z");
    assert!(asset.properties.as_str().contains(r#""derived":{"owner":"Deployment/web"}"#));
    assert!(volatile.iter().any(|p| p == "/metadata/resourceVersion"));
    let edges: Vec<String> = references.iter().map(|r| format!("{} {}", r.relation, r.target)).collect();
    let expected = [
        "instance-of c1/apiextensions.k8s.io/CustomResourceDefinition/bigthings.acme.example.com",
        "part-of c1/core/Namespace/shop",
        "owned-by uid-web",
    ];
    assert_eq!(edges, expected);
}

#[test]
fn a_row_of_the_user_wins() {
    let mut catalog = Catalog::builtin().unwrap();
    let row = "version = 1\n[[kind]]\nkind = 'k8s.acme.example.com.big-thing'\nuse = 'k8s-custom'\ncategory = 'database'\ntitle = 'Big thing'\nstatus = { path = '/status/mood', ok = ['happy'] }\n";
    catalog.add("mine.toml", row).unwrap();
    let thing = object(
        "t",
        &json!({"status": {"mood": "happy", "conditions": [{"type": "Ready", "status": "False"}]}}),
    );
    let asset = mapper_of(Arc::new(catalog))
        .sighting(&resource("acme.example.com", "BigThing", "bigthings"), thing)
        .unwrap()
        .asset;
    assert_eq!(asset.category.as_str(), "database");
    assert_eq!(&*asset.status.unwrap().word, "happy");
}

#[test]
fn every_built_in_kind_has_a_row_of_its_own() {
    let catalog = Catalog::builtin().unwrap();
    let missing: Vec<&str> = BUILT_IN
        .lines()
        .map(str::trim)
        .filter(|k| !k.is_empty())
        .filter(|k| {
            let kind = format!("k8s.{k}").parse().unwrap();
            catalog.spec(&kind).is_none()
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

const BUILT_IN: &str = "core.pod
    core.node
    core.namespace
    core.service
    core.endpoints
    core.config-map
    core.secret
    core.persistent-volume
    core.persistent-volume-claim
    core.service-account
    core.replication-controller
    core.resource-quota
    core.limit-range
    core.pod-template
    core.event
    core.component-status
    events.k8s.io.event
    apps.deployment
    apps.replica-set
    apps.stateful-set
    apps.daemon-set
    apps.controller-revision
    batch.job
    batch.cron-job
    autoscaling.horizontal-pod-autoscaler
    policy.pod-disruption-budget
    networking.k8s.io.ingress
    networking.k8s.io.ingress-class
    networking.k8s.io.network-policy
    networking.k8s.io.ip-address
    networking.k8s.io.service-cidr
    gateway.networking.k8s.io.gateway-class
    gateway.networking.k8s.io.gateway
    gateway.networking.k8s.io.http-route
    gateway.networking.k8s.io.grpc-route
    gateway.networking.k8s.io.tcp-route
    gateway.networking.k8s.io.tls-route
    gateway.networking.k8s.io.udp-route
    gateway.networking.k8s.io.reference-grant
    discovery.k8s.io.endpoint-slice
    rbac.authorization.k8s.io.role
    rbac.authorization.k8s.io.cluster-role
    rbac.authorization.k8s.io.role-binding
    rbac.authorization.k8s.io.cluster-role-binding
    storage.k8s.io.storage-class
    storage.k8s.io.volume-attachment
    storage.k8s.io.csi-driver
    storage.k8s.io.csi-node
    storage.k8s.io.csi-storage-capacity
    storage.k8s.io.volume-attributes-class
    snapshot.storage.k8s.io.volume-snapshot
    snapshot.storage.k8s.io.volume-snapshot-content
    snapshot.storage.k8s.io.volume-snapshot-class
    scheduling.k8s.io.priority-class
    node.k8s.io.runtime-class
    coordination.k8s.io.lease
    certificates.k8s.io.certificate-signing-request
    certificates.k8s.io.cluster-trust-bundle
    admissionregistration.k8s.io.validating-webhook-configuration
    admissionregistration.k8s.io.mutating-webhook-configuration
    admissionregistration.k8s.io.validating-admission-policy
    admissionregistration.k8s.io.validating-admission-policy-binding
    admissionregistration.k8s.io.mutating-admission-policy
    admissionregistration.k8s.io.mutating-admission-policy-binding
    apiextensions.k8s.io.custom-resource-definition
    apiregistration.k8s.io.api-service
    flowcontrol.apiserver.k8s.io.flow-schema
    flowcontrol.apiserver.k8s.io.priority-level-configuration
    resource.k8s.io.device-class
    resource.k8s.io.resource-claim
    resource.k8s.io.resource-claim-template
    resource.k8s.io.resource-slice";

/// Two readings of a cluster at rest differ in what is noise only.
#[test]
fn noise_is_no_change() {
    let autoscaler = object("cluster-autoscaler-status", &json!({"data": {"status": "now"}}));
    let sighting = map(&resource("", "ConfigMap", "configmaps"), autoscaler);
    assert!(sighting.volatile.iter().any(|p| p == "/data/status"));
    let lease = map(
        &resource("coordination.k8s.io", "Lease", "leases"),
        object("l", &json!({"spec": {"renewTime": "x"}})),
    );
    assert!(lease.volatile.iter().any(|p| p == "/spec/renewTime"));
    let fields =
        json!({"metadata": {"managedFields": [{"manager": "kubectl", "time": "2026-11-21T08:00:00Z"}]}});
    let pod = map(&resource("", "Pod", "pods"), object("p", &fields));
    assert!(!pod.asset.properties.as_str().contains("managedFields"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let words = prop_oneof![
        Just("name"),
        Just("metadata"),
        Just("spec"),
        Just("status"),
        Just("containers"),
        Just("initContainers"),
        Just("conditions"),
        Just("type"),
        Just("containerStatuses"),
        Just("state"),
        Just("terminated"),
        Just("selector"),
        Just("matchLabels"),
        Just("env"),
        Just("value"),
        Just("data"),
        Just("kind"),
        Just("volumes"),
        Just("template"),
        Just("replicas"),
        Just("resources"),
        Just("requests"),
        Just("cpu"),
        Just("token"),
        Just("annotations"),
        Just("labels"),
        Just("ownerReferences"),
        Just("image")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("9999999999Gi")),
        Just(json!("abcdef.0123456789abcdef")),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((words.clone(), inner), 0..6).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn mapping_never_panics(spec in any_json(), status in any_json(), metadata in any_json(), whole in any_json()) {
        let mapper = mapper();
        let mut object = json!({"metadata": metadata, "spec": spec, "status": status, "data": whole, "webhooks": whole});
        if object["metadata"].is_object() {
            object["metadata"]["name"] = "n".into();
            object["metadata"]["uid"] = "u".into();
        }
        for (group, kind) in [
            ("", "Pod"), ("", "Node"), ("", "Service"), ("", "ConfigMap"), ("", "Secret"), ("apps", "Deployment"),
            ("batch", "CronJob"), ("networking.k8s.io", "NetworkPolicy"), ("acme.example.com", "Thing"),
            ("gateway.networking.k8s.io", "HTTPRoute"), ("rbac.authorization.k8s.io", "RoleBinding"),
        ] {
            let resource = resource(group, kind, "xs");
            let _ = mapper.key(&resource, &object);
            let _ = mapper.sighting(&resource, object.clone());
            let _ = mapper.sighting(&resource, whole.clone());
        }
    }
}
