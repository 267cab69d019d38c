//! The status of a node: whether it is ready, whether pods may be scheduled to it, and what presses it.

use cloudscope_domain::{Status, StatusClass};
use serde_json::Value;

use crate::map::read::{condition_is, flag};

/// Conditions that mean trouble while they hold.
const TROUBLE: [&str; 4] = ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];

/// `Ready`, `NotReady`, `Unknown`, each with `,SchedulingDisabled` where it is cordoned.
pub(super) fn status(node: &Value) -> Status {
    let (ready, mut class) = match condition_is(node, "Ready") {
        "True" => ("Ready", StatusClass::Ok),
        // kubectl says NotReady of a node that nobody hears of; it is not known how that is.
        "Unknown" => ("NotReady", StatusClass::Unknown),
        "" => ("Unknown", StatusClass::Unknown),
        _ => ("NotReady", StatusClass::Error),
    };
    let cordoned = flag(node, &["spec", "unschedulable"]);
    if class == StatusClass::Ok && (cordoned || TROUBLE.iter().any(|t| condition_is(node, t) == "True")) {
        class = StatusClass::Warning;
    }
    let word = if cordoned { format!("{ready},SchedulingDisabled") } else { ready.to_owned() };
    Status { word: word.into(), class }
}
