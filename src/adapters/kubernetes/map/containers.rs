//! What the containers of a pod count to: ready, in all, restarts. Containers that start before the others
//! and stay (sidecars) count as containers; other init containers do not.

use serde_json::Value;

use super::read::{at, flag, list, number, text};

/// Ready and restarts, as kubectl prints them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Counted<'a> {
    pub(super) ready: usize,
    pub(super) total: usize,
    pub(super) restarts: i64,
    /// When the last of them ended before it was started anew; empty when none did.
    pub(super) last_restart: &'a str,
}

/// Whether the init container of this name is restarted whenever it ends.
pub(super) fn restarts_always(init_containers: &[Value], name: &str) -> bool {
    init_containers.iter().any(|c| text(c, &["name"]) == name && text(c, &["restartPolicy"]) == "Always")
}

/// Counts the containers of a pod.
pub(super) fn counted(pod: &Value) -> Counted<'_> {
    let init = list(pod, &["spec", "initContainers"]);
    let mut out = Counted { total: list(pod, &["spec", "containers"]).len(), ..Counted::default() };
    let mut sidecars = Counted::default();
    out.total += init.iter().filter(|c| text(c, &["restartPolicy"]) == "Always").count();
    let mut initializing = false;
    let mut all_init = Counted::default();
    for status in list(pod, &["status", "initContainerStatuses"]) {
        restarted(&mut all_init, status);
        let sidecar = restarts_always(init, text(status, &["name"]));
        if sidecar {
            restarted(&mut sidecars, status);
        }
        let ended = at(status, &["state", "terminated"]).filter(|t| t.is_object());
        if ended.is_some_and(|t| number(t, &["exitCode"]).unwrap_or_default() == 0) {
            continue;
        }
        if sidecar && flag(status, &["started"]) {
            out.ready += usize::from(flag(status, &["ready"]));
            continue;
        }
        initializing = true;
        break;
    }
    let initialized = || super::read::condition_is(pod, "Initialized") == "True";
    if initializing && !initialized() {
        out.restarts = all_init.restarts;
        out.last_restart = all_init.last_restart;
        return out;
    }
    out.restarts = sidecars.restarts;
    out.last_restart = sidecars.last_restart;
    for status in list(pod, &["status", "containerStatuses"]) {
        restarted(&mut out, status);
        let running = at(status, &["state", "running"]).is_some_and(Value::is_object);
        out.ready += usize::from(running && flag(status, &["ready"]));
    }
    out
}

fn restarted<'a>(counted: &mut Counted<'a>, status: &'a Value) {
    counted.restarts += number(status, &["restartCount"]).unwrap_or_default();
    // Times of the API are all of one form, which orders as text.
    let ended = text(status, &["lastState", "terminated", "finishedAt"]);
    if ended > counted.last_restart {
        counted.last_restart = ended;
    }
}
