//! Packed rows say what the rows say, and travel like them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Packed, PackedRows};
use crate::{AssetRow, Category, Payload, Presence, Proof, StatusClass, Timestamp, UnknownWhy};

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z:/.-]{0,12}", "(?s:.){0,6}"]
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..2_000_000_000_000_i64).prop_map(Timestamp::from_millis)
}

fn presence() -> impl Strategy<Value = Presence> {
    prop_oneof![
        Just(Presence::Present),
        prop::option::of(time()).prop_map(|since| Presence::Unknown { since, why: UnknownWhy::Denied }),
        time().prop_map(|at| Presence::Gone { at, why: Proof::NotFound }),
    ]
}

pub(crate) fn row() -> impl Strategy<Value = AssetRow> {
    let tags = prop::collection::btree_map(text(), text(), 0..5);
    let lists = (prop::collection::vec(text(), 0..3), prop::collection::vec(text(), 0..3));
    let times = (time(), prop::option::of(time()), time(), prop::option::of(time()));
    let more = (prop::option::of(text()), prop::option::of(text()), prop::option::of(text()), any::<bool>());
    let payload = prop::option::of(text());
    let category = prop::sample::select(&Category::ALL[..]);
    (prop::collection::vec(text(), 8), tags, lists, times, more, presence(), payload, category).prop_map(
        |(texts, tags, (addresses, sources), times, more, presence, payload, category)| AssetRow {
            id: texts[0].as_str().into(),
            kind: "aws.ec2.instance".parse().unwrap(),
            category,
            provider: texts[1].as_str().into(),
            account: texts[2].as_str().into(),
            account_label: more.0.map(Into::into),
            region: texts[3].as_str().into(),
            zone: texts[4].as_str().into(),
            name: texts[5].as_str().into(),
            status: more.1.map(Into::into),
            status_class: StatusClass::Warning,
            tags,
            addresses,
            presence,
            first_seen: times.0,
            last_seen: times.1,
            changed_at: times.2,
            created_at: times.3,
            source: texts[6].as_str().into(),
            sources: sources.iter().map(|s| s.as_str().into()).collect(),
            pinned: more.3,
            incarnation: texts[7].as_str().into(),
            declares: more.2.map(Into::into),
            properties: payload.map(|text| Payload::from_value(&serde_json::json!({ "a": [text, 1, null] }))),
        },
    )
}

proptest! {
    #[test]
    fn memory_that_is_used_again_leaves_nothing_behind(
        before in prop::collection::vec(row(), 0..4), after in prop::collection::vec(row(), 0..4),
    ) {
        let used: PackedRows = before.iter().collect();
        let mut again = used.emptied();
        prop_assert!(again.is_empty() && again.bytes() == 0);
        after.iter().for_each(|row| again.push_row(row));
        prop_assert_eq!(again.iter().map(|row| row.to_row()).collect::<Vec<_>>(), after);
    }

    #[test]
    fn rows_come_back_as_they_were(rows in prop::collection::vec(row(), 0..5)) {
        let packed: PackedRows = rows.iter().collect();
        prop_assert_eq!(packed.len(), rows.len());
        let back: Vec<AssetRow> = packed.iter().map(super::PackedRow::to_row).collect();
        prop_assert_eq!(&back, &rows);
        let wire = serde_json::to_string(&packed).unwrap();
        prop_assert_eq!(&wire, &serde_json::to_string(&rows).unwrap());
        prop_assert_eq!(serde_json::from_str::<PackedRows>(&wire).unwrap(), packed);
    }

    #[test]
    fn tags_are_put_in_order_and_the_last_of_one_key_stays(
        before in prop::collection::vec("[a-c]", 0..3),
        pairs in prop::collection::vec(("[a-e]{0,2}", "[0-9]{0,2}"), 0..9),
    ) {
        let mut rows = PackedRows::default();
        for text in &before {
            let at = rows.text(text);
            rows.item(at);
        }
        let start = rows.items();
        for (key, value) in &pairs {
            for text in [key, value] {
                let at = rows.text(text);
                rows.item(at);
            }
        }
        let tags = rows.tag_list(start);
        rows.push(Packed { tags, ..Packed::default() });
        let model: BTreeMap<&str, &str> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let told: Vec<(&str, &str)> = rows.iter().flat_map(super::PackedRow::tags).collect();
        prop_assert_eq!(told, model.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn payloads_are_filled_in_from_a_row_on_in_any_order() {
    let mut rows = PackedRows::default();
    for id in ["one", "two", "three"] {
        let (id, source) = (rows.text(id), rows.text("demo"));
        rows.push(Packed { id, source, ..Packed::default() });
    }
    let filled = rows.fill(1, |names, visit| {
        let ids: Vec<&str> = names.iter().map(|name| name.id).collect();
        assert_eq!(
            (ids.as_slice(), names[0].source, names[0].incarnation),
            (&["two", "three"][..], "demo", "")
        );
        visit(1, "{\"n\":3}");
        visit(0, "{\"n\":2}");
        visit(2, "nobody's");
        Ok::<(), ()>(())
    });
    assert_eq!(filled, Ok(()));
    let payloads: Vec<Option<&str>> = rows.iter().map(super::PackedRow::properties).collect();
    assert_eq!(payloads, [None, Some("{\"n\":2}"), Some("{\"n\":3}")]);
    assert_eq!(rows.fill(0, |_, _| Err("gone")), Err("gone"));
}
