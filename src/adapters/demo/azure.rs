//! One Azure subscription: machines, disks, networks, storage accounts and SQL databases, as Azure
//! Resource Manager returns them.

use serde_json::{Value, json};

use crate::{
    place::{Listing, Made, Place},
    world::{World, tag_map},
};

/// A subscription that does not exist.
pub(crate) const SUBSCRIPTION: &str = "00000000-1111-2222-3333-444455556666";
const PLACE: Place = Place { account: SUBSCRIPTION, region: "", parent: "", env: "prod", number: 80 };
const LOCATIONS: [&str; 2] = ["westeurope", "northeurope"];
const NETWORKS: usize = 4;

static LISTINGS: [Listing; 5] = [
    Listing::weak("Microsoft.Compute/virtualMachines/read", &["azure.compute.virtual-machine"], machines),
    Listing::weak("Microsoft.Compute/disks/read", &["azure.compute.disk"], disks),
    Listing::weak("Microsoft.Network/virtualNetworks/read", &["azure.network.virtual-network"], networks),
    Listing::weak("Microsoft.Storage/storageAccounts/read", &["azure.storage.account"], accounts),
    Listing::weak("Microsoft.Sql/servers/databases/read", &["azure.sql.database"], databases),
];

pub(crate) fn sites() -> impl Iterator<Item = (Place, &'static [Listing])> {
    std::iter::once((PLACE, LISTINGS.as_slice()))
}

fn id(group: &str, kind: &str, name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/{kind}/{name}")
}

fn group(service: &str) -> String {
    format!("rg-{service}-prod")
}

/// What every resource bears.
fn resource(
    world: &World,
    kind: &str,
    service: &str,
    name: &str,
    location: &str,
    properties: Value,
) -> Value {
    let tags = world.tags(format_args!("az {kind} {name}"), service, PLACE.env);
    let mut item = json!({
        "id": id(&group(service), kind, name),
        "name": name,
        "type": kind,
        "location": location,
        "tags": tag_map(&tags)
    });
    item["properties"] = properties;
    item
}

struct Machine {
    name: String,
    service: &'static str,
    location: &'static str,
}

fn machine(world: &World, i: usize) -> Machine {
    let (service, _) = world.service(format_args!("az vm {i}"));
    Machine { name: format!("vm-{service}-{i:02}"), service, location: LOCATIONS[i % 2] }
}

fn disk_id(m: &Machine, form: &str) -> String {
    id(&group(m.service), "Microsoft.Compute/disks", &format!("{}-{form}", m.name))
}

