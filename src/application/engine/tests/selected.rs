//! Edges to whatever a selector means: as it is now, as it was then, and with what was not read.

use cloudscope_domain::{
    AssetId, ListingMode, Moment, Reference, Selection, Sighting, Target, Test, Timestamp, Want,
    neighbours::Direction,
};
use cloudscope_memory::{Step, listing};
use cloudscope_ports::{Fault, FaultKind};

use super::harness::{Bench, asset, scope};
use crate::{Command, Reply};

/// `svc` selects what begins with `a-` and is tagged `app=web`; `none` what nothing is tagged.
fn services() -> [Sighting; 2] {
    [("svc", "web"), ("none", "nothing")].map(|(name, app)| {
        let wants = vec![Want { key: "app".into(), test: Test::In(vec![app.into()]) }];
        let kind = "test.thing".parse().unwrap();
        let mut service = asset(name, "1");
        service.references.push(Reference {
            relation: "selects".into(),
            target: Target::Selected(Selection { kind, within: "id:a-".into(), wants, places: None }.into()),
            reverse: false,
            confidence: 1.0,
            rule: "$.spec.selector".into(),
        });
        service
    })
}

fn pod(name: &str, app: &str) -> Sighting {
    let mut pod = asset(name, "1");
    pod.asset.tags.insert("app".to_owned(), app.to_owned());
    pod
}

/// Two runs: `a-1` is selected; `a-1` is gone and `a-2` selected, as its tag changed.
async fn two_runs() -> (Bench, [Timestamp; 2]) {
    let (a, b) = (scope("a", ListingMode::Snapshot), scope("b", ListingMode::Snapshot));
    let pods = [pod("a-1", "web"), pod("a-2", "db"), pod("ab-1", "web")];
    let bench = Bench::new(&[(a.clone(), listing(pods)), (b, listing(services()))]).await;
    bench.collect().await;
    let first = bench.clock_now();
    bench.collector.play_only(&a.key, listing([pod("a-2", "web"), pod("ab-1", "web")]));
    let run = bench.collect().await;
    assert_eq!((run.created, run.changed), (0, 1), "nothing is written of who selects");
    let second = bench.clock_now();
    (bench, [first, second])
}

async fn names(bench: &Bench, query: &str, at: Option<Moment>) -> (Vec<String>, u64) {
    let open = Command::Open { query: query.into(), sort: Vec::new(), at };
    let Reply::Opened(opened) = bench.ask(open).await else { panic!("{query}") };
    let window = Command::Window { cursor: opened.cursor, start: 0, len: 100, properties: false };
    let Reply::Rows { rows, .. } = bench.ask(window).await else { panic!("{query}") };
    (rows.iter().map(|r| r.name.to_string()).collect(), opened.undecided)
}

/// The edges of an asset as `from>to`, with what dangles marked.
async fn edges(bench: &Bench, name: &str, direction: Direction, at: Option<Moment>) -> Vec<String> {
    let id = AssetId::from(format!("id:{name}").as_str());
    let ask = Command::Relations { id, direction, depth: 1, limit: 100, at };
    let Reply::Relations(found) = bench.ask(ask).await else { panic!("{name}") };
    let edge = |e: &cloudscope_domain::Relationship| {
        let mark = if e.dangling { " lost" } else { "" };
        format!("{}>{}{mark}", e.from, e.to)
    };
    found.edges.iter().map(edge).collect()
}

#[tokio::test]
async fn what_is_selected_follows_the_assets_in_both_directions_now_and_then() {
    let (bench, [first, second]) = two_runs().await;
    let bench = bench.restart().await;
    for (at, selected, other) in [
        (Some(Moment::Time(first)), "a-1", "a-2"),
        (Some(Moment::Time(second)), "a-2", "ab-1"),
        (None, "a-2", "ab-1"),
    ] {
        let edge = format!("id:svc>id:{selected}");
        assert_eq!(edges(&bench, "svc", Direction::Both, at).await, [edge.as_str()], "{at:?}");
        assert_eq!(edges(&bench, selected, Direction::In, at).await, [edge.as_str()], "{at:?}");
        assert_eq!(edges(&bench, other, Direction::Both, at).await, Vec::<String>::new(), "{at:?}");
        assert_eq!(edges(&bench, "none", Direction::Out, at).await, ["id:none>id:a-?app=nothing lost"]);
        for (query, expected) in [
            ("rel(in, selects, name=svc)".to_owned(), vec![selected]),
            ("rel(in, selects)".to_owned(), vec![selected]),
            (format!("rel(out, selects, name={selected})"), vec!["svc"]),
            (format!("rel(out, selects, name={other})"), vec![]),
            ("rel(out, selects)".to_owned(), vec!["none", "svc"]),
            (format!("rel(any 2, *, name={selected})"), vec![selected, "svc"]),
        ] {
            assert_eq!(
                names(&bench, &query, at).await,
                (expected.iter().map(|n| (*n).to_owned()).collect(), 0),
                "{query} {at:?}"
            );
        }
    }
    let Reply::Details(details) = bench.ask(Command::Get { id: "id:a-2".into(), at: None }).await else {
        panic!()
    };
    let edge = &details[0].relationships[0];
    assert_eq!((&*edge.evidence.rule, edge.evidence.stated_by.as_str()), ("$.spec.selector", "id:svc"));
    // What is gone is not selected, and not what the name of a tombstone would lead to.
    assert_eq!(edges(&bench, "a-1", Direction::Both, None).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_not_read_might_be_selected() {
    let (bench, _) = two_runs().await;
    let denied = Fault::new(FaultKind::Denied, "script:Play", "not authorised; ask for it");
    bench.collector.play_only(&scope("a", ListingMode::Snapshot).key, vec![Step::Fail(denied)]);
    bench.collect().await;
    for (query, expected, undecided) in [
        // Another pod may be there that fits.
        ("rel(out, selects, name=a-9)", &[][..], 2),
        ("rel(out, selects, name=a-2)", &["svc"][..], 1),
        // Nothing of that kind was left unread.
        ("rel(out, selects, kind:elsewhere)", &[], 0),
        ("rel(out, selects)", &["none", "svc"], 0),
    ] {
        let expected = expected.iter().map(|n| (*n).to_owned()).collect();
        assert_eq!(names(&bench, query, None).await, (expected, undecided), "{query}");
    }
}
