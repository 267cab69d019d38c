"""Analytics, AI and images: Kinesis, Firehose, Athena, Glue, MSK, SageMaker, Comprehend, ECR.

moto has no lists of Rekognition, and on loopback it tells the EMR clusters of every region as those of one.
"""

import json

MANY = {f"tag-{n:02}": f"value {n}" for n in range(42)}
EDGES = []
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def tags(n, name):
    """Of every third thing many, of the next some with odd values, of the last none but its name."""
    if n % 3 == 0:
        return {"Name": name, **MANY}
    if n % 3 == 1:
        return {"Name": name, "Stadt": "Zürich 日本", "empty": ""}
    return {"Name": name}


def pairs(tags):
    return [{"Key": k, "Value": v} for k, v in tags.items()]


def unpaired(found):
    return {t["Key"]: t.get("Value", "") for t in found}


def role(account):
    return f"arn:aws:iam::{account}:role/analytics"


def lake(account, region):
    return f"lake-{account}-{region}"


def fill(env):
    for account in env.accounts:
        env.client("iam", account).create_role(RoleName="analytics", AssumeRolePolicyDocument=TRUST)
        for region in env.regions:
            place = Place(env, account, region)
            place.streams()
            place.glue_and_athena()
            place.kafka()
            place.sagemaker()
            place.comprehend()
            place.images()


