//! A run over the made-up estate as it goes, how its scopes stand, and an export that ended.
//! Knows what the engine tells; no screen.

use cloudscope_application::{
    Event as SessionEvent,
    export::{ExportPhase, ExportProgress},
    message::{Phase, RunProgress, ScopeHealth, ScopeProgress},
};
use cloudscope_domain::{Coverage, CoverageState, ListingMode, RunId, Scope, ScopeKey};

use super::super::harness::{Bench, now};
use crate::event::Event;

/// `source account region listing state assets minutes-since-good`.
const SCOPES: &str = "
aws-prod      prod      eu-west-1    ec2:DescribeInstances                  ok        1204 3
aws-prod      prod      us-east-1    ec2:DescribeInstances                  ok        618  3
aws-prod      prod      eu-west-1    rds:DescribeDBInstances                ok        88   3
aws-prod      prod      -            s3:ListBuckets                         denied    312  360
aws-prod      prod      ap-east-1    ec2:DescribeInstances                  disabled  0    -
aws-prod      prod      us-east-1    lambda:ListFunctions                   throttled 430  61
azure-finance finance   -            Microsoft.Compute/virtualMachines/read ok        207  4
gcp-data      shop-data europe-west1 compute.instances.list                 ok        96   4
k8s-prod-eu   prod-eu   -            k8s:v1/pods                            ok        3117 4
k8s-prod-eu   prod-eu   -            k8s:v1/nodes                           partial   46   58
infra         -         -            terraform-state                        ok        540  3
";

fn scopes() -> impl Iterator<Item = (ScopeKey, CoverageState, u64, Option<i64>)> {
    SCOPES.lines().filter(|line| !line.is_empty()).map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [source, account, region, listing, state, assets, minutes] = words[..] else {
            panic!("seven words: {line}")
        };
        let given = |word: &str| if word == "-" { String::new() } else { word.to_owned() };
        let key = ScopeKey::new(source.to_owned(), listing).account(given(account)).region(given(region));
        (key, state.parse().unwrap(), assets.parse().unwrap(), minutes.parse().ok())
    })
}

fn health((key, state, assets, minutes): (ScopeKey, CoverageState, u64, Option<i64>)) -> ScopeHealth {
    let mut coverage = Coverage {
        state,
        last_attempt: Some(now().plus_millis(-180_000)),
        last_good: minutes.map(|minutes| now().plus_millis(-minutes * 60_000)),
        assets,
        ..Coverage::default()
    };
    match state {
        CoverageState::Denied => coverage.missing_permission = Some("s3:ListAllMyBuckets".into()),
        CoverageState::Throttled => coverage.error = Some("rate exceeded; r tries again".into()),
        CoverageState::Partial => coverage.problem_count = 2,
        _ => {}
    }
    let unknown = if state == CoverageState::Denied { assets } else { 0 };
    let scope = Scope { key: key.clone(), mode: ListingMode::Weak, kinds: Vec::new() };
    ScopeHealth {
        key,
        coverage,
        scope,
        run: RunId(41),
        unknown,
        recent: Vec::new(),
        p95: None,
        percent: None,
        collector: None,
    }
}

/// A run that is half way through.
pub(super) fn running(bench: &mut Bench) {
    bench.health = scopes().map(health).collect();
    let progress = |(number, (key, state, assets, _)): (usize, (ScopeKey, CoverageState, u64, _))| {
        let (phase, seen) = match number {
            0 => (Phase::Running, assets * 7 / 10),
            1 => (Phase::Running, assets / 4),
            8 => (Phase::Running, assets / 2),
            7 | 10 => (Phase::Waiting, 0),
            _ if state == CoverageState::Denied => (Phase::Ended(state), 0),
            _ => (Phase::Ended(state), assets),
        };
        ScopeProgress {
            calls: 0,
            retries: 0,
            throttles: 0,
            last_millis: None,
            created: 0,
            changed: 0,
            gone: 0,
            unknown: 0,
            waits: None,
            scope: key,
            phase,
            seen,
            expected: (number == 8).then_some(assets),
            last_count: Some(assets),
            problems: u64::from(state == CoverageState::Partial) * 2,
            started: (phase != Phase::Waiting).then(|| now().plus_millis(-12_000)),
            ended: matches!(phase, Phase::Ended(_)).then(|| now().plus_millis(-4_000)),
            error: None,
        }
    };
    let planned = scopes().filter(|(_, state, ..)| *state != CoverageState::Disabled);
    bench.progress(RunProgress {
        run: RunId(42),
        started: now().plus_millis(-12_000),
        scopes: planned.enumerate().map(progress).collect(),
        created: 31,
        changed: 12,
        gone: 2,
        unknown: 0,
        ..RunProgress::default()
    });
    let found = serde_json::json!([
        { "title": "AWS profile staging", "origin": "~/.aws/config", "source": null },
        { "title": "network.tfstate", "origin": "/srv/infra", "source":
            { "name": "file:/srv/infra/network.tfstate", "collector": "file", "options": {} } },
    ]);
    bench.overview.discovered = serde_json::from_value(found).unwrap();
    let seen = bench.overview.discovered.clone();
    bench.send(Event::Session(SessionEvent::Discovered(seen)));
}

/// The export that was started is done. Made from its JSON form: its type belongs to a crate that is
/// not used here.
pub(super) fn exported(bench: &mut Bench) {
    let done = serde_json::json!({
        "path": "assets-20261121-080000.csv",
        "manifest": "assets-20261121-080000.csv.manifest.json",
        "bytes": 3_912,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    });
    let rows = bench.model.assets.total();
    let phase = ExportPhase::Finished(serde_json::from_value(done).unwrap());
    bench.send(Event::Export(ExportProgress { phase, rows, total: Some(rows), unknown: 3, bytes: 3_912 }));
}
