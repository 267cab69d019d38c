//! A Terraform state of the production account: each resource instance is a record that declares a cloud
//! asset. Most of them exist; one was terminated by hand, and its record dangles.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_catalog::{Catalog, MapContext};
use cloudscope_domain::{
    Asset, AssetId, AssetKey, Category, Incarnation, Payload, Reference, Relation, Sighting, Target,
    redact::Redactor,
};
use serde_json::{Value, json};

use crate::{
    aws::{HOME, fleet, global},
    place::{Listing, Made, Place, kind_of},
    world::World,
};

const PLACE: Place = Place {
    account: crate::aws::PROD,
    region: "eu-west-1",
    parent: "/srv/infrastructure/prod/terraform.tfstate",
    env: "prod",
    number: 13,
};

/// The kind of the state file's own record.
const STATE: &str = "terraform.state";

const KINDS: &[&str] = &[
    STATE,
    "terraform.aws_instance",
    "terraform.aws_vpc",
    "terraform.aws_subnet",
    "terraform.aws_security_group",
    "terraform.aws_s3_bucket",
    "terraform.aws_iam_role",
];

static LISTINGS: [Listing; 1] = [Listing::snapshot("terraform-state", KINDS, resources)];

pub(crate) fn sites() -> impl Iterator<Item = (Place, &'static [Listing])> {
    std::iter::once((PLACE, LISTINGS.as_slice()))
}

fn resource(kind: &'static str, module: &str, name: &str, attributes: Value) -> Made {
    let form = kind.strip_prefix("terraform.").unwrap_or(kind);
    let address =
        if module.is_empty() { format!("{form}.{name}") } else { format!("{module}.{form}.{name}") };
    let mut item = json!({
        "address": address, "module": module, "mode": "managed", "type": form, "name": name,
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]"
    });
    item["attributes"] = attributes;
    Made::new(kind, item)
}

fn ec2_arn(form: &str, id: &str) -> String {
    format!("arn:aws:ec2:{}:{}:{form}/{id}", HOME.region, HOME.account)
}

fn resources(world: &World, place: &Place) -> Vec<Made> {
    let state = json!({
        "path": place.parent, "version": 4, "terraform_version": "1.9.8", "serial": 212,
        "lineage": world.uuid(format_args!("lineage"))
    });
    let mut out = vec![Made::new(STATE, state)];
    for vpc in 0..fleet::vpc_count() {
        let id = fleet::vpc_id(world, &HOME, vpc);
        let attributes = json!({"id": id, "arn": ec2_arn("vpc", &id), "owner_id": HOME.account,
            "cidr_block": format!("10.{}.0.0/16", HOME.number + vpc)});
        out.push(resource("terraform.aws_vpc", &format!("module.network[{vpc}]"), "this", attributes));
        for subnet in 0..fleet::subnet_count() {
            let id = fleet::subnet_id(world, &HOME, vpc, subnet);
            let attributes = json!({"id": id, "arn": ec2_arn("subnet", &id), "owner_id": HOME.account,
                "vpc_id": fleet::vpc_id(world, &HOME, vpc),
                "availability_zone": fleet::zone_of(&HOME, subnet)});
            let module = format!("module.network[{vpc}]");
            out.push(resource("terraform.aws_subnet", &module, &format!("this[{subnet}]"), attributes));
        }
        for (group, name) in fleet::GROUPS.into_iter().enumerate().skip(1) {
            let id = fleet::group_id(world, &HOME, vpc, group);
            let attributes = json!({"id": id, "arn": ec2_arn("security-group", &id), "owner_id": HOME.account,
                "name": name, "vpc_id": fleet::vpc_id(world, &HOME, vpc)});
            out.push(resource(
                "terraform.aws_security_group",
                &format!("module.network[{vpc}]"),
                name,
                attributes,
            ));
        }
    }
    for (i, m) in fleet::machines(world, &HOME).iter().filter(|m| !m.scaled).take(world.count(20)).enumerate()
    {
        out.push(instance(world, &format!("fleet[{i}]"), &m.id, &m.name));
    }
    let lost = format!("i-0{}", world.hex(format_args!("terminated by hand"), 16));
    out.push(instance(world, "bastion", &lost, "prod-bastion-old"));
    for i in 0..world.count(10) {
        let name = global::bucket_name(world, &HOME, i);
        let attributes = json!({"id": name, "bucket": name, "arn": format!("arn:aws:s3:::{name}")});
        out.push(resource("terraform.aws_s3_bucket", "", &format!("data[{i}]"), attributes));
    }
    for (service, _) in crate::world::SERVICES {
        let arn = global::role_arn(HOME.account, service);
        let attributes =
            json!({"id": global::role_name(service), "name": global::role_name(service), "arn": arn});
        out.push(resource(
            "terraform.aws_iam_role",
            "module.services",
            &format!("this[\"{service}\"]"),
            attributes,
        ));
    }
    out
}

