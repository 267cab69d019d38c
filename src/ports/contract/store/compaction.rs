//! What every `AssetStore` promises of compaction: it changes nothing that can be asked for, whatever is
//! committed or pruned between its steps, whether it ends or is given up.

use super::{super::sample::Rng, Make, Reopen, Timeline, random_commit};
use crate::{AssetStore, CompactReport, Retention};

/// Compacts again and again between random commits, sometimes not to the end.
pub(super) fn changes_nothing(seed: u64, make: Make<'_>, reopen: Option<Reopen<'_>>) {
    let mut rng = Rng::new(seed ^ 0xc0a1);
    let mut store = make();
    let mut line = Timeline::default();
    // Of an empty store too.
    for round in 0..5 {
        let context = format!("seed {seed}, compaction {round}");
        let given_up = rng.one_in(4).then(|| rng.below(3));
        let report = compact(&*store, &mut line, &mut rng, given_up, &context);
        if let Some(report) = report {
            assert!(!report.more, "{context}: it says that it is done");
            assert_eq!(report.before == 0, report.after == 0, "{context}: bytes are told if there are files");
        }
        line.assert_equals(&*store, &mut rng, &context);
        if let Some(reopen) = reopen
            && rng.one_in(2)
        {
            store = reopen(store);
            line.assert_equals(&*store, &mut rng, &format!("{context}, opened again"));
        }
        for _ in 0..rng.below(6) {
            commit(&*store, &mut line, &mut rng);
        }
    }
}

fn commit(store: &dyn AssetStore, line: &mut Timeline, rng: &mut Rng) {
    let commit = random_commit(rng, line.now.revision.next());
    store.apply(&commit).unwrap();
    line.apply(&commit);
}

/// Compacts with work between the steps; gives up after as many of them.
fn compact(
    store: &dyn AssetStore,
    line: &mut Timeline,
    rng: &mut Rng,
    given_up: Option<u64>,
    context: &str,
) -> Option<CompactReport> {
    for step in 0..10_000 {
        if given_up == Some(step) {
            store.cancel_compact();
            return None;
        }
        let report = store.compact().unwrap();
        if !report.more {
            return Some(report);
        }
        if rng.one_in(2) {
            commit(store, line, rng);
        }
        if rng.one_in(6) {
            let history_bytes = Some(store.info().history_bytes / 2);
            let retention = Retention { history_before: None, history_bytes, tombstones_before: None };
            line.prune(store, &retention, context);
        }
    }
    panic!("{context}: it comes to an end");
}
