#!/usr/bin/env python3
"""Writes models.jsonl from the botocore package (PyPI, Apache-2.0), for the operations of operations.txt.

    generate.py                     models.jsonl from operations.txt and credentials.txt
    generate.py --rows FOLDER       first operations.txt from base.txt and every `operation = "service:Op"` below FOLDER
    generate.py --check             writes nothing; fails when models.jsonl is not what would be written

operations.txt is the reviewed list of what may be called; credentials.txt the operations that obtain
credentials. The format of models.jsonl is told in README.md. Endpoints are botocore's own rules, asked for
every region; the regions a service is in are those of its endpoints.json.
"""

import argparse
import collections
import json
import pathlib
import sys
import tomllib

import botocore
import botocore.session
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError

HERE = pathlib.Path(__file__).resolve().parent
# In order of preference. smithy-rpc-v2-cbor is not spoken.
PROTOCOLS = ["json", "rest-json", "rest-xml", "query", "ec2"]
VARIANTS = {"plain": (False, False), "fips": (True, False), "dual": (False, True), "both": (True, True)}
# Attributes of a reference to a shape that the wire needs, by botocore's name and ours.
TRAITS = {
    "locationName": "wire",
    "queryName": "query",
    "location": "at",
    "flattened": "flat",
    "xmlAttribute": "attribute",
    "timestampFormat": "format",
    "jsonvalue": "jsonvalue",
    "hostLabel": "host",
}
TYPES = {
    "string": "string", "character": "string", "boolean": "boolean", "integer": "integer", "long": "integer",
    "short": "integer", "byte": "integer", "bigInteger": "integer", "float": "float", "double": "float",
    "bigDecimal": "float", "timestamp": "timestamp", "blob": "blob",
}


def lines(name):
    text = (HERE / name).read_text()
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def operations_of(rows):
    found = set()

    def walk(value):
        if isinstance(value, dict):
            if isinstance(value.get("operation"), str):
                found.add(value["operation"])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    for file in sorted(pathlib.Path(rows).rglob("*.toml")):
        walk(tomllib.loads(file.read_text()))
    return found


class Shapes:
    """The shapes reachable from some operations, numbered. Traits of a shape are merged into what refers to it."""

    def __init__(self, service, model):
        self.service, self.all, self.number, self.out = service, model["shapes"], {}, []

    def refer(self, ref):
        shape = self.all[ref["shape"]]
        out = {"shape": self.take(ref["shape"])}
        merged = {**shape, **ref}
        for theirs, ours in TRAITS.items():
            if theirs in merged and merged[theirs] is not False:
                out[ours] = merged[theirs]
        space = merged.get("xmlNamespace")
        if space:
            space = {"uri": space} if isinstance(space, str) else space
            out["space"] = {k: space[k] for k in ("uri", "prefix") if k in space}
        return out

    def take(self, name):
        if name in self.number:
            return self.number[name]
        number = self.number[name] = len(self.out)
        shape = self.all[name]
        out = {"type": shape["type"]}
        self.out.append(out)
        match shape["type"]:
            case "structure" if shape.get("document"):
                out["type"] = "document"
            case "structure":
                out["members"] = [{"name": n, **self.refer(r)} for n, r in shape["members"].items()]
                for key in ("payload", "required", "union"):
                    if shape.get(key):
                        out[key] = shape[key]
            case "list":
                out["member"] = self.refer(shape["member"])
            case "map":
                out["key"], out["value"] = self.refer(shape["key"]), self.refer(shape["value"])
            # botocore's client decodes these strings too (handlers.json_decode_policies).
            case "string" if self.service == "iam" and name == "policyDocumentType":
                out["type"] = "policy"
            case kind:
                out["type"] = TYPES[kind]
        return number


def pages_of(page):
    as_list = lambda v: [] if v is None else v if isinstance(v, list) else [v]
    out = {"input": as_list(page.get("input_token")), "output": as_list(page.get("output_token"))}
    out["result"] = as_list(page.get("result_key"))
    for theirs, ours in (("limit_key", "limit"), ("more_results", "more")):
        if page.get(theirs):
            out[ours] = page[theirs]
    return out