class Place:
    def __init__(self, env, account, region):
        self.env, self.account, self.region = env, account, region
        ec2 = self.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.73.0.0/16")["Vpc"]["VpcId"]
        self.subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.73.0.0/24")["Subnet"]["SubnetId"]
        self.group = ec2.create_security_group(GroupName="data", Description="data", VpcId=self.vpc)["GroupId"]
        self.key = self.client("kms").create_key(Description="analytics")["KeyMetadata"]["Arn"]
        self.role = role(account)
        self.lake = lake(account, region)
        where = {}
        if region != "us-east-1":
            where = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self.client("s3").create_bucket(Bucket=self.lake, **where)
        self.bucket = f"arn:aws:s3:::{self.lake}"

    def client(self, service):
        return self.env.client(service, self.account, self.region)

    def arn(self, service, rest):
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"

    def edge(self, start, relation, end):
        EDGES.append((start, relation, end))

    def within(self, start):
        self.edge(start, "runs-in", self.arn("ec2", f"subnet/{self.subnet}"))
        self.edge(start, "protected-by", self.arn("ec2", f"security-group/{self.group}"))

    def streams(self):
        kinesis = self.client("kinesis")
        for n in range(3):
            self.stream(n)
        arn = self.arn("kinesis", "stream/stream-0")
        kinesis.start_stream_encryption(StreamName="stream-0", EncryptionType="KMS", KeyId=self.key)
        self.edge(arn, "encrypted-by", self.key)
        for n in range(2):
            consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=f"consumer-{n}")
            self.edge(consumer["Consumer"]["ConsumerARN"], "subscribes-to", arn)
        for n in range(3):
            source = {}
            if n == 0:
                source = {
                    "DeliveryStreamType": "KinesisStreamAsSource",
                    "KinesisStreamSourceConfiguration": {"KinesisStreamARN": arn, "RoleARN": self.role},
                }
            made = self.client("firehose").create_delivery_stream(
                DeliveryStreamName=f"delivery-{n}",
                ExtendedS3DestinationConfiguration={"RoleARN": self.role, "BucketARN": self.bucket},
                Tags=pairs(tags(n, f"delivery-{n}")),
                **source,
            )["DeliveryStreamARN"]
            self.edge(made, "publishes-to", self.bucket)
            self.edge(made, "runs-as", self.role)
            if n == 0:
                self.edge(made, "subscribes-to", arn)

    def stream(self, n):
        self.client("kinesis").create_stream(StreamName=f"stream-{n}", ShardCount=1, Tags=tags(n, f"stream-{n}"))

    def glue_and_athena(self):
        glue, athena = self.client("glue"), self.client("athena")
        for n in range(2):
            name = f"lake-{n}"
            glue.create_database(
                DatabaseInput={"Name": name, "LocationUri": f"s3://{self.lake}/{n}/"}, Tags=tags(n, name)
            )
            database = self.arn("glue", f"database/{name}")
            self.edge(database, "uses", self.bucket)
            glue.create_job(
                Name=f"job-{n}",
                Role=self.role,
                Command={"Name": "glueetl", "ScriptLocation": f"s3://{self.lake}/script.py"},
                DefaultArguments={"--password": "not-a-secret"},
                Tags=tags(n, f"job-{n}"),
            )
            job = self.arn("glue", f"job/job-{n}")
            self.edge(job, "runs-as", self.role)
            self.edge(job, "uses", self.bucket)
            glue.create_crawler(
                Name=f"crawler-{n}",
                Role=self.role,
                DatabaseName=name,
                Targets={"S3Targets": [{"Path": f"s3://{self.lake}/{n}/"}]},
                Tags=tags(n, f"crawler-{n}"),
            )
            crawler = self.arn("glue", f"crawler/crawler-{n}")
            self.edge(crawler, "uses", database)
            self.edge(crawler, "uses", self.bucket)
            self.edge(crawler, "runs-as", self.role)
            athena.create_work_group(
                Name=f"team-{n}",
                Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{self.lake}/results/"}},
                Tags=pairs(tags(n, f"team-{n}")),
            )
            self.edge(self.arn("athena", f"workgroup/team-{n}"), "publishes-to", self.bucket)

    def kafka(self):
        for n in range(2):
            made = self.client("kafka").create_cluster_v2(
                ClusterName=f"msk-{n}",
                Tags=tags(n, f"msk-{n}"),
                Provisioned={
                    "BrokerNodeGroupInfo": {
                        "InstanceType": "kafka.m5.large",
                        "ClientSubnets": [self.subnet],
                        "SecurityGroups": [self.group],
                    },
                    "KafkaVersion": "3.5.1",
                    "NumberOfBrokerNodes": 2,
                },
            )["ClusterArn"]
            self.within(made)

    def sagemaker(self):
        sage = self.client("sagemaker")
        image = f"{self.account}.dkr.ecr.{self.region}.amazonaws.com/app-0:1"
        for n in range(2):
            mark = pairs(tags(n, f"ml-{n}"))
            book = sage.create_notebook_instance(
                NotebookInstanceName=f"book-{n}",
                InstanceType="ml.t3.medium",
                SubnetId=self.subnet,
                SecurityGroupIds=[self.group],
                RoleArn=self.role,
                KmsKeyId=self.key,
                Tags=mark,
            )["NotebookInstanceArn"]
            self.within(book)
            self.edge(book, "runs-as", self.role)
            self.edge(book, "encrypted-by", self.key)
            model = sage.create_model(
                ModelName=f"model-{n}",
                ExecutionRoleArn=self.role,
                PrimaryContainer={
                    "Image": image,
                    "ModelDataUrl": f"s3://{self.lake}/model.tgz",
                    "Environment": {"TOKEN": "not-a-secret"},
                },
                VpcConfig={"Subnets": [self.subnet], "SecurityGroupIds": [self.group]},
                Tags=mark,
            )["ModelArn"]
            self.within(model)
            self.edge(model, "runs-as", self.role)
            self.edge(model, "uses", self.bucket)
            self.edge(model, "made-from", self.arn("ecr", "repository/app-0"))
            variant = {
                "VariantName": "all",
                "ModelName": f"model-{n}",
                "InitialInstanceCount": 1,
                "InstanceType": "ml.m5.large",
                "InitialVariantWeight": 1.0,
            }
            config = sage.create_endpoint_config(
                EndpointConfigName=f"config-{n}", ProductionVariants=[variant], KmsKeyId=self.key, Tags=mark
            )["EndpointConfigArn"]
            self.edge(config, "uses", model)
            self.edge(config, "encrypted-by", self.key)
            end = sage.create_endpoint(EndpointName=f"end-{n}", EndpointConfigName=f"config-{n}", Tags=mark)["EndpointArn"]
            self.edge(end, "uses", config)
            job = sage.create_training_job(
                TrainingJobName=f"train-{n}",
                AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
                RoleArn=self.role,
                OutputDataConfig={"S3OutputPath": f"s3://{self.lake}/out", "KmsKeyId": self.key},
                ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
                StoppingCondition={"MaxRuntimeInSeconds": 60},
                Tags=mark,
            )["TrainingJobArn"]
            self.edge(job, "runs-as", self.role)
            self.edge(job, "publishes-to", self.bucket)

    def comprehend(self):
        comprehend = self.client("comprehend")
        for n in range(2):
            model = comprehend.create_document_classifier(
                DocumentClassifierName=f"classes-{n}",
                DataAccessRoleArn=self.role,
                LanguageCode="en",
                InputDataConfig={"S3Uri": f"s3://{self.lake}/docs"},
                VolumeKmsKeyId=self.key,
                Tags=pairs(tags(n, f"classes-{n}")),
            )["DocumentClassifierArn"]
            self.edge(model, "runs-as", self.role)
            self.edge(model, "uses", self.bucket)
            self.edge(model, "encrypted-by", self.key)
            names = comprehend.create_entity_recognizer(
                RecognizerName=f"names-{n}",
                DataAccessRoleArn=self.role,
                LanguageCode="en",
                InputDataConfig={"EntityTypes": [{"Type": "X"}], "Documents": {"S3Uri": f"s3://{self.lake}/docs"}},
                Tags=pairs(tags(n + 1, f"names-{n}")),
            )["EntityRecognizerArn"]
            self.edge(names, "runs-as", self.role)
            self.edge(names, "uses", self.bucket)
            end = comprehend.create_endpoint(
                EndpointName=f"nlp-{n}", ModelArn=model, DesiredInferenceUnits=1, Tags=pairs(tags(n, f"nlp-{n}"))
            )["EndpointArn"]
            self.edge(end, "uses", model)

    def images(self):
        for n in range(3):
            made = self.client("ecr").create_repository(
                repositoryName=f"app-{n}",
                encryptionConfiguration={"encryptionType": "KMS", "kmsKey": self.key},
                tags=pairs(tags(n, f"app-{n}")),
            )["repository"]["repositoryArn"]
            self.edge(made, "encrypted-by", self.key)


