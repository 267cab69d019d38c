//! Random histories: whatever happened, a question about a moment is answered as it was answered then,
//! what retention took is refused and the rest stays right, and the changes replayed make the state.

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_domain::{
    AssetId, AssetRow, Change, ChangeKind, Coverage, ListingMode, Moment, Payload, Presence, Record,
    Reference, Relationship, Revision, RunId, Scope, ScopeKey, Sighting, Target, Timestamp,
    neighbours::Direction,
};
use cloudscope_memory::{Step, listing};
use cloudscope_ports::{AssetStore, ChangeRange, Fault, FaultKind, Item, Retention};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::harness::{Bench, asset, scope};
use crate::{Command, Reply, SessionError, ingest::Intake, message::Comparison};

const DAY: i64 = 86_400_000;

/// One asset as a listing has it: which, its payload's version, its tag, what it uses.
pub(super) type Seen = (u8, u8, u8, u8);

/// What happens to one scope in one run.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    Whole(Vec<Seen>),
    Denied(Vec<Seen>),
}

#[derive(Debug, Clone)]
pub(super) enum Deed {
    /// A collection. The same assets may be listed by either scope: then they move.
    Run(Fate, Fate),
    /// The clock is set on, or back.
    Clock(i64),
    Restart,
    /// History before the time of an earlier look goes, and tombstones with it or not.
    Prune(prop::sample::Index, bool),
}

fn fate() -> impl Strategy<Value = Fate> {
    let seen = || prop::collection::vec((0_u8..6, 0_u8..3, 0_u8..3, 0_u8..8), 0..6);
    prop_oneof![4 => seen().prop_map(Fate::Whole), 1 => seen().prop_map(Fate::Denied)]
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => (fate(), fate()).prop_map(|(a, b)| Deed::Run(a, b)),
        2 => prop_oneof![Just(DAY), Just(-DAY), Just(3_600_000)].prop_map(Deed::Clock),
        1 => Just(Deed::Restart),
        1 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(at, t)| Deed::Prune(at, t)),
    ]
}

/// The payload has a field that is noise, different at every sighting.
fn sighting((id, version, tag, uses): Seen, noise: usize) -> Sighting {
    let mut sighting = asset(&id.to_string(), &version.to_string());
    let payload = json!({"v": version, "noise": noise, "deep": {"even": version % 2 == 0}});
    sighting.asset.properties = Payload::from_value(&payload);
    sighting.volatile = ["/noise".to_owned()].into();
    if tag > 0 {
        sighting.asset.tags.insert("env".into(), tag.to_string());
    }
    if uses < 6 && uses != id {
        sighting.references.push(Reference {
            relation: "uses".into(),
            target: Target::Id(format!("id:{uses}").as_str().into()),
            reverse: false,
            confidence: 1.0,
            rule: "$.uses".into(),
        });
    }
    sighting
}

fn script(fate: &Fate, noise: usize) -> Vec<Step> {
    let seen = |all: &[Seen]| all.iter().map(|s| sighting(*s, noise)).collect::<Vec<_>>();
    match fate {
        Fate::Whole(all) => listing(seen(all)),
        Fate::Denied(all) => {
            let items = seen(all).into_iter().map(|s| Item::Upsert(Box::new(s)));
            let fault = Fault::new(FaultKind::Denied, "script:Play", "as scripted");
            vec![Step::Send(std::iter::once(Item::Begin).chain(items).collect()), Step::Fail(fault)]
        }
    }
}

/// Everything that can be asked of a moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look {
    rows: Vec<AssetRow>,
    living: (u64, u64),
    recent: Vec<AssetId>,
    tagged: Vec<AssetId>,
    edges: Vec<Vec<Relationship>>,
    health: Vec<(ScopeKey, Coverage, RunId, u64)>,
}

async fn rows(bench: &Bench, query: &str, at: Option<Moment>) -> Result<Vec<AssetRow>, SessionError> {
    let open = Command::Open { query: query.into(), sort: Vec::new(), at };
    let Reply::Opened(opened) = bench.engine_ask(open).await? else { panic!() };
    let window = Command::Window { cursor: opened.cursor, start: 0, len: 10_000, properties: true };
    let Reply::Rows { rows, .. } = bench.engine_ask(window).await? else { panic!() };
    bench.ask(Command::Close { cursor: opened.cursor }).await;
    Ok(rows)
}

