//! A thing of which a provider, a state file and a sheet speak.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_domain::{
    AssetDetail, ListingMode, Moment, Payload, Reference, Scope, ScopeKey, Sighting, Status, StatusClass,
    Target,
};
use cloudscope_memory::{ScriptedCollector, listing};
use cloudscope_ports::{Operation, SourceSpec};
use serde_json::json;

use super::harness::{Bench, asset};
use crate::{
    Command, Reply,
    message::{OwnedAsk, RowKey, Under},
};

const OPERATIONS: &[Operation] = &[Operation::new("script:Play")];

fn scope(source: &str) -> Scope {
    let kinds = vec!["test.thing".parse().unwrap()];
    Scope { key: ScopeKey::new(source, "all"), mode: ListingMode::Snapshot, kinds }
}

fn with(mut s: Sighting, change: impl FnOnce(&mut Sighting)) -> Sighting {
    change(&mut s);
    s
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// An inventory of which `web` is known to three sources, `db` to one; and the script of that one.
async fn three_sources() -> (Bench, Arc<ScriptedCollector>) {
    let web = with(asset("web", "1"), |s| {
        s.asset.aliases = vec!["i-1".into()];
        s.asset.region = "eu".into();
        s.asset.tags = tags(&[("env", "prod")]);
        s.asset.properties = Payload::from_value(&json!({"InstanceType": "m5.large"}));
    });
    let state = with(asset("state#web", "1"), |s| {
        s.asset.declares = Some("id:web".into());
        s.asset.name = "web".into();
        s.asset.properties = Payload::from_value(&json!({"attributes": {"instance_type": "m5.xlarge"}}));
    });
    let row = with(asset("row-7", "1"), |s| {
        s.asset.declares = Some("i-1".into());
        s.asset.name = "web".into();
        s.asset.region = "us".into();
        s.asset.tags = tags(&[("owner", "ann"), ("env", "test")]);
    });
    let script = |name: &'static str, items: Vec<Sighting>| {
        let collector = ScriptedCollector::new(name).operations(OPERATIONS);
        Arc::new(collector.scope(scope(name), listing(items)))
    };
    let all = [
        script("sheet", vec![row]),
        script("terraform", vec![state]),
        script("cloud", vec![web, asset("db", "1")]),
    ];
    let cloud = Arc::clone(&all[2]);
    let tune = move |parts: &mut crate::EngineParts| {
        let spec =
            |name: &str| SourceSpec { name: name.into(), collector: name.into(), options: BTreeMap::new() };
        parts.sources = ["cloud", "sheet", "terraform"].map(spec).to_vec();
        parts.collectors =
            all.iter().map(|c| Arc::clone(c) as Arc<dyn cloudscope_ports::Collector>).collect();
    };
    let bench = Bench::tuned(&[], Arc::new(tune)).await;
    bench.collect().await;
    (bench, cloud)
}

async fn details(bench: &Bench, id: &str, at: Option<Moment>) -> Vec<AssetDetail> {
    let Reply::Details(details) = bench.ask(Command::Get { id: id.into(), at }).await else { panic!() };
    details
}

/// `SOURCE PATH BEFORE AFTER` of each difference.
fn differences(details: &[AssetDetail]) -> Vec<String> {
    let text = |p: &Option<Payload>| p.as_ref().map_or_else(String::new, |p| p.as_str().to_owned());
    let of = |d: &AssetDetail| {
        let source = d.row.source.clone();
        let line = move |x: &cloudscope_domain::Difference| {
            format!("{source} {} {} {}", x.path, text(&x.before), text(&x.after))
        };
        d.differences.iter().map(line).collect::<Vec<_>>()
    };
    details.iter().flat_map(of).collect()
}

fn sources(details: &[AssetDetail]) -> Vec<String> {
    details.iter().map(|d| d.row.source.to_string()).collect()
}

