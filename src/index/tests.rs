//! The index equals a naive model of it, on any estate, any history and any query.

mod estate;
mod groups;
mod joined;
mod joins;
mod language;
mod model;
mod offers;
mod orders;
mod saved;
mod since;
mod standing;
mod strays;

use std::collections::BTreeMap;

use cloudscope_domain::{
    AssetId, Gone, Kind, PackedRow, PackedRows, Presence, Proof, Query, Record, Revision, RunId, ScopeKey,
    ScopeState, Target, Timestamp, Unseen,
    query::{Expr, Has, Term, ValueTest, fold},
};
use estate::{Step, query, record, step};
use model::Model;
use proptest::prelude::*;

use crate::{Context, IndexWriter, RowId, Snapshot, SortError, Told};

const NOW: i64 = 1_800_000_000_000;

fn now() -> Timestamp {
    Timestamp::from_millis(NOW)
}

fn ask(snapshot: &Snapshot, query: &str, sort: &[(&str, bool)]) -> Vec<String> {
    let sort: Vec<_> = sort.iter().map(|(c, d)| ((*c).to_owned(), *d)).collect();
    let hits = snapshot.evaluate(&Query::parse(query), &sort, now(), &|| false).unwrap();
    hits.iter(snapshot).map(|r| snapshot.row(r).name.to_string()).collect()
}

fn index(records: &[Record]) -> std::sync::Arc<Snapshot> {
    let mut writer = IndexWriter::new();
    for r in records {
        writer.upsert(r);
    }
    for r in records {
        writer.scope(&estate::seen((*r.scope).clone()));
    }
    writer.publish(Revision(1), now())
}

fn named(names: &[&str]) -> Vec<Record> {
    names.iter().map(|n| record(n)).collect()
}

/// Takes one step of a history.
fn go(writer: &mut IndexWriter, step: &Step) {
    match step {
        Step::Upsert(r) => writer.upsert(r),
        Step::Scope(s) => writer.scope(s),
        Step::Pin(id, pinned) => writer.pin(id, *pinned),
        Step::Forget(key) => writer.forget(key.hash128()),
    }
}

/// Reads the payloads that a query leaves open, as the engine does: inside relations first.
fn tell(snapshot: &Snapshot, model: &Model, expr: &Expr, real: &model::Real<'_>, told: &mut Told) {
    let declarable = std::sync::Arc::new(real.declarable.clone());
    for filter in crate::related_filters(expr) {
        tell(snapshot, model, filter, real, told);
    }
    let rows = {
        let context = Context::new(now(), real, &|| false).told(told).declarable(Some(&declarable));
        snapshot.open(expr, &context).unwrap()
    };
    for term in snapshot.payload_terms(expr) {
        for row in &rows {
            let key = snapshot.key(*row);
            let record = model.rows.get(&key).or_else(|| model.gone.get(&key)).unwrap();
            let payload = &record.asset.properties;
            let holds = match &term {
                Term::Prop { path, test } => test.holds(path, payload, now()),
                Term::Has(Has::Prop(path)) => ValueTest::There.holds(path, payload, now()),
                other => panic!("{other:?} is not on payloads"),
            };
            told.put(&term, *row, holds);
        }
    }
}

