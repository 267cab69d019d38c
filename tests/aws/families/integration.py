"""What passes messages and calls on: SQS, SNS, EventBridge, Step Functions, API Gateway, MQ, Transfer, AppSync."""

import json

MANY = {f"tag-{i:02}": f"value {i}" for i in range(44)}
ODD = {"Name": "größe-名前", "empty": "", "team": "media", "a/b:c=d+e@f": "x y"}
FLOW = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})

# Scheduler wants a value.
FULL = {k: v for k, v in ODD.items() if v}


def listed(tags, key="Key", value="Value"):
    return [{key: k, value: v} for k, v in tags.items()]


def mapped(tags, key="Key", value="Value"):
    return {t[key]: t.get(value, "") for t in tags or []}


def pages(client, operation, field, **arguments):
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page.get(field, [])


class Place:
    """The ARNs of one account and region."""

    def __init__(self, account, region):
        self.account, self.region = account, region

    def arn(self, service, what):
        return f"arn:aws:{service}:{self.region}:{self.account}:{what}"

    def queue(self, i):
        return self.arn("sqs", f"int-queue-{i}")

    def topic(self, i):
        return self.arn("sns", f"int-topic-{i}")

    def function(self, name="int-worker"):
        return self.arn("lambda", f"function:{name}")

    def role(self, name):
        return f"arn:aws:iam::{self.account}:role/{name}"


def fill_messages(env, place):
    sqs = env.client("sqs", place.account, place.region)
    # More than a thousand would be needed for a second page of queues.
    urls = []
    for i in range(6):
        attributes = {"VisibilityTimeout": "45"}
        if i == 1:
            dead = {"deadLetterTargetArn": place.queue(0), "maxReceiveCount": 5}
            attributes = {"RedrivePolicy": json.dumps(dead), "KmsMasterKeyId": "alias/aws/sqs"}
        tags = MANY if i == 0 else ODD if i < 5 else {}
        urls.append(sqs.create_queue(QueueName=f"int-queue-{i}", Attributes=attributes, tags=tags)["QueueUrl"])
    sns = env.client("sns", place.account, place.region)
    # moto gives topics and subscriptions in pages of a hundred: more than one in one place.
    many = place.region == "us-east-1"
    for i in range(104 if many else 10):
        tags = listed(MANY if i == 1 else ODD) if i < 4 else []
        sns.create_topic(Name=f"int-topic-{i}", Tags=tags)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": place.queue(2),
                "Condition": {"ArnEquals": {"aws:SourceArn": place.topic(0)}},
            },
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": place.queue(2),
                "Condition": {"ArnLike": {"aws:SourceArn": [place.topic(1), place.topic(2)]}},
            },
        ],
    }
    sqs.set_queue_attributes(QueueUrl=urls[2], Attributes={"Policy": json.dumps(policy)})
    for i in range(3):
        dead = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": place.queue(0)})} if i == 0 else {}
        sns.subscribe(TopicArn=place.topic(i), Protocol="sqs", Endpoint=place.queue(2), Attributes=dead)
    sns.subscribe(TopicArn=place.topic(0), Protocol="sqs", Endpoint=place.queue(3))
    for i in range(100 if many else 2):
        sns.subscribe(TopicArn=place.topic(5), Protocol="email", Endpoint=f"ops{i}@example.com")


def fill_events(env, place):
    events = env.client("events", place.account, place.region)
    for i in range(2):
        events.create_event_bus(Name=f"int-bus-{i}", Tags=listed(MANY if i else ODD))
    for i in range(4):
        bus = "default" if i < 2 else "int-bus-0"
        when = {"ScheduleExpression": "rate(5 minutes)"} if i < 2 else {"EventPattern": '{"source":["acme"]}'}
        state = "DISABLED" if i == 1 else "ENABLED"
        tags = listed(MANY if i == 0 else ODD)
        role = {"RoleArn": place.role("int-events")} if i == 0 else {}
        events.put_rule(Name=f"int-rule-{i}", EventBusName=bus, State=state, Tags=tags, **when, **role)
        targets = [
            {"Id": "q", "Arn": place.queue(4), "DeadLetterConfig": {"Arn": place.queue(0)}},
            {"Id": "f", "Arn": place.function(), "Input": '{"token": "hunter2hunter2"}'},
        ]
        events.put_targets(Rule=f"int-rule-{i}", EventBusName=bus, Targets=targets)
    states = env.client("stepfunctions", place.account, place.region)
    for i in range(3):
        states.create_state_machine(
            name=f"int-flow-{i}",
            definition=FLOW,
            roleArn=place.role("int-flow"),
            tags=listed(MANY if i == 0 else ODD, "key", "value"),
        )


