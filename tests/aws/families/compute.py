"""Estate and truth of the compute family: EC2, Auto Scaling, Lambda, ECS, EKS, Batch."""

import io
import json
import zipfile

PART = "arn:aws"
IDS = {}  # what fill() made, by (account, region): the plan that edges() tells


def tags(name, **more):
    return {"Name": name, "team": "plattform-größe ☃", "empty": "", **more}


def listed(d, key="Key", value="Value"):
    return [{key: k, value: v} for k, v in d.items()]


def spec(kind, d):
    return [{"ResourceType": kind, "Tags": listed(d)}]


def pages(client, operation, path, **arguments):
    """Every item of a boto3 listing, by boto3's own paginator where it has one."""
    if client.can_paginate(operation):
        answers = client.get_paginator(operation).paginate(**arguments)
    else:
        answers = [getattr(client, operation)(**arguments)]
    for answer in answers:
        yield from answer.get(path, [])


def plain(pairs, key="Key", value="Value"):
    return {t[key]: t.get(value) or "" for t in pairs or []}


def called(own, *others):
    return own.get("Name") or next(o for o in others if o)


def code():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("main.py", "def handler(event, context):\n    return event\n")
    return out.getvalue()


CODE = code()


def fill(env):
    for account in env.accounts:
        role(env, account)
    for account, region in env.places():
        at = IDS[account, region] = {}
        network(env, account, region, at)
        machines(env, account, region, at)
        scaling(env, account, region, at)
        functions(env, account, region, at)
        containers(env, account, region, at)
        kubernetes(env, account, region, at)
        batch(env, account, region, at)
    crowd(env)


def role(env, account):
    iam = env.client("iam", account)
    services = ["ec2", "lambda", "ecs-tasks", "eks", "eks-fargate-pods", "batch"]
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"Service": [f"{s}.amazonaws.com" for s in services]}}]}
    iam.create_role(RoleName="compute", AssumeRolePolicyDocument=json.dumps(trust))
    iam.create_instance_profile(InstanceProfileName="compute")
    iam.add_role_to_instance_profile(InstanceProfileName="compute", RoleName="compute")


def network(env, account, region, at):
    ec2 = env.client("ec2", account, region)
    at["role"] = f"{PART}:iam::{account}:role/compute"
    at["profile"] = f"{PART}:iam::{account}:instance-profile/compute"
    at["vpc"] = ec2.create_vpc(CidrBlock="10.40.0.0/16", TagSpecifications=spec("vpc", tags("compute")))["Vpc"]["VpcId"]
    # Without DNS names moto cannot run a task in it.
    ec2.modify_vpc_attribute(VpcId=at["vpc"], EnableDnsHostnames={"Value": True})
    at["subnets"] = [
        ec2.create_subnet(VpcId=at["vpc"], CidrBlock=f"10.40.{i}.0/24", AvailabilityZone=region + "ab"[i],
                          TagSpecifications=spec("subnet", tags(f"compute-{i}")))["Subnet"]["SubnetId"]
        for i in range(2)
    ]
    at["group"] = ec2.create_security_group(GroupName="compute", Description="compute", VpcId=at["vpc"])["GroupId"]
    at["key"] = env.client("kms", account, region).create_key(Description="volumes")["KeyMetadata"]["Arn"]


