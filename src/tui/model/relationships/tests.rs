//! Edges find their column, group and step; the cursor stays on what it stood on.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_application::message::Relations;
use cloudscope_domain::{
    AssetRow, Category, Evidence, Incarnation, Presence, RunId, SourceName, StatusClass, Timestamp,
    asset::Provider,
};

use super::*;

fn row(id: &str, kind: &str) -> AssetRow {
    AssetRow {
        sources: Vec::new(),
        pinned: false,
        id: id.into(),
        kind: kind.parse().unwrap(),
        category: Category::Compute,
        provider: Provider::from("aws"),
        account: "prod".into(),
        account_label: None,
        region: "eu-west-1".into(),
        zone: "".into(),
        name: id.into(),
        status: Some("running".into()),
        status_class: StatusClass::Ok,
        tags: BTreeMap::new(),
        addresses: Vec::new(),
        presence: Presence::Present,
        first_seen: Timestamp::default(),
        last_seen: None,
        changed_at: Timestamp::default(),
        created_at: None,
        source: SourceName::from("aws:prod"),
        incarnation: Incarnation::default(),
        declares: None,
        properties: None,
    }
}

fn edge(from: &str, relation: &str, to: &str) -> Relationship {
    let evidence = Evidence { rule: Arc::from("$.x"), stated_by: from.into(), run: RunId(1) };
    Relationship {
        from: from.into(),
        to: to.into(),
        relation: relation.into(),
        confidence: 1.0,
        evidence,
        dangling: false,
    }
}

fn ego(edges: &[(&str, &str, &str)], rows: &[(&str, &str)]) -> Ego {
    let relations = Relations {
        focus: Some(row("web", "aws.ec2.instance")),
        edges: edges.iter().map(|(a, r, b)| edge(a, r, b)).collect(),
        rows: rows.iter().map(|(id, kind)| row(id, kind)).collect(),
        more: 0,
        gaps: 0,
        off: 0,
    };
    Ego::new("web".into(), Box::new(relations), None)
}

fn show(state: &Relationships, side: Side) -> Vec<String> {
    let lines = state.lines(side);
    lines
        .iter()
        .map(|line| match line {
            Line::Group(g, fold) => {
                let against = if g.key.against { " against" } else { "" };
                let kind = g.key.kind.as_ref().map_or("dangling", |k| k.as_str());
                format!("{}{against} {} {kind} {} {fold:?}", g.key.hop, g.key.relation, g.spokes.len())
            }
            Line::Spoke(_, s) => format!("  {} near {}", s.far, s.near),
        })
        .collect()
}

fn state(ego: Ego) -> Relationships {
    let mut state = Relationships::default();
    state.look_at("web".into(), None);
    state.arrived(ego);
    state
}

#[test]
fn edges_go_to_their_column_by_relation_and_kind() {
    let state = state(ego(
        &[
            ("web", "uses", "sn-2"),
            ("web", "uses", "sn-1"),
            ("web", "uses", "sg-1"),
            ("lb", "routes-to", "web"),
            ("web", "uses", "lost"),
        ],
        &[
            ("sn-1", "aws.ec2.subnet"),
            ("sn-2", "aws.ec2.subnet"),
            ("sg-1", "aws.ec2.group"),
            ("lb", "aws.elb.balancer"),
        ],
    ));
    assert_eq!(show(&state, Side::In), ["1 routes-to aws.elb.balancer 1 Open", "  lb near web"]);
    assert_eq!(
        show(&state, Side::Out),
        [
            "1 uses dangling 1 Open",
            "  lost near web",
            "1 uses aws.ec2.group 1 Open",
            "  sg-1 near web",
            "1 uses aws.ec2.subnet 2 Open",
            "  sn-1 near web",
            "  sn-2 near web",
        ]
    );
}

