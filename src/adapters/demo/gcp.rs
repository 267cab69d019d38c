//! One Google Cloud project: instances, disks, networks, buckets, Cloud SQL and service accounts.

use serde_json::{Value, json};

use crate::{
    place::{Listing, Made, Place},
    world::{World, label_map},
};

/// A project that does not exist.
pub(crate) const PROJECT: &str = "acme-demo-314159";
const NUMBER: &str = "314159265358";
const PLACE: Place = Place { account: PROJECT, region: "", parent: "", env: "prod", number: 90 };
const ZONES: [&str; 3] = ["europe-west1-b", "europe-west1-c", "europe-west4-a"];
const NETWORKS: [&str; 3] = ["default", "prod", "data"];
const API: &str = "https://www.googleapis.com/compute/v1/projects";

static LISTINGS: [Listing; 6] = [
    Listing::weak("compute.instances.list", &["gcp.compute.instance"], instances),
    Listing::weak("compute.disks.list", &["gcp.compute.disk"], disks),
    Listing::weak("compute.networks.list", &["gcp.compute.network"], networks),
    Listing::weak("storage.buckets.list", &["gcp.storage.bucket"], buckets),
    Listing::weak("cloudsql.instances.list", &["gcp.sql.instance"], databases),
    Listing::weak("iam.serviceAccounts.list", &["gcp.iam.service-account"], service_accounts),
];

pub(crate) fn sites() -> impl Iterator<Item = (Place, &'static [Listing])> {
    std::iter::once((PLACE, LISTINGS.as_slice()))
}

fn zonal(zone: &str, collection: &str, name: &str) -> String {
    format!("{API}/{PROJECT}/zones/{zone}/{collection}/{name}")
}

fn network(name: &str) -> String {
    format!("{API}/{PROJECT}/global/networks/{name}")
}

fn number(world: &World, what: &str) -> String {
    (1_000_000_000_000_000_000 + world.hash(format_args!("gcp {what}")) % 8_000_000_000_000_000_000)
        .to_string()
}

fn email(service: &str) -> String {
    format!("{service}-sa@{PROJECT}.iam.gserviceaccount.com")
}

struct Machine {
    name: String,
    service: &'static str,
    zone: &'static str,
}

fn machine(world: &World, i: usize) -> Machine {
    let (service, _) = world.service(format_args!("gcp vm {i}"));
    Machine {
        name: format!("{service}-{}", world.suffix(format_args!("gcp vm {i}"), 4)),
        service,
        zone: ZONES[i % 3],
    }
}

fn instances(world: &World, _: &Place) -> Vec<Made> {
    (0..world.count(40))
        .map(|i| {
            let m = machine(world, i);
            let net = NETWORKS[i % 3];
            let region = &m.zone[..m.zone.len() - 2];
            let nap = world.chance(format_args!("gcp off {i}"), 10);
            let tags = world.tags(format_args!("gcp vm {i}"), m.service, PLACE.env);
            Made::new(
                "gcp.compute.instance",
                json!({
                    "kind": "compute#instance",
                    "id": number(world, &m.name),
                    "name": m.name,
                    "selfLink": zonal(m.zone, "instances", &m.name),
                    "zone": format!("{API}/{PROJECT}/zones/{}", m.zone),
                    "machineType": zonal(m.zone, "machineTypes", ["e2-standard-2", "n2-standard-4", "t2d-standard-2"][i % 3]),
                    "status": if nap { "TERMINATED" } else { "RUNNING" },
                    "creationTimestamp": world.created(format_args!("gcp vm {i}")),
                    "cpuPlatform": "Intel Ice Lake",
                    "disks": [{
                        "boot": true, "autoDelete": true, "mode": "READ_WRITE", "type": "PERSISTENT", "index": 0,
                        "deviceName": m.name, "source": zonal(m.zone, "disks", &m.name), "diskSizeGb": "50"
                    }],
                    "networkInterfaces": [{
                        "name": "nic0", "network": network(net),
                        "networkIP": format!("10.{}.2.{}", PLACE.number + i % 3, 2 + i / 3 % 250),
                        "accessConfigs": if i % 4 == 0 { json!([{"name": "External NAT", "type": "ONE_TO_ONE_NAT",
                            "natIP": format!("198.51.100.{}", 1 + i % 250)}]) } else { json!([]) },
                        "subnetwork": format!("{API}/{PROJECT}/regions/{region}/subnetworks/{net}")
                    }],
                    "serviceAccounts": [{
                        "email": email(m.service), "scopes": ["https://www.googleapis.com/auth/cloud-platform"]
                    }],
                    "scheduling": {"preemptible": i % 9 == 8, "automaticRestart": true},
                    "deletionProtection": false,
                    "labels": label_map(&tags)
                }),
            )
        })
        .collect()
}