def machines(env, account, region, at):
    ec2 = env.client("ec2", account, region)
    for i in range(2):
        ec2.create_key_pair(KeyName=f"ops-{i}", TagSpecifications=spec("key-pair", tags(f"ops-{i}")))
    at["ami"] = "ami-12c6146b"
    at["instances"] = []
    for i in range(3):
        more = {"TagSpecifications": spec("instance", tags(f"web-{i}", **({f"k{n}": f"v{n}" for n in range(45)} if i == 1 else {})))}
        if i == 2:
            more = {}
        made = ec2.run_instances(
            ImageId=at["ami"], MinCount=1, MaxCount=1, InstanceType="t3.micro", SubnetId=at["subnets"][i % 2], KeyName="ops-0",
            SecurityGroupIds=[at["group"]], IamInstanceProfile={"Arn": at["profile"]}, UserData="password=hunter2", **more)
        at["instances"].append(made["Instances"][0]["InstanceId"])
    ec2.stop_instances(InstanceIds=[at["instances"][1]])
    at["volumes"] = [
        ec2.create_volume(AvailabilityZone=region + "a", Size=8 + i, Encrypted=True, KmsKeyId=at["key"],
                          TagSpecifications=spec("volume", tags(f"data-{i}")))["VolumeId"]
        for i in range(2)
    ]
    ec2.attach_volume(VolumeId=at["volumes"][0], InstanceId=at["instances"][0], Device="/dev/sdf")
    at["snapshots"] = [
        ec2.create_snapshot(VolumeId=v, Description="nightly", TagSpecifications=spec("snapshot", tags(f"nightly-{i}")))["SnapshotId"]
        for i, v in enumerate(at["volumes"])
    ]
    at["images"] = [
        ec2.create_image(InstanceId=at["instances"][i], Name=f"golden-{i}", TagSpecifications=spec("image", {"stage": "gold", "empty": ""}))["ImageId"]
        for i in range(2)
    ]
    at["restored"] = ec2.create_volume(AvailabilityZone=region + "a", SnapshotId=at["snapshots"][0])["VolumeId"]
    at["interfaces"] = [
        ec2.create_network_interface(SubnetId=at["subnets"][i], Groups=[at["group"]], Description=f"spare {i}",
                                     TagSpecifications=spec("network-interface", tags(f"spare-{i}") if i else {"a": "b"}))["NetworkInterface"]["NetworkInterfaceId"]
        for i in range(2)
    ]
    at["addresses"] = [
        ec2.allocate_address(Domain="vpc", TagSpecifications=spec("elastic-ip", tags(f"front-{i}")))["AllocationId"] for i in range(2)
    ]
    ec2.associate_address(AllocationId=at["addresses"][0], InstanceId=at["instances"][0])
    ec2.associate_address(AllocationId=at["addresses"][1], NetworkInterfaceId=at["interfaces"][0])
    ec2.request_spot_instances(SpotPrice="0.5", InstanceCount=2, LaunchSpecification={"ImageId": at["ami"], "InstanceType": "t3.micro",
                               "SubnetId": at["subnets"][0], "UserData": "cGFzc3dvcmQ="})
    ec2.allocate_hosts(AvailabilityZone=region + "a", InstanceType="m5.large", Quantity=2, TagSpecifications=spec("dedicated-host", tags("host")))


