"""Edges that boto3's own listings state, whoever made what is at their ends: default networks, what a service made
along with something else, the many things that only fill pages. A family's plan names what it made on purpose;
here is the rest, so that no edge between two assets of the estate is shown that nobody can account for.

Each function yields (from, relation, to). They are written over boto3's answers and know nothing of the catalog.
"""

import json


def pages(client, operation, field, **arguments):
    if client.can_paginate(operation):
        for page in client.get_paginator(operation).paginate(**arguments):
            yield from page.get(field, [])
    else:
        yield from getattr(client, operation)(**arguments).get(field, [])


def ec2(env, account, region):
    client = env.client("ec2", account, region)
    place = f"arn:aws:ec2:{region}:{account}"

    def arn(kind, identity, own=True):
        return f"{place if own else f'arn:aws:ec2:{region}:'}:{kind}/{identity}"

    def network(start, thing, groups="Groups", subnet="SubnetId", vpc="VpcId"):
        for group in thing.get(groups) or []:
            identity = group["GroupId"] if isinstance(group, dict) else group
            yield start, "protected-by", arn("security-group", identity)
        if thing.get(subnet):
            yield start, "runs-in", arn("subnet", thing[subnet])
        if thing.get(vpc):
            yield start, "runs-in", arn("vpc", thing[vpc])

    for field, operation, kind, identity in [
        ("Subnets", "describe_subnets", "subnet", "SubnetId"),
        ("SecurityGroups", "describe_security_groups", "security-group", "GroupId"),
        ("NetworkAcls", "describe_network_acls", "network-acl", "NetworkAclId"),
        ("RouteTables", "describe_route_tables", "route-table", "RouteTableId"),
    ]:
        for thing in pages(client, operation, field):
            yield arn(kind, thing[identity]), "part-of", arn("vpc", thing["VpcId"])
    for table in pages(client, "describe_route_tables", "RouteTables"):
        for route in table["Routes"]:
            if route.get("GatewayId", "").startswith("vpce-"):
                yield arn("route-table", table["RouteTableId"]), "routes-to", arn("vpc-endpoint", route["GatewayId"])
    for acl in pages(client, "describe_network_acls", "NetworkAcls"):
        for at in acl["Associations"]:
            yield arn("subnet", at["SubnetId"]), "protected-by", arn("network-acl", acl["NetworkAclId"])
    for rule in pages(client, "describe_security_group_rules", "SecurityGroupRules"):
        start = arn("security-group-rule", rule["SecurityGroupRuleId"])
        yield start, "part-of", arn("security-group", rule["GroupId"])
        if rule.get("PrefixListId"):
            yield start, "uses", arn("prefix-list", rule["PrefixListId"])
        if rule.get("ReferencedGroupInfo", {}).get("GroupId"):
            yield start, "uses", arn("security-group", rule["ReferencedGroupInfo"]["GroupId"])
    for interface in pages(client, "describe_network_interfaces", "NetworkInterfaces"):
        start = arn("network-interface", interface["NetworkInterfaceId"])
        yield from network(start, interface)
        if interface.get("Attachment", {}).get("InstanceId"):
            yield start, "attached-to", arn("instance", interface["Attachment"]["InstanceId"])
    for address in client.describe_addresses()["Addresses"]:
        if address.get("NetworkInterfaceId"):
            start = arn("elastic-ip", address["AllocationId"])
            yield start, "attached-to", arn("network-interface", address["NetworkInterfaceId"])
    for reservation in pages(client, "describe_instances", "Reservations"):
        for instance in reservation["Instances"]:
            start = arn("instance", instance["InstanceId"])
            yield from network(start, instance, groups="SecurityGroups")
            if instance.get("KeyName"):
                yield start, "uses", arn("key-pair", instance["KeyName"])
            for tag in instance.get("Tags", []):
                if tag["Key"] == "aws:ec2launchtemplate:id":
                    yield start, "made-from", arn("launch-template", tag["Value"])
    for request in pages(client, "describe_spot_instance_requests", "SpotInstanceRequests"):
        launch = request.get("LaunchSpecification", {})
        start = arn("spot-instances-request", request["SpotInstanceRequestId"])
        yield from network(start, launch, groups="SecurityGroups")
        if request.get("InstanceId"):
            yield arn("instance", request["InstanceId"]), "made-from", start
    for volume in pages(client, "describe_volumes", "Volumes"):
        start = arn("volume", volume["VolumeId"])
        for at in volume["Attachments"]:
            yield start, "attached-to", arn("instance", at["InstanceId"])
        if volume.get("KmsKeyId"):
            yield start, "encrypted-by", volume["KmsKeyId"]
    for snapshot in pages(client, "describe_snapshots", "Snapshots", OwnerIds=["self"]):
        yield arn("snapshot", snapshot["SnapshotId"], False), "made-from", arn("volume", snapshot["VolumeId"])
    for image in client.describe_images(Owners=["self"])["Images"]:
        start = arn("image", image["ImageId"], False)
        for device in image["BlockDeviceMappings"]:
            if device.get("Ebs", {}).get("SnapshotId"):
                yield start, "made-from", arn("snapshot", device["Ebs"]["SnapshotId"], False)
        if image.get("SourceInstanceId"):
            yield start, "made-from", arn("instance", image["SourceInstanceId"])
    for gateway in pages(client, "describe_nat_gateways", "NatGateways"):
        start = arn("natgateway", gateway["NatGatewayId"])
        yield start, "runs-in", arn("vpc", gateway["VpcId"])
        for address in gateway["NatGatewayAddresses"]:
            yield start, "uses", arn("network-interface", address["NetworkInterfaceId"])
    for endpoint in pages(client, "describe_vpc_endpoints", "VpcEndpoints"):
        start = arn("vpc-endpoint", endpoint["VpcEndpointId"])
        for group in endpoint.get("Groups", []):
            yield start, "protected-by", arn("security-group", group["GroupId"])
        for field, relation, kind in [
            ("SubnetIds", "runs-in", "subnet"),
            ("NetworkInterfaceIds", "uses", "network-interface"),
            ("RouteTableIds", "uses", "route-table"),
        ]:
            for identity in endpoint.get(field, []):
                yield start, relation, arn(kind, identity)
    for peering in pages(client, "describe_vpc_peering_connections", "VpcPeeringConnections"):
        start = arn("vpc-peering-connection", peering["VpcPeeringConnectionId"])
        for side in ("AccepterVpcInfo", "RequesterVpcInfo"):
            vpc = peering[side]
            where = vpc.get("Region", region), vpc.get("OwnerId", account)
            yield start, "attached-to", f"arn:aws:ec2:{where[0]}:{where[1]}:vpc/{vpc['VpcId']}"
    for gateway in pages(client, "describe_transit_gateways", "TransitGateways"):
        options = gateway.get("Options", {})
        for field in ("AssociationDefaultRouteTableId", "PropagationDefaultRouteTableId"):
            if options.get(field):
                yield gateway["TransitGatewayArn"], "uses", arn("transit-gateway-route-table", options[field])
    for at in pages(client, "describe_transit_gateway_attachments", "TransitGatewayAttachments"):
        start = arn("transit-gateway-attachment", at["TransitGatewayAttachmentId"])
        yield start, "attached-to", arn("transit-gateway", at["TransitGatewayId"])
        kind = {"vpc": "vpc", "vpn": "vpn-connection"}.get(at["ResourceType"])
        if kind:
            yield start, "attached-to", arn(kind, at["ResourceId"])
        if at.get("Association", {}).get("TransitGatewayRouteTableId"):
            table = at["Association"]["TransitGatewayRouteTableId"]
            yield start, "uses", arn("transit-gateway-route-table", table)
    for table in pages(client, "describe_transit_gateway_route_tables", "TransitGatewayRouteTables"):
        start = arn("transit-gateway-route-table", table["TransitGatewayRouteTableId"])
        yield start, "part-of", arn("transit-gateway", table["TransitGatewayId"])


