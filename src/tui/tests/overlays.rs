//! What lies over a screen: help, command line, documents, menus, the keys after a prefix.

use cloudscope_application::Command;
use insta::assert_snapshot;

use super::{
    assets::mixed,
    harness::{Bench, numbered},
};
use crate::{
    effect::Effect,
    event::Event,
    keymap::Screen,
    model::{overlay::Overlay, sorting},
};

#[test]
fn help_lists_the_keys_of_this_place_and_is_searched_by_typing() {
    let mut bench = Bench::ready((120, 32), mixed());
    bench.keys("?");
    assert_snapshot!("help", bench.screen());
    bench.keys("'copy'");
    assert_snapshot!("help_search", bench.screen());
    bench.keys("esc");
    assert!(matches!(bench.model.overlays.last(), Some(Overlay::Help(_))));
    bench.keys("esc");
    assert!(bench.model.overlays.is_empty());
}

#[test]
fn the_command_line_proposes_and_runs() {
    let mut bench = Bench::ready((120, 32), mixed());
    bench.keys(": 'col'");
    assert_snapshot!("palette", bench.screen());
    bench.keys("enter");
    assert_eq!(
        bench.asked.last(),
        Some(&Command::Collect { sources: Vec::new(), failed_only: false, scopes: Vec::new() })
    );
    bench.keys(": 'sort -age,name' enter");
    assert_eq!(bench.model.assets.sort.len(), 2);
    bench.keys(": 'theme mono' enter");
    assert_eq!(bench.model.ui.theme.name(), "mono");
    bench.keys(": 'keymap vim' enter");
    assert_eq!(bench.model.ui.keymap.name(), "vim");
    bench.keys(": 'collect nowhere' enter");
    assert_eq!(bench.message(), "there is no source `nowhere`; known: aws-prod, host");
    bench.keys(": 'sort colour' enter");
    assert!(bench.message().starts_with("`colour` is not a column"), "{}", bench.message());
    bench.keys(": 'kind.of.thing' enter");
    assert_eq!(bench.model.assets.filter, "kind:kind.of.thing");
    bench.keys(": 'frobnicate' enter");
    assert!(bench.message().starts_with("there is no command `frobnicate`"), "{}", bench.message());
    bench.keys(": 'q' enter");
    assert!(matches!(bench.done.last(), Some(Effect::Quit(_))));
}

#[test]
fn tab_goes_through_proposals_and_arrows_through_the_past() {
    let mut bench = Bench::ready((120, 32), mixed());
    bench.keys(": 'theme mono' enter : 'help' enter esc : up up");
    let Some(Overlay::Palette(palette)) = bench.model.overlays.last() else { panic!() };
    assert_eq!(palette.line.text(), "theme mono");
    bench.keys("ctrl-u 'theme default' tab tab");
    let Some(Overlay::Palette(palette)) = bench.model.overlays.last() else { panic!() };
    assert_eq!(palette.line.text(), "theme default-light");
}

#[test]
fn documents_are_read_and_searched() {
    let mut bench = Bench::ready((120, 32), mixed());
    bench.keys("j j d");
    assert_snapshot!("describe", bench.screen());
    bench.keys("/ 'eu-west' enter n");
    let Some(Overlay::Document(doc)) = bench.model.overlays.last() else { panic!() };
    assert!(doc.hits.len() > 2 && doc.hit == 1, "{doc:?}");
    bench.keys("/ 'absent' enter");
    assert_eq!(bench.message(), "`absent` is not in this document");
    bench.keys("q y");
    assert_snapshot!("yaml", bench.screen());
    bench.keys("q J");
    assert_snapshot!("json", bench.screen());
    bench.keys("esc");
    assert!(bench.model.overlays.is_empty());
}

#[test]
fn a_line_that_is_cut_says_so_and_how_to_read_the_rest() {
    for (ascii, mark) in [(false, "…"), (true, "..")] {
        let mut bench = Bench::with_ui((80, 24), |ui| ui.glyphs = crate::glyphs::Glyphs::new(ascii));
        let mut long = numbered(1);
        long[0].id = format!("arn:{}:end", "x".repeat(100)).into();
        bench.become_ready(long);
        let screen = bench.keys("d").screen();
        assert!(screen.contains(&format!("{mark} right scrolls, w wraps")), "{screen}");
        let cut = screen.lines().find(|line| line.contains("arn:xxx")).unwrap().to_owned();
        assert!(cut.ends_with(mark) && cut.chars().count() == 80, "{cut}");
        let screen = bench.keys("right right right right right right").screen();
        assert!(screen.contains(":end") && screen.contains(&format!("{mark}xxx")), "{screen}");
        let screen = bench.keys("w").screen();
        assert!(screen.contains(":end") && !screen.contains("w wraps"), "{screen}");
    }
}

#[test]
fn keys_that_do_nothing_in_a_document_are_not_listed_there() {
    let mut bench = Bench::ready((120, 40), numbered(3));
    let help = bench.keys("d ?").screen();
    assert!(!help.contains("Lines or totals") && !help.contains("The asset "), "{help}");
    assert!(help.contains("Copy the id") || help.contains("Copy id"), "{help}");
    // A document about no asset: no id, nothing beside it.
    let help = bench.keys("esc esc : 'doctor' enter ?").screen();
    for absent in ["Lines or totals", "The asset ", "Changes near"] {
        assert!(!help.contains(absent), "{absent}: {help}");
    }
    let ledger = bench.keys("esc esc : 'calls' enter").screen();
    assert!(ledger.contains("tab Lines or totals"), "{ledger}");
    let help = bench.keys("?").screen();
    assert!(help.contains("Lines or totals") && !help.contains("The asset "), "{help}");
}

