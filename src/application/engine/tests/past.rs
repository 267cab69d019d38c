//! Every question, asked of a moment of the past.

use cloudscope_domain::{ListingMode, Moment, Presence, Reference, Revision, StatusClass, Target, Timestamp};
use cloudscope_memory::{Step, listing};
use cloudscope_ports::{AssetStore, Fault, FaultKind, Plan, Retention};

use super::harness::{Bench, asset, scope};
use crate::{
    Command, Reply, SessionError,
    message::{Group, Opened},
};

/// Three runs: `web` and `db`; `web` changed and `db` deleted; denied.
async fn three_runs() -> (Bench, [Timestamp; 3]) {
    let a = scope("a", ListingMode::Snapshot);
    let mut web = asset("web", "1");
    web.references = vec![Reference {
        relation: "uses".into(),
        target: Target::Id("id:db".into()),
        reverse: false,
        confidence: 1.0,
        rule: "$.db".into(),
    }];
    let bench = Bench::new(&[(a.clone(), listing([web, asset("db", "1")]))]).await;
    let mut times = Vec::new();
    bench.collect().await;
    times.push(bench.clock_now());
    bench.collector.play_only(&a.key, listing([asset("web", "2")]));
    bench.collect().await;
    times.push(bench.clock_now());
    let denied = Fault::new(FaultKind::Denied, "script:Play", "not allowed");
    bench.collector.play_only(&a.key, vec![Step::Fail(denied)]);
    bench.collect().await;
    times.push(bench.clock_now());
    (bench, times.try_into().unwrap())
}

async fn opened(bench: &Bench, query: &str, at: Moment) -> Opened {
    let open = Command::Open { query: query.into(), sort: Vec::new(), at: Some(at) };
    let Reply::Opened(opened) = bench.ask(open).await else { panic!() };
    opened
}

/// `NAME PRESENCE PAYLOAD` of every row.
async fn rows(bench: &Bench, query: &str, at: Moment) -> Vec<String> {
    let cursor = opened(bench, query, at).await.cursor;
    let window = Command::Window { cursor, start: 0, len: 100, properties: true };
    let Reply::Rows { rows, .. } = bench.ask(window).await else { panic!() };
    bench.exports(cursor, true, &rows).await;
    rows.iter()
        .map(|r| format!("{} {} {}", r.name, r.presence.word(), r.properties.as_ref().unwrap().as_str()))
        .collect()
}