def databases(env, account, region):
    client = env.client("rds", account, region)
    place = f"arn:aws:rds:{region}:{account}"
    subnets = {g["DBSubnetGroupName"]: g for g in pages(client, "describe_db_subnet_groups", "DBSubnetGroups")}
    for instance in pages(client, "describe_db_instances", "DBInstances"):
        start = instance["DBInstanceArn"]
        if instance.get("KmsKeyId"):
            yield start, "encrypted-by", instance["KmsKeyId"]
        for group in instance.get("VpcSecurityGroups", []):
            identity = group["VpcSecurityGroupId"]
            yield start, "protected-by", f"arn:aws:ec2:{region}:{account}:security-group/{identity}"
        for group in instance.get("DBParameterGroups", []):
            yield start, "uses", f"{place}:pg:{group['DBParameterGroupName']}"
        group = instance.get("DBSubnetGroup")
        if group:
            group = subnets.get(group["DBSubnetGroupName"], group)
            yield start, "uses", f"{place}:subgrp:{group['DBSubnetGroupName']}"
            yield start, "runs-in", f"arn:aws:ec2:{region}:{account}:vpc/{group['VpcId']}"
            for subnet in group["Subnets"]:
                yield start, "runs-in", f"arn:aws:ec2:{region}:{account}:subnet/{subnet['SubnetIdentifier']}"
    for snapshot in pages(client, "describe_db_snapshots", "DBSnapshots"):
        start = snapshot["DBSnapshotArn"]
        yield start, "made-from", f"{place}:db:{snapshot['DBInstanceIdentifier']}"
        if snapshot.get("KmsKeyId"):
            yield start, "encrypted-by", snapshot["KmsKeyId"]
    for snapshot in pages(client, "describe_db_cluster_snapshots", "DBClusterSnapshots"):
        start = snapshot["DBClusterSnapshotArn"]
        yield start, "made-from", f"{place}:cluster:{snapshot['DBClusterIdentifier']}"
        if snapshot.get("KmsKeyId"):
            yield start, "encrypted-by", snapshot["KmsKeyId"]
    for service, operation, field, of in [
        (
            "memorydb",
            "describe_subnet_groups",
            "SubnetGroups",
            lambda g: (g["ARN"], [s["Identifier"] for s in g["Subnets"]]),
        ),
        (
            "redshift",
            "describe_cluster_subnet_groups",
            "ClusterSubnetGroups",
            lambda g: (
                f"arn:aws:redshift:{region}:{account}:subnetgroup:{g['ClusterSubnetGroupName']}",
                [s["SubnetIdentifier"] for s in g["Subnets"]],
            ),
        ),
    ]:
        for group in pages(env.client(service, account, region), operation, field):
            start, inside = of(group)
            yield start, "runs-in", f"arn:aws:ec2:{region}:{account}:vpc/{group['VpcId']}"
            for subnet in inside:
                yield start, "uses", f"arn:aws:ec2:{region}:{account}:subnet/{subnet}"
    for system in pages(env.client("fsx", account, region), "describe_file_systems", "FileSystems"):
        if system.get("KmsKeyId"):
            yield system["ResourceARN"], "encrypted-by", system["KmsKeyId"]


