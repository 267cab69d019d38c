//! The real binary against moto, a server by others that answers as AWS does: what it collects is what
//! boto3 lists, kind by kind, in two accounts and three regions; its relationships are those of the estate's
//! plan; a second run changes nothing; what was deleted, made again or changed meanwhile is told so.
//!
//! Needs python3 with moto and boto3; `tests/run` installs them and names that python in
//! `CLOUDSCOPE_PYTHON`.

mod cloud;
mod hostile;
mod logins;
mod moto;
mod odd;
mod organization;
mod page;
mod shown;
mod terraform;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use cloudscope_catalog::Catalog;
use serde_json::Value;

use crate::home::{Home, Ran, wait_for};
use moto::{Moto, State};

/// moto answers some hundred calls a second, fewer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// The user data of launch templates, as AWS writes it.
const USER_DATA: &str = "cGFzc3dvcmQ9aHVudGVyMg==";

/// What is compared of an asset, and how it is said when it differs.
type Facts = BTreeMap<&'static str, String>;

fn facts(name: &str, account: &str, region: Option<&str>, tags: &Value) -> Facts {
    let mut facts = Facts::from([("name", name.to_owned()), ("account", account.to_owned())]);
    if let Some(region) = region {
        facts.insert("region", region.to_owned());
    }
    // Sorted, so that order does not matter.
    let tags: BTreeMap<&String, &Value> = tags.as_object().into_iter().flatten().collect();
    facts.insert("tags", serde_json::to_string(&tags).unwrap());
    facts
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Runs the program as a user with moto's keys, whose files and environment know nothing else.
fn run(home: &Home, moto: &Moto, arguments: &[&str]) -> Ran {
    let mut command = home.command(arguments);
    command
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL", moto.endpoint())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    Ran::of(wait_for(command.spawn().unwrap(), PATIENCE), arguments)
}

/// The services that the estate has something of; moto answers others with pages of errors.
fn services(state: &State) -> String {
    let catalog = Catalog::builtin().unwrap();
    let kinds: BTreeSet<&str> = state.assets.iter().map(|a| text(a, "kind")).collect();
    let listed = catalog.kinds().filter(|k| kinds.contains(k.kind.as_str())).filter_map(|k| k.list.as_ref());
    let services: BTreeSet<&str> = listed.filter_map(|l| l.operation.split(':').next()).collect();
    services.into_iter().collect::<Vec<_>>().join("+")
}

fn collect(home: &Home, moto: &Moto, state: &State) -> Ran {
    let (regions, services) = (state.regions.join("+"), services(state));
    let own = format!("aws:regions={regions},services={services}");
    let role = format!("arn:aws:iam::{}:role/{}", state.accounts[1], state.role);
    let other = format!("{own},role={role}");
    let ran = run(home, moto, &["collect", "--quiet", &own, &other]);
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.err);
    ran
}

