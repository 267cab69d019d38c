//! The columns that kubectl prints, compared with the statuses and facts that were collected.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{super::text, seen::Kubectl};

/// A column, and the field that holds the same.
type Column = (&'static str, &'static str);

/// What kubectl calls a kind, what an id of it begins with, and which column is which field.
const PRINTED: [(&str, &str, &[Column]); 15] = [
    ("pods", "core/Pod/", &[("STATUS", "status"), ("READY", "ready"), ("RESTARTS", "restarts")]),
    ("nodes", "core/Node/", &[("STATUS", "status"), ("ROLES", "roles"), ("VERSION", "version")]),
    ("namespaces", "core/Namespace/", &[("STATUS", "status")]),
    ("persistentvolumeclaims", "core/PersistentVolumeClaim/", &[("STATUS", "status")]),
    ("persistentvolumes", "core/PersistentVolume/", &[("STATUS", "status"), ("CLAIM", "claim")]),
    (
        "deployments.apps",
        "apps/Deployment/",
        &[("READY", "ready"), ("UP-TO-DATE", "updated"), ("AVAILABLE", "available")],
    ),
    ("statefulsets.apps", "apps/StatefulSet/", &[("READY", "ready")]),
    (
        "replicasets.apps",
        "apps/ReplicaSet/",
        &[("DESIRED", "desired"), ("CURRENT", "current"), ("READY", "ready")],
    ),
    (
        "daemonsets.apps",
        "apps/DaemonSet/",
        &[("DESIRED", "desired"), ("CURRENT", "current"), ("READY", "ready"), ("AVAILABLE", "available")],
    ),
    ("jobs.batch", "batch/Job/", &[("COMPLETIONS", "completions"), ("STATUS", "status")]),
    ("cronjobs.batch", "batch/CronJob/", &[("SCHEDULE", "schedule"), ("ACTIVE", "active")]),
    ("services", "core/Service/", &[("TYPE", "type"), ("PORT(S)", "ports")]),
    ("apiservices", "apiregistration.k8s.io/APIService/", &[("AVAILABLE", "status"), ("SERVICE", "service")]),
    (
        "certificatesigningrequests",
        "certificates.k8s.io/CertificateSigningRequest/",
        &[("CONDITION", "status")],
    ),
    ("replicationcontrollers", "core/ReplicationController/", &[("DESIRED", "desired"), ("READY", "ready")]),
];

/// Those that lie in no namespace, whatever kubectl was asked for.
const CLUSTER_WIDE: [&str; 5] =
    ["nodes", "namespaces", "persistentvolumes", "apiservices", "certificatesigningrequests"];

/// By id without a cluster and column, what kubectl prints of those places.
pub(super) fn seen(
    kubectl: &Kubectl<'_>,
    places: &[Vec<String>],
) -> BTreeMap<(String, &'static str), String> {
    let mut out = BTreeMap::new();
    let kinds = PRINTED.iter().flat_map(|kind| places.iter().map(move |place| (kind, place)));
    for (&(name, place, columns), from) in kinds {
        let mut words = vec!["get", name];
        words.extend(from.iter().map(String::as_str));
        let Ok(table) = kubectl.ask(&words) else { continue };
        let mut lines = table.lines();
        let Some(header) = lines.next() else { continue };
        // Columns begin where their titles do.
        let at = |title: &str| {
            let begin = format!(" {header} ").find(&format!(" {title} "))?;
            let rest = &header[begin + title.len()..];
            let end = rest.find(|c: char| c != ' ').map(|more| begin + title.len() + more);
            Some((begin, end))
        };
        for line in lines {
            let cell = |title: &str| {
                let (begin, end) = at(title)?;
                let cut = line.get(begin..end.unwrap_or(line.len()).min(line.len()))?;
                Some(cut.trim().to_owned())
            };
            let Some(own) = cell("NAME") else { continue };
            let one = || from.get(1).filter(|_| CLUSTER_WIDE.iter().all(|wide| *wide != name)).cloned();
            let id = match cell("NAMESPACE").or_else(one) {
                Some(namespace) => format!("{place}{namespace}/{own}"),
                None => format!("{place}{own}"),
            };
            for (title, _) in columns {
                if let Some(value) = cell(title) {
                    out.insert((id.clone(), *title), value);
                }
            }
        }
    }
    out
}

/// What differs of what kubectl printed alike before and after, of those objects that did not change meanwhile.
pub(super) fn differences(
    rows: &[Value],
    before: &BTreeMap<(String, &'static str), String>,
    after: &BTreeMap<(String, &'static str), String>,
    steady: impl Fn(&str) -> bool,
) -> (usize, Vec<String>) {
    let by_id: BTreeMap<&str, &Value> =
        rows.iter().filter_map(|r| Some((text(r, "id").split_once('/')?.1, r))).collect();
    let mut told = Vec::new();
    let mut count = 0;
    for ((id, title), printed) in before.iter().filter(|(at, value)| after.get(at) == Some(value)) {
        if !steady(id) {
            continue;
        }
        // What is not there at all is told elsewhere.
        let Some(row) = by_id.get(id.as_str()) else { continue };
        let columns = PRINTED.iter().find(|(_, place, _)| id.starts_with(place)).unwrap().2;
        let field = columns.iter().find(|(t, _)| t == title).unwrap().1;
        let got = match field {
            "status" => text(row, "status").to_owned(),
            field => shown(&row["properties"]["derived"][field]),
        };
        count += 1;
        // `3 (2m ago)`: when is not compared.
        let printed = printed.split(" (").next().unwrap_or_default().to_owned();
        let full = before[&(id.clone(), *title)].clone();
        if got != printed && got != full {
            told.push(format!("{id}: kubectl prints {title} {full:?}, collected is {got:?}"));
        }
    }
    (count, told)
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<none>".to_owned(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