def compute(env, account, region):
    place = f"arn:aws:ec2:{region}:{account}"
    scaling = env.client("autoscaling", account, region)
    groups = {
        g["AutoScalingGroupName"]: g["AutoScalingGroupARN"]
        for g in pages(scaling, "describe_auto_scaling_groups", "AutoScalingGroups")
    }
    for policy in pages(scaling, "describe_policies", "ScalingPolicies"):
        yield policy["PolicyARN"], "part-of", groups[policy["AutoScalingGroupName"]]
    for launch in pages(scaling, "describe_launch_configurations", "LaunchConfigurations"):
        start = launch["LaunchConfigurationARN"]
        for group in launch.get("SecurityGroups", []):
            yield start, "protected-by", f"{place}:security-group/{group}"
        if launch.get("KeyName"):
            yield start, "uses", f"{place}:key-pair/{launch['KeyName']}"
        profile = launch.get("IamInstanceProfile")
        if profile:
            named = profile if profile.startswith("arn:") else f"arn:aws:iam::{account}:instance-profile/{profile}"
            yield start, "runs-as", named
    for batch in pages(env.client("batch", account, region), "describe_compute_environments", "computeEnvironments"):
        start = batch["computeEnvironmentArn"]
        if batch.get("serviceRole"):
            yield start, "runs-as", batch["serviceRole"]
        if batch.get("ecsClusterArn"):
            yield start, "uses", batch["ecsClusterArn"]
        for subnet in batch.get("computeResources", {}).get("subnets", []):
            yield start, "runs-in", f"{place}:subnet/{subnet}"
    functions = env.client("lambda", account, region)
    for function in pages(functions, "list_functions", "Functions"):
        yield function["FunctionArn"], "runs-as", function["Role"]
        for subnet in function.get("VpcConfig", {}).get("SubnetIds", []):
            yield function["FunctionArn"], "runs-in", f"{place}:subnet/{subnet}"
    ecs = env.client("ecs", account, region)
    for cluster in pages(ecs, "list_clusters", "clusterArns"):
        for service in pages(ecs, "list_services", "serviceArns", cluster=cluster):
            about = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
            network = about.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
            for subnet in network.get("subnets", []):
                yield service, "runs-in", f"{place}:subnet/{subnet}"
            for group in network.get("securityGroups", []):
                yield service, "protected-by", f"{place}:security-group/{group}"
            # One that was deleted drains, and is listed meanwhile with all that it was made of.
            yield service, "runs-in", cluster
            yield service, "made-from", about["taskDefinition"]
            for balancer in about.get("loadBalancers", []):
                yield service, "member-of", balancer["targetGroupArn"]
        for task in pages(ecs, "list_tasks", "taskArns", cluster=cluster):
            for at in ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"][0].get("attachments", []):
                for detail in at.get("details", []):
                    if detail["name"] == "subnetId":
                        yield task, "runs-in", f"{place}:subnet/{detail['value']}"
                    if detail["name"] == "networkInterfaceId":
                        yield task, "uses", f"{place}:network-interface/{detail['value']}"
    eks = env.client("eks", account, region)
    for name in pages(eks, "list_clusters", "clusters"):
        cluster = eks.describe_cluster(name=name)["cluster"]
        for subnet in cluster["resourcesVpcConfig"]["subnetIds"]:
            yield cluster["arn"], "runs-in", f"{place}:subnet/{subnet}"
        for group in pages(eks, "list_nodegroups", "nodegroups", clusterName=name):
            about = eks.describe_nodegroup(clusterName=name, nodegroupName=group)["nodegroup"]
            for subnet in about["subnets"]:
                yield about["nodegroupArn"], "runs-in", f"{place}:subnet/{subnet}"
        for profile in pages(eks, "list_fargate_profiles", "fargateProfileNames", clusterName=name):
            about = eks.describe_fargate_profile(clusterName=name, fargateProfileName=profile)["fargateProfile"]
            for subnet in about["subnets"]:
                yield about["fargateProfileArn"], "runs-in", f"{place}:subnet/{subnet}"


