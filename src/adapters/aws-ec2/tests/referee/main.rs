//! The referee: the same estate in moto collected twice, by the wire client and by AWS's typed client.
//! Every asset must be the same on every field.
//!
//! Needs python3 with moto and boto3; `tests/run referee` installs them and names that python in
//! `CLOUDSCOPE_PYTHON`. Slow to build.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

mod compare;
mod every_field;
mod moto;

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    sync::Arc,
};

use cloudscope_aws::{AwsCollector, Program, Programs};
use cloudscope_aws_ec2::Ec2;
use cloudscope_catalog::Catalog;
use cloudscope_domain::{ScopeKey, Sighting, redact::Redactor};
use cloudscope_memory::{ManualClock, MemoryLedger, OpenGate, context};
use cloudscope_ports::{CollectContext, Collector, SourceSpec};

use compare::Differences;
use moto::{Moto, State};

struct Nobody;

impl Programs for Nobody {
    fn confirmed(&self, _: &Program) -> bool {
        false
    }
}

/// What one client saw of one scope.
#[derive(Debug, Default)]
struct Seen {
    ended: String,
    problems: Vec<String>,
    assets: BTreeMap<(String, String), Sighting>,
}

/// What one client saw, and how often it called what.
struct Side {
    scopes: BTreeMap<ScopeKey, Seen>,
    calls: BTreeMap<String, usize>,
}

/// The collector's credentials are those of the environment, so the comparison runs in a process that has
/// moto's.
#[test]
fn the_typed_client_sees_the_same() {
    const INNER: &str = "CLOUDSCOPE_REFEREE_STATE";
    if let Ok(path) = std::env::var(INNER) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(compare_all(&State::read(path.as_ref())));
        return;
    }
    let moto = Moto::start(&["compute", "network", "connectivity"]);
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    let status = command
        .args(["--exact", "the_typed_client_sees_the_same", "--nocapture"])
        .env(INNER, moto.path())
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("NO_PROXY", "127.0.0.1")
        .status()
        .unwrap();
    assert!(status.success(), "the comparison failed; its words are above");
}

async fn compare_all(state: &State) {
    let catalog = Arc::new(Catalog::builtin().unwrap());
    let new = || AwsCollector::new(Arc::clone(&catalog), Redactor::new([7; 32]), Arc::new(Nobody));
    let wire = collect(&new(), state).await;
    let typed = collect(&new().with_typed(Arc::new(Ec2)), state).await;

    assert_eq!(wire.calls, typed.calls, "both make the same calls");
    let places: BTreeSet<_> = wire.scopes.keys().map(|s| (&s.account, &s.region)).collect();
    assert!(places.len() >= state.accounts.len() * state.regions.len(), "{places:?}");

    let mut differences = Differences::default();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    assert!(wire.scopes.keys().eq(typed.scopes.keys()), "both plan the same scopes");
    for (scope, wire) in &wire.scopes {
        let typed = &typed.scopes[scope];
        differences.text(&scope.to_string(), "ended", &wire.ended, &typed.ended);
        differences.text(
            &scope.to_string(),
            "problems",
            &wire.problems.join("; "),
            &typed.problems.join("; "),
        );
        let ids: BTreeSet<_> = wire.assets.keys().chain(typed.assets.keys()).collect();
        for id in ids {
            match (wire.assets.get(id), typed.assets.get(id)) {
                (Some(wire), Some(typed)) => {
                    *kinds.entry(id.0.clone()).or_default() += 1;
                    differences.sighting(wire, typed);
                }
                (wire, _) => {
                    let who = if wire.is_some() { "wire" } else { "typed" };
                    differences.told.push(format!("only the {who} client has {} {}", id.0, id.1));
                }
            }
        }
    }
    let calls: usize = wire.calls.values().sum();
    let ended: BTreeMap<&str, usize> = wire.scopes.values().fold(BTreeMap::new(), |mut map, seen| {
        *map.entry(seen.ended.as_str()).or_default() += 1;
        map
    });
    let failed: BTreeSet<_> = wire
        .scopes
        .iter()
        .filter(|(_, seen)| seen.ended != "well")
        .map(|(scope, _)| &scope.listing)
        .collect();
    println!("not in moto: {failed:?}");
    println!("{} scopes, {calls} calls each, ended: {ended:#?}", wire.scopes.len());
    println!("{} assets of {} kinds: {kinds:#?}", kinds.values().sum::<usize>(), kinds.len());
    println!(
        "{} fields compared; the same instant in other digits: {:#?}",
        differences.fields, differences.digits
    );
    println!("explained: {:#?}", differences.explained);
    println!("{} differences", differences.told.len());
    let first = differences.told.iter().take(100).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.told.is_empty(), "{} differences\n{first}", differences.told.len());
    assert!(kinds.len() >= 20, "moto shows too little: {kinds:?}");
}

/// Collects EC2 as one client sees it: the first account with its keys, the second through a role.
async fn collect(collector: &AwsCollector, state: &State) -> Side {
    let mut side = Side { scopes: BTreeMap::new(), calls: BTreeMap::new() };
    let role = format!("arn:aws:iam::{}:role/{}", state.accounts[1], state.role);
    for (name, role) in [("own", None), ("other", Some(role))] {
        let mut options = BTreeMap::from([
            ("regions".to_owned(), state.regions.join("+")),
            ("services".to_owned(), "ec2".to_owned()),
            ("endpoint".to_owned(), state.endpoint.clone()),
        ]);
        options.extend(role.map(|arn| ("role".to_owned(), arn)));
        let source = SourceSpec { name: name.into(), collector: collector.name().to_owned(), options };
        let ledger = Arc::new(MemoryLedger::new());
        let fresh = || {
            let (mut context, sink) = context(collector.operations());
            let clock = Arc::new(ManualClock::new(context.clock.now()));
            let gate = OpenGate::new(collector.operations(), clock).with_ledger(Arc::clone(&ledger));
            context.gate = Arc::new(gate);
            (context, sink)
        };
        let (context, _): (CollectContext, _) = fresh();
        let plan = collector.plan(&source, &context).await.unwrap();
        for scope in plan.scopes {
            let (context, sink) = fresh();
            let ended = match collector.collect(&source, &scope, &context).await {
                Ok(()) => "well".to_owned(),
                Err(fault) => format!("{:?}: {}", fault.kind, fault.message),
            };
            let key = |s: &Sighting| (s.asset.kind.to_string(), format!("{:?}", s.asset.key));
            let assets = sink.sightings().into_iter().map(|s| (key(&s), s)).collect();
            side.scopes.insert(scope.key.clone(), Seen { ended, problems: sink.problems(), assets });
        }
        for call in ledger.all() {
            *side.calls.entry(call.operation.as_str().to_owned()).or_default() += 1;
        }
    }
    side
}
