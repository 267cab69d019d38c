//! What a cluster has, in the words of the inventory, and every difference to what was collected.

use std::collections::BTreeMap;

use cloudscope_kubernetes::fake::FakeApiServer;
use serde_json::Value;

use super::text;

/// Objects that are not collected unless that is asked for.
const OFF: [&str; 4] = ["events", "events.events.k8s.io", "leases.coordination.k8s.io", "metrics.k8s.io"];

/// Whether a resource is collected without being asked for.
pub(super) fn is_on(resource: &str) -> bool {
    !OFF.iter().any(|off| resource == *off || resource.ends_with(&format!(".{off}")))
}

/// Everything that a cluster has, by id.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) objects: BTreeMap<String, Facts>,
}

/// What is compared, and how it is said when it differs.
pub(super) type Facts = BTreeMap<&'static str, String>;

impl Wanted {
    /// Of the fake: what it holds at this moment.
    pub(super) fn of_fake(server: &FakeApiServer) -> Self {
        let mut out = Self::default();
        let cluster = server.cluster();
        for served in server.served().iter().filter(|s| s.can("list") && is_on(&s.name())) {
            for object in server.objects(&served.name()) {
                out.add(&cluster, &served.group, &served.kind, &object);
            }
        }
        out
    }

    /// An object as its server has it.
    pub(super) fn add(&mut self, cluster: &str, group: &str, kind: &str, object: &Value) {
        let metadata = &object["metadata"];
        let group = if group.is_empty() { "core" } else { group };
        let (namespace, name) = (text(metadata, "namespace"), text(metadata, "name"));
        let place = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
        let id = format!("{cluster}/{group}/{kind}/{place}{name}");
        // What the server makes when it is asked has no uid (ComponentStatus); it goes by its name.
        let uid = Some(text(metadata, "uid")).filter(|uid| !uid.is_empty()).unwrap_or(name);
        self.objects.insert(id, facts(name, namespace, uid, &metadata["labels"]));
    }
}

fn facts(name: &str, namespace: &str, uid: &str, labels: &Value) -> Facts {
    // Sorted, so that order does not matter.
    let labels: BTreeMap<&String, &Value> = labels.as_object().into_iter().flatten().collect();
    Facts::from([
        ("name", name.to_owned()),
        ("namespace", namespace.to_owned()),
        ("incarnation", uid.to_owned()),
        ("tags", serde_json::to_string(&labels).unwrap()),
    ])
}

/// Every difference between what was collected and what there is, a line each.
pub(super) fn differences(rows: &[Value], wanted: &Wanted) -> Vec<String> {
    let mut told = Vec::new();
    let mut found: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, String> = BTreeMap::new();
    for row in rows {
        let id = text(row, "id");
        if found.insert(id, row).is_some() {
            told.push(format!("there twice: {id}"));
        }
        // One kind of the inventory is one kind of the cluster.
        let of: Vec<&str> = id.split('/').skip(1).take(2).collect();
        let kind = kinds.entry(text(row, "kind")).or_insert_with(|| of.join("/"));
        if *kind != of.join("/") || !text(row, "kind").starts_with("k8s.") {
            told.push(format!("{id} is of the kind {}", text(row, "kind")));
        }
    }
    for (id, facts) in &wanted.objects {
        let Some(row) = found.get(id.as_str()) else {
            told.push(format!("not collected: {id}"));
            continue;
        };
        let metadata = &row["properties"]["metadata"];
        let got = super::wanted::facts(
            text(row, "name"),
            text(metadata, "namespace"),
            text(row, "incarnation"),
            &row["tags"],
        );
        for (what, value) in facts {
            if got.get(what) != Some(value) {
                told.push(format!("{id}: {what} is {:?}, not {value:?}", got.get(what)));
            }
        }
    }
    let more = found.keys().filter(|id| !wanted.objects.contains_key(**id));
    told.extend(more.map(|id| format!("the cluster has no {id}")));
    told
}
