//! Facts that are derived from one object and put beside it under `derived`: what kubectl prints in its
//! columns, so that lists and queries need not look for it. Nothing here changes with time alone.

mod resources;

use serde_json::{Map, Value, json};

use super::{
    containers::{self, Counted},
    quantity,
    read::{at, list, number, text},
};
use crate::resource::Resource;

/// The field that they are put under.
pub(super) const FIELD: &str = "derived";

/// More of a list than anybody reads in one column.
const MOST: usize = 64;

/// The facts of an object, in order; empty where there are none.
pub(super) fn of(resource: &Resource, object: &Value) -> Map<String, Value> {
    let mut facts = Facts(Map::new());
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Pod") => pod(object, &mut facts),
        ("", "Node") => node(object, &mut facts),
        ("", "ReplicationController") | ("apps", "ReplicaSet") => replica_set(object, &mut facts),
        ("apps", "Deployment") => deployment(object, &mut facts),
        ("apps", "StatefulSet") => stateful_set(object, &mut facts),
        ("apps", "DaemonSet") => daemon_set(object, &mut facts),
        ("batch", "Job") => job(object, &mut facts),
        ("batch", "CronJob") => cron_job(object, &mut facts),
        ("", "PodTemplate") => template(at(object, &["template", "spec"]), &mut facts),
        ("", "Service") => service(object, &mut facts),
        ("", "Endpoints") => endpoints(object, &mut facts),
        ("discovery.k8s.io", "EndpointSlice") => slice(object, &mut facts),
        ("networking.k8s.io", "Ingress") => facts.texts("hosts", list(object, &["spec", "rules"]), &["host"]),
        ("gateway.networking.k8s.io", "Gateway") => {
            facts.texts("hosts", list(object, &["spec", "listeners"]), &["hostname"]);
        }
        ("gateway.networking.k8s.io", _) => facts.texts("hosts", list(object, &["spec", "hostnames"]), &[]),
        ("", "ConfigMap") => config_map(object, &mut facts),
        ("", "PersistentVolumeClaim") => {
            let capacity = at(object, &["status", "capacity", "storage"]);
            let asked = || at(object, &["spec", "resources", "requests", "storage"]);
            facts.amount("capacity", capacity.or_else(asked));
        }
        ("", "PersistentVolume") => {
            facts.amount("capacity", at(object, &["spec", "capacity", "storage"]));
            let claim =
                at(object, &["spec", "claimRef"]).map(|c| (text(c, &["namespace"]), text(c, &["name"])));
            if let Some((namespace, name)) = claim {
                facts.text("claim", &format!("{namespace}/{name}"));
            }
        }
        ("autoscaling", "HorizontalPodAutoscaler") => {
            let target = |field| text(object, &["spec", "scaleTargetRef", field]);
            facts.text("target", &format!("{}/{}", target("kind"), target("name")));
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => binding(object, &mut facts),
        ("admissionregistration.k8s.io", _) => {
            facts.texts("webhooks", list(object, &["webhooks"]), &["name"]);
        }
        ("apiregistration.k8s.io", "APIService") => {
            let service = |field| text(object, &["spec", "service", field]);
            let local = at(object, &["spec", "service"]).is_none_or(Value::is_null);
            let words = format!("{}/{}", service("namespace"), service("name"));
            facts.text("service", if local { "Local" } else { &words });
        }
        _ => {}
    }
    facts.text("owner", &owner(object));
    facts.0
}

struct Facts(Map<String, Value>);

impl Facts {
    fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.0.insert(name.to_owned(), text.into());
        }
    }

    fn count(&mut self, name: &str, count: i64) {
        self.0.insert(name.to_owned(), count.into());
    }

    fn amount(&mut self, name: &str, quantity: Option<&Value>) {
        if let Some(amount) = quantity.and_then(quantity::units) {
            self.0.insert(name.to_owned(), amount.into());
        }
    }

    /// The texts below some keys of every element, each once.
    fn texts(&mut self, name: &str, list: &[Value], keys: &[&str]) {
        let mut texts: Vec<&str> = Vec::new();
        for element in list {
            let text = text(element, keys);
            if !text.is_empty() && !texts.contains(&text) && texts.len() < MOST {
                texts.push(text);
            }
        }
        self.list(name, texts);
    }

    fn list<T: Into<Value>>(&mut self, name: &str, list: Vec<T>) {
        if !list.is_empty() {
            self.0.insert(name.to_owned(), list.into());
        }
    }
}

