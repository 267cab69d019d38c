//! What objects say of each other, read here once more and in another way than the catalog reads it: from and
//! to, both as ids without a cluster. Only to what is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    super::text,
    seen::{Seen, Thing},
};

/// From and to.
pub(super) type Link = (String, String);

/// Every link of what was seen.
pub(super) fn of(seen: &Seen) -> BTreeSet<Link> {
    let ids: BTreeSet<&str> = seen.objects.iter().map(|t| t.id.as_str()).collect();
    let by_uid = seen.by_uid();
    let definitions = definitions(seen);
    let mut links = BTreeSet::new();
    for thing in &seen.objects {
        let mut to: Vec<String> = Vec::new();
        let object = &thing.object;
        for owner in array(&object["metadata"]["ownerReferences"]) {
            to.extend(by_uid.get(text(owner, "uid")).map(|id| (*id).to_owned()));
        }
        let namespace = text(&object["metadata"], "namespace");
        if !namespace.is_empty() {
            to.push(format!("core/Namespace/{namespace}"));
        }
        let (group_kind, _) = split(&thing.id);
        to.extend(definitions.get(group_kind).cloned());
        to.extend(named(thing));
        to.extend(selected(thing, seen));
        links.extend(to.into_iter().filter(|t| ids.contains(t.as_str())).map(|t| (thing.id.clone(), t)));
    }
    links
}

