//! The Changes screen: the list, its groups, field differences, what is near, comparisons.

use cloudscope_application::{
    Command, SessionError,
    message::{ChangeGroup, ChangesAsk, Comparison},
};
use cloudscope_domain::{Change, Difference, Moment, Payload, Revision};
use insta::assert_snapshot;

use super::harness::{Bench, Time, change, now, numbered, row, run};
use crate::{
    effect::Tag, event::Event, glyphs::Glyphs, keymap::Screen, model::overlay::Overlay, theme::Depth,
};

fn few() -> Vec<Change> {
    vec![
        change("web-001", 30, 5, "tags.env", ["\"dev\"", "\"prod\""]),
        change("web-001", 30, 5, "properties.InstanceType", ["\"m5.large\"", "\"m5.xlarge\""]),
        change("web-002", 30, 5, "", ["", "{\"InstanceId\":\"i-2\",\"State\":\"running\"}"]),
        change("web-003", 20, 65, "", ["{\"InstanceId\":\"i-3\"}", ""]),
        change("web-004", 20, 65, "status", ["\"a\\u001b[2Jb\"", "\"tab\\there\\u202e\""]),
        change("web-005", 10, 125, "properties.Groups", ["[\"a\",\"b\"]", "[\"a\",\"c\"]"]),
    ]
}

fn many(n: u64) -> Vec<Change> {
    (0..n).map(|i| change(&format!("web-{i:04}"), 30, 5 + i as i64, "status", ["\"a\"", "\"b\""])).collect()
}

fn bench(size: (u16, u16), changes: Vec<Change>) -> Bench {
    fill(Bench::opening(size), changes)
}

fn fill(mut bench: Bench, changes: Vec<Change>) -> Bench {
    bench.time = Time {
        runs: vec![run(3, 30, 5), run(2, 20, 65), run(1, 10, 125)],
        known_since: Some((Revision(10), now().plus_millis(-125 * 60_000))),
        changes,
        ..Time::default()
    };
    bench.become_ready(numbered(40));
    bench.overview.revision = Revision(30);
    bench.overview.known_since = bench.time.known_since;
    bench.keys("ctrl-r 5");
    bench
}

fn asks(bench: &Bench) -> Vec<&ChangesAsk> {
    bench.asked.iter().filter_map(|c| if let Command::Changes(ask) = c { Some(ask) } else { None }).collect()
}

fn last(bench: &Bench) -> ChangesAsk {
    asks(bench).last().copied().cloned().unwrap()
}

fn current(bench: &Bench) -> String {
    bench.model.changes.current().map(|(change, name)| format!("{name} {}", change.path)).unwrap_or_default()
}

#[test]
fn eighty_by_twenty_four() {
    assert_snapshot!(bench((80, 24), few()).screen());
}

#[test]
fn one_hundred_and_twenty_by_thirty_two() {
    assert_snapshot!(bench((120, 32), few()).keys("j j j").screen());
}

#[test]
fn two_hundred_by_fifty() {
    assert_snapshot!(bench((200, 50), many(300)).screen());
}

#[test]
fn ascii_and_no_colour() {
    let mut bench = fill(
        Bench::with_ui((80, 24), |ui| {
            ui.glyphs = Glyphs::new(true);
            ui.theme = ui.theme.at(Depth::None);
        }),
        few(),
    );
    let screen = bench.screen();
    assert!(screen.is_ascii(), "{screen}");
    assert_snapshot!(screen);
}

#[test]
fn only_what_shows_is_asked_for_and_the_end_is_found() {
    let mut bench = bench((120, 32), many(500));
    assert!(asks(&bench).iter().all(|ask| ask.limit < 100 && ask.newest_first));
    assert!(bench.screen().contains("more than 75 changes"), "{}", bench.screen());
    for _ in 0..40 {
        bench.keys("pagedown");
    }
    assert_eq!(current(&bench), "web-0499 status");
    assert!(bench.screen().contains("500 changes"), "{}", bench.screen());
    assert!(bench.screen().contains("known since r10, 2h ago; what changed before that is not known"));
    bench.keys("home");
    assert_eq!(current(&bench), "web-0000 status");
    bench.time.counts = true;
    bench.keys("ctrl-r G");
    assert_eq!(current(&bench), "web-0499 status");
}

