//! Saved views: kept, listed, opened, renamed, deleted; letters that lead to them; a file with a mistake.

use cloudscope_application::{
    Command,
    message::SortKey,
    views::{SavedView, SavedViews},
};
use insta::assert_snapshot;

use super::{
    assets::mixed,
    harness::{Bench, numbered},
};
use crate::{keymap::Screen, model::overlay::Overlay, update::next_wake};

fn view(name: &str, query: &str) -> SavedView {
    SavedView { name: name.into(), query: query.into(), ..SavedView::default() }
}

fn with_views(size: (u16, u16)) -> Bench {
    let mut bench = Bench::ready(size, mixed());
    let mut views = SavedViews::default();
    views
        .put(SavedView {
            mark: Some('d'),
            sort: vec!["-age".into(), "name".into()],
            ..view("dbs", "kind:rds")
        })
        .unwrap();
    views.put(SavedView { group_by: vec!["kind".into()], ..view("by kind", "") }).unwrap();
    let columns = ["name", "kind", "age"].map(str::to_owned).to_vec();
    views.put(SavedView { columns, mark: Some('p'), ..view("prod\x1b[31m", "tag.env=prod") }).unwrap_err();
    let columns = ["name", "kind", "age"].map(str::to_owned).to_vec();
    views.put(SavedView { columns, mark: Some('p'), ..view("prod", "tag.env=prod") }).unwrap();
    bench.views = views;
    bench
}

#[test]
fn what_shows_is_saved_and_opened_again() {
    let mut bench = Bench::ready((120, 32), numbered(100));
    bench
        .keys("/ 'web-05' enter : 'sort -age,name' enter : 'cols name,age' enter : 'save the fifties' enter");
    assert_eq!(bench.message(), "saved the view `the fifties`");
    bench.keys("esc : 'sort kind' enter : 'cols name,id' enter");
    assert_eq!(bench.model.assets.total(), 100);
    let opened = |bench: &Bench| bench.asked.iter().filter(|c| matches!(c, Command::Open { .. })).count();
    let before = opened(&bench);
    bench.keys(": 'view the f' tab enter");
    assert_eq!(opened(&bench), before + 1);
    let assets = &bench.model.assets;
    assert_eq!((assets.filter.as_str(), assets.total()), ("web-05", 10));
    assert_eq!(assets.sort.iter().map(SortKey::to_word).collect::<Vec<_>>(), ["-age", "name"]);
    assert_eq!(assets.columns.iter().map(|c| c.name()).collect::<Vec<_>>(), ["name", "age"]);
    // Back to where one was.
    bench.keys("H");
    assert_eq!(bench.model.assets.total(), 100);
    bench.keys(": 'view the sixties' enter");
    assert_eq!(bench.message(), "there is no view `the sixties`; did you mean `the fifties`?");
}

#[test]
fn a_view_of_that_name_is_replaced_only_when_that_is_confirmed() {
    let mut bench = with_views((120, 32));
    bench.keys("8 1 / 'web' enter : 'save DBs' enter");
    let Some(Overlay::Confirm(confirm)) = bench.model.overlays.last() else { panic!("a question") };
    assert_eq!(confirm.question, "replace the view `dbs`?");
    bench.keys("n");
    assert_eq!(bench.views.named("dbs").unwrap().query, "kind:rds");
    bench.keys(": 'save DBs' enter y");
    let kept = bench.views.named("dbs").unwrap();
    assert_eq!((kept.query.as_str(), kept.mark), ("web", Some('d')));
    bench.keys("4 : 'save x' enter");
    assert!(bench.message().starts_with("only assets and groups"), "{}", bench.message());
}