/// `core/Pod` of an id, and the rest.
fn split(id: &str) -> (&str, &str) {
    let end = id.match_indices('/').nth(1).map_or(id.len(), |(at, _)| at);
    id.split_at(end)
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// `group/Kind` to its definition.
fn definitions(seen: &Seen) -> BTreeMap<String, String> {
    let all = seen.objects.iter().filter(|t| text(&t.object, "kind") == "CustomResourceDefinition");
    all.map(|t| {
        let spec = &t.object["spec"];
        (format!("{}/{}", text(spec, "group"), text(&spec["names"], "kind")), t.id.clone())
    })
    .collect()
}

/// What an object names.
fn named(thing: &Thing) -> Vec<String> {
    let object = &thing.object;
    let (spec, namespace) = (&object["spec"], text(&object["metadata"], "namespace"));
    let here = |group: &str, kind: &str, name: &Value| {
        name.as_str().map(|name| format!("{group}/{kind}/{namespace}/{name}"))
    };
    let whole =
        |group: &str, kind: &str, name: &Value| name.as_str().map(|name| format!("{group}/{kind}/{name}"));
    let mut to: Vec<Option<String>> = Vec::new();
    match split(&thing.id).0 {
        "core/Pod" => {
            to.push(whole("core", "Node", &spec["nodeName"]));
            to.extend(of_pod(spec, &here, &whole));
        }
        "apps/Deployment"
        | "apps/ReplicaSet"
        | "apps/DaemonSet"
        | "batch/Job"
        | "core/ReplicationController" => to.extend(of_pod(&spec["template"]["spec"], &here, &whole)),
        "apps/StatefulSet" => {
            to.extend(of_pod(&spec["template"]["spec"], &here, &whole));
            to.push(here("core", "Service", &spec["serviceName"]));
        }
        "batch/CronJob" => {
            to.extend(of_pod(&spec["jobTemplate"]["spec"]["template"]["spec"], &here, &whole));
        }
        "core/PodTemplate" => to.extend(of_pod(&object["template"]["spec"], &here, &whole)),
        "core/PersistentVolumeClaim" => {
            to.push(whole("core", "PersistentVolume", &spec["volumeName"]));
            to.push(whole("storage.k8s.io", "StorageClass", &spec["storageClassName"]));
        }
        "core/PersistentVolume" => {
            to.push(whole("storage.k8s.io", "StorageClass", &spec["storageClassName"]));
            to.push(whole("storage.k8s.io", "CSIDriver", &spec["csi"]["driver"]));
        }
        "storage.k8s.io/StorageClass" => {
            to.push(whole("storage.k8s.io", "CSIDriver", &object["provisioner"]));
        }
        "core/ServiceAccount" => {
            for list in ["imagePullSecrets", "secrets"] {
                to.extend(array(&object[list]).map(|s| here("core", "Secret", &s["name"])));
            }
        }
        "core/Endpoints" => {
            to.push(here("core", "Service", &object["metadata"]["name"]));
            for set in array(&object["subsets"]) {
                for address in array(&set["addresses"]).chain(array(&set["notReadyAddresses"])) {
                    let target = &address["targetRef"];
                    to.push(here("core", text(target, "kind"), &target["name"]));
                }
            }
        }
        "discovery.k8s.io/EndpointSlice" => {
            to.push(here("core", "Service", &object["metadata"]["labels"]["kubernetes.io/service-name"]));
            for endpoint in array(&object["endpoints"]) {
                let target = &endpoint["targetRef"];
                to.push(here("core", text(target, "kind"), &target["name"]));
            }
        }
        "networking.k8s.io/Ingress" => {
            to.push(whole("networking.k8s.io", "IngressClass", &spec["ingressClassName"]));
            to.push(here("core", "Service", &spec["defaultBackend"]["service"]["name"]));
            to.extend(array(&spec["tls"]).map(|t| here("core", "Secret", &t["secretName"])));
            for rule in array(&spec["rules"]) {
                let paths = array(&rule["http"]["paths"]);
                to.extend(paths.map(|p| here("core", "Service", &p["backend"]["service"]["name"])));
            }
        }
        "autoscaling/HorizontalPodAutoscaler" => {
            let target = &spec["scaleTargetRef"];
            let group = text(target, "apiVersion").split_once('/').map_or("core", |(group, _)| group);
            to.push(here(group, text(target, "kind"), &target["name"]));
        }
        "rbac.authorization.k8s.io/RoleBinding" | "rbac.authorization.k8s.io/ClusterRoleBinding" => {
            let (role, group) = (&object["roleRef"], "rbac.authorization.k8s.io");
            to.push(match text(role, "kind") {
                "Role" => here(group, "Role", &role["name"]),
                kind => whole(group, kind, &role["name"]),
            });
            for subject in array(&object["subjects"]).filter(|s| text(s, "kind") == "ServiceAccount") {
                let of = subject["namespace"].as_str().unwrap_or(namespace);
                to.push(Some(format!("core/ServiceAccount/{of}/{}", text(subject, "name"))));
            }
        }
        "admissionregistration.k8s.io/ValidatingWebhookConfiguration"
        | "admissionregistration.k8s.io/MutatingWebhookConfiguration" => {
            let services = array(&object["webhooks"]).map(|w| &w["clientConfig"]["service"]);
            to.extend(
                services.map(|s| Some(format!("core/Service/{}/{}", text(s, "namespace"), text(s, "name")))),
            );
        }
        "apiregistration.k8s.io/APIService" => {
            let service = &spec["service"];
            to.push(Some(format!("core/Service/{}/{}", text(service, "namespace"), text(service, "name"))));
        }
        "flowcontrol.apiserver.k8s.io/FlowSchema" => {
            let name = &spec["priorityLevelConfiguration"]["name"];
            to.push(whole("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", name));
        }
        _ => {}
    }
    to.into_iter().flatten().collect()
}

/// What the spec of a pod names.
fn of_pod(
    spec: &Value,
    here: &dyn Fn(&str, &str, &Value) -> Option<String>,
    whole: &dyn Fn(&str, &str, &Value) -> Option<String>,
) -> Vec<Option<String>> {
    let mut to = vec![
        here("core", "ServiceAccount", &spec["serviceAccountName"]),
        whole("scheduling.k8s.io", "PriorityClass", &spec["priorityClassName"]),
        whole("node.k8s.io", "RuntimeClass", &spec["runtimeClassName"]),
    ];
    to.extend(array(&spec["imagePullSecrets"]).map(|s| here("core", "Secret", &s["name"])));
    for volume in array(&spec["volumes"]) {
        to.push(here("core", "ConfigMap", &volume["configMap"]["name"]));
        to.push(here("core", "Secret", &volume["secret"]["secretName"]));
        to.push(here("core", "PersistentVolumeClaim", &volume["persistentVolumeClaim"]["claimName"]));
        for source in array(&volume["projected"]["sources"]) {
            to.push(here("core", "ConfigMap", &source["configMap"]["name"]));
            to.push(here("core", "Secret", &source["secret"]["name"]));
        }
    }
    for container in array(&spec["containers"]).chain(array(&spec["initContainers"])) {
        for from in array(&container["envFrom"]) {
            to.push(here("core", "ConfigMap", &from["configMapRef"]["name"]));
            to.push(here("core", "Secret", &from["secretRef"]["name"]));
        }
        for variable in array(&container["env"]) {
            to.push(here("core", "ConfigMap", &variable["valueFrom"]["configMapKeyRef"]["name"]));
            to.push(here("core", "Secret", &variable["valueFrom"]["secretKeyRef"]["name"]));
        }
    }
    to
}

/// The pods that an object selects.
fn selected(thing: &Thing, seen: &Seen) -> Vec<String> {
    let spec = &thing.object["spec"];
    let plain = |labels: &Value| (labels.clone(), Value::Null);
    let both = |selector: &Value| (selector["matchLabels"].clone(), selector["matchExpressions"].clone());
    // Of those that have none; whether that is all or nothing.
    let none = |(labels, more): &(Value, Value)| {
        labels.as_object().is_none_or(serde_json::Map::is_empty) && array(more).next().is_none()
    };
    let mut selectors = Vec::new();
    match split(&thing.id).0 {
        "core/Service" | "core/ReplicationController" => {
            selectors.extend(Some(plain(&spec["selector"])).filter(|s| !none(s)));
        }
        "policy/PodDisruptionBudget" => selectors.push(both(&spec["selector"])),
        "networking.k8s.io/NetworkPolicy" => {
            selectors.push(both(&spec["podSelector"]));
            for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
                let all = array(&spec[rules]).flat_map(|r| array(&r[peers]));
                let near = all.filter(|p| p["namespaceSelector"].is_null() && p["podSelector"].is_object());
                selectors.extend(near.map(|p| both(&p["podSelector"])));
            }
        }
        _ => {}
    }
    let namespace = text(&thing.object["metadata"], "namespace");
    let pods = seen
        .objects
        .iter()
        .filter(|t| t.id.starts_with("core/Pod/") && text(&t.object["metadata"], "namespace") == namespace);
    pods.filter(|pod| selectors.iter().any(|s| fits(s, &pod.object["metadata"]["labels"])))
        .map(|pod| pod.id.clone())
        .collect()
}

fn fits((labels, expressions): &(Value, Value), of: &Value) -> bool {
    let equal = labels.as_object().into_iter().flatten().all(|(k, v)| of.get(k) == Some(v));
    equal
        && array(expressions).all(|e| {
            let got = of.get(text(e, "key"));
            let listed = got.is_some_and(|got| array(&e["values"]).any(|v| v == got));
            match text(e, "operator") {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => got.is_some(),
                _ => got.is_none(),
            }
        })
}
