//! The made-up estate of the pictures: a shop on three clouds and a cluster, with account numbers that
//! the providers use in their documentation. Knows rows and edges; no screen.

use cloudscope_application::{Event as SessionEvent, message::Overview};
use cloudscope_domain::{
    AssetId, AssetRow, Category, CoverageState, Evidence, Payload, Presence, Proof, Relationship, Revision,
    RunId, ScopeKey, StatusClass, UnknownWhy,
};

use super::super::harness::{Bench, now, row};
use crate::event::Event;

/// Size of the pictures.
const SIZE: (u16, u16) = (120, 32);
/// The instance that the pictures are about.
pub(super) const FOCUS: &str = "shop-web-1";
/// What the pictures of assets are filtered by.
pub(super) const FILTER: &str = "shop provider:aws,azure,gcp,k8s tag.env=prod";
/// Assets in the whole estate, of which the scripted engine holds those that a picture may show.
const TOTAL: u64 = 12_480;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// `name kind account region status class days`; `-` where there is none.
const ROWS: &str = "
shop-web-1        aws.ec2.instance               prod      eu-west-1      running    ok       212
shop-web-2        aws.ec2.instance               prod      eu-west-1      running    ok       212
shop-web-3        aws.ec2.instance               prod      eu-west-1      stopping   pending  9
shop-batch-1      aws.ec2.instance               prod      us-east-1      terminated stopped  431
shop-web          aws.elbv2.load-balancer        prod      eu-west-1      active     ok       604
shop-orders       aws.rds.instance               prod      eu-west-1      available  ok       604
shop-orders-ro    aws.rds.instance               prod      us-east-1      storage-full error  187
shop-thumbnails   aws.lambda.function            prod      eu-west-1      Active     ok       75
shop-checkout     aws.sqs.queue                  prod      eu-west-1      -          unknown  302
shop-carts        aws.dynamodb.table             prod      eu-west-1      ACTIVE     ok       302
shop-media        aws.s3.bucket                  prod      eu-west-1      -          unknown  819
shop-logs-archive aws.s3.bucket                  prod      us-east-1      -          unknown  819
shop-reports-vm   azure.compute.virtual-machine  finance   westeurope     running    ok       98
shop-reports      azure.sql.database             finance   westeurope     Online     ok       98
shopreports01     azure.storage.account          finance   westeurope     available  ok       98
shop-vnet         azure.network.virtual-network  finance   westeurope     Succeeded  ok       120
shop-search-a     gcp.compute.instance           shop-data europe-west1   RUNNING    ok       44
shop-search-b     gcp.compute.instance           shop-data europe-west1   TERMINATED stopped  44
shop-events       gcp.sql.instance               shop-data europe-west1   RUNNABLE   ok       44
shop-clickstream  gcp.storage.bucket             shop-data EU             -          unknown  61
shop-api          k8s.apps.deployment            prod-eu   -              8/8        ok       33
shop-payments     k8s.apps.deployment            prod-eu   -              2/3        warning  33
shop-redis        k8s.apps.stateful-set          prod-eu   -              3/3        ok       150
shop-migrate-x7k2 k8s.core.pod                   prod-eu   -              Failed     error    2
ip-10-10-1-21     k8s.core.node                  prod-eu   -              Ready      ok       212
shop-web-root     aws.ec2.volume                 prod      eu-west-1      in-use     ok       212
shop-private-1a   aws.ec2.subnet                 prod      eu-west-1      available  ok       604
shop-main         aws.ec2.vpc                    prod      eu-west-1      available  ok       604
shop-web-sg       aws.ec2.security-group         prod      eu-west-1      -          unknown  604
shop-ssh-sg       aws.ec2.security-group         prod      eu-west-1      -          unknown  604
shop-web-eni      aws.ec2.network-interface      prod      eu-west-1      in-use     ok       212
aws_instance.web  terraform.aws.instance         infra     -              -          unknown  212
";

/// `from relation to rule`; a target without a row dangles.
const EDGES: &str = "
shop-web            routes-to     shop-web-1       elbv2:DescribeTargetHealth
shop-web-root       attached-to   shop-web-1       $.Attachments[*].InstanceId
shop-web-eni        attached-to   shop-web-1       $.Attachment.InstanceId
aws_instance.web    declares      shop-web-1       $.attributes.arn
ip-10-10-1-21       runs-on       shop-web-1       $.spec.providerID
shop-web-1          runs-in       shop-private-1a  $.SubnetId
shop-web-1          runs-in       shop-main        $.VpcId
shop-web-1          protected-by  shop-web-sg      $.SecurityGroups[*].GroupId
shop-web-1          protected-by  shop-ssh-sg      $.SecurityGroups[*].GroupId
shop-web-1          runs-as       role/shop-web    $.IamInstanceProfile.Arn
shop-web-1          made-from     ami-0a1b2c3d     $.ImageId
";

/// The front end on the estate, with nothing pressed.
pub(super) fn open() -> Bench {
    let mut bench = Bench::opening(SIZE);
    bench.rows = rows();
    bench.edges = edges(&bench.rows);
    bench.overview = overview();
    bench.send(Event::Session(SessionEvent::Ready(Revision(318))));
    bench
}

