//! Filters that the index alone cannot answer: on payloads, on relationships, and how they are explained.

use cloudscope_domain::{AssetId, ListingMode, Reference, Sighting, Target};
use cloudscope_memory::{Step, listing};
use cloudscope_ports::{Fault, FaultKind};

use super::harness::{Bench, asset, scope};
use crate::{
    Command, Reply,
    message::{Explanation, Opened},
};

fn to(name: &str, relation: &str) -> Reference {
    Reference {
        relation: relation.into(),
        target: Target::Id(AssetId::from(format!("id:{name}").as_str())),
        reverse: false,
        confidence: 1.0,
        rule: "$.it".into(),
    }
}

fn with(name: &str, version: &str, references: &[Reference]) -> Sighting {
    Sighting { references: references.to_vec(), ..asset(name, version) }
}

/// `web` uses `sg` and something unknown, `job` uses `db`; nothing uses `idle`.
async fn estate() -> Bench {
    let all = [
        with("web", "1.9.0", &[to("sg", "uses"), to("lost", "uses")]),
        with("job", "1.10.0", &[to("db", "uses")]),
        asset("sg", "soon"),
        asset("db", "2.0.0"),
        asset("idle", "0.1.0"),
    ];
    let (a, b) = (scope("a", ListingMode::Snapshot), scope("b", ListingMode::Snapshot));
    let bench = Bench::new(&[(a, listing(all)), (b, listing([]))]).await;
    bench.collect().await;
    bench
}

async fn opened(bench: &Bench, query: &str) -> Opened {
    let open = Command::Open { query: query.into(), sort: Vec::new(), at: None };
    let Reply::Opened(opened) = bench.ask(open).await else { panic!("{query}") };
    assert!(opened.bad.is_empty(), "{query}: {:?}", opened.bad);
    opened
}

#[tokio::test]
async fn terms_on_payloads_are_answered_from_the_store() {
    let bench = estate().await;
    for (query, names, undecided) in [
        ("prop.v=2.0.0", &["db"][..], 0),
        ("prop.V:1.1", &["job"], 0),
        ("prop.v>=1.9.1", &["db", "job"], 1),
        ("!prop.v>=1.9.1", &["idle", "web"], 1),
        ("prop.missing=x", &[], 0),
        ("prop.missing>1", &[], 5),
        ("has:prop.v prop.v<1.0.0", &["idle"], 1),
        ("rel(out, uses, prop.v=2.0.0)", &["job"], 0),
        ("cost>100", &[], 5),
    ] {
        assert_eq!(bench.names(query).await, names, "{query}");
        assert_eq!(opened(&bench, query).await.undecided, undecided, "{query}");
    }
}

#[tokio::test]
async fn relationships_are_followed_and_what_was_not_read_leaves_them_open() {
    let bench = estate().await;
    for (query, names, undecided) in [
        ("rel(out)", &["job", "web"][..], 0),
        ("rel(out, uses, name=sg)", &["web"], 0),
        ("rel(in, uses, name=web,name=job)", &["db", "sg"], 0),
        ("!rel(in, uses) !rel(out)", &["idle"], 0),
        ("rel(any, owns)", &[], 0),
        ("rel(out, us*, name=idle)", &[], 0),
    ] {
        assert_eq!(bench.names(query).await, names, "{query}");
        assert_eq!(opened(&bench, query).await.undecided, undecided, "{query}");
    }
    // A scope that could hold whatever refers to them is denied.
    let denied = Fault::new(FaultKind::Denied, "script:Play", "not authorised; ask for it");
    bench.collector.play_only(&scope("b", ListingMode::Snapshot).key, vec![Step::Fail(denied)]);
    bench.collect().await;
    for (query, names, undecided) in [
        ("rel(out)", &["job", "web"][..], 0),
        ("!rel(in, uses)", &[], 3),
        ("!rel(in, uses, kind:elsewhere)", &["db", "idle", "job", "sg", "web"], 0),
        ("rel(out, uses, name=idle)", &[], 1),
        ("rel(out, uses, name=sg)", &["web"], 0),
    ] {
        assert_eq!(bench.names(query).await, names, "{query}");
        assert_eq!(opened(&bench, query).await.undecided, undecided, "{query}");
    }
}

#[tokio::test]
async fn an_explanation_shows_each_step_with_its_rows() {
    let bench = estate().await;
    let explain = |query: &str| Command::Explain { query: query.into(), sort: Vec::new(), at: None };
    let ask = async |query: &str| -> Explanation {
        let Reply::Explained(how) = bench.ask(explain(query)).await else { panic!("{query}") };
        *how
    };
    let how = ask("rel(out, *, name=sg) kind:thing prop.v:1 colour:red").await;
    let steps: Vec<_> = how.steps.iter().map(|s| (s.term.as_str(), s.depth, s.rows_in, s.rows_out)).collect();
    assert_eq!(
        steps,
        [
            ("payloads", 0, 1, 1),
            ("rel(out, *, name=sg) kind:thing prop.v:1", 0, 5, 1),
            ("kind:thing", 1, 5, 5),
            // Only the payload of `web` was worth reading; of the others this term stays open.
            ("prop.v:1", 1, 5, 1),
            ("rel(out, *, name=sg)", 1, 5, 1),
            ("name=sg", 2, 5, 1),
        ]
    );
    assert!(how.steps[4].how.contains("graph walk"), "{how:?}");
    assert_eq!((how.total, how.undecided, how.bad.len()), (1, 0, 1));
}

#[tokio::test]
async fn what_nothing_bears_is_told_with_what_was_meant() {
    let bench = estate().await;
    let ask = Command::Strays { query: "rel(out, usez) kind:thing colour:red".into(), at: None };
    let Reply::Strays(strays) = bench.ask(ask).await else { panic!() };
    let texts: Vec<&str> = strays.iter().map(|s| &*s.text).collect();
    assert_eq!(texts, ["no edge is a `usez`; did you mean `uses`?"]);
    assert_eq!(strays[0].suggestion.as_deref(), Some("uses"));
}