def balancers(env, account, region):
    place = f"arn:aws:ec2:{region}:{account}"
    for balancer in pages(env.client("elb", account, region), "describe_load_balancers", "LoadBalancerDescriptions"):
        start = f"arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/{balancer['LoadBalancerName']}"
        yield start, "runs-in", f"{place}:vpc/{balancer['VPCId']}"
        for subnet in balancer["Subnets"]:
            yield start, "runs-in", f"{place}:subnet/{subnet}"
        for group in balancer["SecurityGroups"]:
            yield start, "protected-by", f"{place}:security-group/{group}"
        for instance in balancer["Instances"]:
            yield start, "targets", f"{place}:instance/{instance['InstanceId']}"
    client = env.client("elbv2", account, region)
    for group in pages(client, "describe_target_groups", "TargetGroups"):
        start = group["TargetGroupArn"]
        yield start, "runs-in", f"{place}:vpc/{group['VpcId']}"
        for balancer in group.get("LoadBalancerArns", []):
            yield balancer, "targets", start
        for health in client.describe_target_health(TargetGroupArn=start)["TargetHealthDescriptions"]:
            if health["Target"]["Id"].startswith("i-"):
                yield start, "targets", f"{place}:instance/{health['Target']['Id']}"
    for balancer in pages(client, "describe_load_balancers", "LoadBalancers"):
        start = balancer["LoadBalancerArn"]
        for group in balancer.get("SecurityGroups", []):
            yield start, "protected-by", f"{place}:security-group/{group}"
        for zone in balancer["AvailabilityZones"]:
            yield start, "runs-in", f"{place}:subnet/{zone['SubnetId']}"
        for listener in pages(client, "describe_listeners", "Listeners", LoadBalancerArn=start):
            for rule in pages(client, "describe_rules", "Rules", ListenerArn=listener["ListenerArn"]):
                yield rule["RuleArn"], "part-of", listener["ListenerArn"]
                for action in rule["Actions"]:
                    if action.get("TargetGroupArn"):
                        yield rule["RuleArn"], "routes-to", action["TargetGroupArn"]
                    for group in action.get("ForwardConfig", {}).get("TargetGroups", []):
                        yield rule["RuleArn"], "routes-to", group["TargetGroupArn"]


