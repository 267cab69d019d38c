//! Records that speak of one thing are one row; what is not sure to be one thing stays apart.

use cloudscope_domain::{Gone, Kind, Proof, Query, Record, Reference, Revision, RunId, Target, Unseen};

use super::{ask, estate, index, now, record};
use crate::{IndexWriter, Snapshot};

const ARN: &str = "arn:aws:ec2:eu-west-1:1:instance/i-1";

/// A record of a source, with its name.
fn of(source: &str, id: &str, name: &str) -> Record {
    let mut r = record(id);
    std::sync::Arc::make_mut(&mut r.scope).source = source.into();
    r.asset.name = name.into();
    r
}

fn cloud() -> Record {
    let mut r = of("aws", ARN, "web");
    r.asset.aliases = vec!["i-1".into()];
    r.asset.region = "eu".into();
    r
}

fn declared(source: &str, id: &str, what: &str) -> Record {
    let mut r = of(source, id, id);
    r.asset.declares = Some(what.into());
    r
}

fn same_as(mut r: Record, kind: &str, name: &str, confidence: f32) -> Record {
    r.references.push(Reference {
        relation: "same-as".into(),
        target: Target::Named { kind: Some(kind.parse::<Kind>().unwrap()), name: name.into() },
        reverse: false,
        confidence,
        rule: "$.spec.providerID".into(),
    });
    r
}