class Endpoints:
    def __init__(self, session):
        self.loader = session.get_component("data_loader")
        self.partitions = self.loader.load_data("partitions")
        listed = self.loader.load_data("endpoints")["partitions"]
        self.listed = {p["partition"]: p for p in listed}

    def header(self):
        out = []
        for p in self.partitions["partitions"]:
            o = p["outputs"]
            regions = sorted(r for r in p["regions"] if not r.endswith("-global"))
            out.append({
                "name": p["id"], "suffix": o["dnsSuffix"], "dual": o["dualStackDnsSuffix"], "regex": p["regionRegex"],
                "global": o["implicitGlobalRegion"], "regions": regions,
            })
        return out

    def of(self, service, prefix, rules):
        provider = EndpointProvider(rules, self.partitions)
        known = set(rules["parameters"])
        nowhere = not any(prefix in p["services"] for p in self.listed.values())
        out = []
        for partition in self.header():
            entry = self.listed.get(partition["name"], {"services": {}})["services"].get(prefix)
            if entry is None and not (nowhere and partition["name"] == "aws"):
                continue
            everywhere = partition["regions"]
            fresh = {"partition": partition["name"]}
            listed = everywhere
            is_global = entry is not None and entry.get("isRegionalized") is False
            if is_global:
                fresh["global"] = True
            elif entry is not None:
                listed = sorted(set(entry["endpoints"]) & set(everywhere))
                if not listed:
                    continue
                absent = sorted(set(everywhere) - set(listed))
                fresh.update({"only": listed} if len(listed) < len(absent) else {"not": absent} if absent else {})
            for variant, (fips, dual) in VARIANTS.items():
                found = {}
                for region in listed:
                    given = {"Region": region, "UseFIPS": fips, "UseDualStack": dual, "RequiresAccountId": False,
                             "ForcePathStyle": True, "UseGlobalEndpoint": False}
                    try:
                        answer = provider.resolve_endpoint(**{k: v for k, v in given.items() if k in known})
                    except BotoCoreError:
                        continue
                    scheme = next((s for s in answer.properties.get("authSchemes", []) if s.get("name") == "sigv4"), {})
                    found[region] = (answer.url, scheme.get("signingRegion", region))
                if found:
                    fresh[variant] = self.pack(found)
            out.append(fresh)
        return out

    @staticmethod
    def pack(found):
        """[URL with {region}, region to sign for or "" for the same], and the regions that differ from the usual."""
        expand = lambda region, v: (v[0].replace("{region}", region), v[1] or region)
        templates = collections.Counter()
        for region, (url, signing) in found.items():
            templates[(url.replace(region, "{region}"), "" if signing == region else signing)] += 1
        usual = templates.most_common(1)[0][0]
        rest = {r: list(v) for r, v in sorted(found.items()) if expand(r, usual) != v}
        return {"usual": list(usual), **({"except": rest} if rest else {})}


def describe(service, model, wanted, paginators):
    """A service's line without its endpoints; nothing when it speaks no protocol of ours."""
    meta = model["metadata"]
    offered = meta.get("protocols") or [meta["protocol"]]
    protocol = next((p for p in PROTOCOLS if p in offered), None)
    if protocol is None:
        print(f"left out: {service} speaks only {', '.join(offered)}", file=sys.stderr)
        return None
    shapes, operations = Shapes(service, model), []
    for name in sorted(wanted):
        if name not in model["operations"]:
            raise SystemExit(f"operations.txt: botocore has no {service}:{name}")
        operation = model["operations"][name]
        http = operation.get("http", {})
        out = {"name": name, "method": http.get("method", "POST"), "uri": http.get("requestUri", "/")}
        if "input" in operation:
            out["input"] = shapes.refer(operation["input"])
        if "output" in operation:
            out["output"] = shapes.refer(operation["output"])
            if operation["output"].get("resultWrapper"):
                out["wrapper"] = operation["output"]["resultWrapper"]
        if operation.get("endpoint", {}).get("hostPrefix"):
            out["host"] = operation["endpoint"]["hostPrefix"]
        # requests without a signature (sts:AssumeRoleWithWebIdentity)
        if operation.get("authtype") == "none" or operation.get("auth") == ["smithy.api#noAuth"]:
            out["unsigned"] = True
        if name in paginators:
            out["pages"] = pages_of(paginators[name])
        operations.append(out)
    prefix = meta.get("endpointPrefix", service)
    line = {
        "service": service, "protocol": protocol, "version": meta.get("apiVersion", ""), "prefix": prefix,
        "signing": meta.get("signingName", prefix), "id": meta.get("serviceId", service),
    }
    if protocol == "json":
        line["json"], line["target"] = meta["jsonVersion"], meta["targetPrefix"]
    if "awsQueryCompatible" in meta:
        line["query_errors"] = True
    return {**line, "operations": operations, "shapes": shapes.out, "endpoints": []}


def service_line(loader, endpoints, service, wanted):
    model = loader.load_service_model(service, "service-2")
    try:
        paginators = loader.load_service_model(service, "paginators-1")["pagination"]
    except BotoCoreError:
        paginators = {}
    line = describe(service, model, wanted, paginators)
    if line is not None:
        rules = loader.load_service_model(service, "endpoint-rule-set-1")
        line["endpoints"] = endpoints.of(service, line["prefix"], rules)
    return line


def build():
    session = botocore.session.Session()
    loader = session.get_component("data_loader")
    endpoints = Endpoints(session)
    by_service = collections.defaultdict(set)
    for operation in lines("operations.txt") + lines("credentials.txt"):
        service, name = operation.split(":")
        by_service[service].add(name)
    about = {
        "from": f"botocore {botocore.__version__} (PyPI), Copyright Amazon.com, Inc. or its affiliates, Apache-2.0",
        "changed": "by generate.py: only the operations of operations.txt and credentials.txt, without documentation",
        "partitions": endpoints.header(),
    }
    out = [about]
    for service in sorted(by_service):
        line = service_line(loader, endpoints, service, by_service[service])
        if line is not None:
            out.append(line)
    dump = lambda v: json.dumps(v, separators=(",", ":"), ensure_ascii=False)
    return "".join(dump(line) + "\n" for line in out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", help="folder of the TOML rows")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    if args.rows:
        every = sorted(set(lines("base.txt")) | operations_of(args.rows))
        (HERE / "operations.txt").write_text("".join(line + "\n" for line in every))
    if lines("operations.txt") != sorted(set(lines("operations.txt"))):
        raise SystemExit("operations.txt is not sorted, or names an operation twice")
    text, path = build(), HERE / "models.jsonl"
    if args.check:
        if path.read_text() != text:
            raise SystemExit("models.jsonl is not what generate.py writes; run it and commit the result")
        return
    path.write_text(text)
    print(f"{len(lines('operations.txt'))} operations, {text.count(chr(10)) - 1} services, {len(text)} bytes")


if __name__ == "__main__":
    main()