#[tokio::test]
async fn three_sources_are_one_row_with_their_differences() {
    let (bench, _) = three_sources().await;
    let overview = bench.overview().await;
    assert_eq!((overview.total, overview.unknown, overview.gone), (2, 0, 0));
    let rows = bench.rows("is:joined").await;
    assert_eq!(rows.len(), 1);
    let said: Vec<&str> = rows[0].sources.iter().map(|s| s.as_str()).collect();
    assert_eq!((rows[0].id.as_str(), said), ("id:web", vec!["cloud", "sheet", "terraform"]));
    for query in ["tag.owner=ann", "source:terraform", "source:sheet region:eu", "row-7"] {
        assert_eq!(bench.names(query).await, ["web"], "{query}");
    }
    // By any id of the thing, or its short name.
    for id in ["id:web", "id:row-7", "id:state#web", "i-1"] {
        let all = details(&bench, id, None).await;
        assert_eq!(sources(&all), ["cloud", "sheet", "terraform"], "{id}");
        assert_eq!(all[0].row.sources.len(), 3);
        assert_eq!(
            differences(&all),
            [
                r#"sheet region "eu" "us""#,
                r#"sheet tags.env "prod" "test""#,
                r#"terraform properties.InstanceType "m5.large" "m5.xlarge""#,
            ]
        );
    }
    assert!(differences(&details(&bench, "id:db", None).await).is_empty());
}

#[tokio::test]
async fn a_folded_record_is_shown_by_the_row_of_its_face() {
    let (bench, _) = three_sources().await;
    let keys = ["id:row-7", "id:db", "id:web"].map(|id| RowKey {
        id: id.into(),
        incarnation: "".into(),
        source: if id == "id:row-7" { "sheet" } else { "cloud" }.into(),
    });
    let Reply::Opened(opened) = bench.ask(Command::OpenRows { rows: keys.to_vec(), at: None }).await else {
        panic!()
    };
    assert_eq!(opened.total, 2, "once");
    let open = Command::Open { query: String::new(), sort: Vec::new(), at: None };
    let Reply::Opened(all) = bench.ask(open).await else { panic!() };
    for (id, place) in [("id:web", 1), ("id:row-7", 1), ("i-1", 1), ("id:db", 0)] {
        let found = bench.ask(Command::Find { cursor: all.cursor, id: id.into() }).await;
        assert_eq!(found, Reply::Position(Some(place)), "{id}");
    }
}

#[tokio::test]
async fn what_is_gone_leaves_a_ghost_and_was_joined_then() {
    let (bench, cloud) = three_sources().await;
    let then = Moment::Time(bench.clock_now());
    cloud.play_only(&scope("cloud").key, listing([asset("db", "1")]));
    bench.collect().await;
    let overview = bench.overview().await;
    assert_eq!((overview.total, overview.gone), (3, 1), "the sheet means by `i-1` what is gone");
    assert_eq!(bench.rows("is:joined").await, []);
    assert_eq!(sources(&details(&bench, "id:web", None).await), ["cloud"], "only the tombstone");
    let before = details(&bench, "id:state#web", Some(then)).await;
    assert_eq!(sources(&before), ["cloud", "sheet", "terraform"]);
    assert_eq!(differences(&before).len(), 3);
    let open = Command::Open { query: "source:terraform".into(), sort: Vec::new(), at: Some(then) };
    let Reply::Opened(opened) = bench.ask(open).await else { panic!() };
    assert_eq!((opened.total, opened.past), (1, true));
    let window = Command::Window { cursor: opened.cursor, start: 0, len: 10, properties: true };
    let Reply::Rows { rows, .. } = bench.ask(window).await else { panic!() };
    bench.exports(opened.cursor, true, &rows).await;
    assert_eq!((rows[0].id.as_str(), rows[0].sources.len()), ("id:web", 3));
    assert!(rows[0].properties.as_ref().unwrap().as_str().contains("m5.large"), "the payload of the face");
}

