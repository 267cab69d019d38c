//! A run over the made-up estate as it goes, how its scopes stand, and an export that ended.
//! Knows what the engine tells; no screen.

use std::sync::Arc;

use cloudscope_application::{
    Command, Event as SessionEvent, Reply,
    export::{ExportPhase, ExportProgress},
    message::{
        CallRecord, CallResult, Circuit, CircuitState, Grant, Grants, Operation, Phase, Planned, RunProgress,
        ScopeHealth, ScopeProgress,
    },
};
use cloudscope_domain::{
    Attempt, Coverage, CoverageState, Effort, ListingMode, Revision, RunId, Scope, ScopeKey,
};

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

const DENIED: &str = "User: arn:aws:iam::111122223333:role/inventory-reader is not authorized to perform: \
                      s3:ListAllMyBuckets because no identity-based policy allows it";

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
        CoverageState::Denied => {
            coverage.missing_permission = Some("s3:ListAllMyBuckets".into());
            coverage.error = Some(DENIED.into());
        }
        CoverageState::Throttled => coverage.error = Some("rate exceeded; r tries again".into()),
        CoverageState::Partial => coverage.problem_count = 2,
        _ => {}
    }
    let unknown = if state == CoverageState::Denied { assets } else { 0 };
    let scope = Scope { key: key.clone(), mode: ListingMode::Weak, kinds: Vec::new() };
    ScopeHealth {
        key: key.clone(),
        account_label: None,
        coverage,
        scope,
        run: RunId(41),
        unknown,
        recent: [vec![CoverageState::Ok; 11], vec![state; 1 + usize::from(state != CoverageState::Ok)]]
            .concat(),
        p95: (state != CoverageState::Disabled).then_some(340 + assets * 7),
        percent: match state {
            CoverageState::Denied => Some(0),
            CoverageState::Throttled => Some(61),
            CoverageState::Partial => Some(96),
            CoverageState::Disabled => None,
            _ => Some(100),
        },
        collector: key.source.as_str().split('-').next().map(str::to_owned),
        followed: None,
        unfollowed: None,
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
        let over = matches!(phase, Phase::Ended(_));
        ScopeProgress {
            calls: u32::try_from(seen / 100 + u64::from(phase != Phase::Waiting)).unwrap(),
            retries: u32::from(number == 1) * 4 + u32::from(state == CoverageState::Throttled) * 5,
            throttles: u32::from(number == 1) * 4 + u32::from(state == CoverageState::Throttled) * 6,
            last_millis: Some(19_000),
            created: if over { seen / 40 } else { 0 },
            changed: if over { seen / 90 } else { 0 },
            gone: u64::from(number == 9) * 2,
            unknown: if state == CoverageState::Denied { assets } else { 0 },
            waits: (number == 1).then(|| "the quota of ec2 us-east-1, 2s".into()),
            scope: key,
            phase,
            seen,
            expected: (number == 8).then_some(assets),
            last_count: Some(assets),
            problems: u64::from(state == CoverageState::Partial) * 2,
            started: (phase != Phase::Waiting).then(|| now().plus_millis(-12_000)),
            ended: matches!(phase, Phase::Ended(_)).then(|| now().plus_millis(-4_000)),
            error: (state == CoverageState::Denied).then(|| DENIED.into()),
        }
    };
    let planned = scopes().filter(|(_, state, ..)| *state != CoverageState::Disabled);
    bench.progress(RunProgress {
        run: RunId(42),
        started: now().plus_millis(-12_000),
        scopes: planned.enumerate().map(progress).map(Arc::new).collect(),
        created: 31,
        changed: 12,
        gone: 2,
        unknown: 312,
        calls: 61,
        retries: 9,
        throttles: 10,
        rate: 248.0,
        eta: Some(9_000),
        ..RunProgress::default()
    });
    bench.overview.circuits = vec![Circuit {
        account: "prod".into(),
        endpoint: "lambda us-east-1".into(),
        state: CircuitState::HalfOpen,
        failures: 6,
        next_try: None,
        error: "rate exceeded".into(),
    }];
    let plan = |source: &'static str, rule: &str, minutes: i64| Planned {
        source: source.into(),
        rule: rule.into(),
        next: Some(now().plus_millis(minutes * 60_000)),
    };
    bench.overview.schedule = vec![plan("aws-prod", "every 15m", 12), plan("gcp-data", "cron 0 * * * *", 60)];
    let found = serde_json::json!([
        { "title": "AWS profile staging", "origin": "~/.aws/config", "source": null },
        { "title": "network.tfstate", "origin": "/srv/infra", "source":
            { "name": "file:/srv/infra/network.tfstate", "collector": "file", "options": {} } },
    ]);
    bench.overview.discovered = serde_json::from_value(found).unwrap();
    bench.send(Event::Session(SessionEvent::Ready(bench.overview.revision)));
}

/// What the engine says of the denied scope, and of what would open it.
pub(super) fn explained(bench: &mut Bench) {
    let (denied, ..) = scopes().find(|(_, state, ..)| *state == CoverageState::Denied).unwrap();
    let call = |hours: i64, result| CallRecord {
        at: now().plus_millis(-hours * 3_600_000 - 184_000),
        identity: "arn:aws:iam::111122223333:role/inventory-reader".into(),
        operation: Operation::new("s3:ListBuckets"),
        scope: denied.clone(),
        result,
        millis: 118,
    };
    let calls = vec![call(0, CallResult::Denied), call(1, CallResult::Denied), call(6, CallResult::Ok)];
    let attempt = |hours: i64, state| Attempt {
        revision: Revision(1),
        run: RunId(42 - u64::try_from(hours).unwrap()),
        coverage: Coverage {
            state,
            last_attempt: Some(now().plus_millis(-hours * 3_600_000 - 180_000)),
            assets: 312,
            error: (state == CoverageState::Denied).then(|| DENIED.into()),
            effort: Effort { millis: 410, calls: 1, ..Effort::default() },
            ..Coverage::default()
        },
        unknown: if state == CoverageState::Denied { 312 } else { 0 },
    };
    let attempts = [0, 1].map(|hours| attempt(hours, CoverageState::Denied));
    let attempts: Vec<Attempt> = attempts.into_iter().chain([attempt(6, CoverageState::Ok)]).collect();
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Sid": "CloudScopeReads", "Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": "*" },
        ],
    });
    let grants = Grants {
        grants: vec![Grant {
            title: "AWS policy".into(),
            format: "json".into(),
            text: serde_json::to_string_pretty(&policy).unwrap(),
            permissions: vec!["s3:ListAllMyBuckets".into()],
            scopes: vec![denied.clone()],
            left_out: vec!["s3:GetObject: reads what is in a bucket, which is never read".into()],
        }],
        ..Grants::default()
    };
    bench.script = Some(Box::new(move |command| match command {
        Command::Attempts { .. } => Some(Ok(Reply::Attempts(attempts.clone()))),
        Command::Calls { .. } => Some(Ok(Reply::Calls(calls.clone()))),
        Command::Grants => Some(Ok(Reply::Grants(grants.clone()))),
        _ => None,
    }));
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
    bench.send(Event::Export(ExportProgress {
        phase,
        rows,
        total: Some(rows),
        unknown: 3,
        undecided: 0,
        bytes: 3_912,
    }));
}
