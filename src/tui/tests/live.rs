//! What the engine says while one looks: news, progress, trouble, stale answers.

use cloudscope_application::{Command, Event as SessionEvent, SessionError, message::RunProgress};
use cloudscope_domain::{RunId, Timestamp};
use insta::assert_snapshot;

use super::harness::{Bench, now, numbered, row};
use crate::{
    effect::{Effect, Tag},
    event::{Event, Signal},
    model::assets::Delta,
    update::next_wake,
};

#[test]
fn the_first_frame_needs_no_answer() {
    let mut bench = Bench::opening((80, 24));
    assert_snapshot!(bench.screen());
    bench.become_ready(numbered(3));
    assert!(bench.screen().contains("web-002"), "{}", bench.screen());
}

#[test]
fn news_keeps_the_selected_asset_on_its_line_and_marks_what_changed() {
    let mut bench = Bench::ready((120, 32), numbered(100));
    bench.keys("pagedown j");
    let (selected, line) = (bench.selected(), bench.model.assets.line());
    let mut rows = numbered(100);
    bench.pause(5_000);
    let later = bench.model.clock;
    rows.extend((0..7).map(|i| {
        let mut new = row(&format!("aaa-{i}"));
        new.first_seen = later;
        new
    }));
    rows[30].changed_at = later;
    bench.publish(rows);
    assert_eq!((bench.selected(), bench.model.assets.line()), (selected, line));
    bench.keys("g g");
    assert!(bench.screen().contains(" +aaa-0"), "{}", bench.screen());
    let changed = bench.model.assets.rows.iter().find(|r| &*r.name == "web-030").cloned().unwrap();
    assert_eq!(bench.model.assets.delta(&changed), Some(Delta::Changed));
    bench.pause(31_000);
    assert!(!bench.screen().contains(" +aaa-0"), "{}", bench.screen());
}

#[test]
fn a_key_pressed_while_news_is_on_its_way_is_not_taken_back() {
    for keys in ["j j j", "k k", "G", "g g"] {
        let mut bench = Bench::ready((120, 32), numbered(100));
        bench.keys("pagedown j").pause(5_000);
        let mut rows = numbered(100);
        rows.extend((0..7).map(|i| row(&format!("aaa-{i}"))));
        bench.hold().publish(rows);
        bench.keys(keys);
        let moved = bench.selected();
        bench.release();
        assert_eq!(bench.model.assets.total(), 107);
        match keys {
            // To the end that was; what came before it shifts it.
            "G" => assert_eq!(bench.selected(), "web-099"),
            "g g" => assert!(bench.model.assets.index <= 7, "{}", bench.selected()),
            _ => assert_eq!(bench.selected(), moved, "after {keys}"),
        }
    }
}

#[test]
fn nothing_moves_under_the_hand_that_marks() {
    let mut bench = Bench::ready((120, 32), numbered(20));
    bench.pause(5_000).keys("space");
    let mut rows = numbered(20);
    rows.extend([row("aaa"), row("bbb")]);
    bench.publish(rows);
    let screen = bench.screen();
    assert!(screen.contains("2 new, press ctrl-r") && !screen.contains("aaa"), "{screen}");
    bench.keys("ctrl-r");
    assert!(bench.screen().contains("aaa"), "{}", bench.screen());
    assert_eq!(bench.selected(), "web-001");
}

#[test]
fn news_is_merged_at_most_twice_a_second() {
    let mut bench = Bench::ready((120, 32), numbered(20));
    bench.pause(5_000);
    let before = bench.asked.len();
    for n in 21..60 {
        bench.publish(numbered(n));
        bench.pause(10);
    }
    let opened =
        bench.asked[before..].iter().filter(|c| matches!(c, cloudscope_application::Command::Open { .. }));
    assert!(opened.count() <= 2);
    assert!(next_wake(&bench.model).since(bench.model.clock) <= 500);
    bench.pause(500);
    assert_eq!(bench.model.assets.total(), 59);
}

#[test]
fn a_lost_cursor_is_opened_again() {
    let mut bench = Bench::ready((80, 24), numbered(200));
    bench.hold().keys("G");
    let (tag, generation, _) = bench.waiting.pop_front().unwrap();
    assert_eq!(tag, Tag::Window);
    bench.send(Event::Answer { tag, generation, result: Err(SessionError::NoCursor) });
    bench.release();
    assert!(bench.screen().contains("web-199"), "{}", bench.screen());
}