def messages(env, account, region):
    for subscription in pages(env.client("sns", account, region), "list_subscriptions", "Subscriptions"):
        start = subscription["SubscriptionArn"]
        yield start, "subscribes-to", subscription["TopicArn"]
        about = env.client("sns", account, region).get_subscription_attributes(SubscriptionArn=start)["Attributes"]
        if about.get("RedrivePolicy"):
            yield start, "dead-letters-to", json.loads(about["RedrivePolicy"])["deadLetterTargetArn"]
    schedules = env.client("scheduler", account, region)
    for schedule in pages(schedules, "list_schedules", "Schedules"):
        start, group = schedule["Arn"], schedule["GroupName"]
        yield start, "part-of", f"arn:aws:scheduler:{region}:{account}:schedule-group/{group}"
        target = schedules.get_schedule(Name=schedule["Name"], GroupName=group)["Target"]
        if target.get("DeadLetterConfig", {}).get("Arn"):
            yield start, "dead-letters-to", target["DeadLetterConfig"]["Arn"]
    pipes = env.client("pipes", account, region)
    for pipe in pages(pipes, "list_pipes", "Pipes"):
        yield pipe["Arn"], "subscribes-to", pipe["Source"]


def keys(env, account, region):
    kms = env.client("kms", account, region)

    def key(named):
        return named if named.startswith("arn:") else kms.describe_key(KeyId=named)["KeyMetadata"]["Arn"]

    secrets = env.client("secretsmanager", account, region)
    for secret in pages(secrets, "list_secrets", "SecretList", IncludePlannedDeletion=True):
        if secret.get("KmsKeyId"):
            yield secret["ARN"], "encrypted-by", key(secret["KmsKeyId"])
    for parameter in pages(env.client("ssm", account, region), "describe_parameters", "Parameters"):
        if parameter.get("KeyId") and not parameter["KeyId"].startswith("alias/"):
            name = parameter["Name"]
            start = f"arn:aws:ssm:{region}:{account}:parameter{'' if name.startswith('/') else '/'}{name}"
            yield start, "encrypted-by", key(parameter["KeyId"])