#[test]
fn a_cursor_move_asks_nothing_and_an_idle_screen_is_not_drawn() {
    let mut bench = bench((120, 32), many(500));
    bench.screen();
    let asked = bench.asked.len();
    bench.pause(1_000);
    assert!(!bench.model.dirty);
    bench.keys("j j j k");
    assert_eq!(bench.asked.len(), asked);
}

#[test]
fn what_is_newer_is_announced_and_moves_nothing() {
    let mut bench = bench((120, 32), few());
    bench.keys("j j j");
    let before = current(&bench);
    let mut newer: Vec<Change> =
        (0..12).map(|i| change(&format!("new-{i}"), 31, 0, "status", ["\"a\"", "\"b\""])).collect();
    newer.extend(few());
    bench.time.changes = newer;
    bench.overview.revision = Revision(30);
    bench.publish(numbered(40));
    assert_eq!(current(&bench), before);
    assert!(bench.screen().contains("12 newer, ctrl-r"), "{}", bench.screen());
    assert!(!bench.screen().contains("new-3"), "{}", bench.screen());
    bench.keys("ctrl-r");
    assert_eq!(current(&bench), before);
    assert!(!bench.screen().contains("newer, ctrl-r"), "{}", bench.screen());
    bench.keys("home");
    assert_eq!(current(&bench), "new-0 status");
}

#[test]
fn stale_pages_are_dropped() {
    let mut bench = bench((120, 32), many(500));
    bench.hold().keys("pagedown pagedown pagedown");
    let (tag, generation, _) = bench.waiting.pop_front().unwrap();
    assert_eq!(tag, Tag::Changes);
    let stale = Ok(cloudscope_application::Reply::Changes(Box::default()));
    bench.send(Event::Answer { tag, generation: generation - 1, result: stale });
    assert!(bench.model.changes.rows() > 0);
    bench.waiting.clear();
    bench.hold().keys("ctrl-r");
    bench.release();
    assert!(bench.model.changes.current().is_some());
}

#[test]
fn groups_are_counted_entered_and_left() {
    let mut bench = bench((120, 32), few());
    let mut seen = Vec::new();
    for _ in 0..7 {
        bench.keys("g");
        seen.push(last(&bench).group.unwrap());
    }
    use ChangeGroup::{Asset, Change, Day, Hour, Kind, Path, Run};
    assert_eq!(seen, [Run, Asset, Kind, Change, Path, Hour, Day]);
    bench.keys("g");
    assert_eq!(last(&bench).group, None);
    bench.keys("b b b b");
    assert_snapshot!(bench.screen());
    bench.keys("enter");
    assert_eq!((last(&bench).filter.as_str(), last(&bench).group), ("change:changed", None));
    assert!(bench.screen().contains("4 changes"), "{}", bench.screen());
    bench.keys("esc");
    assert_eq!((last(&bench).filter.as_str(), last(&bench).group), ("", Some(Change)));
    bench.keys("esc");
    assert_eq!(bench.model.screen, Screen::Assets);
}

#[test]
fn a_run_and_an_hour_are_entered_by_their_bounds() {
    let mut bench = bench((120, 32), few());
    bench.keys("g j enter");
    let ask = last(&bench);
    assert_eq!(
        (ask.since, ask.until),
        (Some(Moment::Revision(Revision(10))), Some(Moment::Revision(Revision(20))))
    );
    assert!(bench.screen().contains("web-003") && !bench.screen().contains("web-001"), "{}", bench.screen());
    bench.keys("esc b b b b");
    assert!(bench.screen().contains("(the whole asset)"), "{}", bench.screen());
    let whole = bench.model.changes.shown.as_ref().unwrap().groups.iter().position(|g| g.name.is_empty());
    for _ in 0..whole.unwrap() {
        bench.keys("j");
    }
    bench.keys("enter");
    assert_eq!(last(&bench).filter, "change:created,gone,returned,forgotten");
    bench.keys("esc b enter");
    let ask = last(&bench);
    let time = |text: &str| Some(Moment::Time(text.parse().unwrap()));
    assert_eq!((ask.since, ask.until), (time("2026-11-21T06:59:59.999Z"), time("2026-11-21T07:59:59.999Z")));
}