/// Kind and name of the controller, else of the only owner.
fn owner(object: &Value) -> String {
    let owners = list(object, &["metadata", "ownerReferences"]);
    let controller = owners.iter().find(|o| o.get("controller") == Some(&Value::Bool(true)));
    let only = || if owners.len() == 1 { owners.first() } else { None };
    let owner = controller.or_else(only);
    owner.map(|o| format!("{}/{}", text(o, &["kind"]), text(o, &["name"]))).unwrap_or_default()
}

fn pod(object: &Value, facts: &mut Facts) {
    let Counted { ready, total, restarts, last_restart } = containers::counted(object);
    facts.text("ready", &format!("{ready}/{total}"));
    facts.count("restarts", restarts);
    facts.text("last_restart", last_restart);
    facts.text("node", text(object, &["spec", "nodeName"]));
    facts.text("qos", text(object, &["status", "qosClass"]));
    template(object.get("spec"), facts);
}

/// Images, and what the scheduler counts of a pod.
fn template(spec: Option<&Value>, facts: &mut Facts) {
    let Some(spec) = spec else { return };
    let mut images: Vec<&str> = Vec::new();
    for container in list(spec, &["containers"]).iter().chain(list(spec, &["initContainers"])) {
        let image = text(container, &["image"]);
        if !image.is_empty() && !images.contains(&image) && images.len() < MOST {
            images.push(image);
        }
    }
    facts.list("images", images);
    for side in ["requests", "limits"] {
        let amounts = resources::of_pod(spec, side);
        if !amounts.is_empty() {
            facts.0.insert(side.to_owned(), Value::Object(amounts));
        }
    }
}

fn of_template(object: &Value, facts: &mut Facts) {
    template(at(object, &["spec", "template", "spec"]), facts);
}

fn status(object: &Value, field: &str) -> i64 {
    number(object, &["status", field]).unwrap_or_default()
}

fn wanted(object: &Value) -> i64 {
    number(object, &["spec", "replicas"]).unwrap_or(1)
}

fn deployment(object: &Value, facts: &mut Facts) {
    facts.text("ready", &format!("{}/{}", status(object, "readyReplicas"), wanted(object)));
    facts.count("desired", wanted(object));
    facts.count("updated", status(object, "updatedReplicas"));
    facts.count("available", status(object, "availableReplicas"));
    of_template(object, facts);
}

fn replica_set(object: &Value, facts: &mut Facts) {
    facts.count("desired", wanted(object));
    facts.count("current", status(object, "replicas"));
    facts.count("ready", status(object, "readyReplicas"));
    facts.count("available", status(object, "availableReplicas"));
    of_template(object, facts);
}

fn stateful_set(object: &Value, facts: &mut Facts) {
    facts.text("ready", &format!("{}/{}", status(object, "readyReplicas"), wanted(object)));
    facts.count("desired", wanted(object));
    facts.count("updated", status(object, "updatedReplicas"));
    facts.count("available", status(object, "availableReplicas"));
    of_template(object, facts);
}

fn daemon_set(object: &Value, facts: &mut Facts) {
    facts.count("desired", status(object, "desiredNumberScheduled"));
    facts.count("current", status(object, "currentNumberScheduled"));
    facts.count("ready", status(object, "numberReady"));
    facts.count("updated", status(object, "updatedNumberScheduled"));
    facts.count("available", status(object, "numberAvailable"));
    of_template(object, facts);
}

/// Completions as kubectl prints them: of a job that needs only one of several, `0/1 of 3`.
fn job(object: &Value, facts: &mut Facts) {
    let done = status(object, "succeeded");
    let parallel = number(object, &["spec", "parallelism"]).unwrap_or_default();
    let words = match number(object, &["spec", "completions"]) {
        Some(wanted) => format!("{done}/{wanted}"),
        None if parallel > 1 => format!("{done}/1 of {parallel}"),
        None => format!("{done}/1"),
    };
    facts.text("completions", &words);
    facts.count("active", status(object, "active"));
    facts.count("failed", status(object, "failed"));
    of_template(object, facts);
}

fn cron_job(object: &Value, facts: &mut Facts) {
    facts.text("schedule", text(object, &["spec", "schedule"]));
    facts.text("last_schedule", text(object, &["status", "lastScheduleTime"]));
    facts.count("active", i64::try_from(list(object, &["status", "active"]).len()).unwrap_or_default());
    template(at(object, &["spec", "jobTemplate", "spec", "template", "spec"]), facts);
}

