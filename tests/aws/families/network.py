"""Estate and truth of the network family: VPC, gateways, VPN, load balancers, CloudFront, Route 53, ACM."""

PART = "arn:aws"
IDS = {}  # what fill() made, by (account, region): the plan that edges() tells
EVERYWHERE = {}  # the same for global services, by account


def tags(name, **more):
    return {"Name": name, "team": "plattform-größe ☃", "empty": "", **more}


def listed(d):
    return [{"Key": k, "Value": v} for k, v in d.items()]


def spec(kind, name, **more):
    return [{"ResourceType": kind, "Tags": listed(tags(name, **more))}]


def pages(client, operation, path, **arguments):
    """Every item of a boto3 listing, by boto3's own paginator where it has one."""
    if client.can_paginate(operation):
        answers = client.get_paginator(operation).paginate(**arguments)
    else:
        answers = [getattr(client, operation)(**arguments)]
    for answer in answers:
        for key in path.split("."):
            answer = answer.get(key) or {}
        yield from answer or []


def plain(pairs):
    return {t["Key"]: t.get("Value") or "" for t in pairs or []}


def called(own, *others):
    return own.get("Name") or next(o for o in others if o)


def fill(env):
    for account, region in env.places():
        at = IDS[account, region] = {}
        vpcs(env, account, region, at)
        gateways(env, account, region, at)
        transit(env, account, region, at)
        balancers(env, account, region, at)
    for account in env.accounts:
        edge(env, account)


def vpcs(env, account, region, at):
    ec2 = env.client("ec2", account, region)
    many = {f"k{n:02}": f"wert {n}" for n in range(45)}
    at["vpcs"] = [
        ec2.create_vpc(CidrBlock=f"10.{50 + i}.0.0/16", TagSpecifications=spec("vpc", f"net-{i}", **(many if i else {})))["Vpc"]["VpcId"]
        for i in range(2)
    ]
    at["subnets"] = [
        ec2.create_subnet(VpcId=at["vpcs"][0], CidrBlock=f"10.50.{i}.0/24", AvailabilityZone=region + "ab"[i],
                          TagSpecifications=spec("subnet", f"net-{i}"))["Subnet"]["SubnetId"]
        for i in range(2)
    ]
    at["groups"] = [
        ec2.create_security_group(GroupName=n, Description=n, VpcId=at["vpcs"][0], TagSpecifications=spec("security-group", f"{n} group"))["GroupId"]
        for n in ("front", "back")
    ]
    at["lists"] = [
        ec2.create_managed_prefix_list(PrefixListName=f"offices-{i}", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": "192.0.2.0/24"}],
                                       TagSpecifications=spec("prefix-list", f"offices-{i}"))["PrefixList"]
        for i in range(2)
    ]
    ec2.authorize_security_group_ingress(GroupId=at["groups"][0], IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "world"}]},
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": at["lists"][0]["PrefixListId"]}]}])
    ec2.authorize_security_group_ingress(GroupId=at["groups"][1], IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [{"GroupId": at["groups"][0]}]}])
    at["acls"] = [ec2.create_network_acl(VpcId=at["vpcs"][0], TagSpecifications=spec("network-acl", f"acl-{i}"))["NetworkAcl"]["NetworkAclId"] for i in range(2)]
    default = next(a for a in ec2.describe_network_acls()["NetworkAcls"] for x in a["Associations"] if x["SubnetId"] == at["subnets"][0])
    held = next(x["NetworkAclAssociationId"] for x in default["Associations"] if x["SubnetId"] == at["subnets"][0])
    ec2.replace_network_acl_association(AssociationId=held, NetworkAclId=at["acls"][0])
    at["dhcp"] = [
        ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": [f"net{i}.example"]}],
                                TagSpecifications=spec("dhcp-options", f"dhcp-{i}"))["DhcpOptions"]["DhcpOptionsId"]
        for i in range(2)
    ]
    ec2.associate_dhcp_options(DhcpOptionsId=at["dhcp"][0], VpcId=at["vpcs"][0])
    at["interface"] = ec2.create_network_interface(SubnetId=at["subnets"][0], Groups=[at["groups"][0]])["NetworkInterface"]["NetworkInterfaceId"]
    env.client("logs", account, region).create_log_group(logGroupName="/vpc/flow")
    env.client("s3", account).create_bucket(Bucket=f"flow-{account}-{region}")
    at["bucket"] = f"{PART}:s3:::flow-{account}-{region}"
    role = f"{PART}:iam::{account}:role/flow"
    at["flows"] = ec2.create_flow_logs(ResourceType="VPC", ResourceIds=[at["vpcs"][0]], TrafficType="ALL", LogGroupName="/vpc/flow", DeliverLogsPermissionArn=role,
                                       TagSpecifications=spec("vpc-flow-log", "vpc flow"))["FlowLogIds"]
    at["flows"] += ec2.create_flow_logs(ResourceType="Subnet", ResourceIds=[at["subnets"][0]], TrafficType="REJECT", LogDestinationType="s3",
                                        LogDestination=at["bucket"], TagSpecifications=spec("vpc-flow-log", "subnet flow"))["FlowLogIds"]


