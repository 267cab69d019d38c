//! Looking back in time: steps, moments, what says so, and that nothing moves.

use std::sync::Arc;

use cloudscope_application::{Command, Event as SessionEvent, SessionError};
use cloudscope_domain::{Moment, Presence, Proof, Revision, RunId};
use insta::assert_snapshot;

use super::harness::{Bench, Time, now, numbered, row, run};
use crate::{
    effect::{Effect, Tag},
    event::Event,
    glyphs::Glyphs,
    keymap::Screen,
    theme::{Depth, Slot},
};

/// Forty assets now, thirty at r20 and twenty at r10.
fn bench(size: (u16, u16)) -> Bench {
    fill(Bench::opening(size))
}

fn fill(mut bench: Bench) -> Bench {
    bench.time = Time {
        runs: vec![run(3, 30, 5), run(2, 20, 65), run(1, 10, 125)],
        rows: [(Revision(20), numbered(30)), (Revision(10), numbered(20))].into(),
        known_since: Some((Revision(10), now().plus_millis(-125 * 60_000))),
        ..Time::default()
    };
    bench.become_ready(numbered(40));
    bench.overview.revision = Revision(30);
    bench.overview.known_since = bench.time.known_since;
    bench.keys("ctrl-r");
    bench
}

fn first_line(bench: &mut Bench) -> String {
    bench.screen().lines().next().unwrap().to_owned()
}

#[test]
fn a_step_back_shows_the_run_before_and_says_so_loudly() {
    let mut bench = bench((120, 32));
    bench.keys("j j j j [");
    assert_eq!(bench.model.at(), Some(Moment::Revision(Revision(20))));
    assert_eq!((bench.model.assets.total(), bench.selected().as_str()), (30, "web-004"));
    assert!(first_line(&mut bench).contains("PAST r20, 65m ago"), "{}", bench.screen());
    assert_snapshot!(bench.screen());
    bench.keys("[");
    assert_eq!((bench.model.assets.total(), bench.selected().as_str()), (20, "web-004"));
    bench.keys("[");
    assert_eq!(bench.message(), "this is as far back as is known: r10, 2h ago");
    bench.keys("] ]");
    assert_eq!((bench.model.at(), bench.model.assets.total()), (None, 40));
    assert!(!bench.screen().contains("PAST"), "{}", bench.screen());
    bench.keys("]");
    assert_eq!(bench.message(), "this is now");
    assert_eq!(bench.open_cursors(), 1);
}

#[test]
fn eighty_by_twenty_four() {
    assert_snapshot!(bench((80, 24)).keys("[").screen());
}

#[test]
fn two_hundred_by_fifty() {
    assert_snapshot!(bench((200, 50)).keys("[ [").screen());
}

#[test]
fn it_says_so_in_ascii_and_without_colour() {
    let mut bench = fill(Bench::with_ui((80, 24), |ui| {
        ui.glyphs = Glyphs::new(true);
        ui.theme = ui.theme.at(Depth::None);
    }));
    bench.keys("[");
    let screen = bench.screen();
    assert!(screen.is_ascii() && screen.contains("PAST r20"), "{screen}");
    assert_snapshot!(screen);
}

#[test]
fn the_label_has_a_colour_of_its_own() {
    let mut bench = bench((120, 32));
    bench.keys("[");
    let buffer = bench.buffer();
    let at = (0..120).find(|x| buffer[(*x, 0)].symbol() == "P").unwrap();
    assert_eq!(buffer[(at, 0)].bg, bench.model.ui.style(Slot::Past).bg.unwrap());
}

#[test]
fn a_small_screen_says_it_too() {
    let mut bench = bench((50, 12));
    bench.keys("[");
    assert!(first_line(&mut bench).contains("PAST r20"), "{}", bench.screen());
}