def paged(client, operation, key, **arguments):
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[key]


def truth(env, account, region):
    def client(service):
        return env.client(service, account, region)

    def arn(service, rest):
        return f"arn:aws:{service}:{region}:{account}:{rest}"

    kinesis = client("kinesis")
    for name in paged(kinesis, "list_streams", "StreamNames"):
        start = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
        marks, more = [], True
        while more:
            after = {"ExclusiveStartTagKey": marks[-1]["Key"]} if marks else {}
            page = kinesis.list_tags_for_stream(StreamName=name, **after)
            marks, more = marks + page["Tags"], page["HasMoreTags"]
        yield "aws.kinesis.stream", start, name, unpaired(marks)
        for consumer in paged(kinesis, "list_stream_consumers", "Consumers", StreamARN=start):
            yield "aws.kinesis.consumer", consumer["ConsumerARN"], consumer["ConsumerName"], {}
    for name in client("firehose").list_delivery_streams(Limit=100)["DeliveryStreamNames"]:
        marks = client("firehose").list_tags_for_delivery_stream(DeliveryStreamName=name, Limit=50)["Tags"]
        yield "aws.firehose.delivery-stream", arn("firehose", f"deliverystream/{name}"), name, unpaired(marks)
    glue = client("glue")
    for thing, operation, key in (
        ("database", "get_databases", "DatabaseList"),
        ("job", "get_jobs", "Jobs"),
        ("crawler", "get_crawlers", "Crawlers"),
    ):
        for found in paged(glue, operation, key):
            identity = arn("glue", f"{thing}/{found['Name']}")
            yield f"aws.glue.{thing}", identity, found["Name"], glue.get_tags(ResourceArn=identity)["Tags"]
    athena = client("athena")
    for group in athena.list_work_groups()["WorkGroups"]:
        identity = arn("athena", f"workgroup/{group['Name']}")
        marks = paged(athena, "list_tags_for_resource", "Tags", ResourceARN=identity)
        yield "aws.athena.workgroup", identity, group["Name"], unpaired(marks)
    for c in paged(client("kafka"), "list_clusters_v2", "ClusterInfoList"):
        yield "aws.kafka.cluster", c["ClusterArn"], c["ClusterName"], c["Tags"]
    for r in paged(client("ecr"), "describe_repositories", "repositories"):
        marks = client("ecr").list_tags_for_resource(resourceArn=r["repositoryArn"])["tags"]
        yield "aws.ecr.repository", r["repositoryArn"], r["repositoryName"], unpaired(marks)
    yield from truth_ai(client("sagemaker"), client("comprehend"))


