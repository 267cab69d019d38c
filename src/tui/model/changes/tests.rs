//! The window of a list whose end is not known, and differences in words.

use cloudscope_domain::{ChangeKind, Payload, RunId, Timestamp};
use serde_json::json;

use super::{
    diff::{Field, fields, lines, words},
    *,
};

fn change(n: u64) -> Change {
    Change {
        revision: Revision(n),
        at: Timestamp::from_seconds(n as i64),
        run: RunId(1),
        id: format!("id-{n}").into(),
        kind: "aws.ec2.instance".parse().unwrap(),
        change: ChangeKind::Changed,
        path: "status".into(),
        before: None,
        after: None,
    }
}

fn page(range: std::ops::Range<u64>, total: Option<u64>) -> ChangesPage {
    let names = range.clone().map(|n| format!("name-{n}")).collect();
    ChangesPage { changes: range.map(change).collect(), names, total, ..ChangesPage::default() }
}

#[test]
fn a_full_page_means_more_and_a_short_one_the_end() {
    let mut changes = Changes::default();
    changes.arrived(page(0..30, None), 0, 30);
    assert_eq!((changes.rows(), changes.shown.as_ref().unwrap().whole), (30, false));
    assert_eq!(changes.missing(10), None);
    changes.index = 29;
    changes.fit(10);
    assert_eq!(changes.missing(10), Some((10, 30)));
    changes.arrived(page(10..32, None), 10, 30);
    assert_eq!((changes.rows(), changes.shown.as_ref().unwrap().whole), (32, true));
    changes.fit(10);
    assert_eq!((changes.top, changes.missing(10)), (20, None));
    assert_eq!(changes.current().unwrap().1, "name-29");
}

#[test]
fn a_known_total_is_believed_and_an_end_stays_known() {
    let mut changes = Changes::default();
    changes.arrived(page(0..30, Some(500)), 0, 30);
    assert_eq!(changes.rows(), 500);
    changes.index = 499;
    changes.fit(10);
    assert_eq!(changes.missing(10), Some((480, 30)));
    changes.arrived(page(480..500, None), 480, 30);
    assert_eq!((changes.rows(), changes.index), (500, 499));
    changes.arrived(page(0..30, None), 0, 30);
    // From the top everything is counted anew: the list may have become shorter.
    assert_eq!(changes.rows(), 30);
}

#[test]
fn nothing_is_the_end_too() {
    let mut changes = Changes::default();
    changes.arrived(page(0..0, None), 0, 30);
    assert!(changes.shown.as_ref().unwrap().whole && changes.rows() == 0);
    changes.arrived(page(0..30, None), 0, 30);
    changes.arrived(page(0..0, None), 30, 30);
    assert_eq!((changes.rows(), changes.shown.as_ref().unwrap().whole), (30, true));
}

#[test]
fn differences_go_down_to_whole_paths() {
    let before = Payload::from_value(&json!({ "A": { "b.c": 1, "same": 2 }, "list": [1, 2], "gone": true }));
    let after = Payload::from_value(&json!({ "A": { "b.c": 2, "same": 2 }, "list": [1, 3], "new": "x" }));
    let paths: Vec<String> =
        fields("properties", Some(&before), Some(&after)).into_iter().map(|f| f.path).collect();
    assert_eq!(paths, ["properties.A.\"b.c\"", "properties.gone", "properties.list[1]", "properties.new"]);
    assert_eq!(fields("x", Some(&before), Some(&before)), []);
}

#[test]
fn words_are_marked_without_colour() {
    for (before, after, expected) in [
        ("web-7", "web-8", Some("web-[-7-]{+8+}")),
        ("a b c", "a c", Some("a [-b -]c")),
        ("m5.large", "m5.xlarge", Some("m5.[-large-]{+xlarge+}")),
        ("one", "two", None),
        ("", "two", None),
    ] {
        assert_eq!(words(before, after).as_deref(), expected, "{before} {after}");
    }
    assert_eq!(words(&"x ".repeat(200), "x"), None);
}

#[test]
fn a_line_break_inside_a_value_makes_no_line() {
    let field = Field { path: "p".into(), before: Some(json!("a\nb")), after: None };
    let texts: Vec<String> = lines(&[field]).into_iter().map(|line| line.text).collect();
    assert_eq!(texts, ["p", "a\nb", "(none)", ""]);
}