async fn look(bench: &Bench, at: Option<Moment>) -> Result<Look, SessionError> {
    let all = rows(bench, "presence:present,unknown,gone", at).await?;
    let open = Command::Open { query: String::new(), sort: Vec::new(), at };
    let Reply::Opened(opened) = bench.engine_ask(open).await? else { panic!() };
    let ids = |rows: Vec<AssetRow>| rows.into_iter().map(|r| r.id).collect::<Vec<_>>();
    let mut edges = Vec::new();
    for id in 0..6 {
        let ask = Command::Relations {
            id: format!("id:{id}").as_str().into(),
            direction: Direction::Both,
            depth: 2,
            limit: 100,
            at,
        };
        let Reply::Relations(found) = bench.engine_ask(ask).await? else { panic!() };
        edges.push(found.edges);
    }
    let Reply::Health(health) = bench.engine_ask(Command::Health { at, attempts: true }).await? else {
        panic!()
    };
    Ok(Look {
        rows: all,
        living: (opened.total, opened.unknown),
        recent: ids(rows(bench, "changed:2h", at).await?),
        tagged: ids(rows(bench, "tag.env=1 presence:present", at).await?),
        edges,
        health: health.into_iter().map(|h| (h.key, h.coverage, h.run, h.unknown)).collect(),
    })
}

fn alive(row: &AssetRow) -> bool {
    !matches!(row.presence, Presence::Gone { .. })
}

/// What changes speak of, of a record: fields, relationships, whether it is there.
type Account = (Value, BTreeSet<String>, bool);

fn account(record: &Record) -> Account {
    let a = &record.asset;
    let mut properties = a.properties.value();
    properties.as_object_mut().unwrap().remove("noise");
    let fields = json!({"name": a.name, "tags": a.tags, "properties": properties});
    let edges = record.references.iter().map(|r| format!("{}->{}", r.relation, r.target)).collect();
    (fields, edges, record.gone.is_none())
}

fn state_at(store: &dyn AssetStore, revision: Revision) -> BTreeMap<AssetId, Account> {
    let mut state = BTreeMap::new();
    let mut take = |record: Record| {
        state.insert(record.asset.key.id.clone(), account(&record));
        true
    };
    if revision > Revision(0) {
        store.load_at(revision, &mut take).unwrap();
    }
    state
}

fn put(fields: &mut Value, path: &str, after: Option<&Payload>) {
    let mut at = fields;
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        let map = at.as_object_mut().unwrap();
        if parts.peek().is_some() {
            at = map.get_mut(part).unwrap();
            continue;
        }
        match after {
            Some(value) => drop(map.insert(part.to_owned(), value.value())),
            None => drop(map.remove(part)),
        }
        return;
    }
}

/// What stands in the record of a commit is what it was created with, and what the same commit saw of it
/// after that.
fn replay(
    store: &dyn AssetStore,
    state: &mut BTreeMap<AssetId, Account>,
    made: &mut BTreeMap<AssetId, Revision>,
    change: &Change,
) {
    if made.get(&change.id) == Some(&change.revision) {
        return;
    }
    match change.change {
        ChangeKind::Created => {
            made.insert(change.id.clone(), change.revision);
            let created = state_at(store, change.revision).remove(&change.id).unwrap();
            state.insert(change.id.clone(), created);
        }
        ChangeKind::Gone => state.get_mut(&change.id).unwrap().2 = false,
        ChangeKind::Returned => state.get_mut(&change.id).unwrap().2 = true,
        ChangeKind::Forgotten => drop(state.remove(&change.id)),
        ChangeKind::Changed => {
            let (fields, edges, _) = state.get_mut(&change.id).unwrap();
            match change.path.strip_prefix("relationships.") {
                Some(edge) if change.after.is_some() => drop(edges.insert(edge.to_owned())),
                Some(edge) => assert!(edges.remove(edge), "{edge} was not there"),
                None => put(fields, &change.path, change.after.as_ref()),
            }
        }
    }
}

