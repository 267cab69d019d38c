"""Storage: S3, EFS, FSx, Glacier, Backup. moto tells no tags of Glacier vaults: they are filled, not compared."""

import json

MANY = {f"tag-{n:02}": f"value {n}" for n in range(42)}
EDGES = []


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


def bucket(account, region, n):
    return f"estate-{account}-{region}-{n}"


def fill(env):
    for account in env.accounts:
        role = env.client("iam", account).create_role(
            RoleName="storage-replication",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}),
        )["Role"]["Arn"]
        for region in env.regions:
            place = Place(env, account, region)
            place.buckets(role)
            place.file_systems()
            place.vaults()


class Place:
    def __init__(self, env, account, region):
        self.env, self.account, self.region = env, account, region
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.71.0.0/16")["Vpc"]["VpcId"]
        zone = ec2.describe_availability_zones()["AvailabilityZones"]
        self.vpc = vpc
        self.subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.71.{n}.0/24", AvailabilityZone=zone[n]["ZoneName"])["Subnet"][
                "SubnetId"
            ]
            for n in range(2)
        ]
        self.group = ec2.create_security_group(GroupName="storage", Description="storage", VpcId=vpc)["GroupId"]
        self.key = self.client("kms").create_key(Description="storage")["KeyMetadata"]["Arn"]

    def client(self, service):
        return self.env.client(service, self.account, self.region)

    def ec2(self, kind, identity):
        return f"arn:aws:ec2:{self.region}:{self.account}:{kind}/{identity}"

    def buckets(self, role):
        s3 = self.client("s3")
        topic = self.client("sns").create_topic(Name="bucket-events")["TopicArn"]
        queue = self.client("sqs").create_queue(QueueName="bucket-events")["QueueUrl"]
        queue = f"arn:aws:sqs:{self.region}:{self.account}:{queue.rsplit('/', 1)[1]}"
        where = {}
        if self.region != "us-east-1":
            where = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        for n in range(4):
            name = bucket(self.account, self.region, n)
            arn = f"arn:aws:s3:::{name}"
            s3.create_bucket(Bucket=name, **where)
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(tags(n, name))}) if n != 3 else None
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
            if n == 0:
                # The delivery group may write to the bucket that takes the logs.
                s3.put_bucket_acl(
                    Bucket=name,
                    AccessControlPolicy={
                        "Owner": s3.get_bucket_acl(Bucket=name)["Owner"],
                        "Grants": [
                            {
                                "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"},
                                "Permission": right,
                            }
                            for right in ("WRITE", "READ_ACP")
                        ],
                    },
                )
            if n == 1:
                first = bucket(self.account, self.region, 0)
                s3.put_bucket_logging(
                    Bucket=name, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": first, "TargetPrefix": "a/"}}
                )
                s3.put_bucket_encryption(
                    Bucket=name,
                    ServerSideEncryptionConfiguration={
                        "Rules": [
                            {
                                "ApplyServerSideEncryptionByDefault": {
                                    "SSEAlgorithm": "aws:kms",
                                    "KMSMasterKeyID": self.key,
                                }
                            }
                        ]
                    },
                )
                s3.put_public_access_block(
                    Bucket=name,
                    PublicAccessBlockConfiguration={
                        "BlockPublicAcls": True,
                        "IgnorePublicAcls": True,
                        "BlockPublicPolicy": True,
                        "RestrictPublicBuckets": True,
                    },
                )
                EDGES.append((arn, "logs-to", f"arn:aws:s3:::{first}"))
                EDGES.append((arn, "encrypted-by", self.key))
            if n == 2:
                first = f"arn:aws:s3:::{bucket(self.account, self.region, 0)}"
                s3.put_bucket_replication(
                    Bucket=name,
                    ReplicationConfiguration={
                        "Role": role,
                        "Rules": [
                            {"ID": "all", "Priority": 1, "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": first}}
                        ],
                    },
                )
                s3.put_bucket_lifecycle_configuration(
                    Bucket=name,
                    LifecycleConfiguration={
                        "Rules": [{"ID": "old", "Prefix": "", "Status": "Enabled", "Expiration": {"Days": 30}}]
                    },
                )
                s3.put_bucket_notification_configuration(
                    Bucket=name,
                    NotificationConfiguration={
                        "TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}],
                        "QueueConfigurations": [{"QueueArn": queue, "Events": ["s3:ObjectRemoved:*"]}],
                    },
                )
                EDGES.append((arn, "replicates-to", first))
                EDGES.append((arn, "runs-as", role))
                EDGES.append((arn, "publishes-to", topic))
                EDGES.append((arn, "publishes-to", queue))

    def file_systems(self):
        efs, fsx = self.client("efs"), self.client("fsx")
        for n in range(3):
            made = efs.create_file_system(
                CreationToken=f"files-{n}", Encrypted=True, KmsKeyId=self.key, Tags=pairs(tags(n, f"files-{n}"))
            )
            identity, arn = made["FileSystemId"], made["FileSystemArn"]
            EDGES.append((arn, "encrypted-by", self.key))
            if n < 2:
                for subnet in self.subnets:
                    target = efs.create_mount_target(FileSystemId=identity, SubnetId=subnet, SecurityGroups=[self.group])
                    end = mount_target(self.account, self.region, target["MountTargetId"])
                    EDGES.append((end, "part-of", arn))
                    EDGES.append((end, "runs-in", self.ec2("subnet", subnet)))
                    EDGES.append((end, "runs-in", self.ec2("vpc", self.vpc)))
                    EDGES.append((end, "protected-by", self.ec2("security-group", self.group)))
                    EDGES.append((end, "uses", self.ec2("network-interface", target["NetworkInterfaceId"])))
                efs.put_lifecycle_configuration(FileSystemId=identity, LifecyclePolicies=[{"TransitionToIA": "AFTER_30_DAYS"}])
                point = efs.create_access_point(
                    ClientToken=f"point-{n}", FileSystemId=identity, Tags=pairs(tags(n + 1, f"point-{n}"))
                )
                EDGES.append((point["AccessPointArn"], "part-of", arn))
            made = fsx.create_file_system(
                FileSystemType="LUSTRE",
                StorageCapacity=1200,
                StorageType="SSD",
                SubnetIds=[self.subnets[0]],
                SecurityGroupIds=[self.group],
                KmsKeyId=self.key,
                Tags=pairs(tags(n, f"lustre-{n}")),
            )["FileSystem"]
            EDGES.append((made["ResourceARN"], "runs-in", self.ec2("subnet", self.subnets[0])))

    def vaults(self):
        glacier, backup = self.client("glacier"), self.client("backup")
        for n in range(3):
            glacier.create_vault(accountId="-", vaultName=f"archive-{n}")
            vault = backup.create_backup_vault(
                BackupVaultName=f"vault-{n}", BackupVaultTags=tags(n, f"vault-{n}"), EncryptionKeyArn=self.key
            )["BackupVaultArn"]
            EDGES.append((vault, "encrypted-by", self.key))
            plan = backup.create_backup_plan(
                BackupPlan={
                    "BackupPlanName": f"plan-{n}",
                    "Rules": [{"RuleName": "daily", "TargetBackupVaultName": f"vault-{n}"}],
                },
                BackupPlanTags=tags(n, f"plan-{n}"),
            )["BackupPlanArn"]
            EDGES.append((plan, "uses", vault))


