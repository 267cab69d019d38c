"""Estate and truth of what stands beside the network family: Cloud Map, VPC Lattice, Network Firewall, Direct Connect, Elastic Beanstalk."""

PART = "arn:aws"
IDS = {}  # what fill() made, by (account, region)


def tags(name):
    return {"Name": name, "team": "netz-größe ☃", "empty": ""}


def pairs(name, key="Key", value="Value"):
    return [{key: k, value: v} for k, v in tags(name).items()]


def pages(client, operation, path, **arguments):
    """Every item of a boto3 listing, by boto3's own paginator where it has one."""
    if client.can_paginate(operation):
        answers = client.get_paginator(operation).paginate(**arguments)
    else:
        answers = [getattr(client, operation)(**arguments)]
    for answer in answers:
        yield from answer.get(path, [])


def plain(found, key="Key", value="Value"):
    return {t[key]: t.get(value) or "" for t in found or []}


def fill(env):
    for account, region in env.places():
        at = IDS[account, region] = {}
        clients = (env.client(s, account, region) for s in ("ec2", "servicediscovery", "vpc-lattice", "network-firewall", "directconnect", "elasticbeanstalk"))
        ec2, names, lattice, walls, direct, beans = clients
        at["vpc"] = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
        at["subnet"] = ec2.create_subnet(VpcId=at["vpc"], CidrBlock="10.60.0.0/24")["Subnet"]["SubnetId"]
        at["services"], at["lattices"] = [], []
        for i in range(2):
            made = names.create_http_namespace(Name=f"apps{i}", Tags=pairs(f"apps {i}"))
            made = names.get_operation(OperationId=made["OperationId"])["Operation"]["Targets"]["NAMESPACE"]
            space = names.get_namespace(Id=made)["Namespace"]
            made = names.create_service(Name=f"shop{i}", NamespaceId=space["Id"], Tags=pairs(f"shop {i}"))["Service"]
            at["services"].append((made["Arn"], space["Arn"]))
            net = lattice.create_service_network(name=f"mesh-{i}", tags=tags(f"mesh {i}"))
            svc = lattice.create_service(name=f"shop-{i}", tags=tags(f"shop {i}"))
            at["lattices"].append((net["arn"], svc["arn"]))
            walls.create_firewall(FirewallName=f"wall-{i}", FirewallPolicyArn=f"{PART}:network-firewall:{region}:{account}:firewall-policy/p", VpcId=at["vpc"],
                                  SubnetMappings=[{"SubnetId": at["subnet"]}], Tags=pairs(f"wall {i}"))
            direct.create_connection(location="EqDC2", bandwidth="1Gbps", connectionName=f"line-{i}", tags=pairs(f"line {i}", "key", "value"))
            direct.create_lag(numberOfConnections=1, location="EqDC2", connectionsBandwidth="1Gbps", lagName=f"lag-{i}", tags=pairs(f"lag {i}", "key", "value"))
            beans.create_application(ApplicationName=f"shop-{i}")


def truth(env, account, region):
    clients = (env.client(s, account, region) for s in ("servicediscovery", "vpc-lattice", "network-firewall", "directconnect"))
    names, lattice, walls, direct = clients
    for kind, operation, field in (("namespace", "list_namespaces", "Namespaces"), ("service", "list_services", "Services")):
        for n in pages(names, operation, field):
            yield f"aws.servicediscovery.{kind}", n["Arn"], n["Name"], plain(names.list_tags_for_resource(ResourceARN=n["Arn"])["Tags"])
    for kind, operation in (("service-network", "list_service_networks"), ("service", "list_services")):
        for n in pages(lattice, operation, "items"):
            yield f"aws.vpc-lattice.{kind}", n["arn"], n["name"], lattice.list_tags_for_resource(resourceArn=n["arn"])["tags"]
    for w in pages(walls, "list_firewalls", "Firewalls"):
        full = walls.describe_firewall(FirewallArn=w["FirewallArn"])["Firewall"]
        yield "aws.network-firewall.firewall", w["FirewallArn"], w["FirewallName"], plain(full.get("Tags"))
    for kind, part, operation, field, identity, name in (("connection", "dxcon", "describe_connections", "connections", "connectionId", "connectionName"),
                                                         ("lag", "dxlag", "describe_lags", "lags", "lagId", "lagName")):
        for c in pages(direct, operation, field):
            yield f"aws.directconnect.{kind}", f"{PART}:directconnect:{region}:{account}:{part}/{c[identity]}", c[name], plain(c.get("tags"), "key", "value")
    beans = env.client("elasticbeanstalk", account, region)
    for b in pages(beans, "describe_applications", "Applications"):
        # moto keeps no tags of an application.
        yield "aws.elasticbeanstalk.application", b["ApplicationArn"], b["ApplicationName"], {}


def edges(env):
    for account, region in env.places():
        at = IDS[account, region]
        for service, space in at["services"]:
            yield service, "part-of", space
        for i in range(2):
            wall = f"{PART}:network-firewall:{region}:{account}:firewall/wall-{i}"
            yield wall, "runs-in", f"{PART}:ec2:{region}:{account}:vpc/{at['vpc']}"
            yield wall, "runs-in", f"{PART}:ec2:{region}:{account}:subnet/{at['subnet']}"


def churn(env):
    for account, region in env.places():
        at, names = IDS[account, region], env.client("servicediscovery", account, region)
        names.tag_resource(ResourceARN=at["services"][0][0], Tags=[{"Key": "stage", "Value": "neu"}])
