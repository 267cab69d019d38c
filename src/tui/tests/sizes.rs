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