def mount_target(account, region, identity):
    return f"arn:aws:elasticfilesystem:{region}:{account}:mount-target/{identity}"


def truth_global(env, account):
    s3 = env.client("s3", account)
    for found in s3.list_buckets()["Buckets"]:
        name = found["Name"]
        region = s3.get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1"
        try:
            marks = unpaired(s3.get_bucket_tagging(Bucket=name)["TagSet"])
        except s3.exceptions.ClientError:
            marks = {}
        yield "aws.s3.bucket", f"arn:aws:s3:::{name}", name, marks, region


def truth(env, account, region):
    efs = env.client("efs", account, region)
    for page in efs.get_paginator("describe_file_systems").paginate():
        for f in page["FileSystems"]:
            marks = unpaired(f["Tags"])
            yield "aws.efs.file-system", f["FileSystemArn"], marks.get("Name", f["FileSystemId"]), marks
            for t in efs.describe_mount_targets(FileSystemId=f["FileSystemId"])["MountTargets"]:
                identity = t["MountTargetId"]
                yield "aws.efs.mount-target", mount_target(account, region, identity), identity, {}
    for p in efs.describe_access_points()["AccessPoints"]:
        marks = unpaired(p["Tags"])
        yield "aws.efs.access-point", p["AccessPointArn"], marks.get("Name", p["AccessPointId"]), marks
    for f in env.client("fsx", account, region).describe_file_systems()["FileSystems"]:
        marks = unpaired(f.get("Tags", []))
        yield "aws.fsx.file-system", f["ResourceARN"], marks.get("Name", f["FileSystemId"]), marks
    backup = env.client("backup", account, region)
    for v in backup.list_backup_vaults()["BackupVaultList"]:
        arn = v["BackupVaultArn"]
        yield "aws.backup.vault", arn, v["BackupVaultName"], backup.list_tags(ResourceArn=arn)["Tags"]
    for p in backup.list_backup_plans()["BackupPlansList"]:
        arn = p["BackupPlanArn"]
        yield "aws.backup.plan", arn, p["BackupPlanName"], backup.list_tags(ResourceArn=arn)["Tags"]


def edges(env):
    return EDGES


def churn(env):
    for account, region in env.places():
        s3 = env.client("s3", account, region)
        gone = bucket(account, region, 3)
        s3.delete_bucket(Bucket=gone)
        s3.put_bucket_tagging(
            Bucket=bucket(account, region, 0), Tagging={"TagSet": pairs({"Name": "changed", "new": "yes"})}
        )
        efs = env.client("efs", account, region)
        for f in efs.describe_file_systems()["FileSystems"]:
            if f["CreationToken"] == "files-2":
                efs.delete_file_system(FileSystemId=f["FileSystemId"])
                EDGES[:] = [e for e in EDGES if f["FileSystemArn"] not in e]
        efs.create_file_system(CreationToken="files-2", Tags=pairs({"Name": "files-2"}))
        glacier = env.client("glacier", account, region)
        glacier.delete_vault(accountId="-", vaultName="archive-2")
        backup = env.client("backup", account, region)
        backup.delete_backup_vault(BackupVaultName="vault-0")
        backup.create_backup_vault(BackupVaultName="vault-0", BackupVaultTags={"again": "1"})
        arn = f"arn:aws:backup:{region}:{account}:backup-vault:vault-0"
        EDGES[:] = [e for e in EDGES if e[0] != arn]