#[tokio::test]
async fn rows_payloads_and_presence_are_those_of_then() {
    let (bench, [first, second, third]) = three_runs().await;
    let at = Moment::Time;
    assert_eq!(rows(&bench, "", at(first)).await, [r#"db present {"v":"1"}"#, r#"web present {"v":"1"}"#]);
    assert_eq!(rows(&bench, "", at(second)).await, [r#"web present {"v":"2"}"#]);
    assert_eq!(rows(&bench, "presence:gone", at(second)).await, [r#"db gone {"v":"1"}"#]);
    assert_eq!(rows(&bench, "", at(third)).await, [r#"web unknown {"v":"2"}"#]);
    assert_eq!(rows(&bench, "", at(first.plus_millis(-70_000))).await, Vec::<String>::new());
    assert!(opened(&bench, "", at(second)).await.past);
    assert!(!opened(&bench, "", at(third)).await.past, "the newest revision is no past");
}

#[tokio::test]
async fn ages_are_those_of_then() {
    let (bench, [first, ..]) = three_runs().await;
    bench.clock.advance(86_400_000);
    assert_eq!(opened(&bench, "changed:1h", Moment::Time(first)).await.total, 2);
}

#[tokio::test]
async fn details_edges_health_and_completion_are_those_of_then() {
    let (bench, [first, second, third]) = three_runs().await;
    let get = |at| Command::Get { id: "id:db".into(), at: Some(Moment::Time(at)) };
    let Reply::Details(then) = bench.ask(get(first)).await else { panic!() };
    assert_eq!(then[0].row.presence, Presence::Present);
    assert_eq!(then[0].relationships.len(), 1);
    let Reply::Details(later) = bench.ask(get(second)).await else { panic!() };
    assert_eq!((later[0].row.presence.word(), later[0].relationships.len()), ("gone", 0));
    let around = |at| Command::Relations {
        id: "id:web".into(),
        direction: cloudscope_domain::neighbours::Direction::Both,
        depth: 1,
        limit: 10,
        at: Some(Moment::Time(at)),
    };
    let Reply::Relations(then) = bench.ask(around(first)).await else { panic!() };
    assert_eq!((then.edges.len(), then.gaps), (1, 0));
    let relation = then.edges[0].relation.to_string();
    let Reply::Relations(later) = bench.ask(around(third)).await else { panic!() };
    assert_eq!((later.edges.len(), later.gaps), (0, 1));
    let health = |at| Command::Health { at: Some(Moment::Time(at)), attempts: true };
    let Reply::Health(then) = bench.ask(health(first)).await else { panic!() };
    assert_eq!((then[0].coverage.state.as_str(), then[0].coverage.assets), ("ok", 2));
    let Reply::Health(later) = bench.ask(health(third)).await else { panic!() };
    assert_eq!((later[0].coverage.state.as_str(), later[0].unknown), ("denied", 1));
    let complete = |at| Command::Complete { query: "kind:".into(), position: 5, at: Some(at) };
    let Reply::Completions(then) = bench.ask(complete(Moment::Time(first))).await else { panic!() };
    assert!(then.iter().any(|c| c.count == Some(2)), "{then:?}");
    let complete =
        Command::Complete { query: "rel(any, ".into(), position: 9, at: Some(Moment::Time(first)) };
    let Reply::Completions(related) = bench.ask(complete).await else { panic!() };
    assert_eq!((related[0].text.as_str(), related[0].span.start), (relation.as_str(), 9));
    assert!(related.iter().any(|c| c.text == "kind:"), "its filter may begin there, too: {related:?}");
    let groups = |at: Option<Timestamp>| {
        let by = vec!["presence".to_owned(), "kind".to_owned()];
        Command::Groups { query: "we nonsense:x".into(), by, limit: 1, at: at.map(Moment::Time) }
    };
    let Reply::Groups(then) = bench.ask(groups(Some(first))).await else { panic!() };
    let one = |word: &str, unknown| Group {
        values: vec![Some(word.into()), Some("test.thing".into())],
        count: 1,
        unknown,
        class: Some(StatusClass::Unknown),
        ..Group::default()
    };
    assert_eq!((then.groups, then.total, then.more), (vec![one("present", 0)], 1, 0));
    let Reply::Groups(now) = bench.ask(groups(None)).await else { panic!() };
    assert_eq!((now.groups, now.bad.len()), (vec![one("unknown", 1)], 1));
    assert!(now.revision > then.revision);
}

#[tokio::test]
async fn groups_need_columns_that_there_are() {
    let bench = Bench::new(&[(scope("a", ListingMode::Snapshot), listing([asset("web", "1")]))]).await;
    for (by, says) in [
        (Vec::new(), "name 1 to 8 columns to group by"),
        (vec!["kind".to_owned(); 9], "name 1 to 8 columns to group by"),
        (vec!["kidn".to_owned()], "cannot group by `kidn`; did you mean `kind`?"),
    ] {
        let ask = Command::Groups { query: String::new(), by, limit: 10, at: None };
        assert_eq!(bench.engine_ask(ask).await, Err(SessionError::Column(says.to_owned())));
    }
}

#[tokio::test]
async fn a_moment_means_one_revision_or_says_why_not() {
    let (bench, [first, second, _]) = three_runs().await;
    let ask = |at| bench.engine_ask(Command::Resolve { at });
    let Ok(Reply::Moment((revision, at))) = ask(Moment::Time(first)).await else { panic!() };
    assert!(at <= first);
    let Ok(Reply::Moment(same)) = ask(Moment::Revision(revision)).await else { panic!() };
    assert_eq!(same, (revision, at));
    let Err(SessionError::Bad(text)) = ask(Moment::Revision(Revision(99))).await else { panic!() };
    assert!(text.starts_with("there is no revision 99 yet"), "{text}");
    let Ok(Reply::Moment(before)) = ask(Moment::Time(first.plus_millis(-90_000))).await else { panic!() };
    assert_eq!(before.0, Revision(0));

    // What was looked at before retention took it is not shown afterwards either.
    assert_eq!(rows(&bench, "", Moment::Time(first)).await.len(), 2);
    let all = Retention { history_before: Some(second), history_bytes: None, tombstones_before: None };
    let kept = bench.store.prune(&all).unwrap().oldest.unwrap();
    for gone in [Moment::Time(first.plus_millis(-90_000)), Moment::Revision(Revision(1))] {
        let Err(SessionError::Bad(text)) = ask(gone).await else { panic!() };
        assert!(text.contains("no longer known"), "{text}");
        assert!(text.contains(&format!("back to revision {} of {}", kept.0, kept.1)), "{text}");
        let open = Command::Open { query: String::new(), sort: Vec::new(), at: Some(gone) };
        assert!(matches!(bench.engine_ask(open).await, Err(SessionError::Bad(_))));
    }
    assert_eq!(rows(&bench, "", Moment::Time(second)).await, [r#"web present {"v":"2"}"#]);
}

#[tokio::test]
async fn a_moment_that_was_the_newest_keeps_its_payloads_when_it_no_longer_is() {
    let a = scope("a", ListingMode::Snapshot);
    let bench = Bench::new(&[(a.clone(), listing([asset("web", "1")]))]).await;
    bench.collect().await;
    let newest = opened(&bench, "", Moment::Time(bench.clock_now())).await;
    bench.collector.play_only(&a.key, listing([asset("web", "2")]));
    bench.collect().await;
    let window = Command::Window { cursor: newest.cursor, start: 0, len: 1, properties: true };
    let Reply::Rows { rows, .. } = bench.ask(window).await else { panic!() };
    assert_eq!(rows[0].properties.as_ref().unwrap().as_str(), r#"{"v":"1"}"#);
}

#[tokio::test]
async fn what_is_switched_off_is_no_gap_of_the_edges() {
    let (a, b) = (scope("a", ListingMode::Snapshot), scope("b", ListingMode::Snapshot));
    let bench =
        Bench::new(&[(a.clone(), listing([asset("x", "1")])), (b.clone(), listing([asset("y", "1")]))]).await;
    bench.collect().await;
    bench.collector.set_plan(Ok(Plan { scopes: vec![a.clone()], ..Plan::default() }));
    let denied = Fault::new(FaultKind::Denied, "script:Play", "not allowed");
    bench.collector.play_only(&a.key, vec![Step::Fail(denied)]);
    bench.collect().await;
    let direction = cloudscope_domain::neighbours::Direction::Both;
    let around = Command::Relations { id: "id:x".into(), direction, depth: 1, limit: 10, at: None };
    let Reply::Relations(found) = bench.ask(around).await else { panic!() };
    assert_eq!((found.gaps, found.off), (1, 1));
}
