//! What the provider would say of a thing: JSON of some 700 bytes with typed fields (numbers, sizes, versions,
//! times, addresses), the ids that it refers to at the paths that the references name, and random parts that
//! do not compress.

use std::fmt::Write as _;

use cloudscope_domain::Timestamp;

use crate::{
    dice::{below, hex},
    identity,
    thing::{Provider, Thing},
};

/// A payload is filled up with details to this length.
const LENGTH: usize = 680;

/// The payload. `refs` are paths with the names that stand there, paths with a common beginning side by side.
pub(crate) fn payload(
    thing: &Thing,
    status: Option<&str>,
    created: Timestamp,
    refs: &[(&str, &str)],
    version: u64,
) -> String {
    let mut out = String::with_capacity(LENGTH + 200);
    let (id, text) = names(thing);
    let _ = write!(out, "{{\"{id}\":\"{}\"", identity::short(thing));
    if let Some(status) = status {
        match thing.place.provider {
            Provider::Aws if matches!(thing.shape.short, "i") => {
                let code = if status == "running" { 16 } else { 80 };
                let _ = write!(out, ",\"State\":{{\"Code\":{code},\"Name\":\"{status}\"}}");
            }
            Provider::K8s => {
                let _ = write!(out, ",\"status\":{{\"phase\":\"{status}\",\"restarts\":{}}}", version % 7);
            }
            _ => {
                let _ = write!(out, ",\"{}\":\"{status}\"", if text { "status" } else { "Status" });
            }
        }
    }
    let _ = write!(out, ",\"{}\":\"{created}\"", if text { "creationTimestamp" } else { "CreateTime" });
    details(&mut out, thing);
    let beside = (thing.shape.short == "pods").then(|| ("spec", containers(thing)));
    nested(&mut out, refs, beside.as_ref().map(|(key, text)| (*key, &**text)));
    let _ = write!(out, ",\"Generation\":{version},\"Details\":{{\"ETag\":\"");
    hex(&mut out, thing.roll(40 + version), 16);
    out.push('"');
    let mut n = 100;
    while out.len() < LENGTH {
        n += 1;
        let name = FILLERS[below(thing.roll(n), FILLERS.len())];
        let _ = write!(out, ",\"{name}{}\":\"", n - 100);
        hex(&mut out, thing.roll(n + 1000), 16);
        hex(&mut out, thing.roll(n + 2000), 8);
        out.push('"');
    }
    out.push_str("}}");
    out
}

const FILLERS: [&str; 8] = [
    "AssociationId",
    "OwnerRef",
    "Checksum",
    "RequestToken",
    "PolicyHash",
    "AttachmentId",
    "Lease",
    "Digest",
];

/// The field that holds the id, and whether the provider writes fields small.
fn names(thing: &Thing) -> (&'static str, bool) {
    match (thing.place.provider, thing.shape.short) {
        (Provider::Aws, "i") => ("InstanceId", false),
        (Provider::Aws, "vol") => ("VolumeId", false),
        (Provider::Aws, "snap") => ("SnapshotId", false),
        (Provider::Aws, "eni") => ("NetworkInterfaceId", false),
        (Provider::Aws, "sg") => ("GroupId", false),
        (Provider::Aws, _) => ("Id", false),
        _ => ("name", true),
    }
}

