#!/usr/bin/env python3
"""Runs CloudScope against a real API server with controllers, and holds it against kubectl.

    tests/kubernetes/real.py                    everything
    tests/kubernetes/real.py suite live ...     only these checks
    tests/kubernetes/real.py serve FOLDER       starts one, puts the estate into it, lets things happen and
                                                stays, until ctrl-c; kubeconfigs are in the folder

Needs etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl and openssl: on the PATH, or named by
ETCD, KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, KUBE_SCHEDULER, KUBECTL, OPENSSL. CLOUDSCOPE names a binary that is
built already; else cargo builds one. Everything listens on loopback and is stopped; it lies in a temporary folder,
or in CLOUDSCOPE_REAL_FOLDER and stays there.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import checks  # noqa: E402
import estate  # noqa: E402
from cluster import Cluster, Failed  # noqa: E402
from kubelet import Kubelets  # noqa: E402


def serve(folder):
    with Cluster(folder) as cluster, Kubelets(cluster.new_api()):
        estate.fill(cluster)
        print(f"{cluster.version} at https://127.0.0.1:{cluster.port}; kubeconfigs in {folder}", flush=True)
        churn = estate.Churn(cluster.new_api(), 1)
        try:
            while True:
                churn.run(1, a_second=2)
        except KeyboardInterrupt:
            return


def main():
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
        return 0
    wanted = sys.argv[1:] or list(checks.CHECKS)
    unknown = [name for name in wanted if name not in checks.CHECKS]
    if unknown:
        sys.exit(f"no check is called {unknown}; there are {list(checks.CHECKS)}")
    failed = 0
    with contextlib.ExitStack() as stack:
        folder = os.environ.get("CLOUDSCOPE_REAL_FOLDER")
        folder = folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="cloudscope-real-"))
        with Cluster(folder, checks.FLAGS) as cluster, Kubelets(cluster.new_api()):
            print(f"== {cluster.version}", flush=True)
            estate.fill(cluster)
            for name in wanted:
                begun = time.monotonic()
                try:
                    told = checks.CHECKS[name](cluster)
                    print(f"ok {name} ({time.monotonic() - begun:.0f} s): {told}", flush=True)
                except (checks.Wrong, Failed, OSError, subprocess.SubprocessError) as wrong:
                    failed += 1
                    print(f"FAILED {name}: {wrong}", flush=True)
    print(f"{len(wanted) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
