//! `/`: every key shows its rows, typos blank nothing, `esc` brings back what was there.

use insta::assert_snapshot;

use super::{
    assets::mixed,
    harness::{Bench, numbered},
};
use crate::{event::Event, model::overlay::Overlay, update::PROBLEMS};

#[test]
fn rows_follow_every_key_and_enter_keeps_them() {
    let mut bench = Bench::ready((120, 32), numbered(100));
    bench.keys("/ 'web-0'");
    assert_eq!(bench.model.assets.total(), 100);
    bench.keys("'4'");
    assert_eq!(bench.model.assets.total(), 10);
    assert_snapshot!(bench.screen());
    bench.keys("enter");
    assert!(bench.model.overlays.is_empty());
    assert!(bench.screen().contains("10 of 100"), "{}", bench.screen());
    bench.keys("esc");
    assert_eq!(bench.model.assets.total(), 100);
    bench.keys(".");
    assert_eq!(bench.model.assets.total(), 10);
    bench.keys("H");
    assert_eq!(bench.model.assets.total(), 100);
    assert_eq!(bench.open_cursors(), 1);
}

#[test]
fn escape_brings_back_what_was_applied_and_where_the_cursor_was() {
    let mut bench = Bench::ready((120, 32), numbered(100));
    bench.keys("/ 'web-05' enter j j");
    assert_eq!(bench.selected(), "web-052");
    bench.keys("/ '057'");
    assert_eq!(bench.selected(), "web-057");
    bench.keys("esc");
    assert_eq!((bench.model.assets.filter.as_str(), bench.selected().as_str()), ("web-05", "web-052"));
}

#[test]
fn a_bad_term_is_named_and_blanks_nothing() {
    let mut bench = Bench::ready((120, 32), mixed());
    bench.keys("/ 'e regoin:eu'");
    assert!(bench.model.assets.total() > 0);
    assert_snapshot!(bench.screen());
    let cell = &bench.buffer()[(3, 30)];
    assert!(cell.modifier.contains(ratatui::style::Modifier::UNDERLINED), "{cell:?}");
}

#[test]
fn the_table_stays_until_the_new_rows_are_here() {
    let mut bench = Bench::ready((120, 32), numbered(50));
    bench.hold().keys("/ 'web-01'");
    assert!(bench.screen().contains("web-000"), "{}", bench.screen());
    // Six keys asked six times; only the last answer counts, and the cursors of the others are closed.
    while bench.waiting.len() > 1 {
        bench.answer_one();
        assert!(bench.screen().contains("web-000"), "{}", bench.screen());
    }
    bench.release();
    assert_eq!((bench.model.assets.total(), bench.open_cursors()), (10, 1));
}

#[test]
fn tab_completes_and_a_single_proposal_is_taken_at_once() {
    let mut bench = Bench::ready((120, 32), mixed());
    bench.keys("/ 're' tab");
    let Some(crate::model::overlay::Overlay::Filter(filter)) = bench.model.overlays.last() else { panic!() };
    assert_eq!(filter.line.text(), "region:");
    bench.keys("ctrl-u 'ki' tab");
    assert_snapshot!(bench.screen());
    bench.keys("tab enter");
    assert_eq!(bench.model.assets.filter, "kind:aws.ec2.instance");
    bench.keys("enter");
    assert!(bench.model.overlays.is_empty());
}

#[test]
fn proposals_follow_what_is_typed_and_old_ones_are_never_put_on_the_line() {
    let text = |bench: &Bench| {
        let Some(Overlay::Filter(filter)) = bench.model.overlays.last() else { panic!() };
        (filter.line.text().to_owned(), filter.proposals.len(), filter.chosen)
    };
    let mut bench = Bench::ready((120, 32), mixed());
    bench.keys("/ 'k' tab");
    assert_eq!(text(&bench), ("k".into(), 2, Some(0)));
    // The list of before stays until the next is here; what is chosen meanwhile is of the next one.
    bench.hold().keys("'ind:'");
    assert_eq!(text(&bench), ("kind:".into(), 2, None));
    bench.keys("tab");
    assert_eq!(text(&bench), ("kind:".into(), 2, None));
    bench.release();
    assert_eq!(text(&bench), ("kind:".into(), 1, Some(0)));
    bench.keys("enter");
    assert_eq!(text(&bench), ("kind:aws.ec2.instance".into(), 0, None));
    // Nothing is proposed unasked, and a list that came to nothing comes back with what it fits.
    bench.keys("ctrl-u 'k'");
    assert_eq!(text(&bench).1, 0);
    bench.keys("tab 'zz'");
    assert_eq!(text(&bench), ("kzz".into(), 0, None));
    bench.keys("backspace backspace");
    assert_eq!(text(&bench), ("k".into(), 2, None));
    // First the list goes, then the typing.
    bench.keys("esc");
    assert_eq!(text(&bench), ("k".into(), 0, None));
    bench.keys("esc");
    assert!(bench.model.overlays.is_empty());
}

#[test]
fn a_key_that_is_taken_proposes_its_values() {
    let mut bench = Bench::ready((120, 32), mixed());
    bench.keys("/ 'kind' tab enter");
    let Some(Overlay::Filter(filter)) = bench.model.overlays.last() else { panic!() };
    assert_eq!((filter.line.text(), filter.proposals.len(), filter.chosen), ("kind:", 1, None));
    // Nothing was chosen: `enter` keeps the filter as it is.
    bench.keys("enter");
    assert_eq!((bench.model.assets.filter.as_str(), bench.model.overlays.len()), ("kind:", 0));
}

#[test]
fn no_hits_says_what_was_not_read() {
    let mut bench = Bench::ready((80, 24), mixed());
    bench.keys("/ 'nothing-like-this' enter");
    assert_snapshot!(bench.screen());
}

#[test]
fn problems_are_terms_of_the_filter() {
    assert_eq!(cloudscope_domain::query::Query::parse(PROBLEMS).bad, []);
    let mut bench = Bench::ready((120, 32), mixed());
    bench.keys("!");
    let names: Vec<_> = bench.model.assets.rows.iter().map(|r| r.name.to_string()).collect();
    assert_eq!(names, ["cache", "db"]);
    bench.keys("/ 'db' enter !");
    assert_eq!(bench.model.assets.filter, "db");
    assert_eq!(bench.model.assets.total(), 1);
}

#[test]
fn pasted_text_is_a_filter_and_never_runs() {
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.send(Event::Paste("web-007\nq\x1b[A".into()));
    assert_eq!(bench.done, []);
    assert_eq!(bench.model.assets.filter, "web-007 q [A");
}

#[test]
fn typing_edits_like_a_shell() {
    let mut bench = Bench::ready((120, 32), numbered(30));
    bench.keys("/ 'one two' ctrl-w 'x' ctrl-a 'A' ctrl-e 'Z' left delete backspace");
    let Some(crate::model::overlay::Overlay::Filter(filter)) = bench.model.overlays.last() else { panic!() };
    assert_eq!(filter.line.text(), "Aone ");
}

#[test]
fn on_a_narrow_screen_what_was_meant_is_not_cut_off() {
    let mut bench = Bench::ready((80, 24), mixed());
    bench.keys("/ 'regoin:eu kind:ec2 age>9'");
    let screen = bench.screen();
    assert!(screen.contains("did you mean `region:eu`?"), "{screen}");
    bench.keys("ctrl-u 'kind:'");
    let screen = bench.screen();
    assert!(screen.contains("`kind` needs a value"), "{screen}");
}