#[test]
fn the_filter_knows_changes_and_paths() {
    let mut bench = bench((120, 32), few());
    bench.keys("/ 'chan' tab");
    assert_eq!(bench.model.changes.view.filter, "change:");
    bench.keys("'go' tab enter");
    assert_eq!(last(&bench).filter, "change:gone");
    assert_eq!(current(&bench), "web-003 ");
    bench.keys("/ ctrl-u 'nothing' esc");
    assert_eq!(bench.model.changes.view.filter, "change:gone");
    bench.keys("/ ctrl-u 'nothing' enter");
    assert!(bench.screen().contains("no change matches"), "{}", bench.screen());
    bench.keys("esc");
    assert_eq!(last(&bench).filter, "");
    assert_eq!(bench.model.assets.filter, "", "the filter of the assets is another one");
}

#[test]
fn enter_tells_field_by_field_and_leads_to_the_asset() {
    let mut bench = bench((120, 32), few());
    bench.keys("enter");
    let screen = bench.screen();
    assert!(screen.contains("m5.[-large-]{+xlarge+}") && screen.contains("tags.env"), "{screen}");
    assert_snapshot!(screen);
    bench.keys("enter");
    assert!(bench.screen().contains("describe of"), "{}", bench.screen());
    bench.keys("esc");
    assert!(bench.screen().contains("m5.[-large-]"), "{}", bench.screen());
    bench.keys("esc");
    assert!(bench.model.overlays.is_empty());
}

#[test]
fn hostile_values_are_visible_in_row_and_diff() {
    let mut bench = bench((160, 32), few());
    bench.keys("j j j j");
    assert!(bench.screen().contains("a␛[2Jb"), "{}", bench.screen());
    bench.keys("enter");
    let screen = bench.screen();
    assert!(screen.contains("a␛[2Jb") && screen.contains("tab␉here"), "{screen}");
    assert!(!screen.contains(['\u{1b}', '\u{202e}', '\t']), "{screen}");
}

#[test]
fn a_key_before_the_list_is_here_is_told_to_wait() {
    let mut bench = bench((80, 24), few());
    bench.model.changes.shown = None;
    bench.keys("enter");
    assert!(bench.screen().contains("the changes are still being read"), "{}", bench.screen());
    bench.model.changes.failed = Some("no".to_owned());
    bench.keys("enter");
    assert!(bench.screen().contains("there is no change under the cursor"), "{}", bench.screen());
}

#[test]
fn nothing_yet_and_an_error_explain_themselves() {
    let mut bench = bench((80, 24), Vec::new());
    bench.time.known_since = None;
    assert!(bench.screen().contains("nothing has changed yet"), "{}", bench.screen());
    assert_snapshot!(bench.screen());
    bench.hold().keys("ctrl-r");
    let (tag, generation, _) = bench.waiting.pop_back().unwrap();
    let result = Err(SessionError::Bad("the history is damaged".into()));
    bench.send(Event::Answer { tag, generation, result });
    let screen = bench.screen();
    assert!(screen.contains("the history is damaged") && screen.contains("tries again"), "{screen}");
    assert!(!screen.contains("reading"), "{screen}");
}

#[test]
fn what_changed_near_an_asset_lately() {
    let mut bench = bench((120, 32), few());
    bench.keys("1 j W");
    let ask = last(&bench);
    assert_eq!(ask.around, Some((row("web-001").id, 2)));
    assert_eq!(ask.since, Some(Moment::Time(now().plus_millis(-2 * 3_600_000))));
    let screen = bench.screen();
    assert!(screen.contains("2 changes, within 2 steps of web-001, after 2026-11-21 06:00Z"), "{screen}");
    bench.keys("H");
    assert_eq!((bench.model.screen, bench.selected().as_str()), (Screen::Assets, "web-001"));
    bench.keys("L");
    assert_eq!(last(&bench).around, Some((row("web-001").id, 2)));
    bench.keys("esc");
    assert_eq!(last(&bench).around, None);
    bench.keys("1 j j j j j d W");
    assert_eq!(bench.model.screen, Screen::Changes);
    assert!(bench.model.overlays.is_empty());
    assert!(bench.screen().contains("nothing within 2 steps of"), "{}", bench.screen());
}