def fill_schedules(env, place):
    schedules = env.client("scheduler", place.account, place.region)
    for i in range(2):
        schedules.create_schedule_group(Name=f"int-group-{i}", Tags=listed(MANY if i else FULL))
    for i in range(4):
        schedules.create_schedule(
            Name=f"int-schedule-{i}",
            GroupName=f"int-group-{i % 2}",
            FlexibleTimeWindow={"Mode": "OFF"},
            ScheduleExpression="rate(5 minutes)",
            Target={
                "Arn": place.function(),
                "RoleArn": place.role("int-schedule"),
                "Input": '{"token": "hunter2hunter2"}',
                "DeadLetterConfig": {"Arn": place.queue(0)},
            },
        )
    pipes = env.client("pipes", place.account, place.region)
    for i in range(3):
        pipes.create_pipe(
            Name=f"int-pipe-{i}",
            Source=place.queue(1),
            Target=place.function(),
            RoleArn=place.role("int-pipe"),
            Tags=MANY if i == 0 else ODD,
        )


def fill_gateways(env, place):
    rest = env.client("apigateway", place.account, place.region)
    lambda_path = f"arn:aws:apigateway:{place.region}:lambda:path/2015-03-31/functions/{place.function()}/invocations"
    for i in range(2):
        api = rest.create_rest_api(name=f"int-rest-{i}", tags=MANY if i else ODD)["id"]
        root = rest.get_resources(restApiId=api)["items"][0]["id"]
        rest.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
        rest.put_integration(
            restApiId=api,
            resourceId=root,
            httpMethod="GET",
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=lambda_path,
            requestParameters={"integration.request.header.x-key": "'hunter2hunter2'"},
        )
        deployment = rest.create_deployment(restApiId=api)["id"]
        for stage in ("live", "test"):
            rest.create_stage(
                restApiId=api,
                stageName=stage,
                deploymentId=deployment,
                tags=ODD,
                variables={"password": "hunter2hunter2"},
            )
    http = env.client("apigatewayv2", place.account, place.region)
    for i in range(2):
        api = http.create_api(Name=f"int-http-{i}", ProtocolType="HTTP", Tags=MANY if i else ODD)["ApiId"]
        uri = place.function() if i else lambda_path
        http.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=uri, PayloadFormatVersion="2.0"
        )
        http.create_stage(ApiId=api, StageName="live", Tags=ODD, StageVariables={"password": "hunter2hunter2"})


def fill_servers(env, place):
    mq = env.client("mq", place.account, place.region)
    transfer = env.client("transfer", place.account, place.region)
    appsync = env.client("appsync", place.account, place.region)
    for i in range(2):
        tags = MANY if i else ODD
        mq.create_broker(
            BrokerName=f"int-broker-{i}",
            AutoMinorVersionUpgrade=False,
            DeploymentMode="SINGLE_INSTANCE",
            EngineType="ACTIVEMQ",
            EngineVersion="5.17.6",
            HostInstanceType="mq.t3.micro",
            PubliclyAccessible=False,
            SubnetIds=[f"subnet-int{i}"],
            Users=[{"Username": "admin", "Password": "hunter2hunter2"}],
            Tags=tags,
        )
        transfer.create_server(Domain="S3", LoggingRole=place.role("int-transfer"), Tags=listed(tags))
        appsync.create_graphql_api(name=f"int-graph-{i}", authenticationType="API_KEY", tags=tags)


def fill(env):
    for account, region in env.places():
        place = Place(account, region)
        fill_messages(env, place)
        fill_events(env, place)
        fill_schedules(env, place)
        fill_gateways(env, place)
        fill_servers(env, place)


