//! What every `AssetStore` promises of the past: that it equals what was there, revision by revision,
//! under any sequence of commits and prunings, whatever the wall clock did.

mod cases;
mod timeline;

pub use cases::suite;
pub use timeline::Timeline;

use super::{super::sample::Rng, Make, Reopen, random_commit};
use crate::Retention;

/// Any sequence of commits and prunings leaves a past that equals a plain record of it; closing in between
/// changes nothing.
pub fn equals_its_past(seed: u64, commits: u64, make: Make<'_>, reopen: Option<Reopen<'_>>) {
    let mut rng = Rng::new(seed ^ 0x9a57);
    let mut store = make();
    let mut line = Timeline::default();
    for n in 1..=commits {
        let commit = random_commit(&mut rng, line.now.revision.next());
        store.apply(&commit).unwrap();
        line.apply(&commit);
        if let Some(reopen) = reopen
            && rng.one_in(8)
        {
            store = reopen(store);
        }
        if rng.one_in(9) {
            let context = format!("seed {seed}, pruned after commit {n}");
            let time = |rng: &mut Rng, line: &Timeline| Some(line.any_time(rng)).filter(|_| rng.one_in(2));
            let retention = Retention {
                history_before: time(&mut rng, &line),
                history_bytes: rng.one_in(4).then(|| rng.below(store.info().history_bytes + 1)),
                tombstones_before: time(&mut rng, &line),
            };
            line.prune(&*store, &retention, &context);
            line.assert_equals(&*store, &mut rng, &context);
        }
        if rng.one_in(8) || n == commits {
            line.assert_equals(&*store, &mut rng, &format!("seed {seed}, commit {n}"));
        }
    }
}