def scaling(env, account, region, at):
    ec2, asg, elb = (env.client(s, account, region) for s in ("ec2", "autoscaling", "elbv2"))
    data = {"ImageId": at["ami"], "InstanceType": "t3.micro", "SecurityGroupIds": [at["group"]],
            "IamInstanceProfile": {"Arn": at["profile"]}}
    # moto cannot make a group of a template with user data; only the second has some.
    secret = {"UserData": "cGFzc3dvcmQ9aHVudGVyMg=="}
    at["templates"] = [
        ec2.create_launch_template(LaunchTemplateName=f"web-{i}", LaunchTemplateData={**data, "KeyName": f"ops-{i}", **(secret if i else {})},
                                   TagSpecifications=spec("launch-template", tags(f"web-{i}")))["LaunchTemplate"]["LaunchTemplateId"]
        for i in range(2)
    ]
    ec2.create_launch_template_version(LaunchTemplateId=at["templates"][0], LaunchTemplateData={**data, "KeyName": "ops-0", "InstanceType": "t3.small"})
    at["target_group"] = elb.create_target_group(Name="scaled", Protocol="HTTP", Port=80, VpcId=at["vpc"], TargetType="instance")["TargetGroups"][0]["TargetGroupArn"]
    for i in range(2):
        asg.create_launch_configuration(LaunchConfigurationName=f"old-{i}", ImageId=at["ami"], InstanceType="t3.micro", KeyName="ops-0",
                                        SecurityGroups=[at["group"]], UserData="password=hunter2", IamInstanceProfile="compute")
    zone = ",".join(at["subnets"])
    own = [{"Key": k, "Value": v, "PropagateAtLaunch": True} for k, v in tags("fleet").items()]
    asg.create_auto_scaling_group(AutoScalingGroupName="fleet", MinSize=1, MaxSize=3, DesiredCapacity=2, VPCZoneIdentifier=zone,
                                  LaunchTemplate={"LaunchTemplateId": at["templates"][0], "Version": "$Latest"}, TargetGroupARNs=[at["target_group"]], Tags=own)
    asg.create_auto_scaling_group(AutoScalingGroupName="legacy", MinSize=0, MaxSize=3, DesiredCapacity=1, VPCZoneIdentifier=at["subnets"][0],
                                  LaunchConfigurationName="old-0")
    for name in ("fleet", "legacy"):
        asg.put_scaling_policy(AutoScalingGroupName=name, PolicyName=f"more-{name}", PolicyType="SimpleScaling", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1)


def functions(env, account, region, at):
    lam, sqs = env.client("lambda", account, region), env.client("sqs", account, region)
    url = sqs.create_queue(QueueName="work")["QueueUrl"]
    at["queue"] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    at["layers"] = [lam.publish_layer_version(LayerName=f"common-{i}", Content={"ZipFile": CODE}, CompatibleRuntimes=["python3.12"]) for i in range(2)]
    # moto tells neither the key nor the dead letter queue of a function in its listing.
    at["functions"], at["mappings"] = [], []
    for i in range(3):
        function(lam, at, f"worker-{i}", {} if i == 2 else tags(f"worker-{i}"))
        if i < 2:
            lam.create_alias(FunctionName=f"worker-{i}", Name="live", FunctionVersion="$LATEST", Description="what runs")
            made = lam.create_event_source_mapping(FunctionName=f"worker-{i}", EventSourceArn=at["queue"], BatchSize=5)
            at["mappings"].append(f"{PART}:lambda:{region}:{account}:event-source-mapping:{made['UUID']}")


def function(lam, at, name, own):
    made = lam.create_function(
        FunctionName=name, Runtime="python3.12", Role=at["role"], Handler="main.handler", Code={"ZipFile": CODE}, Tags=own,
        Environment={"Variables": {"DB_PASSWORD": "hunter2", "MODE": "fast"}}, Layers=[at["layers"][0]["LayerVersionArn"]],
        VpcConfig={"SubnetIds": at["subnets"], "SecurityGroupIds": [at["group"]]}, DeadLetterConfig={"TargetArn": at["queue"]}, KMSKeyArn=at["key"])
    if made["FunctionArn"] not in at["functions"]:
        at["functions"].append(made["FunctionArn"])


