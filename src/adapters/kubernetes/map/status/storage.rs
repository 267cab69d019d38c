//! The status of volumes and of what has a phase like them.

use cloudscope_domain::Status;
use serde_json::Value;

use super::word::{error, ok, pending, unknown, warning};
use crate::map::read::{at, flag, text};

/// The phase of a namespace, a claim or a volume; `Terminating` while it is going, as kubectl prints it.
pub(super) fn phase(object: &Value) -> Option<Status> {
    if at(object, &["metadata", "deletionTimestamp"]).is_some_and(Value::is_string) {
        return Some(pending("Terminating"));
    }
    let phase = text(object, &["status", "phase"]);
    Some(match phase {
        "" => return None,
        "Active" | "Bound" | "Available" => ok(phase),
        "Pending" | "Terminating" => pending(phase),
        "Released" => warning(phase),
        "Lost" | "Failed" => error(phase),
        _ => unknown(phase),
    })
}

pub(super) fn attachment(object: &Value) -> Option<Status> {
    let failed = |field: &str| at(object, &["status", field]).is_some_and(Value::is_object);
    Some(if failed("attachError") {
        error("AttachError")
    } else if failed("detachError") {
        error("DetachError")
    } else if at(object, &["metadata", "deletionTimestamp"]).is_some_and(Value::is_string) {
        pending("Detaching")
    } else if flag(object, &["status", "attached"]) {
        ok("Attached")
    } else {
        pending("Attaching")
    })
}

pub(super) fn snapshot(object: &Value) -> Option<Status> {
    if at(object, &["status", "error"]).is_some_and(Value::is_object)
        && !flag(object, &["status", "readyToUse"])
    {
        return Some(error("Error"));
    }
    Some(if flag(object, &["status", "readyToUse"]) { ok("Ready") } else { pending("NotReady") })
}