#[test]
fn live_updates_do_not_move_the_past() {
    let mut bench = bench((120, 32));
    bench.keys("[ j j");
    let (before, asked) = (bench.screen(), bench.asked.len());
    bench.overview.revision = Revision(40);
    bench.publish(numbered(60));
    bench.pause(2_000);
    let opened = bench.asked[asked..].iter().any(|c| matches!(c, Command::Open { .. }));
    assert!(!opened, "{:?}", &bench.asked[asked..]);
    let table = |screen: &str| screen.lines().take(29).collect::<Vec<_>>().join("\n");
    assert_eq!(table(&bench.screen()), table(&before));
    bench.keys("esc");
    assert_eq!((bench.model.at(), bench.model.assets.total()), (None, 60));
}

#[test]
fn keys_work_while_a_moment_is_read_and_the_label_is_of_what_shows() {
    let mut bench = bench((120, 32));
    bench.hold().keys("[");
    assert!(bench.screen().contains("reading the runs"));
    assert!(!first_line(&mut bench).contains("PAST"), "the rows are still those of now");
    bench.keys("j j");
    assert_eq!(bench.selected(), "web-002");
    while !bench.waiting.is_empty() {
        assert!(!first_line(&mut bench).contains("PAST") || bench.model.assets.total() == 30);
        bench.answer_one();
    }
    assert!(first_line(&mut bench).contains("PAST r20"), "{}", bench.screen());
    assert_eq!((bench.selected().as_str(), bench.model.assets.total()), ("web-002", 30));
}

#[test]
fn quick_steps_count_and_stale_answers_are_dropped() {
    let mut bench = bench((120, 32));
    bench.hold().keys("[ [");
    bench.release();
    assert_eq!(bench.model.at(), Some(Moment::Revision(Revision(10))));
    assert_eq!(bench.model.assets.total(), 20);
    bench.hold().keys("]");
    let (tag, generation, _) = bench.waiting.pop_front().unwrap();
    assert_eq!(tag, Tag::Resolve);
    bench.keys("esc");
    let late = Ok(cloudscope_application::Reply::Moment((Revision(20), now())));
    bench.send(Event::Answer { tag, generation, result: late });
    bench.release();
    assert_eq!((bench.model.at(), bench.model.assets.total()), (None, 40));
    assert_eq!(bench.open_cursors(), 1);
}

#[test]
fn hours_and_days_and_moments_that_are_typed() {
    let mut bench = bench((120, 32));
    bench.keys("{");
    assert_eq!(bench.model.at(), Some(Moment::Revision(Revision(20))), "r20 was the newest an hour ago");
    assert_eq!(bench.model.past.at.unwrap().asked, Some(now().plus_millis(-3_600_000)));
    bench.keys("}");
    assert_eq!(bench.model.at(), None);
    bench.keys(": 'at -70m' enter");
    assert_eq!(bench.model.past.at.unwrap().asked, Some(now().plus_millis(-70 * 60_000)));
    bench.keys(": 'at r20' enter");
    assert_eq!(bench.model.at(), Some(Moment::Revision(Revision(20))));
    bench.keys(": 'at soon' enter");
    assert!(bench.message().starts_with("`soon` is not a moment"), "{}", bench.message());
    bench.keys(": 'now' enter");
    assert_eq!(bench.model.at(), None);
    bench.keys("(");
    assert!(bench.message().contains("is forgotten: retention let go of it; known since r10, 2h ago"));
    assert_eq!((bench.model.at(), bench.model.assets.total()), (None, 40));
}

#[test]
fn every_screen_is_asked_as_of_then() {
    let mut bench = bench((120, 32));
    let at = Some(Moment::Revision(Revision(20)));
    bench.keys("[ 3");
    assert!(matches!(bench.asked.last(), Some(Command::Relations { at: then, .. }) if *then == at));
    assert!(first_line(&mut bench).contains("PAST r20"), "{}", bench.screen());
    bench.keys("4");
    assert!(matches!(bench.asked.last(), Some(Command::Health { at: then, .. }) if *then == at));
    assert!(first_line(&mut bench).contains("PAST r20"), "{}", bench.screen());
    bench.keys("5");
    assert!(matches!(bench.asked.last(), Some(Command::Changes(ask)) if ask.until == at));
    bench.keys("6");
    assert!(matches!(bench.asked.last(), Some(Command::Open { at: then, .. }) if *then == at));
    assert!(bench.screen().contains("PAST r20"), "{}", bench.screen());
    bench.keys("enter");
    let order = bench.done.iter().find_map(|e| if let Effect::StartExport(o) = e { Some(o) } else { None });
    assert_eq!(order.unwrap().at, at);
    bench.keys("1 d");
    assert!(matches!(bench.asked.last(), Some(Command::Get { at: then, .. }) if *then == at));
    assert!(bench.screen().contains("as of r20"), "{}", bench.screen());
    bench.keys("[");
    let before = Some(Moment::Revision(Revision(10)));
    assert!(matches!(bench.asked.last(), Some(Command::Get { at: then, .. }) if *then == before));
}