fn disks(world: &World, _: &Place) -> Vec<Made> {
    let boot = (0..world.count(40)).map(|i| {
        let m = machine(world, i);
        let users = json!([zonal(m.zone, "instances", &m.name)]);
        (m.name, m.service, m.zone, 50, users)
    });
    let loose = (0..world.count(8)).map(|i| {
        let (service, _) = world.service(format_args!("gcp disk {i}"));
        (format!("{service}-scratch-{i}"), service, ZONES[i % 3], 500, json!([]))
    });
    boot.chain(loose)
        .map(|(name, service, zone, size, users): (String, &str, &str, usize, Value)| {
            let tags = world.tags(format_args!("gcp disk {name}"), service, PLACE.env);
            Made::new(
                "gcp.compute.disk",
                json!({
                    "kind": "compute#disk",
                    "id": number(world, &format!("disk {name}")),
                    "name": name,
                    "selfLink": zonal(zone, "disks", &name),
                    "zone": format!("{API}/{PROJECT}/zones/{zone}"),
                    "status": "READY",
                    "sizeGb": size.to_string(),
                    "type": zonal(zone, "diskTypes", "pd-balanced"),
                    "creationTimestamp": world.created(format_args!("gcp disk {name}")),
                    "users": users,
                    "labels": label_map(&tags)
                }),
            )
        })
        .collect()
}

fn networks(world: &World, _: &Place) -> Vec<Made> {
    NETWORKS
        .iter()
        .map(|name| {
            Made::new(
                "gcp.compute.network",
                json!({
                    "kind": "compute#network",
                    "id": number(world, &format!("network {name}")),
                    "name": name,
                    "selfLink": network(name),
                    "autoCreateSubnetworks": *name == "default",
                    "creationTimestamp": world.created(format_args!("gcp network {name}")),
                    "routingConfig": {"routingMode": "REGIONAL"},
                    "mtu": 1460
                }),
            )
        })
        .collect()
}

fn buckets(world: &World, _: &Place) -> Vec<Made> {
    (0..world.count(16))
        .map(|i| {
            let (service, _) = world.service(format_args!("gcs {i}"));
            let name = format!("acme-demo-{service}-{i}");
            let tags = world.tags(format_args!("gcs {i}"), service, PLACE.env);
            Made::new(
                "gcp.storage.bucket",
                json!({
                    "kind": "storage#bucket",
                    "id": name,
                    "name": name,
                    "selfLink": format!("https://www.googleapis.com/storage/v1/b/{name}"),
                    "projectNumber": NUMBER,
                    "location": "EUROPE-WEST1",
                    "locationType": "region",
                    "storageClass": if i % 4 == 3 { "NEARLINE" } else { "STANDARD" },
                    "timeCreated": world.created(format_args!("gcs {i}")),
                    "updated": world.created(format_args!("gcs {i}")),
                    "iamConfiguration": {
                        "uniformBucketLevelAccess": {"enabled": i != 2},
                        "publicAccessPrevention": if i == 2 { "inherited" } else { "enforced" }
                    },
                    "versioning": {"enabled": i % 3 == 0},
                    "labels": label_map(&tags)
                }),
            )
        })
        .collect()
}

fn databases(world: &World, _: &Place) -> Vec<Made> {
    (0..world.count(5))
        .map(|i| {
            let (service, _) = world.service(format_args!("gsql {i}"));
            let name = format!("{service}-sql-{i}");
            let tags = world.tags(format_args!("gsql {i}"), service, PLACE.env);
            Made::new(
                "gcp.sql.instance",
                json!({
                    "kind": "sql#instance",
                    "name": name,
                    "project": PROJECT,
                    "selfLink": format!("https://sqladmin.googleapis.com/sql/v1beta4/projects/{PROJECT}/instances/{name}"),
                    "connectionName": format!("{PROJECT}:europe-west1:{name}"),
                    "region": "europe-west1",
                    "gceZone": ZONES[i % 2],
                    "state": if i == 4 { "MAINTENANCE" } else { "RUNNABLE" },
                    "databaseVersion": (["POSTGRES_16", "MYSQL_8_0"])[i % 2],
                    "createTime": world.created(format_args!("gsql {i}")),
                    "ipAddresses": [{"type": "PRIVATE", "ipAddress": format!("10.{}.9.{}", PLACE.number, 3 + i)}],
                    "serviceAccountEmailAddress": format!("p{NUMBER}-{i}@gcp-sa-cloud-sql.iam.gserviceaccount.com"),
                    "settings": {
                        "tier": "db-custom-2-7680", "availabilityType": if i == 0 { "REGIONAL" } else { "ZONAL" },
                        "dataDiskSizeGb": "100",
                        "ipConfiguration": {"ipv4Enabled": i == 3, "privateNetwork": network("data")},
                        "userLabels": label_map(&tags)
                    }
                }),
            )
        })
        .collect()
}

fn service_accounts(world: &World, _: &Place) -> Vec<Made> {
    crate::world::SERVICES
        .iter()
        .map(|(service, team)| {
            let email = email(service);
            Made::new(
                "gcp.iam.service-account",
                json!({
                    "name": format!("projects/{PROJECT}/serviceAccounts/{email}"),
                    "projectId": PROJECT,
                    "uniqueId": number(world, &email)[..18].to_owned(),
                    "email": email,
                    "displayName": format!("{service} ({team})"),
                    "oauth2ClientId": number(world, service)
                }),
            )
        })
        .collect()
}