fn node(object: &Value, facts: &mut Facts) {
    const ROLE: &str = "node-role.kubernetes.io/";
    let labels = at(object, &["metadata", "labels"]).and_then(Value::as_object);
    let mut roles: Vec<&str> = Vec::new();
    for (key, value) in labels.into_iter().flatten() {
        let role = match key.strip_prefix(ROLE) {
            Some(role) => role,
            None if key == "kubernetes.io/role" => value.as_str().unwrap_or_default(),
            None => continue,
        };
        if !role.is_empty() && !roles.contains(&role) {
            roles.push(role);
        }
    }
    roles.sort_unstable();
    facts.list("roles", roles);
    let info = |field| text(object, &["status", "nodeInfo", field]);
    facts.text("version", info("kubeletVersion"));
    for (name, side) in [("capacity", "capacity"), ("allocatable", "allocatable")] {
        let Some(side) = at(object, &["status", side]) else { continue };
        let mut amounts = Map::new();
        if let Some(cpu) = side.get("cpu").and_then(quantity::thousandths) {
            amounts.insert("cpu".to_owned(), cpu.into());
        }
        if let Some(memory) = side.get("memory").and_then(quantity::units) {
            amounts.insert("memory".to_owned(), memory.into());
        }
        if let Some(pods) = side.get("pods").and_then(quantity::units) {
            amounts.insert("pods".to_owned(), pods.into());
        }
        if !amounts.is_empty() {
            facts.0.insert(name.to_owned(), Value::Object(amounts));
        }
    }
}

/// Ports as kubectl prints them: `80/TCP`, `80:30080/TCP`.
fn service(object: &Value, facts: &mut Facts) {
    facts.text("type", text(object, &["spec", "type"]));
    let ports = list(object, &["spec", "ports"]).iter().take(MOST).map(|port| {
        let number = |field| number(port, &[field]).unwrap_or_default();
        let protocol = text(port, &["protocol"]);
        let protocol = if protocol.is_empty() { "TCP" } else { protocol };
        match number("nodePort") {
            0 => format!("{}/{protocol}", number("port")),
            node => format!("{}:{node}/{protocol}", number("port")),
        }
    });
    facts.list("ports", ports.collect());
}

fn endpoints(object: &Value, facts: &mut Facts) {
    let count = |field: &str| -> usize {
        list(object, &["subsets"]).iter().map(|subset| list(subset, &[field]).len()).sum()
    };
    let ready = count("addresses");
    facts.text("ready", &format!("{ready}/{}", ready + count("notReadyAddresses")));
}

fn slice(object: &Value, facts: &mut Facts) {
    let all = list(object, &["endpoints"]);
    // An endpoint that says nothing is ready.
    let ready = all.iter().filter(|e| at(e, &["conditions", "ready"]) != Some(&Value::Bool(false))).count();
    facts.text("ready", &format!("{ready}/{}", all.len()));
}

fn config_map(object: &Value, facts: &mut Facts) {
    let keys = |field: &str| object.get(field).and_then(Value::as_object);
    let names: Vec<&str> = keys("data")
        .into_iter()
        .chain(keys("binaryData"))
        .flat_map(|m| m.keys())
        .map(String::as_str)
        .collect();
    facts.count("data", i64::try_from(names.len()).unwrap_or_default());
    // What is binary is not kept; how much there was is.
    let mut sizes = Map::new();
    for (name, value) in keys("binaryData").into_iter().flatten().take(MOST) {
        let bytes = value.as_str().map_or(0, |t| t.trim_end_matches('=').len() * 3 / 4);
        sizes.insert(name.clone(), json!(bytes));
    }
    if !sizes.is_empty() {
        facts.0.insert("binary".to_owned(), Value::Object(sizes));
    }
}

fn binding(object: &Value, facts: &mut Facts) {
    let role = |field| text(object, &["roleRef", field]);
    facts.text("role", &format!("{}/{}", role("kind"), role("name")));
    let subjects = list(object, &["subjects"]).iter().take(MOST).map(|subject| {
        let (kind, name) = (text(subject, &["kind"]), text(subject, &["name"]));
        match text(subject, &["namespace"]) {
            "" => format!("{kind}:{name}"),
            namespace => format!("{kind}:{namespace}/{name}"),
        }
    });
    facts.list("subjects", subjects.collect());
}

#[cfg(test)]
mod tests;
