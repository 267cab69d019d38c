//! Windows that are worked out as somebody looks equal the full order, sorted row by row.

use std::{cell::Cell, cmp::Ordering};

use cloudscope_domain::{AssetRow, Presence, Query, Revision, StatusClass, Timestamp, query::fold};
use proptest::prelude::*;

use super::{NOW, ask, estate::record, index, model::Answer, named, now};
use crate::{
    Context, Hits, IndexWriter, Snapshot, SortError,
    order::{Order, Seed},
};

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Number(i64),
    Text(String),
}

/// What a row is sorted by; none comes last.
fn value(row: &AssetRow, column: &str) -> Option<Value> {
    let text = |t: &str| (!t.is_empty()).then(|| Value::Text(fold(t)));
    let time = |t: Option<Timestamp>| t.map(|t| Value::Number(t.millis()));
    match column {
        "name" => text(&row.name),
        "id" => Some(Value::Text(row.id.to_string())),
        "kind" => text(row.kind.as_str()),
        "region" => text(&row.region),
        "status" => row.status.as_deref().and_then(text),
        "category" => text(row.category.as_str()),
        "status_class" => Some(Value::Number(match row.status_class {
            StatusClass::Error => 0,
            StatusClass::Warning => 1,
            StatusClass::Pending => 2,
            StatusClass::Unknown => 3,
            StatusClass::Stopped => 4,
            StatusClass::Ok => 5,
        })),
        "presence" => Some(Value::Number(match row.presence {
            Presence::Present => 0,
            Presence::Unknown { .. } => 1,
            Presence::Gone { .. } => 2,
        })),
        "age" => row.created_at.map(|t| Value::Number(NOW - t.millis())),
        "changed" => time(Some(row.changed_at)),
        "seen" => time(row.last_seen),
        "gone" => match row.presence {
            Presence::Gone { at, .. } => time(Some(at)),
            _ => None,
        },
        "tag.size" => row.tags.iter().find(|(k, _)| fold(k) == "size").and_then(|(_, v)| text(v)),
        "tag.env" => row.tags.iter().find(|(k, _)| fold(k) == "env").and_then(|(_, v)| text(v)),
        "address" => row.addresses.first().and_then(|a| text(a)),
        "incarnation" => {
            (!row.incarnation.as_ref().is_empty()).then(|| Value::Text(row.incarnation.to_string()))
        }
        "declares" => row.declares.as_ref().map(|d| Value::Text(d.to_string())),
        other => panic!("{other}"),
    }
}

const SORTS: &[&[(&str, bool)]] = &[
    &[],
    &[("name", true)],
    &[("age", true)],
    &[("kind", false)],
    &[("region", true), ("name", false)],
    &[("name", true), ("changed", false)],
    &[("tag.size", false)],
    &[("tag.env", true), ("age", false)],
    &[("status", false), ("status_class", true), ("category", false), ("id", true)],
    &[("presence", true), ("seen", false), ("gone", true)],
    &[("address", true)],
    &[("incarnation", false), ("declares", true)],
];

fn naive(rows: &[AssetRow], sort: &[(&str, bool)]) -> Vec<AssetRow> {
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| {
        let columns = sort.iter().map(|(column, descending)| match (value(a, column), value(b, column)) {
            (Some(a), Some(b)) if *descending => b.cmp(&a),
            (Some(a), Some(b)) => a.cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        });
        columns.into_iter().find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    });
    rows
}

fn answer(snapshot: &Snapshot, text: &str, sort: &[(&str, bool)]) -> Hits {
    answer_in(snapshot, text, &now().into(), sort)
}

fn answer_in(snapshot: &Snapshot, text: &str, context: &Context<'_>, sort: &[(&str, bool)]) -> Hits {
    // Said aloud, as a fuzzy word alone would be in another order.
    let sort = if sort.is_empty() && text.contains('~') { &[("name", false)] } else { sort };
    let sort: Vec<_> = sort.iter().map(|(c, d)| ((*c).to_owned(), *d)).collect();
    snapshot.evaluate(&Query::parse(text), &sort, *context, &|| false).unwrap()
}

