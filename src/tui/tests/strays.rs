//! What a filter names and nothing bears is said with what was probably meant, after the rows and never in
//! their way.

use cloudscope_application::{Command, Reply, message::Stray};
use insta::assert_snapshot;

use super::{assets::mixed, harness::Bench};
use crate::effect::Tag;

fn region(name: &str) -> Stray {
    Stray {
        what: "region".into(),
        name: name.into(),
        suggestion: Some("eu-west-1".into()),
        text: format!("no asset has the region `{name}`; did you mean `eu-west-1`?"),
    }
}

/// An engine that knows one slip.
fn bench(size: (u16, u16)) -> Bench {
    let mut bench = Bench::ready(size, mixed());
    bench.script = Some(Box::new(|command| match command {
        Command::Strays { query, .. } => {
            let slip = query.contains("eu-wset-1");
            Some(Ok(Reply::Strays(slip.then(|| region("eu-wset-1")).into_iter().collect())))
        }
        _ => None,
    }));
    bench
}

fn asked(bench: &Bench) -> Vec<String> {
    let strays = bench.asked.iter().filter_map(|command| match command {
        Command::Strays { query, .. } => Some(query.clone()),
        _ => None,
    });
    strays.collect()
}

#[test]
fn nothing_matches_and_the_screen_says_which_value_nothing_bears() {
    let mut bench = bench((80, 24));
    bench.keys("/ 'region:eu-wset-1' enter");
    assert_snapshot!("nothing_bears", bench.screen());
    // The other screens with the same filter say it too.
    let groups = bench.keys("b enter").screen();
    assert!(groups.contains("no asset has the region `eu-wset-1`; did you mean `eu-west-1`?"), "{groups}");
    let tree = bench.keys("2").screen();
    assert!(tree.contains("no asset has the region `eu-wset-1`; did you mean `eu-west-1`?"), "{tree}");
}

#[test]
fn one_of_two_values_that_nothing_bears_is_named_once_it_is_no_longer_typed() {
    let mut bench = bench((120, 32));
    bench.keys("/ 'region:eu-west-1,eu-wset-1'");
    assert!(bench.model.assets.total() > 0);
    let typed = asked(&bench);
    assert!(!typed.iter().any(|query| query.contains("wset")), "{typed:?}");
    let screen = bench.keys("enter").screen();
    assert!(screen.contains("▲ no asset has the region `eu-wset-1`; did you mean `eu-west-1`?"), "{screen}");
    let screen = bench.keys("esc").screen();
    assert!(!screen.contains("eu-wset-1"), "{screen}");
}

#[test]
fn it_never_stands_in_the_way_of_a_key() {
    let mut bench = bench((80, 24));
    bench.keys("/ 'region:eu-wset-'").hold();
    bench.keys("'1'");
    bench.answer_one();
    // The rows are here; only the question for what nothing bears is under way.
    assert!(bench.model.waiting(Tag::Strays) && bench.model.busy().is_none());
    bench.keys("backspace");
    // What it asked is of a filter that is gone.
    bench.answer_one();
    assert!(bench.dropped.contains(&Tag::Strays), "{:?}", bench.dropped);
    assert!(bench.model.strays.found.is_empty());
    bench.release();
    assert_eq!(asked(&bench).last().map(String::as_str), Some("region:eu-wset-"));
}

#[test]
fn who_is_asked_again_because_something_newer_shows_is_not_forgotten_meanwhile() {
    let mut bench = bench((80, 24));
    bench.keys("/ 'region:eu-wset-1' enter").hold();
    let rows = bench.rows.clone();
    bench.pause(600).publish(rows);
    assert!(bench.screen().contains("did you mean `eu-west-1`?"), "{}", bench.screen());
    bench.release();
    assert!(bench.screen().contains("did you mean `eu-west-1`?"), "{}", bench.screen());
    assert_eq!(asked(&bench).iter().filter(|query| *query == "region:eu-wset-1").count(), 2);
}
