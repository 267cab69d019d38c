//! What is large is asked about before it begins; what is chosen is collected alone.

use cloudscope_application::{Command, Reply, SessionError, message::Estimate};
use insta::assert_snapshot;

use super::{estate, key, run};
use crate::{model::overlay::Overlay, tests::harness::Bench};

fn large() -> Estimate {
    Estimate {
        scopes: 68_000,
        unknown_scopes: 300,
        calls: 120_400,
        millis: 5_400_000,
        per_account: vec![("aws prod".into(), 90_000), ("azure finance\u{1b}[2J".into(), 30_400)],
        unplanned: vec![("gcp-data".into(), "the token expired; `gcloud auth login` renews it".into())],
    }
}

fn bench(size: (u16, u16), estimate: Result<Estimate, SessionError>) -> Bench {
    let mut bench = estate(size);
    bench.script = Some(Box::new(move |command| match command {
        Command::Estimate { .. } => Some(estimate.clone().map(|e| Reply::Estimate(Box::new(e)))),
        _ => None,
    }));
    bench
}

fn everything() -> Command {
    Command::Collect { sources: Vec::new(), failed_only: false, scopes: Vec::new() }
}

fn started(bench: &Bench) -> Vec<&Command> {
    bench.asked.iter().filter(|command| matches!(command, Command::Collect { .. })).collect()
}

#[test]
fn a_large_run_is_asked_about_first() {
    let mut bench = bench((120, 32), Ok(large()));
    assert_snapshot!(bench.keys("4 s").screen());
    assert!(started(&bench).is_empty());
    bench.keys("n");
    assert!(bench.model.overlays.is_empty() && started(&bench).is_empty());
    bench.keys("s y");
    assert_eq!(started(&bench), [&everything()]);
    assert_eq!(bench.message(), "collection 7 began");
}

#[test]
fn large_is_more_than_a_thousand_calls_or_a_minute() {
    for (calls, unknown_scopes, millis, asks) in
        [(1_000, 0, 60_000, false), (1_001, 0, 0, true), (900, 101, 0, true), (1, 0, 60_001, true)]
    {
        let estimate = Estimate { scopes: 2_000, calls, unknown_scopes, millis, ..Estimate::default() };
        let mut bench = bench((80, 24), Ok(estimate));
        bench.keys("4 s");
        assert_eq!(matches!(bench.model.overlays.last(), Some(Overlay::Start(_))), asks, "{calls} {millis}");
        assert_eq!(started(&bench).is_empty(), asks, "{calls} {millis}");
    }
}

#[test]
fn a_small_run_begins_at_once_and_says_what_it_leaves_out() {
    let small = Estimate { calls: 12, scopes: 4, millis: 2_000, ..large() };
    let mut bench = bench((120, 32), Ok(Estimate { unknown_scopes: 0, ..small }));
    bench.keys("4 r");
    let failed = Command::Collect { sources: Vec::new(), failed_only: true, scopes: Vec::new() };
    assert_eq!(started(&bench), [&failed]);
    assert!(bench.message().starts_with("collection 7 began; not planned: gcp-data"), "{}", bench.message());
}

#[test]
fn not_to_know_what_it_takes_hinders_nothing() {
    let mut bench = bench((120, 32), Err(SessionError::Bad("no plan".into())));
    bench.keys("4 s");
    assert_eq!(started(&bench), [&everything()]);
    bench.keys("e");
    assert_eq!(bench.message(), "no plan", "but who asks what it takes is told");
}

#[test]
fn who_will_not_wait_for_the_estimate_asks_again() {
    let mut bench = bench((120, 32), Ok(large()));
    bench.keys("4").hold().keys("s");
    assert!(bench.message().contains("once more starts it at once"), "{}", bench.message());
    bench.keys("s");
    assert_eq!(started(&bench), [&everything()]);
    bench.release();
    assert!(bench.model.overlays.is_empty(), "the estimate that comes late asks nothing");
}

#[test]
fn an_estimate_can_be_looked_at_however_small() {
    let small = Estimate { scopes: 3, calls: 3, millis: 900, ..Estimate::default() };
    let mut bench = bench((120, 32), Ok(small));
    let screen = bench.keys(": 'estimate aws-prod' enter").screen();
    assert!(screen.contains("collect aws-prod?") && screen.contains("about 3"), "{screen}");
    bench.keys("y");
    assert!(matches!(started(&bench)[..], [Command::Collect { sources, .. }] if sources.len() == 1));
}

#[test]
fn only_what_is_under_the_cursor_is_collected() {
    let mut bench = estate((120, 32));
    bench.keys("4 S");
    let denied = key("aws-prod", "eu-west-1", "ec2:DescribeVolumes");
    let Some(Command::Collect { sources, scopes, failed_only: false }) = bench.asked.last() else {
        panic!("{:?}", bench.asked.last())
    };
    assert_eq!((sources.len(), scopes.as_slice()), (1, &[denied.clone()][..]));

    // A source of the list below, and a group of the run above.
    bench.keys("G k k k S");
    let Some(Command::Collect { sources, scopes, .. }) = bench.asked.last() else { panic!() };
    assert_eq!((sources.len(), scopes.len()), (1, 0));
    let mut ended = run();
    ended.ended = Some(ended.started);
    bench.progress(ended);
    bench.keys("tab S");
    let Some(Command::Collect { scopes, .. }) = bench.asked.last() else { panic!() };
    assert_eq!(scopes, &[key("aws-prod", "eu-west-1", "ec2:DescribeInstances"), denied]);
    bench.keys("tab j j j g g");
}

#[test]
fn the_palette_completes_sources() {
    let mut bench = estate((120, 32));
    bench.keys(": 'estimate aws' tab enter");
    assert!(bench.asked.iter().any(|c| matches!(c, Command::Estimate { sources, .. } if sources.len() == 1)));
    let proposals = |bench: &mut Bench, typed: &str| {
        bench.keys(&format!("esc esc : '{typed}'"));
        bench.screen()
    };
    for (typed, about) in [
        ("pol", "the smallest policy"),
        ("logi", "the command that would renew"),
        ("cal", "every call that was made"),
        ("hoo", "how the hooks fare"),
        ("hea", "how every scope stands"),
    ] {
        let screen = proposals(&mut bench, typed);
        assert!(screen.contains(about), "{typed}: {screen}");
    }
}
