"""What watches and builds: CloudFormation, CloudWatch, logs, CloudTrail, CodeBuild, CodePipeline, Service Catalog,
Organizations."""

import json

MANY = {f"tag-{i:02}": f"value {i}" for i in range(44)}
ODD = {"Name": "größe-名前", "empty": "", "team": "operations", "a/b:c=d+e@f": "x y"}

# CloudFormation, CloudTrail, CodeBuild and Service Catalog want a value.
FULL = {k: v for k, v in ODD.items() if v}


def listed(tags, key="Key", value="Value"):
    return [{key: k, value: v} for k, v in tags.items()]


def mapped(tags, key="Key", value="Value"):
    return {t[key]: t.get(value, "") for t in tags or []}


def pages(client, operation, field, **arguments):
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page.get(field, [])


def template(i):
    return json.dumps(
        {
            "Parameters": {
                "Phrase": {"Type": "String", "NoEcho": True},
                "Size": {"Type": "String", "Default": "small"},
            },
            "Resources": {
                "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"man-stack-{i}"}},
                "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"man-stack-{i}"}},
                "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"/man/stack-{i}"}},
            },
            "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
        }
    )


def role(account, name):
    return f"arn:aws:iam::{account}:role/{name}"


def fill_stacks(env, account, region):
    stacks = env.client("cloudformation", account, region)
    env.client("sns", account, region).create_topic(Name="man-alarms")
    for i in range(3):
        stacks.create_stack(
            StackName=f"man-stack-{i}",
            TemplateBody=template(i),
            Parameters=[{"ParameterKey": "Phrase", "ParameterValue": "moto does not hide it"}],
            RoleARN=role(account, "man-stack"),
            NotificationARNs=[f"arn:aws:sns:{region}:{account}:man-alarms"],
            Tags=listed(MANY if i == 0 else FULL),
        )