#[test]
fn two_marks_are_compared_and_one_asset_with_an_earlier_time() {
    let mut bench = bench((120, 32), few());
    bench.time.differences.left = Some(row("web-000"));
    bench.time.differences.right = Some(row("web-001"));
    let side = |text: &str| Some(Payload::from_text(text).unwrap());
    bench.time.differences.differences =
        vec![Difference { path: "tags.env".into(), before: side("\"dev\""), after: side("\"prod\"") }];
    bench.keys("1 space space D");
    let two = Command::CompareAssets { left: (row("web-000").id, None), right: (row("web-001").id, None) };
    assert_eq!(bench.asked.last(), Some(&two));
    let screen = bench.screen();
    assert!(screen.contains("web-000 against web-001") && screen.contains("tags.env"), "{screen}");
    bench.keys("esc M g g D");
    assert!(bench.screen().contains("web-000 against (-1d, r123, 2026-11-20): -1d"), "{}", bench.screen());
    bench.keys("ctrl-u 'soon' enter");
    assert!(bench.message().starts_with("`soon` is not a moment"), "{}", bench.message());
    bench.keys("ctrl-u '-2h' enter");
    let then = Some(Moment::Time(now().plus_millis(-2 * 3_600_000)));
    let one = Command::CompareAssets { left: (row("web-000").id, then), right: (row("web-000").id, None) };
    assert_eq!(bench.asked.last(), Some(&one));
    bench.keys("esc space space space D");
    assert_eq!(bench.message(), "3 rows are marked; two are compared with each other");
}

#[test]
fn two_moments_are_compared_and_walked() {
    let mut bench = bench((120, 32), few());
    let side = |text: &str| Some(Payload::from_text(text).unwrap());
    let what = vec![Difference { path: "tags.env".into(), before: side("\"dev\""), after: side("\"prod\"") }];
    bench.time.comparison = Comparison {
        from: (Revision(10), now().plus_millis(-86_400_000)),
        to: (Revision(30), now().plus_millis(-300_000)),
        appeared: vec![row("web-007"), row("web-008")],
        vanished: vec![row("web-099")],
        changed: vec![(row("web-001"), what)],
        lost_sight: 3,
        seen_again: 0,
        totals: (12, 1, 1),
        bad: Vec::new(),
    };
    bench.keys(": 'diff @-1d env:prod' enter");
    let day = now().plus_millis(-86_400_000);
    let asked = Command::CompareMoments {
        from: Moment::Time(day),
        to: None,
        filter: "env:prod".into(),
        limit: 1_000,
    };
    assert_eq!(bench.asked.last(), Some(&asked));
    assert_snapshot!(bench.screen());
    bench.keys("tab tab j enter");
    assert!(bench.screen().contains("web-001 since") && bench.screen().contains("- before"));
    bench.keys("esc g g j enter");
    assert!(bench.screen().contains("describe of web-007"), "{}", bench.screen());
    bench.keys("esc esc");
    assert!(!matches!(bench.model.overlays.last(), Some(Overlay::Comparison(_))));
    bench.keys(": 'diff' enter");
    assert!(matches!(bench.asked.last(), Some(Command::CompareMoments { filter, .. }) if filter.is_empty()));
    bench.keys("esc : 'diff @nonsense' enter");
    assert!(bench.message().starts_with("`@nonsense` is not a moment"), "{}", bench.message());
}

#[test]
fn the_past_has_the_changes_until_then() {
    let mut bench = bench((120, 32), few());
    bench.keys("[");
    assert!(
        bench.screen().contains("3 changes") && !bench.screen().contains("web-001"),
        "{}",
        bench.screen()
    );
    bench.keys("x");
    assert_eq!(bench.model.screen, Screen::Relationships);
}

