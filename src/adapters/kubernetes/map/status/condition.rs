//! Statuses that stand in conditions, also of kinds that nobody here knows.

use cloudscope_domain::Status;
use serde_json::Value;

use super::word::{error, ok, pending, stopped, unknown, warning};
use crate::map::read::{at, condition, flag, list, text};

/// Conditions that say how the whole object is, the most telling first.
const TELLING: [&str; 10] = [
    "Ready",
    "Available",
    "Healthy",
    "Synced",
    "Established",
    "Programmed",
    "Accepted",
    "Succeeded",
    "Reconciled",
    "Complete",
];

/// Reasons that mean that it is under way, whatever the condition is.
const UNDER_WAY: [&str; 10] = [
    "Progressing",
    "Pending",
    "Reconciling",
    "ReconciliationInProgress",
    "Creating",
    "Provisioning",
    "InProgress",
    "Issuing",
    "Waiting",
    "DependencyNotReady",
];

/// The status of the first of some conditions that is there: the type where it holds, the reason where not.
pub(super) fn positive(object: &Value, kinds: &[&str]) -> Option<Status> {
    let (kind, found) = kinds.iter().find_map(|kind| condition(object, kind).map(|c| (*kind, c)))?;
    let reason = text(found, &["reason"]);
    Some(match text(found, &["status"]) {
        "True" => ok(kind),
        "False" if UNDER_WAY.contains(&reason) => pending(reason),
        "False" if reason.is_empty() => error(format!("Not{kind}")),
        "False" => error(reason),
        _ if UNDER_WAY.contains(&reason) => pending(reason),
        _ if reason.is_empty() => unknown("Unknown"),
        _ => unknown(reason),
    })
}

/// Of a kind that nobody here knows: its conditions, else its phase or state.
pub(super) fn generic(object: &Value) -> Option<Status> {
    if at(object, &["metadata", "deletionTimestamp"]).is_some_and(Value::is_string) {
        return Some(pending("Terminating"));
    }
    if flag(object, &["spec", "suspend"])
        || flag(object, &["spec", "suspended"])
        || flag(object, &["spec", "paused"])
    {
        return Some(stopped("Suspended"));
    }
    for kind in ["Stalled", "Failed", "Degraded"] {
        let bad = condition(object, kind).filter(|c| text(c, &["status"]) == "True");
        if bad.is_some() {
            return Some(error(kind));
        }
    }
    positive(object, &TELLING).or_else(|| phase(object))
}

fn phase(object: &Value) -> Option<Status> {
    let fields = [
        &["status", "phase"][..],
        &["status", "state"],
        &["status", "health", "status"],
        &["status", "status"],
    ];
    let word = fields.iter().map(|f| text(object, f)).find(|t| !t.is_empty())?;
    Some(match word.to_ascii_lowercase().as_str() {
        "active" | "running" | "ready" | "bound" | "available" | "healthy" | "ok" | "deployed" | "synced"
        | "established" | "provisioned" | "valid" | "online" => ok(word),
        "succeeded" | "completed" | "complete" | "suspended" | "stopped" | "paused" | "finished" => {
            stopped(word)
        }
        "pending" | "progressing" | "creating" | "provisioning" | "updating" | "deleting" | "terminating"
        | "initializing" | "starting" | "reconciling" | "new" => pending(word),
        "failed" | "error" | "lost" | "unhealthy" | "invalid" | "crashed" => error(word),
        "degraded" | "warning" | "outofsync" => warning(word),
        _ => unknown(word),
    })
}

/// As kubectl prints it: what was decided, then whether it was issued or failed.
pub(super) fn signing_request(object: &Value) -> Status {
    let mut words: Vec<&str> = Vec::new();
    let has = |kind: &str| list(object, &["status", "conditions"]).iter().any(|c| text(c, &["type"]) == kind);
    let (denied, failed) = (has("Denied"), has("Failed"));
    if denied {
        words.push("Denied");
    } else if has("Approved") {
        words.push("Approved");
    } else {
        words.push("Pending");
    }
    let issued = !text(object, &["status", "certificate"]).is_empty();
    if failed {
        words.push("Failed");
    }
    if issued {
        words.push("Issued");
    }
    let word = words.join(",");
    if failed {
        error(word)
    } else if denied {
        stopped(word)
    } else if issued {
        ok(word)
    } else {
        pending(word)
    }
}

pub(super) fn definition(object: &Value) -> Status {
    if condition(object, "Terminating").is_some_and(|c| text(c, &["status"]) == "True") {
        return pending("Terminating");
    }
    let refused = condition(object, "NamesAccepted").filter(|c| text(c, &["status"]) == "False");
    if let Some(refused) = refused {
        let reason = text(refused, &["reason"]);
        return error(if reason.is_empty() { "NamesNotAccepted" } else { reason });
    }
    match condition(object, "Established").map(|c| text(c, &["status"])) {
        Some("True") => ok("Established"),
        _ => pending("NotEstablished"),
    }
}

/// `True`, or `False (Reason)`, as kubectl prints it under AVAILABLE.
pub(super) fn api_service(object: &Value) -> Status {
    let Some(available) = condition(object, "Available") else { return unknown("Unknown") };
    let reason = text(available, &["reason"]);
    match text(available, &["status"]) {
        "True" => ok("True"),
        status if reason.is_empty() => error(status),
        status => error(format!("{status} ({reason})")),
    }
}

/// As kubectl prints it: pending, or allocated and reserved.
pub(super) fn resource_claim(object: &Value) -> Status {
    if at(object, &["metadata", "deletionTimestamp"]).is_some_and(Value::is_string) {
        return pending("deleted");
    }
    let reserved = !list(object, &["status", "reservedFor"]).is_empty();
    match at(object, &["status", "allocation"]).filter(|a| a.is_object()) {
        None => pending("pending"),
        Some(_) if reserved => ok("allocated,reserved"),
        Some(_) => ok("allocated"),
    }
}

/// Health of an Argo CD application; not in step with its source is a warning.
pub(super) fn argo_application(object: &Value) -> Option<Status> {
    let (health, sync) =
        (text(object, &["status", "health", "status"]), text(object, &["status", "sync", "status"]));
    Some(match health {
        "" if sync.is_empty() => return None,
        "Degraded" | "Missing" => error(health),
        "Progressing" => pending(health),
        "Suspended" => stopped(health),
        _ if sync == "OutOfSync" => warning("OutOfSync"),
        "Healthy" => ok(health),
        "" => unknown(sync),
        _ => unknown(health),
    })
}