fn overview() -> Overview {
    let source = |name: &str, collector: &str| serde_json::json!({ "name": name, "collector": collector, "options": {} });
    let sources = [
        source("aws-prod", "demo"),
        source("azure-finance", "demo"),
        source("gcp-data", "demo"),
        source("k8s-prod-eu", "demo"),
        source("infra", "demo"),
    ];
    Overview {
        ready: true,
        demo: true,
        revision: Revision(318),
        total: TOTAL,
        unknown: 312,
        sources: serde_json::from_value(sources.into_iter().collect()).unwrap(),
        coverage: vec![(CoverageState::Ok, 61), (CoverageState::Partial, 1), (CoverageState::Denied, 2)],
        newest: Some(now().plus_millis(-180_000)),
        oldest: Some((now().plus_millis(-6 * HOUR), ScopeKey::new("aws-prod", "s3:ListBuckets"))),
        ..Overview::default()
    }
}

fn class(word: &str) -> StatusClass {
    serde_json::from_value(word.into()).unwrap()
}

fn rows() -> Vec<AssetRow> {
    let mut rows: Vec<AssetRow> = ROWS.lines().filter(|line| !line.is_empty()).map(one).collect();
    let mut set = |name: &str, presence: Presence| {
        rows.iter_mut().find(|row| &*row.name == name).expect("the estate has it").presence = presence;
    };
    let unknown = |hours: i64, why| Presence::Unknown { since: Some(now().plus_millis(-hours * HOUR)), why };
    set("shop-logs-archive", unknown(6, UnknownWhy::Denied));
    set("shop-media", unknown(6, UnknownWhy::Denied));
    set("shop-search-b", unknown(1, UnknownWhy::MissedOnce));
    set("shop-batch-1", Presence::Gone { at: now().plus_millis(-3 * HOUR), why: Proof::NotFound });
    let focus = rows.iter_mut().find(|row| &*row.name == FOCUS).expect("the estate has it");
    focus.addresses = vec!["10.10.1.21".into(), "ip-10-10-1-21.eu-west-1.compute.internal".into()];
    focus.properties = Some(Payload::from_value(&payload()));
    rows
}

fn one(line: &str) -> AssetRow {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, kind, account, region, status, state, days] = words[..] else { panic!("seven words: {line}") };
    let given = |word: &str| if word == "-" { String::new() } else { word.to_owned() };
    let provider = kind.split('.').next().unwrap_or_default();
    let source = match provider {
        "azure" => "azure-finance",
        "gcp" => "gcp-data",
        "k8s" => "k8s-prod-eu",
        "terraform" => "infra",
        _ => "aws-prod",
    };
    let instance = kind == "aws.ec2.instance";
    AssetRow {
        sources: Vec::new(),
        pinned: false,
        id: id(name, kind),
        kind: kind.parse().unwrap(),
        category: if instance { Category::Compute } else { Category::Other },
        provider: provider.into(),
        account: account.into(),
        account_label: None,
        region: given(region).into(),
        zone: if instance { format!("{region}a").into() } else { "".into() },
        status: (status != "-").then(|| status.into()),
        status_class: class(state),
        tags: [("env", "prod"), ("owner", "shop"), ("service", "web")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
        addresses: Vec::new(),
        created_at: Some(now().plus_millis(-days.parse::<i64>().unwrap() * DAY)),
        source: source.into(),
        ..row(name)
    }
}

fn id(name: &str, kind: &str) -> AssetId {
    if name == FOCUS {
        return "arn:aws:ec2:eu-west-1:111122223333:instance/i-0f3a9c1e77b2d4a10".into();
    }
    format!("demo:{kind}/{name}").into()
}

fn edges(rows: &[AssetRow]) -> Vec<Relationship> {
    let find = |name: &str| rows.iter().find(|row| &*row.name == name).map(|row| row.id.clone());
    EDGES
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [from, relation, to, rule] = words[..] else { panic!("four words: {line}") };
            let from = find(from).expect("what says it is in the estate");
            let target = find(to);
            let dangling = target.is_none();
            let account = if to.starts_with("role/") { "arn:aws:iam::111122223333:" } else { "" };
            Relationship {
                to: target.unwrap_or_else(|| format!("{account}{to}").into()),
                relation: relation.into(),
                confidence: if relation == "runs-on" { 0.9 } else { 1.0 },
                evidence: Evidence { rule: rule.into(), stated_by: from.clone(), run: RunId(41) },
                from,
                dangling,
            }
        })
        .collect()
}

fn payload() -> serde_json::Value {
    serde_json::json!({
        "ImageId": "ami-0a1b2c3d",
        "InstanceId": "i-0f3a9c1e77b2d4a10",
        "InstanceType": "m5.large",
        "Monitoring": { "State": "enabled" },
        "Placement": { "AvailabilityZone": "eu-west-1a", "Tenancy": "default" },
        "PrivateIpAddress": "10.10.1.21",
        "SubnetId": "subnet-0c51d2e9a7",
        "VpcId": "vpc-09d8f7a6b5",
    })
}
