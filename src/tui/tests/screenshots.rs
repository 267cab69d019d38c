//! The pictures in screenshots/, drawn by the program's own `view` and never by hand. A picture that
//! is not what the program draws now fails; CLOUDSCOPE_UPDATE_SCREENSHOTS=1 writes them anew.

mod cluster;
mod collection;
mod estate;
mod history;

use std::{fs, path::PathBuf};

use ratatui::style::{Color, Modifier};

use super::{
    harness::Bench,
    svg::{Ground, svg},
};
use crate::theme::{Depth, Slot};

/// Says that the pictures are to be written.
const UPDATE: &str = "CLOUDSCOPE_UPDATE_SCREENSHOTS";

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../screenshots").join(format!("{name}.svg"))
}

/// The terminal's colours that a theme is made for.
fn ground(bench: &Bench) -> Ground {
    let theme = &bench.model.ui.theme;
    let back = theme.nominal();
    let ink = match theme.style(Slot::Text).fg {
        Some(Color::Rgb(r, g, b)) => [r, g, b],
        _ => back.map(|level| 255 - level),
    };
    Ground { ink, back }
}

/// Why a picture is not what is drawn now, in words that say what to do.
fn difference(name: &str, kept: Option<&str>, drawn: &str) -> Option<String> {
    let what = match kept {
        Some(kept) if kept == drawn => return None,
        Some(kept) => {
            let line = kept.lines().zip(drawn.lines()).take_while(|(kept, drawn)| kept == drawn).count();
            let at = |text: &str| text.lines().nth(line).unwrap_or("(its end)").to_owned();
            format!("differs from line {} on\n  kept:  {}\n  drawn: {}", line + 1, at(kept), at(drawn))
        }
        None => "is not there".to_owned(),
    };
    Some(format!(
        "screenshots/{name}.svg {what}\nif the screen is meant to look as it does now, write the pictures \
         anew with\n  {UPDATE}=1 cargo test -p cloudscope-tui screenshots\nlook at them, and commit them"
    ))
}

/// Compares the screen with its picture, or writes the picture.
fn check(bench: &Bench, name: &str, title: &str) {
    let buffer = bench.buffer();
    for (at, cell) in buffer.content().iter().enumerate() {
        let stray = cell.symbol().trim().is_empty() && cell.modifier.contains(Modifier::UNDERLINED);
        assert!(!stray, "a blank is underlined at {:?}: a look without a sign", buffer.pos_of(at));
    }
    let drawn = svg(&buffer, ground(bench), title);
    let file = file(name);
    if std::env::var_os(UPDATE).is_some_and(|value| value == "1") {
        fs::write(&file, drawn).unwrap_or_else(|e| panic!("{} cannot be written: {e}", file.display()));
        return;
    }
    let kept = fs::read_to_string(&file).ok().map(|text| text.replace("\r\n", "\n"));
    if let Some(words) = difference(name, kept.as_deref(), &drawn) {
        panic!("{words}");
    }
}

#[test]
fn assets() {
    let mut bench = estate::open();
    bench.keys(&format!("/ '{}' enter I g g j j j j j j", estate::FILTER));
    check(&bench, "assets", "The assets of several clouds that a filter leaves, with the detail of one");
}

#[test]
fn assets_on_a_light_ground() {
    let mut bench = estate::open();
    let light = bench.model.ui.themes.get("default-light").unwrap().at(Depth::TrueColor);
    bench.model.ui.theme = light;
    bench.keys(&format!("/ '{}' enter I g g j j j j j j", estate::FILTER));
    check(&bench, "assets-light", "The assets that a filter leaves, in the light theme");
}

#[test]
fn groups() {
    let mut bench = estate::open();
    bench.keys(&format!("/ '{}' enter : 'group provider,region' enter j", estate::FILTER));
    check(&bench, "groups", "The assets that a filter leaves, counted by provider and region");
}