/// The comparison worked out from two looks, the plain way: appeared, vanished, changed, lost sight, seen
/// again.
fn compared(from: &Look, to: &Look) -> (Vec<AssetId>, Vec<AssetId>, Vec<AssetId>, u64, u64) {
    let of = |look: &Look| -> BTreeMap<AssetId, AssetRow> {
        look.rows.iter().filter(|r| alive(r)).map(|r| (r.id.clone(), r.clone())).collect()
    };
    let edges = |look: &Look, id: &AssetId| -> BTreeSet<(AssetId, AssetId)> {
        let stated = look.edges.iter().flatten().filter(|e| e.from == *id);
        stated.map(|e| (e.from.clone(), e.to.clone())).collect()
    };
    let content = |row: &AssetRow| {
        let mut value = row.properties.as_ref().unwrap().value();
        value.as_object_mut().unwrap().remove("noise");
        (value, row.tags.clone(), row.name.clone())
    };
    let (a, b) = (of(from), of(to));
    let not_in = |x: &BTreeMap<AssetId, AssetRow>, y: &BTreeMap<AssetId, AssetRow>| {
        x.keys().filter(|id| !y.contains_key(*id)).cloned().collect::<Vec<_>>()
    };
    let both = || a.iter().filter_map(|(id, a)| Some((id, a, b.get(id)?)));
    let changed = both().filter(|(id, x, y)| content(x) != content(y) || edges(from, id) != edges(to, id));
    let turned = |first: &str, then: &str| {
        both().filter(|(_, x, y)| x.presence.word() == first && y.presence.word() == then).count() as u64
    };
    (
        not_in(&b, &a),
        not_in(&a, &b),
        changed.map(|(id, ..)| id.clone()).collect(),
        turned("present", "unknown"),
        turned("unknown", "present"),
    )
}

pub(super) struct History {
    pub(super) bench: Bench,
    scopes: [Scope; 2],
    /// What was seen at each revision that was looked at, and the time of looking.
    pub(super) looks: Vec<(Revision, Timestamp, Look)>,
    noise: usize,
}

impl History {
    pub(super) async fn new() -> Self {
        let scopes = [scope("0", ListingMode::Snapshot), scope("1", ListingMode::Weak)];
        let bench = Bench::new(&scopes.clone().map(|s| (s, listing([])))).await;
        Self { bench, scopes, looks: Vec::new(), noise: 0 }
    }

    pub(super) async fn act(mut self, deed: &Deed) -> Self {
        match deed {
            Deed::Run(first, second) => {
                self.noise += 1;
                for (scope, fate) in self.scopes.iter().zip([first, second]) {
                    self.bench.collector.play_only(&scope.key, script(fate, self.noise));
                }
                self.bench.collect().await;
                let seen = look(&self.bench, None).await.unwrap();
                self.looks.push((self.bench.store.revision(), self.bench.clock_now(), seen));
            }
            Deed::Clock(millis) => self.bench.clock.advance(*millis),
            Deed::Restart => self.bench = self.bench.restart().await,
            Deed::Prune(at, tombstones) if !self.looks.is_empty() => {
                let before = at.get(&self.looks).1;
                let retention = Retention {
                    history_before: Some(before),
                    history_bytes: None,
                    tombstones_before: tombstones.then_some(before),
                };
                let pruned = self.bench.engine.write(|done| Intake::Prune { retention, done });
                // Older states do not show afterwards what retention took.
                let taken = pruned.await.unwrap().tombstones;
                for (.., look) in &mut self.looks {
                    look.rows.retain(|row| alive(row) || !taken.iter().any(|key| key.key.id == row.id));
                }
            }
            Deed::Prune(..) => {}
        }
        self
    }

    /// The newest revision recorded at or before a time, found the plain way.
    fn meant(&self, time: Timestamp) -> Option<Revision> {
        let store = &self.bench.store;
        let oldest = store.oldest().map_or(0, |(revision, _)| revision.0);
        let known = (oldest.max(1)..=store.revision().0).rev().map(Revision);
        let found = known.into_iter().find(|r| store.recorded_at(*r).unwrap().is_some_and(|t| t <= time));
        found.or((oldest == 0).then_some(Revision(0)))
    }

