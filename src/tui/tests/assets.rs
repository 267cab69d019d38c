//! Screen 1: moving, marking, copying, the detail, going back.

use cloudscope_application::Command;
use cloudscope_domain::{Presence, Proof, StatusClass, UnknownWhy};
use insta::assert_snapshot;

use super::harness::{Bench, now, numbered, row};
use crate::{
    effect::{Effect, ExitReason},
    model::overlay::Overlay,
    update::next_wake,
};

/// An estate with a row of every sort.
pub(super) fn mixed() -> Vec<cloudscope_domain::AssetRow> {
    let mut rows = vec![row("api"), row("batch"), row("cache"), row("db"), row("edge"), row("zed")];
    rows[1].status = Some("stopped".into());
    rows[1].status_class = StatusClass::Stopped;
    rows[2].presence =
        Presence::Unknown { since: Some(now().plus_millis(-12 * 60_000)), why: UnknownWhy::Denied };
    rows[3].status = Some("failed".into());
    rows[3].status_class = StatusClass::Error;
    rows[3].kind = "aws.rds.db-instance".parse().unwrap();
    rows[4].presence = Presence::Gone { at: now().plus_millis(-3 * 86_400_000), why: Proof::SnapshotListing };
    rows[5].status = None;
    rows[5].created_at = None;
    rows
}

#[test]
fn every_state_has_sign_word_and_colour() {
    assert_snapshot!(Bench::ready((120, 32), mixed()).screen());
}

#[test]
fn a_long_table_asks_only_for_what_is_near() {
    let mut bench = Bench::ready((80, 24), numbered(1_000));
    bench.keys("G");
    assert_eq!(bench.selected(), "web-999");
    bench.keys("g g ctrl-d pagedown k");
    assert_eq!(bench.selected(), "web-027");
    for command in &bench.asked {
        if let Command::Window { len, .. } = command {
            assert!(*len <= 3 * 19, "{command:?}");
        }
    }
    assert!(bench.model.assets.rows.len() <= 3 * 19);
    assert_eq!(bench.open_cursors(), 1);
}

#[test]
fn rows_that_are_on_their_way_are_shown_so() {
    let mut bench = Bench::ready((80, 24), numbered(200));
    bench.hold().keys("G");
    // For a moment the rows of before stay, then signs stand for those that are not here.
    assert!(bench.screen().contains("▌  web-000"), "{}", bench.screen());
    assert!(next_wake(&bench.model).since(bench.model.clock) <= 100);
    bench.pause(100);
    assert!(bench.model.dirty && bench.screen().contains("▌  …"), "{}", bench.screen());
    bench.release();
    assert!(bench.screen().contains("▌  web-199"), "{}", bench.screen());
}

#[test]
fn the_selection_stays_on_its_asset_and_line_when_the_order_changes() {
    let mut bench = Bench::ready((80, 24), numbered(100));
    bench.keys("pagedown j j");
    assert_eq!(bench.selected(), "web-021");
    let line = bench.model.assets.line();
    bench.keys("I");
    assert_eq!((bench.selected().as_str(), bench.model.assets.line()), ("web-021", line));
    bench.keys("H");
    assert_eq!((bench.selected().as_str(), bench.model.assets.line()), ("web-021", line));
    assert_eq!(bench.model.assets.sort, []);
    bench.keys("L");
    assert!(bench.model.assets.sort[0].descending);
}