def gateways(env, account, region, at):
    ec2 = env.client("ec2", account, region)
    at["internet"] = [ec2.create_internet_gateway(TagSpecifications=spec("internet-gateway", f"out-{i}"))["InternetGateway"]["InternetGatewayId"] for i in range(3)]
    for i, v in enumerate(at["vpcs"]):
        ec2.attach_internet_gateway(InternetGatewayId=at["internet"][i], VpcId=v)
    at["addresses"] = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(2)]
    at["nat"] = [
        ec2.create_nat_gateway(SubnetId=at["subnets"][i], AllocationId=at["addresses"][i], TagSpecifications=spec("natgateway", f"nat-{i}"))["NatGateway"]["NatGatewayId"]
        for i in range(2)
    ]
    at["egress"] = [
        ec2.create_egress_only_internet_gateway(VpcId=v, TagSpecifications=spec("egress-only-internet-gateway", "v6"))["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
        for v in at["vpcs"]
    ]
    at["carriers"] = [ec2.create_carrier_gateway(VpcId=v, TagSpecifications=spec("carrier-gateway", "carrier"))["CarrierGateway"]["CarrierGatewayId"] for v in at["vpcs"]]
    at["tables"] = [ec2.create_route_table(VpcId=at["vpcs"][0], TagSpecifications=spec("route-table", n))["RouteTable"]["RouteTableId"] for n in ("public", "private")]
    for t, s in zip(at["tables"], at["subnets"]):
        ec2.associate_route_table(RouteTableId=t, SubnetId=s)
    ec2.create_route(RouteTableId=at["tables"][0], DestinationCidrBlock="0.0.0.0/0", GatewayId=at["internet"][0])
    ec2.create_route(RouteTableId=at["tables"][1], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=at["nat"][0])
    ec2.create_route(RouteTableId=at["tables"][1], DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=at["egress"][0])
    ec2.create_route(RouteTableId=at["tables"][1], DestinationCidrBlock="192.0.2.0/24", NetworkInterfaceId=at["interface"])
    at["endpoints"] = [
        ec2.create_vpc_endpoint(VpcId=at["vpcs"][0], ServiceName=f"com.amazonaws.{region}.s3", VpcEndpointType="Gateway", RouteTableIds=at["tables"],
                                TagSpecifications=spec("vpc-endpoint", "s3"))["VpcEndpoint"]["VpcEndpointId"],
        ec2.create_vpc_endpoint(VpcId=at["vpcs"][0], ServiceName=f"com.amazonaws.{region}.ec2", VpcEndpointType="Interface", SubnetIds=at["subnets"],
                                SecurityGroupIds=at["groups"], TagSpecifications=spec("vpc-endpoint", "ec2"))["VpcEndpoint"]["VpcEndpointId"],
    ]
    at["peerings"] = []
    for a, b in ((0, 1), (1, 0)):
        made = ec2.create_vpc_peering_connection(VpcId=at["vpcs"][a], PeerVpcId=at["vpcs"][b], TagSpecifications=spec("vpc-peering-connection", f"peer-{a}"))
        at["peerings"].append(made["VpcPeeringConnection"]["VpcPeeringConnectionId"])
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=at["peerings"][0])
    ec2.create_route(RouteTableId=at["tables"][0], DestinationCidrBlock="10.51.0.0/16", VpcPeeringConnectionId=at["peerings"][0])


