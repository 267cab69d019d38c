#!/usr/bin/env python3
"""Writes cases for the AWS codec, with what botocore's own serializers and parsers make of them, as lines of JSON.

    decode.py protocols          AWS's protocol tests, as botocore distributes them (tests/aws/protocols)
    decode.py random [SEED]      inputs and answers of every listed operation, made up from the models' shapes
    decode.py moto               what moto (PyPI) answers to the listed operations, and what it refuses with

    {"define": a line as in models.jsonl}
    {"decode": {name, service, operation, status, headers, body, expected}}      body in base64
    {"encode": {name, service, operation, input, expected: {method, uri, host_prefix, headers, body}}}
    {"error":  {name, service, status, headers, body, code, message}}

In `expected`, {"$time": ...} is a time in UTC; blobs are base64 text, and numbers that JSON has none for words.
"""

import base64
import copy
import datetime
import importlib.util
import json
import math
import os
import pathlib
import random
import sys
import time
import warnings

warnings.filterwarnings("ignore")
try:
    import botocore.session
    from botocore.awsrequest import HeadersDict
    from botocore.model import OperationModel, ServiceModel
    from botocore.parsers import create_parser
    from botocore.serialize import create_serializer
    from botocore.utils import parse_timestamp, percent_encode_sequence
except ImportError as missing:
    sys.exit(f"tests/aws/decode.py: {missing}; pip install boto3 'moto[all]' and run again (tests/run does)")

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parents[1] / "src/adapters/aws/data"
spec = importlib.util.spec_from_file_location("generate", DATA / "generate.py")
generate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generate)
UTC = datetime.timezone.utc
b64 = lambda data: base64.b64encode(data).decode()


def out(kind, **case):
    print(json.dumps({kind: case}, ensure_ascii=False, separators=(",", ":")))