def containers(env, account, region, at):
    ecs = env.client("ecs", account, region)
    own = listed(tags("app"), "key", "value")
    net = {"awsvpcConfiguration": {"subnets": at["subnets"], "securityGroups": [at["group"]]}}
    at["clusters"] = [ecs.create_cluster(clusterName=f"apps-{i}", tags=own)["cluster"]["clusterArn"] for i in range(2)]
    env.client("ecr", account, region).create_repository(repositoryName="shop/app")
    env.client("logs", account, region).create_log_group(logGroupName="/ecs/app")
    at["definitions"] = []
    for i in range(2):
        for _ in range(2):
            made = ecs.register_task_definition(
                family=f"app-{i}", taskRoleArn=at["role"], executionRoleArn=at["role"], networkMode="awsvpc", cpu="256", memory="512",
                requiresCompatibilities=["FARGATE"], tags=own,
                containerDefinitions=[{"name": "app", "image": f"{account}.dkr.ecr.{region}.amazonaws.com/shop/app:1", "memory": 64,
                                       "environment": [{"name": "DB_PASSWORD", "value": "hunter2"}],
                                       "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/app", "awslogs-region": region}}}])
        at["definitions"].append(made["taskDefinition"]["taskDefinitionArn"])
    at["services"], at["tasks"], at["hosts"] = [], [], []
    for i, cluster in enumerate(at["clusters"]):
        for n in range(12 if i == 0 and region == env.regions[0] else 2):
            made = ecs.create_service(cluster=cluster, serviceName=f"front-{i}-{n}", taskDefinition=at["definitions"][i], desiredCount=1, launchType="FARGATE",
                                      networkConfiguration=net, tags=own, loadBalancers=[{"targetGroupArn": at["target_group"], "containerName": "app", "containerPort": 80}])
            at["services"].append((made["service"]["serviceArn"], cluster, at["definitions"][i]))
        made = ecs.run_task(cluster=cluster, taskDefinition=at["definitions"][i], count=2, launchType="FARGATE", networkConfiguration=net, tags=own,
                            overrides={"containerOverrides": [{"name": "app", "environment": [{"name": "TOKEN", "value": "hunter2"}]}]})
        at["tasks"] += [(t["taskArn"], cluster, at["definitions"][i]) for t in made["tasks"]]
        for instance in at["instances"][:2]:
            document = {"instanceId": instance, "accountId": account, "region": region, "availabilityZone": region + "a"}
            made = ecs.register_container_instance(cluster=cluster, instanceIdentityDocument=json.dumps(document))
            at["hosts"].append((made["containerInstance"]["containerInstanceArn"], cluster, instance))


