//! Grouping equals counting the things that match one by one, and the filter of a group finds what it counts.

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_domain::{
    AssetRow, Payload, Presence, Query, Revision, Status, StatusClass, Timestamp,
    query::{Expr, Term, TextField, fold, of_group},
};
use proptest::prelude::*;

use super::{NOW, ask, estate::record, index, model::Answer, now};
use crate::{Context, GroupCount, IndexWriter, Snapshot, SortError};

/// The folded values of a thing in a column; none where it has none.
fn values(thing: &[(AssetRow, bool)], column: &str) -> BTreeSet<Option<String>> {
    let heard = |n: usize, row: &AssetRow, asked: bool| match column {
        "kind" | "provider" | "account" => asked,
        _ if n == 0 => true,
        "presence" | "last_seen" => false,
        "status" | "status_class" => row.declares.is_none(),
        _ => true,
    };
    let heard = thing.iter().enumerate().filter(|(n, (row, asked))| heard(*n, row, *asked));
    let folded: BTreeSet<_> = heard.flat_map(|(_, (row, _))| texts(row, column)).map(Some).collect();
    if folded.is_empty() { [None].into() } else { folded }
}

/// The folded values of a record.
fn texts(row: &AssetRow, column: &str) -> BTreeSet<String> {
    let day = |t: Option<Timestamp>| t.map(|t| t.to_string()[..10].to_owned()).into_iter().collect();
    let all: Vec<String> = match column {
        "name" => vec![row.name.to_string()],
        "kind" => vec![row.kind.to_string()],
        "region" => vec![row.region.to_string()],
        "status" => row.status.iter().map(ToString::to_string).collect(),
        "status_class" => vec![row.status_class.to_string()],
        "category" => vec![row.category.to_string()],
        "presence" => vec![row.presence.word().to_owned()],
        "address" => row.addresses.clone(),
        "tags.ENV" => row.tags.iter().filter(|(k, _)| fold(k) == "env").map(|(_, v)| v.clone()).collect(),
        "provider" => vec![row.provider.to_string()],
        "account" => vec![row.account.to_string()],
        "source" => vec![row.source.to_string()],
        "zone" => vec![row.zone.to_string()],
        "created_at" => day(row.created_at),
        "last_seen" => day(row.last_seen),
        other => panic!("{other}"),
    };
    all.iter().map(|v| fold(v)).filter(|v| !v.is_empty()).collect()
}

const SETS: &[&[&str]] = &[
    &["kind"],
    &["region", "status"],
    &["tags.ENV"],
    &["tags.ENV", "address", "status_class"],
    &["presence", "category"],
    &["created_at"],
    &["name", "last_seen"],
    &["provider", "source"],
    &["account"],
    &["zone", "status"],
    &[],
];