def fill_watch(env, account, region):
    topic = f"arn:aws:sns:{region}:{account}:man-alarms"
    watch = env.client("cloudwatch", account, region)
    sights = [
        ("AWS/SQS", "QueueName", "man-stack-0"),
        ("AWS/Lambda", "FunctionName", "man-worker"),
        ("AWS/DynamoDB", "TableName", "man-table"),
    ]
    for i, (space, dimension, value) in enumerate(sights):
        watch.put_metric_alarm(
            AlarmName=f"man-alarm-{i}",
            Namespace=space,
            MetricName="Errors",
            Dimensions=[{"Name": dimension, "Value": value}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[topic],
            Tags=listed(MANY if i == 0 else ODD) if i < 2 else [],
        )
    watch.set_alarm_state(AlarmName="man-alarm-1", StateValue="ALARM", StateReason="x")

    logs = env.client("logs", account, region)
    key = env.client("kms", account, region).create_key(Description="man logs")["KeyMetadata"]["Arn"]
    # Fifty come in a page.
    for i in range(60 if region == "us-east-1" else 8):
        logs.create_log_group(
            logGroupName=f"/man/group-{i}", tags=MANY if i == 0 else ODD if i < 4 else {}, **({"kmsKeyId": key} if i == 1 else {})
        )
    bucket = f"man-trail-{account}-{region}"
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    env.client("s3", account, region).create_bucket(Bucket=bucket, **place)
    trails = env.client("cloudtrail", account, region)
    for i in range(2):
        trails.create_trail(
            Name=f"man-trail-{i}",
            S3BucketName=bucket,
            IsMultiRegionTrail=i == 1,
            CloudWatchLogsLogGroupArn=f"arn:aws:logs:{region}:{account}:log-group:/man/group-0:*",
            CloudWatchLogsRoleArn=role(account, "man-trail"),
            TagsList=listed(MANY if i == 0 else FULL),
        )
    trails.start_logging(Name="man-trail-0")


def fill_builds(env, account, region):
    builds = env.client("codebuild", account, region)
    for i in range(3):
        builds.create_project(
            name=f"man-build-{i}",
            source={"type": "S3", "location": f"man-trail-{account}-{region}/source.zip"},
            artifacts={"type": "S3", "location": f"man-trail-{account}-{region}"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": [{"name": "PHRASE", "value": "hunter2hunter2", "type": "PLAINTEXT"}],
            },
            serviceRole=role(account, "man-build"),
            tags=listed(MANY if i == 0 else FULL, "key", "value"),
        )
    iam = env.client("iam", account)
    name = f"man-pipeline-{region}"
    trust = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    pipeline_role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    pipelines = env.client("codepipeline", account, region)
    for i in range(3):
        source = {
            "name": "Source",
            "actionTypeId": {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"},
            "configuration": {"Owner": "acme", "Repo": "shop", "Branch": "main", "OAuthToken": "hunter2hunter2"},
            "outputArtifacts": [{"name": "code"}],
        }
        build = {
            "name": "Build",
            "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
            "configuration": {"ProjectName": "man-build-0"},
            "inputArtifacts": [{"name": "code"}],
        }
        pipelines.create_pipeline(
            pipeline={
                "name": f"man-pipeline-{i}",
                "roleArn": pipeline_role,
                "artifactStore": {"type": "S3", "location": f"man-trail-{account}-{region}"},
                "stages": [{"name": "Source", "actions": [source]}, {"name": "Build", "actions": [build]}],
            },
            tags=listed(MANY if i == 0 else ODD, "key", "value"),
        )
    catalog = env.client("servicecatalog", account, region)
    for i in range(3):
        catalog.create_portfolio(
            DisplayName=f"man-portfolio-{i}",
            ProviderName="platform",
            Tags=listed(MANY if i == 0 else FULL),
            IdempotencyToken=f"man-{i}",
        )


def fill_organization(env, account):
    organization = env.client("organizations", account)
    organization.create_organization(FeatureSet="ALL")
    root = organization.list_roots()["Roots"][0]["Id"]
    units = []
    for i in range(3):
        unit = organization.create_organizational_unit(ParentId=root, Name=f"man-unit-{i}", Tags=listed(ODD))
        units.append(unit["OrganizationalUnit"]["Id"])
    inner = organization.create_organizational_unit(ParentId=units[0], Name="man-inner", Tags=listed(ODD))
    inner = inner["OrganizationalUnit"]["Id"]
    units.append(
        organization.create_organizational_unit(ParentId=inner, Name="man-innermost")["OrganizationalUnit"]["Id"]
    )
    # Twenty come in a page.
    for i in range(23):
        made = organization.create_account(
            AccountName=f"man-account-{i}", Email=f"man{i}@example.com", Tags=listed(MANY if i == 0 else ODD)
        )
        if i < 4:
            child = made["CreateAccountStatus"]["AccountId"]
            organization.move_account(AccountId=child, SourceParentId=root, DestinationParentId=units[i])


def fill(env):
    for account in env.accounts:
        fill_organization(env, account)
    for account, region in env.places():
        fill_stacks(env, account, region)
        fill_watch(env, account, region)
        fill_builds(env, account, region)


def units_under(organization, parent, tags):
    for unit in pages(
        organization, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent
    ):
        yield "aws.organizations.organizational-unit", unit["Arn"], unit["Name"], tags(unit["Id"])
        yield from units_under(organization, unit["Id"], tags)


def truth_global(env, account):
    organization = env.client("organizations", account)

    def tags(identity):
        return mapped(organization.list_tags_for_resource(ResourceId=identity)["Tags"])

    about = organization.describe_organization()["Organization"]
    yield "aws.organizations.organization", about["Arn"], about["Id"], {}
    for root in pages(organization, "list_roots", "Roots"):
        yield "aws.organizations.root", root["Arn"], root["Name"], tags(root["Id"])
        yield from units_under(organization, root["Id"], tags)
    for child in pages(organization, "list_accounts", "Accounts"):
        yield "aws.organizations.account", child["Arn"], child["Name"], tags(child["Id"])


def truth(env, account, region):
    stacks = env.client("cloudformation", account, region)
    for stack in pages(stacks, "describe_stacks", "Stacks"):
        yield "aws.cloudformation.stack", stack["StackId"], stack["StackName"], mapped(stack.get("Tags"))
    watch = env.client("cloudwatch", account, region)
    for alarm in pages(watch, "describe_alarms", "MetricAlarms", AlarmTypes=["MetricAlarm"]):
        tags = mapped(watch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"])
        yield "aws.cloudwatch.alarm", alarm["AlarmArn"], alarm["AlarmName"], tags
    logs = env.client("logs", account, region)
    for group in pages(logs, "describe_log_groups", "logGroups"):
        found = group["arn"].removesuffix(":*")
        tags = logs.list_tags_for_resource(resourceArn=found).get("tags")
        yield "aws.logs.log-group", found, group["logGroupName"], tags
    trails = env.client("cloudtrail", account, region)
    for trail in trails.describe_trails(includeShadowTrails=False)["trailList"]:
        found = trail["TrailARN"]
        tags = trails.list_tags(ResourceIdList=[found])["ResourceTagList"][0]["TagsList"]
        yield "aws.cloudtrail.trail", found, trail["Name"], mapped(tags)
    builds = env.client("codebuild", account, region)
    for name in pages(builds, "list_projects", "projects"):
        project = builds.batch_get_projects(names=[name])["projects"][0]
        yield "aws.codebuild.project", project["arn"], name, mapped(project.get("tags"), "key", "value")
    pipelines = env.client("codepipeline", account, region)
    for pipeline in pages(pipelines, "list_pipelines", "pipelines"):
        found = pipelines.get_pipeline(name=pipeline["name"])["metadata"]["pipelineArn"]
        tags = pipelines.list_tags_for_resource(resourceArn=found)["tags"]
        yield "aws.codepipeline.pipeline", found, pipeline["name"], mapped(tags, "key", "value")
    catalog = env.client("servicecatalog", account, region)
    for portfolio in pages(catalog, "list_portfolios", "PortfolioDetails"):
        tags = mapped(catalog.describe_portfolio(Id=portfolio["Id"]).get("Tags"))
        yield "aws.servicecatalog.portfolio", portfolio["ARN"], portfolio["DisplayName"], tags


def edges(env):
    for account in env.accounts:
        organization = env.client("organizations", account)
        root = organization.list_roots()["Roots"][0]
        above, units = [root], []
        while above:
            parent = above.pop()
            found = organization.list_organizational_units_for_parent(ParentId=parent["Id"])
            for unit in found["OrganizationalUnits"]:
                yield unit["Arn"], "child-of", parent["Arn"]
                above.append(unit)
                units.append(unit)
        for unit in units:
            for child in organization.list_accounts_for_parent(ParentId=unit["Id"])["Accounts"]:
                yield child["Arn"], "child-of", unit["Arn"]
        for child in organization.list_accounts_for_parent(ParentId=root["Id"])["Accounts"]:
            yield child["Arn"], "child-of", root["Arn"]
    for account, region in env.places():

        def arn(service, what):
            return f"arn:aws:{service}:{region}:{account}:{what}"

        topic = arn("sns", "man-alarms")
        bucket = f"arn:aws:s3:::man-trail-{account}-{region}"
        stacks = env.client("cloudformation", account, region)
        for stack in pages(stacks, "describe_stacks", "Stacks"):
            name, found = stack["StackName"], stack["StackId"]
            if not name.startswith("man-stack-"):
                continue
            yield arn("sqs", name), "part-of", found
            yield arn("sns", name), "part-of", found
            yield arn("logs", f"log-group:/man/stack-{name[-1]}"), "part-of", found
            yield found, "runs-as", role(account, "man-stack")
            yield found, "publishes-to", topic
        yield arn("cloudwatch", "alarm:man-alarm-0"), "watches", arn("sqs", "man-stack-0")
        yield arn("cloudwatch", "alarm:man-alarm-1"), "watches", arn("lambda", "function:man-worker")
        for i in range(2):
            yield arn("cloudwatch", f"alarm:man-alarm-{i}"), "publishes-to", topic
            trail = arn("cloudtrail", f"trail/man-trail-{i}")
            yield trail, "logs-to", bucket
            yield trail, "logs-to", arn("logs", "log-group:/man/group-0")
            yield trail, "runs-as", role(account, "man-trail")
            project = arn("codebuild", f"project/man-build-{i}")
            yield project, "runs-as", role(account, "man-build")
            yield project, "uses", bucket
            pipeline = arn("codepipeline", f"man-pipeline-{i}")
            yield pipeline, "runs-as", role(account, f"man-pipeline-{region}")
            yield pipeline, "uses", bucket
            yield pipeline, "uses", arn("codebuild", "project/man-build-0")
        groups = env.client("logs", account, region).describe_log_groups(logGroupNamePrefix="/man/group-1")
        key = next(g["kmsKeyId"] for g in groups["logGroups"] if g["logGroupName"] == "/man/group-1")
        yield arn("logs", "log-group:/man/group-1"), "encrypted-by", key


def churn(env):
    for account in env.accounts:
        organization = env.client("organizations", account)
        for child in organization.list_accounts()["Accounts"]:
            if child["Name"] == "man-account-1":
                organization.tag_resource(ResourceId=child["Id"], Tags=listed({"team": "moved"}))
    for account, region in env.places():
        stacks = env.client("cloudformation", account, region)
        stacks.delete_stack(StackName="man-stack-2")
        watch = env.client("cloudwatch", account, region)
        watch.delete_alarms(AlarmNames=["man-alarm-2"])
        watch.set_alarm_state(AlarmName="man-alarm-0", StateValue="ALARM", StateReason="y")
        found = f"arn:aws:cloudwatch:{region}:{account}:alarm:man-alarm-1"
        watch.tag_resource(ResourceARN=found, Tags=listed({"team": "moved"}))
        logs = env.client("logs", account, region)
        logs.delete_log_group(logGroupName="/man/group-5")
        logs.delete_log_group(logGroupName="/man/group-6")
        logs.create_log_group(logGroupName="/man/group-6", tags={"made": "anew"})
        logs.put_retention_policy(logGroupName="/man/group-2", retentionInDays=7)
        trails = env.client("cloudtrail", account, region)
        trails.stop_logging(Name="man-trail-0")
        builds = env.client("codebuild", account, region)
        builds.delete_project(name="man-build-2")
        pipelines = env.client("codepipeline", account, region)
        pipelines.delete_pipeline(name="man-pipeline-2")
        catalog = env.client("servicecatalog", account, region)
        for portfolio in catalog.list_portfolios()["PortfolioDetails"]:
            if portfolio["DisplayName"] == "man-portfolio-2":
                catalog.delete_portfolio(Id=portfolio["Id"])
