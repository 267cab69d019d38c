//! The form gives an order only for what can be exported, and an existing file is never replaced
//! without a word.

use cloudscope_application::export::FormatInfo;
use cloudscope_domain::query::Span;

use super::*;

fn export() -> Export {
    let formats = [("csv", "csv"), ("json", "json")];
    let formats = formats.map(|(name, end)| FormatInfo { name: name.into(), extension: end.into() });
    let mut export = Export::new(formats.to_vec());
    export.name_file("2026-11-21T08:00:00.5Z".parse().unwrap());
    export
}

fn table(filter: &str) -> Assets {
    Assets { filter: filter.into(), ..Assets::default() }
}

fn ended(phase: ExportPhase, rows: u64, bytes: u64) -> ExportProgress {
    ExportProgress { phase, rows, total: Some(rows), unknown: 0, undecided: 0, bytes }
}

#[test]
fn the_file_bears_the_time_and_the_end_of_the_format() {
    let mut export = export();
    assert_eq!(export.form.path, "assets-20261121-080000.csv");
    export.choose_format(1);
    assert_eq!(export.form.path, "assets-20261121-080000.json");
    export.form.path = "/srv/my.list".into();
    export.form.own_path = true;
    export.choose_format(0);
    assert_eq!(export.form.path, "/srv/my.list", "a name of one's own keeps its end");
    export.name_file(Timestamp::default());
    assert_eq!(export.form.path, "/srv/my.list");
}

#[test]
fn columns_as_shown_have_the_id_and_times_instead_of_ages() {
    let mut export = export();
    assert!(export.columns(&table("")).is_empty());
    export.form.columns = Columns::Shown;
    let names = export.columns(&table("")).join(",");
    assert_eq!(names, "name,kind,status,region,account,created_at,presence,source,id");
    export.form.columns = Columns::Typed;
    export.form.typed = "name, tags.env  id,".into();
    assert_eq!(export.columns(&table("")), ["name", "tags.env", "id"]);
}

#[test]
fn an_order_is_refused_with_the_reason() {
    let mut export = export();
    export.form.what = What::Marks;
    assert_eq!(export.order(&table(""), None).unwrap_err(), "no row is marked; choose other rows");
    export.form.what = What::Filter;
    export.form.path = " ".into();
    assert_eq!(export.order(&table(""), None).unwrap_err(), "no file is named; edit the field `file`");
    export.form.path = "~/x.csv".into();
    assert!(export.order(&table(""), None).unwrap_err().starts_with("`~` means nothing here"));
    export.form.path = "x.csv".into();
    let bad = BadTerm {
        span: Span { start: 0, end: 6 },
        text: "regoin:eu".into(),
        reason: "unknown key".into(),
        suggestion: Some("region:eu".into()),
    };
    export.size = Size::Rows { rows: 3, unknown: 0, undecided: 0, bad: vec![bad] };
    assert_eq!(
        export.order(&table("regoin:eu"), None).unwrap_err(),
        "`regoin:eu`: unknown key (did you mean `region:eu`?); nothing is exported until the filter is mended"
    );
    export.form.what = What::All;
    let order = export.order(&table("regoin:eu"), None).unwrap();
    assert_eq!(order.what, ExportWhat::Filter { query: String::new(), sort: Vec::new() });
    assert!(!order.replace);
    export.started(order, "everything".into());
    assert!(export.order(&table(""), None).unwrap_err().contains("running already"));
    assert!(Export::new(Vec::new()).order(&table(""), None).is_err());
}

#[test]
fn an_existing_file_waits_for_a_word() {
    let mut export = export();
    let order = export.order(&table("web"), None).unwrap();
    export.started(order.clone(), "filter web".into());
    let again =
        export.progressed(ended(ExportPhase::Exists("x".into()), 0, 0), Timestamp::default()).unwrap();
    assert_eq!(again, ExportOrder { replace: true, ..order });
    assert!(export.past.is_empty() && !export.running());
    export.progressed(ended(ExportPhase::Running, 1, 10), Timestamp::default());
    assert!(export.running());
    export.progressed(ended(ExportPhase::Cancelled, 1, 10), Timestamp::default());
    assert_eq!((export.past.len(), export.past[0].what.as_str()), (1, "filter web"));
    export.progressed(ended(ExportPhase::Cancelled, 1, 10), Timestamp::default());
    assert_eq!(export.past.len(), 1, "an end is told once");
}

#[test]
fn the_size_is_estimated_from_an_export_of_the_same_shape() {
    let mut export = export();
    assert_eq!(export.estimate(1_000, &table("")), None);
    let order = export.order(&table(""), None).unwrap();
    export.started(order, "everything".into());
    let finished = finished_from_json();
    export.progressed(ended(ExportPhase::Finished(finished), 10, 2_500), Timestamp::default());
    assert_eq!(export.estimate(1_000, &table("")), Some(250_000));
    export.form.columns = Columns::Shown;
    assert_eq!(export.estimate(1_000, &table("")), None, "other columns, other size");
}

/// A result, made from its JSON form because the type belongs to a crate that is not used here.
fn finished_from_json<T: serde::de::DeserializeOwned>() -> T {
    let json = serde_json::json!({ "path": "/srv/x.csv", "manifest": null, "bytes": 2500, "sha256": "00" });
    serde_json::from_value(json).unwrap()
}

#[test]
fn choices_go_round() {
    assert_eq!(beside(&What::ALL, What::All, true), What::Marks);
    assert_eq!(beside(&What::ALL, What::Marks, false), What::All);
}
