"""A real API server with what it needs, on loopback and in a folder of its own: etcd, kube-apiserver,
kube-controller-manager, kube-scheduler. Nothing of it outlives the process that started it.

The programs are named by environment variables; without one, the PATH is searched.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time

# Where the programs are had: what to say when one is missing.
HINTS = {
    "ETCD": ("etcd", "Debian: apt-get install etcd-server"),
    "KUBE_APISERVER": ("kube-apiserver", "from a release of Kubernetes (kubernetes-server), or built from its source: docs/KUBERNETES.md"),
    "KUBE_CONTROLLER_MANAGER": ("kube-controller-manager", "beside kube-apiserver"),
    "KUBE_SCHEDULER": ("kube-scheduler", "beside kube-apiserver"),
    "KUBECTL": ("kubectl", "Debian: apt-get install kubernetes-client"),
    "OPENSSL": ("openssl", "Debian: apt-get install openssl"),
}


def programs():
    """Path of each program, and what is missing, in words."""
    found, missing = {}, []
    for variable, (name, hint) in HINTS.items():
        path = os.environ.get(variable) or shutil.which(name)
        if path and os.access(path, os.X_OK):
            found[variable] = path
        else:
            missing.append(f"{name}: set {variable} ({hint})")
    return found, missing


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Failed(Exception):
    """An answer that is an error."""

    def __init__(self, code, body):
        super().__init__(f"{code}: {body[:2000]}")
        self.code = code


class Api:
    """Requests with a client certificate or a token, as JSON."""

    def __init__(self, port, ca, certificate=None, token=None):
        self.context = ssl.create_default_context(cafile=ca)
        if certificate:
            self.context.load_cert_chain(*certificate)
        self.port, self.token, self.connection = port, token, None

    def ask(self, method, path, body=None, kind="application/json", accept="application/json"):
        headers = {"Accept": accept, "Content-Type": kind}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body)
        for last in (False, True):
            if self.connection is None:
                self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=30)
            try:
                self.connection.request(method, path, data, headers)
                answer = self.connection.getresponse()
                text = answer.read().decode()
                break
            except (OSError, http.client.HTTPException):
                self.connection = None
                if last:
                    raise
        if answer.status >= 400:
            raise Failed(answer.status, text)
        return json.loads(text) if text.startswith(("{", "[")) else text

    def get(self, path):
        return self.ask("GET", path)

    def merge(self, path, body):
        return self.ask("PATCH", path, body, "application/merge-patch+json")


class Cluster:
    """`with Cluster(folder) as cluster`. `flags` go to the API server."""

    def __init__(self, folder, flags=()):
        self.programs, missing = programs()
        if missing:
            raise SystemExit("missing:\n  " + "\n  ".join(missing))
        self.folder, self.flags = folder, list(flags)
        self.port, self.etcd_port, self.peer_port = free_port(), free_port(), free_port()
        self.running = {}
        os.makedirs(folder, exist_ok=True)
        self.version = subprocess.run(
            [self.programs["KUBE_APISERVER"], "--version"], capture_output=True, text=True, check=True
        ).stdout.strip()
        self.minor = int(self.version.split(".")[1])

    def path(self, name):
        return os.path.join(self.folder, name)

    # Certificates and kubeconfigs

    def openssl(self, *arguments):
        subprocess.run([self.programs["OPENSSL"], *arguments], check=True, capture_output=True, cwd=self.folder)

    def credentials(self):
        if os.path.exists(self.path("sa.key")):
            return
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.crt",
                     "-days", "2", "-subj", "/CN=kubernetes-ca")
        names = "subjectAltName=IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes.default.svc"
        self.sign("server", "/CN=kube-apiserver", names)
        self.sign("admin", "/O=system:masters/CN=admin")
        self.sign("front", "/CN=front-proxy")
        self.openssl("genrsa", "-out", "sa.key", "2048")
        users = [("manager", "system:kube-controller-manager", ""), ("scheduler", "system:kube-scheduler", "")]
        users += [(name, name, "people") for name in ("jane", "reader", "nobody")]
        with open(self.path("tokens.csv"), "w") as out:
            for token, user, group in users:
                out.write(f"token-of-{token},{user},{user}" + (f",{group}" if group else "") + "\n")
        self.kubeconfig("admin", {"client-certificate": self.path("admin.crt"), "client-key": self.path("admin.key")})
        for name, _, _ in users:
            self.kubeconfig(name, {"token": f"token-of-{name}"})

    def sign(self, name, subject, extension=None):
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        # With an extension it is of version 3; rustls takes no other.
        with open(self.path(f"{name}.ext"), "w") as out:
            out.write((extension or "extendedKeyUsage=clientAuth") + "\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
                     "-days", "2", "-out", f"{name}.crt", "-extfile", f"{name}.ext")

    def kubeconfig(self, name, user, port=None):
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "real",
            "clusters": [{"name": "real", "cluster": {
                "server": f"https://127.0.0.1:{port or self.port}", "certificate-authority": self.path("ca.crt")}}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": "real", "context": {"cluster": "real", "user": name,
                         **({"namespace": "team-a"} if name == "jane" else {})}}],
        }
        with open(self.path(f"{name}.kubeconfig"), "w") as out:
            json.dump(config, out)

    def config_of(self, name):
        return self.path(f"{name}.kubeconfig")

    # Processes

    def spawn(self, name, variable, *arguments):
        log = open(self.path(f"{name}.log"), "a")
        self.running[name] = subprocess.Popen(
            [self.programs[variable], *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder)

    def stop(self, name, how=signal.SIGTERM):
        process = self.running.pop(name, None)
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def start_etcd(self):
        client, peer = f"http://127.0.0.1:{self.etcd_port}", f"http://127.0.0.1:{self.peer_port}"
        self.spawn("etcd", "ETCD", "--data-dir", self.path("etcd"), "--listen-client-urls", client,
                   "--advertise-client-urls", client, "--listen-peer-urls", peer,
                   "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}")
        self.until(30, "etcd", lambda: b'"true"' in self.etcd("GET", "/health", None))

    def etcd(self, method, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.etcd_port, timeout=10)
        connection.request(method, path, None if body is None else json.dumps(body))
        return connection.getresponse().read()

    def compact(self):
        """Makes etcd forget every older version; returns the one from which on it remembers."""
        header = json.loads(self.etcd("POST", "/v3/kv/range", {"key": "YQ=="}))["header"]
        self.etcd("POST", "/v3/kv/compaction", {"revision": header["revision"], "physical": True})
        return int(header["revision"])

    def start_server(self, *flags):
        self.spawn(
            "kube-apiserver", "KUBE_APISERVER",
            f"--etcd-servers=http://127.0.0.1:{self.etcd_port}", "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1", f"--secure-port={self.port}",
            "--endpoint-reconciler-type=none", "--authorization-mode=Node,RBAC", "--anonymous-auth=true",
            "--allow-privileged=true", "--service-cluster-ip-range=10.96.0.0/16",
            f"--tls-cert-file={self.path('server.crt')}", f"--tls-private-key-file={self.path('server.key')}",
            f"--client-ca-file={self.path('ca.crt')}", f"--token-auth-file={self.path('tokens.csv')}",
            f"--service-account-key-file={self.path('sa.key')}",
            f"--service-account-signing-key-file={self.path('sa.key')}",
            "--service-account-issuer=https://kubernetes.default.svc", "--api-audiences=https://kubernetes.default.svc",
            f"--requestheader-client-ca-file={self.path('ca.crt')}",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-", "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
            f"--proxy-client-cert-file={self.path('front.crt')}", f"--proxy-client-key-file={self.path('front.key')}",
            *self.flags, *flags)
        self.api = self.new_api()
        self.until(90, "kube-apiserver", lambda: self.api.get("/readyz") == "ok")

    def new_api(self):
        """A connection of its own as administrator; one is not for two threads."""
        return Api(self.port, self.path("ca.crt"), (self.path("admin.crt"), self.path("admin.key")))

    def start_controllers(self):
        # Until 1.23 there is a second port, open to everybody.
        old = ["--port=0"] if self.minor < 23 else []
        self.spawn(
            "kube-controller-manager", "KUBE_CONTROLLER_MANAGER",
            f"--kubeconfig={self.config_of('manager')}", "--leader-elect=false", "--bind-address=127.0.0.1",
            f"--secure-port={free_port()}", "--use-service-account-credentials=true",
            f"--service-account-private-key-file={self.path('sa.key')}", f"--root-ca-file={self.path('ca.crt')}",
            f"--cluster-signing-cert-file={self.path('ca.crt')}", f"--cluster-signing-key-file={self.path('ca.key')}",
            # Nobody sends heartbeats of the nodes.
            f"--controllers=*,-{'nodelifecycle' if self.minor < 28 else 'node-lifecycle-controller'}", *old)
        self.spawn("kube-scheduler", "KUBE_SCHEDULER", f"--kubeconfig={self.config_of('scheduler')}",
                   "--leader-elect=false", "--bind-address=127.0.0.1", f"--secure-port={free_port()}", *old)
        ready = lambda: self.api.get("/api/v1/namespaces/default/serviceaccounts/default")
        self.until(60, "kube-controller-manager", ready)

    def until(self, seconds, what, ask):
        """The first answer that is one; errors are none."""
        end, last = time.monotonic() + seconds, None
        while time.monotonic() < end:
            ended = [n for n, p in self.running.items() if p.poll() is not None]
            if ended:
                raise SystemExit(f"{ended} ended; see {self.folder}/{ended[0]}.log")
            try:
                last = ask()
                if last:
                    return last
            except (OSError, Failed, http.client.HTTPException, ValueError) as error:
                last = error
            time.sleep(0.1)
        raise SystemExit(f"{what}: not within {seconds} s: {last}")

    def kubectl(self, *arguments, user="admin", text=None):
        command = [self.programs["KUBECTL"], "--kubeconfig", self.config_of(user), *arguments]
        ran = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)
        if ran.returncode != 0:
            raise Failed(ran.returncode, f"kubectl {arguments}: {ran.stderr}")
        return ran.stdout

    def __enter__(self):
        try:
            self.credentials()
            self.start_etcd()
            self.start_server()
            self.start_controllers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # Those that need the others first.
        for name in reversed(list(self.running)):
            self.stop(name)
