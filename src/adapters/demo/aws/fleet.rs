//! The machines of one account in one region, before they are rendered: instances, volumes, network
//! interfaces and cluster nodes are views of this one list, so that they agree.

use crate::{aws::HOME, place::Place, world::World};

/// Nodes of the Kubernetes cluster among the machines of its place.
pub(crate) const USUAL_NODES: usize = 12;
const VPCS: usize = 2;
const ZONES: [&str; 3] = ["a", "b", "c"];

/// One machine.
#[derive(Debug)]
pub(crate) struct Machine {
    /// `i-0...`
    pub(crate) id: String,
    /// Its tag `Name`.
    pub(crate) name: String,
    /// What runs on it.
    pub(crate) service: &'static str,
    /// Which of the VPCs.
    pub(crate) vpc: usize,
    /// Which of the subnets of that VPC.
    pub(crate) subnet: usize,
    /// `eu-west-1b`
    pub(crate) zone: String,
    /// Its private address.
    pub(crate) address: String,
    /// `running`, `stopped`, ...
    pub(crate) state: &'static str,
    /// When it was started, where it is young.
    pub(crate) launched: String,
    /// Made by a scaling group, and gone again soon.
    pub(crate) scaled: bool,
    /// A node of the cluster.
    pub(crate) node: bool,
}

impl Machine {
    /// `ip-10-10-3-7.eu-west-1.compute.internal`
    pub(crate) fn private_name(&self, place: &Place) -> String {
        let dashed = self.address.replace('.', "-");
        match place.region {
            "us-east-1" => format!("ip-{dashed}.ec2.internal"),
            region => format!("ip-{dashed}.{region}.compute.internal"),
        }
    }
}

pub(crate) fn vpc_count() -> usize {
    VPCS
}

/// Three zones, a public and a private subnet in each.
pub(crate) fn subnet_count() -> usize {
    ZONES.len() * 2
}

pub(crate) fn zone_of(place: &Place, subnet: usize) -> String {
    format!("{}{}", place.region, ZONES[subnet % ZONES.len()])
}

pub(crate) fn vpc_id(world: &World, place: &Place, vpc: usize) -> String {
    format!("vpc-0{}", world.hex(format_args!("vpc {} {} {vpc}", place.account, place.region), 16))
}

pub(crate) fn subnet_id(world: &World, place: &Place, vpc: usize, subnet: usize) -> String {
    let what = format_args!("subnet {} {} {vpc} {subnet}", place.account, place.region);
    format!("subnet-0{}", world.hex(what, 16))
}

/// Security groups per VPC; the first one is the default group.
pub(crate) const GROUPS: [&str; 5] = ["default", "web", "app", "db", "ops"];

pub(crate) fn group_id(world: &World, place: &Place, vpc: usize, group: usize) -> String {
    let what = format_args!("sg {} {} {vpc} {group}", place.account, place.region);
    format!("sg-0{}", world.hex(what, 16))
}

pub(crate) fn volume_id(world: &World, machine: &str, disk: usize) -> String {
    format!("vol-0{}", world.hex(format_args!("vol {machine} {disk}"), 16))
}

pub(crate) fn interface_id(world: &World, machine: &str) -> String {
    format!("eni-0{}", world.hex(format_args!("eni {machine}"), 16))
}

/// The machines of a place now: long-lived ones, and a few that a scaling group made.
pub(crate) fn machines(world: &World, place: &Place) -> Vec<Machine> {
    let steady = world.count(39);
    let scope = format!("{}/{}", place.account, place.region);
    // A wave of the scaling group lasts 20 minutes; its machines bear new ids every time.
    let wave = world.turn(format_args!("wave {scope}"), 20);
    let extra = 1 + world.below(format_args!("wave {scope} {wave}"), world.count(3));
    let nodes = if place.account == HOME.account && place.region == HOME.region {
        world.count(USUAL_NODES).min(steady)
    } else {
        0
    };
    (0..steady + extra)
        .map(|i| {
            let scaled = i >= steady;
            let id = if scaled {
                format!("i-0{}", world.hex(format_args!("scaled {scope} {i} {wave}"), 16))
            } else {
                format!("i-0{}", world.hex(format_args!("instance {scope} {i}"), 16))
            };
            let node = i < nodes;
            let (service, _) = world.service(format_args!("{id}"));
            let service = if node { "gateway" } else { service };
            let vpc = if node { 0 } else { world.below(format_args!("in {id}"), VPCS) };
            let subnet = world.below(format_args!("on {id}"), subnet_count());
            let state = if scaled || node { "running" } else { state(world, &id) };
            let name = match (node, scaled) {
                (true, _) => format!("shop-{}-node-{i}", place.env),
                (_, true) => format!("{}-{service}-asg", place.env),
                _ => format!("{}-{service}-{:02}", place.env, i % 100),
            };
            Machine {
                name,
                service,
                vpc,
                subnet,
                zone: zone_of(place, subnet),
                address: format!("10.{}.{}.{}", place.number + vpc, subnet * 16 + i / 200 % 16, 10 + i % 200),
                state,
                launched: if scaled {
                    world.turned(format_args!("wave {scope}"), 20)
                } else {
                    world.created(format_args!("launch {id}"))
                },
                scaled,
                node,
                id,
            }
        })
        .collect()
}

/// Most machines run; some are off for ever, and a few are switched off now and then to save money.
fn state(world: &World, id: &str) -> &'static str {
    if world.chance(format_args!("off {id}"), 5) {
        return "stopped";
    }
    let saves = world.chance(format_args!("saves {id}"), 8);
    if saves && world.turn(format_args!("nap {id}"), 30).is_multiple_of(3) { "stopped" } else { "running" }
}
