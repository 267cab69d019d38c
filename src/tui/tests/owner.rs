//! The process that holds the store goes away under a front end that is attached to it: what shows stays, and the
//! next owner is asked for it.

use cloudscope_application::{Command, Event as SessionEvent, SessionError, message::CursorId};
use insta::assert_snapshot;

use super::harness::{Bench, numbered};
use crate::{effect::Tag, event::Event, keymap::Screen};

/// Nobody answers from now on.
fn part(bench: &mut Bench) {
    bench.script = Some(Box::new(|_| Some(Err(SessionError::Gone))));
    bench.send(Event::Session(SessionEvent::Parted));
}

/// Somebody else does.
fn reattach(bench: &mut Bench) {
    bench.script = None;
    bench.send(Event::Session(SessionEvent::Reattached));
}

#[test]
fn rows_filter_and_place_stay_and_the_next_owner_is_asked_for_them() {
    let mut bench = Bench::ready((80, 24), numbered(100));
    bench.keys("/ 'web-0' enter pagedown j j");
    let (selected, line) = (bench.selected(), bench.model.assets.line());
    part(&mut bench);
    assert_snapshot!("parted", bench.screen());
    let before = bench.told.len();
    bench.overview.remote = true;
    reattach(&mut bench);
    assert_eq!((bench.selected(), bench.model.assets.line()), (selected, line));
    assert_eq!(bench.model.assets.filter, "web-0");
    assert_eq!(bench.message(), "attached to the process that holds the data directory now");
    assert!(bench.screen().contains("attached"), "{}", bench.screen());
    // The cursor of before may be somebody else's there.
    let closed = bench.told[before..].iter().filter_map(|told| match told {
        Command::Close { cursor } => Some(*cursor),
        _ => None,
    });
    assert!(closed.into_iter().all(|cursor| cursor == CursorId(0)), "{:?}", &bench.told[before..]);
}

#[test]
fn what_is_typed_meanwhile_counts_when_somebody_answers_again() {
    let mut bench = Bench::ready((80, 24), numbered(100));
    part(&mut bench);
    bench.keys("/ 'web-04' enter");
    assert!(bench.screen().contains("web-000") && bench.model.assets.failed.is_none(), "{}", bench.screen());
    reattach(&mut bench);
    assert_eq!((bench.model.assets.total(), bench.selected().as_str()), (10, "web-040"));
    assert_eq!(bench.message(), "this process holds the data directory now");
}

#[test]
fn every_screen_is_asked_for_again() {
    for (keys, screen, tag) in [
        ("2", Screen::Tree, Tag::Tree),
        ("x", Screen::Relationships, Tag::Relations),
        ("4", Screen::Collectors, Tag::Health),
        ("5", Screen::Changes, Tag::Newer),
        (": 'group kind' enter", Screen::Groups, Tag::Groups),
    ] {
        let mut bench = Bench::ready((120, 32), numbered(30));
        bench.keys(keys);
        part(&mut bench);
        assert_eq!(bench.model.screen, screen);
        bench.script = None;
        bench.hold();
        bench.send(Event::Session(SessionEvent::Reattached));
        bench.answer_one();
        let asked: Vec<Tag> = bench.waiting.iter().map(|(tag, ..)| *tag).collect();
        assert!(asked.contains(&tag), "{screen:?}: {asked:?}");
        bench.release();
        assert!(!bench.screen().contains("went away"), "{}", bench.screen());
    }
}

#[test]
fn where_there_is_no_next_one_it_says_why_and_what_to_do() {
    let mut bench = Bench::ready((80, 24), numbered(10));
    part(&mut bench);
    let why = "process 7 speaks protocol 3, this program speaks 2; quit and start again";
    bench.send(Event::Session(SessionEvent::Trouble(why.into())));
    bench.send(Event::Session(SessionEvent::Closing));
    let screen = bench.screen();
    assert!(screen.contains("the owner went away") && screen.contains("quit and start again"), "{screen}");
    let screen = bench.keys("ctrl-r").screen();
    assert!(screen.contains("started again, this one opens the store itself"), "{screen}");
}
