//! A Terraform state beside moto. The state is made by this test and not by Terraform, which is not there: in
//! the published format (version 4), with the real ids of what boto3 lists. What has an address, what has none
//! and what only has an address is told apart, before and after some of it was deleted.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use cloudscope_catalog::{Catalog, MapContext};
use serde_json::{Value, json};

use super::{
    moto::{Moto, State},
    run, shown, text,
};
use crate::home::Home;

/// Every so many assets of a kind one has no address.
const LEFT_OUT: usize = 3;

/// What was written into the state.
pub(super) struct Made {
    pub(super) path: PathBuf,
    /// Addresses of assets that moto had when it was written, with what they stand for.
    addresses: BTreeMap<String, String>,
    /// Addresses of what never was there: of the accounts and regions that are collected, and of others.
    never: BTreeSet<String>,
    elsewhere: BTreeSet<String>,
    /// The kinds that an address can stand for.
    kinds: BTreeSet<String>,
    account: String,
}

impl Made {
    /// Writes a state of the first account.
    pub(super) fn write(home: &Home, state: &State) -> Self {
        let catalog = Catalog::builtin().unwrap();
        let types = types(&catalog);
        let account = state.accounts[0].clone();
        let mut resources = Vec::new();
        let mut addresses = BTreeMap::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for asset in state.assets.iter().filter(|a| text(a, "account") == account) {
            let (kind, id) = (text(asset, "kind"), text(asset, "id"));
            let Some(type_) = types.get(kind) else { continue };
            let count = counts.entry(kind).or_default();
            *count += 1;
            if count.is_multiple_of(LEFT_OUT) {
                continue;
            }
            let name = format!("it_{count}");
            let attributes = json!({"arn": id, "id": text(asset, "name"), "tags": asset["tags"]});
            resources.push(resource(type_, &name, &attributes));
            addresses.insert(format!("{type_}.{name}"), id.to_owned());
        }
        assert!(addresses.len() > 1000 && counts.len() > 80, "{} of {}", addresses.len(), counts.len());
        let region = &state.regions[1];
        let mut lost = |type_: &str, name: &str, arn: String| {
            resources.push(resource(type_, name, &json!({"arn": arn, "id": name})));
            format!("{type_}.{name}")
        };
        let never = BTreeSet::from([
            lost(
                "aws_instance",
                "never",
                format!("arn:aws:ec2:{region}:{account}:instance/i-0ddddddddddddddd1"),
            ),
            lost("aws_iam_role", "never", format!("arn:aws:iam::{account}:role/never")),
            // Whose it is says only the rest of the state.
            lost("aws_s3_bucket", "never", "arn:aws:s3:::never-was-there".to_owned()),
        ]);
        let mut elsewhere = BTreeSet::from([
            lost(
                "aws_instance",
                "far",
                format!("arn:aws:ec2:sa-east-1:{account}:instance/i-0ddddddddddddddd2"),
            ),
            lost(
                "aws_ecs_task_definition",
                "old",
                format!("arn:aws:ecs:{region}:{account}:task-definition/never:1"),
            ),
        ]);
        // Reads what others made: no address of it.
        let mut data =
            resource("aws_vpc", "read", &json!({"arn": format!("arn:aws:ec2:{region}:{account}:vpc/vpc-1")}));
        data["mode"] = json!("data");
        resources.push(data);
        // By another provider configuration, whose account is not collected.
        let arn = format!("arn:aws:ec2:{region}:999999999999:instance/i-0ddddddddddddddd3");
        let mut foreign = resource("aws_instance", "foreign", &json!({"arn": arn, "id": "foreign"}));
        foreign["provider"] = json!("provider[\"registry.terraform.io/hashicorp/aws\"].foreign");
        resources.push(foreign);
        elsewhere.insert("aws_instance.foreign".to_owned());
        let all = json!({
            "version": 4, "terraform_version": "1.9.8", "serial": 1,
            "lineage": "00000000-made-by-a-test-of-cloudscope", "outputs": {}, "resources": resources,
            "check_results": null
        });
        let path = home.file("made-by-a-test.tfstate", serde_json::to_string_pretty(&all).unwrap());
        let known = catalog.declarable();
        let kinds = catalog.kinds().map(|k| k.kind.to_string()).filter(|k| known.is_declarable(k)).collect();
        Self { path, addresses, never, elsewhere, kinds, account }
    }

