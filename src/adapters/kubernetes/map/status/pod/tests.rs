//! Pods, case by case: the words of kubectl's printer, and what they mean.

#![expect(clippy::needless_pass_by_value, reason = "tables of cases read better without a & on each value")]

use serde_json::{Value, json};

use super::status;

#[track_caller]
fn check(object: &Value, expected: &str) {
    let status = status(object);
    assert_eq!(format!("{} {}", status.word, status.class), expected, "{object}");
}

#[track_caller]
fn pod(spec: Value, status: Value, expected: &str) {
    check(&json!({"metadata": {}, "spec": spec, "status": status}), expected);
}

#[track_caller]
fn going(status: Value, expected: &str) {
    let object =
        json!({"metadata": {"deletionTimestamp": "2026-11-21T08:00:00Z"}, "spec": {}, "status": status});
    check(&object, expected);
}

fn one() -> Value {
    json!({"containers": [{"name": "a"}]})
}

fn two() -> Value {
    json!({"containers": [{"name": "a"}, {"name": "b"}]})
}

fn with_init(init: Value) -> Value {
    json!({"initContainers": init, "containers": [{"name": "a"}]})
}

#[test]
fn pods_that_run() {
    let running = json!({"ready": true, "restartCount": 0, "state": {"running": {}}});
    pod(one(), json!({"phase": "Running", "containerStatuses": [running]}), "Running ok");
    pod(
        two(),
        json!({"phase": "Running", "containerStatuses": [running, {"ready": false, "state": {"running": {}}}]}),
        "Running warning",
    );
    pod(
        two(),
        json!({"phase": "Running", "containerStatuses": [running, {"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}),
        "CrashLoopBackOff error",
    );
    // The first container has the last word.
    let two_wait = json!([{"state": {"waiting": {"reason": "ImagePullBackOff"}}}, {"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]);
    pod(two(), json!({"phase": "Pending", "containerStatuses": two_wait}), "ImagePullBackOff error");
    // One container is done, another still works.
    let done = json!({"ready": false, "state": {"terminated": {"reason": "Completed", "exitCode": 0}}});
    let both = json!([done, running]);
    pod(
        two(),
        json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": both}),
        "Running warning",
    );
    pod(
        two(),
        json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}], "containerStatuses": both}),
        "NotReady warning",
    );
    pod(two(), json!({"phase": "Running", "containerStatuses": both}), "NotReady warning");
}

#[test]
fn pods_that_ended() {
    let ended = |terminated: Value| json!([{"ready": false, "state": {"terminated": terminated}}]);
    pod(
        one(),
        json!({"phase": "Succeeded", "containerStatuses": ended(json!({"reason": "Completed", "exitCode": 0}))}),
        "Completed stopped",
    );
    pod(
        one(),
        json!({"phase": "Failed", "containerStatuses": ended(json!({"reason": "Error", "exitCode": 1}))}),
        "Error error",
    );
    pod(
        one(),
        json!({"phase": "Failed", "containerStatuses": ended(json!({"reason": "OOMKilled", "exitCode": 137}))}),
        "OOMKilled error",
    );
    pod(
        one(),
        json!({"phase": "Failed", "containerStatuses": ended(json!({"exitCode": 3}))}),
        "ExitCode:3 error",
    );
    pod(
        one(),
        json!({"phase": "Failed", "containerStatuses": ended(json!({"signal": 9, "exitCode": 137}))}),
        "Signal:9 error",
    );
    pod(one(), json!({"phase": "Failed", "reason": "Evicted"}), "Evicted error");
    pod(one(), json!({"phase": "Failed"}), "Failed error");
    pod(one(), json!({"phase": "Succeeded"}), "Succeeded stopped");
    pod(one(), json!({"phase": "Failed", "reason": "NodeLost"}), "NodeLost error");
}

#[test]
fn pods_that_start() {
    pod(one(), json!({"phase": "Pending"}), "Pending pending");
    pod(
        one(),
        json!({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ContainerCreating"}}}]}),
        "ContainerCreating pending",
    );
    pod(
        one(),
        json!({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {}}}]}),
        "Pending pending",
    );
    pod(
        one(),
        json!({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "CreateContainerConfigError"}}}]}),
        "CreateContainerConfigError error",
    );
    let gated = json!([{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]);
    pod(one(), json!({"phase": "Pending", "conditions": gated}), "SchedulingGated pending");
    let unschedulable = json!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]);
    pod(one(), json!({"phase": "Pending", "conditions": unschedulable}), "Pending pending");
    pod(one(), json!({}), "Unknown unknown");
    pod(one(), json!({"phase": "Unknown"}), "Unknown unknown");
}

