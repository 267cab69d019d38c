//! Nothing waits: a key asks once, the next one stops it, what shows stays, and what takes long says so.

use cloudscope_application::{Command, Event as SessionEvent, SessionError};
use insta::assert_snapshot;

use super::harness::{Bench, numbered, row};
use crate::{effect::Tag, event::Event, keymap::Screen, model::sorting, update::next_wake};

/// Whether it is work that grows with the inventory.
fn heavy(command: &Command) -> bool {
    matches!(command, Command::Open { .. } | Command::Groups { .. } | Command::Complete { .. })
}

#[test]
fn each_key_asks_at_most_one_query() {
    let mut bench = Bench::ready((120, 32), numbered(1_000));
    let keys = "/ w e b - 0 backspace backspace 1 enter j j G g g pagedown pageup I I H L . esc b enter j \
                S I enter esc / x y esc 4 1 m a ' a : esc ! ! space M V j esc c w w ctrl-r";
    for key in keys.split_whitespace() {
        let before = bench.asked.len();
        bench.keys(key).pause(20);
        let asked = &bench.asked[before..];
        assert!(asked.iter().filter(|c| heavy(c)).count() <= 1, "{key}: {asked:?}");
    }
}

#[test]
fn what_is_typed_fast_is_answered_once_whatever_order_the_answers_come_in() {
    let mut bench = Bench::ready((120, 32), numbered(100));
    bench.hold().keys("/ 'web-05'");
    let mut waiting: Vec<_> = bench.waiting.drain(..).collect();
    assert_eq!(waiting.len(), 6);
    // The newest first: what comes after it is stale.
    waiting.reverse();
    bench.waiting = waiting.into();
    bench.release();
    assert_eq!((bench.model.assets.total(), bench.open_cursors()), (10, 1));
    assert!(bench.screen().contains("web-059"), "{}", bench.screen());
}

#[test]
fn an_order_that_takes_long_says_so_and_esc_brings_back_what_was() {
    for stop in ["esc", "ctrl-c"] {
        let mut bench = Bench::ready((120, 32), numbered(100));
        bench.keys("j j j").hold().keys(": 'sort -age,name' enter");
        assert!(!bench.screen().contains("ordering"), "{}", bench.screen());
        assert!(next_wake(&bench.model).since(bench.model.clock) <= 100);
        bench.pause(100);
        assert!(bench.model.dirty);
        let screen = bench.screen();
        assert!(screen.contains("◐ ordering…, esc stops") && screen.contains("web-000"), "{screen}");
        bench.keys(stop);
        assert_eq!(bench.message(), "stopped ordering; what shows is as it was");
        assert!(bench.dropped.contains(&Tag::Open), "{:?}", bench.dropped);
        bench.release();
        assert_eq!(
            (sorting::show(&bench.model.assets.sort).as_str(), bench.selected().as_str()),
            ("", "web-003")
        );
        assert_eq!((bench.open_cursors(), bench.done.len()), (1, 0));
        // The key that stopped it was not taken for the first of two that quit.
        bench.keys("j");
        assert_eq!(bench.selected(), "web-004");
    }
}

#[test]
fn counting_that_takes_long_is_stopped_the_same_way() {
    let mut bench = Bench::ready((80, 24), numbered(100));
    bench.keys(": 'group kind' enter : 'group tag.env,tag.owner'").hold().keys("enter").pause(150);
    assert_snapshot!("counting", bench.screen());
    bench.keys("esc");
    assert_eq!(
        (bench.model.screen, bench.model.groups.grouping.by.as_slice()),
        (Screen::Groups, &["kind".to_owned()][..])
    );
    assert!(bench.dropped.contains(&Tag::Groups) && bench.waiting.is_empty());
    bench.keys("/ 'web-05'").pause(150);
    bench.keys("esc");
    assert_eq!(bench.model.assets.filter, "");
    // Before there is anything to fall back on, it leads back to the assets.
    let mut bench = Bench::ready((80, 24), numbered(100));
    bench.keys(": 'group kind'").hold().keys("enter").pause(150);
    bench.keys("esc");
    assert_eq!((bench.model.screen, bench.waiting.is_empty()), (Screen::Assets, true));
    assert!(bench.dropped.contains(&Tag::Groups));
}

#[test]
fn a_filter_that_is_left_while_it_is_asked_asks_nothing_more() {
    let mut bench = Bench::ready((120, 32), numbered(100));
    bench.keys("j j").hold().keys("/ 'web-05'");
    let asked = bench.asked.len();
    bench.keys("esc");
    assert_eq!(bench.asked.len(), asked);
    bench.release();
    assert_eq!((bench.model.assets.filter.as_str(), bench.model.assets.total()), ("", 100));
    assert_eq!((bench.selected().as_str(), bench.open_cursors()), ("web-002", 1));
}