/// Every way to look at the hits of a query is the full order, for a few sorts; others for others.
pub(super) fn agree(
    snapshot: &Snapshot,
    text: &str,
    context: &Context<'_>,
    expected: &Answer,
) -> Result<(), TestCaseError> {
    let turn = text.len() + usize::try_from(snapshot.revision().0).unwrap_or(0);
    for sort in SORTS.iter().cycle().skip(turn).step_by(5).take(2) {
        let all = naive(&expected.rows, sort);
        let rows = |rows: &[u32]| rows.iter().map(|r| snapshot.row(*r)).collect::<Vec<_>>();
        let hits = answer_in(snapshot, text, context, sort);
        prop_assert_eq!(hits.len(), all.len());
        // Near, far, in the middle, beyond the end; each of another one, as what is kept differs.
        for (start, len) in [(0, 5), (all.len() / 2, 7), (all.len().saturating_sub(3), 9), (all.len() + 1, 2)]
        {
            let window = answer_in(snapshot, text, context, sort).window(snapshot, start, len);
            let end = (start + len).min(all.len());
            prop_assert_eq!(
                rows(&window),
                &all[start.min(end)..end],
                "{} by {:?} from {}",
                text,
                sort,
                start
            );
        }
        for pass in 0..2 {
            for (n, row) in all.iter().enumerate().step_by(7 + pass) {
                let key = |r: &AssetRow| (r.id.clone(), r.incarnation.clone(), r.source.clone());
                let found = snapshot.find(&row.id).into_iter();
                let row = found.map(|r| (r, snapshot.row(r))).find(|(_, r)| key(r) == key(row)).unwrap();
                prop_assert_eq!(hits.position(snapshot, row.0), Some(n), "{} by {:?}", text, sort);
                let from = n.saturating_sub(3);
                let around = hits.window(snapshot, from, 7);
                prop_assert_eq!(
                    rows(&around),
                    &all[from..all.len().min(from + 7)],
                    "{} by {:?} around {}",
                    text,
                    sort,
                    n
                );
                prop_assert!(hits.contains(row.0));
            }
            let iterated: Vec<u32> = hits.iter(snapshot).collect();
            prop_assert_eq!(rows(&iterated), &all[..], "{} by {:?}", text, sort);
            prop_assert!(!hits.is_open());
            prop_assert_eq!(hits.window(snapshot, 0, usize::MAX), iterated);
        }
    }
    unsorted(snapshot, text, context, expected)
}

/// Without an order they are the same rows, and every way to look at them tells the same one.
fn unsorted(
    snapshot: &Snapshot,
    text: &str,
    context: &Context<'_>,
    expected: &Answer,
) -> Result<(), TestCaseError> {
    let hits = answer_in(snapshot, text, context, &[("none", false)]);
    let all: Vec<u32> = hits.iter(snapshot).collect();
    prop_assert_eq!(hits.len(), all.len());
    prop_assert!(!hits.is_open());
    let by_key = |mut rows: Vec<AssetRow>| {
        rows.sort_by(|a, b| (&a.id, &a.incarnation, &a.source).cmp(&(&b.id, &b.incarnation, &b.source)));
        rows
    };
    let rows: Vec<AssetRow> = all.iter().map(|row| snapshot.row(*row)).collect();
    prop_assert_eq!(by_key(rows), by_key(expected.rows.clone()), "{}", text);
    for (n, row) in all.iter().enumerate() {
        prop_assert_eq!(hits.position(snapshot, *row), Some(n), "{}", text);
        let window = hits.window(snapshot, n, 5);
        prop_assert_eq!(window, &all[n..all.len().min(n + 5)], "{} from {}", text, n);
    }
    prop_assert_eq!(hits.window(snapshot, all.len() + 1, 2), Vec::<u32>::new());
    Ok(())
}

#[test]
fn a_fuzzy_word_alone_finds_the_best_match_first() {
    let s = index(&named(&["p-r-d-1", "payments-prd", "prd", "spread", "other", "zprd"]));
    assert_eq!(ask(&s, "~prd", &[]), ["prd", "payments-prd", "zprd", "p-r-d-1", "spread"]);
    assert_eq!(ask(&s, "~prd", &[("name", true)]), ["zprd", "spread", "prd", "payments-prd", "p-r-d-1"]);
    assert_eq!(ask(&s, "~prd name:p", &[]), ["p-r-d-1", "payments-prd", "prd", "spread", "zprd"]);
}

#[test]
fn many_of_one_name_stand_by_id_whichever_way_round_the_names_are() {
    let mut records = Vec::new();
    for n in 0..200 {
        let mut r = record(&format!("x/{n:03}"));
        r.asset.name = if n < 90 {
            "same"
        } else if n < 95 {
            "apart"
        } else {
            "zebra"
        }
        .into();
        records.push(r);
    }
    let s = index(&records);
    let ids = |start, len| -> Vec<String> {
        let rows = answer(&s, "", &[("name", true)]).window(&s, start, len);
        rows.into_iter().map(|r| s.row(r).id.to_string()[2..].to_owned()).collect()
    };
    assert_eq!(ids(0, 3), ["095", "096", "097"]);
    assert_eq!(ids(104, 3), ["199", "000", "001"]);
    assert_eq!(ids(150, 2), ["045", "046"]);
    assert_eq!(ids(193, 99), ["088", "089", "090", "091", "092", "093", "094"]);
}

