"""What is checked against the real server. Each check returns in words what it compared, or raises `Wrong`."""

import contextlib
import datetime
import http.client
import json
import os
import signal
import subprocess
import threading
import time

import estate
from cluster import Api, Failed, free_port
from user import ROOT, User, Wrong, demand, patient

# Versions are forgotten when a check says so, not by the clock.
FLAGS = ("--etcd-compaction-interval=0",)
OFF = {("", "events"), ("events.k8s.io", "events"), ("coordination.k8s.io", "leases"), ("extensions", "ingresses")}


def served(api, failed):
    """Group, version and resources, in the order in which the server likes the versions."""
    whole = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    for root in ("/api", "/apis"):
        try:
            told = api.ask("GET", root, accept=whole)
        except Failed as error:
            # A server of custom resources alone has no core group.
            failed.append(f"{root}: {error.code}")
            continue
        for group in told.get("items", []):
            for version in group["versions"]:
                resources = [(r["resource"], r["responseKind"]["kind"], r["verbs"]) for r in version.get("resources", [])]
                yield group["metadata"].get("name", ""), version["version"], resources
        old = [("", v) for v in told.get("versions", [])]
        for group in told.get("groups", []):
            first = group["preferredVersion"]["version"]
            old += [(group["name"], v) for v in [first] + [v["version"] for v in group["versions"] if v["version"] != first]]
        for group, version in old:
            base = f"/apis/{group}/{version}" if group else f"/api/{version}"
            try:
                yield group, version, [(r["name"], r["kind"], r["verbs"]) for r in api.get(base)["resources"]]
            except Failed as error:
                failed.append(f"{base}: {error.code}")


def kinds(api, failed=None):
    """Every kind that is collected without being asked for: where it is, what it is called."""
    done = set()
    for group, version, resources in served(api, [] if failed is None else failed):
        for plural, kind, verbs in resources:
            if "/" not in plural and "list" in verbs and (group, plural) not in done | OFF:
                done.add((group, plural))
                base = f"/apis/{group}/{version}" if group else f"/api/{version}"
                yield base, plural, f"{group or 'core'}/{kind}"


def listed(api):
    """Every object that is collected without being asked for: id without a cluster, to uid; and what fails."""
    out, failed = {}, []
    for base, plural, kind in kinds(api, failed):
        for item in api.get(f"{base}/{plural}")["items"]:
            meta = item["metadata"]
            place = f"{meta['namespace']}/" if meta.get("namespace") else ""
            out[f"{kind}/{place}{meta['name']}"] = meta.get("uid", "")
    return out, failed


def differences(user, api, before=None):
    """What is there and not collected, and the other way round. `before`: what was there before it was collected once;
    what the controllers made or removed since then tells nothing."""
    now, _ = listed(api)
    wanted = {i: u for i, u in now.items() if before is None or before.get(i) == u}
    rows = [r for r in user.rows("provider:k8s") if r["presence"]["state"] == "present"]
    # One that has no uid goes by its name.
    got = {r["id"].split("/", 1)[1]: r["incarnation"] for r in rows}
    told = [f"not collected: {i}" for i in wanted if i not in got]
    told += [f"the cluster has no {i}" for i in got if i not in now and i not in (before or {})]
    told += [f"{i} is {got[i]}, not {u}" for i, u in wanted.items() if u and i in got and got[i] != u]
    return told, len(wanted)


def settled(api):
    """Waits until the controllers are done."""
    seen = []

    def still():
        seen.append(listed(api)[0])
        time.sleep(1)
        return len(seen) > 2 and seen[-1] == seen[-2] == seen[-3]
    patient(60, "nothing happens", still)


def converged(user, api, what, seconds=60):
    told = []

    def same():
        try:
            told[:], count = differences(user, api)
        except Failed as later:
            # A server that has just started is not ready in all its parts.
            told[:], count = [str(later)], 0
        return not told and count
    try:
        return patient(seconds, what, same)
    except Wrong as wrong:
        raise Wrong(f"{wrong}: {len(told)} differences: {told[:20]}; {unwell(user)}") from wrong


