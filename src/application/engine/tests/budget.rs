//! The bound on memory: what is beyond it is not taken, and that is said; what is known stays.

use std::sync::Arc;

use cloudscope_domain::{CoverageState, ListingMode, Presence};
use cloudscope_memory::{Step, listing};

use super::harness::{Bench, asset, scope};
use crate::{Event, Limits, Session as _, budget::Budget};

#[tokio::test]
async fn beyond_the_limit_nothing_new_is_taken_and_nothing_known_is_lost() {
    let (a, b) = (scope("a", ListingMode::Snapshot), scope("b", ListingMode::Snapshot));
    let some = |from: usize, count: usize| -> Vec<Step> {
        listing((from..from + count).map(|n| asset(&format!("asset-{n:05}"), "1")))
    };
    let memory = Some(Budget::new(None, 0).estimate(600));
    let limits = Limits { memory, cache: 0, ..Limits::default() };
    let bench = Bench::tuned(
        &[(a.clone(), some(0, 500)), (b.clone(), some(0, 0))],
        Arc::new(move |parts| parts.limits = limits),
    )
    .await;
    bench.collect().await;
    assert_eq!(bench.overview().await.total, 500);

    bench.collector.play_only(&a.key, some(0, 500));
    bench.collector.play_only(&b.key, some(10_000, 900));
    bench.collect().await;
    assert_eq!(bench.overview().await.total, 600, "as many as there is memory for");
    let health = bench.health().await;
    let state = |listing: &str| health.iter().find(|h| h.key.listing == listing).unwrap();
    let coverage = &state("b").coverage;
    assert_eq!(coverage.state, CoverageState::Partial);
    let error = coverage.error.clone().unwrap();
    assert!(error.starts_with("800 new assets were not taken") && error.contains("memory.limit"), "{error}");
    assert!(!coverage.whole, "what was not taken is not proved absent");
    bench.collector.play_only(&b.key, some(10_000, 900));
    // What is known is seen again and changed as ever.
    bench.collector.play_only(&a.key, listing((0..500).map(|n| asset(&format!("asset-{n:05}"), "2"))));
    bench.collect().await;
    assert_eq!(bench.overview().await.total, 600);
    assert_eq!(bench.names("presence:unknown").await, Vec::<String>::new());
    // Nothing of it is gone after a restart, and it is still full.
    let again = bench.restart().await;
    assert_eq!(again.overview().await.total, 600);
    assert!(again.rows("name:asset-00001").await.iter().all(|row| row.presence == Presence::Present));
}

#[tokio::test]
async fn a_store_that_is_larger_than_the_limit_opens_and_says_so() {
    let a = scope("a", ListingMode::Snapshot);
    let some = listing((0..700).map(|n| asset(&format!("asset-{n:05}"), "1")));
    let bench = Bench::new(&[(a, some)]).await;
    bench.collect().await;
    assert_eq!(bench.overview().await.trouble, Vec::<String>::new());
    let limited = |records: u64| {
        let memory = Some(Budget::new(None, 0).estimate(records));
        let limits = Limits { memory, cache: 0, ..Limits::default() };
        Arc::new(move |parts: &mut crate::EngineParts| parts.limits = limits)
    };
    let bench = Bench { tune: limited(700), ..bench }.restart().await;
    assert_eq!(bench.overview().await.trouble, Vec::<String>::new());
    let bench = Bench { tune: limited(600), ..bench }.restart().await;
    let trouble = bench.overview().await.trouble;
    assert!(
        trouble[0].starts_with("700 records need about ") && trouble[0].contains("memory.limit"),
        "{trouble:?}"
    );
    assert_eq!(bench.engine.warnings(), trouble);
    assert_eq!(bench.overview().await.total, 700, "everything is there");
    // It is no trouble that passes when a disk has room again.
    bench.engine.hub.mended();
    assert_eq!(bench.overview().await.trouble, trouble);
}

#[tokio::test]
async fn a_full_disk_is_told_of_when_it_begins_and_when_it_is_over() {
    let bench = Bench::new(&[(scope("a", ListingMode::Snapshot), listing([asset("x", "1")]))]).await;
    let mut events = bench.engine.events();
    bench.store.set_full(true);
    let run = bench.start().await.unwrap();
    bench.wait_for(|o| o.trouble.iter().any(|t| t.contains("no space"))).await;
    bench.store.set_full(false);
    bench.ended(run).await;
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        match event {
            Event::Trouble(text) => told.push(vec![text]),
            Event::Mended(over) => told.push(over),
            _ => {}
        }
    }
    let [begun, over] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(begun, over);
    assert!(begun[0].contains("no space"), "{begun:?}");
    assert_eq!(bench.overview().await.trouble, Vec::<String>::new());
}
