//! The Relationships screen: what points at an asset and what it points at, walking, and what may be
//! missing.

use cloudscope_application::{Command, Reply, SessionError, message::Relations};
use cloudscope_domain::{AssetRow, Evidence, Presence, Relationship, RunId, StatusClass, UnknownWhy};
use insta::assert_snapshot;

use super::harness::{Bench, now, row};
use crate::{effect::Tag, event::Event, glyphs::Glyphs, model::overlay::Overlay};

fn thing(name: &str, kind: &str, status: Option<(&str, StatusClass)>) -> AssetRow {
    AssetRow {
        sources: Vec::new(),
        pinned: false,
        kind: kind.parse().unwrap(),
        status: status.map(|(word, _)| word.into()),
        status_class: status.map_or(StatusClass::Unknown, |(_, class)| class),
        ..row(name)
    }
}

fn edge(from: &str, relation: &str, to: &str) -> Relationship {
    let id = |name: &str| row(name).id;
    Relationship {
        from: id(from),
        to: if to == "sg-lost" { "sg-lost".into() } else { id(to) },
        relation: relation.into(),
        confidence: if relation == "resolves-to" { 0.8 } else { 1.0 },
        evidence: Evidence { rule: "$.SubnetId".into(), stated_by: id(from), run: RunId(7) },
        dangling: to == "sg-lost",
    }
}

/// A web server with neighbours of every sort.
fn estate(size: (u16, u16)) -> Bench {
    let mut rows = vec![
        thing("a-web", "aws.ec2.instance", Some(("running", StatusClass::Ok))),
        thing("lb-main", "aws.elb.balancer", Some(("active", StatusClass::Ok))),
        thing("lb-old", "aws.elb.balancer", Some(("failed", StatusClass::Error))),
        thing("sn-1", "aws.ec2.subnet", Some(("available", StatusClass::Ok))),
        thing("vol-1", "aws.ec2.volume", Some(("in-use", StatusClass::Ok))),
        thing("dns-1", "aws.route53.record", None),
    ];
    rows[4].presence =
        Presence::Unknown { since: Some(now().plus_millis(-7_200_000)), why: UnknownWhy::Denied };
    rows.extend(
        (0..20).map(|i| thing(&format!("probe-{i:02}"), "host.process", Some(("sleeping", StatusClass::Ok)))),
    );
    let mut bench = Bench::ready(size, rows);
    bench.edges = vec![
        edge("lb-main", "routes-to", "a-web"),
        edge("lb-old", "routes-to", "a-web"),
        edge("dns-1", "resolves-to", "a-web"),
        edge("a-web", "uses", "sn-1"),
        edge("a-web", "uses", "sg-lost"),
        edge("a-web", "attaches", "vol-1"),
    ];
    bench.edges.extend((0..20).map(|i| edge(&format!("probe-{i:02}"), "watches", "a-web")));
    bench
}

/// Answers the question about edges that waits with something of one's own.
fn answer(bench: &mut Bench, result: Result<Reply, SessionError>) {
    let at =
        bench.waiting.iter().position(|(tag, ..)| *tag == Tag::Relations).expect("the edges were asked for");
    let (tag, generation, _) = bench.waiting.remove(at).unwrap();
    bench.send(Event::Answer { tag, generation, result });
}

fn middle(bench: &Bench) -> String {
    let ego = bench.model.relationships.ego.as_ref().unwrap();
    ego.name(ego.id.as_ref().unwrap()).to_owned()
}

#[test]
fn eighty_by_twenty_four() {
    assert_snapshot!(estate((80, 24)).keys("x").screen());
}

#[test]
fn one_hundred_and_twenty_by_thirty_two() {
    assert_snapshot!(estate((120, 32)).keys("x j j").screen());
}

#[test]
fn two_hundred_by_fifty() {
    assert_snapshot!(estate((200, 50)).keys("x i j").screen());
}

#[test]
fn a_dangling_target_has_sign_and_word_and_its_evidence() {
    let mut bench = estate((120, 32));
    let screen = bench.keys("x").screen();
    assert!(screen.contains("? dangling"), "{screen}");
    let ascii = {
        let mut bench = estate((120, 32));
        bench.model.ui.glyphs = Glyphs::new(true);
        bench.keys("x").screen()
    };
    assert!(ascii.is_ascii(), "{ascii}");
}

#[test]
fn walking_recentres_and_history_leads_back_to_where_one_came_from() {
    let mut bench = estate((120, 32));
    bench.keys("x i");
    // The first line is the group of those that resolve here; the next is the record itself.
    bench.keys("i");
    assert_eq!(middle(&bench), "a-web");
    bench.keys("i");
    assert_eq!(middle(&bench), "dns-1");
    bench.keys("H");
    assert_eq!(middle(&bench), "a-web");
    let (spoke, _) = bench.model.relationships.spoke().unwrap();
    assert_eq!(spoke.far, row("dns-1").id);
    bench.keys("L");
    assert_eq!(middle(&bench), "dns-1");
    bench.keys("H H");
    assert_eq!(bench.model.screen, crate::keymap::Screen::Assets);
}

