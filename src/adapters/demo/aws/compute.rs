//! EC2 instances, their volumes, and Lambda functions.

use serde_json::{Value, json};

use super::{data, fleet, global};
use crate::{
    place::{Made, Place},
    world::{World, tag_list, tag_map},
};

const TYPES: [&str; 7] =
    ["t3.medium", "t3.large", "m6i.large", "m6i.xlarge", "c6g.xlarge", "r6i.2xlarge", "m5.large"];
const RUNTIMES: [&str; 5] = ["python3.12", "nodejs20.x", "java21", "provided.al2023", "python3.9"];

pub(crate) fn instances(world: &World, place: &Place) -> Vec<Made> {
    fleet::machines(world, place)
        .iter()
        .map(|m| Made::new("aws.ec2.instance", instance(world, place, m)))
        .collect()
}

fn instance(world: &World, place: &Place, m: &fleet::Machine) -> Value {
    let running = m.state == "running";
    let group = 1 + world.below(format_args!("sg of {}", m.id), fleet::GROUPS.len() - 1);
    let group_id = fleet::group_id(world, place, m.vpc, group);
    let interface = fleet::interface_id(world, &m.id);
    let kind = if m.node { "m6i.xlarge" } else { world.pick(format_args!("type {}", m.id), &TYPES) };
    let mut tags = world.tags(format_args!("{}", m.id), m.service, place.env);
    if m.node {
        tags.push(("eks:cluster-name", crate::place::CLUSTER.to_owned()));
    }
    if m.scaled {
        tags.push(("aws:autoscaling:groupName", format!("{}-{}", place.env, m.service)));
    }
    let public = m.subnet < 3 && running;
    let outside = format!("203.0.113.{}", 1 + world.below(format_args!("public {}", m.id), 250));
    let disks: Vec<Value> = (0..disks(world, m))
        .map(|d| {
            json!({
                "DeviceName": (["/dev/xvda", "/dev/sdf", "/dev/sdg"])[d],
                "Ebs": {
                    "AttachTime": m.launched, "DeleteOnTermination": d == 0, "Status": "attached",
                    "VolumeId": fleet::volume_id(world, &m.id, d)
                }
            })
        })
        .collect();
    let mut item = json!({
        "InstanceId": m.id,
        "ImageId": format!("ami-0{}", world.hex(format_args!("ami {}", place.region), 16)),
        "InstanceType": kind,
        "State": {"Code": if running { 16 } else { 80 }, "Name": m.state},
        "LaunchTime": m.launched,
        "Placement": {"AvailabilityZone": m.zone, "Tenancy": "default"},
        "Architecture": if kind.starts_with("c6g") { "arm64" } else { "x86_64" },
        "PlatformDetails": "Linux/UNIX",
        "PrivateIpAddress": m.address,
        "PrivateDnsName": m.private_name(place),
        "VpcId": fleet::vpc_id(world, place, m.vpc),
        "SubnetId": fleet::subnet_id(world, place, m.vpc, m.subnet),
        "SecurityGroups": [{"GroupId": group_id, "GroupName": fleet::GROUPS[group]}],
        "NetworkInterfaces": [{"NetworkInterfaceId": interface, "PrivateIpAddress": m.address, "Status": "in-use"}],
        "BlockDeviceMappings": disks,
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "EbsOptimized": true,
        "Monitoring": {"State": if m.node { "enabled" } else { "disabled" }},
        "MetadataOptions": {
            "HttpTokens": if world.chance(format_args!("imds {}", m.id), 70) { "required" } else { "optional" },
            "HttpEndpoint": "enabled"
        },
        "IamInstanceProfile": {
            "Arn": format!("arn:aws:iam::{}:instance-profile/{}", place.account, global::role_name(m.service))
        },
        "Tags": tag_list(Some(&m.name), &tags)
    });
    if public {
        item["PublicIpAddress"] = json!(outside);
        item["PublicDnsName"] =
            json!(format!("ec2-{}.{}.compute.amazonaws.com", outside.replace('.', "-"), place.region));
    }
    if !running {
        item["StateTransitionReason"] = json!("User initiated");
        item["StateReason"] =
            json!({"Code": "Client.UserInitiatedShutdown", "Message": "User initiated shutdown"});
    }
    item
}

fn disks(world: &World, m: &fleet::Machine) -> usize {
    if m.scaled { 1 } else { 1 + world.below(format_args!("disks {}", m.id), 3) % 2 }
}

