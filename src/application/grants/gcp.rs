//! GCP: `compute.instances.list`, alone or in `Required 'compute.instances.list' permission for ...`;
//! granted by a custom role, in the form that `gcloud iam roles create --file` reads.
//! <https://cloud.google.com/iam/docs/creating-custom-roles>

use std::{collections::BTreeSet, fmt::Write as _};

use super::dialect::{Dialect, Document, Need, Said, WILDCARD, after, plain, words};

pub(super) struct Gcp;

/// Services whose `list` and `get` are known to describe; the rest is left to whoever grants.
const SERVICES: &[&str] = &[
    "alloydb",
    "appengine",
    "artifactregistry",
    "bigquery",
    "bigtable",
    "certificatemanager",
    "cloudasset",
    "cloudfunctions",
    "cloudkms",
    "cloudsql",
    "compute",
    "container",
    "dataflow",
    "dataproc",
    "dns",
    "eventarc",
    "file",
    "iam",
    "logging",
    "memcache",
    "monitoring",
    "networkconnectivity",
    "networkservices",
    "pubsub",
    "redis",
    "resourcemanager",
    "run",
    "secretmanager",
    "serviceusage",
    "spanner",
    "storage",
    "vpcaccess",
    "workflows",
];

/// Of these services only these resources: the others are, or hold, what is stored.
const ONLY: &[(&str, &[&str])] = &[
    ("artifactregistry", &["locations", "repositories"]),
    ("bigquery", &["datasets", "routines", "tables"]),
    ("container", &["clusters", "operations"]),
    ("logging", &["buckets", "exclusions", "locations", "logMetrics", "sinks"]),
    (
        "monitoring",
        &[
            "alertPolicies",
            "dashboards",
            "groups",
            "notificationChannels",
            "services",
            "slos",
            "uptimeCheckConfigs",
        ],
    ),
    ("secretmanager", &["locations", "secrets"]),
    ("spanner", &["backups", "databases", "instanceConfigs", "instances"]),
    ("storage", &["buckets"]),
];

/// What stands before a permission in the messages of Google's services.
const MARKS: &[&str] =
    &["Required '", "required '", "Permission '", "permission '", "Permission `", "does not have "];

impl Dialect for Gcp {
    fn collectors(&self) -> &'static [&'static str] {
        &["gcp"]
    }

    fn read(&self, named: &str, _: &str) -> Vec<Said> {
        let alone = words(named).all(is_permission);
        let found: Vec<&str> = if alone {
            words(named).collect()
        } else {
            let mut marked = MARKS.iter().filter_map(|mark| after(named, mark));
            marked.find(|w| is_permission(w)).into_iter().collect()
        };
        let said = |permission: &str| match judge(permission) {
            Ok(()) => Said::Need(Need::everywhere(permission)),
            Err(reason) => Said::LeftOut { permission: permission.to_owned(), reason },
        };
        found.into_iter().map(said).collect()
    }

    fn document(&self, needs: &[Need], _: &BTreeSet<String>) -> Document {
        let mut text = String::from(
            "title: \"CloudScope reader\"\n\
             description: \"What CloudScope was denied: lists and describes only\"\n\
             stage: \"GA\"\n\
             includedPermissions:\n",
        );
        for need in needs {
            let _ = writeln!(text, "- \"{}\"", need.permission);
        }
        Document { title: "GCP custom role", format: "yaml", text, remark: None }
    }
}

fn is_permission(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    (3..=4).contains(&parts.len())
        && parts.iter().all(|part| plain(part, "*"))
        && parts[0].starts_with(|c: char| c.is_ascii_lowercase())
        // `compute.googleapis.com` and the like are hosts.
        && !["com", "net", "org"].contains(&parts[parts.len() - 1])
}

fn judge(permission: &str) -> Result<(), &'static str> {
    if permission.contains('*') {
        return Err(WILDCARD);
    }
    let parts: Vec<&str> = permission.split('.').collect();
    let [service, resource, verb] = parts.as_slice() else {
        return Err("it is not known what it reads; add it by hand if it is harmless");
    };
    if !["list", "get", "getIamPolicy"].contains(verb) {
        return Err("it does not list or describe");
    }
    let Ok(_) = SERVICES.binary_search(service) else {
        return Err("it is not known what that service hands out; add it by hand if it is harmless");
    };
    match ONLY.iter().find(|(name, _)| name == service) {
        Some((_, resources)) if !resources.contains(resource) => {
            Err("it may read what is stored, not only what there is")
        }
        _ => Ok(()),
    }
}