#[test]
fn marks_are_kept_by_asset_and_ranges_reach_beyond_the_screen() {
    let mut bench = Bench::ready((80, 24), numbered(100));
    bench.keys("space j space V G space");
    let marked: Vec<String> = bench
        .model
        .assets
        .marked()
        .iter()
        .map(|k| k.id.as_str().rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(marked.len(), 99);
    assert_eq!(marked[..3], ["web-000", "web-002", "web-003"]);
    bench.keys("/ 'web-05' enter");
    assert_eq!(bench.model.assets.marks.len(), 99);
    assert!(bench.screen().contains("99 marked"), "{}", bench.screen());
    bench.keys("M");
    assert!(bench.model.assets.marks.is_empty());
}

#[test]
fn q_quits_only_at_the_root_and_esc_never() {
    let mut bench = Bench::ready((80, 24), numbered(3));
    bench.keys("4 q");
    assert_eq!(bench.done, []);
    bench.keys("esc esc esc");
    assert_eq!(bench.done, []);
    bench.keys("q");
    assert_eq!(bench.done, [Effect::Quit(ExitReason::Quit)]);
}

#[test]
fn ctrl_c_twice_within_a_second_quits() {
    let mut bench = Bench::ready((80, 24), numbered(3));
    bench.keys("ctrl-c").pause(1_500).keys("ctrl-c");
    assert_eq!(bench.done, []);
    bench.pause(900).keys("ctrl-c");
    assert_eq!(bench.done, [Effect::Quit(ExitReason::Quit)]);
}

#[test]
fn copying_says_what_and_asks_before_control_characters_leave() {
    let mut rows = numbered(1);
    bench_copy(&rows, "copied the id: arn:aws:ec2:eu-west-1:123456789012:instance/web-000", 1);
    rows[0].id = "evil\x1b]52;c;aGk=\x07\nrm".into();
    let mut bench = Bench::ready((80, 24), rows);
    bench.keys("c");
    assert_eq!(bench.done, [Effect::Copy("evil␛]52;c;aGk=␇␊rm".into())]);
    assert!(matches!(bench.model.overlays.last(), Some(Overlay::Confirm(_))));
    assert_snapshot!(bench.screen());
    bench.keys("n");
    assert_eq!(bench.done.len(), 1);
    bench.keys("c y");
    assert_eq!(bench.done.last(), Some(&Effect::Copy("evil\x1b]52;c;aGk=\x07\nrm".into())));
}

fn bench_copy(rows: &[cloudscope_domain::AssetRow], message: &str, effects: usize) {
    let mut bench = Bench::ready((80, 24), rows.to_vec());
    bench.keys("c");
    assert_eq!((bench.message(), bench.done.len()), (message, effects));
}

#[test]
fn copied_rows_run_nothing_in_a_spreadsheet() {
    let mut rows = numbered(1);
    rows[0].name = "=cmd|'/C calc'!A0\tx".into();
    let mut bench = Bench::ready((120, 32), rows);
    bench.keys("Y");
    let Some(Effect::Copy(text)) = bench.done.last() else { panic!("nothing was copied") };
    assert!(text.starts_with("name\tkind\tstatus"), "{text}");
    assert!(text.contains("\n'=cmd|'/C calc'!A0␉x\taws.ec2.instance\trunning"), "{text}");
}

#[test]
fn hostile_names_stay_in_their_cells() {
    let mut rows = numbered(4);
    rows[0].name = "a\x1b[2J\x1b]0;pwned\x07".into();
    rows[1].name = "gpj\u{202e}exe.name".into();
    rows[2].name = "名前名前名前名前名前名前名前名前".into();
    rows[3].name = "line\nbreak\ttab\u{200b}zero".into();
    rows[0].tags.insert("k\x1b[31m".into(), "v\r\n\x07".into());
    let mut bench = Bench::ready((120, 32), rows);
    let screen = bench.screen();
    assert!(!screen.chars().any(|c| c != '\n' && cloudscope_domain::text::is_hostile(c)), "{screen:?}");
    assert_snapshot!(screen);
}

#[test]
fn one_pane_below_a_hundred_columns() {
    let mut bench = Bench::ready((80, 24), mixed());
    bench.keys("j j p");
    assert_snapshot!(bench.screen());
    bench.keys("p");
    assert!(bench.screen().contains("NAME"), "{}", bench.screen());
    bench.keys("tab q");
    assert!(bench.screen().contains("NAME") && bench.done.is_empty());
}

#[test]
fn columns_scroll_and_can_be_chosen() {
    let mut bench = Bench::ready((80, 24), mixed());
    bench.keys("l l");
    let screen = bench.screen();
    assert!(screen.contains("NAME") && screen.contains("REGION") && !screen.contains("KIND"), "{screen}");
    bench.keys("h h : 'cols name,id' enter");
    let screen = bench.screen();
    assert!(screen.contains("ID") && !screen.contains("STATUS"), "{screen}");
    bench.keys(": 'cols +age,-id' enter");
    let screen = bench.screen();
    assert!(screen.contains("AGE") && !screen.contains(" ID"), "{screen}");
}

#[test]
fn tags_of_one_beginning_are_told_apart() {
    for size in [(80, 40), (120, 40)] {
        let mut rows = mixed();
        rows[0].tags = [("app.kubernetes.io/name", "web"), ("app.kubernetes.io/part-of", "shop")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        let name = rows[0].name.clone();
        let mut bench = Bench::ready(size, rows);
        bench.keys(&format!("/ '\"{name}\"' enter"));
        for keys in ["d", "w", "esc"] {
            bench.keys(keys);
            let screen = bench.screen();
            assert!(screen.contains("app.kubernetes.io/name web"), "{screen}");
            assert!(screen.contains("app.kubernetes.io/part-of shop"), "{screen}");
            if size.0 < 100 {
                break;
            }
        }
    }
}