/// A machine, and the node of a cluster that runs on it: both say `same-as`, and so are one row.
async fn machine_and_node() -> Bench {
    let status = |word: &str, class| Some(Status { word: word.into(), class });
    let machine = with(asset("arn:i-1", "1"), |s| {
        s.asset.kind = "aws.ec2.instance".parse().unwrap();
        (s.asset.provider, s.asset.account, s.asset.name) = ("aws".into(), "1234".into(), "worker".into());
        s.asset.aliases = vec!["i-1".into()];
        s.asset.status = status("running", StatusClass::Ok);
    });
    let node = with(asset("uid/node-a", "1"), |s| {
        s.asset.kind = "k8s.core.node".parse().unwrap();
        (s.asset.provider, s.asset.account, s.asset.name) = ("k8s".into(), "uid".into(), "node-a".into());
        s.asset.status = status("NotReady", StatusClass::Error);
        s.asset.tags = tags(&[("role", "worker")]);
        s.references = vec![Reference {
            relation: "same-as".into(),
            target: Target::Named { kind: None, name: "i-1".into() },
            reverse: false,
            confidence: 1.0,
            rule: "/spec/providerID".into(),
        }];
    });
    let other = with(asset("uid/node-b", "1"), |s| {
        s.asset.kind = "k8s.core.node".parse().unwrap();
        (s.asset.provider, s.asset.account, s.asset.name) = ("k8s".into(), "uid".into(), "a-node".into());
    });
    let scope = Scope { key: ScopeKey::new("script", "all"), ..scope("script") };
    let bench = Bench::new(&[(scope, listing([machine, node, other]))]).await;
    bench.collect().await;
    bench
}

#[tokio::test]
async fn the_side_of_a_thing_that_is_asked_for_is_shown() {
    let bench = machine_and_node().await;
    assert_eq!(bench.overview().await.total, 2, "one row");
    for (query, names) in [
        ("", ["a-node", "worker"]),
        ("kind:node", ["a-node", "node-a"]),
        ("provider=k8s", ["a-node", "node-a"]),
        ("account=uid", ["a-node", "node-a"]),
    ] {
        assert_eq!(bench.names(query).await, names, "`{query}`");
    }
    for (query, names) in [("kind:node kind:instance", "node-a"), ("kind:instance tag.role=worker", "worker")]
    {
        assert_eq!(bench.names(query).await, [names], "{query}");
    }
    let rows = bench.rows("kind:node status:error tag.role=worker").await;
    let row = &rows[0];
    let shown = (row.id.as_str(), row.status.as_deref(), row.tags["role"].as_str(), row.sources.len());
    assert_eq!(shown, ("id:uid/node-a", Some("NotReady"), "worker", 1));
    // Its place, its group and its detail are those of that side, too.
    let Reply::Opened(opened) =
        bench.ask(Command::Open { query: "kind:node".into(), sort: Vec::new(), at: None }).await
    else {
        panic!()
    };
    for id in ["id:uid/node-a", "id:arn:i-1", "i-1"] {
        let found = bench.ask(Command::Find { cursor: opened.cursor, id: id.into() }).await;
        assert_eq!(found, Reply::Position(Some(1)), "{id}");
    }
    let by = vec!["account".to_owned()];
    let groups = Command::Groups { query: "provider=k8s".into(), by, limit: 9, at: None };
    let Reply::Groups(groups) = bench.ask(groups).await else { panic!() };
    assert_eq!((groups.groups.len(), groups.groups[0].count), (1, 2), "both below the cluster");
    let kinds = |all: Vec<AssetDetail>| all.iter().map(|d| d.row.kind.to_string()).collect::<Vec<_>>();
    assert_eq!(kinds(details(&bench, "id:uid/node-a", None).await), ["k8s.core.node", "aws.ec2.instance"]);
    assert_eq!(kinds(details(&bench, "id:arn:i-1", None).await), ["aws.ec2.instance", "k8s.core.node"]);
    let key = RowKey::from(row);
    let Reply::Opened(marked) = bench.ask(Command::OpenRows { rows: vec![key], at: None }).await else {
        panic!()
    };
    let window = Command::Window { cursor: marked.cursor, start: 0, len: 1, properties: false };
    let Reply::Rows { rows, .. } = bench.ask(window).await else { panic!() };
    assert_eq!(&*rows[0].name, "node-a", "what was marked is what comes back");
    // And in the forest of its cluster.
    let owned = OwnedAsk {
        place: "account=uid".into(),
        query: "account=uid".into(),
        under: Under::Kind("k8s.core.node".parse().unwrap()),
        limit: 9,
        find: Some("id:uid/node-a".into()),
        at: None,
    };
    let Reply::Owned(owned) = bench.ask(Command::Owned(owned)).await else { panic!() };
    let names: Vec<&str> = owned.heads.iter().map(|head| &*head.row.name).collect();
    assert_eq!((names, owned.found.is_some()), (vec!["a-node", "node-a"], true));
}