def unwell(user):
    """The scopes that were not read, and why: what is there and not collected may be of those."""
    bad = [h for h in user.health() if h["state"] not in ("ok", "disabled")]
    return [f"{h['listing']} {h['parent']} {h['state']}: {h['error']}" for h in bad][:20]


def nothing_gone(user, api):
    """What is said to be gone is not in the cluster. Asked for in this order: what goes in between is no lie."""
    rows = user.rows("provider:k8s presence:gone")
    there = set(listed(api)[0].items())
    gone = [r for r in rows if (r["id"].split("/", 1)[1], r["incarnation"]) in there]
    demand(not gone, f"said to be gone, and are there: {[r['id'] for r in gone][:10]}")


@contextlib.contextmanager
def happening(cluster, seed, a_second=20):
    """Lets things happen meanwhile."""
    churn, halt, failed = estate.Churn(cluster.new_api(), seed), threading.Event(), []

    def work():
        while not halt.is_set():
            try:
                churn.run(1, a_second)
            except (OSError, Failed, ValueError) as error:
                failed.append(error)
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield churn
    finally:
        halt.set()
        thread.join(30)


# The checks


def suite_of(cluster, name):
    environment = os.environ | {"CLOUDSCOPE_TEST_KUBECONFIG": cluster.config_of(name),
                                "CLOUDSCOPE_TEST_KUBECTL": cluster.programs["KUBECTL"]}
    ran = subprocess.run(["cargo", "test", "-q", "-p", "cloudscope", "--test", "it", "kubernetes::real", "--", "--nocapture"],
                         cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1800)
    demand(ran.returncode == 0, f"as {name}: {(ran.stdout + ran.stderr)[-6000:]}")
    told = [line for line in (ran.stdout + ran.stderr).splitlines() if line.startswith("compared:")]
    demand(told, f"as {name}: it compared nothing: {ran.stdout[-1000:]}")
    return f"{name}: {told[0][:400]}"


def suite(cluster):
    """Everything that kubectl lists is collected, related and printed alike: with all rights, with rights to read,
    and with rights in one namespace."""
    return "\n   ".join(suite_of(cluster, name) for name in ("admin", "reader", "jane"))


def churned(cluster):
    """The same while things happen."""
    with happening(cluster, 7, a_second=5) as churn:
        told = suite_of(cluster, "admin")
        return f"{told}; meanwhile {churn.done}"


def nobody(cluster):
    """Who may nothing is told which permissions are missing, and nothing is there."""
    user = User(cluster, "nobody")
    user.run("collect", "--quiet", "k8s", codes=(1, 3))
    demand(not user.rows("provider:k8s"), "something is there")
    states = {h["state"] for h in user.health()}
    demand("denied" in states and "ok" not in states, f"scopes are {states}")
    return f"scopes are {states}"


def secrets(cluster):
    """No canary is anywhere, though the server has them."""
    everything = json.dumps(cluster.api.get("/api/v1/secrets")) + json.dumps(cluster.api.get("/api/v1/pods"))
    everything += json.dumps(cluster.api.get("/api/v1/configmaps")) + json.dumps(cluster.api.get("/api/v1/serviceaccounts"))
    coded = estate.coded(estate.CANARY)[:5]
    demand(estate.CANARY in everything and coded in everything, "the server has no canary")
    user = User(cluster)
    told = user.run("--log-level", "trace", "collect", "k8s")
    for arguments in (("query", "provider:k8s", "--format", "json", "--limit", "1000000"), ("changes", "--format", "json"),
                      ("health", "--format", "json"), ("calls", "--format", "json", "--limit", "1000000"),
                      ("export", "provider:k8s", "--format", "json", "-o", "out.json")):
        told += user.run(*arguments)
    for folder, _, files in os.walk(user.home):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                told += file.read().decode("latin-1")
    # Tokens that the controllers made, too.
    tokens = [t for s in cluster.api.get("/api/v1/secrets")["items"] for t in s.get("data", {}).values()]
    found = [w for w in [estate.CANARY, coded, *(t[:40] for t in tokens if len(t) > 40)] if w in told]
    demand(not found, f"found: {found}")
    return f"none of {len(tokens)} values of secrets and no other canary in {len(told) >> 20} MB"


