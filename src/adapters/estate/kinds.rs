//! What an estate consists of: for each provider the kinds of a cell of 1,000 assets, how many of each, and
//! what each refers to. Data; how ids and payloads look is in `identity` and `payload`.

use cloudscope_domain::Category;

/// Assets that belong together: a cell has so many, laid out by kind.
pub const CELL: usize = 1_000;

/// Assets that a thing refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// One of this kind in the same cell.
    Near(&'static str),
    /// One of the first few of this kind in the first cell of the place: a hub.
    Hub(&'static str, usize),
    /// The first of this kind in the first cell of all, for every second one: a hub of the whole estate.
    Center(&'static str),
    /// The one of the same kind before it, across cells: a chain as long as the place has of them.
    Previous,
    /// One of this kind that was never collected.
    Nowhere(&'static str),
    /// The machine of another provider that a cluster's node is.
    Machine,
}

/// A reference: relation, the path that says so, and what it leads to.
pub(crate) type Ref = (&'static str, &'static str, To);

/// One kind of a cell.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) kind: &'static str,
    pub(crate) category: Category,
    /// The listing that finds it.
    pub(crate) listing: &'static str,
    /// How many of a cell's 1,000 assets are of it.
    pub(crate) count: usize,
    /// What its short id begins with; the resource word of its ARN or path.
    pub(crate) short: &'static str,
    pub(crate) words: &'static [&'static str],
    pub(crate) refs: &'static [Ref],
}

const fn shape(
    kind: &'static str,
    category: Category,
    listing: &'static str,
    count: usize,
    short: &'static str,
    words: &'static [&'static str],
    refs: &'static [Ref],
) -> Shape {
    Shape { kind, category, listing, count, short, words, refs }
}

const RUNNING: &[&str] =
    &["running", "running", "running", "running", "running", "running", "stopped", "pending"];
const IN_USE: &[&str] = &["in-use", "in-use", "in-use", "in-use", "available"];
const AVAILABLE: &[&str] = &["available"];
const ACTIVE: &[&str] = &["Active"];
const PHASES: &[&str] =
    &["Running", "Running", "Running", "Running", "Running", "Succeeded", "Pending", "CrashLoopBackOff"];

use Category::{Compute, Container, Database, Identity, Network, Security, Serverless, Storage};
use To::{Center, Hub, Machine, Near, Nowhere, Previous};

pub(crate) static AWS: &[Shape] = &[
    shape("aws.ec2.vpc", Network, "ec2:DescribeVpcs", 1, "vpc", AVAILABLE, &[]),
    shape(
        "aws.ec2.subnet",
        Network,
        "ec2:DescribeSubnets",
        9,
        "subnet",
        AVAILABLE,
        &[("in-network", "$.VpcId", Near("aws.ec2.vpc"))],
    ),
    shape(
        "aws.ec2.security-group",
        Security,
        "ec2:DescribeSecurityGroups",
        30,
        "sg",
        &[],
        &[
            ("in-network", "$.VpcId", Near("aws.ec2.vpc")),
            ("allows", "$.IpPermissions[*].UserIdGroupPairs[*].GroupId", Near("aws.ec2.security-group")),
        ],
    ),
    shape("aws.iam.role", Identity, "iam:ListRoles", 20, "role", &[], &[]),
    shape("aws.kms.key", Security, "kms:ListKeys", 10, "key", &["Enabled"], &[]),
    shape(
        "aws.ec2.instance",
        Compute,
        "ec2:DescribeInstances",
        160,
        "i",
        RUNNING,
        &[
            ("in-network", "$.VpcId", Near("aws.ec2.vpc")),
            ("in-network", "$.SubnetId", Near("aws.ec2.subnet")),
            ("uses", "$.SecurityGroups[*].GroupId", Hub("aws.ec2.security-group", 4)),
            ("uses", "$.ImageId", Nowhere("ami")),
            ("runs-as", "$.IamInstanceProfile.Arn", Near("aws.iam.role")),
        ],
    ),
    shape(
        "aws.ec2.volume",
        Storage,
        "ec2:DescribeVolumes",
        240,
        "vol",
        IN_USE,
        &[
            ("attached-to", "$.Attachments[*].InstanceId", Near("aws.ec2.instance")),
            ("encrypted-by", "$.KmsKeyId", Center("aws.kms.key")),
        ],
    ),
    shape(
        "aws.ec2.network-interface",
        Network,
        "ec2:DescribeNetworkInterfaces",
        220,
        "eni",
        IN_USE,
        &[
            ("in-network", "$.SubnetId", Near("aws.ec2.subnet")),
            ("attached-to", "$.Attachment.InstanceId", Near("aws.ec2.instance")),
            ("uses", "$.Groups[*].GroupId", Hub("aws.ec2.security-group", 4)),
        ],
    ),
    shape(
        "aws.ec2.snapshot",
        Storage,
        "ec2:DescribeSnapshots",
        150,
        "snap",
        &["completed", "completed", "completed", "pending"],
        &[("of", "$.VolumeId", Near("aws.ec2.volume")), ("copied-from", "$.ParentSnapshotId", Previous)],
    ),
    shape(
        "aws.lambda.function",
        Serverless,
        "lambda:ListFunctions",
        80,
        "function",
        ACTIVE,
        &[
            ("runs-as", "$.Role", Near("aws.iam.role")),
            ("in-network", "$.VpcConfig.VpcId", Near("aws.ec2.vpc")),
        ],
    ),
    shape(
        "aws.s3.bucket",
        Storage,
        "s3:ListBuckets",
        40,
        "bucket",
        &[],
        &[("encrypted-by", "$.Encryption.KmsKeyId", Hub("aws.kms.key", 2))],
    ),
    shape(
        "aws.rds.db-instance",
        Database,
        "rds:DescribeDBInstances",
        40,
        "db",
        &["available", "available", "available", "backing-up", "storage-full"],
        &[
            ("in-network", "$.DBSubnetGroup.VpcId", Near("aws.ec2.vpc")),
            ("uses", "$.VpcSecurityGroups[*].VpcSecurityGroupId", Near("aws.ec2.security-group")),
            ("encrypted-by", "$.KmsKeyId", Near("aws.kms.key")),
        ],
    ),
];

