"""What is put into the real cluster, and what happens to it: through the API, so that the server defaults it
and its controllers act on it. Words that stand where secrets are begin with CANARY.
"""

import base64
import json
import random
import time

from cluster import Failed

CANARY = "cnry-"


def canary(place):
    """A word that looks like a secret and may be nowhere."""
    return f"{CANARY}{place}-Vb7Qx2LpWn8Kd"


def coded(text):
    return base64.b64encode(text.encode()).decode()


def thing(version, kind, name, namespace=None, labels=None, annotations=None, **rest):
    meta = {"name": name}
    if namespace:
        meta["namespace"] = namespace
    if labels:
        meta["labels"] = labels
    if annotations:
        meta["annotations"] = annotations
    return {"apiVersion": version, "kind": kind, "metadata": meta, **rest}


def template(app, fate="run", **spec):
    containers = spec.pop("containers", [{"name": "main", "image": f"registry.example.com/{app}:1.0",
                                          "resources": {"requests": {"cpu": "50m", "memory": "64Mi"},
                                                        "limits": {"memory": "128Mi"}}}])
    return {"metadata": {"labels": {"app": app, "fate": fate}}, "spec": {"containers": containers, **spec}}


def workload(kind, namespace, app, fate="run", replicas=1, **spec):
    inner = {"selector": {"matchLabels": {"app": app}}, "template": template(app, fate, **spec.pop("pod", {})), **spec}
    if kind != "DaemonSet":
        inner["replicas"] = replicas
    return thing("apps/v1", kind, app, namespace, {"app": app}, spec=inner)


def nodes():
    out = []
    for n in range(4):
        name = f"node-{n}"
        labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": f"eu-west-1{'abc'[n % 3]}"}
        if n == 0:
            labels |= {"node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/master": ""}
        spec = {"providerID": f"aws:///eu-west-1{'abc'[n % 3]}/i-0abc{n:013d}"}
        if n == 2:
            spec["unschedulable"] = True
        out.append(thing("v1", "Node", name, labels=labels, spec=spec))
    return out


def node_status(n):
    ready = {3: "Unknown"}.get(n, "True")
    size = {"cpu": "8", "memory": "32Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    conditions = [{"type": "Ready", "status": ready, "reason": "KubeletReady"},
                  {"type": "MemoryPressure", "status": "False"}, {"type": "DiskPressure", "status": "False"}]
    return {"status": {"capacity": size, "allocatable": size, "conditions": conditions,
                       "addresses": [{"type": "InternalIP", "address": f"192.0.2.{n + 1}"},
                                     {"type": "Hostname", "address": f"node-{n}"}],
                       "nodeInfo": {"kubeletVersion": "v1.20.2", "osImage": "Debian", "kernelVersion": "6.1",
                                    "containerRuntimeVersion": "containerd://1.6", "architecture": "amd64",
                                    "operatingSystem": "linux", "bootID": "", "machineID": "", "systemUUID": "",
                                    "kubeProxyVersion": "v1.20.2"}}}


def definition(plural, group, kind, scope, versions, short=()):
    body = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": body, "status": body}}}
    served = [{"name": v, "served": True, "storage": n == 0, "schema": schema, "subresources": {"status": {}}}
              for n, v in enumerate(versions)]
    names = {"plural": plural, "singular": kind.lower(), "kind": kind, "shortNames": list(short)}
    return thing("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{plural}.{group}",
                 spec={"group": group, "scope": scope, "names": names, "versions": served})


def definitions():
    return [
        definition("databases", "db.example.com", "Database", "Namespaced", ["v1", "v1beta1"], ["db"]),
        definition("regions", "db.example.com", "Region", "Cluster", ["v1alpha1"]),
        # The kind, and even the plural, of another group.
        definition("services", "mesh.example.com", "Service", "Namespaced", ["v2"]),
        # Nothing of it exists.
        definition("empties", "db.example.com", "Empty", "Namespaced", ["v1"]),
    ]


