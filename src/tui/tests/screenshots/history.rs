//! What happened in the made-up estate: hourly runs, what they changed, and the estate an hour ago.
//! Knows what the engine tells; no screen.

use cloudscope_domain::{
    Change, ChangeKind, Effort, Payload, Presence, Revision, RunId, RunRecord, StatusClass, Timestamp,
};

use super::super::harness::{Bench, now};

const HOUR: i64 = 3_600_000;
/// The newest revision of the estate.
const NEWEST: u64 = 318;
/// The run that wrote it; every hour there was one, eight revisions each.
const LAST_RUN: u64 = 41;

/// `minutes-ago name change path before after`; `-` where there is none.
const CHANGES: &str = r#"
3    shop-web-3         changed  status                              "running"        "stopping"
3    shop-web-3         changed  properties.State.Name               "running"        "stopping"
3    shop-payments      changed  properties.status.readyReplicas     3                2
3    shop-payments      changed  status                              "3/3"            "2/3"
3    shop-orders-ro     changed  status                              "available"      "storage-full"
3    shop-orders-ro     changed  properties.AllocatedStorage         200              400
3    shop-migrate-x7k2  created  -                                   -                {"phase":"Failed"}
63   shop-web-1         changed  properties.InstanceType             "m5.xlarge"      "m5.large"
63   shop-web-1         changed  tags.owner                          "shop-team"      "shop"
63   shop-web-sg        changed  properties.IpPermissions            [{"CidrIp":"10.0.0.0/8","FromPort":443,"ToPort":443}] [{"CidrIp":"0.0.0.0/0","FromPort":443,"ToPort":443}]
63   shop-search-b      changed  status                              "RUNNING"        "TERMINATED"
183  shop-batch-1       gone     -                                   {"State":"terminated"} -
183  shop-thumbnails    changed  properties.Runtime                  "nodejs20.x"     "nodejs22.x"
243  shop-api           changed  properties.spec.replicas            6                8
303  shop-carts         changed  properties.BillingModeSummary       "PROVISIONED"    "PAY_PER_REQUEST"
1443 shop-redis         returned -                                   -                -
"#;

fn time(minutes: i64) -> Timestamp {
    now().plus_millis(-minutes * 60_000)
}

/// The revision and run that were the newest so many minutes ago.
fn at(minutes: i64) -> (Revision, RunId) {
    let runs = u64::try_from((minutes + 57) / 60 - 1).unwrap();
    (Revision(NEWEST - 8 * runs), RunId(LAST_RUN - runs.min(LAST_RUN)))
}

fn runs() -> Vec<RunRecord> {
    (0..30)
        .map(|back: u64| {
            let minutes = 3 + 60 * i64::try_from(back).unwrap();
            let (revision, id) = at(minutes);
            let effort =
                Effort { created: 40 - back, changed: (back * 7) % 23, gone: back % 3, ..Effort::default() };
            RunRecord {
                id,
                revision,
                started: time(minutes + 1),
                ended: Some(time(minutes)),
                effort,
                scheduled: true,
                ..RunRecord::default()
            }
        })
        .collect()
}

fn changes(bench: &Bench) -> Vec<Change> {
    let side = |text: &str| (text != "-").then(|| Payload::from_text(text).unwrap());
    CHANGES
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [minutes, name, change, path, before, after] = words[..] else { panic!("six words: {line}") };
            let minutes: i64 = minutes.parse().unwrap();
            let row = bench.rows.iter().find(|row| &*row.name == name).expect("the estate has it");
            let (revision, run) = at(minutes);
            Change {
                revision,
                at: time(minutes),
                run,
                id: row.id.clone(),
                kind: row.kind.clone(),
                change: ChangeKind::ALL.into_iter().find(|kind| kind.as_str() == change).unwrap(),
                path: if path == "-" { String::new() } else { path.to_owned() },
                before: side(before),
                after: side(after),
            }
        })
        .collect()
}

/// The engine knows what happened.
pub(super) fn known(bench: &mut Bench) {
    bench.time.runs = runs();
    bench.time.changes = changes(bench);
    bench.time.names = bench.rows.iter().map(|row| (row.id.clone(), row.name.to_string())).collect();
    bench.time.counts = true;
    bench.time.known_since = Some((Revision(86), now().plus_millis(-29 * HOUR)));
    bench.overview.known_since = bench.time.known_since;
    let mut then = bench.rows.clone();
    for row in &mut then {
        let word = match &*row.name {
            "shop-web-3" | "shop-search-b" => Some(("running", StatusClass::Ok)),
            "shop-orders-ro" => Some(("available", StatusClass::Ok)),
            "shop-payments" => Some(("3/3", StatusClass::Ok)),
            _ => None,
        };
        if let Some((word, class)) = word {
            row.status = Some(word.into());
            row.status_class = class;
        }
        if &*row.name == "shop-search-b" {
            row.presence = Presence::Present;
        }
        row.last_seen = row.last_seen.map(|_| time(63));
    }
    then.retain(|row| &*row.name != "shop-migrate-x7k2");
    bench.time.rows.insert(at(63).0, then);
    bench.keys("ctrl-r");
}
