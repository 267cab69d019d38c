"""Databases: RDS, Aurora, Neptune, DynamoDB, ElastiCache, MemoryDB, OpenSearch, Redshift.

moto makes no DocumentDB, and cannot list option groups.
"""

MANY = {f"tag-{n:02}": f"value {n}" for n in range(42)}
EDGES = []
PASSWORD = "not-a-secret-1"


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


def fill(env):
    for account, region in env.places():
        place = Place(env, account, region)
        place.rds()
        place.neptune()
        place.dynamodb()
        place.caches()
        place.search_and_warehouse()


class Place:
    def __init__(self, env, account, region):
        self.env, self.account, self.region = env, account, region
        ec2 = self.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.72.0.0/16")["Vpc"]["VpcId"]
        zones = ec2.describe_availability_zones()["AvailabilityZones"]
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.72.{n}.0/24", AvailabilityZone=zones[n]["ZoneName"])[
                "Subnet"
            ]["SubnetId"]
            for n in range(2)
        ]
        self.group = ec2.create_security_group(GroupName="data", Description="data", VpcId=self.vpc)["GroupId"]
        self.key = self.client("kms").create_key(Description="data")["KeyMetadata"]["Arn"]

    def client(self, service):
        return self.env.client(service, self.account, self.region)

    def arn(self, service, rest):
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"

    def edge(self, start, relation, end):
        EDGES.append((start, relation, end))

    def behind(self, start):
        self.edge(start, "protected-by", self.arn("ec2", f"security-group/{self.group}"))

    def within(self, start, relation="runs-in"):
        self.edge(start, "runs-in", self.arn("ec2", f"vpc/{self.vpc}"))
        for subnet in self.subnets:
            self.edge(start, relation, self.arn("ec2", f"subnet/{subnet}"))

    def rds(self):
        rds = self.client("rds")
        for n in range(2):
            name = f"group-{n}"
            mark = pairs(tags(n, name))
            group = rds.create_db_subnet_group(
                DBSubnetGroupName=name, DBSubnetGroupDescription=name, SubnetIds=self.subnets, Tags=mark
            )["DBSubnetGroup"]["DBSubnetGroupArn"]
            self.within(group, "uses")
            rds.create_db_parameter_group(
                DBParameterGroupName=name, DBParameterGroupFamily="mysql8.0", Description=name, Tags=mark
            )
            rds.create_db_cluster_parameter_group(
                DBClusterParameterGroupName=name, DBParameterGroupFamily="aurora-mysql8.0", Description=name, Tags=mark
            )
            rds.create_option_group(
                OptionGroupName=name, EngineName="mysql", MajorEngineVersion="8.0", OptionGroupDescription=name, Tags=mark
            )
        for n in range(4):
            name = f"db-{n}"
            made = rds.create_db_instance(
                DBInstanceIdentifier=name,
                Engine="mysql",
                DBInstanceClass="db.t3.medium",
                AllocatedStorage=20,
                MasterUsername="admin",
                MasterUserPassword=PASSWORD,
                VpcSecurityGroupIds=[self.group],
                DBSubnetGroupName="group-0",
                DBParameterGroupName="group-0",
                StorageEncrypted=True,
                KmsKeyId=self.key,
                Tags=pairs(tags(n, name)),
            )["DBInstance"]["DBInstanceArn"]
            self.behind(made)
            self.within(made)
            self.edge(made, "encrypted-by", self.key)
            self.edge(made, "uses", self.arn("rds", "subgrp:group-0"))
            self.edge(made, "uses", self.arn("rds", "pg:group-0"))
        for n in range(2):
            snapshot = rds.create_db_snapshot(
                DBInstanceIdentifier=f"db-{n}", DBSnapshotIdentifier=f"snap-{n}", Tags=pairs(tags(n, f"snap-{n}"))
            )["DBSnapshot"]["DBSnapshotArn"]
            self.edge(snapshot, "made-from", self.arn("rds", f"db:db-{n}"))
        replica = rds.create_db_instance_read_replica(
            DBInstanceIdentifier="db-replica", SourceDBInstanceIdentifier="db-0", DBInstanceClass="db.t3.medium"
        )["DBInstance"]["DBInstanceArn"]
        self.edge(replica, "replica-of", self.arn("rds", "db:db-0"))
        for n in range(2):
            self.cluster("aurora-mysql", f"aurora-{n}", n, DBClusterParameterGroupName="group-0")
            self.edge(self.arn("rds", f"cluster:aurora-{n}"), "uses", self.arn("rds", "cluster-pg:group-0"))

    def neptune(self):
        for n in range(2):
            self.cluster("neptune", f"graph-{n}", n)

    def cluster(self, engine, name, n, **more):
        rds = self.client("rds")
        if engine != "neptune":
            more |= {"MasterUsername": "admin", "MasterUserPassword": PASSWORD}
        cluster = rds.create_db_cluster(
            DBClusterIdentifier=name,
            Engine=engine,
            DBSubnetGroupName="group-1",
            VpcSecurityGroupIds=[self.group],
            StorageEncrypted=True,
            KmsKeyId=self.key,
            Tags=pairs(tags(n, name)),
            **more,
        )["DBCluster"]["DBClusterArn"]
        self.behind(cluster)
        self.edge(cluster, "encrypted-by", self.key)
        self.edge(cluster, "uses", self.arn("rds", "subgrp:group-1"))
        member = rds.create_db_instance(
            DBInstanceIdentifier=f"{name}-member",
            DBClusterIdentifier=name,
            Engine=engine,
            DBInstanceClass="db.r5.large",
            DBSubnetGroupName="group-1",
            Tags=pairs(tags(n + 1, f"{name}-member")),
        )["DBInstance"]["DBInstanceArn"]
        self.edge(member, "part-of", cluster)
        snapshot = rds.create_db_cluster_snapshot(
            DBClusterIdentifier=name, DBClusterSnapshotIdentifier=f"{name}-snap", Tags=pairs(tags(n, f"{name}-snap"))
        )["DBClusterSnapshot"]["DBClusterSnapshotArn"]
        self.edge(snapshot, "made-from", cluster)

    def dynamodb(self):
        for n in range(3):
            self.table(n)

    def table(self, n):
        made = self.client("dynamodb").create_table(
            TableName=f"table-{n}",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": self.key},
            Tags=pairs(tags(n, f"table-{n}")),
        )["TableDescription"]["TableArn"]
        self.edge(made, "encrypted-by", self.key)

    def caches(self):
        cache, memory = self.client("elasticache"), self.client("memorydb")
        cache.create_cache_subnet_group(
            CacheSubnetGroupName="cache", CacheSubnetGroupDescription="cache", SubnetIds=self.subnets
        )
        group = memory.create_subnet_group(SubnetGroupName="memory", SubnetIds=self.subnets, Tags=pairs(tags(1, "memory")))
        self.within(group["SubnetGroup"]["ARN"], "uses")
        memory.create_subnet_group(SubnetGroupName="spare", SubnetIds=self.subnets)
        for n in range(2):
            cache.create_cache_cluster(
                CacheClusterId=f"cache-{n}",
                Engine="memcached",
                CacheNodeType="cache.t3.micro",
                NumCacheNodes=1,
                SecurityGroupIds=[self.group],
                Tags=pairs(tags(n, f"cache-{n}")),
            )
            cache.create_replication_group(
                ReplicationGroupId=f"redis-{n}",
                ReplicationGroupDescription="sessions",
                Engine="redis",
                CacheNodeType="cache.t3.micro",
                NumCacheClusters=2,
                Tags=pairs(tags(n, f"redis-{n}")),
            )
            made = memory.create_cluster(
                ClusterName=f"memory-{n}",
                NodeType="db.t4g.small",
                ACLName="open-access",
                SubnetGroupName="memory",
                SecurityGroupIds=[self.group],
                KmsKeyId=self.key,
                Tags=pairs(tags(n, f"memory-{n}")),
            )["Cluster"]["ARN"]
            self.behind(made)
            self.edge(made, "uses", group["SubnetGroup"]["ARN"])
            self.edge(made, "encrypted-by", self.key)

    def search_and_warehouse(self):
        search, redshift = self.client("opensearch"), self.client("redshift")
        redshift.create_cluster_subnet_group(
            ClusterSubnetGroupName="warehouse", Description="warehouse", SubnetIds=self.subnets, Tags=pairs(tags(1, "w"))
        )
        redshift.create_cluster_subnet_group(ClusterSubnetGroupName="spare", Description="spare", SubnetIds=self.subnets)
        group = self.arn("redshift", "subnetgroup:warehouse")
        self.within(group, "uses")
        for n in range(2):
            redshift.create_cluster_parameter_group(
                ParameterGroupName=f"pg-{n}",
                ParameterGroupFamily="redshift-1.0",
                Description="settings",
                Tags=pairs(tags(n, f"pg-{n}")),
            )
        # Domains are described in batches of five.
        for n in range(6):
            made = search.create_domain(
                DomainName=f"search-{n}",
                EngineVersion="OpenSearch_2.11",
                EncryptionAtRestOptions={"Enabled": True, "KmsKeyId": self.key},
                VPCOptions={"SubnetIds": self.subnets[:1], "SecurityGroupIds": [self.group]},
                TagList=pairs(tags(n, f"search-{n}")),
            )["DomainStatus"]["ARN"]
            self.edge(made, "encrypted-by", self.key)
            self.edge(made, "runs-in", self.arn("ec2", f"subnet/{self.subnets[0]}"))
            self.behind(made)
        for n in range(2):
            redshift.create_cluster(
                ClusterIdentifier=f"warehouse-{n}",
                NodeType="ra3.large",
                ClusterType="single-node",
                MasterUsername="admin",
                MasterUserPassword="Not-a-secret-1",
                DBName="dw",
                ClusterSubnetGroupName="warehouse",
                ClusterParameterGroupName="pg-0",
                VpcSecurityGroupIds=[self.group],
                Encrypted=True,
                KmsKeyId=self.key,
                Tags=pairs(tags(n, f"warehouse-{n}")),
            )
            arn = self.arn("redshift", f"cluster:warehouse-{n}")
            self.behind(arn)
            self.edge(arn, "encrypted-by", self.key)
            self.edge(arn, "uses", group)
            self.edge(arn, "uses", self.arn("redshift", "parametergroup:pg-0"))