/// Everything that is present.
fn collected(home: &Home, moto: &Moto) -> Vec<Value> {
    let ran = run(home, moto, &["query", "provider:aws", "--format", "ndjson", "--limit", "1000000"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let rows = ran.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.filter(|row| row["presence"]["state"] == "present").collect()
}

/// Every difference between what was collected and what boto3 lists, a line each.
fn differences(rows: &[Value], state: &State) -> Vec<String> {
    let mut wanted: BTreeMap<(&str, &str), Facts> = BTreeMap::new();
    for asset in &state.assets {
        let key = (text(asset, "kind"), text(asset, "id"));
        let facts =
            facts(text(asset, "name"), text(asset, "account"), asset["region"].as_str(), &asset["tags"]);
        wanted.insert(key, facts);
    }
    let kinds: BTreeSet<&str> = wanted.keys().map(|(kind, _)| *kind).collect();
    let mut found: BTreeMap<(&str, &str), Facts> = BTreeMap::new();
    for row in rows.iter().filter(|row| kinds.contains(text(row, "kind"))) {
        let key = (text(row, "kind"), text(row, "id"));
        let region = wanted.get(&key).is_some_and(|w| w.contains_key("region")).then(|| text(row, "region"));
        found.insert(key, facts(text(row, "name"), text(row, "account"), region, &row["tags"]));
    }
    let mut told = Vec::new();
    for (key, facts) in &wanted {
        match found.get(key) {
            None => told.push(format!("not collected: {} {}", key.0, key.1)),
            Some(got) => {
                for (what, value) in facts {
                    if got.get(what) != Some(value) {
                        told.push(format!(
                            "{} {}: {what} is {:?}, not {value:?}",
                            key.0,
                            key.1,
                            got.get(what)
                        ));
                    }
                }
            }
        }
    }
    let more = found.keys().filter(|key| !wanted.contains_key(*key));
    told.extend(more.map(|key| format!("not in moto: {} {}", key.0, key.1)));
    told
}

#[test]
fn what_moto_has_is_what_is_collected() {
    let mut moto = Moto::start(&[]);
    let state = moto.state();
    let home = Home::new();

    collect(&home, &moto, &state);
    // Everything that is wrong is told at once: a run takes minutes.
    let mut told = same(&home, &moto, &state, "first collection");
    told.extend(edges(&home, &state, "first collection"));
    told.extend(marked(&state));
    told.extend(templates(&collected(&home, &moto), &state));
    told.extend(secrets(&collected(&home, &moto)));

    let made = terraform::Made::write(&home, &state);
    let ran = run(&home, &moto, &["collect", "--quiet", &format!("file:{}", made.path.display())]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    // Only what is listed after the state was read says that something of it is not there.
    collect(&home, &moto, &state);
    told.extend(made.differences(&home, &moto, &state, "beside a Terraform state"));
    told.extend(made.lost_ways(&home, &state));
    let changes = run(&home, &moto, &["changes", "--format", "json", "--since", "1h", "--limit", "1000000"]);
    let changes: Vec<Value> = serde_json::from_str(&changes.out).unwrap();
    let changed = changes.iter().filter(|c| text(c, "change") != "created" && !moves_by_itself(c));
    told.extend(changed.map(|c| format!("a second run changes {c}")));

    moto.churn();
    let state = moto.state();
    // What a weak listing lacked is gone once a second one agrees.
    for _ in 0..2 {
        collect(&home, &moto, &state);
    }
    told.extend(same(&home, &moto, &state, "after churn"));
    told.extend(edges(&home, &state, "after churn"));
    told.extend(made.differences(&home, &moto, &state, "a Terraform state after churn"));
    let count = told.len();
    told.truncate(300);
    assert!(told.is_empty(), "{count} differences\n{}", told.join("\n"));
}

/// What moto changes without being asked: tasks stop and certificates are issued after a while, and the time
/// of a workgroup is that of the question.
fn moves_by_itself(change: &Value) -> bool {
    let path = text(change, "path");
    match text(change, "kind") {
        "aws.ecs.task" => path == "status" || path.ends_with("Status"),
        "aws.acm.certificate" => path.starts_with("status") || path.ends_with("Status"),
        "aws.athena.workgroup" => ["created_at", "properties.CreationTime"].contains(&path),
        _ => false,
    }
}

/// What was collected is what boto3 lists; else the scopes that have trouble are told as well.
fn same(home: &Home, moto: &Moto, state: &State, when: &str) -> Vec<String> {
    let mut told = differences(&collected(home, moto), state);
    if !told.is_empty() {
        let health = run(home, moto, &["health", "--problems", "--format", "json"]);
        let health: Vec<Value> = serde_json::from_str(&health.out).unwrap();
        told.truncate(100);
        told.extend(
            health
                .iter()
                .map(|h| format!("{} {} {} {}", h["account"], h["region"], h["listing"], h["error"])),
        );
    }
    told.into_iter().map(|line| format!("{when}: {line}")).collect()
}

/// What sort of edge it is: the kinds at its ends, and the relation.
fn sort(edge: &shown::Edge, kinds: &BTreeMap<&str, &str>) -> String {
    let kind = |id: &str| (*kinds.get(id).unwrap_or(&"something else")).to_owned();
    format!("{} {} {}", kind(&edge.0), edge.1, kind(&edge.2))
}

/// The relationships are those of the estate: each that was planned or that a listing states is shown, and between
/// assets of the estate no other one.
fn edges(home: &Home, state: &State, when: &str) -> Vec<String> {
    let kinds: BTreeMap<&str, &str> = state.assets.iter().map(|a| (text(a, "id"), text(a, "kind"))).collect();
    let all = state.edges.iter().chain(&state.stated);
    let wanted: BTreeSet<shown::Edge> = all.map(|e| (e[0].clone(), e[1].clone(), e[2].clone())).collect();
    let sorts: BTreeSet<String> = wanted.iter().map(|edge| sort(edge, &kinds)).collect();
    assert!(sorts.len() > 300 && wanted.len() > 6000, "{} edges of {} sorts", wanted.len(), sorts.len());
    let shown = shown::edges(home, kinds.keys().copied());
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for edge in wanted.difference(&shown) {
        told.entry(format!("not shown: {}", sort(edge, &kinds))).or_default().push(format!("{edge:?}"));
    }
    let of_estate = |e: &&shown::Edge| kinds.contains_key(e.0.as_str()) && kinds.contains_key(e.2.as_str());
    for edge in shown.difference(&wanted).filter(of_estate) {
        let line = format!("neither planned nor stated: {}", sort(edge, &kinds));
        told.entry(line).or_default().push(format!("{edge:?}"));
    }
    let lines = told.iter();
    lines.map(|(sort, all)| format!("{when}: {} edges {sort}, such as {}", all.len(), all[0])).collect()
}

/// Where a secret of the estate stands in a row: variables of functions, containers and builds, user data,
/// parameters, headers. All of them are this word, or that in base 64.
fn secrets(rows: &[Value]) -> Vec<String> {
    let shown = |row: &&Value| ["hunter2", "aHVudGVyMg"].iter().any(|word| row.to_string().contains(word));
    rows.iter().filter(shown).map(|row| format!("a secret shows in {row}")).collect()
}

/// Each launch template has its own versions, of which those in use count, and nothing of its user data.
fn templates(rows: &[Value], state: &State) -> Vec<String> {
    let mut told = Vec::new();
    let (mut marked, mut newer) = (0, 0);
    for row in rows.iter().filter(|row| text(row, "kind") == "aws.ec2.launch-template") {
        let (id, own) = (text(row, "id"), &row["properties"]);
        let versions = own["Versions"].as_array().map_or(&[][..], Vec::as_slice);
        let numbers: BTreeSet<_> = versions.iter().filter_map(|v| v["VersionNumber"].as_i64()).collect();
        let wanted = ["DefaultVersionNumber", "LatestVersionNumber"].iter().filter_map(|n| own[n].as_i64());
        if numbers != wanted.collect() || numbers.is_empty() {
            told.push(format!("{id} has the versions {numbers:?} of {own}"));
        }
        if versions.iter().any(|v| v["LaunchTemplateId"] != own["LaunchTemplateId"]) {
            told.push(format!("{id} has versions of another template: {own}"));
        }
        if own.to_string().contains(USER_DATA) {
            told.push(format!("{id} shows its user data: {own}"));
        }
        newer += usize::from(numbers.len() > 1);
        marked += usize::from(versions.iter().any(|v| !v["LaunchTemplateData"]["UserData"].is_null()));
    }
    // One of each in every place, see tests/aws/families/compute.py.
    let places = state.accounts.len() * state.regions.len();
    if (marked, newer) != (places, places) {
        told.push(format!(
            "{marked} templates with user data and {newer} with two versions in {places} places"
        ));
    }
    told
}

/// A row that says that moto shows it is one that moto does show, in each account.
fn marked(state: &State) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for asset in &state.assets {
        *counts.entry((text(asset, "kind"), text(asset, "account"))).or_default() += 1;
    }
    let (catalog, services) = (Catalog::builtin().unwrap(), services(state));
    let mut told = Vec::new();
    for spec in catalog.kinds() {
        let Some(list) = spec.list.as_ref().filter(|l| l.verified.as_deref() == Some("moto")) else {
            continue;
        };
        let service = list.operation.split(':').next().unwrap_or_default();
        if !services.split('+').any(|s| s == service) {
            continue;
        }
        for account in &state.accounts {
            if !counts.contains_key(&(spec.kind.as_str(), account.as_str())) {
                told.push(format!(
                    "{} says that moto shows it, but the estate has none in {account}",
                    spec.kind
                ));
            }
        }
    }
    told
}