#[test]
fn the_table_follows_when_time_was_moved_on_another_screen() {
    let mut bench = bench((120, 32));
    bench.keys("4 [ 1");
    assert_eq!(bench.model.assets.total(), 30);
    bench.keys("4 esc 1");
    assert_eq!((bench.model.screen, bench.model.assets.total()), (Screen::Assets, 40));
}

#[test]
fn history_restores_the_moment() {
    let mut bench = bench((120, 32));
    bench.keys("j j [ [ H");
    assert_eq!((bench.model.at(), bench.model.assets.total()), (None, 40));
    assert_eq!(bench.selected(), "web-002");
    bench.keys("L");
    assert_eq!(bench.model.at(), Some(Moment::Revision(Revision(10))));
    assert_eq!(bench.model.assets.total(), 20);
}

#[test]
fn a_past_that_cannot_be_opened_says_how_far_back_is_known() {
    let mut bench = bench((120, 32));
    bench.hold().keys("[");
    while bench.waiting.front().is_some_and(|(tag, ..)| *tag != Tag::Open) {
        bench.answer_one();
    }
    let (tag, generation, _) = bench.waiting.pop_front().unwrap();
    let result = Err(SessionError::Bad("r20 is forgotten".into()));
    bench.send(Event::Answer { tag, generation, result });
    let screen = bench.screen();
    assert!(screen.contains("r20 is forgotten") && screen.contains("known since r10"), "{screen}");
    bench.release().keys("esc esc");
    assert_eq!((bench.model.at(), bench.model.assets.total()), (None, 40));
}

#[test]
fn a_run_that_ends_meanwhile_is_on_the_line() {
    let mut bench = bench((120, 32));
    bench.keys("[");
    bench.time.runs.push(run(4, 40, 0));
    bench.overview.revision = Revision(40);
    let progress = cloudscope_application::message::RunProgress {
        run: RunId(4),
        ended: Some(now()),
        ..Default::default()
    };
    bench.send(Event::Session(SessionEvent::Progress(Arc::new(progress))));
    assert_eq!(bench.model.past.runs.as_ref().map(Vec::len), Some(4));
    bench.keys("]");
    assert_eq!(bench.model.at(), Some(Moment::Revision(Revision(30))));
}

#[test]
fn tombstones_pins_and_sources_are_told_in_row_and_detail() {
    let mut rows = vec![row("web-1"), row("web-2"), row("web-3")];
    rows[1].presence = Presence::Gone { at: now().plus_millis(-3_600_000), why: Proof::SecondListing };
    rows[2].sources = vec!["aws-prod".into(), "infra".into()];
    let mut bench = Bench::ready((200, 32), rows);
    bench.keys("*");
    assert_eq!(
        bench.asked.iter().rev().find(|c| matches!(c, Command::Pin { .. })),
        Some(&Command::Pin { id: row("web-1").id, on: true })
    );
    let screen = bench.screen();
    assert!(
        screen.contains("★web-1")
            && screen.contains("● present ★ pin")
            && screen.contains("★ pinned: kept whatever"),
        "{screen}"
    );
    bench.keys("j");
    let screen = bench.screen();
    assert!(screen.contains("✝ gone 60m") && screen.contains("two complete"), "{screen}");
    assert!(screen.contains("2026-11-21T07:00:00Z"), "{screen}");
    bench.keys("j");
    let screen = bench.screen();
    assert!(screen.contains("-prod +1") && screen.contains("2 speak of it: aws-prod, infra"), "{screen}");
    bench.keys("k k *");
    assert!(!bench.screen().contains('★'), "{}", bench.screen());
}