#[test]
fn an_order_that_was_saved_is_taken_back_when_it_is_one() {
    let names: Vec<String> = (0..300).map(|n| format!("n{:03}", n * 7919 % 300)).collect();
    let records = named(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let before = index(&records);
    let saved = before.saved_order();
    assert_eq!(saved, None, "nobody needed it");
    before.warm();
    let saved = before.saved_order().unwrap();
    assert_eq!(saved.len(), 300);
    // As it was; with some missing, some twice, some of nothing.
    let mut holes: Vec<u32> = saved.iter().copied().filter(|r| r % 9 != 0).collect();
    holes.extend([holes[0], 99_999_999, u32::MAX]);
    for seed in [saved.clone(), holes] {
        let again = seeded(&before, &before, seed).unwrap();
        assert_eq!(again.walk().collect::<Vec<_>>(), saved);
    }
    assert!(seeded(&before, &before, saved.iter().rev().copied().collect()).is_none());
    assert!(seeded(&before, &before, Vec::new()).is_some_and(|order| order.walk().eq(saved)));
}

/// The order of a snapshot, made from one that was saved of an earlier one.
fn seeded(of: &Snapshot, before: &Snapshot, rows: Vec<u32>) -> Option<Order> {
    let chunks = before.parts.slots.iter().map(|slot| slot.chunk.id).collect();
    Order::seeded(&of.parts, 0, Seed { rows, chunks })
}

#[test]
fn a_saved_order_does_not_speak_of_rows_that_took_the_place_of_others() {
    let names: Vec<String> = (0..640).map(|n| format!("n{:04}", n * 7919 % 640)).collect();
    let records = named(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut writer = IndexWriter::new();
    records.iter().for_each(|record| writer.upsert(record));
    let before = writer.publish(Revision(1), Timestamp::from_millis(NOW));
    before.warm();
    // A chunk and a half get other names; the place of the first is taken by the rest of them.
    for record in &records[..96] {
        let mut record = record.clone();
        record.asset.name = format!("m{}", record.asset.name).into();
        writer.upsert(&record);
    }
    let after = writer.publish(Revision(2), Timestamp::from_millis(NOW));
    let id = |s: &Snapshot| s.parts.slots[0].chunk.id;
    assert_ne!(id(&before), id(&after), "the place was not taken");
    assert!(after.parts.slots[0].count > 0, "nothing is there");
    let order = seeded(&after, &before, before.saved_order().unwrap()).expect("it is an order");
    let live: Vec<u32> = order
        .walk()
        .filter(|row| after.parts.slots[*row as usize / 64].live.get(*row as usize % 64))
        .collect();
    let mut sorted = live.clone();
    sorted.sort_by(|a, b| crate::order::compare(&after.parts, *a, *b));
    assert_eq!((live.len(), &live), (640, &sorted));
}

#[test]
fn what_came_later_takes_its_place_without_sorting_all() {
    let mut writer = IndexWriter::new();
    let mut names = Vec::new();
    for n in 0..400 {
        names.push(format!("n{:04}", n * 7919 % 4000));
        writer.upsert(&record(names.last().unwrap()));
    }
    writer.publish(Revision(1), now()).warm();
    for round in 0..60 {
        for n in 0..5 {
            let name = format!("n{:04}-{round}", (round * 131 + n * 977) % 4000);
            writer.upsert(&record(&name));
            names.push(name);
            let gone = names.swap_remove((round * 17 + n) % names.len());
            writer.forget(record(&gone).record_key().hash128());
        }
        let s = writer.publish(Revision(2), now());
        if round % 3 > 0 {
            s.warm();
        }
        names.sort();
        assert_eq!(ask(&s, "", &[]), names, "in round {round}");
    }
}

#[test]
fn sorting_stops_when_it_is_told_to_and_begins_again_for_the_next_who_asks() {
    let names: Vec<String> = (0..500).map(|n| format!("n{n}")).collect();
    let s = index(&named(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    let hits = answer(&s, "", &[("id", true)]);
    assert!(hits.is_open());
    assert!(!hits.window(&s, 0, 8).is_empty() && hits.is_open(), "the first screen needs no more");
    for after in [0, 3, 12, 40, 70] {
        let left = Cell::new(after);
        let cancel = || left.replace(left.get() - 1) == 0;
        assert_eq!(hits.settle(&s, &cancel), Err(SortError::Cancelled), "after {after} polls");
        assert_eq!(left.get(), -1, "it asked on after it was told to stop");
    }
    assert_eq!(hits.settle(&s, &|| false), Ok(()));
    assert!(!hits.is_open());
    assert_eq!(hits.window_until(&s, 400, 10, &|| true).unwrap().len(), 10, "what is there needs no leave");
}