def management(env, account, region):
    for alarm in pages(env.client("cloudwatch", account, region), "describe_alarms", "MetricAlarms"):
        for action in alarm["AlarmActions"] + alarm["OKActions"] + alarm["InsufficientDataActions"]:
            if ":sns:" in action:
                yield alarm["AlarmArn"], "publishes-to", action
    builds = env.client("codebuild", account, region)
    for name in pages(builds, "list_projects", "projects"):
        project = builds.batch_get_projects(names=[name])["projects"][0]
        start = project["arn"]
        if project.get("encryptionKey"):
            yield start, "encrypted-by", project["encryptionKey"]
        for part in [project["artifacts"], project["source"]]:
            if part["type"] == "S3":
                yield start, "uses", f"arn:aws:s3:::{part['location'].split('/')[0]}"
    pipelines = env.client("codepipeline", account, region)
    for found in pages(pipelines, "list_pipelines", "pipelines"):
        pipeline = pipelines.get_pipeline(name=found["name"])["pipeline"]
        start = f"arn:aws:codepipeline:{region}:{account}:{found['name']}"
        yield start, "runs-as", pipeline["roleArn"]
        yield start, "uses", f"arn:aws:s3:::{pipeline['artifactStore']['location']}"
        for stage in pipeline["stages"]:
            for action in stage["actions"]:
                if action["actionTypeId"]["provider"] == "CodeBuild":
                    project = action["configuration"]["ProjectName"]
                    yield start, "uses", f"arn:aws:codebuild:{region}:{account}:project/{project}"
                if action["actionTypeId"]["provider"] == "S3" and "S3Bucket" in action["configuration"]:
                    yield start, "uses", f"arn:aws:s3:::{action['configuration']['S3Bucket']}"
    sagemaker = env.client("sagemaker", account, region)
    for job in pages(sagemaker, "list_training_jobs", "TrainingJobSummaries"):
        about = sagemaker.describe_training_job(TrainingJobName=job["TrainingJobName"])
        start = about["TrainingJobArn"]
        for part in (about["OutputDataConfig"], about["ResourceConfig"]):
            named = part.get("KmsKeyId") or part.get("VolumeKmsKeyId")
            if named:
                yield start, "encrypted-by", named
        image = about["AlgorithmSpecification"].get("TrainingImage", "")
        if ".dkr.ecr." in image:
            host, name = image.split("/", 1)
            owner, place = host.split(".")[0], host.split(".")[3]
            yield start, "made-from", f"arn:aws:ecr:{place}:{owner}:repository/{name.split(':')[0].split('@')[0]}"
    connect = env.client("directconnect", account, region)
    for lag in connect.describe_lags()["lags"]:
        for connection in lag["connections"]:
            start = f"arn:aws:directconnect:{region}:{account}:dxcon/{connection['connectionId']}"
            yield start, "part-of", f"arn:aws:directconnect:{region}:{account}:dxlag/{lag['lagId']}"


def world(env, account):
    iam = env.client("iam", account)
    for group in pages(iam, "list_groups", "Groups"):
        for policy in pages(iam, "list_attached_group_policies", "AttachedPolicies", GroupName=group["GroupName"]):
            yield group["Arn"], "uses", policy["PolicyArn"]
    for profile in pages(iam, "list_instance_profiles", "InstanceProfiles"):
        for role in profile["Roles"]:
            yield profile["Arn"], "runs-as", role["Arn"]
    dns = env.client("route53", account)
    for zone in pages(dns, "list_hosted_zones", "HostedZones"):
        end = f"arn:aws:route53:::hostedzone/{zone['Id'].split('/')[-1]}"
        for record in pages(dns, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"]):
            name = record["Name"].replace("\\052", "*")
            yield f"{end}/recordset/{name}/{record['Type']}/{record.get('SetIdentifier', 'simple')}", "part-of", end
    organizations = env.client("organizations", account)
    try:
        organization = organizations.describe_organization()["Organization"]
        for root in pages(organizations, "list_roots", "Roots"):
            yield root["Arn"], "part-of", organization["Arn"]
    except organizations.exceptions.AWSOrganizationsNotInUseException:
        pass


def edges(env):
    for account, region in env.places():
        for part in (ec2, databases, compute, balancers, messages, keys, management):
            yield from part(env, account, region)
    for account in env.accounts:
        yield from world(env, account)
