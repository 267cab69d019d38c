//! The status of what makes pods: how many of those that are wanted work, and how a rollout goes.

use cloudscope_domain::{Status, StatusClass};
use serde_json::{Value, json};

use super::word::{error, ok, pending, stopped, warning};
use crate::map::read::{condition, condition_is, flag, number, text};

fn count(object: &Value, field: &str) -> i64 {
    number(object, &["status", field]).unwrap_or_default()
}

/// Replicas that are wanted; one where nothing is said.
fn wanted(object: &Value) -> i64 {
    number(object, &["spec", "replicas"]).unwrap_or(1)
}

/// Whether the controller has not seen the last change yet.
fn is_stale(object: &Value) -> bool {
    let seen = number(object, &["status", "observedGeneration"]);
    let generation = number(object, &["metadata", "generation"]);
    matches!((generation, seen), (Some(g), Some(s)) if s < g)
}

/// `2/3`, and what it means while nothing is being rolled out.
fn ready(have: i64, want: i64) -> Status {
    let class = match (have, want) {
        (0, 0) => StatusClass::Stopped,
        (0, _) => StatusClass::Error,
        (have, want) if have < want => StatusClass::Warning,
        _ => StatusClass::Ok,
    };
    Status { word: format!("{have}/{want}").into(), class }
}

pub(super) fn deployment(object: &Value) -> Status {
    let (have, want) = (count(object, "readyReplicas"), wanted(object));
    let word = format!("{have}/{want}");
    let progressing = condition(object, "Progressing");
    let reason = progressing.map(|c| text(c, &["reason"])).unwrap_or_default();
    if reason == "ProgressDeadlineExceeded" {
        return error(format!("{word} Stalled"));
    }
    if condition_is(object, "ReplicaFailure") == "True" && have < want {
        return error(format!("{word} ReplicaFailure"));
    }
    if flag(object, &["spec", "paused"]) {
        return warning(format!("{word} Paused"));
    }
    let rolling = is_stale(object)
        || count(object, "updatedReplicas") < want
        || count(object, "replicas") > count(object, "updatedReplicas");
    // Old status of a controller that does not count: nothing is known of a rollout.
    let counts = object.pointer("/status/updatedReplicas").is_some() || is_stale(object);
    if rolling && counts && want > 0 {
        return if condition_is(object, "Available") == "False"
            && have == 0
            && reason != "NewReplicaSetCreated"
            && reason != "ReplicaSetUpdated"
        {
            error(format!("{word} Progressing"))
        } else {
            pending(format!("{word} Progressing"))
        };
    }
    ready(have, want)
}

pub(super) fn replica_set(object: &Value) -> Status {
    let (have, want) = (count(object, "readyReplicas"), wanted(object));
    if condition_is(object, "ReplicaFailure") == "True" && have < want {
        return error(format!("{have}/{want} ReplicaFailure"));
    }
    ready(have, want)
}

pub(super) fn stateful_set(object: &Value) -> Status {
    let (have, want) = (count(object, "readyReplicas"), wanted(object));
    let (current, update) =
        (text(object, &["status", "currentRevision"]), text(object, &["status", "updateRevision"]));
    let by_hand = text(object, &["spec", "updateStrategy", "type"]) == "OnDelete";
    let partition =
        number(object, &["spec", "updateStrategy", "rollingUpdate", "partition"]).unwrap_or_default();
    let updated = count(object, "updatedReplicas");
    let rolling = is_stale(object) || (current != update && !by_hand && updated < want - partition);
    if rolling && want > 0 {
        return pending(format!("{have}/{want} Progressing"));
    }
    ready(have, want)
}

pub(super) fn daemon_set(object: &Value) -> Status {
    let (have, want) = (count(object, "numberReady"), count(object, "desiredNumberScheduled"));
    let by_hand = text(object, &["spec", "updateStrategy", "type"]) == "OnDelete";
    if is_stale(object)
        || (!by_hand
            && count(object, "updatedNumberScheduled") < want
            && object.pointer("/status/updatedNumberScheduled").is_some())
    {
        return pending(format!("{have}/{want} Progressing"));
    }
    // No node that it wants is not a switched-off one.
    if want == 0 { ok("0/0") } else { ready(have, want) }
}

/// As kubectl prints it: Complete, Failed, Suspended, FailureTarget, Terminating, Running.
pub(super) fn job(object: &Value) -> Status {
    if condition_is(object, "Complete") == "True" {
        stopped("Complete")
    } else if condition_is(object, "Failed") == "True" {
        error("Failed")
    } else if object.pointer("/metadata/deletionTimestamp").is_some_and(Value::is_string) {
        pending("Terminating")
    } else if condition_is(object, "Suspended") == "True" || flag(object, &["spec", "suspend"]) {
        stopped("Suspended")
    } else if condition_is(object, "FailureTarget") == "True" {
        error("FailureTarget")
    } else if condition_is(object, "SuccessCriteriaMet") == "True" {
        ok("SuccessCriteriaMet")
    } else if count(object, "failed") > 0 {
        warning("Running")
    } else {
        ok("Running")
    }
}

pub(super) fn cron_job(object: &Value) -> Status {
    if flag(object, &["spec", "suspend"]) { stopped("Suspended") } else { ok("Scheduled") }
}

/// Where version 1 of the API keeps the conditions of an autoscaler, as JSON; it is what servers up to 1.22 prefer.
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

pub(super) fn autoscaler(object: &Value) -> Option<Status> {
    let noted = text(object, &["metadata", "annotations", CONDITIONS]);
    if !noted.is_empty() && object.pointer("/status/conditions").is_none() {
        let conditions: Value = serde_json::from_str(noted).ok()?;
        return scaling(&json!({"status": {"conditions": conditions}}));
    }
    scaling(object)
}

fn scaling(object: &Value) -> Option<Status> {
    let reason = |kind: &str, instead: &str| {
        let reason = condition(object, kind).map(|c| text(c, &["reason"])).unwrap_or_default();
        if reason.is_empty() { instead.to_owned() } else { reason.to_owned() }
    };
    if condition_is(object, "AbleToScale") == "False" {
        return Some(error(reason("AbleToScale", "Unable")));
    }
    match condition_is(object, "ScalingActive") {
        "False" => {
            let reason = reason("ScalingActive", "Inactive");
            Some(if reason == "ScalingDisabled" { stopped(reason) } else { error(reason) })
        }
        "True" if condition_is(object, "ScalingLimited") == "True" => {
            Some(match &*reason("ScalingLimited", "Limited") {
                // At the lower bound there is nothing to do; at the upper one there may be.
                "TooFewReplicas" => ok("Active"),
                other => warning(other),
            })
        }
        "True" => Some(ok("Active")),
        _ => None,
    }
}

pub(super) fn disruption_budget(object: &Value) -> Option<Status> {
    let allowed = number(object, &["status", "disruptionsAllowed"])?;
    let guards_nothing = number(object, &["status", "expectedPods"]) == Some(0);
    let word = format!("{allowed} allowed");
    Some(if allowed == 0 && !guards_nothing { warning(word) } else { ok(word) })
}