/// The groups of a query are what counting its rows says, for a few sets of columns; others for others.
pub(super) fn agree(
    snapshot: &Snapshot,
    text: &str,
    context: &Context<'_>,
    expected: &Answer,
) -> Result<(), TestCaseError> {
    for by in SETS.iter().cycle().skip(text.len()).take(2) {
        let mut naive: BTreeMap<Vec<Option<String>>, (u64, u64)> = BTreeMap::new();
        for (row, thing) in expected.rows.iter().zip(&expected.things) {
            let mut combinations = vec![Vec::new()];
            for column in *by {
                let values = values(thing, column);
                combinations = combinations
                    .into_iter()
                    .flat_map(|c| {
                        values.iter().map(move |v| {
                            let mut longer = c.clone();
                            longer.push(v.clone());
                            longer
                        })
                    })
                    .collect();
            }
            for combination in combinations {
                let count = naive.entry(combination).or_default();
                count.0 += 1;
                count.1 += u64::from(matches!(row.presence, Presence::Unknown { .. }));
            }
        }
        let mut naive: Vec<_> = naive.into_iter().collect();
        // No value comes after every value.
        naive.sort_by_key(|(values, (n, _))| {
            let values: Vec<_> = values.iter().map(|v| (v.is_none(), v.clone())).collect();
            (std::cmp::Reverse(*n), values)
        });
        let by: Vec<String> = by.iter().map(|c| (*c).to_owned()).collect();
        for limit in [usize::MAX, 2, 0] {
            let found = snapshot.groups(&Query::parse(text), &by, limit, *context, &|| false).unwrap();
            let rows: Vec<_> = found
                .rows
                .iter()
                .map(|g| {
                    let values = g.values.iter().map(|v| v.as_deref().map(fold)).collect::<Vec<_>>();
                    (values, (g.count, g.unknown))
                })
                .collect();
            prop_assert_eq!(&rows[..], &naive[..naive.len().min(limit)], "{} by {:?}", text, by);
            prop_assert_eq!(found.more, naive.len().saturating_sub(limit) as u64);
            prop_assert_eq!(found.total, expected.rows.len() as u64);
            prop_assert_eq!((found.unknown, found.undecided), (expected.unknown, expected.undecided));
            leads_to_what_it_counts(snapshot, text, context, &by, &found.rows)?;
        }
    }
    Ok(())
}

fn asks_for_a_side(expr: &Expr) -> bool {
    match expr {
        Expr::And(parts) => parts.iter().any(asks_for_a_side),
        Expr::Term(Term::Field(field, _)) => {
            matches!(field, TextField::Kind | TextField::Provider | TextField::Account)
        }
        _ => false,
    }
}

/// The filter of each group finds as many things as it counts.
fn leads_to_what_it_counts(
    snapshot: &Snapshot,
    text: &str,
    context: &Context<'_>,
    by: &[String],
    groups: &[GroupCount],
) -> Result<(), TestCaseError> {
    // Two accounts may be called alike, and of joined records one may be from before a day, another from after it.
    // What is not of the side that is asked for is not counted as its kind, provider or account, and found all the same.
    let sided = ["kind", "provider", "account"];
    let asks = asks_for_a_side(&Query::parse(text).expr);
    let inexact = |column: &String| {
        column == "account" || column == "created_at" || (asks && sided.contains(&column.as_str()))
    };
    let at_least = by.iter().any(inexact);
    for group in groups {
        // That the side has no account does not say that the thing has none.
        let mut values = by.iter().zip(&group.values);
        if asks && values.any(|(column, value)| column == "account" && value.is_none()) {
            continue;
        }
        // What is not whole as it was typed, and a name that is empty, have no such filter.
        let Ok(filter) = of_group(text, by, &group.values) else { continue };
        let hits = snapshot.evaluate(&Query::parse(&filter), &[], *context, &|| false).unwrap();
        let enough =
            if at_least { hits.len() as u64 >= group.count } else { hits.len() as u64 == group.count };
        prop_assert!(enough, "{} finds {}, the group counts {}", filter, hits.len(), group.count);
    }
    Ok(())
}

