//! The status of what lets traffic in: whether its address is there yet.

use cloudscope_domain::Status;
use serde_json::Value;

use super::{
    condition,
    word::{error, ok, pending},
};
use crate::map::read::{at, list, text};

fn has_address(object: &Value) -> bool {
    !list(object, &["status", "loadBalancer", "ingress"]).is_empty()
}

fn is_going(object: &Value) -> bool {
    at(object, &["metadata", "deletionTimestamp"]).is_some_and(Value::is_string)
}

pub(super) fn service(object: &Value) -> Status {
    if is_going(object) {
        pending("Terminating")
    } else if text(object, &["spec", "type"]) == "LoadBalancer"
        && !has_address(object)
        && list(object, &["spec", "externalIPs"]).is_empty()
    {
        pending("Pending")
    } else {
        ok("Active")
    }
}

pub(super) fn ingress(object: &Value) -> Status {
    if is_going(object) {
        pending("Terminating")
    } else if has_address(object) {
        ok("Active")
    } else {
        pending("Pending")
    }
}

pub(super) fn gateway(object: &Value) -> Option<Status> {
    condition::positive(object, &["Programmed", "Accepted"])
}

/// The worst of what the parents of a route say of it.
pub(super) fn route(object: &Value) -> Option<Status> {
    let parents = list(object, &["status", "parents"]);
    if parents.is_empty() {
        return Some(pending("Pending"));
    }
    for kind in ["Accepted", "ResolvedRefs"] {
        for parent in parents {
            let refused = list(parent, &["conditions"])
                .iter()
                .find(|c| text(c, &["type"]) == kind && text(c, &["status"]) == "False");
            if let Some(refused) = refused {
                let reason = text(refused, &["reason"]);
                return Some(error(if reason.is_empty() { "NotAccepted" } else { reason }));
            }
        }
    }
    Some(ok("Accepted"))
}