def kind_of(engine, thing):
    return f"aws.{engine if engine in ('docdb', 'neptune') else 'rds'}.{thing}"


def paged(client, operation, key, **arguments):
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[key]


def truth(env, account, region):
    def client(service):
        return env.client(service, account, region)

    yield from truth_rds(client("rds"))
    dynamo = client("dynamodb")
    for name in paged(dynamo, "list_tables", "TableNames"):
        arn = dynamo.describe_table(TableName=name)["Table"]["TableArn"]
        marks = list(paged(dynamo, "list_tags_of_resource", "Tags", ResourceArn=arn))
        yield "aws.dynamodb.table", arn, name, unpaired(marks)
    cache = client("elasticache")

    def cached(arn):
        return unpaired(cache.list_tags_for_resource(ResourceName=arn)["TagList"])

    for c in paged(cache, "describe_cache_clusters", "CacheClusters"):
        yield "aws.elasticache.cluster", c["ARN"], c["CacheClusterId"], cached(c["ARN"])
    for g in paged(cache, "describe_replication_groups", "ReplicationGroups"):
        yield "aws.elasticache.replication-group", g["ARN"], g["ReplicationGroupId"], cached(g["ARN"])
    memory = client("memorydb")
    for operation, key, kind in (
        ("describe_clusters", "Clusters", "cluster"),
        ("describe_subnet_groups", "SubnetGroups", "subnet-group"),
    ):
        for c in paged(memory, operation, key):
            marks = unpaired(memory.list_tags(ResourceArn=c["ARN"])["TagList"])
            yield f"aws.memorydb.{kind}", c["ARN"], c["Name"], marks
    search = client("opensearch")
    for d in search.list_domain_names()["DomainNames"]:
        arn = search.describe_domain(DomainName=d["DomainName"])["DomainStatus"]["ARN"]
        yield "aws.opensearch.domain", arn, d["DomainName"], unpaired(search.list_tags(ARN=arn)["TagList"])
    redshift = client("redshift")
    start = f"arn:aws:redshift:{region}:{account}"
    for operation, key, field, kind, arn in (
        ("describe_clusters", "Clusters", "ClusterIdentifier", "cluster", "cluster"),
        ("describe_cluster_subnet_groups", "ClusterSubnetGroups", "ClusterSubnetGroupName", "subnet-group", "subnetgroup"),
        ("describe_cluster_parameter_groups", "ParameterGroups", "ParameterGroupName", "parameter-group", "parametergroup"),
    ):
        for c in paged(redshift, operation, key):
            yield f"aws.redshift.{kind}", f"{start}:{arn}:{c[field]}", c[field], unpaired(c.get("Tags", []))


