//! The Export screen: the form, an export as it goes, and a file that is there already.

use cloudscope_application::export::{ExportPhase, ExportProgress, ExportWhat};
use insta::assert_snapshot;

use super::harness::{Bench, numbered};
use crate::{
    effect::{Effect, ExportOrder},
    event::Event,
    glyphs::Glyphs,
    model::overlay::Overlay,
};

fn progress(phase: ExportPhase, rows: u64, total: u64, bytes: u64) -> Event {
    Event::Export(ExportProgress { phase, rows, total: Some(total), unknown: 0, undecided: 0, bytes })
}

/// A result, made from its JSON form because the type belongs to a crate that is not used here.
fn finished(path: &str, bytes: u64) -> ExportPhase {
    let json = serde_json::json!({
        "path": path,
        "manifest": format!("{path}.manifest.json"),
        "bytes": bytes,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    });
    ExportPhase::Finished(serde_json::from_value(json).unwrap())
}

fn order(bench: &Bench) -> ExportOrder {
    let found = bench
        .done
        .iter()
        .rev()
        .find_map(|e| if let Effect::StartExport(o) = e { Some(o.clone()) } else { None });
    found.expect("an export was started")
}

fn started(bench: &Bench) -> usize {
    bench.done.iter().filter(|e| matches!(e, Effect::StartExport(_))).count()
}

#[test]
fn eighty_by_twenty_four() {
    assert_snapshot!(Bench::ready((80, 24), numbered(1_204)).keys("6").screen());
}

#[test]
fn one_hundred_and_twenty_by_thirty_two() {
    let mut bench = Bench::ready((120, 32), numbered(1_204));
    bench.keys("/ 'web-00' enter E enter");
    bench.send(progress(ExportPhase::Running, 4, 10, 2_345));
    assert_snapshot!(bench.screen());
}

#[test]
fn two_hundred_by_fifty() {
    let mut bench = Bench::ready((200, 50), numbered(1_204));
    bench.keys("6 enter");
    bench.send(progress(finished("/srv/assets.csv", 240_100), 1_204, 1_204, 240_100));
    bench.keys("enter");
    bench.send(progress(ExportPhase::Cancelled, 4, 1_204, 900));
    bench.keys("enter");
    bench.send(progress(finished("/srv/assets.csv", 240_100), 1_204, 1_204, 240_100));
    assert_snapshot!(bench.screen());
}

#[test]
fn what_the_filter_shows_is_what_is_written() {
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.keys("/ 'web-00' enter E enter");
    let order = order(&bench);
    assert_eq!(order.what, ExportWhat::Filter { query: "web-00".into(), sort: Vec::new() });
    assert_eq!(order.columns.join(","), "name,kind,status,region,account,created_at,presence,source,id");
    assert_eq!(order.path.to_str(), Some("assets-20261121-080000.csv"));
    assert!(!order.replace && !order.raw);
    assert_eq!(bench.open_cursors(), 1, "the count's cursor was closed; the table's is open");
}

#[test]
fn marked_rows_come_first_where_there_are_some() {
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.keys("space space E");
    assert!(bench.screen().contains("[marked]"), "{}", bench.screen());
    assert!(bench.screen().contains("2 rows"), "{}", bench.screen());
    bench.keys("enter");
    let ExportWhat::Rows(rows) = order(&bench).what else { panic!("rows") };
    assert_eq!(rows.len(), 2);
}

#[test]
fn nothing_is_exported_while_a_term_is_bad() {
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.keys("/ 'regoin:eu' enter E");
    let screen = bench.screen();
    assert!(screen.contains("not while a term is bad"), "{screen}");
    bench.keys("enter");
    assert_eq!(started(&bench), 0);
    assert!(
        bench.message().contains("nothing is exported until the filter is mended"),
        "{}",
        bench.message()
    );
    bench.keys("j right enter");
    assert_eq!(started(&bench), 1, "all rows do not depend on the filter");
}

#[test]
fn an_existing_file_is_asked_about() {
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.keys("6 enter");
    bench.send(progress(ExportPhase::Exists("assets.csv".into()), 0, 0, 0));
    assert!(bench.screen().contains("exists already. Replace it?"), "{}", bench.screen());
    bench.keys("enter");
    assert_eq!(started(&bench), 1, "enter is not a yes");
    bench.keys("n");
    assert_eq!((started(&bench), bench.model.overlays.len()), (1, 0));
    bench.keys("enter");
    bench.send(progress(ExportPhase::Exists("assets.csv".into()), 0, 0, 0));
    bench.keys("y");
    assert!(order(&bench).replace);
    bench.send(progress(finished("assets.csv", 10), 30, 30, 10));
    assert_eq!(bench.model.export.past.len(), 1);
}

#[test]
fn the_file_and_the_columns_are_typed() {
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.keys(
        "6 right j j j e ctrl-u '/tmp/mine.out' enter k e ctrl-u 'name tags.env' enter j j space enter",
    );
    let order = order(&bench);
    assert_eq!((order.format.as_str(), order.path.to_str()), ("json", Some("/tmp/mine.out")));
    assert_eq!((order.columns, order.raw), (vec!["name".to_owned(), "tags.env".into()], true));
}

#[test]
fn esc_leaves_a_field_as_it_was() {
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.keys("6 j j j e 'x'");
    assert!(matches!(bench.model.overlays.last(), Some(Overlay::Field(_))));
    bench.keys("esc enter");
    assert_eq!(order(&bench).path.to_str(), Some("assets-20261121-080000.csv"));
}

#[test]
fn ctrl_c_stops_the_export_and_not_the_program() {
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.keys("6 enter ctrl-c");
    assert_eq!(bench.done.last(), Some(&Effect::CancelExport));
    bench.send(progress(ExportPhase::Cancelled, 0, 30, 0));
    assert!(bench.screen().contains("no file was written"), "{}", bench.screen());
}

#[test]
fn the_command_runs_at_once_when_it_names_a_file() {
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.keys(": 'export ndjson out.ndjson' enter");
    assert_eq!((order(&bench).format.as_str(), order(&bench).path.to_str()), ("ndjson", Some("out.ndjson")));
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.keys(": 'export out.json' enter");
    assert_eq!(order(&bench).format, "json");
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.keys(": 'export parquet x' enter");
    assert_eq!(started(&bench), 0);
    assert!(bench.message().contains("`parquet` is not a format"), "{}", bench.message());
}

#[test]
fn ascii_only() {
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.model.ui.glyphs = Glyphs::new(true);
    bench.keys("6 enter");
    bench.send(progress(ExportPhase::Running, 4, 10, 2_345));
    let screen = bench.screen();
    assert!(screen.is_ascii(), "{screen}");
}

#[test]
fn every_size_can_be_drawn() {
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.keys("6 enter");
    for width in [1, 2, 7, 20, 40, 59, 60, 79, 99, 100, 101, 250] {
        for height in [1, 2, 3, 5, 9, 14, 15, 16, 60] {
            bench.send(Event::Resize(width, height));
            assert_eq!(bench.screen().lines().count(), usize::from(height), "{width}x{height}");
        }
    }
}