pub(crate) static GCP: &[Shape] = &[
    shape("gcp.compute.network", Network, "compute.networks.list", 2, "networks", &[], &[]),
    shape(
        "gcp.compute.subnetwork",
        Network,
        "compute.subnetworks.list",
        18,
        "subnetworks",
        &[],
        &[("in-network", "$.network", Near("gcp.compute.network"))],
    ),
    shape("gcp.iam.service-account", Identity, "iam.serviceAccounts.list", 30, "serviceAccounts", &[], &[]),
    shape(
        "gcp.compute.instance",
        Compute,
        "compute.instances.list",
        350,
        "instances",
        &["RUNNING", "RUNNING", "RUNNING", "TERMINATED"],
        &[
            ("in-network", "$.networkInterfaces[*].subnetwork", Near("gcp.compute.subnetwork")),
            ("runs-as", "$.serviceAccounts[*].email", Hub("gcp.iam.service-account", 3)),
            ("uses", "$.disks[*].source", Near("gcp.compute.disk")),
        ],
    ),
    shape(
        "gcp.compute.disk",
        Storage,
        "compute.disks.list",
        500,
        "disks",
        &["READY"],
        &[("copied-from", "$.sourceImage", Nowhere("images"))],
    ),
    shape("gcp.storage.bucket", Storage, "storage.buckets.list", 100, "buckets", &[], &[]),
];

pub(crate) static AZURE: &[Shape] = &[
    shape(
        "azure.network.virtual-network",
        Network,
        "network.virtualNetworks",
        10,
        "Microsoft.Network/virtualNetworks",
        &["Succeeded"],
        &[],
    ),
    shape(
        "azure.network.network-security-group",
        Security,
        "network.networkSecurityGroups",
        40,
        "Microsoft.Network/networkSecurityGroups",
        &["Succeeded"],
        &[],
    ),
    shape(
        "azure.compute.virtual-machine",
        Compute,
        "compute.virtualMachines",
        300,
        "Microsoft.Compute/virtualMachines",
        &["PowerState/running", "PowerState/running", "PowerState/deallocated"],
        &[
            (
                "uses",
                "$.properties.networkProfile.networkInterfaces[*].id",
                Near("azure.network.network-interface"),
            ),
            ("uses", "$.properties.storageProfile.osDisk.managedDisk.id", Near("azure.compute.disk")),
        ],
    ),
    shape(
        "azure.network.network-interface",
        Network,
        "network.networkInterfaces",
        300,
        "Microsoft.Network/networkInterfaces",
        &["Succeeded"],
        &[
            (
                "in-network",
                "$.properties.ipConfigurations[*].properties.subnet.id",
                Near("azure.network.virtual-network"),
            ),
            ("uses", "$.properties.networkSecurityGroup.id", Hub("azure.network.network-security-group", 2)),
        ],
    ),
    shape(
        "azure.compute.disk",
        Storage,
        "compute.disks",
        350,
        "Microsoft.Compute/disks",
        &["Attached", "Attached", "Unattached"],
        &[],
    ),
];

pub(crate) static K8S: &[Shape] = &[
    shape("k8s.core.namespace", Container, "namespaces", 10, "namespaces", &["Active"], &[]),
    shape(
        "k8s.core.node",
        Compute,
        "nodes",
        20,
        "nodes",
        &["Ready", "Ready", "Ready", "NotReady"],
        &[("same-as", "$.spec.providerID", Machine)],
    ),
    shape("k8s.core.config-map", Container, "configmaps", 100, "configmaps", &[], &[]),
    shape("k8s.apps.deployment", Container, "deployments.apps", 90, "deployments", &["Available"], &[]),
    shape(
        "k8s.apps.replica-set",
        Container,
        "replicasets.apps",
        180,
        "replicasets",
        &[],
        &[("owned-by", "$.metadata.ownerReferences[*]", Near("k8s.apps.deployment"))],
    ),
    shape(
        "k8s.core.service",
        Network,
        "services",
        80,
        "services",
        &[],
        &[("selects", "$.spec.selector", Near("k8s.apps.deployment"))],
    ),
    shape(
        "k8s.core.pod",
        Container,
        "pods",
        520,
        "pods",
        PHASES,
        &[
            ("owned-by", "$.metadata.ownerReferences[*]", Near("k8s.apps.replica-set")),
            ("runs-on", "$.spec.nodeName", Near("k8s.core.node")),
            ("uses", "$.spec.volumes[*].configMap.name", Near("k8s.core.config-map")),
        ],
    ),
];