#[test]
fn a_run_shows_in_row_one_and_says_how_it_ended() {
    let mut bench = Bench::ready((120, 32), numbered(3));
    let mut run = RunProgress { run: RunId(3), started: now(), ..RunProgress::default() };
    bench.progress(run.clone());
    assert!(bench.screen().contains("collecting"), "{}", bench.screen());
    bench.keys("ctrl-c");
    assert_eq!(bench.asked.last(), Some(&cloudscope_application::Command::Cancel));
    run.ended = Some(Timestamp::from_millis(now().millis() + 900));
    run.cancelled = true;
    (run.created, run.unknown) = (2, 5);
    bench.progress(run);
    assert_eq!(bench.message(), "collection stopped: +2 ~0 -0 ?5");
}

#[test]
fn trouble_stays_on_the_screen() {
    let mut bench = Bench::ready((120, 32), numbered(3));
    bench.send(Event::Session(SessionEvent::Trouble("the disk is full; free some space\x1b[2J".into())));
    bench.keys("j").pause(60_000);
    let screen = bench.screen();
    assert!(screen.contains("▲ the disk is full; free some space␛[2J"), "{screen}");
}

#[test]
fn trouble_that_is_over_leaves_the_screen_and_other_trouble_stays() {
    let mut bench = Bench::ready((120, 32), numbered(3));
    let full = "the disk is full; free some space".to_owned();
    bench.send(Event::Session(SessionEvent::Trouble("a theme has a mistake".into())));
    bench.send(Event::Session(SessionEvent::Trouble(full.clone())));
    bench.keys("j").pause(60_000);
    assert!(bench.screen().contains("▲ the disk is full"), "{}", bench.screen());
    bench.send(Event::Session(SessionEvent::Mended(vec![full])));
    assert!(bench.message().contains("gone"), "{}", bench.message());
    bench.pause(60_000);
    let screen = bench.screen();
    assert!(!screen.contains("the disk is full") && screen.contains("a theme has a mistake"), "{screen}");
}

#[test]
fn an_idle_screen_draws_every_ten_seconds_and_no_oftener() {
    let mut bench = Bench::ready((120, 32), numbered(3));
    bench.screen();
    bench.pause(9_000);
    assert!(!bench.model.dirty);
    assert_eq!(next_wake(&bench.model).since(bench.model.clock), 1_000);
    bench.pause(1_000);
    assert!(bench.model.dirty);
}

#[test]
fn signals_end_or_suspend() {
    let mut bench = Bench::ready((80, 24), numbered(3));
    bench.send(Event::Signal(Signal::Suspend));
    bench.send(Event::Resumed);
    bench.send(Event::Signal(Signal::HangUp));
    let expected = [Effect::Suspend, Effect::Repaint, Effect::Quit(crate::effect::ExitReason::HungUp)];
    assert_eq!(bench.done, expected);
}

#[test]
fn a_run_is_told_once_which_rows_are_on_the_screen() {
    let mut bench = Bench::ready((120, 32), numbered(100));
    let run = RunProgress { run: RunId(2), started: now(), ..RunProgress::default() };
    let told = |bench: &Bench| -> Vec<u64> {
        let all = bench.told.iter().filter_map(|told| match told {
            Command::Prefer { start, len, .. } => {
                assert!(*len > 0);
                Some(*start)
            }
            _ => None,
        });
        all.collect()
    };
    assert!(told(&bench).is_empty(), "nothing runs");
    bench.progress(run.clone());
    bench.progress(run.clone());
    assert_eq!(told(&bench), [0]);
    bench.keys("G");
    bench.progress(run.clone());
    assert_eq!(told(&bench), [0], "not at every turn of the wheel");
    bench.pause(5_000);
    bench.progress(run.clone());
    let all = told(&bench);
    assert!(all.len() == 2 && all[1] > 0, "{all:?}");
    bench.keys("4").pause(5_000);
    bench.progress(run);
    assert_eq!(told(&bench), all, "no table is on the screen");
}