pub(crate) fn volumes(world: &World, place: &Place) -> Vec<Made> {
    let mut out = Vec::new();
    for m in fleet::machines(world, place) {
        for d in 0..disks(world, &m) {
            let id = fleet::volume_id(world, &m.id, d);
            let size = if d == 0 { 30 } else { 100 * (1 + world.below(format_args!("gb {id}"), 10)) };
            let attached = json!([{
                "AttachTime": m.launched, "Device": (["/dev/xvda", "/dev/sdf", "/dev/sdg"])[d],
                "InstanceId": m.id, "State": "attached", "VolumeId": id, "DeleteOnTermination": d == 0
            }]);
            let name = format!("{}-{}", m.name, ["root", "data", "logs"][d]);
            out.push(volume(world, place, &id, &m.zone, size, &attached, "in-use", (&name, m.service)));
        }
    }
    // Disks that nobody removed when their machine went: they still cost.
    for i in 0..world.count(5) {
        let id =
            format!("vol-0{}", world.hex(format_args!("orphan {} {} {i}", place.account, place.region), 16));
        let zone = fleet::zone_of(place, i);
        let (service, _) = world.service(format_args!("{id}"));
        let name = format!("{service}-old-data");
        out.push(volume(world, place, &id, &zone, 500, &json!([]), "available", (&name, service)));
    }
    out
}

#[expect(
    clippy::too_many_arguments,
    reason = "a payload has as many parts; a struct for one caller says no more"
)]
fn volume(
    world: &World,
    place: &Place,
    id: &str,
    zone: &str,
    size: usize,
    attached: &Value,
    state: &str,
    (name, service): (&str, &str),
) -> Made {
    let encrypted = world.chance(format_args!("encrypted {id}"), 80);
    let mut item = json!({
        "VolumeId": id, "AvailabilityZone": zone, "CreateTime": world.created(format_args!("vol {id}")),
        "Size": size, "VolumeType": if size > 100 { "gp3" } else { "gp2" }, "Iops": 3000, "State": state,
        "Encrypted": encrypted, "MultiAttachEnabled": false, "Attachments": attached,
        "Tags": tag_list(Some(name), &world.tags(format_args!("{id}"), service, place.env))
    });
    if encrypted {
        item["KmsKeyId"] = json!(data::key_arn(world, place, 0));
    }
    Made::new("aws.ec2.volume", item)
}

pub(crate) fn function_arn(world: &World, place: &Place, i: usize) -> String {
    format!("arn:aws:lambda:{}:{}:function:{}", place.region, place.account, function_name(world, place, i))
}

fn function_name(world: &World, place: &Place, i: usize) -> String {
    const DOES: [&str; 6] = ["on-upload", "nightly", "webhook", "resize", "sync", "notify"];
    let (service, _) = world.service(format_args!("fn {} {} {i}", place.account, place.region));
    format!("{}-{service}-{}-{i}", place.env, DOES[i % DOES.len()])
}

pub(crate) fn functions(world: &World, place: &Place) -> Vec<Made> {
    (0..world.count(24))
        .map(|i| {
            let name = function_name(world, place, i);
            let (service, _) = world.service(format_args!("fn {} {} {i}", place.account, place.region));
            let arn = function_arn(world, place, i);
            let mut item = json!({
                "FunctionName": name,
                "FunctionArn": arn,
                "Runtime": world.pick(format_args!("runtime {arn}"), &RUNTIMES),
                "Role": global::role_arn(place.account, service),
                "Handler": "index.handler",
                "CodeSize": 20_000 + world.below(format_args!("code {arn}"), 9_000_000),
                "Description": format!("made-up function of {service}"),
                "Timeout": 30,
                "MemorySize": ([128, 256, 512, 1024])[i % 4],
                "LastModified": world.created(format_args!("fn {arn}")),
                "CodeSha256": world.hex(format_args!("sha {arn}"), 32),
                "Version": "$LATEST",
                "State": if i == 7 { "Inactive" } else { "Active" },
                "PackageType": "Zip",
                "Architectures": ["x86_64"],
                "Environment": {"Variables": {
                    "TABLE": data::table_name(world, place, i),
                    "LOG_LEVEL": "info",
                    "DB_PASSWORD": world.hex(format_args!("password {arn}"), 20)
                }},
                "TracingConfig": {"Mode": "PassThrough"},
                "Tags": tag_map(&world.tags(format_args!("{arn}"), service, place.env))
            });
            if i % 3 == 0 {
                let vpc = i % fleet::vpc_count();
                item["VpcConfig"] = json!({
                    "VpcId": fleet::vpc_id(world, place, vpc),
                    "SubnetIds": [fleet::subnet_id(world, place, vpc, 3), fleet::subnet_id(world, place, vpc, 4)],
                    "SecurityGroupIds": [fleet::group_id(world, place, vpc, 2)]
                });
            }
            Made::new("aws.lambda.function", item)
        })
        .collect()
}