#[test]
fn a_filter_that_looks_into_payloads_says_how_far_it_is_and_esc_stops_it() {
    let looking = |query: &str, looked| {
        let query = query.to_owned();
        Event::Session(SessionEvent::Looking { query, looked, of: 400_000 })
    };
    let mut bench = Bench::ready((120, 32), numbered(10));
    bench.hold().keys("/ 'web prop.X=y'").pause(150);
    bench.send(looking("web prop.X=y", 120_000));
    let screen = bench.screen();
    assert!(screen.contains("◐ looked at 120,000 of 400,000") && screen.contains("web-009"), "{screen}");
    // Of another filter, of another front end perhaps, nothing is said.
    bench.send(looking("db prop.X=y", 5));
    assert!(!bench.screen().contains("looked at"), "{}", bench.screen());
    bench.send(looking("web prop.X=y", 130_000));
    bench.keys("esc");
    assert!(bench.dropped.contains(&Tag::Open) && bench.waiting.is_empty(), "{:?}", bench.dropped);
    bench.release();
    assert_eq!((bench.model.assets.filter.as_str(), bench.model.assets.total()), ("", 10));
    assert!(!bench.screen().contains("looked at"), "{}", bench.screen());
}

#[test]
fn an_order_that_is_refused_leaves_the_table() {
    let mut bench = Bench::ready((120, 32), numbered(10));
    bench.keys("j : 'sort prop.X'").hold().keys("enter");
    let (tag, generation, _) = bench.waiting.pop_front().unwrap();
    let result = Err(SessionError::Bad("`prop.X` is not indexed".into()));
    bench.send(Event::Answer { tag, generation, result });
    assert_eq!((bench.message(), bench.model.assets.sort.len()), ("`prop.X` is not indexed", 0));
    assert!(bench.screen().contains("web-009"), "{}", bench.screen());
    bench.release();
    assert_eq!(bench.selected(), "web-001");
}

#[test]
fn news_waits_for_the_rows_that_a_key_asked_for() {
    let mut bench = Bench::ready((80, 24), numbered(500));
    bench.pause(5_000).hold().keys("G");
    let opened = |bench: &Bench| bench.asked.iter().filter(|c| matches!(c, Command::Open { .. })).count();
    let before = opened(&bench);
    let mut rows = numbered(500);
    rows.push(row("aaa"));
    bench.publish(rows);
    bench.pause(2_000).pause(2_000);
    assert_eq!(opened(&bench), before);
    bench.release().pause(500);
    assert_eq!((opened(&bench), bench.selected().as_str()), (before + 1, "web-499"));
    assert_eq!(bench.model.assets.total(), 501);
}

#[test]
fn scrolling_far_shows_the_rows_of_before_until_the_new_ones_are_here() {
    let mut bench = Bench::ready((80, 24), numbered(1_000));
    bench.hold().keys("pagedown pagedown pagedown");
    // The first page further on is here already.
    let screen = bench.screen();
    assert!(screen.contains("▌  web-0") && !screen.contains("▌  …"), "{screen}");
    bench.pause(50).release();
    assert_eq!(bench.selected(), format!("web-{:03}", bench.model.assets.index));
    assert!(bench.screen().contains(&format!("▌  {}", bench.selected())), "{}", bench.screen());
    assert_eq!(bench.model.assets.lacking, None);
}

#[test]
fn no_count_stands_where_nobody_could_count() {
    let mut bench = Bench::ready((120, 32), numbered(100));
    bench.hold().keys("/ 'web-05'");
    let (tag, generation, _) = bench.waiting.pop_back().unwrap();
    assert_eq!(tag, Tag::Open);
    bench.waiting.clear();
    let result = Err(SessionError::Store("the process that owns the data directory went away".into()));
    bench.send(Event::Answer { tag, generation, result });
    let screen = bench.screen();
    assert!(screen.contains("? of 100") && !screen.contains("100 of 100"), "{screen}");
    assert!(screen.contains("the process that owns the data directory went away"), "{screen}");
}

#[test]
fn a_key_that_is_quicker_than_the_screen_is_told_that_it_is_still_being_read() {
    let told = |go: &str, key: &str| {
        let mut bench = Bench::ready((120, 32), numbered(30));
        bench.hold().keys(go).keys(key);
        bench.message().to_owned()
    };
    assert_eq!(told("x", "enter"), "the relationships are still being read");
    assert_eq!(told("x", "d"), "the relationships are still being read");
    assert_eq!(told("x", "i"), "the relationships are still being read");
    assert_eq!(told("x", "f"), "the relationships are still being read");
    assert_eq!(told("4", "enter"), "the scopes are still being read");
    assert_eq!(told("2", "enter"), "the branches are still being read");
    assert_eq!(told("2", "d"), "the branches are still being read");
    assert_eq!(told(": 'group kind' enter", "enter"), "the groups are still being read");
    let mut bench = Bench::opening((120, 32));
    bench.hold().become_ready(numbered(30));
    bench.answer_one();
    for key in ["d", "c", "*", "D"] {
        bench.model.message = None;
        bench.keys(key);
        assert_eq!(bench.message(), "the assets are still being read", "{key}");
    }
    // Where there is nothing, there is nothing.
    let mut bench = Bench::ready((120, 32), Vec::new());
    assert_eq!(bench.keys("d").message(), "there is nothing under the cursor");
}
