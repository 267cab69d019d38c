//! What the attributes of a resource say in the words of an asset: name, account, region, zone,
//! addresses, tags, time of creation. Reads redacted attributes only.

use std::collections::BTreeMap;

use cloudscope_domain::Timestamp;
use serde_json::Value;

use crate::{
    cloud::{self, CloudId},
    rows::{addresses_of, tags_of, time_of},
};

/// What was found; empty where nothing was.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) zone: String,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) addresses: Vec<String>,
    pub(crate) created_at: Option<Timestamp>,
    /// The provider's own id, where an attribute holds one.
    pub(crate) cloud: Option<CloudId>,
}

const ADDRESSES: &[&str] = &[
    "public_ip",
    "private_ip",
    "public_ip_address",
    "private_ip_address",
    "ip_address",
    "ipv4_address",
    "ipv6_address",
    "ipv6_addresses",
    "public_dns",
    "private_dns",
    "fqdn",
    "dns_name",
    "address",
    "endpoint",
    "nat_ip",
    "network_ip",
    "default_hostname",
    "hostname",
];

const CREATED: &[&str] = &[
    "created_at",
    "create_date",
    "creation_date",
    "created_date",
    "creation_timestamp",
    "create_time",
    "creation_time",
    "launch_time",
    "created_time",
];

impl Facts {
    pub(crate) fn of(attributes: &Value) -> Self {
        let text = |name: &str| {
            attributes.get(name).and_then(Value::as_str).map(str::trim).unwrap_or_default().to_owned()
        };
        let first =
            |names: &[&str]| names.iter().map(|n| text(n)).find(|t| !t.is_empty()).unwrap_or_default();
        let cloud = ["arn", "self_link", "id"].iter().find_map(|name| cloud::parse(&text(name)));
        let of_cloud = |pick: fn(&CloudId) -> &String| cloud.as_ref().map(pick).cloned().unwrap_or_default();
        let or = |own: String, other: String| if own.is_empty() { other } else { own };

        let mut tags = BTreeMap::new();
        for name in ["labels", "tags", "tags_all"] {
            match attributes.get(name) {
                // GCP network tags are a list of words.
                Some(list @ Value::Array(_)) if name == "tags" => tags_of(list, &mut tags),
                Some(map @ Value::Object(_)) => tags_of(map, &mut tags),
                _ => {}
            }
        }
        let zone = first(&["availability_zone", "zone"]);
        let zone = or(cloud::parse(&zone).map(|c| c.zone).unwrap_or(zone), of_cloud(|c| &c.zone));
        let location = text("location");
        let region =
            [first(&["region"]), of_cloud(|c| &c.region), location, cloud::region_of_zone(&zone).to_owned()]
                .into_iter()
                .find(|t| !t.is_empty())
                .unwrap_or_default();
        let mut addresses = Vec::new();
        for name in ADDRESSES {
            if let Some(value) = attributes.get(*name) {
                // `db.example.com:5432` leads to a host; the port is in the payload.
                let value = value.as_str().and_then(host_of).map_or_else(|| value.clone(), Value::String);
                addresses_of(&value, &mut addresses);
            }
        }
        let name = tags.get("Name").filter(|n| !n.trim().is_empty()).cloned();
        Self {
            name: name.unwrap_or_else(|| first(&["name", "display_name"])),
            account: or(of_cloud(|c| &c.account), first(&["owner_id", "account_id", "project"])),
            region: region.rsplit('/').next().unwrap_or_default().to_owned(),
            zone,
            tags,
            addresses,
            created_at: CREATED.iter().find_map(|n| attributes.get(*n).and_then(time_of)),
            cloud,
        }
    }
}

/// The host of `https://host:port/path` or `host:port`.
fn host_of(text: &str) -> Option<String> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest.split('/').next()?;
    let (host, port) = rest.rsplit_once(':')?;
    let plain = !host.is_empty() && !host.contains(':') && port.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| host.to_owned())
}