def kubernetes(env, account, region, at):
    eks = env.client("eks", account, region)
    at["kubes"], at["nodes"], at["fargates"] = [], [], []
    for i in range(2):
        made = eks.create_cluster(name=f"kube-{i}", version="1.31", roleArn=at["role"], tags=tags(f"kube-{i}"),
                                  resourcesVpcConfig={"subnetIds": at["subnets"], "securityGroupIds": [at["group"]]},
                                  encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": at["key"]}}])
        at["kubes"].append(made["cluster"]["arn"])
        made = eks.create_nodegroup(clusterName=f"kube-{i}", nodegroupName="pool", subnets=at["subnets"], nodeRole=at["role"], tags=tags("pool"),
                                    launchTemplate={"id": at["templates"][1], "version": "1"})
        at["nodes"].append(made["nodegroup"]["nodegroupArn"])
        made = eks.create_fargate_profile(clusterName=f"kube-{i}", fargateProfileName="jobs", podExecutionRoleArn=at["role"], subnets=at["subnets"],
                                          selectors=[{"namespace": "jobs"}], tags=tags("jobs"))
        at["fargates"].append(made["fargateProfile"]["fargateProfileArn"])


def batch(env, account, region, at):
    client = env.client("batch", account, region)
    at["environments"], at["queues"] = [], []
    for i in range(2):
        made = client.create_compute_environment(
            computeEnvironmentName=f"night-{i}", type="MANAGED", state="ENABLED", serviceRole=at["role"], tags=tags(f"night-{i}"),
            computeResources={"type": "FARGATE", "maxvCpus": 16, "subnets": at["subnets"], "securityGroupIds": [at["group"]]})
        at["environments"].append(made["computeEnvironmentArn"])
        made = client.create_job_queue(jobQueueName=f"jobs-{i}", state="ENABLED", priority=1, tags=tags(f"jobs-{i}"),
                                       computeEnvironmentOrder=[{"order": 1, "computeEnvironment": at["environments"][i]}])
        at["queues"].append(made["jobQueueArn"])
        client.register_job_definition(jobDefinitionName=f"report-{i}", type="container", tags={"Name": f"report-{i}", "team": "night", "empty": ""},
                                       containerProperties={"image": "busybox", "vcpus": 1, "memory": 128, "environment": [{"name": "P", "value": "hunter2"}]})
        client.create_scheduling_policy(name=f"fair-{i}", tags=tags(f"fair-{i}"))


def crowd(env):
    """More than one page of some listings, in one place."""
    account, region = env.accounts[0], env.regions[0]
    asg, at = env.client("autoscaling", account, region), IDS[account, region]
    for i in range(120):
        asg.create_launch_configuration(LaunchConfigurationName=f"page-{i:03}", ImageId=at["ami"], InstanceType="t3.micro")
    lam = env.client("lambda", account, region)
    for i in range(55):
        lam.create_function(FunctionName=f"page-{i:03}", Runtime="python3.12", Role=at["role"], Handler="main.handler", Code={"ZipFile": CODE},
                            Tags={"n": str(i)})


def arn(account, region, rest):
    return f"{PART}:ec2:{region}:{account}:{rest}"


def truth(env, account, region):
    yield from ec2_truth(env, account, region)
    yield from scaling_truth(env, account, region)
    yield from lambda_truth(env, account, region)
    yield from ecs_truth(env, account, region)
    yield from eks_truth(env, account, region)
    yield from batch_truth(env, account, region)


def ec2_truth(env, account, region):
    ec2 = env.client("ec2", account, region)
    for r in pages(ec2, "describe_instances", "Reservations"):
        for i in r["Instances"]:
            t = plain(i.get("Tags"))
            yield "aws.ec2.instance", arn(account, region, f"instance/{i['InstanceId']}"), called(t, i["InstanceId"]), t
    for v in pages(ec2, "describe_volumes", "Volumes"):
        t = plain(v.get("Tags"))
        yield "aws.ec2.volume", arn(account, region, f"volume/{v['VolumeId']}"), called(t, v["VolumeId"]), t
    for s in pages(ec2, "describe_snapshots", "Snapshots", OwnerIds=["self"]):
        t = plain(s.get("Tags"))
        yield "aws.ec2.snapshot", f"{PART}:ec2:{region}::snapshot/{s['SnapshotId']}", called(t, s.get("Description"), s["SnapshotId"]), t
    for i in pages(ec2, "describe_images", "Images", Owners=["self"]):
        t = plain(i.get("Tags"))
        yield "aws.ec2.image", f"{PART}:ec2:{region}::image/{i['ImageId']}", called(t, i.get("Name"), i["ImageId"]), t
    for k in pages(ec2, "describe_key_pairs", "KeyPairs"):
        yield "aws.ec2.key-pair", arn(account, region, f"key-pair/{k['KeyName']}"), k["KeyName"], plain(k.get("Tags"))
    for a in pages(ec2, "describe_addresses", "Addresses"):
        t = plain(a.get("Tags"))
        yield "aws.ec2.address", arn(account, region, f"elastic-ip/{a['AllocationId']}"), called(t, a["PublicIp"]), t
    for n in pages(ec2, "describe_network_interfaces", "NetworkInterfaces"):
        t = plain(n.get("TagSet"))
        yield "aws.ec2.network-interface", arn(account, region, f"network-interface/{n['NetworkInterfaceId']}"), called(t, n.get("Description"), n["NetworkInterfaceId"]), t
    for l in pages(ec2, "describe_launch_templates", "LaunchTemplates"):
        yield "aws.ec2.launch-template", arn(account, region, f"launch-template/{l['LaunchTemplateId']}"), l["LaunchTemplateName"], plain(l.get("Tags"))
    for s in pages(ec2, "describe_spot_instance_requests", "SpotInstanceRequests"):
        t = plain(s.get("Tags"))
        yield "aws.ec2.spot-instance-request", arn(account, region, f"spot-instances-request/{s['SpotInstanceRequestId']}"), called(t, s["SpotInstanceRequestId"]), t
    for h in pages(ec2, "describe_hosts", "Hosts"):
        t = plain(h.get("Tags"))
        yield "aws.ec2.host", arn(account, region, f"dedicated-host/{h['HostId']}"), called(t, h["HostId"]), t


def scaling_truth(env, account, region):
    asg = env.client("autoscaling", account, region)
    for g in pages(asg, "describe_auto_scaling_groups", "AutoScalingGroups"):
        yield "aws.autoscaling.group", g["AutoScalingGroupARN"], g["AutoScalingGroupName"], plain(g.get("Tags"))
    for c in pages(asg, "describe_launch_configurations", "LaunchConfigurations"):
        yield "aws.autoscaling.launch-configuration", c["LaunchConfigurationARN"], c["LaunchConfigurationName"], {}
    for p in pages(asg, "describe_policies", "ScalingPolicies"):
        yield "aws.autoscaling.policy", p["PolicyARN"], p["PolicyName"], {}


def lambda_truth(env, account, region):
    lam = env.client("lambda", account, region)
    for f in pages(lam, "list_functions", "Functions"):
        yield "aws.lambda.function", f["FunctionArn"], f["FunctionName"], lam.list_tags(Resource=f["FunctionArn"])["Tags"]
        for a in pages(lam, "list_aliases", "Aliases", FunctionName=f["FunctionName"]):
            yield "aws.lambda.alias", a["AliasArn"], a["Name"], {}
    for m in pages(lam, "list_event_source_mappings", "EventSourceMappings"):
        yield "aws.lambda.event-source-mapping", f"{PART}:lambda:{region}:{account}:event-source-mapping:{m['UUID']}", m["UUID"], {}
    for layer in pages(lam, "list_layers", "Layers"):
        yield "aws.lambda.layer", layer["LayerArn"], layer["LayerName"], {}


def ecs_truth(env, account, region):
    ecs = env.client("ecs", account, region)

    def own(a):
        return plain(ecs.list_tags_for_resource(resourceArn=a).get("tags"), "key", "value")

    for c in pages(ecs, "list_clusters", "clusterArns"):
        yield "aws.ecs.cluster", c, c.split("/")[-1], own(c)
        for s in pages(ecs, "list_services", "serviceArns", cluster=c):
            yield "aws.ecs.service", s, s.split("/")[-1], own(s)
        for t in pages(ecs, "list_tasks", "taskArns", cluster=c):
            yield "aws.ecs.task", t, t.split("/")[-1], own(t)
        for i in pages(ecs, "list_container_instances", "containerInstanceArns", cluster=c):
            found = ecs.describe_container_instances(cluster=c, containerInstances=[i])["containerInstances"][0]
            yield "aws.ecs.container-instance", i, found["ec2InstanceId"], {}
    newest = {}
    for d in pages(ecs, "list_task_definitions", "taskDefinitionArns", status="ACTIVE"):
        family, revision = d.split("/")[-1].split(":")
        newest[family] = max(newest.get(family, (0, "")), (int(revision), d))
    for family, (revision, d) in newest.items():
        yield "aws.ecs.task-definition", d, f"{family}:{revision}", own(d)


def eks_truth(env, account, region):
    eks = env.client("eks", account, region)
    for name in pages(eks, "list_clusters", "clusters"):
        c = eks.describe_cluster(name=name)["cluster"]
        yield "aws.eks.cluster", c["arn"], name, c.get("tags")
        for n in pages(eks, "list_nodegroups", "nodegroups", clusterName=name):
            g = eks.describe_nodegroup(clusterName=name, nodegroupName=n)["nodegroup"]
            yield "aws.eks.node-group", g["nodegroupArn"], n, g.get("tags")
        for n in pages(eks, "list_fargate_profiles", "fargateProfileNames", clusterName=name):
            p = eks.describe_fargate_profile(clusterName=name, fargateProfileName=n)["fargateProfile"]
            yield "aws.eks.fargate-profile", p["fargateProfileArn"], n, p.get("tags")


def batch_truth(env, account, region):
    client = env.client("batch", account, region)
    for c in pages(client, "describe_compute_environments", "computeEnvironments"):
        yield "aws.batch.compute-environment", c["computeEnvironmentArn"], c["computeEnvironmentName"], c.get("tags")
    for q in pages(client, "describe_job_queues", "jobQueues"):
        yield "aws.batch.job-queue", q["jobQueueArn"], q["jobQueueName"], q.get("tags")
    for d in pages(client, "describe_job_definitions", "jobDefinitions", status="ACTIVE"):
        yield "aws.batch.job-definition", d["jobDefinitionArn"], f"{d['jobDefinitionName']}:{d['revision']}", d.get("tags")
    for p in pages(client, "list_scheduling_policies", "schedulingPolicies"):
        p = client.describe_scheduling_policies(arns=[p["arn"]])["schedulingPolicies"][0]
        yield "aws.batch.scheduling-policy", p["arn"], p["name"], p.get("tags")


def churn(env):
    for account, region in env.places():
        at = IDS[account, region]
        ec2, asg, lam, ecs = (env.client(s, account, region) for s in ("ec2", "autoscaling", "lambda", "ecs"))
        ec2.delete_volume(VolumeId=at["volumes"].pop())
        ec2.delete_key_pair(KeyName="ops-1")
        ec2.create_key_pair(KeyName="ops-1", TagSpecifications=spec("key-pair", tags("ops-1", born="again")))
        ec2.create_tags(Resources=[at["instances"][0]], Tags=[{"Key": "stage", "Value": "neu"}, {"Key": "Name", "Value": "web-renamed"}])
        ec2.delete_tags(Resources=[at["instances"][0]], Tags=[{"Key": "empty"}])
        ec2.start_instances(InstanceIds=[at["instances"][1]])
        asg.delete_policy(AutoScalingGroupName="legacy", PolicyName="more-legacy")
        asg.delete_launch_configuration(LaunchConfigurationName="old-1")
        asg.create_launch_configuration(LaunchConfigurationName="old-1", ImageId=at["ami"], InstanceType="t3.large")
        lam.delete_function(FunctionName="worker-2")
        function(lam, at, "worker-2", {"born": "again"})
        lam.tag_resource(Resource=at["functions"][0], Tags={"stage": "neu"})
        service, cluster, definition = at["services"].pop()
        ecs.delete_service(cluster=cluster, service=service, force=True)
        ecs.tag_resource(resourceArn=at["services"][0][0], tags=[{"key": "stage", "value": "neu"}])


def edges(env):
    for account, region in env.places():
        at = IDS[account, region]

        def a(rest):
            return arn(account, region, rest)

        vpc, group = a(f"vpc/{at['vpc']}"), a(f"security-group/{at['group']}")
        subnets = [a(f"subnet/{s}") for s in at["subnets"]]
        machine = [a(f"instance/{i}") for i in at["instances"]]
        templates = [a(f"launch-template/{t}") for t in at["templates"]]
        for i, m in enumerate(machine):
            yield m, "runs-in", vpc
            yield m, "runs-in", subnets[i % 2]
            yield m, "protected-by", group
            yield m, "runs-as", at["profile"]
            yield m, "uses", a("key-pair/ops-0")
        yield a(f"volume/{at['volumes'][0]}"), "attached-to", machine[0]
        yield a(f"volume/{at['volumes'][0]}"), "encrypted-by", at["key"]
        yield a(f"volume/{at['restored']}"), "made-from", f"{PART}:ec2:{region}::snapshot/{at['snapshots'][0]}"
        yield f"{PART}:ec2:{region}::snapshot/{at['snapshots'][0]}", "made-from", a(f"volume/{at['volumes'][0]}")
        yield a(f"elastic-ip/{at['addresses'][0]}"), "attached-to", machine[0]
        yield a(f"elastic-ip/{at['addresses'][1]}"), "attached-to", a(f"network-interface/{at['interfaces'][0]}")
        for i, n in enumerate(at["interfaces"]):
            yield a(f"network-interface/{n}"), "runs-in", subnets[i]
            yield a(f"network-interface/{n}"), "protected-by", group
        for i, t in enumerate(templates):
            yield t, "protected-by", group
            yield t, "runs-as", at["profile"]
            # The versions of all templates come in one answer; each has to find its own.
            yield t, "uses", a(f"key-pair/ops-{i}")
        asg = env.client("autoscaling", account, region)
        for g in pages(asg, "describe_auto_scaling_groups", "AutoScalingGroups", AutoScalingGroupNames=["fleet", "legacy"]):
            own, name = g["AutoScalingGroupARN"], g["AutoScalingGroupName"]
            for i in g["Instances"]:
                yield a(f"instance/{i['InstanceId']}"), "member-of", own
            for s in subnets if name == "fleet" else subnets[:1]:
                yield own, "runs-in", s
            if name == "fleet":
                yield own, "made-from", templates[0]
                yield own, "member-of", at["target_group"]
            else:
                c = asg.describe_launch_configurations(LaunchConfigurationNames=["old-0"])["LaunchConfigurations"][0]
                yield own, "made-from", c["LaunchConfigurationARN"]
                yield c["LaunchConfigurationARN"], "protected-by", group
        yield from edges_of_code(at, vpc, subnets, group)
        yield from edges_of_containers(at, vpc, subnets, group, templates, machine)


def edges_of_code(at, vpc, subnets, group):
    for f in at["functions"]:
        yield f, "runs-as", at["role"]
        yield f, "runs-in", subnets[1]
        yield f, "protected-by", group
        yield f, "uses", at["layers"][0]["LayerArn"]
    for f, m in zip(at["functions"], at["mappings"]):
        yield f"{f}:live", "part-of", f
        yield m, "triggers", f
        yield m, "subscribes-to", at["queue"]


def edges_of_containers(at, vpc, subnets, group, templates, machine):
    for service, cluster, definition in at["services"]:
        yield service, "runs-in", cluster
        yield service, "made-from", definition
        yield service, "runs-in", subnets[0]
        yield service, "protected-by", group
        yield service, "member-of", at["target_group"]
    for task, cluster, definition in at["tasks"]:
        yield task, "runs-in", cluster
        yield task, "made-from", definition
    for host, cluster, instance in at["hosts"]:
        yield host, "member-of", cluster
        yield host, "runs-on", machine[at["instances"].index(instance)]
    for d in at["definitions"]:
        yield d, "runs-as", at["role"]
        place = d.split(":")[3:5]
        yield d, "made-from", f"{PART}:ecr:{place[0]}:{place[1]}:repository/shop/app"
        yield d, "logs-to", f"{PART}:logs:{place[0]}:{place[1]}:log-group:/ecs/app"
    for kube, nodes, fargate in zip(at["kubes"], at["nodes"], at["fargates"]):
        yield kube, "runs-in", subnets[0]
        yield kube, "protected-by", group
        yield kube, "runs-as", at["role"]
        yield kube, "encrypted-by", at["key"]
        yield nodes, "part-of", kube
        yield nodes, "runs-in", subnets[1]
        yield nodes, "runs-as", at["role"]
        yield nodes, "made-from", templates[1]
        yield fargate, "part-of", kube
        yield fargate, "runs-as", at["role"]
    for environment, queue in zip(at["environments"], at["queues"]):
        yield environment, "runs-in", subnets[0]
        yield environment, "protected-by", group
        yield queue, "uses", environment
