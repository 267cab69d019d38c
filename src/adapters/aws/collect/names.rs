//! Names that are unique only where they stand: a key pair `ops` is another one in the next region. Such
//! names are told apart by account and region, on both ends: among the aliases of what bears the name and
//! in the references of what speaks of it.
//!
//! Ids that AWS makes, ARNs, host names and names of buckets are unique by themselves and stay as they are.

use std::collections::HashSet;

use cloudscope_domain::{Kind, Sighting, Target};

/// Kinds whose names are given once in the whole world.
const UNIQUE: [&str; 3] = ["aws.s3.bucket", "aws.organizations.account", "aws.iam.account"];

/// Adds to each alias that is a mere name the name with its place, and puts places into references by name.
pub(super) fn place(sighting: &mut Sighting, account: &str, region: &str, globals: &HashSet<Kind>) {
    let asset = &mut sighting.asset;
    if !UNIQUE.contains(&asset.kind.as_str()) {
        let global = globals.contains(&asset.kind);
        let placed: Vec<String> =
            asset.aliases.iter().filter(|a| !is_unique(a)).map(|a| at(a, account, region, global)).collect();
        asset.aliases.extend(placed);
    }
    for reference in &mut sighting.references {
        if let Target::Named { kind: Some(kind), name } = &mut reference.target
            && kind.as_str().starts_with("aws.")
            && !UNIQUE.contains(&kind.as_str())
            && !is_unique(name)
        {
            *name = at(name, account, region, globals.contains(kind)).into();
        }
    }
}

fn at(name: &str, account: &str, region: &str, global: bool) -> String {
    if global { format!("{name}@{account}") } else { format!("{name}@{account}/{region}") }
}

/// Whether a name is the only one of its sort: an ARN, a host name, an id with enough of chance in it.
fn is_unique(name: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    // sg-0ab1..., vpce-svc-0ab1..., and 8 digits for what is older.
    let made = |tail: &str| tail.len() >= 8 && hex(tail);
    let upper =
        |text: &str| text.len() >= 12 && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    let uuid = name.len() == 36 && name.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    name.starts_with("arn:")
        || is_host(name)
        || name.contains("://")
        || uuid
        || upper(name)
        || name.rsplit_once('-').is_some_and(|(_, tail)| made(tail))
}

/// Whether a name is that of a host or domain: it ends as those do. Names that people gave may have dots too
/// (`default.neptune1.3.2`, `/app/api.log`, `ann@example.com`), and then there is one in every region.
fn is_host(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let top = name.rsplit_once('.').map_or("", |(_, top)| top);
    top.len() >= 2
        && top.starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.contains(['/', '@'])
        // What AWS itself calls its parameter groups.
        && !name.starts_with("default.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_made_is_unique_and_what_people_named_is_not() {
        for name in [
            "i-0123456789abcdef0",
            "vpce-svc-0123456789abcdef0",
            "sg-1a2b3c4d",
            "arn:aws:s3:::b",
            "x.eu-west-1.elb.amazonaws.com",
            "www.example.com.",
            "*.example.xn--p1ai",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "AROAEXAMPLEID1234567",
            "Z0123456789ABC",
            "E1A2B3C4D5E6F7",
        ] {
            assert!(is_unique(name), "{name}");
        }
        for name in [
            "ops",
            "my-key",
            "/ecs/app",
            "alias/aws/ebs",
            "default",
            "vault-2",
            "db-prod",
            "web-a1",
            "default.aurora-mysql5.7.mysql_aurora.2.07",
            "default.redis7.cluster.on",
            "/app/api.log",
            "ann@example.com",
            "release-1.2",
        ] {
            assert!(!is_unique(name), "{name}");
        }
    }
}
