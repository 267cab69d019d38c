//! Where a service answers: hosts by partition, region and variant, as botocore's endpoint rules give them.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;

/// Which of a service's endpoints is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointOptions {
    /// One whose cryptography is validated by FIPS 140.
    pub fips: bool,
    /// One that answers over IPv6 too.
    pub dualstack: bool,
}

/// An address to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Scheme and host, without a path.
    pub url: String,
    /// The region that the signature names; another than the one asked for where a service is global.
    pub signing_region: String,
}

/// A part of AWS with its own accounts and names.
#[derive(Debug, Deserialize)]
pub struct Partition {
    /// `aws`, `aws-cn`, `aws-us-gov`, ...: the second field of its ARNs.
    pub name: Box<str>,
    /// The end of its hosts' names.
    #[serde(rename = "suffix")]
    pub dns_suffix: Box<str>,
    /// The same for dual-stack hosts.
    #[serde(rename = "dual")]
    pub dualstack_dns_suffix: Box<str>,
    /// The region that its global services sign for.
    #[serde(rename = "global")]
    pub global_region: Box<str>,
    /// The regions that were known when the models were written.
    pub regions: Vec<Box<str>>,
    #[serde(rename = "regex", deserialize_with = "pattern")]
    pattern: Regex,
}

fn pattern<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Regex, D::Error> {
    let text = String::deserialize(from)?;
    Regex::new(&text).map_err(serde::de::Error::custom)
}

impl Partition {
    /// Whether a region is one of it: by name, or by how its names are made.
    #[must_use]
    pub fn has(&self, region: &str) -> bool {
        self.knows(region) || self.pattern.is_match(region)
    }

    /// Whether a region was known when the models were written.
    #[must_use]
    pub fn knows(&self, region: &str) -> bool {
        self.regions.iter().any(|r| **r == *region)
    }
}

/// A URL in which `{region}` stands for the region, and the region to sign for, empty for the same.
type Template = (Box<str>, Box<str>);

#[derive(Debug, Deserialize)]
struct Hosts {
    usual: Template,
    #[serde(default, rename = "except")]
    others: BTreeMap<Box<str>, Template>,
}

impl Hosts {
    fn endpoint(&self, region: &str) -> Endpoint {
        let (url, signing) = self.others.get(region).unwrap_or(&self.usual);
        Endpoint {
            url: url.replace("{region}", region),
            signing_region: if signing.is_empty() { region } else { signing }.to_owned(),
        }
    }
}

/// A service within one partition.
#[derive(Debug, Deserialize)]
pub(super) struct Presence {
    pub(super) partition: Box<str>,
    /// One for the whole partition.
    #[serde(default)]
    pub(super) global: bool,
    /// The regions it is in, when these are few.
    only: Option<Vec<Box<str>>>,
    /// The known regions it is not in.
    #[serde(default)]
    not: Vec<Box<str>>,
    plain: Option<Hosts>,
    fips: Option<Hosts>,
    dual: Option<Hosts>,
    both: Option<Hosts>,
}

impl Presence {
    /// Whether the service is offered there. A region that is newer than the models is taken to have it.
    pub(super) fn offers(&self, partition: &Partition, region: &str) -> bool {
        let listed = |list: &[Box<str>]| list.iter().any(|r| **r == *region);
        match &self.only {
            Some(only) => listed(only) || !partition.knows(region),
            None => !listed(&self.not),
        }
    }

    pub(super) fn endpoint(&self, region: &str, options: EndpointOptions) -> Option<Endpoint> {
        let hosts = match (options.fips, options.dualstack) {
            (false, false) => &self.plain,
            (true, false) => &self.fips,
            (false, true) => &self.dual,
            (true, true) => &self.both,
        };
        Some(hosts.as_ref()?.endpoint(region))
    }
}
