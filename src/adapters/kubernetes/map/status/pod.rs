//! The status of a pod, by the rules of kubectl's printer: the reason of the pod, then what its init
//! containers wait for, then what its containers do, then whether it is going.

use cloudscope_domain::{Status, StatusClass};
use serde_json::Value;

use crate::map::{
    containers::{self, Counted},
    read::{at, condition_is, flag, list, number, text},
};

/// Waiting for these is part of a start.
const STARTS: [&str; 4] = ["ContainerCreating", "PodInitializing", "Pending", "SchedulingGated"];

/// What kubectl prints under STATUS, and what it means.
pub(in crate::map) fn status(pod: &Value) -> Status {
    let word = word(pod);
    let class = class(pod, &word);
    Status { word: word.into(), class }
}

fn word(pod: &Value) -> String {
    let phase = text(pod, &["status", "phase"]);
    let mut reason =
        Some(text(pod, &["status", "reason"])).filter(|r| !r.is_empty()).unwrap_or(phase).to_owned();
    let scheduling =
        list(pod, &["status", "conditions"]).iter().find(|c| text(c, &["type"]) == "PodScheduled");
    if scheduling.is_some_and(|c| text(c, &["reason"]) == "SchedulingGated") {
        "SchedulingGated".clone_into(&mut reason);
    }
    let initializing = match initializing(pod) {
        Some(waits) => {
            reason = waits;
            true
        }
        None => false,
    };
    if !initializing || condition_is(pod, "Initialized") == "True" {
        let mut running = false;
        for container in list(pod, &["status", "containerStatuses"]).iter().rev() {
            match state(container) {
                Some(found) => reason = found,
                None => {
                    running |= flag(container, &["ready"])
                        && at(container, &["state", "running"]).is_some_and(Value::is_object);
                }
            }
        }
        if reason == "Completed" && running {
            reason = if condition_is(pod, "Ready") == "True" { "Running" } else { "NotReady" }.to_owned();
        }
    }
    if at(pod, &["metadata", "deletionTimestamp"]).is_some_and(Value::is_string) {
        if text(pod, &["status", "reason"]) == "NodeLost" {
            reason = "Unknown".to_owned();
        } else if !matches!(phase, "Succeeded" | "Failed") {
            reason = "Terminating".to_owned();
        }
    }
    if reason.is_empty() { "Unknown".to_owned() } else { reason }
}

/// What the first init container that is not done waits for; `None` when all are done.
fn initializing(pod: &Value) -> Option<String> {
    let specs = list(pod, &["spec", "initContainers"]);
    for (n, container) in list(pod, &["status", "initContainerStatuses"]).iter().enumerate() {
        let terminated = at(container, &["state", "terminated"]).filter(|t| t.is_object());
        if terminated.is_some_and(|t| number(t, &["exitCode"]).unwrap_or_default() == 0) {
            continue;
        }
        if containers::restarts_always(specs, text(container, &["name"])) && flag(container, &["started"]) {
            continue;
        }
        let waiting = text(container, &["state", "waiting", "reason"]);
        return Some(if let Some(terminated) = terminated {
            format!("Init:{}", ended(terminated))
        } else if !waiting.is_empty() && waiting != "PodInitializing" {
            format!("Init:{waiting}")
        } else {
            format!("Init:{n}/{}", specs.len())
        });
    }
    None
}

/// What a container waits for, or how it ended; `None` when it runs.
fn state(container: &Value) -> Option<String> {
    let waiting = text(container, &["state", "waiting", "reason"]);
    if !waiting.is_empty() {
        return Some(waiting.to_owned());
    }
    at(container, &["state", "terminated"]).filter(|t| t.is_object()).map(ended)
}

/// How a container ended: its reason, else its signal or exit code.
fn ended(terminated: &Value) -> String {
    let reason = text(terminated, &["reason"]);
    let signal = number(terminated, &["signal"]).unwrap_or_default();
    if !reason.is_empty() {
        reason.to_owned()
    } else if signal != 0 {
        format!("Signal:{signal}")
    } else {
        format!("ExitCode:{}", number(terminated, &["exitCode"]).unwrap_or_default())
    }
}

fn class(pod: &Value, word: &str) -> StatusClass {
    let phase = text(pod, &["status", "phase"]);
    match word {
        "Terminating" => StatusClass::Pending,
        "Unknown" => StatusClass::Unknown,
        "Completed" | "Succeeded" => {
            if phase == "Running" {
                StatusClass::Warning
            } else {
                StatusClass::Stopped
            }
        }
        "Running" => {
            let Counted { ready, total, .. } = containers::counted(pod);
            if ready < total { StatusClass::Warning } else { StatusClass::Ok }
        }
        "NotReady" => StatusClass::Warning,
        _ if STARTS.contains(&word) => StatusClass::Pending,
        _ => match word.strip_prefix("Init:") {
            // `Init:1/2`; anything else is what an init container fails with.
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => StatusClass::Pending,
            Some(rest) if STARTS.contains(&rest) => StatusClass::Pending,
            _ => StatusClass::Error,
        },
    }
}

#[cfg(test)]
mod tests;
