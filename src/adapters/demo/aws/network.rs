//! VPCs, subnets, security groups, network interfaces and load balancers.

use serde_json::{Value, json};

use super::{STAGING, fleet};
use crate::{
    place::{Made, Place},
    world::{World, mac, tag_list},
};

pub(crate) fn vpcs(world: &World, place: &Place) -> Vec<Made> {
    (0..fleet::vpc_count())
        .map(|vpc| {
            let id = fleet::vpc_id(world, place, vpc);
            let name = format!("{}-{}", place.env, ["main", "data"][vpc % 2]);
            let tags = world.tags(format_args!("{id}"), "gateway", place.env);
            Made::new(
                "aws.ec2.vpc",
                json!({
                    "VpcId": id,
                    "VpcArn": format!("arn:aws:ec2:{}:{}:vpc/{id}", place.region, place.account),
                    "CidrBlock": format!("10.{}.0.0/16", place.number + vpc),
                    "State": "available", "IsDefault": false, "InstanceTenancy": "default",
                    "OwnerId": place.account,
                    "DhcpOptionsId": format!("dopt-0{}", world.hex(format_args!("dopt {}", place.region), 16)),
                    "Tags": tag_list(Some(&name), &tags)
                }),
            )
        })
        .collect()
}

pub(crate) fn subnets(world: &World, place: &Place) -> Vec<Made> {
    let mut out = Vec::new();
    for vpc in 0..fleet::vpc_count() {
        for subnet in 0..fleet::subnet_count() {
            let id = fleet::subnet_id(world, place, vpc, subnet);
            let zone = fleet::zone_of(place, subnet);
            let public = subnet < 3;
            let tier = if public { "public" } else { "private" };
            let name = format!("{}-{tier}-{zone}", place.env);
            let tags = world.tags(format_args!("{id}"), "gateway", place.env);
            out.push(Made::new(
                "aws.ec2.subnet",
                json!({
                    "SubnetId": id,
                    "SubnetArn": format!("arn:aws:ec2:{}:{}:subnet/{id}", place.region, place.account),
                    "VpcId": fleet::vpc_id(world, place, vpc),
                    "CidrBlock": format!("10.{}.{}.0/20", place.number + vpc, subnet * 16),
                    "AvailabilityZone": zone,
                    "AvailableIpAddressCount": 4091 - world.below(format_args!("used {id}"), 300),
                    "MapPublicIpOnLaunch": public, "DefaultForAz": false, "State": "available",
                    "OwnerId": place.account,
                    "Tags": tag_list(Some(&name), &tags)
                }),
            ));
        }
    }
    out
}

pub(crate) fn security_groups(world: &World, place: &Place) -> Vec<Made> {
    let mut out = Vec::new();
    for vpc in 0..fleet::vpc_count() {
        for (group, name) in fleet::GROUPS.into_iter().enumerate() {
            let id = fleet::group_id(world, place, vpc, group);
            let tags = world.tags(format_args!("{id}"), "gateway", place.env);
            out.push(Made::new(
                "aws.ec2.security-group",
                json!({
                    "GroupId": id,
                    "GroupName": name,
                    "SecurityGroupArn":
                        format!("arn:aws:ec2:{}:{}:security-group/{id}", place.region, place.account),
                    "Description": format!("{name} of {}", place.env),
                    "VpcId": fleet::vpc_id(world, place, vpc),
                    "OwnerId": place.account,
                    "IpPermissions": rules(world, place, vpc, group),
                    "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
                    "Tags": tag_list(Some(&format!("{}-{name}", place.env)), &tags)
                }),
            ));
        }
    }
    out
}

/// Who may come in: the world to web, web to app, app to db. In staging `ops` has SSH open to the world,
/// and its db group trusts a group of an account that nobody lists any more.
fn rules(world: &World, place: &Place, vpc: usize, group: usize) -> Value {
    let from_group = |port: u16, id: String, owner: &str| {
        json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [],
            "UserIdGroupPairs": [{"GroupId": id, "UserId": owner}]})
    };
    let from_range = |port: u16, range: &str| {
        json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port,
            "IpRanges": [{"CidrIp": range}], "UserIdGroupPairs": []})
    };
    match group {
        1 => json!([from_range(443, "0.0.0.0/0"), from_range(80, "0.0.0.0/0")]),
        2 => json!([from_group(8080, fleet::group_id(world, place, vpc, 1), place.account)]),
        3 if place.account == STAGING => {
            json!([from_group(5432, "sg-0deadbeef00000000".to_owned(), "777788889999")])
        }
        3 => json!([from_group(5432, fleet::group_id(world, place, vpc, 2), place.account)]),
        4 if place.account == STAGING => json!([from_range(22, "0.0.0.0/0")]),
        4 => json!([from_range(22, "10.0.0.0/8")]),
        _ => json!([]),
    }
}

