//! What a thing is called: its id in the provider's own form, the short names it also has, its name,
//! addresses and tags.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    dice::{below, hex, suffix},
    thing::{Provider, Thing},
};

/// The short id: `i-0ab12...`, or the name where a name is the identity.
pub(crate) fn short(thing: &Thing) -> String {
    let shape = thing.shape;
    let mut out = String::with_capacity(40);
    match (thing.place.provider, shape.short) {
        (Provider::Aws, "key") => {
            uuid(&mut out, thing.roll(2), thing.roll(3));
        }
        (Provider::Aws, "role" | "function" | "bucket" | "db") | (Provider::Gcp | Provider::Azure, _) => {
            out = name(thing);
        }
        (Provider::Aws, prefix) => {
            out.push_str(prefix);
            out.push_str("-0");
            hex(&mut out, thing.roll(2), 16);
        }
        (Provider::K8s, _) => out = name(thing),
    }
    out
}

fn uuid(out: &mut String, a: u64, b: u64) {
    hex(out, a >> 32, 8);
    out.push('-');
    hex(out, a >> 16, 4);
    out.push_str("-4");
    hex(out, a, 3);
    out.push_str("-a");
    hex(out, b >> 52, 3);
    out.push('-');
    hex(out, b, 12);
}

/// The id in the provider's own form.
pub(crate) fn id(thing: &Thing) -> String {
    let (place, shape) = (&thing.place, thing.shape);
    let account = place.account();
    let short = short(thing);
    let region = place.region;
    match place.provider {
        Provider::Aws => match shape.short {
            "role" => format!("arn:aws:iam::{account}:role/{short}"),
            "key" => format!("arn:aws:kms:{region}:{account}:key/{short}"),
            "function" => format!("arn:aws:lambda:{region}:{account}:function:{short}"),
            "bucket" => format!("arn:aws:s3:::{short}"),
            "db" => format!("arn:aws:rds:{region}:{account}:db:{short}"),
            word => {
                let resource = match word {
                    "i" => "instance",
                    "vol" => "volume",
                    "sg" => "security-group",
                    "eni" => "network-interface",
                    "snap" => "snapshot",
                    other => other,
                };
                format!("arn:aws:ec2:{region}:{account}:{resource}/{short}")
            }
        },
        Provider::Gcp => {
            format!(
                "//compute.googleapis.com/projects/{account}/zones/{}/{}/{short}",
                zone(thing),
                shape.short
            )
        }
        Provider::Azure => {
            format!(
                "/subscriptions/{account}/resourcegroups/{}-rg/providers/{}/{short}",
                thing.service().0,
                shape.short.to_lowercase()
            )
        }
        Provider::K8s => {
            let group = shape.listing.split_once('.').map_or("core", |(_, g)| g);
            format!("{account}/{group}/{}/{}/{short}", shape.short, namespace(thing))
        }
    }
}

/// The namespace of a Kubernetes object.
pub(crate) fn namespace(thing: &Thing) -> &'static str {
    match thing.shape.short {
        "namespaces" | "nodes" => "",
        _ => thing.service().0,
    }
}

/// What people call it.
pub(crate) fn name(thing: &Thing) -> String {
    let service = thing.service().0;
    let mut out = String::with_capacity(48);
    match thing.place.provider {
        Provider::Aws if matches!(thing.shape.short, "eni" | "snap") && !thing.chance(4, 10) => {
            return short(thing);
        }
        Provider::K8s => match thing.shape.short {
            "nodes" => {
                // Addresses of one cluster may be the same; its nodes are not.
                let number = thing.cell * thing.shape.count + thing.nth;
                let _ = write!(out, "ip-{}-{number}.internal", address(thing, 9).replace('.', "-"));
            }
            "namespaces" => {
                let _ = write!(out, "{service}-{}", thing.cell * 10 + thing.nth);
            }
            "pods" => {
                let _ = write!(out, "{service}-");
                hex(&mut out, thing.roll(5), 10);
                out.push('-');
                suffix(&mut out, thing.roll(6), 5);
            }
            "replicasets" => {
                let _ = write!(out, "{service}-");
                hex(&mut out, thing.roll(5), 10);
            }
            _ => {
                let _ = write!(out, "{service}-{}-{}", thing.shape.short, thing.cell * 100 + thing.nth);
            }
        },
        _ => {
            let word = thing.shape.kind.rsplit('.').next().unwrap_or("thing");
            let stage = thing.place.stage();
            // Some people shout.
            if thing.chance(7, 4) {
                let _ = write!(out, "{}-{}-{word}", service.to_uppercase(), stage.to_uppercase());
            } else {
                let _ = write!(out, "{service}-{stage}-{word}");
            }
            let _ = write!(out, "-{:05}", thing.cell * thing.shape.count + thing.nth);
        }
    }
    out
}

/// A private address.
pub(crate) fn address(thing: &Thing, purpose: u64) -> String {
    let h = thing.roll(purpose);
    format!("10.{}.{}.{}", thing.place.number % 256, h >> 8 & 255, 1 + h % 254)
}

/// Addresses and DNS names, where the kind has any.
pub(crate) fn addresses(thing: &Thing) -> Vec<String> {
    let has = matches!(
        thing.shape.short,
        "i" | "eni"
            | "db"
            | "instances"
            | "pods"
            | "nodes"
            | "services"
            | "Microsoft.Network/networkInterfaces"
    );
    if !has {
        return Vec::new();
    }
    let mut all = vec![address(thing, 9)];
    if thing.shape.short == "i" {
        all.push(format!("ip-{}.{}.compute.internal", all[0].replace('.', "-"), thing.place.region));
    }
    if thing.shape.short == "db" {
        let h = thing.roll(10);
        all[0] =
            format!("{}.c{:011x}.{}.rds.amazonaws.com", name(thing), h & 0xfff_ffff_ffff, thing.place.region);
    }
    all
}

/// Short names under which others refer to it, beside the id.
pub(crate) fn aliases(thing: &Thing) -> Vec<String> {
    match (thing.place.provider, thing.shape.short) {
        (Provider::Aws, "role" | "function" | "bucket" | "db" | "key") | (Provider::Azure, _) => Vec::new(),
        (Provider::Aws, _) => vec![short(thing)],
        (Provider::Gcp | Provider::K8s, _) => Vec::new(),
    }
}

/// The zone.
pub(crate) fn zone(thing: &Thing) -> String {
    match thing.place.provider {
        Provider::Aws => format!("{}{}", thing.place.region, thing.pick(11, &["a", "b", "c"])),
        Provider::Gcp => format!("{}-{}", thing.place.region, thing.pick(11, &["b", "c", "d"])),
        Provider::Azure | Provider::K8s => String::new(),
    }
}

const OWNERS: [&str; 6] = ["ana", "bo", "chen", "divya", "emeka", "fatima"];

/// Tags as the company sets them. Nearly one thing in ten has none: somebody made it by hand.
pub(crate) fn tags(thing: &Thing) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    if thing.chance(12, 9) {
        return tags;
    }
    let (service, team) = thing.service();
    let mut put = |key: &str, value: String| tags.insert(key.to_owned(), value);
    put("env", thing.place.stage().to_owned());
    put("team", team.to_owned());
    put("service", service.to_owned());
    if thing.place.provider == Provider::Aws {
        put("Name", name(thing));
    }
    if thing.chance(13, 60) {
        put("owner", format!("{}@example.com", OWNERS[below(thing.roll(14), OWNERS.len())]));
    }
    if thing.chance(15, 75) {
        put("cost-center", format!("cc-{}", 4100 + below(thing.roll(16), 80) * 10));
    }
    tags
}