fn machines(world: &World, _: &Place) -> Vec<Made> {
    (0..world.count(40))
        .map(|i| {
            let m = machine(world, i);
            let network = network_name(i % world.count(NETWORKS));
            let off = world.chance(format_args!("az off {i}"), 8);
            let (code, shown) =
                if off { ("PowerState/deallocated", "VM deallocated") } else { ("PowerState/running", "VM running") };
            let mut item = resource(
                world,
                "Microsoft.Compute/virtualMachines",
                m.service,
                &m.name,
                m.location,
                json!({
                    "vmId": world.uuid(format_args!("az vm {i}")),
                    "provisioningState": "Succeeded",
                    "timeCreated": world.created(format_args!("az vm {i}")),
                    "hardwareProfile": {"vmSize": (["Standard_D2s_v5", "Standard_D4s_v5", "Standard_B2ms"])[i % 3]},
                    "storageProfile": {
                        "imageReference": {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
                        "osDisk": {"osType": "Linux", "name": format!("{}-os", m.name), "createOption": "FromImage",
                            "managedDisk": {"id": disk_id(&m, "os"), "storageAccountType": "Premium_LRS"}},
                        "dataDisks": if i % 2 == 0 { json!([{"lun": 0, "name": format!("{}-data", m.name),
                            "managedDisk": {"id": disk_id(&m, "data")}}]) } else { json!([]) }
                    },
                    "osProfile": {"computerName": m.name, "adminUsername": "azureuser",
                        "linuxConfiguration": {"disablePasswordAuthentication": true}},
                    "networkProfile": {"networkInterfaces": [{
                        "id": id(&group(m.service), "Microsoft.Network/networkInterfaces", &format!("{}-nic", m.name)),
                        "properties": {"primary": true, "ipConfigurations": [{"name": "ip", "properties": {
                            "privateIPAddress": format!("10.8{}.1.{}", i % 4, 10 + i / 4 % 240),
                            "subnet": {"id": format!(
                                "{}/subnets/apps", id("rg-network", "Microsoft.Network/virtualNetworks", &network))}
                        }}]}
                    }]},
                    "instanceView": {"statuses": [
                        {"code": "ProvisioningState/succeeded", "level": "Info",
                            "displayStatus": "Provisioning succeeded"},
                        {"code": code, "level": "Info", "displayStatus": shown}
                    ]}
                }),
            );
            item["zones"] = json!([(1 + i % 3).to_string()]);
            Made::new("azure.compute.virtual-machine", item)
        })
        .collect()
}

fn disks(world: &World, _: &Place) -> Vec<Made> {
    let mut out = Vec::new();
    for i in 0..world.count(40) {
        let m = machine(world, i);
        for form in if i % 2 == 0 { ["os", "data"].as_slice() } else { ["os"].as_slice() } {
            let name = format!("{}-{form}", m.name);
            let mut item = resource(
                world,
                "Microsoft.Compute/disks",
                m.service,
                &name,
                m.location,
                json!({
                    "provisioningState": "Succeeded",
                    "timeCreated": world.created(format_args!("az disk {name}")),
                    "diskState": "Attached",
                    "diskSizeGB": if *form == "os" { 64 } else { 512 },
                    "osType": if *form == "os" { json!("Linux") } else { Value::Null },
                    "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
                    "creationData": {"createOption": "FromImage"}
                }),
            );
            item["managedBy"] = json!(id(&group(m.service), "Microsoft.Compute/virtualMachines", &m.name));
            item["sku"] = json!({"name": "Premium_LRS", "tier": "Premium"});
            out.push(Made::new("azure.compute.disk", item));
        }
    }
    out
}

fn network_name(i: usize) -> String {
    format!("vnet-{}-{i}", LOCATIONS[i % 2])
}

fn networks(world: &World, _: &Place) -> Vec<Made> {
    (0..world.count(NETWORKS))
        .map(|i| {
            let name = network_name(i);
            let own = id("rg-network", "Microsoft.Network/virtualNetworks", &name);
            let mut item = resource(
                world,
                "Microsoft.Network/virtualNetworks",
                "gateway",
                &name,
                LOCATIONS[i % 2],
                json!({
                    "provisioningState": "Succeeded",
                    "resourceGuid": world.uuid(format_args!("az vnet {i}")),
                    "addressSpace": {"addressPrefixes": [format!("10.8{i}.0.0/16")]},
                    "subnets": [{"name": "apps", "id": format!("{own}/subnets/apps"),
                        "properties": {"addressPrefix": format!("10.8{i}.1.0/24")}}],
                    "virtualNetworkPeerings": []
                }),
            );
            item["id"] = json!(own);
            Made::new("azure.network.virtual-network", item)
        })
        .collect()
}

fn accounts(world: &World, _: &Place) -> Vec<Made> {
    (0..world.count(16))
        .map(|i| {
            let (service, _) = world.service(format_args!("az st {i}"));
            let name = format!("stacmedemo{service}{i}");
            let mut item = resource(
                world,
                "Microsoft.Storage/storageAccounts",
                service,
                &name,
                LOCATIONS[i % 2],
                json!({
                    "provisioningState": "Succeeded",
                    "creationTime": world.created(format_args!("az st {i}")),
                    "primaryLocation": LOCATIONS[i % 2],
                    "statusOfPrimary": "available",
                    "accessTier": "Hot",
                    "allowBlobPublicAccess": i == 3,
                    "minimumTlsVersion": if i == 5 { "TLS1_0" } else { "TLS1_2" },
                    "supportsHttpsTrafficOnly": true,
                    "primaryEndpoints": {"blob": format!("https://{name}.blob.core.windows.net/")},
                    "encryption": {"keySource": "Microsoft.Storage"}
                }),
            );
            item["kind"] = json!("StorageV2");
            item["sku"] = json!({"name": "Standard_LRS", "tier": "Standard"});
            Made::new("azure.storage.account", item)
        })
        .collect()
}

fn databases(world: &World, _: &Place) -> Vec<Made> {
    (0..world.count(10))
        .map(|i| {
            let (service, _) = world.service(format_args!("az sql {i}"));
            let server = format!("sql-acme-demo-{}", i % 2);
            let name = format!("{server}/databases/{service}-{i}");
            let mut item = resource(
                world,
                "Microsoft.Sql/servers",
                service,
                &name,
                LOCATIONS[i % 2],
                json!({
                    "status": if i == 4 { "Paused" } else { "Online" },
                    "databaseId": world.uuid(format_args!("az sql {i}")),
                    "creationDate": world.created(format_args!("az sql {i}")),
                    "collation": "SQL_Latin1_General_CP1_CI_AS",
                    "maxSizeBytes": 34_359_738_368_u64,
                    "zoneRedundant": false,
                    "currentServiceObjectiveName": "GP_S_Gen5_2"
                }),
            );
            item["name"] = json!(format!("{service}-{i}"));
            item["type"] = json!("Microsoft.Sql/servers/databases");
            item["sku"] = json!({"name": "GP_S_Gen5", "tier": "GeneralPurpose", "capacity": 2});
            Made::new("azure.sql.database", item)
        })
        .collect()
}
