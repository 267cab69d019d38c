//! The bound on memory: what is beyond it is not taken, and that is said; what is known stays.

use std::sync::Arc;

use cloudscope_domain::{CoverageState, ListingMode, Presence};
use cloudscope_memory::{Step, listing};

use super::harness::{Bench, asset, scope};
use crate::{Limits, budget::Budget};

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