def truth_ai(sage, comprehend):
    for thing, operation, key, field in (
        ("notebook-instance", "list_notebook_instances", "NotebookInstances", "NotebookInstance"),
        ("endpoint", "list_endpoints", "Endpoints", "Endpoint"),
        ("endpoint-config", "list_endpoint_configs", "EndpointConfigs", "EndpointConfig"),
        ("model", "list_models", "Models", "Model"),
        ("training-job", "list_training_jobs", "TrainingJobSummaries", "TrainingJob"),
    ):
        for found in paged(sage, operation, key):
            identity = found[field + "Arn"]
            marks = paged(sage, "list_tags", "Tags", ResourceArn=identity)
            yield f"aws.sagemaker.{thing}", identity, found[field + "Name"], unpaired(marks)
    for thing, operation, key, field, at in (
        ("endpoint", "list_endpoints", "EndpointPropertiesList", "EndpointArn", -1),
        ("document-classifier", "list_document_classifiers", "DocumentClassifierPropertiesList", "DocumentClassifierArn", 1),
        ("entity-recognizer", "list_entity_recognizers", "EntityRecognizerPropertiesList", "EntityRecognizerArn", 1),
    ):
        for found in paged(comprehend, operation, key):
            identity = found[field]
            marks = comprehend.list_tags_for_resource(ResourceArn=identity)["Tags"]
            yield f"aws.comprehend.{thing}", identity, identity.split("/")[at], unpaired(marks)


def edges(env):
    return EDGES


def forget(arn):
    EDGES[:] = [e for e in EDGES if arn not in e]


def churn(env):
    for account, region in env.places():
        kinesis = env.client("kinesis", account, region)
        for n in (1, 2):
            kinesis.delete_stream(StreamName=f"stream-{n}")
        kinesis.create_stream(StreamName="stream-1", ShardCount=2, Tags={"again": "1"})
        glue = env.client("glue", account, region)
        glue.delete_job(JobName="job-1")
        forget(f"arn:aws:glue:{region}:{account}:job/job-1")
        ecr = env.client("ecr", account, region)
        start = f"arn:aws:ecr:{region}:{account}:repository/app-"
        ecr.delete_repository(repositoryName="app-2")
        forget(start + "2")
        ecr.tag_resource(resourceArn=start + "1", tags=pairs({"new": "yes"}))
        env.client("sagemaker", account, region).delete_endpoint(EndpointName="end-1")
        forget(f"arn:aws:sagemaker:{region}:{account}:endpoint/end-1")