def plain(value):
    """What botocore parsed, as the codec writes it."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k != "ResponseMetadata"}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, datetime.datetime):
        value = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return {"$time": value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    if isinstance(value, bytes):
        return b64(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def parse(protocol, shape, status, headers, body):
    parser = create_parser(protocol)
    return parser.parse({"status_code": status, "headers": HeadersDict(headers), "body": body}, shape)


def decode_case(name, service, operation, protocol, status, headers, body):
    shape = operation.output_shape
    expected = plain(parse(protocol, shape, status, headers, body))
    # botocore gives a payload of bytes or text as it came
    payload = shape.serialization.get("payload") if shape else None
    if payload and shape.members[payload].type_name == "blob" and isinstance(expected.get(payload), str):
        expected[payload] = b64(body)
    out("decode", name=name, service=service, operation=operation.name, status=status, headers=dict(headers),
        body=b64(body), expected=expected)


# --- AWS's protocol tests ---------------------------------------------------------------------------------


def to_input(shape, value):
    """Parameters of a protocol test, as the codec takes them."""
    if value is None:
        return None
    match shape.type_name:
        case "structure" if not shape.is_document_type:
            return {k: to_input(shape.members[k], v) if k in shape.members else v for k, v in value.items()}
        case "list":
            return [to_input(shape.member, v) for v in value]
        case "map":
            return {k: to_input(shape.value, v) for k, v in value.items()}
        case "blob":
            return b64(value if isinstance(value, bytes) else value.encode())
        case "timestamp" if isinstance(value, datetime.datetime):
            return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value


def special(value):
    words = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}
    return {k: words.get(v, v) if isinstance(v, str) else v for k, v in value.items()}


def encode_case(name, service, operation, protocol, params):
    request = create_serializer(protocol, include_validation=False).serialize_to_request(special(params), operation)
    if isinstance(request["body"], dict):
        request["body"] = percent_encode_sequence(request["body"]).encode()
    uri = request["url_path"]
    query = request.get("query_string")
    query = percent_encode_sequence(query) if query else ""
    if query:
        uri += ("&" if "?" in uri else "?") + query
    body = request["body"]
    expected = {"method": request["method"], "uri": uri, "host_prefix": request.get("host_prefix"),
                "headers": {k: str(v) for k, v in request["headers"].items()},
                "body": b64(body.encode() if isinstance(body, str) else body)}
    given = to_input(operation.input_shape, params) if operation.input_shape else params
    out("encode", name=name, service=service, operation=operation.name, input=given, expected=expected)


def protocols():
    skipped = []
    for file in sorted((HERE / "protocols").glob("*.json")):
        direction = "input" if "input" in file.name else "output"
        for number, suite in enumerate(json.loads(file.read_text())):
            for place, case in enumerate(suite["cases"]):
                service = f"{file.stem}-{number}-{place}"
                name = f"{service} {case.get('id', '')} {case.get('description', suite.get('description', ''))[:60]}"
                suite = copy.deepcopy(suite)
                given = case["given"]
                given.setdefault("name", "OperationName")
                protocol = suite["metadata"]["protocol"]
                suite["metadata"] = {"protocols": [protocol], "jsonVersion": "1.1", "targetPrefix": "", **suite["metadata"]}
                operation = {**given}
                for side in ("input", "output"):  # an old way to say what is the body
                    if "payload" in given.get(side, {}):
                        suite["shapes"][given[side]["shape"]]["payload"] = given[side]["payload"]
                wrapped = protocol == "query" and direction == "output" and "output" in given
                if wrapped and suite["shapes"][given["output"]["shape"]].get("members"):
                    operation["output"] = {**given["output"], "resultWrapper": f"{given['name']}Result"}
                suite["operations"] = {given["name"]: operation}
                try:
                    line = generate.describe(service, suite, [given["name"]], {})
                    model = OperationModel(operation, ServiceModel(suite))
                    if model.has_event_stream_output or model.has_event_stream_input:
                        raise ValueError("an event stream")
                    if direction == "input":
                        print(json.dumps({"define": line}))
                        encode_case(name, service, model, protocol, case["params"])
                        continue
                    answer = case["response"]
                    headers, status = answer.get("headers", {}), answer["status_code"]
                    body = answer.get("body", "" if protocol != "query" else "<xml/>").encode()
                    if "error" in case or status >= 301:
                        print(json.dumps({"define": line}))
                        code = case.get("errorCode") or parse(protocol, model.output_shape, status, headers, body)["Error"]["Code"]
                        out("error", name=name, service=service, status=status, headers=headers, body=b64(body),
                            code=code, message=case.get("errorMessage"))
                    else:
                        print(json.dumps({"define": line}))
                        decode_case(name, service, model, protocol, status, headers, body)
                except Exception as e:
                    skipped.append(f"{name}: {type(e).__name__} {e}")
    for what in skipped:
        print(f"skipped {what}", file=sys.stderr)


# --- made-up answers --------------------------------------------------------------------------------------

TEXTS = ["", "a", "web-1", "<&>\"'", "Zürich 東京 😀", " spaced ", "a,b;c", "line\nbreak", "x" * 300, "true", "5", "]]>"]


class Maker:
    """Values of a shape, and their wire form."""

    def __init__(self, seed, protocol, asking=False):
        self.r, self.protocol, self.asking = random.Random(seed), protocol, asking
        self.xml = protocol in ("query", "ec2", "rest-xml")

    def value(self, shape, depth=0):
        r = self.r
        match shape.type_name:
            case "structure":
                if shape.is_document_type:
                    return {"any": [1, None, {"x": "y"}]}
                names = list(shape.members)
                if shape.is_tagged_union:
                    names = [r.choice(names)]
                elif depth > 5:
                    names = [n for n in names if shape.members[n].type_name not in ("structure", "list", "map")]
                chance = r.choice([0.2, 0.8, 1.0])
                payload = shape.serialization.get("payload")
                needed = shape.required_members if self.asking else []
                if depth > 5:
                    names += [n for n in needed if n not in names]
                always = lambda n: shape.is_tagged_union or n == payload or n in needed
                keep = [n for n in names if always(n) or r.random() < chance]
                return {n: self.value(shape.members[n], depth + 1) for n in keep}
            case "list":
                return [self.value(shape.member, depth + 1) for _ in range(r.choice([0, 1, 1, 2, 3]) if depth < 7 else 0)]
            case "map":
                keys = r.sample(["k", "Key 2", "ключ", "a/b", "3"], r.choice([0, 1, 3]))
                if shape.key.enum:
                    keys = r.sample(shape.key.enum, min(len(shape.key.enum), 2))
                return {k: self.value(shape.value, depth + 1) for k in keys}
            case "string" | "character":
                if shape.metadata.get("enum"):
                    return r.choice(shape.enum)
                traits = shape.serialization
                if self.asking and traits.get("jsonvalue"):
                    return {"a": [1]}
                if self.asking and (traits.get("location") or traits.get("hostLabel")):
                    return r.choice(["label", "a-1"] if traits.get("hostLabel") else ["a b", "x/y", "z+%=&", "arn:aws:s:::r"])
                if shape.name == "policyDocumentType":
                    return r.choice(["%7B%22a%22%3A%20%5B1%5D%7D", "no json", "{}"])
                return r.choice(TEXTS)
            case "boolean":
                return r.random() < 0.5
            case "integer" | "long" | "short" | "byte" | "bigInteger":
                return r.choice([0, -1, 7, 2**31, 1234567890123])
            case "float" | "double" | "bigDecimal":
                return r.choice([0.0, 1.5, -2.25, 3.0] + ([] if self.asking else [1e21, 1e-7]))
            case "timestamp":
                micros = r.choice([0, 0, 123000, 123456])
                return datetime.datetime.fromtimestamp(r.randrange(0, 2_500_000_000), UTC).replace(microsecond=micros)
            case "blob":
                return bytes(r.randrange(256) for _ in range(r.choice([0, 1, 5, 64])))

    def time(self, value, shape, header=False):
        form = shape.serialization.get("timestampFormat") or self.r.choice(["iso8601", "iso8601", "rfc822", "unixtimestamp"])
        match form.lower():
            case "iso8601":
                micros = value.microsecond
                fraction = "" if not micros else f".{micros // 1000:03}" if micros % 1000 == 0 else f".{micros:06}"
                return value.strftime("%Y-%m-%dT%H:%M:%S") + fraction + self.r.choice(["Z", "Z", "+00:00", "+0000"])
            case "rfc822":
                return value.strftime("%a, %d %b %Y %H:%M:%S GMT")
            case _:
                seconds = value.timestamp()
                if self.xml or header:
                    return repr(seconds)
                return int(seconds) if value.microsecond == 0 and self.r.random() < 0.5 else seconds

    def scalar_text(self, shape, value, header=False):
        match shape.type_name:
            case "boolean":
                return "true" if value else "false"
            case "timestamp":
                return str(self.time(value, shape, header))
            case "blob":
                return b64(value)
        return str(value)

    def to_json(self, shape, value):
        match shape.type_name:
            case "structure":
                if shape.is_document_type:
                    return value
                body = {}
                for n, v in value.items():
                    member = shape.members[n]
                    if member.serialization.get("location") is None:
                        body[member.serialization.get("name", n)] = self.to_json(member, v)
                if not shape.is_tagged_union:
                    if self.r.random() < 0.1:
                        body["neverHeardOf"] = self.r.choice([1, "x", None, [{"y": 1}], {"z": {}}])
                    if self.r.random() < 0.1:
                        missing = [n for n in shape.members if n not in value]
                        if missing:
                            n = self.r.choice(missing)
                            if shape.members[n].serialization.get("location") is None:
                                body[shape.members[n].serialization.get("name", n)] = None
                return body
            case "list":
                return [self.to_json(shape.member, v) for v in value]
            case "map":
                return {k: self.to_json(shape.value, v) for k, v in value.items()}
            case "timestamp":
                return self.time(value, shape)
            case "blob":
                return b64(value)
        return value

    def text(self, value):
        if "]]>" not in value and self.r.random() < 0.05:
            return f"<![CDATA[{value}]]>"
        value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return value.replace("ü", "&#252;").replace("'", "&apos;") if self.r.random() < 0.3 else value

    def element(self, name, inner, attributes=""):
        if not inner and self.r.random() < 0.5:
            return f"<{name}{attributes}/>"
        space = self.r.choice(["", "", "\n  ", "<!-- c -->"]) if inner.startswith("<") and "<![CDATA[" != inner[:9] else ""
        return f"<{name}{attributes}>{space}{inner}</{name}>"

    def to_xml(self, shape, value):
        """The content of the element of a value."""
        match shape.type_name:
            case "structure":
                return self.members(shape, value)[0]
            case "list":
                name = shape.member.serialization.get("name") or ("item" if self.protocol == "ec2" else "member")
                return "".join(self.child(name, shape.member, v) for v in value)
            case "map":
                return "".join(self.element("entry", self.pair(shape, k, v)) for k, v in value.items())
        return self.text(self.scalar_text(shape, value))

    def pair(self, shape, key, value):
        names = (shape.key.serialization.get("name") or "key", shape.value.serialization.get("name") or "value")
        return self.element(names[0], self.text(key)) + self.child(names[1], shape.value, value)

    def child(self, name, shape, value):
        inner, attributes = (self.members(shape, value)) if shape.type_name == "structure" else (self.to_xml(shape, value), "")
        return self.element(name, inner, attributes)

    def members(self, shape, value):
        parts, attributes = [], ""
        for n, v in value.items():
            member = shape.members[n]
            traits = member.serialization
            if traits.get("location") is not None:
                continue
            name = traits.get("name", n)
            if traits.get("xmlAttribute"):
                text = str(v).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("\n", "&#10;")
                space = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' if name.startswith("xsi:") else ""
                attributes += f'{space} {name}="{text}"'
            elif member.type_name == "list" and traits.get("flattened"):
                name = member.member.serialization.get("name", name)
                parts.append("".join(self.child(name, member.member, x) for x in v))
            elif member.type_name == "map" and traits.get("flattened"):
                parts.append("".join(self.element(name, self.pair(member, k, x)) for k, x in v.items()))
            else:
                parts.append(self.child(name, member, v))
        if not shape.is_tagged_union and self.r.random() < 0.1:
            parts.append(self.r.choice(["<neverHeardOf/>", "<neverHeardOf>1<b>2</b></neverHeardOf>"]))
        self.r.shuffle(parts)
        return "".join(parts), attributes

    def answer(self, operation):
        shape, headers = operation.output_shape, {"x-amzn-RequestId": "id"}
        value = self.value(shape) if shape else {}
        for n, v in value.items():
            traits = shape.members[n].serialization
            if traits.get("location") == "header":
                text = self.scalar_text(shape.members[n], v, header=True)
                headers[traits.get("name", n)] = text if text.isascii() and "\n" not in text else "plain"
        payload = shape.serialization.get("payload") if shape else None
        if payload:
            shape, value = shape.members[payload], value.get(payload)
            if value is None or shape.type_name in ("blob", "string"):
                return headers, value if isinstance(value, bytes) else (value or "").encode()
        if not self.xml:
            return headers, json.dumps(self.to_json(shape, value) if shape else {}, ensure_ascii=self.r.random() < 0.5).encode()
        inner, attributes = self.members(shape, value) if shape else ("", "")
        wrapper = operation.output_shape.serialization.get("resultWrapper") if operation.output_shape else None
        if self.protocol == "query":
            inner = self.element(wrapper or "Result", inner) if wrapper else inner
            inner += "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>"
        elif self.protocol == "ec2":
            inner = f"<requestId>id</requestId>{inner}"
        space = self.r.choice(["", ' xmlns="http://example.com/doc/"'])
        start = self.r.choice(["", '<?xml version="1.0" encoding="UTF-8"?>\n'])
        root = shape.serialization.get("name", "Answer") if payload else f"{operation.name}Response"
        return headers, f"{start}<{root}{space}{attributes}>{inner}</{root}>".encode()


def models():
    loader = botocore.session.Session().get_component("data_loader")
    for line in generate.lines("operations.txt") + generate.lines("credentials.txt"):
        service, name = line.split(":")
        yield line, service, ServiceModel(loader.load_service_model(service, "service-2"), service), name


def protocol_of(model):
    offered = model.metadata.get("protocols") or [model.metadata["protocol"]]
    return next((p for p in generate.PROTOCOLS if p in offered), None)


def decoded_policies(shape, value):
    """What botocore's client does to IAM's answers after parsing (handlers.json_decode_policies)."""
    from botocore.handlers import json_decode_policies

    class Model:
        output_shape = shape

    json_decode_policies(value, Model)


def made_up(seed):
    each = 12
    for line, service, model, name in models():
        operation, protocol = model.operation_model(name), protocol_of(model)
        for i in range(each // 4):
            maker = Maker(f"{seed} ask {line} {i}", protocol, asking=True)
            given = maker.value(operation.input_shape) if operation.input_shape else {}
            encode_case(f"{line} ask {i}", service, operation, protocol, given)
        for i in range(each):
            maker = Maker(f"{seed} {line} {i}", protocol)
            headers, body = maker.answer(operation)
            shape = operation.output_shape
            try:
                value = parse(protocol, shape, 200, headers, body)
            except Exception as e:
                print(f"skipped {line} {i}: botocore: {e}", file=sys.stderr)
                continue
            if service == "iam" and shape is not None:
                decoded_policies(shape, value)
            if (service, name) == ("s3", "GetBucketLocation"):
                continue
            out("decode", name=f"{line} {i}", service=service, operation=name, status=200, headers=headers,
                body=b64(body), expected=plain(value))


# --- moto -------------------------------------------------------------------------------------------------


def fill(client):
    """Something for the listings to find. What moto does not know is left out."""
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    tags = [{"Key": "Name", "Value": "Zürich & <東京>"}, {"Key": "empty", "Value": ""}]
    bucket = {"Bucket": "a-bucket.with.dots"}
    key = "AttributeName"
    steps = [
        lambda: client("ec2").run_instances(ImageId="ami-12c6146b", MinCount=3, MaxCount=3, UserData="x", TagSpecifications=[{"ResourceType": "instance", "Tags": tags}]),
        lambda: client("ec2").create_volume(AvailabilityZone="us-east-1a", Size=10),
        lambda: client("ec2").create_launch_template(LaunchTemplateName="template", LaunchTemplateData={"ImageId": "ami-1", "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]}),
        lambda: client("s3").create_bucket(**bucket),
        lambda: client("s3").put_bucket_tagging(**bucket, Tagging={"TagSet": tags}),
        lambda: client("s3").put_public_access_block(**bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True}),
        lambda: client("s3").put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"}),
        lambda: client("s3").create_bucket(Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}),
        lambda: client("route53").create_hosted_zone(Name="example.com.", CallerReference="1"),
        lambda: client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=policy, Tags=tags),
        lambda: client("iam").create_user(UserName="user", Tags=tags),
        lambda: client("iam").create_account_alias(AccountAlias="alias"),
        lambda: client("sqs").create_queue(QueueName="queue"),
        lambda: client("sns").create_topic(Name="topic"),
        lambda: client("rds").create_db_instance(DBInstanceIdentifier="db", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=5, MasterUsername="root", MasterUserPassword="hunter22hunter22", Tags=tags),
        lambda: client("dynamodb").create_table(TableName="table", BillingMode="PAY_PER_REQUEST", KeySchema=[{key: "id", "KeyType": "HASH"}], AttributeDefinitions=[{key: "id", "AttributeType": "S"}]),
        lambda: client("ecs").create_cluster(clusterName="cluster", tags=[{"key": "a", "value": "ü"}]),
        lambda: client("eks").create_cluster(name="eks", roleArn="arn:aws:iam::123456789012:role/role", resourcesVpcConfig={}, tags={"a": "ü"}),
        lambda: client("apigateway").create_rest_api(name="api", tags={"a": "b"}),
        lambda: client("apigatewayv2").create_api(Name="api", ProtocolType="HTTP", Tags={"a": "b"}),
        lambda: client("logs").create_log_group(logGroupName="/a/group"),
        lambda: client("kms").create_key(),
        lambda: client("cloudwatch").put_metric_alarm(AlarmName="alarm", Namespace="n", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1.5, ComparisonOperator="GreaterThanThreshold"),
        lambda: client("organizations").create_organization(FeatureSet="ALL"),
        lambda: client("cloudfront").create_distribution(DistributionConfig={"CallerReference": "1", "Comment": "ü", "Enabled": True, "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "a-bucket.with.dots.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}]}, "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "MinTTL": 0, "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}}}),
    ]
    for step in steps:
        try:
            step()
        except Exception as e:
            print(f"not filled: {e}", file=sys.stderr)


def arguments(client, name):
    """Inputs for operations that must have one: of something that is there, and of something that is not."""
    zone = lambda: client("route53").list_hosted_zones()["HostedZones"][0]["Id"].split("/")[-1]
    table = {
        "GetBucketTagging": lambda: {"Bucket": "a-bucket.with.dots"}, "GetBucketEncryption": lambda: {"Bucket": "a-bucket.with.dots"},
        "GetBucketLocation": lambda: {"Bucket": "elsewhere"}, "GetBucketVersioning": lambda: {"Bucket": "a-bucket.with.dots"},
        "GetPublicAccessBlock": lambda: {"Bucket": "a-bucket.with.dots"}, "ListResourceRecordSets": lambda: {"HostedZoneId": zone()},
        "ListTagsForResources": lambda: {"ResourceType": "hostedzone", "ResourceIds": [zone()]},
        "DescribeTable": lambda: {"TableName": "table"}, "DescribeCluster": lambda: {"name": "eks"},
        "DescribeLaunchTemplateVersions": lambda: {"LaunchTemplateName": "template"},
    }
    return table[name]() if name in table else None


def moto():
    os.environ.update(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", AWS_DEFAULT_REGION="us-east-1", MOTO_IAM_LOAD_MANAGED_POLICIES="false")
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError
    from moto import mock_aws

    # The protocol that the codec speaks, not botocore's first choice.
    ServiceModel.resolved_protocol = property(protocol_of)
    deadline, last, clients = time.monotonic() + 90, {}, {}

    def client(service):
        if service not in clients:
            clients[service] = boto3.client(service)
            clients[service].meta.events.register("before-parse.*.*", lambda response_dict, **_: last.update(response_dict))
        return clients[service]

    def call(line, service, operation, given):
        last.clear()
        method = getattr(client(service), botocore.xform_name(operation.name))
        name = f"moto {line}"
        try:
            value = plain(method(**given))
        except ClientError as e:
            if last and last["body"] is not None:
                # of plain text botocore makes the status's own words
                told = last["body"].lstrip()[:1] in (b"<", b"{")
                out("error", name=name, service=service, status=last["status_code"], headers=dict(last["headers"]),
                    body=b64(last["body"]), code=e.response["Error"]["Code"], message=e.response["Error"].get("Message") if told else None)
            return
        except (BotoCoreError, Exception) as e:
            print(f"skipped {line}: {type(e).__name__} {str(e)[:100]}", file=sys.stderr)
            return
        if not last or last["status_code"] >= 300 or not isinstance(last["body"], bytes):
            return
        value = {k: v for k, v in value.items() if v is not None}
        out("decode", name=name, service=service, operation=operation.name, status=last["status_code"],
            headers=dict(last["headers"]), body=b64(last["body"]), expected=value)

    with mock_aws():
        fill(client)
        for line, service, model, name in models():
            operation = model.operation_model(name)
            required = operation.input_shape.required_members if operation.input_shape else []
            given = [{}] if not required else []
            try:
                given += [a for a in [arguments(client, name)] if a]
            except Exception as e:
                print(f"skipped {line}: {e}", file=sys.stderr)
            if required and all(operation.input_shape.members[m].type_name == "string" for m in required):
                given.append({m: "no-such-thing-000000" for m in required})
            for each in given:
                if time.monotonic() < deadline:
                    call(line, service, operation, each)


def main():
    match sys.argv[1:]:
        case ["protocols"]:
            protocols()
        case ["random", *seed]:
            made_up(seed[0] if seed else "1")
        case ["moto"]:
            moto()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
