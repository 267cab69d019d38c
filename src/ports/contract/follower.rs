//! What every `Collector` that follows promises: it goes on from where its listing ended, says what happens
//! and that all was said, and stops when it is told to.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};

use cloudscope_domain::{AssetKey, ListingMode, ScopeKey};

use super::bench::Bench;
use crate::{Clock, Collector, Fault, Item, SourceSpec};

/// What a change at the source has to lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happens {
    /// This was made or changed.
    Seen(AssetKey),
    /// This was deleted.
    Gone(AssetKey),
}

/// Lists and follows every scope of a source. `change` is called once per followed scope: it makes something
/// different there, and says what has to come of it (nothing, for a scope that it leaves as it is). Returns
/// what each scope said while it was followed.
///
/// The suite waits for what was promised: where it never comes, it hangs, and the test's own limit ends it.
pub async fn suite(
    collector: &dyn Collector,
    source: &SourceSpec,
    clock: Arc<dyn Clock>,
    mut change: impl AsyncFnMut(&ScopeKey) -> Vec<Happens>,
) -> BTreeMap<ScopeKey, Vec<Item>> {
    assert!(collector.follows(source), "it says that its scopes can be followed");
    let planning = Bench::new(collector, clock.clone());
    let plan = collector.plan(source, &planning.context).await;
    let plan = plan.unwrap_or_else(|fault| panic!("the plan failed: {fault}"));
    assert!(!plan.scopes.is_empty(), "there is something to follow");
    let mut said = BTreeMap::new();
    for scope in &plan.scopes {
        let key = &scope.key;
        assert_eq!(
            scope.mode,
            ListingMode::Snapshot,
            "{key}: only of a snapshot there is a point to go on from"
        );
        let listing = Bench::new(collector, clock.clone());
        let listed = collector.collect(source, scope, &listing.context).await;
        assert_eq!(listed, Ok(()), "{key}: it can be listed");
        listing.assert_calls(collector);

        // Stopped before it began, it says nothing.
        let none = Bench::new(collector, clock.clone());
        none.sink.cancel_after(0, &none.context.cancel);
        let ended = collector.follow(source, scope, &none.context).await;
        assert!(ended.is_err(), "{key}: a follow that was stopped before it began is a failure");
        assert_eq!(none.sink.items(), [], "{key}: it was stopped before it began");

        let bench = Bench::new(collector, clock.clone());
        let mut follow = pin!(collector.follow(source, scope, &bench.context));
        beside(key, follow.as_mut(), bench.sink.until(|items| items.contains(&Item::Resume))).await;
        let before = bench.sink.items().len();
        let happens = beside(key, follow.as_mut(), change(key)).await;
        let came =
            |items: &[Item]| happens.iter().all(|what| came(items.get(before..).unwrap_or_default(), what));
        beside(key, follow.as_mut(), bench.sink.until(came)).await;
        let items = bench.sink.items();
        grammar(key, &items);

        bench.sink.cancel_after(0, &bench.context.cancel);
        let ended = follow.await;
        assert!(ended.is_err(), "{key}: a follow ends only with a failure, be it that it was stopped");
        assert!(bench.sink.refused() <= 1, "{key}: it went on after it was stopped");
        assert_eq!(bench.sink.items().len(), items.len(), "{key}: nothing comes after it was stopped");
        bench.assert_calls(collector);
        said.insert(key.clone(), items);
    }
    said
}

/// Whether this was said, and after it that all was said.
fn came(items: &[Item], what: &Happens) -> bool {
    let at = items.iter().position(|item| match (item, what) {
        (Item::Upsert(sighting), Happens::Seen(key)) => sighting.asset.key == *key,
        (Item::Delete { key, .. }, Happens::Gone(gone)) => key == gone,
        _ => false,
    });
    at.is_some_and(|at| items.get(at..).unwrap_or_default().contains(&Item::Resume))
}

/// Within a listing everything is whole before the next one begins; no listing of a follow ends with `Done`.
fn grammar(key: &ScopeKey, items: &[Item]) {
    let mut listing = false;
    for item in items {
        match item {
            Item::Begin => {
                assert!(!listing, "{key}: a listing begins anew only after a failure");
                listing = true;
            }
            Item::Resume => listing = false,
            Item::Done => panic!("{key}: a follow goes on: it says Resume, not Done"),
            Item::Problem { message, .. } | Item::Limited { message, .. } => {
                assert!(!message.is_empty(), "{key}: a problem has words");
            }
            Item::Within { .. } => assert!(listing, "{key}: only a listing is within something"),
            Item::Upsert(_) | Item::Delete { .. } | Item::Expect(_) => {}
        }
    }
}

/// Goes on with a follow, which may not end meanwhile, until the other is done.
async fn beside<T>(
    key: &ScopeKey,
    mut follow: Pin<&mut (impl Future<Output = Result<(), Fault>> + ?Sized)>,
    other: impl Future<Output = T>,
) -> T {
    let mut other = pin!(other);
    poll_fn(|context| {
        if let Poll::Ready(ended) = follow.as_mut().poll(context) {
            panic!("{key}: it ended by itself: {ended:?}");
        }
        other.as_mut().poll(context)
    })
    .await
}