/// Everything that can be asked of a snapshot must be what the model says.
fn agree(snapshot: &Snapshot, model: &Model, queries: &[String]) -> Result<(), TestCaseError> {
    let things = joins::things(model);
    prop_assert_eq!(snapshot.len(), things.all.len());
    prop_assert_eq!(snapshot.gone(), model.gone.len());
    prop_assert_eq!(snapshot.unknown(), model.unknown(&things));
    for thing in &things.all {
        let keys: Vec<_> = thing.iter().map(|r| r.record_key()).collect();
        for record in thing {
            let mut rows = snapshot.find(&record.asset.key.id).into_iter();
            let row = rows.find(|r| snapshot.key(*r) == record.record_key()).unwrap();
            let group: Vec<_> = snapshot.group(row).into_iter().map(|r| snapshot.key(r)).collect();
            prop_assert_eq!(&group, &keys);
            prop_assert_eq!(&snapshot.key(snapshot.face(row)), &keys[0]);
        }
    }
    prop_assert_eq!(snapshot.crowded().is_some(), !things.crowded.is_empty());
    prop_assert!(snapshot.crowded().is_none_or(|key| things.crowded.contains(&key)));
    let edges = model.edges();
    let declarable = std::sync::Arc::new(estate::declarable());
    for (n, text) in queries.iter().enumerate() {
        let query = Query::parse(text);
        let unread = estate::unread(text);
        let real = model::Real {
            model,
            things: &things.all,
            edges: &edges,
            unread: &unread,
            declarable: &declarable,
        };
        let mut told = Told::default();
        tell(snapshot, model, &query.expr, &real, &mut told);
        let context = Context::new(now(), &real, &|| false).told(&told).declarable(Some(&declarable));
        // A fuzzy word alone would be in another order.
        let hits = snapshot.evaluate(&query, &[("name".to_owned(), false)], context, &|| false).unwrap();
        let rows: Vec<_> = hits.iter(snapshot).map(|r| snapshot.row(r)).collect();
        let mut packed = PackedRows::default();
        snapshot.pack(&hits.iter(snapshot).collect::<Vec<_>>(), &mut packed);
        let packed: Vec<_> = packed.iter().map(PackedRow::to_row).collect();
        prop_assert_eq!(&packed, &rows, "{}", text);
        let expected = model.evaluate(&things, &query, &real, now());
        prop_assert_eq!(&rows, &expected.rows, "{}", text);
        prop_assert_eq!(hits.undecided, expected.undecided, "{}", text);
        prop_assert_eq!(hits.unknown, expected.unknown, "{}", text);
        // Looking at each answer in every way takes long.
        match n % 3 {
            0 => groups::agree(snapshot, text, &context, &expected)?,
            1 => orders::agree(snapshot, text, &context, &expected)?,
            _ => {}
        }
    }
    let offered = snapshot.complete("tag.env=", 8, 1000);
    let offered: BTreeMap<_, _> = offered.iter().map(|p| (fold(p.text.trim_matches('"')), p.count)).collect();
    let of_env = |r: &Record| {
        let env = r.asset.tags.iter().filter(|(k, _)| k.eq_ignore_ascii_case("env"));
        env.map(|(_, v)| fold(v)).collect()
    };
    let expected = model.counts(&things, of_env).into_iter();
    let expected: BTreeMap<_, _> = expected.map(|(v, n)| (v, Some(n))).collect();
    prop_assert_eq!(offered, expected);
    const OFFERED: [&str; 9] =
        ["status:", "kind:", "kind=", "account:", "account=", "region:", "source:", "provider!=", "tag."];
    // One of them each time: each offer is a question of its own.
    for text in OFFERED.iter().skip(snapshot.len() % OFFERED.len()).take(1) {
        let whole = text.ends_with('=');
        for offer in snapshot.complete(text, text.len(), 1000) {
            let head = text.trim_end_matches("!=").trim_end_matches(['=', ':', '.']);
            let term = match *text {
                "tag." => format!("has:tag.{}", offer.text.trim_end_matches('=')),
                _ => format!("{head}{}{}", if whole { "=" } else { ":" }, offer.text),
            };
            let hits = snapshot.evaluate(&Query::parse(&term), &[], now(), &|| false).unwrap();
            prop_assert_eq!(offer.count, Some(hits.len() as u64), "{}", term);
        }
    }
    let count =
        |all: &[(std::sync::Arc<str>, u64)]| all.iter().map(|(v, n)| (v.to_string(), *n)).collect::<Vec<_>>();
    let counts = snapshot.counts();
    prop_assert_eq!(count(&counts.kind), model.counts(&things, |r| vec![r.asset.kind.to_string()]));
    prop_assert_eq!(count(&counts.category), model.counts(&things, |r| vec![r.asset.category.to_string()]));
    prop_assert_eq!(
        count(&counts.tag_key),
        model.counts(&things, |r| r.asset.tags.keys().cloned().collect())
    );
    prop_assert_eq!(
        count(&counts.status),
        model.counts(&things, |r| r.asset.status.iter().map(|s| s.word.to_string()).collect())
    );
    for name in (0..12).map(estate::id).chain((0..6).map(|n| format!("alias-{n}"))) {
        let id = AssetId::from(name.as_str());
        let keys: Vec<_> = snapshot.find(&id).into_iter().map(|r| snapshot.key(r)).collect();
        prop_assert_eq!(keys, model.find(&name), "{}", name);
        prop_assert_eq!(snapshot.exists(&id), model.rows.values().any(|r| r.asset.key.id == id));
        prop_assert_eq!(snapshot.aliases(&id), model.aliases(&name));
        for kind in [None, Some("aws.ec2.instance"), Some("host.process")] {
            let kind = kind.map(|k| k.parse::<Kind>().unwrap());
            let target = Target::Named { kind: kind.clone(), name: name.as_str().into() };
            prop_assert_eq!(
                snapshot.resolve(&target),
                model.resolve(&name, kind.as_ref()),
                "{} {:?}",
                name,
                kind
            );
        }
    }
    for selection in estate::selections() {
        let mut found = Vec::new();
        snapshot.selected(&selection, &mut |id| {
            found.push(id);
            true
        });
        prop_assert_eq!(snapshot.count_selected(&selection), found.len());
        found.sort();
        let mut expected = model.selected(&selection);
        expected.sort();
        prop_assert_eq!(found, expected, "{} {}", selection.kind, selection);
    }
    for id in model.rows.values().map(|r| &r.asset.key.id).take(20) {
        let mut found = Vec::new();
        let text = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        snapshot.each_record(id, &mut |kind, tags| {
            found.push((kind.to_owned(), tags.iter().map(text).collect::<BTreeMap<_, _>>()));
        });
        found.sort();
        let records = model.rows.values().filter(|r| r.asset.key.id == *id);
        let mut expected: Vec<_> =
            records.map(|r| (r.asset.kind.to_string(), r.asset.tags.clone())).collect();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_published_step_by_step_equals_the_model_and_a_rebuild(
        batches in prop::collection::vec(prop::collection::vec(step(), 1..120), 1..6),
        queries in prop::collection::vec(query(), 12),
    ) {
        let mut writer = estate::writer();
        let mut model = Model::default();
        let mut published = Vec::new();
        for (n, batch) in batches.iter().enumerate() {
            for step in batch {
                go(&mut writer, step);
                model.go(step);
            }
            let snapshot = writer.publish(Revision(n as u64), now());
            // Some are asked at once, some only after later ones were, some never before they are prepared.
            match n % 3 {
                0 => agree(&snapshot, &model, &queries)?,
                1 => snapshot.warm(),
                _ => {}
            }
            published.push((snapshot, model.clone()));
        }
        // Nothing that came later may show in an earlier snapshot.
        for (snapshot, model) in &published {
            agree(snapshot, model, &queries)?;
        }
        let mut again = estate::writer();
        for state in model.scopes.values() {
            again.scope(state);
        }
        for r in model.rows.values().chain(model.gone.values()).rev() {
            again.upsert(r);
        }
        for id in &model.pins {
            again.pin(id, true);
        }
        for key in model.rows.keys().chain(model.gone.keys()) {
            prop_assert_eq!(again.key_of(key.hash128()), Some(key.clone()));
        }
        agree(&again.publish(Revision(99), now()), &model, &queries)?;
    }
}

#[test]
fn what_is_gone_is_seen_only_by_those_who_ask_for_it() {
    let mut writer = IndexWriter::new();
    let gone = |name: &str, proof, ago: i64| {
        let mut r = record(name);
        r.asset.region = "eu".into();
        r.gone =
            Some(Gone { at: Timestamp::from_millis(NOW - ago), proof, run: RunId(1), revision: Revision(1) });
        r
    };
    writer.scope(&estate::seen((*record("a").scope).clone()));
    writer.upsert(&record("here"));
    writer.upsert(&gone("web", Proof::NotFound, 3_600_000));
    writer.upsert(&gone("db", Proof::SnapshotListing, 86_400_000));
    writer.pin(&"db".into(), true);
    let s = writer.publish(Revision(1), now());
    assert_eq!((s.len(), s.gone(), s.unknown()), (1, 2, 0));
    for (query, found) in [
        ("", vec!["here"]),
        ("region:eu", vec![]),
        ("!presence:gone", vec!["here"]),
        ("is:pinned", vec![]),
        ("!gone<1h30m", vec!["here"]),
        ("presence:gone", vec!["db", "web"]),
        ("presence:gone,present", vec!["db", "here", "web"]),
        ("presence:not-found", vec!["web"]),
        ("presence:gone !presence:not-found", vec!["db"]),
        ("gone:2h", vec!["web"]),
        ("gone>2h", vec!["db"]),
        ("presence:gone is:pinned", vec!["db"]),
        ("presence:gone region:eu web", vec!["web"]),
        ("here,presence:gone", vec!["db", "here", "web"]),
    ] {
        assert_eq!(ask(&s, query, &[]), found, "{query}");
    }
    assert_eq!(
        ask(&s, "presence:gone,present", &[("presence", false), ("name", true)]),
        ["here", "web", "db"]
    );
    assert_eq!(ask(&s, "presence:gone,present", &[("gone", false)]), ["db", "web", "here"]);
    let db = s.row(s.find(&"db".into())[0]);
    assert!(db.pinned && matches!(db.presence, Presence::Gone { why: Proof::SnapshotListing, .. }));
    assert_eq!(s.counts().region, [], "a tombstone was counted");
    assert!(!s.exists(&"db".into()));
    writer.upsert(&record("db"));
    let s = writer.publish(Revision(2), now());
    assert_eq!((s.len(), s.gone()), (2, 1));
    assert_eq!(ask(&s, "is:pinned", &[]), ["db"], "what came back keeps its pin");
    writer.forget(gone("web", Proof::NotFound, 0).record_key().hash128());
    assert_eq!(writer.publish(Revision(3), now()).gone(), 0);
}

#[test]
fn replacing_the_same_rows_again_and_again_takes_no_more_room() {
    let mut writer = IndexWriter::new();
    let records = named(
        &(0..40).map(|n| format!("n{n}")).collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>(),
    );
    for _ in 0..200 {
        for r in &records {
            writer.upsert(r);
        }
        writer.publish(Revision(1), now());
    }
    let snapshot = writer.publish(Revision(2), now());
    assert_eq!(snapshot.len(), 40);
    assert!(snapshot.parts.slots.len() <= 4, "{} chunks for 40 rows", snapshot.parts.slots.len());
}

#[test]
fn a_scope_that_fails_makes_its_rows_unknown_without_rewriting_them() {
    let mut writer = IndexWriter::new();
    let r = record("a");
    writer.upsert(&r);
    assert_eq!(writer.publish(Revision(1), now()).unknown(), 1, "a scope that was never stated");
    writer.scope(&estate::seen((*r.scope).clone()));
    let before = writer.publish(Revision(2), now());
    let mut failed = estate::seen((*r.scope).clone());
    failed.unseen = Unseen::All;
    writer.scope(&failed);
    let after = writer.publish(Revision(3), now());
    assert_eq!((before.unknown(), after.unknown()), (0, 1));
    assert!(std::sync::Arc::ptr_eq(&before.parts.slots[0].chunk, &after.parts.slots[0].chunk));
    let mut some = estate::seen((*r.scope).clone());
    some.unseen = Unseen::Some(vec![r.record_key().hash128()]);
    writer.scope(&some);
    assert_eq!(ask(&writer.publish(Revision(4), now()), "presence:unknown", &[]), ["a"]);
    writer.scope(&ScopeState::never(some.scope));
    assert_eq!(ask(&writer.publish(Revision(5), now()), "presence:never", &[]), ["a"]);
}

#[test]
fn orders_are_stable_and_put_what_is_missing_last() {
    let mut records = named(&["b", "a", "D", "c"]);
    for (r, (region, created)) in
        records.iter_mut().zip([("eu", Some(1)), ("us", None), ("", Some(3)), ("eu", Some(2))])
    {
        r.asset.region = region.into();
        r.asset.created_at = created.map(Timestamp::from_millis);
        r.asset.tags = [("n".to_owned(), created.unwrap_or(9).to_string())].into();
    }
    let s = index(&records);
    assert_eq!(ask(&s, "", &[]), ["a", "b", "c", "D"]);
    assert_eq!(ask(&s, "", &[("name", true)]), ["D", "c", "b", "a"]);
    assert_eq!(ask(&s, "", &[("region", false)]), ["b", "c", "a", "D"]);
    assert_eq!(ask(&s, "", &[("region", true)]), ["a", "b", "c", "D"]);
    assert_eq!(ask(&s, "", &[("region", false), ("name", true)]), ["c", "b", "a", "D"]);
    assert_eq!(ask(&s, "", &[("age", false)]), ["D", "c", "b", "a"]);
    assert_eq!(ask(&s, "", &[("created_at", false)]), ["b", "c", "D", "a"]);
    assert_eq!(ask(&s, "", &[("tags.N", true)]), ["a", "D", "c", "b"]);
    let bad = s.evaluate(&Query::parse(""), &[("regoin".into(), false)], now(), &|| false);
    let unknown = SortError::Unknown { column: "regoin".into(), suggestion: Some("region".into()) };
    let bad = bad.unwrap_err();
    assert_eq!(bad, unknown);
    assert_eq!(bad.to_string(), "cannot sort by `regoin`; did you mean `region`?");
}

#[test]
fn a_query_stops_when_it_is_told_to() {
    let names: Vec<String> = (0..500).map(|n| format!("n{n}")).collect();
    let s = index(&named(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    let polls = std::cell::Cell::new(0);
    let cancel = || {
        polls.set(polls.get() + 1);
        polls.get() > 3
    };
    assert_eq!(s.evaluate(&Query::parse("n"), &[], now(), &cancel).unwrap_err(), SortError::Cancelled);
    assert_eq!(polls.get(), 4, "it asked on after it was told to stop");
}

#[test]
fn a_short_name_that_several_bear_means_none_unless_the_rest_only_declares() {
    let mut records = named(&["real", "declared"]);
    for r in &mut records {
        r.asset.aliases = vec!["i-1".into()];
    }
    let target = Target::Named { kind: None, name: "i-1".into() };
    assert_eq!(index(&records).resolve(&target), None);
    records[1].asset.declares = Some("real".into());
    assert_eq!(index(&records).resolve(&target), Some("real".into()));
}

#[test]
fn completion_offers_keys_then_values_with_counts() {
    let mut records = named(&["a", "b", "c"]);
    records[0].asset.region = "eu-west-1".into();
    records[1].asset.region = "eu-west-1".into();
    records[2].asset.region = "us east".into();
    records[0].asset.tags = [("env".to_owned(), "prod".to_owned())].into();
    let s = index(&records);
    let offers = |text: &str| -> Vec<(String, Option<u64>)> {
        s.complete(text, text.len(), 3).into_iter().map(|p| (p.text, p.count)).collect()
    };
    assert_eq!(offers("region:"), [("eu-west-1".into(), Some(2)), ("\"us east\"".into(), Some(1))]);
    assert_eq!(offers("region:east"), [("\"us east\"".into(), Some(1))]);
    assert_eq!(offers("reg")[0].0, "region:");
    assert_eq!(offers("tag.e"), [("env=".into(), Some(1))]);
    assert_eq!(offers("has:tag.e"), [("env".into(), Some(1))]);
    assert_eq!(offers("tag.env="), [("prod".into(), Some(1))]);
    assert_eq!(offers("kind:host")[0], ("host".into(), Some(3)));
    assert_eq!(offers("presence:unk"), [("unknown".into(), None)]);
    assert_eq!(offers("presence:go"), [("gone".into(), None)]);
    assert_eq!(offers("is:pin"), [("pinned".into(), None)]);
    assert_eq!(offers("gon")[0].0, "gone:");
    for p in s.complete("web kind:ho x", 11, 5) {
        assert_eq!(&"web kind:ho x"[p.span.start..p.span.end], "ho");
    }
}

#[test]
fn completion_offers_the_paths_that_are_kept_and_their_values() {
    let mut records = named(&["a", "b", "c", "d"]);
    let payloads = [
        r#"{"State":{"Name":"running"},"size":12}"#,
        r#"{"state":{"name":"running"},"size":"a b"}"#,
        r#"{"size":null}"#,
        r#"{"size":12,"other":1}"#,
    ];
    for (record, payload) in records.iter_mut().zip(payloads) {
        record.asset.properties = serde_json::from_str(payload).unwrap();
    }
    let mut writer = estate::writer();
    records.iter().for_each(|r| writer.upsert(r));
    let s = writer.publish(Revision(1), now());
    let offers = |text: &str| -> Vec<(String, Option<u64>)> {
        s.complete(text, text.len(), 9).into_iter().map(|p| (p.text, p.count)).collect()
    };
    assert_eq!(offers("prop.si"), [("size=".into(), None)]);
    assert_eq!(offers("has:prop.sta"), [("State.Name".into(), None)]);
    assert_eq!(offers("prop.size="), [("12".into(), Some(2)), ("\"a b\"".into(), Some(1))]);
    assert_eq!(offers("prop.STATE.name=r"), [("running".into(), Some(2))]);
    assert_eq!(offers("prop.other="), []);
    assert_eq!(offers("rel(in, kin")[0].0, "kind:");
}

#[test]
fn every_row_survives_giant_and_hostile_texts() {
    let long = "x".repeat(10_000);
    let mut records = named(&[&long, "\u{0}\u{1b}[2J", "ÿ\u{ff}", "İstanbul ΟΔΟΣ"]);
    records[0].asset.addresses = (0..300).map(|n| format!("10.0.{}.{}", n / 250, n % 250)).collect();
    let s = index(&records);
    for r in &records {
        let rows: Vec<RowId> = s.find(&r.asset.key.id);
        let row = s.row(rows[0]);
        assert_eq!((&row.name, &row.addresses), (&r.asset.name, &r.asset.addresses));
    }
    assert_eq!(ask(&s, "istanbul", &[]).len(), 0, "a dotted capital I folds to two characters");
    assert_eq!(ask(&s, "i\u{307}stanbul", &[]).len(), 1);
    assert_eq!(ask(&s, "οδοσ", &[]).len(), 1);
    assert_eq!(ask(&s, "ip:10.0.1.49", &[]).len(), 1);
}

#[test]
fn a_scope_key_is_all_that_a_row_needs_to_be_found_again() {
    let mut r = record("a");
    r.scope = ScopeKey::new("other", "listing").into();
    let mut writer = IndexWriter::new();
    writer.upsert(&record("a"));
    writer.upsert(&r);
    let s = writer.publish(Revision(1), now());
    assert_eq!(s.find(&r.asset.key.id).len(), 2, "two sources speak of one asset");
}

#[test]
fn an_account_is_found_by_what_it_is_called_and_two_may_be_called_alike() {
    let mut records = named(&["web", "db", "payments-prod", "Payments Prod", "payments-prod "]);
    for (record, account) in records.iter_mut().zip(["1", "2", "1", "9", "2"]) {
        record.asset.account = account.into();
    }
    for (n, kind, account) in
        [(2, "aws.iam.account", "1"), (3, "aws.organizations.account", "1"), (4, "aws.iam.account", "2")]
    {
        records[n].asset.kind = kind.parse().unwrap();
        records[n].asset.aliases = vec![format!("account:{account}")];
    }
    records[4].asset.name = "payments-prod".into();
    let mut s = index(&records);
    let rows = |s: &Snapshot, query: &str| {
        let mut names = ask(s, query, &[]);
        names.retain(|name| ["web", "db"].contains(&name.as_str()));
        names
    };
    assert_eq!(rows(&s, "account:payments-prod"), ["db", "web"]);
    assert_eq!(rows(&s, "account=1"), ["web"]);
    assert_eq!(rows(&s, "account=\"payments prod\""), ["web"], "its other name");
    assert_eq!(rows(&s, "account!=payments-prod"), [""; 0]);
    assert_eq!(rows(&s, "in=payments-prod"), ["db", "web"]);
    let web = s.row(s.find(&records[0].asset.key.id)[0]);
    assert_eq!((&*web.account, web.account_label.as_deref()), ("1", Some("payments-prod")));
    assert_eq!(s.account_label("9"), None);
    // Its new name counts for all of it, and no other row was written.
    let mut writer = IndexWriter::new();
    records.iter().for_each(|r| writer.upsert(r));
    writer.publish(Revision(1), now());
    records[2].asset.name = "ledger".into();
    writer.upsert(&records[2]);
    s = writer.publish(Revision(2), now());
    assert_eq!(rows(&s, "account:ledger"), ["web"]);
    assert_eq!(rows(&s, "account:payments-prod"), ["db"]);
}