pub(crate) fn interfaces(world: &World, place: &Place) -> Vec<Made> {
    fleet::machines(world, place)
        .into_iter()
        .map(|m| {
            let id = fleet::interface_id(world, &m.id);
            let group = 1 + world.below(format_args!("sg of {}", m.id), fleet::GROUPS.len() - 1);
            let tags = world.tags(format_args!("{id}"), m.service, place.env);
            Made::new(
                "aws.ec2.network-interface",
                json!({
                    "NetworkInterfaceId": id,
                    "InterfaceType": "interface", "Status": "in-use", "OwnerId": place.account,
                    "Description": "", "SourceDestCheck": !m.node,
                    "AvailabilityZone": m.zone,
                    "VpcId": fleet::vpc_id(world, place, m.vpc),
                    "SubnetId": fleet::subnet_id(world, place, m.vpc, m.subnet),
                    "MacAddress": mac(world, &id),
                    "PrivateIpAddress": m.address,
                    "PrivateDnsName": m.private_name(place),
                    "PrivateIpAddresses": [{"Primary": true, "PrivateIpAddress": m.address}],
                    "Groups": [{
                        "GroupId": fleet::group_id(world, place, m.vpc, group),
                        "GroupName": fleet::GROUPS[group]
                    }],
                    "Attachment": {
                        "AttachmentId": format!("eni-attach-0{}", world.hex(format_args!("attach {id}"), 16)),
                        "AttachTime": m.launched, "DeviceIndex": 0, "InstanceId": m.id,
                        "InstanceOwnerId": place.account, "Status": "attached", "DeleteOnTermination": true
                    },
                    "TagSet": tag_list(None, &tags)
                }),
            )
        })
        .collect()
}

pub(crate) fn balancers(world: &World, place: &Place) -> Vec<Made> {
    (0..world.count(5))
        .map(|i| {
            let (service, _) = world.service(format_args!("lb {} {} {i}", place.account, place.region));
            let name = format!("{}-{service}-{i}", place.env);
            let tail = world.hex(format_args!("lb {name} {}", place.region), 16);
            let (form, path) = if i % 4 == 3 { ("network", "net") } else { ("application", "app") };
            let inside = i % 2 == 1;
            let first = if inside { 3 } else { 0 };
            let zones: Vec<Value> = (first..first + 3)
                .map(|s| {
                    json!({"ZoneName": fleet::zone_of(place, s), "SubnetId": fleet::subnet_id(world, place, 0, s)})
                })
                .collect();
            let tags = world.tags(format_args!("{name}"), service, place.env);
            Made::new(
                "aws.elbv2.load-balancer",
                json!({
                    "LoadBalancerArn": format!(
                        "arn:aws:elasticloadbalancing:{}:{}:loadbalancer/{path}/{name}/{tail}",
                        place.region, place.account
                    ),
                    "LoadBalancerName": name,
                    "DNSName": format!("{name}-{}.{}.elb.amazonaws.com", &tail[..8], place.region),
                    "CanonicalHostedZoneId": "Z32O12XQLNTSW2",
                    "CreatedTime": world.created(format_args!("lb {name}")),
                    "Scheme": if inside { "internal" } else { "internet-facing" },
                    "VpcId": fleet::vpc_id(world, place, 0),
                    "State": {"Code": if i == 4 { "active_impaired" } else { "active" }},
                    "Type": form,
                    "AvailabilityZones": zones,
                    "SecurityGroups": [fleet::group_id(world, place, 0, 1)],
                    "IpAddressType": "ipv4",
                    "Tags": tag_list(None, &tags)
                }),
            )
        })
        .collect()
}