#[test]
fn groups_are_written_as_most_rows_write_them_and_ages_are_spans() {
    let mut records: Vec<_> = (0..6).map(|n| record(&format!("n{n}"))).collect();
    for (r, env) in records.iter_mut().zip(["Prod", "Prod", "prod", "dev", ""]) {
        r.asset.tags = [("env".to_owned(), env.to_owned())].into();
    }
    let hours = [0, 2, 24 * 8, 24 * 400, 24 * 400];
    for (r, hours) in records.iter_mut().zip(hours) {
        r.asset.created_at = Some(Timestamp::from_millis(NOW - hours * 3_600_000));
    }
    let s = index(&records);
    let groups = |by: &str| -> Vec<(Option<String>, u64)> {
        let found = s.groups(&Query::parse(""), &[by.to_owned()], 10, now(), &|| false).unwrap();
        found.rows.into_iter().map(|g| (g.values[0].as_deref().map(str::to_owned), g.count)).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(groups("tag.env"), [(some("Prod"), 3), (None, 2), (some("dev"), 1)]);
    assert_eq!(
        groups("age"),
        [
            (some("over 1y"), 2),
            (some("1h to 1d"), 1),
            (some("7d to 30d"), 1),
            (some("under 1h"), 1),
            (None, 1)
        ]
    );
    let bad = s.groups(&Query::parse(""), &["regoin".to_owned()], 10, now(), &|| false);
    let bad = bad.unwrap_err();
    assert_eq!(bad.to_string(), "cannot group by `regoin`; did you mean `region`?");
    let stopped = s.groups(&Query::parse(""), &["kind".to_owned()], 10, now(), &|| true);
    assert_eq!(stopped, Err(SortError::Cancelled));
}

#[test]
fn paths_that_are_kept_are_grouped_and_sorted_by_and_numbers_are_numbers() {
    let payloads = [
        r#"{"metadata":{"namespace":"shop"},"derived":{"restarts":12}}"#,
        r#"{"metadata":{"namespace":"Shop"},"derived":{"restarts":3}}"#,
        r#"{"metadata":{"namespace":"dns"},"derived":{"restarts":100}}"#,
        r#"{"metadata":{"namespace":"dns"},"derived":{"restarts":"many"}}"#,
        r#"{"metadata":{}}"#,
    ];
    let mut records: Vec<_> = ["a", "b", "c", "d", "e"].into_iter().map(record).collect();
    for (r, payload) in records.iter_mut().zip(payloads) {
        r.asset.properties = Payload::from_text(payload).unwrap();
    }
    records[0].asset.status = Some(Status { word: "Failed".into(), class: StatusClass::Error });
    let paths = ["derived.restarts".to_owned(), "metadata.namespace".to_owned()];
    let mut writer = IndexWriter::with_paths(&paths);
    records.iter().for_each(|r| writer.upsert(r));
    let s = writer.publish(Revision(1), now());
    let by = ["prop.metadata.namespace".to_owned()];
    let found = s.groups(&Query::parse(""), &by, 10, now(), &|| false).unwrap();
    let found: Vec<_> =
        found.rows.iter().map(|g| (g.values[0].as_deref(), g.count, g.errors, g.warnings)).collect();
    assert_eq!(found, [(Some("dns"), 2, 0, 0), (Some("Shop"), 2, 1, 0), (None, 1, 0, 0)]);
    let order = |descending| ask(&s, "", &[("properties.derived.restarts", descending)]).concat();
    assert_eq!((order(false), order(true)), ("bacde".to_owned(), "dcabe".to_owned()), "nothing comes last");
    let bad = s.groups(&Query::parse(""), &["prop.spec.hostname".to_owned()], 10, now(), &|| false);
    let bad = bad.unwrap_err().to_string();
    assert!(bad.contains("cannot sort or group by `prop.spec.hostname`"), "{bad}");
    assert!(bad.contains("metadata.namespace"), "{bad}");
}

#[test]
fn a_group_whose_statuses_are_of_one_class_says_which() {
    let mut records: Vec<_> = (0..4).map(|n| record(&format!("n{n}"))).collect();
    let statuses = [("running", StatusClass::Ok), ("running", StatusClass::Ok), ("active", StatusClass::Ok)];
    for (r, (word, class)) in
        records.iter_mut().zip(statuses.into_iter().chain([("active", StatusClass::Error)]))
    {
        r.asset.status = Some(Status { word: word.into(), class });
    }
    let s = index(&records);
    let found = s.groups(&Query::parse(""), &["status".to_owned()], 10, now(), &|| false).unwrap();
    let mut classes: Vec<_> =
        found.rows.iter().map(|g| (g.values[0].as_deref().unwrap_or_default(), g.class, g.errors)).collect();
    classes.sort_by_key(|(word, ..)| *word);
    assert_eq!(classes, [("active", None, 1), ("running", Some(StatusClass::Ok), 0)]);
}
