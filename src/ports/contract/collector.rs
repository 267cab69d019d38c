//! What every `Collector` promises: a plan that does not waver, listings that begin and end, kinds
//! and operations that were declared, and that it stops when it is told to.
#![expect(clippy::unwrap_used, reason = "a suite fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cloudscope_domain::{AssetKey, ListingMode, Scope, ScopeKey};

use super::bench::Bench;
use crate::{CallRecord, Clock, Collector, FaultKind, Item, PORT_VERSION, SourceSpec};

/// How many items a collector may still send after it was cancelled: what is in its hands.
const AFTER_CANCEL: usize = 1;

/// What the suite saw, for further assertions of the adapter's own.
#[derive(Debug, Default)]
pub struct Seen {
    /// Items per scope, in order.
    pub items: BTreeMap<ScopeKey, Vec<Item>>,
    /// Scopes that ended with a fault, and its words.
    pub faults: BTreeMap<ScopeKey, String>,
    /// Every call that the gate was asked for.
    pub calls: Vec<CallRecord>,
}

/// Plans and collects a source, and holds the collector to everything the port says. The source must
/// be one that stays as it is meanwhile, as far as its identities go.
pub async fn suite(collector: &dyn Collector, source: &SourceSpec, clock: Arc<dyn Clock>) -> Seen {
    assert!(!collector.name().is_empty(), "a collector has a name");
    assert!(!collector.version().is_empty(), "a collector has a version");
    assert!(collector.port_version() <= PORT_VERSION, "a collector is not newer than the port");
    for operation in collector.operations() {
        let parts = operation.as_str().split_once(':');
        assert!(
            parts.is_some_and(|(service, name)| !service.is_empty() && !name.is_empty()),
            "`{}` is not `service:Name`",
            operation.as_str()
        );
    }

    let planning = Bench::new(collector, clock.clone());
    let plan = collector.plan(source, &planning.context).await.unwrap();
    let again = collector.plan(source, &planning.context).await.unwrap();
    assert_eq!(sorted(&plan.scopes), sorted(&again.scopes), "a plan does not waver");
    let names: BTreeSet<_> = plan
        .scopes
        .iter()
        .chain(plan.disabled.iter().map(|(s, _)| s))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|s| &s.key)
        .collect();
    assert_eq!(names.len(), plan.scopes.len() + plan.disabled.len(), "a scope is planned once");
    for scope in plan.scopes.iter().chain(plan.disabled.iter().map(|(s, _)| s)) {
        assert_eq!(scope.key.source, source.name, "{}: a scope belongs to its source", scope.key);
        assert!(!scope.key.listing.is_empty(), "{}: a scope names its listing", scope.key);
    }
    for (scope, why) in &plan.disabled {
        assert!(!why.is_empty(), "{}: a scope that is switched off says why", scope.key);
    }
    let _ = collector.check(source, &planning.context).await;
    planning.assert_calls(collector);

    let mut seen = Seen::default();
    for scope in &plan.scopes {
        let bench = Bench::new(collector, clock.clone());
        let result = collector.collect(source, scope, &bench.context).await;
        let items = bench.sink.items();
        if let Err(fault) = &result {
            assert!(!fault.message.is_empty() && !fault.operation.is_empty(), "a fault says what happened");
            assert_ne!(fault.kind, FaultKind::Cancelled, "nobody cancelled");
            seen.faults.insert(scope.key.clone(), fault.to_string());
        }
        check_items(collector, scope, &items, result.is_ok());
        seen.calls.extend(bench.assert_calls(collector));
        cancelled(collector, source, scope, &clock, &items).await;
        seen.items.insert(scope.key.clone(), items);
    }
    seen
}

fn sorted(scopes: &[Scope]) -> Vec<String> {
    let mut all: Vec<_> = scopes.iter().map(|s| format!("{s:?}")).collect();
    all.sort();
    all
}

/// Holds a sequence of items of one scope against the grammar and the declarations.
fn check_items(collector: &dyn Collector, scope: &Scope, items: &[Item], whole: bool) {
    let key = &scope.key;
    let mut keys: BTreeSet<AssetKey> = BTreeSet::new();
    let kinds = collector.kinds();
    for (n, item) in items.iter().enumerate() {
        assert_eq!(n == 0, *item == Item::Begin, "{key}: Begin comes first, and once");
        match item {
            Item::Done => assert_eq!(n + 1, items.len(), "{key}: nothing comes after Done"),
            Item::Upsert(sighting) => {
                let asset = &sighting.asset;
                assert!(!asset.key.id.as_str().is_empty(), "{key}: an asset has an id");
                assert!(!asset.name.is_empty(), "{key}: {} has a name", asset.key.id);
                assert!(
                    scope.kinds.is_empty() || scope.kinds.contains(&asset.kind),
                    "{key}: the scope did not declare {}",
                    asset.kind
                );
                assert!(
                    kinds.is_empty() || kinds.contains(&asset.kind),
                    "{key}: the collector did not declare {}",
                    asset.kind
                );
                let first = keys.insert(asset.key.clone());
                // Pages that move under the reader may show an item twice; one answer may not.
                assert!(first || scope.mode == ListingMode::Weak, "{key}: {:?} was sent twice", asset.key);
                for reference in &sighting.references {
                    assert!(
                        (0.0..=1.0).contains(&reference.confidence),
                        "{key}: a confidence is between 0 and 1"
                    );
                    assert!(!reference.rule.is_empty(), "{key}: an edge says which rule gave it");
                }
                for path in sighting.volatile.iter().chain(sighting.sets.iter()) {
                    assert!(path.starts_with('/'), "{key}: `{path}` is not an RFC 6901 path");
                }
            }
            Item::Problem { message, .. } => assert!(!message.is_empty(), "{key}: a problem has words"),
            Item::Limited { message, .. } => assert!(!message.is_empty(), "{key}: a limit has words"),
            Item::Within { ids } => assert!(!ids.is_empty(), "{key}: it says within what"),
            Item::Begin | Item::Delete { .. } | Item::Expect(_) | Item::Resume => {}
        }
    }
    if whole {
        assert!(
            matches!(items.last(), Some(Item::Done | Item::Resume)),
            "{key}: a listing that succeeded ends with Done"
        );
    } else {
        assert!(!items.contains(&Item::Done), "{key}: a listing that failed may not claim to be whole");
    }
}

/// Cancelled before it starts and after each of its first batches, the collector stops at once.
async fn cancelled(
    collector: &dyn Collector,
    source: &SourceSpec,
    scope: &Scope,
    clock: &Arc<dyn Clock>,
    whole: &[Item],
) {
    for after in 0..=2 {
        let bench = Bench::new(collector, clock.clone());
        bench.sink.cancel_after(after, &bench.context.cancel);
        let result = collector.collect(source, scope, &bench.context).await;
        if !bench.context.cancel.is_cancelled() {
            continue; // It sent fewer batches than that.
        }
        let late = bench.sink.refused();
        assert!(late <= AFTER_CANCEL, "{}: went on for {late} batches after it was cancelled", scope.key);
        match result {
            Err(_) => {}
            Ok(()) => assert!(
                bench.sink.items().last() == Some(&Item::Done),
                "{}: a listing of {} items that was cancelled may not succeed",
                scope.key,
                whole.len()
            ),
        }
    }
}