    async fn check(&self) -> Result<(), TestCaseError> {
        let store = &*self.bench.store;
        let oldest = store.oldest().map_or(Revision(0), |(revision, _)| revision);
        for (revision, time, then) in &self.looks {
            match look(&self.bench, Some(Moment::Revision(*revision))).await {
                Ok(found) => {
                    prop_assert!(*revision >= oldest, "{} is known, the oldest is {}", revision, oldest);
                    prop_assert_eq!(&found, then, "at revision {}", revision);
                }
                Err(SessionError::Bad(text)) => {
                    prop_assert!(*revision < oldest, "{}: {}", revision, text);
                    prop_assert!(text.contains("no longer known"), "{}", text);
                }
                Err(other) => prop_assert!(false, "{}", other),
            }
            // The clock may have been set back since: then a later revision is meant.
            let resolved = self.bench.engine_ask(Command::Resolve { at: Moment::Time(*time) }).await;
            match (self.meant(*time), resolved) {
                (Some(want), Ok(Reply::Moment((found, _)))) => {
                    prop_assert_eq!(found, want, "at {}", time);
                    let same = self.looks.iter().find(|(revision, ..)| *revision == want);
                    if let Some((_, looked, then)) = same {
                        let (mut found, mut then) =
                            (look(&self.bench, Some(Moment::Time(*time))).await.unwrap(), then.clone());
                        if looked != time {
                            // Ages are those of the moment, whatever the clock said at that revision.
                            (found.recent, then.recent) = (Vec::new(), Vec::new());
                        }
                        prop_assert_eq!(found, then, "at {}", time);
                    }
                }
                (None, Err(SessionError::Bad(_))) => {}
                (want, found) => prop_assert!(false, "{:?} for {:?} at {}", found, want, time),
            }
        }
        self.check_changes(oldest)?;
        self.check_comparisons(oldest).await
    }

    fn check_changes(&self, oldest: Revision) -> Result<(), TestCaseError> {
        let store = &*self.bench.store;
        let mut all = Vec::new();
        store
            .changes(&ChangeRange::after(Revision(0)), &mut |change| {
                all.push(change);
                true
            })
            .unwrap();
        prop_assert!(all.iter().all(|c| c.revision > oldest || oldest == Revision(0)));
        prop_assert!(all.is_sorted_by_key(|c| c.revision), "clock jumps reorder nothing");
        let recorded = |c: &Change| store.recorded_at(c.revision).unwrap();
        prop_assert!(all.iter().all(|c| recorded(c) == Some(c.at)), "a change bears the time of its commit");
        prop_assert!(all.iter().all(|c| !c.path.contains("noise")), "noise makes no change");
        let mut state = state_at(store, oldest);
        let mut made = BTreeMap::new();
        let mut changes = all.iter().peekable();
        for (revision, ..) in self.looks.iter().filter(|(r, ..)| *r >= oldest) {
            while let Some(change) = changes.next_if(|c| c.revision <= *revision) {
                replay(store, &mut state, &mut made, change);
            }
            prop_assert_eq!(&state, &state_at(store, *revision), "replayed up to {}", revision);
        }
        Ok(())
    }

    async fn check_comparisons(&self, oldest: Revision) -> Result<(), TestCaseError> {
        let known: Vec<_> = self.looks.iter().filter(|(r, ..)| *r >= oldest).collect();
        for (n, (from, _, before)) in known.iter().enumerate() {
            for (to, _, after) in &known[n..] {
                let found = compare(&self.bench, *from, *to, "").await;
                let ids = |rows: &[AssetRow]| rows.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
                let changed = found.changed.iter().map(|(row, _)| row.id.clone()).collect::<Vec<_>>();
                let want = compared(before, after);
                prop_assert_eq!(
                    (ids(&found.appeared), ids(&found.vanished), changed, found.lost_sight, found.seen_again),
                    want,
                    "from {} to {}",
                    from,
                    to
                );
                let noise = found.changed.iter().flat_map(|(_, d)| d).any(|d| d.path.contains("noise"));
                prop_assert!(!noise, "{:?}", found.changed);
            }
        }
        Ok(())
    }
}

pub(super) async fn compare(bench: &Bench, from: Revision, to: Revision, filter: &str) -> Comparison {
    let ask = Command::CompareMoments {
        from: Moment::Revision(from),
        to: Some(Moment::Revision(to)),
        filter: filter.into(),
        limit: 1_000,
    };
    let Reply::Comparison(found) = bench.ask(ask).await else { panic!() };
    *found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn the_past_is_answered_as_it_was_answered_then(deeds in prop::collection::vec(deed(), 1..14)) {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let mut history = History::new().await;
            for deed in &deeds {
                history = history.act(deed).await;
            }
            let checked = history.check().await;
            history.bench.engine.shutdown().await;
            checked
        })?;
    }
}