#[test]
fn tree() {
    let mut bench = cluster::open();
    bench.keys(": 'tree workloads' enter l l l j j j j l j j j l j j");
    check(&bench, "tree", "Cluster, namespace, workload and pod, with how many there are and how they are");
}

#[test]
fn pods() {
    let mut bench = cluster::open();
    bench.keys(": 'po' enter p : 'sort -prop.derived.restarts' enter g g j");
    check(&bench, "pods", "The pods of a cluster, those that were restarted most often first");
}

#[test]
fn views() {
    let mut bench = estate::open();
    bench.keys(&format!(
        "/ '{}' enter : 'sort kind,-age' enter : 'save the shop in production' enter m s",
        estate::FILTER
    ));
    bench.keys("esc : 'sort -age' enter : 'cols name,kind,account,age,id' enter : 'save oldest first' enter");
    bench.keys(": 'group provider,region' enter : 'save where everything is' enter m w 8 j");
    check(&bench, "views", "Saved views, with the letters that lead to them");
}

#[test]
fn describe() {
    let mut bench = estate::open();
    bench.keys(&format!("/ '{}' enter d", estate::FOCUS));
    check(&bench, "describe", "Everything that is known of one EC2 instance");
}

#[test]
fn relationships() {
    let mut bench = estate::open();
    bench.keys(&format!("/ '{}' enter x o j j j j j", estate::FOCUS));
    check(&bench, "relationships", "What points at an EC2 instance, and what it points at");
}

#[test]
fn collectors() {
    let mut bench = estate::open();
    collection::running(&mut bench);
    bench.keys("4 j");
    check(&bench, "collectors", "A collection under way, and how every scope stands");
}

#[test]
fn changes() {
    let mut bench = estate::open();
    history::known(&mut bench);
    bench.keys("5 j j j");
    check(&bench, "changes", "What changed, newest first, with the field before and after");
}

#[test]
fn difference_of_fields() {
    let mut bench = estate::open();
    history::known(&mut bench);
    bench.keys("5 j j j j j j j enter");
    check(&bench, "field-diff", "What one run changed of an EC2 instance, field by field and word by word");
}

#[test]
fn an_hour_ago() {
    let mut bench = estate::open();
    history::known(&mut bench);
    bench.keys(&format!("/ '{}' enter [ g g j j", estate::FILTER));
    check(&bench, "past", "The same assets as of an hour ago, with the runs on the line of time");
}

#[test]
fn denied() {
    let mut bench = estate::open();
    collection::running(&mut bench);
    collection::explained(&mut bench);
    bench.keys("4 tab enter");
    check(&bench, "denied", "Why a scope could not be read, since when, and what to do about it");
}

#[test]
fn policy() {
    let mut bench = estate::open();
    collection::running(&mut bench);
    collection::explained(&mut bench);
    bench.keys("4 tab a");
    check(&bench, "policy", "The smallest policy that would open what is denied, before it is copied");
}

#[test]
fn export() {
    let mut bench = estate::open();
    bench.keys(&format!("/ '{}' enter E enter", estate::FILTER));
    collection::exported(&mut bench);
    check(&bench, "export", "What the filter shows, written to a file");
}

#[test]
fn a_picture_that_is_old_says_where_and_how_to_mend_it() {
    assert_eq!(difference("x", Some("a\nb\n"), "a\nb\n"), None);
    let words = difference("x", Some("a\nb\n"), "a\nc\n").unwrap();
    assert!(words.contains("screenshots/x.svg differs from line 2 on"), "{words}");
    assert!(words.contains("kept:  b") && words.contains("drawn: c"), "{words}");
    assert!(words.contains("CLOUDSCOPE_UPDATE_SCREENSHOTS=1"), "{words}");
    let words = difference("x", None, "a").unwrap();
    assert!(words.contains("is not there") && words.contains("CLOUDSCOPE_UPDATE_SCREENSHOTS=1"), "{words}");
    let words = difference("x", Some("a\n"), "a\nb\n").unwrap();
    assert!(words.contains("line 2") && words.contains("(its end)"), "{words}");
}
