"""Stands in for the kubelets of nodes that do not exist: pods that the scheduler bound to a node get the
status that a kubelet would report, and go when they are deleted. No container runs.

What becomes of a pod, its label `fate` says: `run` (without one), `crash`, `pull`, `init`, `fail`, `done`,
`evicted`, `unready`, `hang` (is never ended).
"""

import datetime
import threading

from cluster import Failed


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def container(spec, state, ready=False, restarts=0, last=None):
    return {
        "name": spec["name"], "image": spec["image"], "imageID": "", "ready": ready, "restartCount": restarts,
        "started": ready, "state": state, "lastState": last or {},
        "containerID": f"containerd://{'0' * 12}",
    }


def waiting(reason):
    return {"waiting": {"reason": reason, "message": f"because of {reason}"}}


def ended(code, reason):
    return {"terminated": {"exitCode": code, "reason": reason, "startedAt": now(), "finishedAt": now(),
                           "containerID": f"containerd://{'0' * 12}"}}


def running():
    return {"running": {"startedAt": now()}}


def status(pod, number):
    """What the kubelet would say of a pod."""
    fate = pod["metadata"].get("labels", {}).get("fate", "run")
    specs = pod["spec"]["containers"]
    inits = pod["spec"].get("initContainers", [])
    phase, ready, initialized, more = "Running", True, True, {}
    if fate == "crash":
        ready = False
        states = [container(s, waiting("CrashLoopBackOff"), restarts=7, last=ended(1, "Error")) for s in specs]
    elif fate == "pull":
        phase, ready = "Pending", False
        states = [container(s, waiting("ImagePullBackOff")) for s in specs]
    elif fate == "init":
        phase, ready, initialized = "Pending", False, False
        states = [container(s, waiting("PodInitializing")) for s in specs]
    elif fate == "fail":
        phase, ready = "Failed", False
        states = [container(s, ended(137, "OOMKilled"), restarts=1) for s in specs]
    elif fate == "evicted":
        phase, ready, states = "Failed", False, []
        more = {"reason": "Evicted", "message": "The node was low on resource: memory."}
    elif fate == "done":
        phase, ready = "Succeeded", False
        states = [container(s, ended(0, "Completed")) for s in specs]
    elif fate == "unready":
        ready = False
        states = [container(s, running(), ready=n > 0) for n, s in enumerate(specs)]
    else:
        states = [container(s, running(), ready=True) for s in specs]
    if initialized:
        begun = [container(s, ended(0, "Completed"), ready=True) for s in inits]
    else:
        begun = [container(s, ended(0, "Completed") if n == 0 and len(inits) > 1 else running(), ready=n == 0 and len(inits) > 1)
                 for n, s in enumerate(inits)]
    word = lambda yes: "True" if yes else "False"
    conditions = [
        {"type": kind, "status": word(yes), "lastTransitionTime": now()}
        for kind, yes in (("Initialized", initialized), ("Ready", ready), ("ContainersReady", ready), ("PodScheduled", True))
    ]
    address = f"10.244.{number // 250 % 250}.{number % 250 + 1}"
    out = {"phase": phase, "conditions": conditions, "containerStatuses": states, "startTime": now(),
           "hostIP": "192.0.2.1", **more}
    if phase == "Running":
        out |= {"podIP": address, "podIPs": [{"ip": address}]}
    if begun:
        out["initContainerStatuses"] = begun
    return out


class Kubelets:
    """`with Kubelets(cluster)`: looks at all pods again and again, until it is left."""

    def __init__(self, api):
        self.api, self.halt, self.count, self.known = api, threading.Event(), 0, {}
        self.thread = threading.Thread(target=self.work, daemon=True)

    def work(self):
        while not self.halt.wait(0.2):
            try:
                for pod in self.api.get("/api/v1/pods?fieldSelector=spec.nodeName!=")["items"]:
                    self.look(pod)
            except (OSError, Failed, ValueError, KeyError):
                # The server is stopped now and then; that is what is tested.
                continue

    def look(self, pod):
        meta = pod["metadata"]
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
        fate = meta.get("labels", {}).get("fate", "run")
        try:
            if meta.get("deletionTimestamp"):
                if fate != "hang":
                    self.api.ask("DELETE", path, {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}})
            elif self.known.get(meta["uid"]) != fate:
                self.count += 1
                self.api.merge(path + "/status", {"status": status(pod, self.count)})
                self.known[meta["uid"]] = fate
        except Failed as gone:
            if gone.code not in (404, 409):
                raise

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.halt.set()
        self.thread.join(10)
