//! 68,000 scopes: they are folded, and scroll.

use std::sync::Arc;

use cloudscope_application::message::{Phase, RunProgress, ScopeHealth};
use cloudscope_domain::{CoverageState, RunId};

use super::{estate, health, key, progress};
use crate::tests::harness::{Bench, now};

const SCOPES: usize = 68_000;

fn many(size: (u16, u16)) -> Bench {
    let mut bench = estate(size);
    let name =
        |i: usize| key("aws-prod", &format!("region-{:03}", i / 200), &format!("svc{:03}:List", i % 200));
    let of = |i: usize| match i % 1_000 {
        0 => CoverageState::Denied,
        _ => CoverageState::Ok,
    };
    bench.health = (0..SCOPES).map(|i| health(name(i), of(i))).collect::<Vec<ScopeHealth>>();
    bench.progress(RunProgress {
        run: RunId(8),
        started: now().plus_millis(-12_000),
        scopes: (0..SCOPES).map(|i| Arc::new(progress(name(i), Phase::Running, 5, Some(10)))).collect(),
        ..RunProgress::default()
    });
    bench
}

#[test]
fn many_scopes_are_folded_and_scroll() {
    let mut bench = many((120, 32));
    let screen = bench.keys("4").screen();
    assert!(screen.contains("0/68,000 scopes") && screen.contains("▸ aws-prod prod region-000"), "{screen}");
    let screen = bench.keys("G").screen();
    assert!(screen.contains("▌▸ aws-prod prod region-339"), "{screen}");
    let screen = bench.keys("* G").screen();
    assert!(screen.contains("▌    svc199:List"), "{screen}");
    let screen = bench.keys("tab G").screen();
    assert!(screen.contains("68 of 68,000 scopes want a look"), "{screen}");
    bench.keys("g g").keys(&"pagedown ".repeat(40));
    assert!(bench.model.collectors.health.at() > 900);
}

#[test]
fn to_tell_how_the_run_stands_copies_only_the_scopes_that_changed() {
    let mut bench = many((120, 32));
    let mut run = bench.model.estate.run.as_deref().cloned().unwrap();
    run.scope_mut(40_000).unwrap().ended = Some(now());
    let told = bench.model.estate.run.as_deref().unwrap();
    let copied = run.scopes.iter().zip(&told.scopes).filter(|(a, b)| !Arc::ptr_eq(a, b)).count();
    assert_eq!((copied, told.scopes[40_000].ended), (1, None));
    bench.progress(run);
    assert!(bench.screen().contains("1/68000 collecting"), "{}", bench.screen());
}
