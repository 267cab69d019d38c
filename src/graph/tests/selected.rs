//! Edges to whatever fits: what is in a place and bears some tags, at the time of the question.

use super::*;
use cloudscope_domain::neighbours::End;

fn pod(id: &str, tags: &[(&str, &str)]) -> Record {
    let mut r = record(id);
    r.asset.kind = "k8s.core.pod".parse().unwrap();
    r.asset.tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    r
}

fn all_of(within: &str, wants: &[(&str, Test)]) -> Target {
    let wants = wants.iter().map(|(key, test)| Want { key: (*key).into(), test: test.clone() }).collect();
    let kind = "k8s.core.pod".parse().unwrap();
    Target::Selected(Selection { kind, within: within.into(), wants, places: None }.into())
}

fn is(value: &str) -> Test {
    Test::In(vec![value.into()])
}

fn ends(graph: &Graph, id: &str, direction: Direction, records: &[Record]) -> Vec<(String, bool)> {
    let edges = graph.edges(&id.into(), direction, &Model::of(records));
    edges
        .into_iter()
        .map(|e| (if e.from.as_str() == id { e.to } else { e.from }.to_string(), e.dangling))
        .collect()
}

#[test]
fn what_fits_is_found_from_both_ends_without_the_graph_being_told() {
    let service =
        with("c/core/Service/a/web", &[("selects", all_of("c/core/Pod/a/", &[("app", is("web"))]))]);
    let id = service.asset.key.id.to_string();
    let graph = publish(std::slice::from_ref(&service));
    // Nobody yet: the edge dangles, and is called as the selector is written.
    let mut records = vec![service];
    assert_eq!(ends(&graph, &id, Direction::Out, &records), [("c/core/Pod/a/?app=web".to_owned(), true)]);
    let from = ends(&graph, "c/core/Pod/a/?app=web", Direction::In, &records);
    assert_eq!(from, [(id.clone(), true)]);
    // Pods come; one in a namespace whose name begins so does not fit.
    records.push(pod("c/core/Pod/a/web-1", &[("app", "web")]));
    records.push(pod("c/core/Pod/ab/web-2", &[("app", "web")]));
    records.push(pod("c/core/Pod/a/db-1", &[("app", "db")]));
    assert_eq!(ends(&graph, &id, Direction::Out, &records), [("c/core/Pod/a/web-1".to_owned(), false)]);
    assert_eq!(ends(&graph, "c/core/Pod/a/web-1", Direction::In, &records), [(id.clone(), false)]);
    assert_eq!(ends(&graph, "c/core/Pod/ab/web-2", Direction::Both, &records), []);
    assert_eq!(ends(&graph, "c/core/Pod/a/?app=web", Direction::In, &records), []);
    // A label changes, another pod goes.
    records[3] = pod("c/core/Pod/a/db-1", &[("app", "web")]);
    records.remove(1);
    assert_eq!(ends(&graph, &id, Direction::Out, &records), [("c/core/Pod/a/db-1".to_owned(), false)]);
}

#[test]
fn what_is_told_of_an_edge_is_what_was_stated() {
    let mut policy = with("c/np/a", &[("allows", all_of("c/core/Pod/", &[("tier", Test::Exists)]))]);
    policy.references[0].confidence = 0.5;
    policy.references[0].rule = "$.spec.podSelector".into();
    policy.references[0].reverse = true;
    policy.run = RunId(7);
    let records = [policy, pod("c/core/Pod/a/x", &[("tier", "")]), pod("c/core/Pod/b/y", &[("tier", "1")])];
    let (graph, model) = (publish(&records), Model::of(&records));
    let edges = graph.edges(&"c/core/Pod/a/x".into(), Direction::Out, &model);
    assert_eq!(edges.len(), 1);
    assert_eq!((edges[0].from.as_str(), edges[0].to.as_str()), ("c/core/Pod/a/x", "c/np/a"));
    assert_eq!((edges[0].confidence, &*edges[0].evidence.rule), (0.5, "$.spec.podSelector"));
    assert_eq!((edges[0].evidence.stated_by.as_str(), edges[0].evidence.run), ("c/np/a", RunId(7)));
    assert_eq!(graph.edges(&"c/np/a".into(), Direction::In, &model).len(), 2);
    // From one pod over the policy to the other.
    let path =
        graph.path(&"c/core/Pod/a/x".into(), &"c/core/Pod/b/y".into(), Direction::Both, &model, &|| false);
    assert_eq!(path.unwrap().len(), 2);
}

#[test]
fn a_selection_of_very_many_is_cut_and_says_by_how_much() {
    let mut records = vec![with("np", &[("selects", all_of("c/core/Pod/", &[]))])];
    records.extend((0..2000).map(|n| pod(&format!("c/core/Pod/a/{n}"), &[])));
    let (graph, model) = (publish(&records), Model::of(&records));
    let around = graph.around(&"np".into(), Direction::Out, 1, 50, &model);
    assert_eq!((around.edges.len(), around.more), (50, 1950));
    let mut told = 0;
    graph.each(&"np".into(), Direction::Out, &model, &mut |_, id, end| {
        let kind = "k8s.core.pod".parse().unwrap();
        assert_eq!(end, End { known: true, selected: Some(&kind) });
        assert!(id.as_str().starts_with("c/core/Pod/a/"));
        told += 1;
        told < 10
    });
    assert_eq!(told, 10, "it went on after it was told to stop");
}

#[test]
fn a_selection_is_kept_once_and_forgotten_with_the_last_that_states_it() {
    let mut writer = GraphWriter::new();
    let target = all_of("c/core/Pod/a/", &[("app", is("web")), ("old", Test::Missing)]);
    let records = ["s1", "s2"].map(|id| with(id, &[("selects", target.clone())]));
    records.iter().for_each(|r| writer.upsert(r));
    assert_eq!(writer.publish().nodes(), 3);
    writer.forget(&records[0].record_key());
    let pods = [pod("c/core/Pod/a/x", &[("app", "web")])];
    let graph = writer.publish();
    assert_eq!(ends(&graph, "c/core/Pod/a/x", Direction::In, &pods), [("s2".to_owned(), false)]);
    writer.forget(&records[1].record_key());
    let graph = writer.publish();
    assert_eq!(graph.nodes(), 0);
    assert!(graph.names.selections.is_empty());
    // Its number is given to something else.
    writer.upsert(&with("s3", &[("uses", to("c/core/Pod/a/x"))]));
    let graph = writer.publish();
    assert_eq!(ends(&graph, "c/core/Pod/a/x", Direction::In, &pods), [("s3".to_owned(), false)]);
}

#[test]
fn selections_that_are_written_alike_are_not_one() {
    let two = Test::In(vec!["a".into(), "b".into()]);
    let odd = Test::In(vec!["a,b".into(), "c".into()]);
    let even = Test::In(vec!["a".into(), "b,c".into()]);
    assert_eq!(
        all_of("p/", &[("k", odd.clone())]).to_string(),
        all_of("p/", &[("k", even.clone())]).to_string()
    );
    let records = [
        with("s1", &[("selects", all_of("p/", &[("k", odd)]))]),
        with("s2", &[("selects", all_of("p/", &[("k", even)]))]),
        with("s3", &[("selects", all_of("p/", &[("k", two)]))]),
        pod("p/1", &[("k", "a,b")]),
        pod("p/2", &[("k", "a")]),
    ];
    let graph = publish(&records);
    let of = |id| ends(&graph, id, Direction::In, &records).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(of("p/1"), ["s1"]);
    assert_eq!(of("p/2"), ["s2", "s3"]);
}