    /// Everything that is told wrongly, a line each. `state`: what moto has now.
    pub(super) fn differences(&self, home: &Home, moto: &Moto, state: &State, when: &str) -> Vec<String> {
        let mut told = Vec::new();
        let there: BTreeMap<&str, &Value> = state.assets.iter().map(|a| (text(a, "id"), a)).collect();
        let truth: BTreeSet<&str> = state.assets.iter().map(|a| text(a, "kind")).collect();
        let declared: BTreeSet<&str> = self.addresses.values().map(String::as_str).collect();

        let managed: BTreeSet<String> = ask(home, moto, "is:managed", "id").into_iter().collect();
        let wanted =
            declared.iter().filter(|id| there.contains_key(**id)).map(|id| (*id).to_owned()).collect();
        differ(&mut told, "managed", &managed, &wanted);

        let ghosts: BTreeSet<String> =
            ask(home, moto, "is:ghost", "id").into_iter().map(|id| address(&id)).collect();
        let gone =
            self.addresses.iter().filter(|(_, id)| !there.contains_key(id.as_str())).map(|(a, _)| a.clone());
        let wanted = self.never.iter().cloned().chain(gone).collect();
        differ(&mut told, "a ghost", &ghosts, &wanted);
        let open = ask(home, moto, "kind:terraform !is:ghost", "id").into_iter().map(|id| address(&id));
        let open: BTreeSet<String> = open.collect();
        told.extend(self.elsewhere.iter().filter(|a| open.contains(*a)).map(|a| format!("{a} is not open")));

        let unmanaged: BTreeSet<String> = ask(home, moto, "is:unmanaged", "id").into_iter().collect();
        let is_free = |a: &&Value| {
            text(a, "account") == self.account
                && self.kinds.contains(text(a, "kind"))
                && !declared.contains(text(a, "id"))
        };
        let wanted = state.assets.iter().filter(is_free).map(|a| text(a, "id").to_owned()).collect();
        // Some kinds are collected that boto3 was not asked for.
        let asked = ask(home, moto, "is:unmanaged", "id,kind");
        let rows = asked.iter().filter_map(|row| row.split_once('\t'));
        let compared: BTreeSet<String> =
            rows.filter(|(_, kind)| truth.contains(kind)).map(|(id, _)| id.to_owned()).collect();
        differ(&mut told, "unmanaged", &compared, &wanted);
        let both: Vec<&String> = unmanaged.intersection(&managed).collect();
        told.extend(both.into_iter().map(|id| format!("{id} is managed and is not")));
        told.into_iter().map(|line| format!("{when}: {line}")).collect()
    }

    /// Addresses lead to what they stand for, and that leads back.
    pub(super) fn lost_ways(&self, home: &Home, state: &State) -> Vec<String> {
        let there: BTreeSet<&str> = state.assets.iter().map(|a| text(a, "id")).collect();
        let of = |address: &str| format!("terraform:{}#{address}", self.path.display());
        let wanted: Vec<(String, &str)> = self
            .addresses
            .iter()
            .filter(|(_, id)| there.contains(id.as_str()))
            .map(|(a, id)| (of(a), id.as_str()))
            .collect();
        let from = shown::edges(home, wanted.iter().map(|(a, _)| a.as_str()));
        let to = shown::edges(home, wanted.iter().map(|(_, id)| *id));
        let mut told = Vec::new();
        for (address, id) in &wanted {
            let edge = (address.clone(), "declares".to_owned(), (*id).to_owned());
            for (way, edges) in [("from its address", &from), ("back to its address", &to)] {
                if !edges.contains(&edge) {
                    told.push(format!("no way {way}: {address} {id}"));
                }
            }
        }
        told
    }
}

/// For each kind a resource type whose ARN is the id of what it stands for.
fn types(catalog: &Catalog) -> BTreeMap<String, String> {
    let mut types = BTreeMap::new();
    let arn = "arn:aws:x:eu-west-1:123456789012:y/z";
    for row in catalog.terraform_types() {
        let id = row.declared(&json!({"arn": arn}), &MapContext::default());
        if let Some(kind) = row.kind.as_ref().filter(|_| id.is_some_and(|id| id.as_str() == arn) && row.whole)
        {
            types.entry(kind.to_string()).or_insert_with(|| row.type_name.clone());
        }
    }
    types
}

fn resource(type_: &str, name: &str, attributes: &Value) -> Value {
    json!({
        "mode": "managed", "type": type_, "name": name,
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
        "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": [], "private": "bnVsbA=="}]
    })
}

/// The values of columns of everything that matches, joined by tabs.
fn ask(home: &Home, moto: &Moto, query: &str, columns: &str) -> Vec<String> {
    let ran = run(home, moto, &["query", query, "--format", "ndjson", "--limit", "1000000"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        columns.split(',').map(|column| text(&row, column).to_owned()).collect::<Vec<_>>().join("\t")
    };
    ran.out.lines().map(row).collect()
}

/// The address in the id of its record.
fn address(id: &str) -> String {
    id.rsplit_once('#').map_or(id, |(_, address)| address).to_owned()
}

fn differ(told: &mut Vec<String>, what: &str, found: &BTreeSet<String>, wanted: &BTreeSet<String>) {
    told.extend(wanted.difference(found).take(40).map(|id| format!("not told to be {what}: {id}")));
    told.extend(found.difference(wanted).take(40).map(|id| format!("told to be {what} and is not: {id}")));
}
