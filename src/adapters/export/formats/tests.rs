//! Round trips of every format through real files, with the strings that a hostile provider would send.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use cloudscope_domain::{
    AssetRow, Category, PackedRows, Payload, Presence, StatusClass, Timestamp, UnknownWhy, text::is_hostile,
};
use cloudscope_ports::{Destination, ExportError, ExportJob, Exporter, Manifest};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Csv, Json, Ndjson, Table, exporters};

pub(crate) fn row(name: &str) -> AssetRow {
    let at = Timestamp::from_seconds(1_795_000_000);
    AssetRow {
        sources: Vec::new(),
        pinned: false,
        id: format!("arn:aws:ec2:eu-west-1:111122223333:instance/{name}").into(),
        kind: "aws.ec2.instance".parse().unwrap(),
        category: Category::Compute,
        provider: "aws".into(),
        account: "111122223333".into(),
        account_label: Some("payments-prod".into()),
        region: "eu-west-1".into(),
        zone: "eu-west-1a".into(),
        name: name.into(),
        status: Some("running".into()),
        status_class: StatusClass::Ok,
        tags: BTreeMap::from([("env".into(), "prod".into()), ("a;b=c".into(), name.into())]),
        addresses: vec!["10.0.0.1".into(), "web;1".into()],
        presence: Presence::Unknown { since: Some(at), why: UnknownWhy::Denied },
        first_seen: at,
        last_seen: None,
        changed_at: at,
        created_at: Some(at),
        source: "demo".into(),
        incarnation: "".into(),
        declares: None,
        properties: Some(Payload::from_value(&json!({ "State": { "Name": name }, "N": 3 }))),
    }
}

pub(crate) fn manifest() -> Manifest {
    Manifest {
        query: "kind:ec2 \u{202e}".into(),
        revision: cloudscope_domain::Revision(7),
        as_of: Timestamp::from_seconds(1_795_000_000),
        identity: "tester".into(),
        program: "cloudscope 0.1.0".into(),
        format: String::new(),
        columns: Vec::new(),
        rows: 0,
        unknown: 1,
        undecided: 0,
        gaps: vec!["demo 111122223333 kms:ListKeys: denied".into()],
        sha256: String::new(),
        demo: true,
    }
}