fn sources(s: &Snapshot, query: &str) -> Vec<Vec<String>> {
    let hits = s.evaluate(&Query::parse(query), &[], now(), &|| false).unwrap();
    let rows = hits.iter(s).map(|r| s.row(r));
    rows.map(|r| r.sources.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn what_several_sources_say_of_one_thing_is_one_row() {
    let mut sheet = declared("sheet", "row:1", "i-1");
    sheet.asset.tags = [("owner".to_owned(), "ann".to_owned())].into();
    let state = declared("terraform", "t#web", ARN);
    let node = same_as(of("k8s", "k8s/node/a", "node-a"), "host.process", "i-1", 1.0);
    let s = index(&[sheet, state, node, cloud()]);
    assert_eq!((s.len(), s.unknown()), (1, 0));
    for query in ["", "is:joined", "tag.owner=ann", "source:terraform region:eu", "declares:i-1", "node-a"] {
        assert_eq!(sources(&s, query), [["aws", "k8s", "sheet", "terraform"]], "{query}");
        assert_eq!(ask(&s, query, &[]), ["web"], "{query}");
    }
    for query in ["!source:terraform", "!is:joined", "!tag.owner=ann", "tag.owner=bob"] {
        assert_eq!(sources(&s, query).len(), 0, "{query}");
    }
    let count = |all: Vec<(std::sync::Arc<str>, u64)>| all.iter().map(|(_, n)| *n).collect::<Vec<_>>();
    assert_eq!(count(s.counts().source), [1, 1, 1, 1], "once for each source that speaks of it");
    assert_eq!(count(s.counts().kind), [1]);
    let kinds = s.complete("kind:host", 9, 3);
    assert_eq!(kinds[0].count, Some(1), "what completion promises is what is found");
}

#[test]
fn a_name_that_may_mean_two_things_joins_nothing() {
    let mut other = cloud();
    other.asset.key.id = "arn:other".into();
    let s = index(&[cloud(), other, declared("sheet", "row:1", "i-1")]);
    assert_eq!(s.len(), 3);
    let named = index(&[cloud(), declared("sheet", "i-1", "i-1")]);
    assert_eq!(named.len(), 1, "a bare id that the row declares is looked for as a short name");
    let unsure = same_as(of("k8s", "k8s/node/a", "a"), "host.process", "i-1", 0.8);
    assert_eq!(index(&[cloud(), unsure]).len(), 2, "a guess is not enough");
    let wrong = same_as(of("k8s", "k8s/node/a", "a"), "aws.ec2.volume", "i-1", 1.0);
    assert_eq!(index(&[cloud(), wrong]).len(), 2, "of another kind");
    let numbers = [of("one.csv", "7", "server"), of("two.csv", "7", "invoice")];
    assert_eq!(index(&numbers).len(), 2, "a bare number is an id only within its source");
    let hashes = [of("one.csv", "row:0a", "x"), of("two.csv", "row:0a", "x")];
    assert_eq!(index(&hashes).len(), 2, "a hash of content is no identity");
    let mut again = cloud();
    std::sync::Arc::make_mut(&mut again.scope).source = "other".into();
    again.asset.key.incarnation = "2".into();
    let mut first = cloud();
    first.asset.key.incarnation = "1".into();
    assert_eq!(index(&[first.clone(), again.clone()]).len(), 2, "another incarnation is another thing");
    assert_eq!(index(&[first, again, declared("terraform", "t#web", ARN)]).len(), 3, "of which one?");
}

#[test]
fn a_declaration_alone_is_a_ghost_and_what_is_gone_stays_buried() {
    let mut gone = cloud();
    gone.gone = Some(Gone { at: now(), proof: Proof::NotFound, run: RunId(1), revision: Revision(1) });
    let s = index(&[gone, declared("terraform", "t#web", ARN)]);
    assert_eq!((s.len(), s.gone()), (1, 1));
    assert_eq!(sources(&s, ""), [["terraform"]]);
    assert_eq!(sources(&s, "presence:gone"), [["aws"]]);
    assert_eq!(sources(&s, "is:joined").len(), 0);
    let two = [declared("terraform", "t#web", ARN), declared("sheet", "row:1", ARN)];
    assert_eq!(sources(&index(&two), "is:joined"), [["sheet", "terraform"]], "both speak of the same ghost");
}

#[test]
fn the_face_is_who_knows_best_and_moves_when_that_is_another() {
    let node = same_as(of("a-k8s", "k8s/node/a", "node-a"), "host.process", "i-1", 1.0);
    let mut node = node;
    std::sync::Arc::make_mut(&mut node.scope).listing = "nodes".into();
    let mut writer = IndexWriter::new();
    for r in [&node, &cloud(), &declared("a-terraform", "t#web", ARN)] {
        writer.upsert(r);
        writer.scope(&estate::seen((*r.scope).clone()));
    }
    let before = writer.publish(Revision(1), now());
    assert_eq!(ask(&before, "", &[]), ["web"], "who is referred to before who refers");
    let mut failed = estate::seen((*cloud().scope).clone());
    failed.unseen = Unseen::All;
    writer.scope(&failed);
    let after = writer.publish(Revision(2), now());
    assert_eq!(ask(&after, "", &[]), ["node-a"], "what is there before what may be");
    assert_eq!((before.unknown(), after.unknown()), (0, 0));
    assert_eq!(ask(&before, "", &[]), ["web"], "an earlier snapshot does not change");
    failed.scope.key = (*node.scope).clone();
    writer.scope(&failed);
    let neither = writer.publish(Revision(3), now());
    assert_eq!(ask(&neither, "presence:unknown", &[]), ["web"]);
    assert_eq!(neither.unknown(), 1, "a declaration proves nothing");
    let folded = neither.find(&"t#web".into())[0];
    assert_eq!(neither.key(neither.face(folded)), cloud().record_key());
}

#[test]
fn of_declarations_the_one_that_knows_what_it_is_comes_first() {
    let state = declared("terraform", "t#web", ARN);
    let mut sheet = declared("a-sheet", "row:1", ARN);
    sheet.asset.category = cloudscope_domain::Category::Other;
    assert_eq!(sources(&index(&[sheet, state]), ""), [["terraform", "a-sheet"]]);
}

#[test]
fn a_column_that_says_the_same_everywhere_joins_nothing_and_says_so() {
    let mut writer = IndexWriter::new();
    let rows: Vec<Record> = (0..40).map(|n| declared("sheet", &format!("row:{n}"), "yes")).collect();
    for (n, r) in rows.iter().enumerate() {
        writer.upsert(r);
        let s = writer.publish(Revision(n as u64), now());
        let joined = n < 16;
        assert_eq!(s.len(), if joined { 1 } else { n + 1 }, "{} rows say yes", n + 1);
        assert_eq!(s.crowded().is_some(), !joined);
    }
    for r in &rows[16..] {
        writer.forget(r.record_key().hash128());
    }
    let s = writer.publish(Revision(99), now());
    assert_eq!((s.len(), s.crowded()), (1, None));
}

#[test]
fn what_is_left_of_too_much_is_joined_when_it_is_no_longer_too_much() {
    let mut writer = IndexWriter::new();
    let mut bridge = of("host", "x/1", "bridge");
    bridge.asset.aliases = vec!["of-many".into()];
    let mut known = of("aws", "x/1", "known");
    known.asset.aliases = vec!["of-one".into()];
    writer.upsert(&known);
    writer.upsert(&bridge);
    writer.upsert(&declared("terraform", "t#1", "of-one"));
    for n in 0..14 {
        writer.upsert(&declared("sheet", &format!("row:{n}"), "of-many"));
    }
    assert_eq!(writer.publish(Revision(1), now()).len(), 17);
    // Nothing else bears its id, and nobody claims it.
    bridge.gone = Some(Gone { at: now(), proof: Proof::NotFound, run: RunId(1), revision: Revision(2) });
    writer.upsert(&bridge);
    let s = writer.publish(Revision(2), now());
    assert_eq!(sources(&s, ""), [vec!["aws", "terraform"], vec!["sheet"]]);
}

#[test]
fn a_small_commit_joins_only_what_it_touches() {
    let mut writer = IndexWriter::new();
    for n in 0..640 {
        writer.upsert(&of("aws", &format!("x/{n}"), "web"));
        writer.upsert(&declared("terraform", &format!("t#{n}"), &format!("x/{n}")));
    }
    let before = writer.publish(Revision(1), now());
    writer.upsert(&of("aws", "x/7", "renamed"));
    let after = writer.publish(Revision(2), now());
    assert_eq!((before.len(), after.len()), (640, 640));
    let slots = before.parts.slots.iter().zip(&after.parts.slots);
    let rewritten = slots.filter(|(a, b)| match (&a.joined, &b.joined) {
        (Some(a), Some(b)) => !std::sync::Arc::ptr_eq(a, b),
        (a, b) => a.is_some() != b.is_some(),
    });
    assert!(rewritten.count() <= 3, "more than the slots of the two old rows and the new one");
}