#[test]
fn the_screen_lists_opens_renames_and_deletes() {
    let mut bench = with_views((120, 32));
    bench.keys("8");
    assert_snapshot!("views", bench.screen());
    bench.keys("j enter");
    assert_eq!(
        (bench.model.screen, bench.model.groups.grouping.by.as_slice()),
        (Screen::Groups, &["kind".to_owned()][..])
    );
    bench.keys("8 j j r ctrl-u 'live' enter");
    assert_eq!(bench.message(), "the view `prod` is called `live` now");
    assert_eq!(bench.model.views.current().unwrap().name, "live");
    bench.keys("r ctrl-u 'dbs' enter");
    assert!(bench.message().starts_with("there is a view `dbs` already"), "{}", bench.message());
    bench.keys("d");
    assert!(bench.screen().contains("delete the view `live`?"), "{}", bench.screen());
    bench.keys("n");
    assert_eq!(bench.views.iter().count(), 3);
    bench.keys("d y");
    assert_eq!(bench.message(), "deleted the view `live`");
    assert_eq!(bench.views.iter().count(), 2);
    bench.keys("g g enter");
    assert_eq!((bench.model.screen, bench.model.assets.filter.as_str()), (Screen::Assets, "kind:rds"));
}

#[test]
fn letters_are_set_and_lead_back_to_filter_order_and_asset_from_anywhere() {
    let mut bench = Bench::ready((120, 32), numbered(100));
    bench.keys("/ 'web-0' enter : 'sort -age,name' enter pagedown j j j m a");
    assert_eq!(bench.message(), "`a` leads to the view `mark a`");
    let asset = bench.selected();
    bench.keys("esc esc : 'sort kind' enter g g 4 ' a");
    assert_eq!((bench.model.screen, bench.model.assets.filter.as_str()), (Screen::Assets, "web-0"));
    assert_eq!(bench.selected(), asset);
    bench.keys("' z");
    assert_eq!(bench.message(), "no view has the letter `z`");
    bench.keys("' A");
    assert_eq!(bench.message(), "a letter from a to z marks a view");
    // The same view once more is no second one.
    bench.keys("m b");
    assert_eq!(bench.views.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["mark a"]);
    assert_eq!(bench.views.marked('b').unwrap().name, "mark a");
    // A letter of a saved view leads there too, and `esc` takes nothing for a letter.
    bench.keys("' esc");
    assert!(bench.model.overlays.is_empty());
}

#[test]
fn the_letters_in_use_are_listed_a_moment_later() {
    let mut bench = with_views((80, 24));
    bench.keys("'").pause(300);
    assert!(!bench.screen().contains("go to a view"), "{}", bench.screen());
    assert_eq!(next_wake(&bench.model).since(bench.model.clock), 100);
    bench.pause(100);
    assert!(bench.model.dirty);
    assert_snapshot!("letters", bench.screen());
    bench.keys("p");
    assert_eq!(bench.model.assets.filter, "tag.env=prod");
    bench.keys("m").pause(400);
    assert!(bench.screen().contains("mark this view"), "{}", bench.screen());
}

#[test]
fn a_file_with_a_mistake_is_told_of_and_never_written_over() {
    let mut bench = with_views((120, 32));
    let why = "in views.yaml: line 3: unknown field `qeury`";
    bench.views_broken = Some(why.into());
    bench.keys("8");
    assert_eq!(bench.message(), why);
    assert!(bench.screen().lines().nth(2).unwrap().contains(why), "{}", bench.screen());
    let before = bench.views.clone();
    bench.keys("1 : 'save x' enter");
    assert_eq!((bench.message(), &bench.views), (why, &before));
    bench.views_broken = None;
    bench.keys("8 ctrl-r");
    assert!(bench.screen().contains("3 saved views"), "{}", bench.screen());
}

#[test]
fn a_view_with_a_column_of_another_version_is_shown_without_it() {
    let mut bench = Bench::ready((120, 32), mixed());
    let columns = ["name", "colour", "age", "kind"].map(str::to_owned).to_vec();
    bench.views.put(SavedView { columns, ..view("odd", "") }).unwrap();
    bench.keys("8 enter");
    assert!(bench.message().contains("column `colour`"), "{}", bench.message());
    let shown: Vec<_> = bench.model.assets.columns.iter().map(|c| c.name()).collect();
    assert_eq!(shown, ["name", "kind", "age"]);
}