/// A stream whose bytes can be looked at afterwards.
#[derive(Clone, Default)]
pub(crate) struct Shared(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(exporter: &dyn Exporter, columns: &[&str], raw: bool, rows: &[AssetRow]) -> String {
    let stream = Shared::default();
    let job = ExportJob {
        destination: Destination::Stream(Box::new(stream.clone())),
        columns: columns.iter().map(|&c| c.to_owned()).collect(),
        raw,
    };
    let mut writer = exporter.begin(job).unwrap();
    for row in rows {
        writer.write(&std::iter::once(row).collect()).unwrap();
    }
    let bytes = writer.bytes();
    let finished = writer.finish(manifest()).unwrap();
    assert!(finished.bytes >= bytes);
    let data = stream.0.lock().unwrap().clone();
    assert_eq!(finished.bytes, data.len() as u64);
    String::from_utf8(data).unwrap()
}

fn csv_rows(text: &str) -> Vec<Vec<String>> {
    ::csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes())
        .records()
        .map(|r| r.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn csv_reads_back_with_typed_cells() {
    let columns =
        ["name", "addresses", "tags", "presence", "presence.why", "created_at", "last_seen", "tags.env"];
    let text = written(&Csv, &columns, false, &[row("web \"1\",\n=x")]);
    let rows = csv_rows(&text);
    assert_eq!(rows[0], columns);
    assert_eq!(rows[1][0], "web \"1\",␊=x");
    assert_eq!(rows[1][1], "10.0.0.1;web\\;1");
    let tags: BTreeMap<String, String> = serde_json::from_str(&rows[1][2]).unwrap();
    assert_eq!(tags, row("web \"1\",\n=x").tags);
    assert_eq!(rows[1][3..], ["unknown", "denied", "2026-11-18T11:06:40Z", "", "prod"]);
}

#[test]
fn csv_looks_into_payloads() {
    let text =
        written(&Csv, &["properties.State.Name", "properties.N", "properties.none"], false, &[row("x")]);
    assert_eq!(csv_rows(&text)[1], ["x", "3", ""]);
}

#[test]
fn raw_csv_is_the_cell_itself() {
    let text = written(&Csv, &["name"], true, &[row("=1+1\t\u{202e}")]);
    assert_eq!(csv_rows(&text)[1], ["=1+1\t\u{202e}"]);
    let safe = written(&Csv, &["name"], false, &[row("=1+1")]);
    assert_eq!(csv_rows(&safe)[1], ["'=1+1"]);
}

#[test]
fn a_csv_of_one_empty_cell_a_row_keeps_its_rows() {
    let mut bare = row("x");
    bare.account = "".into();
    let text = written(&Csv, &["account"], false, &[bare.clone(), bare]);
    assert_eq!(csv_rows(&text).len(), 3);
}

#[test]
fn json_is_the_contract_of_a_row() {
    let text = written(&Json, &[], false, &[row("a"), row("b")]);
    let value: Value = serde_json::from_str(&text).unwrap();
    let first = value[0].as_object().unwrap();
    for field in [
        "id",
        "kind",
        "category",
        "provider",
        "account",
        "region",
        "name",
        "status",
        "tags",
        "presence",
        "first_seen",
        "last_seen",
        "created_at",
        "source",
        "incarnation",
        "properties",
    ] {
        assert!(first.contains_key(field), "{field}");
    }
    assert_eq!(
        value[1]["presence"],
        json!({"state": "unknown", "since": "2026-11-18T11:06:40Z", "why": "denied"})
    );
    let rows: Vec<AssetRow> = serde_json::from_str(&text).unwrap();
    assert_eq!(rows, [row("a"), row("b")]);
    assert_eq!(written(&Json, &[], false, &[]), "[]\n");
    assert_eq!(written(&Ndjson, &[], false, &[]), "");
}

#[test]
fn the_columns_of_the_manifest_are_the_fields_of_the_json_row() {
    let object = serde_json::to_value(AssetRow { declares: Some("x".into()), ..row("a") }).unwrap();
    let mut fields: Vec<&String> = object.as_object().unwrap().keys().collect();
    fields.sort();
    let mut named: Vec<String> =
        crate::Field::ALL.iter().filter(|f| f.is_top_level()).map(|f| f.as_str().to_owned()).collect();
    named.sort();
    assert_eq!(fields, named.iter().collect::<Vec<_>>());
}

#[test]
fn chosen_columns_are_the_only_fields() {
    let text = written(&Ndjson, &["name", "tags.env", "tags.none", "properties.State"], false, &[row("a")]);
    let value: Value = serde_json::from_str(&text).unwrap();
    let expected =
        json!({"name": "a", "tags.env": "prod", "tags.none": null, "properties.State": {"Name": "a"}});
    assert_eq!(value, expected);
}

#[test]
fn a_table_is_aligned_by_display_width() {
    let text = written(&Table::default(), &["name", "region"], false, &[row("名\x1b[2J"), row("b")]);
    assert_eq!(text, "name    region\n名␛[2J  eu-west-1\nb       eu-west-1\n");
}

#[test]
fn a_long_table_streams_with_the_widths_of_its_beginning() {
    let mut rows: Vec<AssetRow> = (0..600).map(|i| row(&format!("n{i}"))).collect();
    rows.push(row(&"w".repeat(40)));
    let text = written(&Table::with_line_width(30), &["name", "kind"], false, &rows);
    assert_eq!(text.lines().count(), 602);
    assert!(text.lines().last().unwrap().starts_with("www…  aws.ec2.instance"));
}

#[test]
fn an_unknown_column_begins_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for exporter in exporters() {
        let job = ExportJob {
            destination: Destination::File { path: dir.path().join("x"), replace: false },
            columns: vec!["nmae".into()],
            raw: false,
        };
        assert!(matches!(exporter.begin(job), Err(ExportError::BadColumn { .. })), "{}", exporter.name());
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

/// Rows of any texts, with and without everything that may be missing.
fn any_row() -> impl Strategy<Value = AssetRow> {
    let text = || prop_oneof!["[ -~]{0,12}", "(?s:.){0,6}"];
    let texts = prop::collection::vec(text(), 12);
    let lists = (prop::collection::vec(text(), 0..3), prop::collection::btree_map(text(), text(), 0..3));
    let time = || (0..2_000_000_000_000_i64).prop_map(Timestamp::from_millis);
    let presence = prop_oneof![
        Just(Presence::Present),
        prop::option::of(time()).prop_map(|since| Presence::Unknown { since, why: UnknownWhy::MissedOnce }),
        time().prop_map(|at| Presence::Gone { at, why: cloudscope_domain::Proof::NotFound }),
    ];
    let category = prop::sample::select(&Category::ALL[..]);
    (texts, lists, time(), presence, category, 0..64_u8).prop_map(
        |(texts, lists, at, presence, category, there)| {
            let text = |n: usize| texts[n].as_str();
            let has = |bit: u8| there >> bit & 1 == 1;
            AssetRow {
                id: text(0).into(),
                category,
                provider: text(1).into(),
                account: text(2).into(),
                account_label: has(0).then(|| text(3).into()),
                region: text(4).into(),
                zone: text(5).into(),
                name: text(6).into(),
                status: has(1).then(|| text(7).into()),
                status_class: if has(2) { StatusClass::Unknown } else { StatusClass::Pending },
                sources: lists.0.iter().map(|s| s.as_str().into()).collect(),
                addresses: lists.0,
                tags: lists.1,
                presence,
                first_seen: at,
                last_seen: has(3).then_some(at),
                created_at: has(4).then_some(at),
                source: text(8).into(),
                pinned: has(2),
                incarnation: text(9).into(),
                declares: has(5).then(|| text(10).into()),
                properties: has(0).then(|| Payload::from_value(&json!({ "a": [text(11)] }))),
                ..row("")
            }
        },
    )
}

proptest! {
    #[test]
    fn a_row_is_written_as_its_contract_byte_by_byte(rows in prop::collection::vec(any_row(), 1..4)) {
        let mut expected = Vec::new();
        for row in &rows {
            crate::escape::write_json(&mut expected, row).unwrap();
            expected.push(b'\n');
        }
        prop_assert_eq!(written(&Ndjson, &[], false, &rows), String::from_utf8(expected).unwrap());
    }

    #[test]
    fn a_cell_is_quoted_as_the_csv_crate_does(rows in prop::collection::vec(any_row(), 1..4), raw in any::<bool>()) {
        for columns in [crate::default_columns("csv"), &["properties", "tags.a"], &["account"]] {
            let mut expected = ::csv::Writer::from_writer(Vec::new());
            expected.write_record(columns).unwrap();
            let parsed: Vec<crate::Column> = columns.iter().map(|c| c.parse().unwrap()).collect();
            let packed: PackedRows = rows.iter().collect();
            for row in packed.iter() {
                let cells = crate::RowCells::new(row);
                for column in &parsed {
                    let (mut room, cell) = (Vec::new(), cells.get(column));
                    let text = cell.as_ref().map_or("", |cell| cell.flat(&mut room));
                    let safe = crate::neutralise(text);
                    expected.write_field(if raw { text.as_bytes() } else { safe.as_bytes() }).unwrap();
                }
                expected.write_record(None::<&[u8]>).unwrap();
            }
            let expected = String::from_utf8(expected.into_inner().unwrap()).unwrap();
            prop_assert_eq!(written(&Csv, columns, raw, &rows), expected);
        }
    }

    #[test]
    fn no_format_lets_a_hostile_character_out(name in "(?s:.)*", key in "(?s:.)*") {
        let mut hostile = row(&name);
        hostile.tags.insert(key, name.clone());
        hostile.status = Some(name.as_str().into());
        for exporter in exporters() {
            let columns: &[&str] = &["name", "status", "tags", "properties", "addresses", "id"];
            let text = written(exporter.as_ref(), columns, false, &[hostile.clone()]);
            let found: Vec<char> = text.chars().filter(|&c| c != '\n' && is_hostile(c)).collect();
            prop_assert_eq!(found, Vec::<char>::new(), "{}", exporter.name());
        }
    }

    #[test]
    fn json_and_ndjson_are_lossless(names in prop::collection::vec("(?s:.)*", 0..4)) {
        let rows: Vec<AssetRow> = names.iter().map(|n| row(n)).collect();
        // As values: the text of a payload may differ in what is escaped, never in what it says.
        let expected: Vec<Value> = rows.iter().map(|r| serde_json::to_value(r).unwrap()).collect();
        let array: Vec<Value> = serde_json::from_str(&written(&Json, &[], false, &rows)).unwrap();
        prop_assert_eq!(&array, &expected);
        let text = written(&Ndjson, &[], false, &rows);
        let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        prop_assert_eq!(&lines, &expected);
    }

    #[test]
    fn raw_csv_is_lossless(name in "(?s:.)+") {
        let text = written(&Csv, &["name", "id"], true, &[row(&name)]);
        let rows = csv_rows(&text);
        prop_assert_eq!(&rows[1][0], &name);
    }
}

#[test]
fn csv_json_and_ndjson_keep_the_promises_of_an_exporter() {
    use cloudscope_ports::contract::exporter::{Directory, Subject, suite};
    use sha2::Digest as _;

    type Cells = Vec<(String, String)>;
    type Parse = fn(&str) -> Cells;
    let csv: Parse = |data| csv_rows(data)[1..].iter().map(|r| (r[0].clone(), r[1].clone())).collect();
    let json: Parse =
        |data| serde_json::from_str::<Vec<Value>>(data).unwrap().iter().map(id_and_name).collect();
    let ndjson: Parse = |data| data.lines().map(|l| id_and_name(&serde_json::from_str(l).unwrap())).collect();
    let subjects: [(&dyn Exporter, Parse); 3] = [(&Csv, csv), (&Json, json), (&Ndjson, ndjson)];
    for (exporter, parse) in subjects {
        let dir = tempfile::tempdir().unwrap();
        suite(&Subject {
            exporter,
            place: &Directory(dir.path().to_owned()),
            parse: &|data| parse(std::str::from_utf8(data).unwrap()),
            sha256: &|data| sha2::Sha256::digest(data).iter().map(|b| format!("{b:02x}")).collect(),
        });
    }
}

fn id_and_name(row: &Value) -> (String, String) {
    (row["id"].as_str().unwrap().to_owned(), row["name"].as_str().unwrap().to_owned())
}