#[test]
fn init_containers() {
    let two_init = || with_init(json!([{"name": "i"}, {"name": "j"}]));
    let done = json!({"name": "i", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}});
    let waits = json!([{"state": {"waiting": {"reason": "PodInitializing"}}}]);
    let with =
        |init: Value| json!({"phase": "Pending", "initContainerStatuses": init, "containerStatuses": waits});
    pod(
        two_init(),
        with(
            json!([{"name": "i", "state": {"running": {}}}, {"name": "j", "state": {"waiting": {"reason": "PodInitializing"}}}]),
        ),
        "Init:0/2 pending",
    );
    pod(two_init(), with(json!([done, {"name": "j", "state": {"running": {}}}])), "Init:1/2 pending");
    pod(
        two_init(),
        with(json!([done, {"name": "j", "state": {"waiting": {"reason": "PodInitializing"}}}])),
        "Init:1/2 pending",
    );
    pod(
        two_init(),
        with(json!([{"name": "i", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}])),
        "Init:CrashLoopBackOff error",
    );
    pod(
        two_init(),
        with(json!([{"name": "i", "state": {"waiting": {"reason": "ImagePullBackOff"}}}])),
        "Init:ImagePullBackOff error",
    );
    pod(
        two_init(),
        with(json!([{"name": "i", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}])),
        "Init:Error error",
    );
    pod(
        two_init(),
        with(json!([{"name": "i", "state": {"terminated": {"exitCode": 3}}}])),
        "Init:ExitCode:3 error",
    );
    pod(
        two_init(),
        with(json!([{"name": "i", "state": {"terminated": {"exitCode": 137, "signal": 9}}}])),
        "Init:Signal:9 error",
    );
    // All done: what the containers wait for counts.
    pod(with_init(json!([{"name": "i"}])), with(json!([done])), "PodInitializing pending");
    // An init container that ran before and was restarted with the pod.
    let initialized = json!({"phase": "Running", "conditions": [{"type": "Initialized", "status": "True"}],
        "initContainerStatuses": [{"name": "i", "state": {"running": {}}}],
        "containerStatuses": [{"ready": true, "state": {"running": {}}}]});
    pod(with_init(json!([{"name": "i"}])), initialized, "Init:0/1 pending");
}

#[test]
fn sidecars() {
    let spec = || with_init(json!([{"name": "s", "restartPolicy": "Always"}, {"name": "i"}]));
    let started = json!({"name": "s", "started": true, "ready": true, "state": {"running": {}}});
    pod(
        spec(),
        json!({"phase": "Pending", "initContainerStatuses": [started, {"name": "i", "state": {"running": {}}}]}),
        "Init:1/2 pending",
    );
    let done = json!({"name": "i", "state": {"terminated": {"exitCode": 0}}});
    let runs = json!([{"ready": true, "state": {"running": {}}}]);
    pod(
        spec(),
        json!({"phase": "Running", "initContainerStatuses": [started, done], "containerStatuses": runs}),
        "Running ok",
    );
    // A sidecar that is not ready is a container that is not ready.
    let unready = json!({"name": "s", "started": true, "ready": false, "state": {"running": {}}});
    pod(
        spec(),
        json!({"phase": "Running", "initContainerStatuses": [unready, done], "containerStatuses": runs}),
        "Running warning",
    );
    // A sidecar that has not started holds the pod up.
    let starting = json!({"name": "s", "started": false, "state": {"running": {}}});
    pod(spec(), json!({"phase": "Pending", "initContainerStatuses": [starting]}), "Init:0/2 pending");
}

#[test]
fn pods_that_go() {
    going(
        json!({"phase": "Running", "containerStatuses": [{"ready": true, "state": {"running": {}}}]}),
        "Terminating pending",
    );
    going(json!({"phase": "Pending"}), "Terminating pending");
    going(json!({"phase": "Running", "reason": "NodeLost"}), "Unknown unknown");
    // What has ended is not going, it is being cleaned up.
    going(
        json!({"phase": "Succeeded", "containerStatuses": [{"state": {"terminated": {"reason": "Completed", "exitCode": 0}}}]}),
        "Completed stopped",
    );
    going(
        json!({"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"reason": "Error", "exitCode": 1}}}]}),
        "Error error",
    );
}