#[test]
fn every_size_draws_every_view() {
    for keys in ["", "g", "enter", "[", "/ 'x'", "1 D", ": 'diff' enter", "1 W"] {
        let mut bench = bench((120, 32), few());
        bench.keys(keys).pause(500);
        for (width, height) in
            [(0, 0), (1, 1), (3, 2), (20, 5), (59, 14), (60, 15), (80, 3), (99, 40), (100, 16), (300, 100)]
        {
            bench.send(Event::Resize(width, height));
            bench.screen();
        }
    }
}

#[test]
fn a_cursor_move_draws_two_lines_and_no_more() {
    let mut bench = bench((200, 50), many(500));
    bench.keys("[ [ ] ] home");
    let before = bench.buffer();
    bench.keys("j");
    let after = bench.buffer();
    let lines: std::collections::BTreeSet<u16> = before
        .content()
        .iter()
        .zip(after.content())
        .enumerate()
        .filter(|(_, (a, b))| a != b)
        .map(|(i, _)| before.pos_of(i).1)
        .collect();
    assert_eq!(lines.into_iter().collect::<Vec<_>>(), [4, 5]);
}

#[test]
fn a_change_of_the_whole_without_fields_says_what_it_was() {
    let mut gone = change("web-009", 30, 5, "", ["", "\"snapshot-listing\""]);
    gone.change = cloudscope_domain::ChangeKind::Gone;
    let mut created = change("web-008", 30, 5, "", ["", "1"]);
    created.after = None;
    let mut bench = bench((120, 32), vec![gone, created]);
    assert!(bench.screen().contains("snapshot-listing"), "{}", bench.screen());
    bench.keys("j enter");
    assert!(bench.screen().contains("first seen then; what it held is in the asset"), "{}", bench.screen());
    bench.keys("enter");
    assert!(bench.screen().contains("describe of"), "{}", bench.screen());
}

#[test]
fn where_nothing_was_let_go_of_the_end_is_the_beginning() {
    let mut bench = bench((120, 32), few());
    bench.time.known_since = Some((Revision(0), cloudscope_domain::Timestamp::from_millis(0)));
    bench.overview.known_since = bench.time.known_since;
    bench.keys("4 5 ctrl-r");
    bench.send(Event::Session(cloudscope_application::Event::Lagged));
    bench.keys("ctrl-r");
    assert!(bench.screen().contains("history is whole: nothing was let go of"), "{}", bench.screen());
    bench.keys("[ [ [");
    assert!(bench.message().starts_with("no run before this one is known"), "{}", bench.message());
}

#[test]
fn what_narrows_the_list_fits_the_heading_without_a_word_that_is_cut() {
    let mut bench = bench((80, 24), few());
    bench.model.changes.newer = Some((100, true));
    bench.keys("1 j W");
    bench.model.changes.newer = Some((100, true));
    let heading = |bench: &mut Bench| bench.screen().lines().nth(2).unwrap_or_default().to_owned();
    let narrow = heading(&mut bench);
    assert!(narrow.contains(", within 2 steps of web-001, after 2026-11-21 06:00Z 100+ newer"), "{narrow}");
    bench.model.changes.view.around.as_mut().unwrap().name = "payments-api".into();
    let narrower = heading(&mut bench);
    assert!(
        narrower.contains(", 2 steps from payments-api, after 2026-11-21 06:00Z 100+ newer"),
        "{narrower}"
    );
    // Of a long name the beginning stays, and the times stay whole.
    let around = bench.model.changes.view.around.as_mut().unwrap();
    around.name = "a-name-that-is-longer-than-any-line-has-room-for-beside-the-times".into();
    let long = heading(&mut bench);
    assert!(long.contains("a-name-") && long.contains("…, since 2h ago"), "{long}");
    bench.send(crate::event::Event::Resize(160, 40));
    let wide = heading(&mut bench);
    assert!(
        wide.contains("within 2 steps of a-name-") && wide.contains(", after 2026-11-21 06:00Z"),
        "{wide}"
    );
}
