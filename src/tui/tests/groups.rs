//! Grouping: asked for once per key, live under the cursor, opened as a filter, left with `esc`.

use cloudscope_application::{Command, SessionError};
use cloudscope_domain::{AssetRow, StatusClass};
use insta::assert_snapshot;

use super::{
    assets::mixed,
    harness::{Bench, numbered, row},
};
use crate::{effect::Tag, event::Event, keymap::Screen, model::overlay::Overlay, update::next_wake};

/// Instances and databases in three regions, some of them nowhere.
fn estate() -> Vec<AssetRow> {
    let mut rows = numbered(30);
    for (i, row) in rows.iter_mut().enumerate() {
        row.region = ["eu-west-1", "eu-west-1", "us-east-1", ""][i % 4].into();
        if i % 5 == 0 {
            row.kind = "aws.rds.db-instance".parse().unwrap();
        }
        if i % 7 == 0 {
            row.tags.remove("env");
        }
    }
    rows
}

fn selected(bench: &Bench) -> String {
    let values = bench.model.groups.current().map(|group| group.values.clone()).unwrap_or_default();
    values.iter().map(|v| v.as_deref().unwrap_or("-")).collect::<Vec<_>>().join(" ")
}

fn asked(bench: &Bench) -> usize {
    bench.asked.iter().filter(|c| matches!(c, Command::Groups { .. })).count()
}

#[test]
fn assets_are_counted_by_several_columns_and_a_group_opens_as_a_filter() {
    let mut bench = Bench::ready((120, 32), estate());
    bench.keys(": 'group kind,region' enter");
    assert_eq!((bench.model.screen, asked(&bench)), (Screen::Groups, 1));
    assert_snapshot!("by_kind_and_region", bench.screen());
    assert_eq!(selected(&bench), "aws.ec2.instance eu-west-1");
    bench.keys("j j enter");
    assert_eq!(bench.model.screen, Screen::Assets);
    assert_eq!(bench.model.assets.filter, "kind=aws.ec2.instance !has:region");
    bench.keys("esc");
    assert_eq!((bench.model.screen, selected(&bench).as_str()), (Screen::Groups, "aws.ec2.instance -"));
    assert_eq!(bench.model.assets.filter, "");
    bench.keys("esc");
    assert_eq!((bench.model.screen, bench.open_cursors()), (Screen::Assets, 1));
    assert_eq!(bench.model.assets.total(), 30);
}

#[test]
fn columns_are_picked_in_order_and_tags_are_on_offer() {
    let mut bench = Bench::ready((120, 40), estate());
    bench.keys("b");
    let Some(Overlay::Menu(menu)) = bench.model.overlays.last() else { panic!("a list") };
    assert!(menu.items.iter().any(|item| item == "tag.owner"), "{menu:?}");
    assert!(!menu.items.iter().any(|item| item == "name"), "{menu:?}");
    bench.keys("j j space k k space");
    assert_snapshot!("pick_groups", bench.screen());
    bench.keys("enter");
    assert_eq!(bench.model.groups.grouping.by, ["region", "kind"]);
    bench.keys(": 'group' enter");
    assert_eq!(bench.model.screen, Screen::Assets);
    bench.keys(": 'group regoin' enter");
    assert_eq!(bench.message(), "`regoin` is not a column; did you mean `region`?");
    assert_eq!(bench.model.screen, Screen::Assets);
}

#[test]
fn the_filter_narrows_what_is_counted_key_by_key() {
    let mut bench = Bench::ready((120, 32), estate());
    bench.keys(": 'group tag.env' enter");
    let before = asked(&bench);
    bench.keys("/ 'web-00'");
    assert_eq!(asked(&bench) - before, 6);
    assert!(bench.screen().contains("2 groups of 10 assets"), "{}", bench.screen());
    // A table that nobody looks at is not asked for.
    let opened = bench.asked.iter().filter(|c| matches!(c, Command::Open { .. })).count();
    assert_eq!(opened, 1);
    bench.keys("esc");
    assert!(bench.screen().contains("2 groups of 30 assets"), "{}", bench.screen());
    bench.keys("/ 'web-00' enter esc");
    assert_eq!((bench.model.screen, bench.model.assets.total()), (Screen::Assets, 10));
    bench.keys("H");
    assert_eq!((bench.model.screen, bench.model.assets.filter.as_str()), (Screen::Groups, ""));
}

#[test]
fn news_keeps_the_cursor_on_its_group_and_is_counted_at_most_twice_a_second() {
    let mut bench = Bench::ready((120, 32), estate());
    bench.keys(": 'group region' enter j").pause(5_000);
    assert_eq!(selected(&bench), "us-east-1");
    let before = asked(&bench);
    let mut rows = estate();
    for n in 0..40 {
        let mut new = row(&format!("new-{n}"));
        new.region = "us-east-1".into();
        rows.push(new);
        bench.publish(rows.clone());
        bench.pause(10);
    }
    assert!(asked(&bench) - before <= 1, "{}", asked(&bench) - before);
    assert!(next_wake(&bench.model).since(bench.model.clock) <= 500);
    bench.pause(500);
    assert_eq!(asked(&bench) - before, 2);
    assert_eq!((selected(&bench).as_str(), bench.model.groups.index), ("us-east-1", 0));
    assert_eq!(bench.model.groups.current().unwrap().count, 47);
    // While an answer is on its way nothing newer is asked for.
    bench.hold().pause(600).publish(rows);
    let now = asked(&bench);
    bench.pause(600).publish(estate());
    bench.pause(600);
    assert_eq!(asked(&bench), now);
}

#[test]
fn the_groups_before_stay_until_the_next_are_here_and_when_they_are_refused() {
    let mut bench = Bench::ready((120, 32), estate());
    bench.keys(": 'group region' enter").hold().keys("b j enter");
    assert!(bench.screen().contains("eu-west-1"), "{}", bench.screen());
    let (tag, generation, _) = bench.waiting.pop_front().unwrap();
    assert_eq!(tag, Tag::Groups);
    let refused = Err(SessionError::Bad("prop.X is not indexed".into()));
    bench.send(Event::Answer { tag, generation, result: refused });
    assert_eq!(
        (bench.message(), bench.model.groups.grouping.by.as_slice()),
        ("prop.X is not indexed", &["region".to_owned()][..])
    );
    assert!(bench.screen().contains("eu-west-1"), "{}", bench.screen());
}

#[test]
fn by_value_or_by_count_and_the_other_way_round() {
    let mut bench = Bench::ready((80, 24), estate());
    bench.keys(": 'group region' enter S");
    assert_snapshot!("groups_by_value", bench.screen());
    bench.keys("I");
    assert_eq!(selected(&bench), "eu-west-1");
    assert!(bench.screen().contains("by value, last first"), "{}", bench.screen());
    bench.keys("S I");
    assert!(bench.screen().contains("fewest first"), "{}", bench.screen());
}

#[test]
fn words_of_a_status_bear_the_sign_that_the_table_shows() {
    let mut rows = mixed();
    // The same word, well here and not there: the sign of what wants a look.
    for (n, class) in [StatusClass::Ok, StatusClass::Warning].into_iter().enumerate() {
        let mut odd = row(&format!("odd-{n}"));
        (odd.status, odd.status_class) = (Some("active".into()), class);
        rows.push(odd);
    }
    let mut bench = Bench::ready((80, 24), rows);
    let screen = bench.keys(": 'group status' enter").screen();
    for line in ["● running", "○ stopped", "✖ failed", "▲ active", "(none)"] {
        assert!(screen.contains(line), "{line}: {screen}");
    }
}