def transit(env, account, region, at):
    ec2 = env.client("ec2", account, region)
    at["transit"], at["attached"], at["transit_tables"] = [], [], []
    for i in range(2):
        made = ec2.create_transit_gateway(Description=f"hub {i}", TagSpecifications=spec("transit-gateway", f"hub-{i}"))["TransitGateway"]
        at["transit"].append(made)
        made = ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=at["transit"][0]["TransitGatewayId"], VpcId=at["vpcs"][i],
                                                         SubnetIds=at["subnets"][:1], TagSpecifications=spec("transit-gateway-attachment", f"spoke-{i}"))
        at["attached"].append(made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"])
        made = ec2.create_transit_gateway_route_table(TransitGatewayId=at["transit"][i]["TransitGatewayId"], TagSpecifications=spec("transit-gateway-route-table", f"hub-{i}"))
        at["transit_tables"].append(made["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"])
    ec2.create_route(RouteTableId=at["tables"][0], DestinationCidrBlock="10.99.0.0/16", TransitGatewayId=at["transit"][0]["TransitGatewayId"])
    at["customers"] = [
        ec2.create_customer_gateway(Type="ipsec.1", PublicIp=f"198.51.100.{i + 1}", BgpAsn=65000 + i, TagSpecifications=spec("customer-gateway", f"office-{i}"))["CustomerGateway"]["CustomerGatewayId"]
        for i in range(2)
    ]
    at["private"] = [ec2.create_vpn_gateway(Type="ipsec.1", TagSpecifications=spec("vpn-gateway", f"vgw-{i}"))["VpnGateway"]["VpnGatewayId"] for i in range(2)]
    ec2.attach_vpn_gateway(VpnGatewayId=at["private"][0], VpcId=at["vpcs"][0])
    at["vpns"] = [
        ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=at["customers"][0], VpnGatewayId=at["private"][0], TagSpecifications=spec("vpn-connection", "vpn-0"))["VpnConnection"]["VpnConnectionId"],
        ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=at["customers"][1], TransitGatewayId=at["transit"][0]["TransitGatewayId"],
                                  TagSpecifications=spec("vpn-connection", "vpn-1"))["VpnConnection"]["VpnConnectionId"],
    ]


def certificate(acm, name):
    return acm.request_certificate(DomainName=name, ValidationMethod="DNS", SubjectAlternativeNames=[f"www.{name}"], Tags=listed(tags(name)))["CertificateArn"]