def truth(env, account, region):
    sqs = env.client("sqs", account, region)
    for url in pages(sqs, "list_queues", "QueueUrls"):
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        tags = sqs.list_queue_tags(QueueUrl=url).get("Tags")
        yield "aws.sqs.queue", found, found.split(":")[5], tags
    sns = env.client("sns", account, region)
    for topic in pages(sns, "list_topics", "Topics"):
        found = topic["TopicArn"]
        tags = sns.list_tags_for_resource(ResourceArn=found)["Tags"]
        yield "aws.sns.topic", found, found.split(":")[5], mapped(tags)
    for subscription in pages(sns, "list_subscriptions", "Subscriptions"):
        if subscription["SubscriptionArn"].startswith("arn:"):
            yield "aws.sns.subscription", subscription["SubscriptionArn"], subscription["Endpoint"], {}

    events = env.client("events", account, region)
    for bus in events.list_event_buses()["EventBuses"]:
        tags = events.list_tags_for_resource(ResourceARN=bus["Arn"])["Tags"]
        yield "aws.events.event-bus", bus["Arn"], bus["Name"], mapped(tags)
        for rule in pages(events, "list_rules", "Rules", EventBusName=bus["Name"]):
            tags = events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]
            yield "aws.events.rule", rule["Arn"], rule["Name"], mapped(tags)
    states = env.client("stepfunctions", account, region)
    for machine in pages(states, "list_state_machines", "stateMachines"):
        found = machine["stateMachineArn"]
        tags = states.list_tags_for_resource(resourceArn=found)["tags"]
        yield "aws.states.state-machine", found, machine["name"], mapped(tags, "key", "value")

    schedules = env.client("scheduler", account, region)
    for group in pages(schedules, "list_schedule_groups", "ScheduleGroups"):
        tags = mapped(schedules.list_tags_for_resource(ResourceArn=group["Arn"]).get("Tags"))
        yield "aws.scheduler.schedule-group", group["Arn"], group["Name"], tags
    for schedule in pages(schedules, "list_schedules", "Schedules"):
        yield "aws.scheduler.schedule", schedule["Arn"], schedule["Name"], {}
    pipes = env.client("pipes", account, region)
    for pipe in pages(pipes, "list_pipes", "Pipes"):
        yield "aws.pipes.pipe", pipe["Arn"], pipe["Name"], pipes.describe_pipe(Name=pipe["Name"]).get("Tags")

    rest = env.client("apigateway", account, region)
    for api in pages(rest, "get_rest_apis", "items"):
        base = f"arn:aws:apigateway:{region}::/restapis/{api['id']}"
        yield "aws.apigateway.rest-api", base, api["name"], api.get("tags")
        for stage in rest.get_stages(restApiId=api["id"])["item"]:
            name = stage["stageName"]
            yield "aws.apigateway.stage", f"{base}/stages/{name}", name, stage.get("tags")
    http = env.client("apigatewayv2", account, region)
    for api in pages(http, "get_apis", "Items"):
        base = f"arn:aws:apigateway:{region}::/apis/{api['ApiId']}"
        yield "aws.apigateway.api", base, api["Name"], api.get("Tags")
        for stage in pages(http, "get_stages", "Items", ApiId=api["ApiId"]):
            name = stage["StageName"]
            yield "aws.apigateway.api-stage", f"{base}/stages/{name}", name, stage.get("Tags")

    mq = env.client("mq", account, region)
    for broker in pages(mq, "list_brokers", "BrokerSummaries"):
        tags = mq.list_tags(ResourceArn=broker["BrokerArn"]).get("Tags")
        yield "aws.mq.broker", broker["BrokerArn"], broker["BrokerName"], tags
    transfer = env.client("transfer", account, region)
    for server in pages(transfer, "list_servers", "Servers"):
        tags = mapped(transfer.describe_server(ServerId=server["ServerId"])["Server"].get("Tags"))
        yield "aws.transfer.server", server["Arn"], tags.get("Name") or server["ServerId"], tags
    appsync = env.client("appsync", account, region)
    for api in pages(appsync, "list_graphql_apis", "graphqlApis"):
        tags = appsync.list_tags_for_resource(resourceArn=api["arn"])["tags"]
        yield "aws.appsync.graphql-api", api["arn"], api["name"], tags