#[test]
fn farther_edges_stay_on_the_side_where_the_way_to_them_begins() {
    let state = state(ego(
        &[
            ("web", "uses", "sn"),
            ("db", "uses", "sn"),
            ("sn", "part-of", "vpc"),
            ("dns", "names", "lb"),
            ("lb", "routes-to", "web"),
        ],
        &[("sn", "a.subnet"), ("db", "a.db"), ("vpc", "a.vpc"), ("lb", "a.lb"), ("dns", "a.dns")],
    ));
    assert_eq!(
        show(&state, Side::Out),
        [
            "1 uses a.subnet 1 Open",
            "  sn near web",
            "2 part-of a.vpc 1 Open",
            "  vpc near sn",
            "2 against uses a.db 1 Open",
            "  db near sn",
        ]
    );
    assert_eq!(
        show(&state, Side::In),
        ["1 routes-to a.lb 1 Open", "  lb near web", "2 names a.dns 1 Open", "  dns near lb"]
    );
}

#[test]
fn an_edge_to_itself_and_one_out_of_reach_are_not_lost() {
    let state = state(ego(&[("web", "calls", "web"), ("a", "uses", "b")], &[("a", "a.a"), ("b", "a.b")]));
    let lines = show(&state, Side::Out);
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(lines[0], "1 calls aws.ec2.instance 1 Open");
    assert!(lines[3].contains("b near a"));
}

#[test]
fn big_groups_are_closed_until_they_are_opened() {
    let names: Vec<String> = (0..40).map(|i| format!("p{i:02}")).collect();
    let edges: Vec<_> = names.iter().map(|n| (n.as_str(), "child-of", "web")).collect();
    let rows: Vec<_> = names.iter().map(|n| (n.as_str(), "host.process")).collect();
    let mut state = state(ego(&edges, &rows));
    assert_eq!(state.side, Side::In, "the keys go where there is something");
    assert_eq!(show(&state, Side::In), ["1 child-of host.process 40 Closed"]);
    state.turn();
    assert_eq!(show(&state, Side::In).len(), 41);
    state.stand(30);
    state.turn();
    assert_eq!((show(&state, Side::In).len(), state.at(Side::In)), (1, 0));
    state.turn_all();
    assert_eq!(show(&state, Side::In).len(), 41);
    state.turn_all();
    assert_eq!(show(&state, Side::In).len(), 1);
}

#[test]
fn the_cursor_stays_on_its_edge_when_others_arrive() {
    let rows = [("a", "x.y"), ("b", "x.y"), ("c", "x.y")];
    let mut state = state(ego(&[("web", "uses", "b"), ("web", "uses", "c")], &rows));
    state.stand(1);
    assert_eq!(state.spoke().unwrap().0.far.as_str(), "b");
    state.arrived(ego(&[("web", "uses", "a"), ("web", "uses", "b"), ("web", "uses", "c")], &rows));
    assert_eq!(state.spoke().unwrap().0.far.as_str(), "b");
    state.arrived(ego(&[], &[]));
    assert_eq!(state.current(), None);
}

#[test]
fn going_back_stands_on_where_one_came_from() {
    let rows = [("a", "x.y"), ("b", "x.y")];
    let mut state = state(ego(&[("web", "uses", "a"), ("b", "uses", "web")], &rows));
    state.look_at("elsewhere".into(), None);
    state.look_at("web".into(), Some("b".into()));
    state.arrived(ego(&[("web", "uses", "a"), ("b", "uses", "web")], &rows));
    assert_eq!((state.side, state.spoke().unwrap().0.far.as_str()), (Side::In, "b"));
}

#[test]
fn only_one_relation_can_be_shown() {
    let rows = [("a", "x.y"), ("b", "x.y")];
    let mut state = state(ego(&[("web", "uses", "a"), ("b", "names", "web")], &rows));
    assert_eq!(state.ego.as_ref().unwrap().all_relations(), ["names".into(), "uses".into()]);
    state.set_only(Some("names".into()));
    assert_eq!(show(&state, Side::Out).len(), 0);
    assert_eq!((state.side, show(&state, Side::In).len()), (Side::In, 2));
    state.set_only(None);
    assert_eq!(show(&state, Side::Out).len(), 2);
}
