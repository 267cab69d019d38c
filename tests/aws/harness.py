"""Fills a moto server on loopback with an estate and tells, from boto3's own listings, what must be found there.

    harness.py serve STATE.json          start moto, fill it, write STATE.json (endpoint, truth, edges), stay until stdin closes
    a line `churn` on stdin              changes the estate, writes STATE.json again, prints `churned`
    options: --family NAME (repeatable)  only these modules of tests/aws/families

moto is another's program (PyPI `moto[server]`); only what it supports can be shown here.
"""

import argparse
import importlib.util
import json
import logging
import multiprocessing
import os
import pathlib
import sys
import threading
import time
import warnings

warnings.filterwarnings("ignore")
for variable in list(os.environ):
    if variable.startswith("AWS_") or variable.lower() in ("http_proxy", "https_proxy", "all_proxy"):
        del os.environ[variable]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "false"

import boto3
from botocore.config import Config
from werkzeug.serving import WSGIRequestHandler, make_server

import listed

HERE = pathlib.Path(__file__).resolve().parent
ACCOUNTS = ["123456789012", "222222222222"]
REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-2"]
ROLE = "inventory"


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


def moto(port, told, alive, others):
    """The server, in a process of its own: told which port it got, ended when whoever started it ends."""
    for other in others:
        other.close()
    logging.disable(logging.WARNING)
    sys.stderr = open(os.devnull, "w")
    from moto.server import DomainDispatcherApplication, create_backend_app

    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.send(server.server_port)
    try:
        alive.recv()
    except EOFError:
        pass
    os._exit(0)


class Env:
    accounts, regions = ACCOUNTS, REGIONS

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.clients, self.sessions = {}, {}

    def session(self, account):
        if account not in self.sessions:
            base = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
            if account != ACCOUNTS[0]:
                sts = base.client("sts", region_name="us-east-1", endpoint_url=self.endpoint)
                c = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{ROLE}", RoleSessionName="estate")["Credentials"]
                base = boto3.Session(c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])
            self.sessions[account] = base
        return self.sessions[account]

    def client(self, service, account, region="us-east-1"):
        key = (service, account, region)
        if key not in self.clients:
            config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}, max_pool_connections=20)
            self.clients[key] = self.session(account).client(
                service, region_name=region, endpoint_url=self.endpoint, config=config
            )
        return self.clients[key]

    def places(self):
        return [(a, r) for a in self.accounts for r in self.regions]


def families(only):
    out = []
    for path in sorted((HERE / "families").glob("*.py")):
        if only and path.stem not in only:
            continue
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        out.append(module)
    return out


def told(env, modules, whole):
    """Every asset that boto3 lists, every edge that the estate planned, and those that boto3's listings state."""
    assets, edges = [], []

    def add(account, region, found):
        for kind, identity, name, tags in found:
            assets.append(
                {"kind": kind, "id": identity, "name": name, "tags": tags or {}, "account": account, "region": region}
            )

    for module in modules:
        if hasattr(module, "truth"):
            for account, region in env.places():
                add(account, region, module.truth(env, account, region))
        if hasattr(module, "truth_global"):
            for account in env.accounts:
                # A kind of a global service may say its own region as a fifth value.
                for row in module.truth_global(env, account):
                    add(account, row[4] if len(row) > 4 else None, [row[:4]])
        if hasattr(module, "edges"):
            edges += [list(edge) for edge in module.edges(env)]
    known = {asset["id"] for asset in assets}
    stated = {edge for edge in listed.edges(env) if edge[0] in known and edge[2] in known} if whole else set()
    stated = [list(edge) for edge in sorted(stated)]
    return {"endpoint": env.endpoint, "stated": stated, "accounts": ACCOUNTS, "regions": REGIONS, "role": ROLE, "assets": assets, "edges": edges}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("state", type=pathlib.Path)
    parser.add_argument("--family", action="append", default=[])
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    here, there = multiprocessing.Pipe()
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("fork")
    server = context.Process(target=moto, args=(arguments.port, there, theirs, [here, ours]), daemon=True)
    server.start()
    there.close()
    theirs.close()
    port = here.recv()
    env = Env(f"http://127.0.0.1:{port}")
    modules = families(arguments.family)

    def write():
        state = told(env, modules, not arguments.family)
        state["port"] = port
        part = arguments.state.with_suffix(".part")
        part.write_text(json.dumps(state, default=str))
        part.replace(arguments.state)

    start = time.monotonic()
    for module in modules:
        module.fill(env)
    write()
    print(f"ready {env.endpoint} {time.monotonic() - start:.1f} s", flush=True)
    for line in sys.stdin:
        if line.strip() == "churn":
            for module in modules:
                if hasattr(module, "churn"):
                    module.churn(env)
            write()
            print("churned", flush=True)


if __name__ == "__main__":
    main()
