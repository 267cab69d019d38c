//! RDS instances, DynamoDB tables and KMS keys.

use serde_json::json;

use super::fleet;
use crate::{
    place::{Made, Place},
    world::{World, tag_list},
};

const KEYS: usize = 6;

pub(crate) fn key_id(world: &World, place: &Place, i: usize) -> String {
    world.uuid(format_args!("kms {} {} {i}", place.account, place.region))
}

pub(crate) fn key_arn(world: &World, place: &Place, i: usize) -> String {
    format!("arn:aws:kms:{}:{}:key/{}", place.region, place.account, key_id(world, place, i))
}

pub(crate) fn keys(world: &World, place: &Place) -> Vec<Made> {
    (0..world.count(KEYS))
        .map(|i| {
            let (service, _) = world.service(format_args!("kms {} {} {i}", place.account, place.region));
            let service = if i == 0 { "gateway" } else { service };
            let closing = i == 5;
            Made::new(
                "aws.kms.key",
                json!({
                    "KeyId": key_id(world, place, i),
                    "Arn": key_arn(world, place, i),
                    "KeyArn": key_arn(world, place, i),
                    "AWSAccountId": place.account,
                    "CreationDate": world.created(format_args!("kms {} {} {i}", place.account, place.region)),
                    "Enabled": !closing,
                    "Description": if i == 0 { "volumes".to_owned() } else { format!("{service} data") },
                    "KeyUsage": "ENCRYPT_DECRYPT",
                    "KeyState": if closing { "PendingDeletion" } else { "Enabled" },
                    "Origin": "AWS_KMS", "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT",
                    "MultiRegion": false
                }),
            )
        })
        .collect()
}

pub(crate) fn databases(world: &World, place: &Place) -> Vec<Made> {
    (0..world.count(6))
        .map(|i| {
            let (service, _) = world.service(format_args!("db {} {} {i}", place.account, place.region));
            let name = format!("{}-{service}-db-{i}", place.env);
            let engine = ["postgres", "mysql", "aurora-postgresql"][i % 3];
            let host = format!(
                "{name}.{}.{}.rds.amazonaws.com",
                world.suffix(format_args!("db {name} {}", place.region), 12),
                place.region
            );
            let status = match i {
                3 => "backing-up",
                5 if place.env == "staging" => "stopped",
                _ => "available",
            };
            let tags = world.tags(format_args!("{name} {}", place.region), service, place.env);
            let vpc = 1 % fleet::vpc_count();
            Made::new(
                "aws.rds.instance",
                json!({
                    "DBInstanceIdentifier": name,
                    "DBInstanceArn": format!("arn:aws:rds:{}:{}:db:{name}", place.region, place.account),
                    "DbiResourceId": format!("db-{}", world.hex(format_args!("dbi {host}"), 26).to_uppercase()),
                    "DBInstanceClass": (["db.t4g.medium", "db.m6g.large", "db.r6g.xlarge"])[i % 3],
                    "Engine": engine,
                    "EngineVersion": (["16.3", "8.0.36", "15.4"])[i % 3],
                    "DBInstanceStatus": status,
                    "MasterUsername": "app",
                    "DBName": service.replace('-', "_"),
                    "Endpoint": {"Address": host, "Port": if engine == "mysql" { 3306 } else { 5432 },
                        "HostedZoneId": "Z1TTGA775OQIYO"},
                    "AllocatedStorage": 100 * (1 + i),
                    "StorageType": "gp3",
                    "InstanceCreateTime": world.created(format_args!("db {host}")),
                    "BackupRetentionPeriod": if place.env == "prod" { 14 } else { 0 },
                    "MultiAZ": place.env == "prod" && i % 2 == 0,
                    "PubliclyAccessible": place.env == "staging" && i == 1,
                    "StorageEncrypted": true,
                    "KmsKeyId": key_arn(world, place, 1 % world.count(KEYS)),
                    "AvailabilityZone": fleet::zone_of(place, i),
                    "VpcSecurityGroups": [
                        {"VpcSecurityGroupId": fleet::group_id(world, place, vpc, 3), "Status": "active"}
                    ],
                    "DBSubnetGroup": {
                        "DBSubnetGroupName": format!("{}-data", place.env),
                        "VpcId": fleet::vpc_id(world, place, vpc),
                        "SubnetGroupStatus": "Complete",
                        "Subnets": (3..6).map(|s| json!({
                            "SubnetIdentifier": fleet::subnet_id(world, place, vpc, s),
                            "SubnetAvailabilityZone": {"Name": fleet::zone_of(place, s)},
                            "SubnetStatus": "Active"
                        })).collect::<Vec<_>>()
                    },
                    "DeletionProtection": place.env == "prod",
                    "TagList": tag_list(None, &tags)
                }),
            )
        })
        .collect()
}

pub(crate) fn table_name(world: &World, place: &Place, i: usize) -> String {
    let i = i % world.count(8);
    let (service, _) = world.service(format_args!("ddb {} {} {i}", place.account, place.region));
    format!("{}-{service}-{}-{i}", place.env, ["sessions", "events", "locks", "carts"][i % 4])
}

pub(crate) fn tables(world: &World, place: &Place) -> Vec<Made> {
    (0..world.count(8))
        .map(|i| {
            let name = table_name(world, place, i);
            let (service, _) = world.service(format_args!("ddb {} {} {i}", place.account, place.region));
            let arn = format!("arn:aws:dynamodb:{}:{}:table/{name}", place.region, place.account);
            let tags = world.tags(format_args!("{arn}"), service, place.env);
            Made::new(
                "aws.dynamodb.table",
                json!({
                    "TableName": name,
                    "TableArn": arn,
                    "TableId": world.uuid(format_args!("ddb {arn}")),
                    "TableStatus": if i == 6 { "UPDATING" } else { "ACTIVE" },
                    "CreationDateTime": world.created(format_args!("ddb {arn}")),
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
                    "ItemCount": world.below(format_args!("items {arn}"), 4_000_000),
                    "TableSizeBytes": world.below(format_args!("bytes {arn}"), 9_000_000_000),
                    "SSEDescription": {
                        "Status": "ENABLED", "SSEType": "KMS",
                        "KMSMasterKeyArn": key_arn(world, place, 2 % world.count(KEYS))
                    },
                    "DeletionProtectionEnabled": place.env == "prod",
                    "Tags": tag_list(None, &tags)
                }),
            )
        })
        .collect()
}
