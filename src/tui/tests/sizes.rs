//! The whole screen at the sizes that people have, with few colours, and where nothing is there.

use insta::assert_snapshot;

use super::{
    assets::mixed,
    harness::{Bench, numbered},
};
use crate::{event::Event, glyphs::Glyphs, theme::Depth};

#[test]
fn eighty_by_twenty_four() {
    assert_snapshot!(Bench::ready((80, 24), numbered(1_204)).screen());
}

#[test]
fn two_hundred_by_fifty() {
    assert_snapshot!(Bench::ready((200, 50), numbered(1_204)).screen());
}

#[test]
fn small_is_a_plain_list_that_says_so() {
    assert_snapshot!(Bench::ready((50, 12), mixed()).screen());
}

#[test]
fn ascii_only() {
    let mut rows = mixed();
    rows[0].name = "naïve-名".into();
    let mut bench = Bench::with_ui((120, 32), |ui| ui.glyphs = Glyphs::new(true));
    bench.become_ready(rows);
    let screen = bench.screen();
    assert!(screen.is_ascii(), "{screen}");
    assert_snapshot!(screen);
}

#[test]
fn an_empty_inventory_says_what_to_do() {
    assert_snapshot!(Bench::ready((80, 24), Vec::new()).screen());
}

#[test]
fn a_made_up_estate_is_labelled() {
    let mut bench = Bench::ready((120, 32), numbered(2));
    bench.overview.demo = true;
    bench.keys("ctrl-r");
    assert!(bench.screen().lines().next().unwrap().contains("DEMO: made-up estate"), "{}", bench.screen());
}

#[test]
fn without_colour_no_cell_has_one() {
    let mut bench = Bench::with_ui((120, 32), |ui| ui.theme = ui.theme.at(Depth::None));
    bench.become_ready(mixed());
    bench.keys(": 'theme nord' enter");
    let buffer = bench.buffer();
    use ratatui::style::Color;
    for cell in &buffer.content {
        assert!(matches!((cell.fg, cell.bg), (Color::Reset, Color::Reset)), "{cell:?}");
    }
}

#[test]
fn every_size_draws_every_overlay() {
    for keys in ["", "?", ":", "/ 'x regoin:y'", "d", "S", "z", "j p", "4", "3", "6", "w", "V j"] {
        let mut bench = Bench::ready((120, 32), mixed());
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
fn what_was_read_and_how_much_there_is_show_at_every_width() {
    for demo in [false, true] {
        let mut bench = Bench::ready((120, 32), numbered(1_204));
        bench.overview.demo = demo;
        bench.keys("ctrl-r");
        for width in [60, 70, 80, 90, 99, 100, 120, 200] {
            bench.send(Event::Resize(width, 24));
            let screen = bench.screen();
            let first = screen.lines().next().unwrap();
            assert!(first.ends_with("1,204 assets"), "{width}: {first}");
            assert!(first.contains("scopes read"), "{width}: {first}");
            assert_eq!(first.contains("DEMO"), demo, "{width}: {first}");
        }
        bench.send(Event::Resize(200, 24));
        assert!(bench.screen().lines().next().unwrap().contains("newest"), "{}", bench.screen());
    }
}

#[test]
fn the_last_hint_says_where_all_keys_are() {
    for keys in ["1", "2", "x", "4", "5", "6", "8", "1 b enter"] {
        for width in [60, 80, 120] {
            let mut bench = Bench::ready((width, 24), mixed());
            bench.keys(keys).pause(9_000);
            let screen = bench.screen();
            let last = screen.lines().last().unwrap();
            assert!(last.contains("? Keys"), "{keys} {width}: {last}");
        }
    }
}

#[test]
fn the_theme_follows_the_background_until_one_is_chosen() {
    let mut bench = Bench::ready((120, 32), mixed());
    bench.model.terminal.asked = Some(bench.model.clock);
    bench.pause(23);
    bench.send(Event::Background(false));
    assert_eq!(bench.model.ui.theme.name(), "default-light");
    bench.send(Event::Background(true));
    assert_eq!(bench.model.ui.theme.name(), "default-dark");
    bench.keys(": 'theme nord' enter");
    bench.send(Event::Background(false));
    assert_eq!(bench.model.ui.theme.name(), "nord");
    // Few colours stay few.
    let mut few =
        Bench::with_ui((120, 32), |ui| ui.theme = ui.themes.get("ansi16").unwrap().at(Depth::Ansi16));
    few.become_ready(mixed());
    few.send(Event::Background(false));
    assert_eq!((few.model.ui.theme.name(), few.model.ui.theme.depth()), ("ansi16-light", Depth::Ansi16));
}

#[test]
fn row_two_says_where_one_is_however_long_the_way_was() {
    let mut bench = Bench::ready((120, 24), mixed());
    bench.keys("x 2 4 5 6 8");
    let second = |bench: &mut Bench| bench.screen().lines().nth(1).unwrap().trim_end().to_owned();
    let whole = "assets › relationships › tree › collectors › changes › export › views";
    assert_eq!(second(&mut bench), whole);
    bench.send(Event::Resize(60, 24));
    assert_eq!(second(&mut bench), "… › tree › collectors › changes › export › views");
    bench.keys("1 d");
    bench.send(Event::Resize(80, 24));
    assert_eq!(second(&mut bench), "assets › describe of api");
}

#[test]
fn names_that_begin_alike_are_told_apart_where_they_have_no_room() {
    let names = ["shipping-worker-5fqkphq3nd-x7k2p", "shipping-worker-5fqkphq3nd-b4m9q"];
    let mut bench = Bench::ready((80, 24), names.map(super::harness::row).to_vec());
    let screen = bench.screen();
    assert!(screen.contains("shipping-…-x7k2p") && screen.contains("shipping-…-b4m9q"), "{screen}");
}