def payload(cluster):
    """Everything that the server says of an object is kept, but for what is left out on purpose."""
    api, user = cluster.api, User(cluster)
    user.run("collect", "--quiet", "k8s")
    rows = {r["incarnation"]: r for r in user.rows("provider:k8s")}
    dropped = {"managedFields", "kubectl.kubernetes.io/last-applied-configuration"}
    lost, marks, leaves = [], {}, 0

    def compare(mine, theirs, path, of):
        nonlocal leaves
        if isinstance(theirs, dict):
            for key, value in theirs.items():
                if key not in dropped and value not in ({}, [], None, ""):
                    compare(mine.get(key) if isinstance(mine, dict) else mine, value, f"{path}/{key}", of)
        elif isinstance(theirs, list):
            if not isinstance(mine, list) or len(mine) != len(theirs):
                compare(mine, str(theirs), path, of)
                return
            # Lists that are sets are kept in an order of their own.
            order = lambda v: json.dumps(v, sort_keys=True)
            both = zip(mine, theirs) if all(map(keyed, theirs)) is False else zip(sorted(mine, key=named), sorted(theirs, key=named))
            if all(isinstance(v, str) for v in theirs):
                both = zip(sorted(mine, key=order), sorted(theirs, key=order))
            for one, other in both:
                compare(one, other, f"{path}/*", of)
        else:
            leaves += 1
            if mine == theirs:
                return
            if isinstance(mine, str) and "«redacted:" in mine:
                place = f"{of} {path}"
                marks[place] = marks.get(place, 0) + 1
            else:
                lost.append(f"{of} {path}: {mine!r:.60} instead of {theirs!r:.60}")

    for base, plural, kind in kinds(api):
        if plural == "secrets":
            continue
        for item in api.get(f"{base}/{plural}")["items"]:
            row = rows.get(item["metadata"].get("uid"))
            # What changed meanwhile is not compared.
            if row and row["properties"]["metadata"].get("resourceVersion") == item["metadata"]["resourceVersion"]:
                compare(row["properties"], item, "", kind)
    demand(not lost, f"{len(lost)} of {leaves} values: {lost[:40]}")
    return f"{leaves} values are kept or redacted; redacted: {marks}"


def keyed(value):
    return isinstance(value, dict) and named(value) != ""


def named(value):
    if not isinstance(value, dict):
        return ""
    return str(value.get("type") or value.get("name") or value.get("ip") or value.get("address") or "")


