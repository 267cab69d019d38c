//! The page of before: drawn before the store is open, replaced in place, never in the way.

use insta::assert_snapshot;

use super::{
    assets::mixed,
    harness::{Bench, numbered},
};
use crate::{effect::Effect, event::Event, glyphs::Glyphs, model::page, page::Page, update};

/// What a front end that ends now would keep, as text and back.
fn kept(bench: &Bench) -> Option<Page> {
    let page = page::of(&bench.model)?;
    let text = serde_json::to_string(&page).unwrap();
    let read = Page::read(&text, bench.model.clock);
    assert_eq!(read.as_ref(), Some(&page));
    read
}

/// A front end that starts with a page, three minutes later.
fn started(size: (u16, u16), page: Page) -> Bench {
    let mut bench = Bench::opening(size);
    update::restore_page(&mut bench.model, page);
    bench.pause(180_000);
    bench
}

#[test]
fn the_page_of_before_is_drawn_first_and_live_rows_take_its_place_under_the_cursor() {
    let mut before = Bench::ready((120, 32), numbered(200));
    before.keys("/ 'web-1' enter : 'sort -name' enter : 'cols name,kind,status,age' enter pagedown k k k");
    let (selected, line) = (before.selected(), before.model.assets.line());
    let page = kept(&before).unwrap();
    let mut bench = started((120, 32), page);
    assert_snapshot!("saved", bench.screen());
    bench.keys("j j k");
    let cursor = before.keys("j").selected();
    assert_ne!(cursor, selected);
    bench.become_ready(numbered(200));
    assert_eq!((bench.selected(), bench.model.assets.line()), (cursor, line + 1));
    assert_eq!((bench.model.assets.filter.as_str(), bench.model.assets.total()), ("web-1", 100));
    assert!(bench.model.page.is_none() && !bench.screen().contains("saved"), "{}", bench.screen());
}

#[test]
fn until_the_rows_are_here_the_page_stays_and_keys_wait_politely() {
    let page = kept(&Bench::ready((80, 24), mixed())).unwrap();
    let mut bench = started((80, 24), page);
    bench.keys("d");
    assert_eq!(bench.message(), "the store is still being opened; `describe` waits for it");
    assert!(bench.model.overlays.is_empty());
    bench.keys("esc / 'ap'");
    bench.hold().become_ready(mixed());
    while bench.model.assets.shown.is_none() {
        let screen = bench.screen();
        assert!(screen.contains("batch") && screen.contains("saved 3m ago"), "{screen}");
        bench.answer_one();
    }
    bench.release();
    assert_eq!((bench.model.assets.filter.as_str(), bench.selected().as_str()), ("ap", "api"));
}

#[test]
fn one_of_columns_or_an_order_that_there_are_not_is_ignored() {
    let page = kept(&Bench::ready((80, 24), mixed())).unwrap();
    let mut other = page.clone();
    other.columns[1] = "colour".into();
    assert!(started((80, 24), other).model.page.is_none());
    let mut other = page.clone();
    other.sort = serde_json::from_str(r#"[{"column":"colour","descending":true}]"#).unwrap();
    let bench = started((80, 24), other);
    assert!(bench.model.page.is_none() && bench.model.assets.sort.is_empty());
    assert!(started((80, 24), page).model.page.is_some());
}

#[test]
fn every_size_draws_it_also_in_ascii() {
    let page = kept(&Bench::ready((120, 32), mixed())).unwrap();
    for (width, height) in [(0, 0), (1, 1), (3, 2), (20, 5), (59, 14), (60, 15), (80, 3), (300, 100)] {
        let mut bench = started((120, 32), page.clone());
        bench.model.ui.glyphs = Glyphs::new(true);
        bench.keys("G");
        bench.send(Event::Resize(width, height));
        assert!(bench.screen().is_ascii());
    }
    let mut bench = started((60, 16), page);
    bench.keys("G");
    let screen = bench.screen();
    assert!(screen.contains("zed") && screen.contains("saved 3m ago, opening the store"), "{screen}");
}

#[test]
fn hostile_text_is_harmless_in_it() {
    let mut rows = numbered(2);
    rows[0].name = "a\x1b[2J\x07".into();
    let page = kept(&Bench::ready((120, 32), rows)).unwrap();
    assert!(page.rows.iter().flat_map(|row| &row.cells).all(|cell| !cell.contains(char::is_control)));
    let screen = started((120, 32), page).screen();
    assert!(!screen.chars().any(|c| c != '\n' && cloudscope_domain::text::is_hostile(c)), "{screen:?}");
}

#[test]
fn only_a_table_of_now_of_a_real_estate_is_kept() {
    assert_eq!(kept(&Bench::opening((120, 32))), None);
    assert_eq!(kept(&Bench::ready((120, 32), Vec::new())), None);
    let mut bench = Bench::ready((120, 32), mixed());
    bench.model.assets.shown.as_mut().unwrap().past = true;
    assert_eq!(kept(&bench), None);
    let mut bench = Bench::ready((120, 32), mixed());
    bench.overview.demo = true;
    bench.keys("ctrl-r");
    assert_eq!(kept(&bench), None);
    // A filter that is not answered yet is not what shows.
    let mut bench = Bench::ready((120, 32), mixed());
    bench.hold().keys("/ 'zzz'");
    assert_eq!(kept(&bench).unwrap().filter, "");
}

#[test]
fn it_is_kept_now_and_then_while_something_changes() {
    let mut bench = Bench::ready((120, 32), numbered(100));
    bench.pause(61_000);
    assert_eq!(bench.done, [], "nobody asked for it");
    bench.model.keeps_page = true;
    bench.pause(61_000).pause(1_000);
    assert!(matches!(bench.done.as_slice(), [Effect::KeepPage(_)]), "{:?}", bench.done);
    bench.pause(61_000);
    assert_eq!(bench.done.len(), 1, "nothing moved");
    bench.keys("j").pause(61_000);
    assert_eq!(bench.done.len(), 2);
}