fn details(out: &mut String, thing: &Thing) {
    const TYPES: [&str; 7] =
        ["t3.medium", "t3.large", "m6i.large", "m6i.xlarge", "c6g.xlarge", "r6i.2xlarge", "m5.large"];
    const ENGINES: [(&str, &str); 5] = [
        ("postgres", "14.9"),
        ("postgres", "16.3"),
        ("mysql", "8.0.35"),
        ("mysql", "5.7.44"),
        ("mariadb", "10.11.6"),
    ];
    let address = || identity::address(thing, 9);
    let roll = |n: u64| thing.roll(20 + n);
    let _ = match thing.shape.short {
        "i" => write!(
            out,
            ",\"InstanceType\":\"{}\",\"Architecture\":\"{}\",\"PrivateIpAddress\":\"{}\",\"Placement\":{{\"AvailabilityZone\":\"{}\",\"Tenancy\":\"default\"}},\"EbsOptimized\":{},\"CpuOptions\":{{\"CoreCount\":{},\"ThreadsPerCore\":2}},\"MetadataOptions\":{{\"HttpTokens\":\"{}\"}}",
            thing.pick(20, &TYPES),
            thing.pick(21, &["x86_64", "arm64"]),
            address(),
            identity::zone(thing),
            thing.chance(22, 70),
            1 << below(roll(3), 6),
            thing.pick(24, &["required", "required", "optional"]),
        ),
        "vol" | "snap" | "disks" | "Microsoft.Compute/disks" => write!(
            out,
            ",\"Size\":{},\"VolumeType\":\"{}\",\"Iops\":{},\"Encrypted\":{}",
            [8, 20, 50, 100, 200, 500, 1000, 2000][below(roll(0), 8)],
            thing.pick(21, &["gp3", "gp3", "gp2", "io2", "st1"]),
            3000 + below(roll(2), 14) * 1000,
            thing.chance(23, 80),
        ),
        "eni" | "Microsoft.Network/networkInterfaces" => {
            out.push_str(",\"MacAddress\":\"02");
            for n in 0..5 {
                out.push(':');
                hex(out, roll(n), 2);
            }
            write!(
                out,
                "\",\"PrivateIpAddress\":\"{}\",\"SourceDestCheck\":{}",
                address(),
                thing.chance(22, 95)
            )
        }
        "db" => {
            let (engine, version) = thing.pick(20, &ENGINES);
            write!(
                out,
                ",\"Engine\":\"{engine}\",\"EngineVersion\":\"{version}\",\"AllocatedStorage\":{},\"MultiAZ\":{},\"PubliclyAccessible\":{},\"BackupRetentionPeriod\":{}",
                20 << below(roll(1), 7),
                thing.chance(22, 40),
                thing.chance(23, 3),
                below(roll(4), 36),
            )
        }
        "function" => write!(
            out,
            ",\"Runtime\":\"{}\",\"MemorySize\":{},\"Timeout\":{},\"CodeSize\":{},\"Handler\":\"app.handler\"",
            thing.pick(20, &["python3.12", "nodejs20.x", "java21", "provided.al2023", "python3.9"]),
            128 << below(roll(1), 6),
            3 + below(roll(2), 300),
            below(roll(3), 50_000_000),
        ),
        "bucket" | "buckets" => write!(
            out,
            ",\"Versioning\":\"{}\",\"PublicAccessBlock\":{},\"Objects\":{}",
            thing.pick(20, &["Enabled", "Suspended"]),
            thing.chance(21, 96),
            roll(2) % 90_000_000,
        ),
        "vpc" | "subnet" => write!(out, ",\"CidrBlock\":\"10.{}.0.0/16\"", thing.place.number % 256),
        "pods" => write!(out, ",\"podIP\":\"{}\"", address()),
        "deployments" | "replicasets" => write!(
            out,
            ",\"replicas\":{},\"readyReplicas\":{}",
            1 + below(roll(0), 12),
            1 + below(roll(1), 12)
        ),
        "instances" | "Microsoft.Compute/virtualMachines" => write!(
            out,
            ",\"machineType\":\"{}\",\"cpuPlatform\":\"Intel Ice Lake\",\"networkIP\":\"{}\"",
            thing.pick(20, &["n2-standard-4", "e2-medium", "Standard_D4s_v5", "Standard_B2ms"]),
            address(),
        ),
        "nodes" => write!(
            out,
            ",\"kubeletVersion\":\"v1.{}.{}\",\"capacity\":{{\"cpu\":\"{}\",\"memory\":\"{}Ki\"}}",
            28 + below(roll(0), 4),
            below(roll(1), 9),
            2 << below(roll(2), 5),
            8_000_000 << below(roll(3), 4),
        ),
        _ => Ok(()),
    };
}

/// The containers of a pod, as a member of its spec.
fn containers(thing: &Thing) -> String {
    let roll = |n: u64| thing.roll(20 + n);
    format!(
        "\"containers\":[{{\"name\":\"app\",\"image\":\"registry.example.com/{}:1.{}.{}\",\"resources\":{{\"requests\":{{\"cpu\":\"{}m\",\"memory\":\"{}Mi\"}}}}}}]",
        thing.service().0,
        below(roll(0), 40),
        below(roll(1), 20),
        50 * (1 + below(roll(2), 20)),
        64 << below(roll(3), 6),
    )
}

/// Writes names at their paths: `$.A.B` as an object in an object, `[*]` as a list of one. `beside` is a member of
/// the object of that key, which is there only once.
fn nested(out: &mut String, refs: &[(&str, &str)], mut beside: Option<(&str, &str)>) {
    // The open objects, each with whether it stands in a list.
    let mut open: Vec<(&str, bool)> = Vec::new();
    let mut fresh = false;
    let close = |out: &mut String, open: &mut Vec<(&str, bool)>| {
        if let Some((_, list)) = open.pop() {
            out.push_str(if list { "}]" } else { "}" });
        }
    };
    for (path, name) in refs {
        let parts: Vec<&str> = path.trim_start_matches("$.").split('.').collect();
        let Some((last, above)) = parts.split_last() else { continue };
        let shared = above.iter().zip(&open).take_while(|(a, (b, _))| *a == b).count();
        while open.len() > shared {
            close(out, &mut open);
            fresh = false;
        }
        for part in &above[shared..] {
            let (key, list) = part.strip_suffix("[*]").map_or((*part, false), |k| (k, true));
            let comma = if fresh { "" } else { "," };
            let _ = write!(out, "{comma}\"{key}\":{}", if list { "[{" } else { "{" });
            open.push((part, list));
            fresh = true;
            if let Some((_, text)) = beside.take_if(|(within, _)| open.len() == 1 && *within == key) {
                out.push_str(text);
                fresh = false;
            }
        }
        let comma = if fresh { "" } else { "," };
        let _ = match last.strip_suffix("[*]") {
            Some(key) => write!(out, "{comma}\"{key}\":[\"{name}\"]"),
            None => write!(out, "{comma}\"{last}\":\"{name}\""),
        };
        fresh = false;
    }
    while !open.is_empty() {
        close(out, &mut open);
    }
    if let Some((key, text)) = beside {
        let _ = write!(out, ",\"{key}\":{{{text}}}");
    }
}
