//! A provider that throttles: half of all calls, by turns or at random, and then all of them. Time is paused,
//! so that waits cost nothing; calls are counted where they arrive.

use std::{sync::Arc, time::Duration};

use cloudscope_domain::{CoverageState, ListingMode, Scope, ScopeKey, Sighting};
use cloudscope_memory::paged::{Listed, LookUp, PagedCollector, Weather};

use super::harness::{Bench, Tune, asset};
use crate::{Command, Reply, message::CircuitState};

const SCOPES: usize = 60;
const PAGES: usize = 7;
/// Calls of a run in which nothing goes wrong.
const CALM: u64 = (SCOPES * PAGES) as u64;

fn scope(n: usize) -> Scope {
    let (account, region) = (format!("account-{}", n % 3), format!("region-{}", n % 4));
    let key = ScopeKey::new("faulty", format!("things-{n:02}")).account(account).region(region);
    Scope { key, mode: ListingMode::Weak, kinds: vec!["test.thing".parse().unwrap()] }
}

fn listed(n: usize) -> Listed {
    let page = |p| (0..3).map(|i| asset(&format!("{n}-{p}-{i}"), "1")).collect::<Vec<Sighting>>();
    let pages: Vec<Vec<Sighting>> = (0..PAGES).map(page).collect();
    Listed { look_up: LookUp::Holds(pages.concat()), pages, ..Listed::default() }
}

async fn estate() -> (Bench, Arc<PagedCollector>) {
    let provider = Arc::new(PagedCollector::new());
    (0..SCOPES).for_each(|n| provider.put(scope(n), listed(n)));
    let made = Arc::clone(&provider);
    let tune: Tune = Arc::new(move |parts| {
        parts.collectors = vec![made.clone()];
        parts.sources = vec![PagedCollector::source()];
    });
    (Bench::tuned(&[], tune).await, provider)
}

async fn inventory(bench: &Bench) -> Vec<(String, String)> {
    let rows = bench.rows("presence:present,unknown,gone").await;
    let mut all: Vec<_> =
        rows.into_iter().map(|r| (r.id.to_string(), r.presence.word().to_owned())).collect();
    all.sort();
    all
}

#[tokio::test(start_paused = true)]
async fn half_of_all_calls_throttled_ends_as_a_calm_run_does() {
    let (calm, provider) = estate().await;
    let run = calm.collect().await;
    assert_eq!((provider.sent(), run.calls, run.retries, run.throttles), (CALM, CALM, 0, 0));
    let want = inventory(&calm).await;
    assert_eq!(want.len(), SCOPES * PAGES * 3);
    for weather in [Weather::EveryOther, Weather::Half(1), Weather::Half(2)] {
        let (bench, provider) = estate().await;
        provider.weather(weather);
        let run = bench.collect().await;
        assert_eq!(inventory(&bench).await, want, "{weather:?}");
        assert!(bench.health().await.iter().all(|h| h.coverage.state == CoverageState::Ok), "{weather:?}");
        let sent = provider.sent();
        assert!(sent > CALM && sent <= 3 * CALM, "{weather:?}: {sent} calls instead of {CALM}");
        assert_eq!(run.calls, sent, "every call is counted");
        // A scope that was tried again as a whole reads some of its pages twice.
        assert!(run.throttles > 0 && run.throttles <= sent - CALM, "{run:?}");
        let kept: u64 = bench.health().await.iter().map(|h| u64::from(h.coverage.effort.calls)).sum();
        assert_eq!(kept, sent, "and kept in the ledger of coverage");
    }
}

#[tokio::test(start_paused = true)]
async fn all_calls_throttled_ends_soon_as_throttled_and_removes_nothing() {
    let (bench, provider) = estate().await;
    bench.collect().await;
    let (want, before) = (inventory(&bench).await, provider.sent());
    provider.weather(Weather::Always);
    let begun = tokio::time::Instant::now();
    let run = bench.collect().await;
    let (sent, took) = (provider.sent() - before, begun.elapsed());
    // One call for each scope at the most, and a hundred further tries for each of three accounts.
    assert!(sent <= (SCOPES + 3 * 100) as u64, "{sent} calls");
    assert!(took < Duration::from_secs(20 * 60), "it took {took:?}");
    assert_eq!((run.gone, run.throttles), (0, sent));
    let after = inventory(&bench).await;
    assert_eq!(after.len(), want.len());
    assert!(after.iter().all(|(_, presence)| presence == "unknown"));
    for scope in bench.health().await {
        assert_eq!(scope.coverage.state, CoverageState::Throttled, "{:?}", scope.coverage);
        assert!(scope.coverage.last_good.is_some());
    }
    let circuits = bench.overview().await.circuits;
    assert!(circuits.iter().any(|c| c.state != CircuitState::Closed), "{circuits:?}");
    // It passes, and everything is as it was.
    provider.weather(Weather::Calm);
    tokio::time::advance(Duration::from_secs(600)).await;
    bench.collect().await;
    assert_eq!(inventory(&bench).await, want);
}

#[tokio::test(start_paused = true)]
async fn a_run_is_estimated_from_what_the_last_one_took() {
    let (bench, _provider) = estate().await;
    let ask = || Command::Estimate { sources: Vec::new(), failed_only: false };
    let Reply::Estimate(first) = bench.ask(ask()).await else { panic!() };
    assert_eq!((first.scopes, first.unknown_scopes, first.calls), (SCOPES as u64, SCOPES as u64, 0));
    bench.collect().await;
    let Reply::Estimate(known) = bench.ask(ask()).await else { panic!() };
    assert_eq!((known.unknown_scopes, known.calls), (0, CALM));
    assert_eq!(known.per_account.iter().map(|(_, calls)| calls).sum::<u64>(), CALM);
    let failed = Command::Estimate { sources: Vec::new(), failed_only: true };
    let Reply::Estimate(none) = bench.ask(failed).await else { panic!() };
    assert_eq!(none.scopes, 0, "every scope was read whole");
}

#[tokio::test(start_paused = true)]
async fn what_is_on_screen_is_listed_first() {
    let (bench, _provider) = estate().await;
    bench.collect().await;
    let last = scope(SCOPES - 1);
    let name = format!("{}-0-0", SCOPES - 1);
    let open = Command::Open { query: format!("name:{name}"), sort: Vec::new(), at: None };
    let Reply::Opened(opened) = bench.ask(open).await else { panic!() };
    assert_eq!(opened.total, 1);
    assert_eq!(bench.ask(Command::Prefer { cursor: opened.cursor, start: 0, len: 50 }).await, Reply::Done);
    let run = bench.collect().await;
    let Reply::Calls(calls) = bench.ask(Command::Calls { limit: 100_000 }).await else { panic!() };
    let second = calls.iter().rev().nth(usize::try_from(CALM).unwrap()).unwrap();
    assert_eq!(second.scope, last.key, "the first call of the second run");
    assert_eq!(run.calls, CALM);
}