def shared(minor):
    """What a cluster has once."""
    yield from definitions()
    yield thing("storage.k8s.io/v1", "StorageClass", "gp3", provisioner="ebs.csi.aws.com",
                volumeBindingMode="WaitForFirstConsumer", parameters={"type": "gp3"})
    yield thing("storage.k8s.io/v1", "StorageClass", "manual", provisioner="kubernetes.io/no-provisioner")
    yield thing("storage.k8s.io/v1", "CSIDriver", "ebs.csi.aws.com", spec={"attachRequired": True})
    yield thing("scheduling.k8s.io/v1", "PriorityClass", "high", value=1000)
    yield thing("networking.k8s.io/v1", "IngressClass", "nginx", spec={"controller": "k8s.io/ingress-nginx"})
    yield thing("node.k8s.io/v1", "RuntimeClass", "gvisor", handler="runsc")
    for ns in ("team-a", "team-b"):
        for size, name in (("5Gi", f"{ns}-free"), ("1Gi", f"{ns}-one"), ("1Gi", f"{ns}-two")):
            yield thing("v1", "PersistentVolume", name, spec={
                "capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "storageClassName": "manual",
                "persistentVolumeReclaimPolicy": "Retain", "hostPath": {"path": "/tmp/none"}})
    hook = {"name": "check.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"], "failurePolicy": "Ignore",
            "clientConfig": {"service": {"namespace": "team-a", "name": "web", "path": "/hook"}},
            "rules": [{"apiGroups": ["none.example.com"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["*"]}]}
    yield thing("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "checks", webhooks=[hook])
    yield thing("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "changes", webhooks=[hook])
    # An API of another server, which nobody runs.
    yield thing("apiregistration.k8s.io/v1", "APIService", "v1beta1.dead.example.com", spec={
        "group": "dead.example.com", "version": "v1beta1", "insecureSkipTLSVerify": True, "groupPriorityMinimum": 100,
        "versionPriority": 100, "service": {"namespace": "team-a", "name": "web"}})
    reader = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]
    yield thing("rbac.authorization.k8s.io/v1", "ClusterRole", "read-everything", rules=reader)
    yield thing("rbac.authorization.k8s.io/v1", "ClusterRole", "team", rules=reader)
    yield thing("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "reader-reads", subjects=[
        {"kind": "User", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"},
        {"kind": "Group", "name": "auditors", "apiGroup": "rbac.authorization.k8s.io"},
        {"kind": "ServiceAccount", "name": "runner", "namespace": "team-a"}],
        roleRef={"kind": "ClusterRole", "name": "read-everything", "apiGroup": "rbac.authorization.k8s.io"})
    yield thing("db.example.com/v1alpha1", "Region", "north", spec={"area": 1}, status={"phase": "Ready"})
    del minor


def job(ns, app, fate, **spec):
    return thing("batch/v1", "Job", app, ns, {"app": app},
                 spec={"template": template(app, fate, restartPolicy="Never"), **spec})


def claim(name, ns, size, sc):
    return thing("v1", "PersistentVolumeClaim", name, ns, spec={
        "accessModes": ["ReadWriteOnce"], "storageClassName": sc, "resources": {"requests": {"storage": size}}})


def secrets(ns):
    """Where words hide that nobody may see."""
    applied = json.dumps({"kind": "Secret", "stringData": {"password": canary("last-applied")}})
    yield thing("v1", "Secret", "login", ns, annotations={"kubectl.kubernetes.io/last-applied-configuration": applied},
                data={"password": coded(canary("secret-data"))})
    pull = json.dumps({"auths": {"registry.example.com": {"auth": coded("u:" + canary("pull"))}}})
    yield thing("v1", "Secret", "pull", ns, type="kubernetes.io/dockerconfigjson", data={".dockerconfigjson": coded(pull)})
    yield thing("v1", "ConfigMap", "settings", ns, data={
        "LOG_LEVEL": "info", "password": canary("config-password"),
        "app.properties": f"url=postgres://app:{canary('config-url')}@db:5432/app\nretries=3\n"})
    yield thing("v1", "ServiceAccount", "runner", ns, imagePullSecrets=[{"name": "pull"}], annotations={
        "eks.amazonaws.com/role-arn": f"arn:aws:iam::123456789012:role/{ns}",
        "example.com/token": canary("annotation-token")})


def team(ns, minor):
    """One namespace full of everything."""
    yield from secrets(ns)
    env = [{"name": "DB_PASSWORD", "value": canary("environment")}, {"name": "LEVEL", "value": "info"},
           {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "login", "key": "password"}}},
           {"name": "CONF", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "LOG_LEVEL"}}}]
    header = [{"name": "Authorization", "value": f"Bearer {canary('probe-header')}"}]
    web = {"name": "main", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1.0", "env": env,
           "args": [f"--password={canary('argument')}", "--port=80"], "envFrom": [{"configMapRef": {"name": "settings"}}],
           "ports": [{"containerPort": 8080, "name": "http"}],
           "livenessProbe": {"httpGet": {"path": "/", "port": 8080, "httpHeaders": header}},
           "volumeMounts": [{"name": "conf", "mountPath": "/conf"}],
           "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}}}
    pod = {"containers": [web, {"name": "side", "image": "registry.example.com/side:2"}],
           "initContainers": [{"name": "prepare", "image": "registry.example.com/prepare:1"}],
           "volumes": [{"name": "conf", "configMap": {"name": "settings"}},
                       {"name": "keys", "secret": {"secretName": "login"}},
                       {"name": "all", "projected": {"sources": [{"configMap": {"name": "settings"}}, {"secret": {"name": "login"}}]}}],
           "serviceAccountName": "runner", "imagePullSecrets": [{"name": "pull"}], "priorityClassName": "high"}
    yield workload("Deployment", ns, "web", replicas=3, pod=pod)
    for fate in ("crash", "pull", "unready", "evicted"):
        yield workload("Deployment", ns, f"is-{fate}", fate if fate != "evicted" else "run")
    yield workload("Deployment", ns, "is-init", "init", pod={
        "initContainers": [{"name": n, "image": "x"} for n in ("one", "two")]})
    yield workload("Deployment", ns, "too-large", pod={"containers": [
        {"name": "main", "image": "x", "resources": {"requests": {"cpu": "900"}}}]})
    yield workload("Deployment", ns, "off", replicas=0)
    template_of_claim = claim("data", None, "1Gi", "manual")
    template_of_claim["metadata"] = {"name": "data"}
    yield thing("v1", "Service", "db", ns, spec={"clusterIP": "None", "selector": {"app": "db"}, "ports": [{"port": 5432}]})
    yield workload("StatefulSet", ns, "db", replicas=2, serviceName="db", volumeClaimTemplates=[template_of_claim])
    yield workload("DaemonSet", ns, "agent", pod={"tolerations": [{"operator": "Exists"}]})
    for fate in ("evicted", "fail", "done"):
        yield thing("v1", "Pod", f"pod-{fate}", ns, {"fate": fate}, spec=template("x", restartPolicy="Never")["spec"])
    yield job(ns, "finished", "done", completions=2, parallelism=2)
    yield job(ns, "failing", "fail", backoffLimit=0)
    yield job(ns, "working", "run")
    batch, policy = ("batch/v1beta1", "policy/v1beta1") if minor < 21 else ("batch/v1", "policy/v1")
    every = {"template": template("nightly", "done", restartPolicy="Never")}
    yield thing(batch, "CronJob", "nightly", ns, spec={"schedule": "*/1 * * * *", "jobTemplate": {"spec": every}})
    yield thing(batch, "CronJob", "never", ns, spec={"schedule": "0 0 * * *", "suspend": True, "jobTemplate": {"spec": every}})
    yield thing(policy, "PodDisruptionBudget", "web", ns, spec={"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}})
    yield thing(policy, "PodDisruptionBudget", "db", ns, spec={"maxUnavailable": 0, "selector": {"matchLabels": {"app": "db"}}})
    yield thing("autoscaling/v1", "HorizontalPodAutoscaler", "web", ns, spec={
        "minReplicas": 2, "maxReplicas": 5, "targetCPUUtilizationPercentage": 80,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}})
    yield thing("v1", "Service", "web", ns, {"app": "web"}, spec={"selector": {"app": "web"}, "ports": [
        {"name": "http", "port": 80, "targetPort": 8080}]})
    yield thing("v1", "Service", "public", ns, spec={"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 443}]})
    yield thing("v1", "Service", "everyone", ns, spec={"type": "NodePort", "ports": [{"port": 80}]})
    yield thing("v1", "Service", "outside", ns, spec={"type": "ExternalName", "externalName": "db.example.com"})
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    yield thing("networking.k8s.io/v1", "Ingress", "web", ns, spec={
        "ingressClassName": "nginx", "tls": [{"hosts": [f"{ns}.example.com"], "secretName": "login"}],
        "rules": [{"host": f"{ns}.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]})
    yield claim("bound", ns, "5Gi", "manual")
    yield claim("waiting", ns, "5Gi", "gp3")
    some = {"matchLabels": {"app": "web"}}
    yield thing("networking.k8s.io/v1", "NetworkPolicy", "closed", ns, spec={"podSelector": {}, "policyTypes": ["Ingress"]})
    yield thing("networking.k8s.io/v1", "NetworkPolicy", "db", ns, spec={
        "podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["db"]}]},
        "ingress": [{"from": [{"podSelector": some}]}], "policyTypes": ["Ingress"]})
    yield thing("rbac.authorization.k8s.io/v1", "Role", "looks", ns, rules=[
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}])
    yield thing("rbac.authorization.k8s.io/v1", "RoleBinding", "looks", ns, subjects=[
        {"kind": "ServiceAccount", "name": "runner"} | {"namespace": ns}],
        roleRef={"kind": "Role", "name": "looks", "apiGroup": "rbac.authorization.k8s.io"})
    # Jane may list everything, but only in her namespace.
    if ns == "team-a":
        yield thing("rbac.authorization.k8s.io/v1", "RoleBinding", "jane", ns, subjects=[
            {"kind": "User", "name": "jane", "apiGroup": "rbac.authorization.k8s.io"}],
            roleRef={"kind": "ClusterRole", "name": "team", "apiGroup": "rbac.authorization.k8s.io"})
    yield thing("v1", "ResourceQuota", "most", ns, spec={"hard": {"pods": "200"}})
    yield thing("v1", "LimitRange", "usual", ns, spec={"limits": [{"type": "Container", "defaultRequest": {"cpu": "10m"}}]})
    yield thing("db.example.com/v1", "Database", "orders", ns, {"app": "web"},
                spec={"engine": "postgres", "password": canary("custom-password")})
    yield thing("mesh.example.com/v2", "Service", "web", ns, spec={"of": "web"})
    yield thing("v1", "PodTemplate", "spare", ns, template=template("spare"))
    yield thing("v1", "ReplicationController", "old", ns, spec={
        "replicas": 1, "selector": {"app": "old"}, "template": template("old")})
    yield thing("coordination.k8s.io/v1", "Lease", "turn", ns, spec={"holderIdentity": "somebody"})


def fill(cluster):
    """Makes the estate and waits until the controllers are done with it."""
    api = cluster.api
    apply = lambda things: cluster.kubectl(
        "create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(things)}))
    apply(nodes())
    for n in range(4):
        api.merge(f"/api/v1/nodes/node-{n}/status", node_status(n))
        if n < 3:
            # Who comes new is not ready, until the controller of nodes, which does not run, says otherwise.
            api.merge(f"/api/v1/nodes/node-{n}", {"spec": {"taints": None}})
    apply(thing("v1", "Namespace", ns, labels={"team": ns[-1:]}) for ns in ("team-a", "team-b", "empty"))
    apply(definitions())
    cluster.until(30, "the custom resources", lambda: api.get("/apis/mesh.example.com/v2") and
                  api.get("/apis/db.example.com/v1/databases") and api.get("/apis/db.example.com/v1alpha1/regions"))
    apply(o for o in shared(cluster.minor) if o["kind"] != "CustomResourceDefinition")
    for ns in ("team-a", "team-b"):
        apply(team(ns, cluster.minor))
        condition = {"type": "Ready", "status": "False" if ns == "team-b" else "True", "reason": "Provisioning"}
        api.merge(f"/apis/db.example.com/v1/namespaces/{ns}/databases/orders/status", {"status": {"conditions": [condition]}})
    many = (thing("v1", "ConfigMap", f"many-{n:03}", "empty", data={"n": str(n)}) for n in range(120))
    apply(many)
    address = {"status": {"loadBalancer": {"ingress": [{"hostname": "abc-1.elb.eu-west-1.amazonaws.com"}]}}}
    api.merge("/api/v1/namespaces/team-a/services/public/status", address)
    api.merge("/apis/networking.k8s.io/v1/namespaces/team-a/ingresses/web/status", address)
    settled = lambda: all(
        api.get(f"/apis/apps/v1/namespaces/{ns}/deployments/web")["status"].get("readyReplicas", 0) >= 2
        and api.get(f"/apis/apps/v1/namespaces/{ns}/statefulsets/db")["status"].get("readyReplicas") == 2
        and api.get(f"/apis/batch/v1/namespaces/{ns}/jobs/finished")["status"].get("succeeded") == 2
        and api.get(f"/apis/batch/v1/namespaces/{ns}/jobs/failing")["status"].get("failed")
        for ns in ("team-a", "team-b"))
    cluster.until(90, "the estate", settled)
    # A pod that is being deleted and does not end.
    api.merge(*first(api, "is-unready", {"metadata": {"labels": {"fate": "hang"}}}))
    api.ask("DELETE", first(api, "is-unready")[0])


def first(api, app, *more):
    pod = api.get(f"/api/v1/namespaces/team-b/pods?labelSelector=app%3D{app}")["items"][0]
    return f"/api/v1/namespaces/team-b/pods/{pod['metadata']['name']}", *more


class Churn:
    """Lets things happen: scales, rolls out, deletes, creates, cordons, relabels, bit by bit."""

    def __init__(self, api, seed):
        self.api, self.dice, self.count, self.done = api, random.Random(seed), 0, {}

    def step(self):
        self.count += 1
        ns = self.dice.choice(["team-a", "team-b"])
        act = self.dice.choice(["scale", "roll", "delete", "create", "change", "remove", "cordon", "label", "custom"])
        maps = f"/api/v1/namespaces/{ns}/configmaps"
        try:
            if act == "scale":
                self.api.merge(f"/apis/apps/v1/namespaces/{ns}/deployments/is-evicted", {"spec": {"replicas": self.dice.randrange(5)}})
            elif act == "roll":
                again = {"spec": {"template": {"metadata": {"annotations": {"again": str(self.count)}}}}}
                self.api.merge(f"/apis/apps/v1/namespaces/{ns}/deployments/{self.dice.choice(['is-evicted', 'is-crash'])}", again)
            elif act == "delete":
                pods = self.api.get(f"/api/v1/namespaces/{ns}/pods?labelSelector=app%3Dweb")["items"]
                if pods:
                    self.api.ask("DELETE", f"/api/v1/namespaces/{ns}/pods/{self.dice.choice(pods)['metadata']['name']}")
            elif act == "create":
                self.api.ask("POST", maps, thing("v1", "ConfigMap", f"churn-{self.dice.randrange(40)}", data={"n": str(self.count)}))
            elif act == "change":
                self.api.merge(f"{maps}/settings", {"data": {"LOG_LEVEL": f"level-{self.count}"}})
            elif act == "remove":
                self.api.ask("DELETE", f"{maps}/churn-{self.dice.randrange(40)}")
            elif act == "cordon":
                self.api.merge("/api/v1/nodes/node-1", {"spec": {"unschedulable": self.dice.random() < 0.3}})
            elif act == "label":
                self.api.merge(f"/api/v1/namespaces/{ns}/services/web", {"metadata": {"labels": {"turn": str(self.count)}}})
            else:
                spec = {"spec": {"size": self.count}}
                self.api.merge(f"/apis/db.example.com/v1/namespaces/{ns}/databases/orders", spec)
            self.done[act] = self.done.get(act, 0) + 1
        except Failed as refused:
            if refused.code not in (404, 409):
                raise

    def run(self, steps, a_second=20):
        for _ in range(steps):
            self.step()
            time.sleep(1 / a_second)