fn instance(world: &World, name: &str, id: &str, shown: &str) -> Made {
    let attributes = json!({
        "id": id, "arn": ec2_arn("instance", id), "instance_type": "m6i.large", "instance_state": "running",
        "user_data": world.hex(format_args!("user data {id}"), 24),
        "tags": {"Name": shown, "env": "prod"}
    });
    resource("terraform.aws_instance", "", name, attributes)
}

/// The record of the state, or of a declaration in it. The catalog says which cloud asset a resource type
/// means; where it does not know the type, the ARN among the attributes says it.
pub(crate) fn sighting(catalog: &Catalog, redactor: &Redactor, made: Made, context: &MapContext) -> Sighting {
    let Made { kind, mut item } = made;
    let state = format!("terraform:{}", context.variables.get("file").map_or("", String::as_str));
    let none: Arc<[String]> = [].into();
    let mut asset = Asset {
        key: AssetKey::new(state.as_str(), Incarnation::default()),
        kind: kind_of(kind),
        category: Category::Management,
        provider: "terraform".into(),
        name: "prod/terraform.tfstate".into(),
        account: context.account.as_str().into(),
        region: context.region.as_str().into(),
        zone: "".into(),
        status: None,
        tags: BTreeMap::new(),
        created_at: None,
        addresses: Vec::new(),
        aliases: Vec::new(),
        declares: None,
        properties: Payload::default(),
    };
    let mut references = Vec::new();
    if kind != STATE {
        let form = kind.strip_prefix("terraform.").unwrap_or(kind);
        let spec = catalog.terraform(form);
        let declares = spec
            .and_then(|spec| spec.declared(&item["attributes"], context))
            .or_else(|| item["attributes"]["arn"].as_str().map(AssetId::from));
        if let Some(data) = item["attributes"].get_mut("user_data") {
            redactor.replace(data, "sensitive");
        }
        let address = item["address"].as_str().unwrap_or_default().to_owned();
        if let Some(tags) = item["attributes"]["tags"].as_object() {
            let text = tags.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())));
            asset.tags = text.collect();
        }
        references.extend(declares.clone().map(|id| edge("declares", id, "$.attributes.arn")));
        references.push(edge("managed-by", state.as_str().into(), "state file"));
        asset.key = AssetKey::new(format!("{state}#{address}"), Incarnation::default());
        asset.category = spec.map_or(Category::Management, |spec| spec.category);
        asset.name = asset.tags.get("Name").map_or(address.as_str(), String::as_str).into();
        asset.aliases = vec![address];
        asset.declares = declares;
    }
    asset.properties = Payload::from_value(&item);
    Sighting { asset, references, volatile: none.clone(), sets: none }
}

fn edge(relation: &str, target: AssetId, rule: &str) -> Reference {
    Reference {
        relation: Relation::from(relation),
        target: Target::Id(target),
        reverse: false,
        confidence: 1.0,
        rule: rule.into(),
    }
}