#[test]
fn another_asset_of_the_table_comes_to_the_middle() {
    let mut bench = estate((120, 32));
    bench.keys("x i j enter");
    assert_ne!(middle(&bench), "a-web");
    bench.keys("1 3");
    assert_eq!(middle(&bench), "a-web", "3 on the table means the selected asset");
}

#[test]
fn depth_is_asked_for_and_bounded() {
    let mut bench = estate((120, 32));
    bench.keys("x + + -");
    let depths: Vec<u8> = bench
        .asked
        .iter()
        .filter_map(|c| if let Command::Relations { depth, .. } = c { Some(*depth) } else { None })
        .collect();
    assert_eq!(depths, [1, 2, 3, 2]);
    bench.keys("- -");
    assert_eq!(bench.message(), "one step is the least");
}

#[test]
fn the_relation_filter_goes_round() {
    let mut bench = estate((120, 32));
    bench.keys("x");
    let mut seen = Vec::new();
    for _ in 0..6 {
        bench.keys("f");
        seen.push(bench.model.relationships.only.as_ref().map(ToString::to_string).unwrap_or_default());
    }
    assert_eq!(seen, ["attaches", "resolves-to", "routes-to", "uses", "watches", ""]);
}

#[test]
fn what_was_not_read_and_what_was_left_out_is_said() {
    let mut bench = estate((120, 32));
    bench.hold().keys("x");
    let relations = Relations { focus: Some(row("a-web")), more: 1_204, gaps: 3, ..Relations::default() };
    answer(&mut bench, Ok(Reply::Relations(Box::new(relations))));
    let screen = bench.screen();
    assert!(screen.contains("may be incomplete: 3 scopes were not read whole (4 tells which)"), "{screen}");
    assert!(screen.contains("1,204 edges are left out here"), "{screen}");
    assert!(screen.contains("nothing, as far as was read"), "{screen}");
}

#[test]
fn what_is_switched_off_is_not_counted_as_not_read() {
    let mut bench = estate((120, 32));
    bench.hold().keys("x");
    let relations = Relations { focus: Some(row("a-web")), off: 13, ..Relations::default() };
    answer(&mut bench, Ok(Reply::Relations(Box::new(relations))));
    let screen = bench.screen();
    assert!(!screen.contains("not read whole"), "{screen}");
    assert!(screen.contains("nothing, as far as was read"), "{screen}");
}

#[test]
fn a_failure_is_told_and_can_be_tried_again() {
    let mut bench = estate((80, 24));
    bench.hold().keys("x");
    assert!(bench.screen().contains("asking for what is around"));
    answer(&mut bench, Err(SessionError::Store("the store is damaged".into())));
    let screen = bench.screen();
    assert!(screen.contains("the store is damaged") && screen.contains("ctrl-r tries again"), "{screen}");
    bench.release().keys("ctrl-r");
    assert_eq!(middle(&bench), "a-web");
}

#[test]
fn news_do_not_starve_the_answer() {
    let mut bench = estate((120, 32));
    bench.hold().keys("x");
    let rows = bench.rows.clone();
    for _ in 0..5 {
        bench.publish(rows.clone());
    }
    let asked = bench.waiting.iter().filter(|(tag, ..)| *tag == Tag::Relations).count();
    assert_eq!(asked, 1, "one question at a time");
    bench.release();
    assert_eq!(middle(&bench), "a-web");
}

#[test]
fn what_is_under_the_cursor_can_be_described() {
    let mut bench = estate((120, 32));
    bench.keys("x i j d");
    let Some(Overlay::Document(doc)) = bench.model.overlays.last() else { panic!("a document opens") };
    assert_eq!(doc.title, "describe of dns-1");
}

#[test]
fn without_a_selected_asset_it_says_what_to_do() {
    let mut bench = Bench::ready((80, 24), Vec::new());
    let screen = bench.keys("3").screen();
    assert!(screen.contains("no asset is selected"), "{screen}");
}

#[test]
fn hostile_names_stay_in_their_cells() {
    let mut bench = estate((120, 32));
    bench.rows[3].name = "sn\u{1b}[2J\u{202e}evil".into();
    let screen = bench.keys("x").screen();
    assert!(screen.contains("sn␛[2J<U+202E>evil"), "{screen}");
}

#[test]
fn every_size_can_be_drawn() {
    let mut bench = estate((120, 32));
    bench.keys("x + j");
    for width in [1, 2, 7, 20, 40, 59, 60, 79, 99, 100, 101, 250] {
        for height in [1, 2, 3, 5, 9, 14, 15, 16, 60] {
            bench.send(Event::Resize(width, height));
            assert_eq!(bench.screen().lines().count(), usize::from(height), "{width}x{height}");
        }
    }
}