def edges(env):
    for account, region in env.places():
        place = Place(account, region)
        yield place.queue(1), "dead-letters-to", place.queue(0)
        for i in range(3):
            yield place.topic(i), "publishes-to", place.queue(2)
            yield place.queue(2), "allows-from", place.topic(i)
        yield place.topic(0), "publishes-to", place.queue(3)
        sns = env.client("sns", account, region)
        for subscription in pages(sns, "list_subscriptions", "Subscriptions"):
            if subscription["Protocol"] == "sqs" and ":int-topic-" in subscription["TopicArn"]:
                found = subscription["SubscriptionArn"]
                yield found, "subscribes-to", subscription["TopicArn"]
                yield found, "publishes-to", subscription["Endpoint"]
        events = env.client("events", account, region)
        for bus in events.list_event_buses()["EventBuses"]:
            for rule in events.list_rules(EventBusName=bus["Name"])["Rules"]:
                if rule["Name"].startswith("int-rule-"):
                    yield rule["Arn"], "part-of", bus["Arn"]
                    yield rule["Arn"], "targets", place.queue(4)
                    yield rule["Arn"], "targets", place.function()
                    yield rule["Arn"], "dead-letters-to", place.queue(0)
        yield place.arn("events", "rule/int-rule-0"), "runs-as", place.role("int-events")
        for i in range(2):
            yield place.arn("states", f"stateMachine:int-flow-{i}"), "runs-as", place.role("int-flow")
        for i in range(2):
            schedule = place.arn("scheduler", f"schedule/int-group-{i}/int-schedule-{i}")
            yield schedule, "part-of", place.arn("scheduler", f"schedule-group/int-group-{i}")
            yield schedule, "targets", place.function()
            yield schedule, "runs-as", place.role("int-schedule")
            yield schedule, "dead-letters-to", place.queue(0)
            pipe = place.arn("pipes", f"pipe/int-pipe-{i}")
            yield pipe, "subscribes-to", place.queue(1)
            yield pipe, "targets", place.function()
            yield pipe, "runs-as", place.role("int-pipe")
        rest = env.client("apigateway", account, region)
        for api in pages(rest, "get_rest_apis", "items"):
            if api["name"].startswith("int-rest-"):
                base = f"arn:aws:apigateway:{region}::/restapis/{api['id']}"
                yield base, "routes-to", place.function()
                for stage in rest.get_stages(restApiId=api["id"])["item"]:
                    yield f"{base}/stages/{stage['stageName']}", "part-of", base
        http = env.client("apigatewayv2", account, region)
        for api in pages(http, "get_apis", "Items"):
            if api["Name"].startswith("int-http-"):
                base = f"arn:aws:apigateway:{region}::/apis/{api['ApiId']}"
                yield base, "routes-to", place.function()
                yield f"{base}/stages/live", "part-of", base
        transfer = env.client("transfer", account, region)
        for server in pages(transfer, "list_servers", "Servers"):
            yield server["Arn"], "runs-as", place.role("int-transfer")


def churn(env):
    for account, region in env.places():
        place = Place(account, region)
        sqs = env.client("sqs", account, region)
        url = sqs.get_queue_url(QueueName="int-queue-5")["QueueUrl"]
        sqs.delete_queue(QueueUrl=url)
        url = sqs.get_queue_url(QueueName="int-queue-3")["QueueUrl"]
        sqs.delete_queue(QueueUrl=url)
        sqs.create_queue(QueueName="int-queue-3", tags={"made": "anew"})
        url = sqs.get_queue_url(QueueName="int-queue-4")["QueueUrl"]
        sqs.tag_queue(QueueUrl=url, Tags={"team": "moved"})
        sqs.untag_queue(QueueUrl=url, TagKeys=["empty"])
        sns = env.client("sns", account, region)
        sns.delete_topic(TopicArn=place.topic(9))
        sns.delete_topic(TopicArn=place.topic(8))
        sns.create_topic(Name="int-topic-8", Tags=listed({"made": "anew"}))
        sns.tag_resource(ResourceArn=place.topic(2), Tags=listed({"team": "moved"}))
        events = env.client("events", account, region)
        events.remove_targets(Rule="int-rule-1", Ids=["q", "f"])
        events.delete_rule(Name="int-rule-1")
        events.disable_rule(Name="int-rule-0")
        events.tag_resource(ResourceARN=place.arn("events", "rule/int-rule-0"), Tags=listed({"team": "moved"}))
        states = env.client("stepfunctions", account, region)
        states.delete_state_machine(stateMachineArn=place.arn("states", "stateMachine:int-flow-2"))
        rest = env.client("apigateway", account, region)
        for api in rest.get_rest_apis()["items"]:
            if api["name"] == "int-rest-1":
                rest.delete_stage(restApiId=api["id"], stageName="test")
        schedules = env.client("scheduler", account, region)
        schedules.delete_schedule(Name="int-schedule-3", GroupName="int-group-1")
        env.client("pipes", account, region).delete_pipe(Name="int-pipe-2")
        transfer = env.client("transfer", account, region)
        server = transfer.list_servers()["Servers"][0]
        transfer.delete_server(ServerId=server["ServerId"])
        transfer.create_server(Domain="EFS", LoggingRole=place.role("int-transfer"), Tags=listed({"made": "anew"}))
