//! What an AWS account has once: S3 buckets and IAM roles.

use serde_json::json;

use super::{PROD, REGIONAL_PLACES, data};
use crate::{
    place::{Made, Place},
    world::{SERVICES, World, tag_list},
};

const REGIONS: [&str; 3] = ["eu-west-1", "us-east-1", "ap-southeast-2"];

pub(crate) fn role_name(service: &str) -> String {
    format!("{service}-service")
}

pub(crate) fn role_arn(account: &str, service: &str) -> String {
    format!("arn:aws:iam::{account}:role/{}", role_name(service))
}

pub(crate) fn roles(world: &World, place: &Place) -> Vec<Made> {
    let human = ["Administrator", "ReadOnly", "BreakGlass", "AuditDemo"].map(|n| (n.to_owned(), "platform"));
    let services = SERVICES.map(|(service, team)| (role_name(service), team));
    let further = (0..world.count(20)).map(|i| {
        let (service, team) = world.service(format_args!("role {} {i}", place.account));
        (format!("{service}-job-{i}"), team)
    });
    human
        .into_iter()
        .chain(services)
        .chain(further)
        .map(|(name, team)| {
            let arn = format!("arn:aws:iam::{}:role/{name}", place.account);
            let trusted =
                if name.ends_with("-service") { "ec2.amazonaws.com" } else { "lambda.amazonaws.com" };
            Made::new(
                "aws.iam.role",
                json!({
                    "RoleName": name,
                    "RoleId": format!("AROA{}", world.hex(format_args!("role {arn}"), 17).to_uppercase()),
                    "Arn": arn,
                    "Path": "/",
                    "CreateDate": world.created(format_args!("role {arn}")),
                    "MaxSessionDuration": 3600,
                    "AssumeRolePolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
                        ]
                    },
                    "Description": format!("made-up role of {team}"),
                    "Tags": tag_list(None, &world.tags(format_args!("{arn}"), "identity", place.env))
                }),
            )
        })
        .collect()
}

/// One for each service, of the name of its role, as the console makes them.
pub(crate) fn instance_profiles(world: &World, place: &Place) -> Vec<Made> {
    SERVICES
        .iter()
        .map(|(service, _)| {
            let arn = format!("arn:aws:iam::{}:instance-profile/{}", place.account, role_name(service));
            let id = world.hex(format_args!("profile {arn}"), 17).to_uppercase();
            Made::new(
                "aws.iam.instance-profile",
                json!({
                    "InstanceProfileName": role_name(service),
                    "InstanceProfileId": format!("AIPA{id}"),
                    "Arn": arn,
                    "Path": "/",
                    "CreateDate": world.created(format_args!("profile {arn}")),
                    "Roles": [{"RoleName": role_name(service), "Arn": role_arn(place.account, service)}],
                    "Tags": tag_list(None, &world.tags(format_args!("{arn}"), service, place.env))
                }),
            )
        })
        .collect()
}

pub(crate) fn bucket_name(world: &World, place: &Place, i: usize) -> String {
    const HOLDS: [&str; 6] = ["assets", "logs", "backups", "exports", "uploads", "artifacts"];
    let (service, _) = world.service(format_args!("s3 {} {i}", place.account));
    format!("acme-demo-{}-{service}-{}-{i}", place.env, HOLDS[i % HOLDS.len()])
}

pub(crate) fn buckets(world: &World, place: &Place) -> Vec<Made> {
    (0..world.count(30))
        .map(|i| {
            let name = bucket_name(world, place, i);
            let (service, _) = world.service(format_args!("s3 {} {i}", place.account));
            let region = REGIONS[world.below(format_args!("s3 {name}"), REGIONS.len())];
            let home = REGIONAL_PLACES.iter().find(|p| p.account == place.account && p.region == region);
            let key = home.map(|home| data::key_arn(world, home, 0));
            let open = place.account != PROD && i == 4;
            Made::new(
                "aws.s3.bucket",
                json!({
                    "Name": name,
                    "CreationDate": world.created(format_args!("s3 {name}")),
                    "BucketRegion": region,
                    "BucketArn": format!("arn:aws:s3:::{name}"),
                    "Versioning": {"Status": if i % 3 == 0 { "Enabled" } else { "Suspended" }},
                    "ServerSideEncryptionConfiguration": {"Rules": [{
                        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
                    }]},
                    "PublicAccessBlockConfiguration": {
                        "BlockPublicAcls": !open, "IgnorePublicAcls": !open,
                        "BlockPublicPolicy": !open, "RestrictPublicBuckets": !open
                    },
                    "TagSet": tag_list(None, &world.tags(format_args!("s3 {name}"), service, place.env))
                }),
            )
        })
        .collect()
}