def live(cluster):
    """What happens is seen within a second, in kinds of all sorts."""
    api, user, late = cluster.api, User(cluster), []
    with user.follow():
        begun = {}

        def act(label, method, path, body=None, kind="application/json"):
            begun[label] = datetime.datetime.now(datetime.timezone.utc)
            return api.ask(method, path, body, kind)
        merge = "application/merge-patch+json"
        maps, team = "/api/v1/namespaces/empty/configmaps", "/apis/apps/v1/namespaces/team-a"
        for n in range(5):
            turn = str(n)
            act(f"core/ConfigMap/empty/live-{n}", "POST", maps, estate.thing("v1", "ConfigMap", f"live-{n}", data={"n": turn}))
            act("apps/Deployment/team-a/is-evicted", "PATCH", f"{team}/deployments/is-evicted", {"spec": {"replicas": 2 + n % 2}}, merge)
            act("core/Node/node-1", "PATCH", "/api/v1/nodes/node-1", {"spec": {"unschedulable": n % 2 == 0}}, merge)
            act("db.example.com/Database/team-a/orders", "PATCH", "/apis/db.example.com/v1/namespaces/team-a/databases/orders",
                {"spec": {"turn": turn}}, merge)
            act("core/Secret/team-a/login", "PATCH", "/api/v1/namespaces/team-a/secrets/login", {"metadata": {"labels": {"turn": turn}}}, merge)
            time.sleep(1.5)
            changes = user.changes()
            for label, when in begun.items():
                mine = [c for c in changes if c["id"].split("/", 1)[1] == label]
                after = [at for at in (parse(c["at"]) for c in mine) if at >= when]
                late.append((min(after) - when).total_seconds() if after else 99.0)
            begun.clear()
        for n in range(5):
            api.ask("DELETE", f"{maps}/live-{n}")
        converged(user, api, "equal after changes")
        with happening(cluster, 3, a_second=20) as churn:
            time.sleep(15)
        count = converged(user, api, "equal after churn")
        nothing_gone(user, api)
    late.sort()
    # One in twenty may fall on a moment when this machine does something else.
    demand(late[len(late) * 19 // 20 - 1] < 1.0, f"seen after {late} s")
    return f"{len(late)} changes, median {late[len(late) // 2] * 1000:.0f} ms, worst {late[-1] * 1000:.0f} ms; then {churn.done}, and {count} objects are equal"


def parse(text):
    """RFC 3339 with any number of digits."""
    head, _, rest = text.rstrip("Z").partition(".")
    return datetime.datetime.fromisoformat(head + "+00:00") + datetime.timedelta(seconds=float("0." + (rest or "0")))


def forgetting(cluster):
    """Versions that the server forgot: while a list is read by small pages, and while nobody watched."""
    api, user, halt = cluster.new_api(), User(cluster), threading.Event()
    settled(api)

    def forget():
        mine, n = cluster.new_api(), 0
        while not halt.wait(0.02):
            n += 1
            mine.merge("/api/v1/namespaces/team-a/configmaps/settings", {"data": {"TURN": str(n)}})
            cluster.compact()
    before, _ = listed(api)
    thread = threading.Thread(target=forget, daemon=True)
    thread.start()
    try:
        user.run("--log-level", "debug", "collect", "--quiet", "k8s:page=5")
    finally:
        halt.set()
        thread.join(10)
    told, count = differences(user, api, before)
    demand(not told, f"while tokens expired: {len(told)} differences: {told[:20]}; {unwell(user)}")
    asked = [c for c in user.calls() if c["operation"] == "k8s:List"]
    maps = sum(c["scope"]["listing"] == "configmaps" for c in asked)
    count_of_maps = len(api.get("/api/v1/configmaps")["items"])
    # Had no token expired, it would have been read page by page to its end.
    demand(maps < count_of_maps // 5, f"no token expired: {maps} pages of {count_of_maps} config maps")
    # What another source says of the same cluster would stay as it is.
    user = User(cluster)
    with user.follow() as child:
        child.send_signal(signal.SIGSTOP)
        maps_of = "/api/v1/namespaces/empty/configmaps"
        many = [m["metadata"]["name"] for m in api.get(maps_of)["items"] if m["metadata"]["name"].startswith("many-")]
        for name in many[::2]:
            api.ask("DELETE", f"{maps_of}/{name}")
        api.merge("/apis/apps/v1/namespaces/team-b/deployments/web", {"spec": {"replicas": 1}})
        time.sleep(2)
        cluster.compact()
        cluster.stop("kube-apiserver")
        cluster.start_server(*FLAGS)
        child.send_signal(signal.SIGCONT)
        converged(user, cluster.api, "equal after versions were forgotten", 120)
        nothing_gone(user, cluster.api)
    return f"{count} objects are equal; the list of config maps was begun and read in {maps} calls, though it has {count_of_maps} in pages of 5; then {len(many[::2])} deletions while it was stopped were found"


def trouble(cluster):
    """The server is killed, and its store: nothing is gone that is there, and all is equal afterwards."""
    user = User(cluster)
    with user.follow():
        gone = lambda: {(r["id"], r["incarnation"]) for r in user.rows("provider:k8s presence:gone")}
        before = gone()
        cluster.stop("kube-apiserver", signal.SIGKILL)
        time.sleep(5)
        demand(gone() == before, f"gone while the server was away: {gone() - before}")
        cluster.start_server(*FLAGS)
        converged(user, cluster.api, "equal after the server was killed", 120)
        nothing_gone(user, cluster.api)
        before = gone()
        cluster.stop("etcd", signal.SIGKILL)
        time.sleep(20)
        demand(gone() == before, f"gone while the store was away: {gone() - before}")
        # A whole run in the middle of it.
        other = User(cluster)
        other.run("collect", "--quiet", "k8s", codes=(1, 3))
        demand(not [r for r in other.rows("provider:k8s") if r["presence"]["state"] == "gone"], "gone from nothing")
        cluster.start_etcd()
        cluster.until(90, "kube-apiserver", lambda: cluster.api.get("/readyz") == "ok")
        cluster.api.merge("/api/v1/namespaces/team-a/services/web", {"metadata": {"labels": {"after": "etcd"}}})
        count = converged(user, cluster.api, "equal after its store was killed", 180)
        nothing_gone(user, cluster.api)
    return f"{count} objects are equal after both"


def quiet(cluster):
    """Nothing happens for longer than a watch may be silent: nothing is listed again."""
    user = User(cluster)
    with user.follow():
        time.sleep(5)
        before = sum(c["operation"] == "k8s:List" for c in user.calls())
        time.sleep(170)
        after = user.calls()
        more = sum(c["operation"] == "k8s:List" for c in after) - before
        watches = sum(c["operation"] == "k8s:Watch" for c in after)
        bad = unwell(user)
        converged(user, cluster.api, "equal after silence")
    return f"{more} lists, {watches} watches opened; not ok: {bad}"


def definitions(cluster):
    """A kind that is installed is there, and its objects are gone when it is removed: found by runs, and by who follows."""
    api, user = cluster.api, User(cluster)
    user.run("collect", "--quiet", "k8s")
    install(cluster, "xtra", "late")
    user.run("collect", "--quiet", "k8s")
    converged(user, api, "equal with a new kind", 5)
    remove(cluster, "xtra", "late")
    user.run("collect", "--quiet", "k8s")
    removed(user, "xtra", "late")
    # The same while it is followed.
    with user.follow():
        time.sleep(5)
        lists = lambda: sum(c["operation"] == "k8s:List" for c in user.calls())
        before, begun = lists(), time.monotonic()
        install(cluster, "ytra", "later")
        patient(30, "the new kind", lambda: user.rows("kind:k8s.later.example.com.ytra presence:present"))
        took = time.monotonic() - begun
        converged(user, api, "equal with a new kind while it is followed", 30)
        more = lists() - before
        # One for the new kind, and those that cannot be watched, every minute.
        demand(more <= 6, f"{more} lists for one new kind")
        remove(cluster, "ytra", "later")
        patient(60, "the end of the kind", lambda: not user.rows("kind:k8s.later.example.com.ytra presence:present,unknown"))
        patient(60, "its scope", lambda: any(h["listing"] == "ytras.later.example.com" and h["state"] == "disabled" for h in user.health()))
        removed(user, "ytra", "later")
        # A server that has just started serves it a moment later than all others.
        install(cluster, "ytra", "later")
        patient(30, "the kind once more", lambda: user.rows("kind:k8s.later.example.com.ytra presence:present"))
        cluster.stop("kube-apiserver", signal.SIGKILL)
        cluster.start_server(*FLAGS)
        converged(user, cluster.api, "equal after the server was killed", 120)
        nothing_gone(user, cluster.api)
        remove(cluster, "ytra", "later")
    return f"a kind that was installed while it was followed was there after {took:.1f} s, with {more} lists; removed, its objects are gone"


def install(cluster, word, group):
    """A kind, and one object of it."""
    api = cluster.api
    new = estate.definition(f"{word}s", f"{group}.example.com", word.title(), "Namespaced", ["v1"])
    names = new["spec"]["names"]
    api.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", new)
    path = f"/apis/{new['spec']['group']}/v1/namespaces/team-a/{names['plural']}"
    cluster.until(30, "the new kind", lambda: api.get(path))
    api.ask("POST", path, estate.thing(f"{new['spec']['group']}/v1", names["kind"], "one"))


def remove(cluster, word, group):
    api, name = cluster.api, f"{word}s.{group}.example.com"
    api.ask("DELETE", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}")

    def left():
        try:
            api.get(f"/apis/{group}.example.com/v1/namespaces/team-a/{word}s")
        except Failed as error:
            return error.code == 404
        return False
    cluster.until(30, "the end of the kind", left)


def spaces(cluster):
    """A namespace that is made while one follows who may list only in some: it is found, once somebody allows it, and
    what was in it is gone when it goes."""
    api, user = cluster.api, User(cluster, "jane")
    rbac, people = "/apis/rbac.authorization.k8s.io/v1", "rbac.authorization.k8s.io"
    subjects = [{"kind": "User", "name": "jane", "apiGroup": people}]
    version = f"{people}/v1"
    rules = [{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list", "watch"]}]
    api.ask("POST", f"{rbac}/clusterroles", estate.thing(version, "ClusterRole", "see-namespaces", rules=rules))
    api.ask("POST", f"{rbac}/clusterrolebindings", estate.thing(
        version, "ClusterRoleBinding", "jane-sees-namespaces", subjects=subjects,
        roleRef={"kind": "ClusterRole", "name": "see-namespaces", "apiGroup": people}))
    try:
        with user.follow(watches=20):
            api.ask("POST", "/api/v1/namespaces", estate.thing("v1", "Namespace", "late"))
            api.ask("POST", "/api/v1/namespaces/late/configmaps", estate.thing("v1", "ConfigMap", "one", data={"n": "1"}))
            state = lambda listing: [h["state"] for h in user.health() if (h["listing"], h["parent"]) == (listing, "late")]
            patient(30, "the new namespace", lambda: state("everything") == ["denied"])
            begun = time.monotonic()
            api.ask("POST", f"{rbac}/namespaces/late/rolebindings", estate.thing(
                version, "RoleBinding", "jane", "late", subjects=subjects,
                roleRef={"kind": "ClusterRole", "name": "team", "apiGroup": people}))
            inside = lambda presence: user.rows(f"prop.metadata.namespace=late presence:{presence}")
            # Kubernetes puts more into it by itself.
            patient(60, "what is in it", lambda: {"one", "jane", "default"} <= {r["name"] for r in inside("present")})
            took = time.monotonic() - begun
            count = len(inside("present"))
            api.ask("DELETE", "/api/v1/namespaces/late")
            patient(90, "its end", lambda: not inside("present,unknown"))
            # An API whose server is away keeps a namespace for ever: nobody knows whether something of it is there.
            last = api.get("/api/v1/namespaces/late")
            last["spec"]["finalizers"] = []
            api.ask("PUT", "/api/v1/namespaces/late/finalize", last)
            patient(30, "its scopes", lambda: state("configmaps") == ["disabled"])
            demand(len(inside("gone")) >= count, f"gone are {len(inside('gone'))} of {count}")
    finally:
        api.ask("DELETE", f"{rbac}/clusterrolebindings/jane-sees-namespaces")
        api.ask("DELETE", f"{rbac}/clusterroles/see-namespaces")
    return f"{count} objects of a new namespace were there {took:.1f} s after it was allowed, and gone with it"


def removed(user, word, group):
    kind = f"kind:k8s.{group}.example.com.{word}"
    left = [(r["name"], r["presence"]) for r in user.rows(f"{kind} presence:present,unknown")]
    gone = user.rows(f"{kind} presence:gone")
    demand(gone and not left, f"of a removed kind there is {left}, and gone are {len(gone)}")


def newer(cluster):
    """A newer server of custom resources alone (`apiextensions-apiserver`, named by APIEXTENSIONS_APISERVER), which
    asks the other one who somebody is and what they may: discovery in one answer, lists through watches."""
    path = os.environ.get("APIEXTENSIONS_APISERVER")
    if not path:
        return "skipped: APIEXTENSIONS_APISERVER names none"
    cluster.programs["APIEXTENSIONS_APISERVER"] = path
    port, core = free_port(), cluster.config_of("admin")

    def start():
        cluster.spawn(
            "apiextensions", "APIEXTENSIONS_APISERVER", f"--etcd-servers=http://127.0.0.1:{cluster.etcd_port}",
            "--etcd-compaction-interval=0", "--bind-address=127.0.0.1", f"--secure-port={port}", f"--kubeconfig={core}",
            f"--authentication-kubeconfig={core}", f"--authorization-kubeconfig={core}",
            f"--tls-cert-file={cluster.path('server.crt')}", f"--tls-private-key-file={cluster.path('server.key')}",
            f"--client-ca-file={cluster.path('ca.crt')}", "--authentication-skip-lookup=true",
            # It would ask the older one for versions of groups that it does not have.
            "--enable-priority-and-fairness=false",
            "--disable-admission-plugins=ValidatingAdmissionPolicy,MutatingAdmissionPolicy,MutatingAdmissionWebhook,ValidatingAdmissionWebhook")
        cluster.until(60, "apiextensions-apiserver", lambda: api.get("/readyz") == "ok")

    api = Api(port, cluster.path("ca.crt"), (cluster.path("admin.crt"), cluster.path("admin.key")))
    start()
    try:
        version = api.get("/version")
        definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        for new in estate.definitions():
            api.ask("POST", definitions, new)
        place = "/apis/db.example.com/v1/namespaces/{}/databases"
        cluster.until(30, "the kinds", lambda: api.get(place.format("team-a")) and api.get("/apis/db.example.com/v1alpha1/regions"))
        database = lambda n: estate.thing("db.example.com/v1", "Database", f"db-{n:03}", spec={"password": estate.canary("newer")})
        for n in range(120):
            api.ask("POST", place.format("team-a" if n % 2 else "team-b"), database(n))
        cluster.kubeconfig("newer", {"client-certificate": cluster.path("admin.crt"), "client-key": cluster.path("admin.key")}, port)
        user = User(cluster, "newer")
        with user.follow(watches=3) as child:
            count = converged(user, api, "equal", 10)
            asked = sorted(c["operation"] for c in user.calls())
            discovered = asked.count("k8s:Discover")
            demand(discovered == 2, f"discovery took {discovered} calls, not two")
            begun = time.monotonic()
            api.ask("POST", place.format("team-a"), database(500))
            converged(user, api, "a new object", 10)
            took = time.monotonic() - begun
            lists = asked.count("k8s:List")
            child.send_signal(signal.SIGSTOP)
            for n in range(0, 120, 2):
                api.ask("DELETE", f"{place.format('team-b')}/db-{n:03}")
            cluster.stop("apiextensions")
            cluster.compact()
            start()
            api.ask("POST", place.format("team-a"), database(501))
            child.send_signal(signal.SIGCONT)
            converged(user, api, "equal after versions were forgotten", 120)
            nothing_gone(user, api)
            after = [c["operation"] for c in user.calls()]
            again = after.count("k8s:List") - lists
            sends = sends_everything(api, "/apis/db.example.com/v1/databases")
            # On etcd 3.4 it begins to and breaks off: then a list of each kind it is, and no more.
            demand(again <= (0 if sends else len(list(kinds(api)))), f"{again} lists after 410, and everything through a watch: {sends}")
        demand(estate.CANARY not in user.run("query", "provider:k8s", "--format", "json"), "a canary is there")
        return (f"{version['major']}.{version['minor']}: {count} objects are equal, {discovered} calls of discovery, a new object within "
                f"{took * 1000:.0f} ms with a process started to see it; after 410 {after.count('k8s:Watch')} watches and {again} lists"
                f"{'' if sends else ', for this server breaks off what it sends through a watch'}")
    finally:
        cluster.stop("apiextensions")


def sends_everything(api, path):
    """Whether the server sends everything through a watch, down to the mark of its end."""
    question = "?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=8"
    connection = http.client.HTTPSConnection("127.0.0.1", api.port, context=api.context, timeout=30)
    try:
        connection.request("GET", path + question)
        return b"initial-events-end" in connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


CHECKS = {f.__name__: f for f in (suite, churned, nobody, secrets, payload, definitions, spaces, live, forgetting, trouble, newer, quiet)}
