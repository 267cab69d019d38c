"""A user of the program, and what they ask of it."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Wrong(Exception):
    """What is not as it should be."""


def demand(holds, words):
    if not holds:
        raise Wrong(words)


def program():
    """The binary, built where none is named."""
    named = os.environ.get("CLOUDSCOPE")
    if named:
        return named
    subprocess.run(["cargo", "build", "-q", "-p", "cloudscope"], cwd=ROOT, check=True)
    return os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "debug", "cloudscope")


class User:
    """A user of the program with a kubeconfig, a home and a store of their own."""

    def __init__(self, cluster, name="admin"):
        self.cluster, self.home = cluster, tempfile.mkdtemp(prefix=f"{name}-", dir=cluster.folder)
        self.program = program()
        self.environment = {
            "HOME": self.home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
            "CLOUDSCOPE_DATA_DIR": os.path.join(self.home, "data"), "KUBECONFIG": cluster.config_of(name),
        }

    def run(self, *arguments, codes=(0, 3), patience=240):
        ran = subprocess.run([self.program, *arguments], env=self.environment, cwd=self.home, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=patience)
        demand(ran.returncode in codes, f"{arguments} ended with {ran.returncode}: {ran.stdout[-2000:]}{ran.stderr[-3000:]}")
        return ran.stdout

    def rows(self, query):
        told = self.run("query", query, "--format", "ndjson", "--limit", "1000000")
        return [json.loads(line) for line in told.splitlines()]

    def changes(self):
        return json.loads(self.run("changes", "--format", "json", "--since", "1h", "--limit", "1000000"))

    def health(self):
        return json.loads(self.run("health", "--format", "json"))

    def calls(self):
        return json.loads(self.run("calls", "--format", "json", "--limit", "1000000"))

    @contextlib.contextmanager
    def follow(self, source="k8s", watches=30):
        log = open(os.path.join(self.home, "follower.log"), "w")
        child = subprocess.Popen([self.program, "--log-level", "debug", "collect", "--follow", source], env=self.environment,
                                 cwd=self.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            # The first collection is done when every scope was looked at.
            patient(180, "the first collection", lambda: followed(self, watches))
            yield child
        finally:
            child.send_signal(signal.SIGCONT)
            child.terminate()
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def followed(user, watches):
    with contextlib.suppress(Wrong):
        health = user.health()
        if not health or any(h["state"] == "never" for h in health):
            return False
        opened = sum(c["operation"] == "k8s:Watch" for c in user.calls())
        return opened >= watches
    return False


def patient(seconds, what, ask):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise Wrong(f"{what}: not within {seconds} s")