#[test]
fn a_message_that_is_longer_than_a_line_has_two() {
    let mut bench = Bench::ready((80, 24), numbered(3));
    let screen = bench.keys(": 'theme lihgt' enter").screen();
    let last: Vec<&str> = screen.lines().rev().take(2).collect();
    let told = format!("{} {}", last[1], last[0]);
    assert!(
        told.starts_with("there is no theme `lihgt`; one of ansi16") && told.contains("tritanopia"),
        "{told}"
    );
}

#[test]
fn a_theme_that_is_not_known_is_answered_with_those_of_that_name() {
    let mut bench = Bench::ready((80, 24), numbered(3));
    bench.keys(": 'theme light' enter");
    let told = "there is no theme `light`; did you mean `ansi16-light` or `default-light`?";
    assert_eq!(bench.message(), told);
    assert!(bench.screen().contains(told), "{}", bench.screen());
    bench.keys(": 'theme nrod' enter");
    assert_eq!(bench.message(), "there is no theme `nrod`; did you mean `nord`?");
}

#[test]
fn the_order_is_picked_from_a_list() {
    let mut bench = Bench::ready((120, 32), mixed());
    bench.keys("S j");
    assert_snapshot!("sort", bench.screen());
    bench.keys("enter");
    assert_eq!(
        (bench.model.assets.sort[0].column.as_str(), bench.model.assets.sort[0].descending),
        ("kind", false)
    );
    bench.keys("S enter");
    assert!(bench.model.assets.sort[0].descending);
}

#[test]
fn several_columns_are_picked_in_order_each_with_its_direction() {
    let mut bench = Bench::ready((120, 40), mixed());
    bench.keys("S j space g g j j j j j space space");
    assert_snapshot!("sort_several", bench.screen());
    let opened = |bench: &Bench| bench.asked.iter().filter(|c| matches!(c, Command::Open { .. })).count();
    let before = opened(&bench);
    bench.keys("enter");
    assert_eq!(opened(&bench), before + 1);
    assert_eq!(sorting::show(&bench.model.assets.sort), "kind,-age");
    let screen = bench.screen();
    assert!(screen.contains("KIND↑1") && screen.contains("AGE↓2"), "{screen}");
    // Picked once more it is put back.
    bench.keys("S g g j j j j j space enter");
    assert_eq!(sorting::show(&bench.model.assets.sort), "kind");
    bench.keys(": 'sort -tags.env,nmae' enter");
    assert_eq!(bench.message(), "`nmae` is not a column; did you mean `name`?");
    bench.keys(": 'sort -tags.env,name' enter");
    assert_eq!(sorting::show(&bench.model.assets.sort), "-tag.env,name");
    assert!(bench.screen().contains("by -tag.env, then name"), "{}", bench.screen());
}

#[test]
fn the_keys_after_a_prefix_are_listed_a_moment_later() {
    let mut bench = Bench::ready((80, 24), numbered(40));
    bench.keys("z").pause(300);
    assert!(!bench.screen().contains("Next theme"), "{}", bench.screen());
    bench.pause(100);
    assert_snapshot!("which_key", bench.screen());
    bench.keys("G");
    assert_eq!(bench.message(), "`z G` does nothing here");
}

#[test]
fn screens_that_come_later_say_so() {
    let mut bench = Bench::ready((80, 24), numbered(4));
    bench.keys("7");
    assert_eq!(
        (bench.message(), bench.model.screen),
        ("the pulse screen comes with a later version", Screen::Assets)
    );
    bench.keys("4 q");
    assert_eq!((bench.model.screen, bench.done.len()), (Screen::Assets, 0));
}

#[test]
fn on_eighty_columns_no_key_is_cut_off() {
    for screen in ["1", "2", "x", "4", "5", "6", "8"] {
        let mut bench = Bench::ready((80, 50), mixed());
        bench.keys(screen).keys("?");
        let mut seen = String::new();
        for _ in 0..9 {
            seen.extend(bench.screen().lines().skip(1).map(|line| format!("{line}\n")));
            bench.keys("pagedown");
        }
        assert!(!seen.contains('…'), "{seen}");
    }
}

#[test]
fn a_message_that_was_read_goes_with_the_next_key() {
    let mut bench = Bench::ready((120, 32), mixed());
    bench.keys("7");
    assert!(bench.message().contains("pulse"), "{}", bench.message());
    // Who types fast has not read it.
    bench.pause(300).keys("j");
    assert!(bench.message().contains("pulse"), "{}", bench.message());
    bench.pause(900).keys("8");
    assert_eq!(bench.model.message, None);
}

#[test]
fn doctor_tells_of_the_terminal_and_of_everything_to_mend() {
    let mut bench = Bench::ready((120, 40), mixed());
    bench.model.terminal.facts = vec![("TERM", "xterm-256color".to_owned())];
    bench.model.terminal.asked = Some(bench.model.clock);
    bench.pause(23);
    bench.send(Event::Background(true));
    for trouble in ["keymap own.toml:5: `j` is bound already on line 4", "there is no theme `sunny`"] {
        bench.model.estate.trouble.push(trouble.to_owned());
    }
    bench.keys(": 'doctor' enter");
    assert_snapshot!("doctor", bench.screen());
    let mut bench = Bench::ready((80, 30), mixed());
    bench.keys(": 'doctor' enter");
    let screen = bench.screen();
    assert!(screen.contains("it was not asked") && screen.contains("nothing to mend"), "{screen}");
}