def truth_rds(rds):
    for operation, key, field, thing in (
        ("describe_db_instances", "DBInstances", "DBInstance", "instance"),
        ("describe_db_clusters", "DBClusters", "DBCluster", "cluster"),
        ("describe_db_snapshots", "DBSnapshots", "DBSnapshot", "snapshot"),
        ("describe_db_cluster_snapshots", "DBClusterSnapshots", "DBClusterSnapshot", "cluster-snapshot"),
    ):
        for d in paged(rds, operation, key):
            if thing == "snapshot" and d["Engine"] == "neptune":
                # AWS has only cluster snapshots of Neptune.
                continue
            yield kind_of(d["Engine"], thing), d[field + "Arn"], d[field + "Identifier"], unpaired(d.get("TagList", []))
    for operation, key, field, thing in (
        ("describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroup", "subnet-group"),
        ("describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroup", "parameter-group"),
        ("describe_db_cluster_parameter_groups", "DBClusterParameterGroups", "DBClusterParameterGroup", "cluster-parameter-group"),
    ):
        for d in paged(rds, operation, key):
            arn = d[field + "Arn"]
            yield f"aws.rds.{thing}", arn, d[field + "Name"], unpaired(rds.list_tags_for_resource(ResourceName=arn)["TagList"])


def edges(env):
    return EDGES


def forget(arn):
    EDGES[:] = [e for e in EDGES if arn not in e]


def churn(env):
    for account, region in env.places():
        rds, dynamo = env.client("rds", account, region), env.client("dynamodb", account, region)
        arn = f"arn:aws:rds:{region}:{account}:db:db-3"
        rds.delete_db_instance(DBInstanceIdentifier="db-3", SkipFinalSnapshot=True)
        forget(arn)
        rds.add_tags_to_resource(ResourceName=arn[:-1] + "2", Tags=pairs({"new": "yes"}))
        for n in (1, 2):
            dynamo.delete_table(TableName=f"table-{n}")
            forget(f"arn:aws:dynamodb:{region}:{account}:table/table-{n}")
        dynamo.create_table(
            TableName="table-1",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=pairs({"again": "1"}),
        )
        search = env.client("opensearch", account, region)
        search.delete_domain(DomainName="search-5")
        forget(f"arn:aws:es:{region}:{account}:domain/search-5")
        env.client("elasticache", account, region).delete_cache_cluster(CacheClusterId="cache-1")
