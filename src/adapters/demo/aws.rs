//! Two AWS accounts in three regions, with the account numbers that AWS uses in its documentation.
//! Payloads have the shape that the public APIs return.

pub(crate) mod compute;
pub(crate) mod data;
pub(crate) mod fleet;
pub(crate) mod global;
pub(crate) mod messaging;
pub(crate) mod network;

use crate::place::{Listing, Place};

/// The account of production.
pub(crate) const PROD: &str = "111122223333";
/// The account of everything else.
pub(crate) const STAGING: &str = "444455556666";
/// A region that staging has not enabled.
pub(crate) const DISABLED_REGION: &str = "ap-east-1";

const fn place(account: &'static str, region: &'static str, env: &'static str, number: usize) -> Place {
    Place { account, region, parent: "", env, number }
}

/// The place of the cluster's nodes, and of what Terraform declares.
pub(crate) const HOME: Place = place(PROD, "eu-west-1", "prod", 10);

const REGIONAL_PLACES: [Place; 6] = [
    HOME,
    place(PROD, "us-east-1", "prod", 20),
    place(PROD, "ap-southeast-2", "prod", 30),
    place(STAGING, "eu-west-1", "staging", 40),
    place(STAGING, "us-east-1", "staging", 50),
    place(STAGING, "ap-southeast-2", "staging", 60),
];

const GLOBAL_PLACES: [Place; 2] = [place(PROD, "", "prod", 11), place(STAGING, "", "staging", 41)];

static REGIONAL: [Listing; 13] = [
    Listing::weak("ec2:DescribeInstances", &["aws.ec2.instance"], compute::instances),
    Listing::weak("ec2:DescribeVolumes", &["aws.ec2.volume"], compute::volumes),
    Listing::weak("ec2:DescribeVpcs", &["aws.ec2.vpc"], network::vpcs),
    Listing::weak("ec2:DescribeSubnets", &["aws.ec2.subnet"], network::subnets),
    Listing::weak("ec2:DescribeSecurityGroups", &["aws.ec2.security-group"], network::security_groups),
    Listing::weak("ec2:DescribeNetworkInterfaces", &["aws.ec2.network-interface"], network::interfaces),
    Listing::weak("rds:DescribeDBInstances", &["aws.rds.instance"], data::databases),
    Listing::weak("lambda:ListFunctions", &["aws.lambda.function"], compute::functions),
    Listing::weak(
        "elasticloadbalancing:DescribeLoadBalancers",
        &["aws.elbv2.load-balancer"],
        network::balancers,
    ),
    Listing::weak("dynamodb:ListTables", &["aws.dynamodb.table"], data::tables),
    Listing::weak("sqs:ListQueues", &["aws.sqs.queue"], messaging::queues),
    Listing::weak("sns:ListTopics", &["aws.sns.topic"], messaging::topics),
    Listing::weak("kms:ListKeys", &["aws.kms.key"], data::keys),
];

static GLOBAL: [Listing; 3] = [
    Listing::weak("s3:ListBuckets", &["aws.s3.bucket"], global::buckets),
    Listing::weak("iam:ListRoles", &["aws.iam.role"], global::roles),
    Listing::weak("iam:ListInstanceProfiles", &["aws.iam.instance-profile"], global::instance_profiles),
];

pub(crate) fn sites() -> impl Iterator<Item = (Place, &'static [Listing])> {
    let regional = REGIONAL_PLACES.into_iter().map(|p| (p, REGIONAL.as_slice()));
    regional.chain(GLOBAL_PLACES.into_iter().map(|p| (p, GLOBAL.as_slice())))
}

/// What would be listed in the region that is switched off.
pub(crate) fn disabled_site() -> (Place, &'static [Listing]) {
    (place(STAGING, DISABLED_REGION, "staging", 70), &REGIONAL)
}