def balancers(env, account, region, at):
    ec2, v2, classic, acm = (env.client(s, account, region) for s in ("ec2", "elbv2", "elb", "acm"))
    at["machines"] = [i["InstanceId"] for i in ec2.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2, SubnetId=at["subnets"][0], SecurityGroupIds=[at["groups"][1]])["Instances"]]
    at["certificates"] = [certificate(acm, f"{n}.example") for n in ("shop", "api")]
    at["balancers"], at["listeners"], at["targets"], at["rules"] = [], [], [], []
    for i, kind in enumerate(("application", "network", "gateway")):
        more = {"SecurityGroups": at["groups"]} if kind == "application" else {}
        made = v2.create_load_balancer(Name=f"Front-{account[0]}-{i}", Type=kind, Subnets=at["subnets"], Tags=listed(tags(f"front {i}")), **more)
        at["balancers"].append(made["LoadBalancers"][0])
    for i in range(2):
        made = v2.create_target_group(Name=f"back-{i}", Protocol="HTTP", Port=8080, VpcId=at["vpcs"][0], TargetType="instance", Tags=listed(tags(f"back {i}")))
        at["targets"].append(made["TargetGroups"][0]["TargetGroupArn"])
        v2.register_targets(TargetGroupArn=at["targets"][i], Targets=[{"Id": m, "Port": 8080} for m in at["machines"]])
    one = at["balancers"][0]["LoadBalancerArn"]
    for port, more in ((443, {"Protocol": "HTTPS", "Certificates": [{"CertificateArn": at["certificates"][0]}]}), (80, {"Protocol": "HTTP"})):
        made = v2.create_listener(LoadBalancerArn=one, Port=port, DefaultActions=[{"Type": "forward", "TargetGroupArn": at["targets"][0]}], Tags=listed(tags(f"l{port}")), **more)
        at["listeners"].append(made["Listeners"][0]["ListenerArn"])
    made = v2.create_rule(ListenerArn=at["listeners"][0], Priority=10, Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}],
                          Actions=[{"Type": "forward", "TargetGroupArn": at["targets"][1]}], Tags=listed(tags("api")))
    at["rules"].append(made["Rules"][0]["RuleArn"])
    for i in range(2):
        classic.create_load_balancer(LoadBalancerName=f"old-{i}", Subnets=at["subnets"][:1], SecurityGroups=at["groups"][:1], Tags=listed(tags(f"old {i}")),
                                     Listeners=[{"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 8080}])
        classic.register_instances_with_load_balancer(LoadBalancerName=f"old-{i}", Instances=[{"InstanceId": m} for m in at["machines"]])
    at["offered"] = [
        ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[at["balancers"][1]["LoadBalancerArn"]], AcceptanceRequired=False,
                                                      TagSpecifications=spec("vpc-endpoint-service", f"offer-{i}"))["ServiceConfiguration"]["ServiceId"]
        for i in range(2)
    ]


def edge(env, account):
    at = EVERYWHERE[account] = {}
    front, dns = env.client("cloudfront", account), env.client("route53", account)
    home = IDS[account, "us-east-1"]
    env.client("s3", account).create_bucket(Bucket=f"site-{account}")
    env.client("s3", account).create_bucket(Bucket=f"cdn-logs-{account}")
    at["bucket"], at["logs"] = f"{PART}:s3:::site-{account}", f"{PART}:s3:::cdn-logs-{account}"
    balancer = home["balancers"][0]["DNSName"]
    at["distributions"] = []
    for i, origin in enumerate((f"site-{account}.s3.us-east-1.amazonaws.com", balancer)):
        more = {"S3OriginConfig": {"OriginAccessIdentity": ""}} if i == 0 else {"CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}
        config = {
            "CallerReference": f"ref-{i}", "Comment": f"cdn {i}", "Enabled": True,
            "Aliases": {"Quantity": 1, "Items": [f"cdn{i}.{account}.example"]},
            "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": origin, **more,
                        "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "X-Origin-Secret", "HeaderValue": "hunter2"}]}}]},
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "MinTTL": 0, "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}},
            "ViewerCertificate": {"ACMCertificateArn": home["certificates"][0], "SSLSupportMethod": "sni-only"},
            "Logging": {"Enabled": True, "IncludeCookies": False, "Bucket": f"cdn-logs-{account}.s3.amazonaws.com", "Prefix": ""},
        }
        made = front.create_distribution_with_tags(DistributionConfigWithTags={"DistributionConfig": config, "Tags": {"Items": listed(tags(f"cdn {i}"))}})
        at["distributions"].append(made["Distribution"])
        front.create_origin_access_control(OriginAccessControlConfig={"Name": f"oac-{i}", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"})
    at["zones"] = []
    for i in range(12):
        made = dns.create_hosted_zone(Name=f"z{i}.{account}.example", CallerReference=f"z{i}", HostedZoneConfig={"Comment": "", "PrivateZone": i == 1},
                                      **({"VPC": {"VPCRegion": "us-east-1", "VPCId": home["vpcs"][0]}} if i == 1 else {}))
        at["zones"].append(made["HostedZone"]["Id"].split("/")[-1])
        dns.change_tags_for_resource(ResourceType="hostedzone", ResourceId=at["zones"][i], AddTags=listed(tags(f"z{i}")) if i % 3 else [{"Key": "a", "Value": "b"}])
    at["checks"] = []
    for i in range(2):
        made = dns.create_health_check(CallerReference=f"c{i}", HealthCheckConfig={"Type": "HTTPS", "FullyQualifiedDomainName": f"c{i}.example", "Port": 443, "RequestInterval": 30, "FailureThreshold": 3})
        at["checks"].append(made["HealthCheck"]["Id"])
        dns.change_tags_for_resource(ResourceType="healthcheck", ResourceId=at["checks"][i], AddTags=listed(tags(f"check {i}") if i else {"a": "b"}))
    records(dns, account, at, home)


def records(dns, account, at, home):
    zone = f"z0.{account}.example"

    def alias(name, target, **more):
        return {"Name": f"{name}.{zone}", "Type": "A", "AliasTarget": {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": target, "EvaluateTargetHealth": False}, **more}

    balancer, cdn = home["balancers"][0]["DNSName"].lower(), at["distributions"][0]["DomainName"]
    sets = [
        alias("lb", f"dualstack.{balancer}."), alias("cdn", f"{cdn}."),
        {"Name": f"www.{zone}", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": cdn}]},
        {"Name": f"w.{zone}", "Type": "A", "TTL": 60, "SetIdentifier": "blue", "Weight": 1, "ResourceRecords": [{"Value": "192.0.2.1"}], "HealthCheckId": at["checks"][0]},
        {"Name": f"w.{zone}", "Type": "A", "TTL": 60, "SetIdentifier": "green", "Weight": 2, "ResourceRecords": [{"Value": "192.0.2.2"}]},
        {"Name": f"*.{zone}", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"v=spf1 -all"'}]},
    ]
    # More than one page.
    sets += [{"Name": f"h{i:03}.{zone}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.3"}]} for i in range(320)]
    for n in range(0, len(sets), 100):
        dns.change_resource_record_sets(HostedZoneId=at["zones"][0], ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": s} for s in sets[n : n + 100]]})


def arn(account, region, rest):
    return f"{PART}:ec2:{region}:{account}:{rest}"


# (kind, operation, field of the answer, part of the ARN, field with the id, fields that may be its name)
PLAIN = [
    ("vpc", "describe_vpcs", "Vpcs", "vpc", "VpcId", ()),
    ("subnet", "describe_subnets", "Subnets", "subnet", "SubnetId", ()),
    ("security-group", "describe_security_groups", "SecurityGroups", "security-group", "GroupId", ("GroupName",)),
    ("security-group-rule", "describe_security_group_rules", "SecurityGroupRules", "security-group-rule", "SecurityGroupRuleId", ("Description",)),
    ("network-acl", "describe_network_acls", "NetworkAcls", "network-acl", "NetworkAclId", ()),
    ("route-table", "describe_route_tables", "RouteTables", "route-table", "RouteTableId", ()),
    ("dhcp-options", "describe_dhcp_options", "DhcpOptions", "dhcp-options", "DhcpOptionsId", ()),
    ("flow-log", "describe_flow_logs", "FlowLogs", "vpc-flow-log", "FlowLogId", ()),
    ("internet-gateway", "describe_internet_gateways", "InternetGateways", "internet-gateway", "InternetGatewayId", ()),
    ("nat-gateway", "describe_nat_gateways", "NatGateways", "natgateway", "NatGatewayId", ()),
    ("egress-only-internet-gateway", "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways", "egress-only-internet-gateway", "EgressOnlyInternetGatewayId", ()),
    ("carrier-gateway", "describe_carrier_gateways", "CarrierGateways", "carrier-gateway", "CarrierGatewayId", ()),
    ("vpc-endpoint", "describe_vpc_endpoints", "VpcEndpoints", "vpc-endpoint", "VpcEndpointId", ()),
    ("vpc-endpoint-service", "describe_vpc_endpoint_service_configurations", "ServiceConfigurations", "vpc-endpoint-service", "ServiceId", ("ServiceName",)),
    ("vpc-peering-connection", "describe_vpc_peering_connections", "VpcPeeringConnections", "vpc-peering-connection", "VpcPeeringConnectionId", ()),
    ("transit-gateway", "describe_transit_gateways", "TransitGateways", "transit-gateway", "TransitGatewayId", ("Description",)),
    ("transit-gateway-attachment", "describe_transit_gateway_attachments", "TransitGatewayAttachments", "transit-gateway-attachment", "TransitGatewayAttachmentId", ()),
    ("transit-gateway-route-table", "describe_transit_gateway_route_tables", "TransitGatewayRouteTables", "transit-gateway-route-table", "TransitGatewayRouteTableId", ()),
    ("vpn-connection", "describe_vpn_connections", "VpnConnections", "vpn-connection", "VpnConnectionId", ()),
    ("vpn-gateway", "describe_vpn_gateways", "VpnGateways", "vpn-gateway", "VpnGatewayId", ()),
    ("customer-gateway", "describe_customer_gateways", "CustomerGateways", "customer-gateway", "CustomerGatewayId", ("DeviceName",)),
]


def truth(env, account, region):
    ec2, v2, classic, acm = (env.client(s, account, region) for s in ("ec2", "elbv2", "elb", "acm"))
    for kind, operation, field, part, identity, names in PLAIN:
        for item in pages(ec2, operation, field):
            own = plain(item.get("Tags"))
            name = called(own, *(item.get(n) for n in names), item[identity])
            yield f"aws.ec2.{kind}", arn(account, region, f"{part}/{item[identity]}"), name, own
    for p in pages(ec2, "describe_managed_prefix_lists", "PrefixLists"):
        if p["OwnerId"] != "AWS":
            yield "aws.ec2.prefix-list", p["PrefixListArn"], p["PrefixListName"], plain(p.get("Tags"))

    def own(a):
        return plain(v2.describe_tags(ResourceArns=[a])["TagDescriptions"][0]["Tags"])

    for b in pages(v2, "describe_load_balancers", "LoadBalancers"):
        a = b["LoadBalancerArn"]
        yield "aws.elbv2.load-balancer", a, b["LoadBalancerName"], own(a)
        for listener in pages(v2, "describe_listeners", "Listeners", LoadBalancerArn=a):
            at = listener["ListenerArn"]
            yield "aws.elbv2.listener", at, f"{listener['Protocol']}:{listener['Port']}", own(at)
            for r in pages(v2, "describe_rules", "Rules", ListenerArn=at):
                yield "aws.elbv2.rule", r["RuleArn"], f"priority-{r['Priority']}", own(r["RuleArn"])
    for t in pages(v2, "describe_target_groups", "TargetGroups"):
        yield "aws.elbv2.target-group", t["TargetGroupArn"], t["TargetGroupName"], own(t["TargetGroupArn"])
    for b in pages(classic, "describe_load_balancers", "LoadBalancerDescriptions"):
        n = b["LoadBalancerName"]
        t = classic.describe_tags(LoadBalancerNames=[n])["TagDescriptions"][0]["Tags"]
        yield "aws.elb.load-balancer", f"{PART}:elasticloadbalancing:{region}:{account}:loadbalancer/{n}", n, plain(t)
    for c in pages(acm, "list_certificates", "CertificateSummaryList"):
        t = plain(acm.list_tags_for_certificate(CertificateArn=c["CertificateArn"])["Tags"])
        yield "aws.acm.certificate", c["CertificateArn"], called(t, c["DomainName"]), t


def truth_global(env, account):
    front, dns = env.client("cloudfront", account), env.client("route53", account)
    for d in pages(front, "list_distributions", "DistributionList.Items"):
        t = front.list_tags_for_resource(Resource=d["ARN"])["Tags"]["Items"]
        # moto's listing lacks the other names.
        names = front.get_distribution_config(Id=d["Id"])["DistributionConfig"].get("Aliases", {}).get("Items")
        yield "aws.cloudfront.distribution", d["ARN"], (names or [d["DomainName"]])[0], plain(t), "global"
    for o in pages(front, "list_origin_access_controls", "OriginAccessControlList.Items"):
        yield "aws.cloudfront.origin-access-control", f"{PART}:cloudfront::{account}:origin-access-control/{o['Id']}", o["Name"], {}, "global"
    for z in pages(dns, "list_hosted_zones", "HostedZones"):
        i = z["Id"].split("/")[-1]
        t = plain(dns.list_tags_for_resource(ResourceType="hostedzone", ResourceId=i)["ResourceTagSet"]["Tags"])
        yield "aws.route53.hosted-zone", f"{PART}:route53:::hostedzone/{i}", z["Name"].rstrip("."), t, "global"
        for r in pages(dns, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=i):
            a = f"{PART}:route53:::hostedzone/{i}/recordset/{r['Name']}/{r['Type']}/{r.get('SetIdentifier', 'simple')}"
            yield "aws.route53.record-set", a, r["Name"].rstrip("."), {}, "global"
    for c in pages(dns, "list_health_checks", "HealthChecks"):
        t = plain(dns.list_tags_for_resource(ResourceType="healthcheck", ResourceId=c["Id"])["ResourceTagSet"]["Tags"])
        yield "aws.route53.health-check", f"{PART}:route53:::healthcheck/{c['Id']}", called(t, c["HealthCheckConfig"]["FullyQualifiedDomainName"]), t, "global"


def churn(env):
    for account, region in env.places():
        at = IDS[account, region]
        ec2, v2, acm = (env.client(s, account, region) for s in ("ec2", "elbv2", "acm"))
        ec2.delete_internet_gateway(InternetGatewayId=at["internet"].pop())
        ec2.create_tags(Resources=[at["vpcs"][0]], Tags=[{"Key": "Name", "Value": "net-renamed"}, {"Key": "stage", "Value": "neu"}])
        ec2.delete_tags(Resources=[at["subnets"][0]], Tags=[{"Key": "empty"}])
        ec2.authorize_security_group_ingress(GroupId=at["groups"][1], IpPermissions=[{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
        v2.delete_load_balancer(LoadBalancerArn=at["balancers"][2]["LoadBalancerArn"])
        at["balancers"][2] = v2.create_load_balancer(Name=f"Front-{account[0]}-2", Type="gateway", Subnets=at["subnets"], Tags=listed({"born": "again"}))["LoadBalancers"][0]
        v2.deregister_targets(TargetGroupArn=at["targets"][0], Targets=[{"Id": at["machines"][1], "Port": 8080}])
        v2.add_tags(ResourceArns=[at["targets"][1]], Tags=[{"Key": "stage", "Value": "neu"}])
        acm.delete_certificate(CertificateArn=at["certificates"][1])
        at["certificates"][1] = certificate(acm, "api.example")
    for account in env.accounts:
        at, dns = EVERYWHERE[account], env.client("route53", account)
        dns.delete_hosted_zone(Id=at["zones"].pop())
        name = f"h000.z0.{account}.example"
        for action, value in (("UPSERT", "192.0.2.9"), ("DELETE", "192.0.2.3")):
            record = {"Name": name if action == "UPSERT" else name.replace("h000", "h001"), "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}
            dns.change_resource_record_sets(HostedZoneId=at["zones"][0], ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]})


def edges(env):
    for account, region in env.places():
        at = IDS[account, region]

        def a(part, identity):
            return arn(account, region, f"{part}/{identity}")

        vpc, subnet = [a("vpc", v) for v in at["vpcs"]], [a("subnet", s) for s in at["subnets"]]
        group, table = [a("security-group", g) for g in at["groups"]], [a("route-table", t) for t in at["tables"]]
        yield vpc[0], "uses", a("dhcp-options", at["dhcp"][0])
        for s in subnet:
            yield s, "part-of", vpc[0]
        for g in group:
            yield g, "part-of", vpc[0]
        yield group[1], "allows-from", group[0]
        yield group[0], "allows-from", at["lists"][0]["PrefixListArn"]
        for r in pages(env.client("ec2", account, region), "describe_security_group_rules", "SecurityGroupRules"):
            if r["GroupId"] in at["groups"]:
                yield a("security-group-rule", r["SecurityGroupRuleId"]), "part-of", a("security-group", r["GroupId"])
        yield a("network-acl", at["acls"][0]), "part-of", vpc[0]
        yield subnet[0], "protected-by", a("network-acl", at["acls"][0])
        for t, s in zip(table, subnet):
            yield t, "part-of", vpc[0]
            yield s, "uses", t
        yield table[0], "routes-to", a("internet-gateway", at["internet"][0])
        yield table[0], "routes-to", a("vpc-peering-connection", at["peerings"][0])
        yield table[0], "routes-to", at["transit"][0]["TransitGatewayArn"]
        yield table[1], "routes-to", a("natgateway", at["nat"][0])
        yield table[1], "routes-to", a("egress-only-internet-gateway", at["egress"][0])
        yield table[1], "routes-to", a("network-interface", at["interface"])
        yield a("vpc-flow-log", at["flows"][0]), "observes", vpc[0]
        yield a("vpc-flow-log", at["flows"][0]), "logs-to", f"{PART}:logs:{region}:{account}:log-group:/vpc/flow"
        yield a("vpc-flow-log", at["flows"][1]), "observes", subnet[0]
        yield a("vpc-flow-log", at["flows"][1]), "logs-to", at["bucket"]
        for i in range(2):
            yield a("internet-gateway", at["internet"][i]), "attached-to", vpc[i]
            yield a("egress-only-internet-gateway", at["egress"][i]), "attached-to", vpc[i]
            yield a("carrier-gateway", at["carriers"][i]), "attached-to", vpc[i]
            yield a("natgateway", at["nat"][i]), "runs-in", subnet[i]
            yield a("elastic-ip", at["addresses"][i]), "attached-to", a("natgateway", at["nat"][i])
            yield a("vpc-endpoint", at["endpoints"][i]), "runs-in", vpc[0]
            yield a("vpc-peering-connection", at["peerings"][0]), "attached-to", vpc[i]
            yield a("transit-gateway-attachment", at["attached"][i]), "attached-to", vpc[i]
            yield a("transit-gateway-attachment", at["attached"][i]), "attached-to", at["transit"][0]["TransitGatewayArn"]
            yield a("transit-gateway-route-table", at["transit_tables"][i]), "part-of", at["transit"][i]["TransitGatewayArn"]
            yield a("vpn-connection", at["vpns"][i]), "attached-to", a("customer-gateway", at["customers"][i])
            yield a("vpc-endpoint-service", at["offered"][i]), "targets", at["balancers"][1]["LoadBalancerArn"]
        yield a("vpc-endpoint", at["endpoints"][0]), "uses", table[0]
        yield a("vpc-endpoint", at["endpoints"][1]), "runs-in", subnet[0]
        yield a("vpc-endpoint", at["endpoints"][1]), "protected-by", group[0]
        yield a("vpn-gateway", at["private"][0]), "attached-to", vpc[0]
        yield a("vpn-connection", at["vpns"][0]), "attached-to", a("vpn-gateway", at["private"][0])
        yield a("vpn-connection", at["vpns"][1]), "attached-to", at["transit"][0]["TransitGatewayArn"]
        yield from edges_of_balancers(account, region, at, vpc, subnet, group)
    for account in env.accounts:
        yield from edges_of_the_edge(account)


def edges_of_balancers(account, region, at, vpc, subnet, group):
    machine = [arn(account, region, f"instance/{m}") for m in at["machines"]]
    for b in at["balancers"]:
        yield b["LoadBalancerArn"], "runs-in", vpc[0]
        yield b["LoadBalancerArn"], "runs-in", subnet[1]
    one = at["balancers"][0]["LoadBalancerArn"]
    yield one, "protected-by", group[0]
    yield one, "targets", at["targets"][0]
    for listener in at["listeners"]:
        yield listener, "part-of", one
        yield listener, "routes-to", at["targets"][0]
    yield at["listeners"][0], "uses", at["certificates"][0]
    yield at["rules"][0], "part-of", at["listeners"][0]
    yield at["rules"][0], "routes-to", at["targets"][1]
    for t in at["targets"]:
        yield t, "runs-in", vpc[0]
        yield t, "targets", machine[0]
    old = f"{PART}:elasticloadbalancing:{region}:{account}:loadbalancer/old-0"
    yield old, "runs-in", subnet[0]
    yield old, "protected-by", group[0]
    yield old, "targets", machine[1]


def edges_of_the_edge(account):
    at, home = EVERYWHERE[account], IDS[account, "us-east-1"]
    site, app = (d["ARN"] for d in at["distributions"])
    yield site, "routes-to", at["bucket"]
    yield app, "routes-to", home["balancers"][0]["LoadBalancerArn"]
    for d in (site, app):
        yield d, "uses", home["certificates"][0]
        yield d, "logs-to", at["logs"]
    zone = f"{PART}:route53:::hostedzone/{at['zones'][0]}"
    yield f"{PART}:route53:::hostedzone/{at['zones'][1]}", "attached-to", arn(account, "us-east-1", f"vpc/{home['vpcs'][0]}")

    def record(name, kind="A", which="simple"):
        return f"{zone}/recordset/{name}.z0.{account}.example./{kind}/{which}"

    yield record("lb"), "part-of", zone
    yield record("lb"), "routes-to", home["balancers"][0]["LoadBalancerArn"]
    yield record("cdn"), "routes-to", site
    yield record("www", "CNAME"), "routes-to", site
    yield record("w", "A", "blue"), "uses", f"{PART}:route53:::healthcheck/{at['checks'][0]}"
