//! What every `AssetStore` promises: order, atomic commits, nothing lost, nothing seen twice, and that
//! it equals a plain map under any sequence of commits.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite fails by panicking")]

mod compaction;
pub mod history;

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_domain::{
    AssetId, Change, Pin, Record, RecordKey, RecordName, Revision, RunId, RunRecord, ScopeKey, ScopeState,
    Unseen,
};

use self::history::Timeline;
use super::sample::{self, Rng};
use crate::ChangeRange;
use crate::{AssetStore, Commit, StoreError};

/// Makes an empty store.
pub type Make<'a> = &'a dyn Fn() -> Box<dyn AssetStore>;

/// Closes a store and opens what it left behind.
pub type Reopen<'a> = &'a dyn Fn(Box<dyn AssetStore>) -> Box<dyn AssetStore>;

/// Everything that holds without closing the store.
pub fn suite(make: Make<'_>) {
    empty(make);
    order(make);
    upsert_rewrite_tombstone(make);
    a_record_may_change_its_scope(make);
    one_id_many_records(make);
    scopes_and_runs(make);
    change_pages(make);
    clustered(make);
    large_values(make);
    for seed in 1..=4 {
        equals_a_map(seed, 40, make, None);
        history::equals_its_past(seed, 40, make, None);
    }
    history::suite(make);
    for seed in 21..=22 {
        compaction::changes_nothing(seed, make, None);
    }
}

/// Everything of [`suite`], and that all of it survives closing.
pub fn durable(make: Make<'_>, reopen: Reopen<'_>) {
    suite(make);
    survives_closing(make, reopen);
    for seed in 11..=14 {
        equals_a_map(seed, 40, make, Some(reopen));
        history::equals_its_past(seed, 40, make, Some(reopen));
    }
    for seed in 24..=25 {
        compaction::changes_nothing(seed, make, Some(reopen));
    }
}

/// What a store should hold, as plain maps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// The last revision.
    pub revision: Revision,
    /// Every record.
    pub records: BTreeMap<RecordKey, Record>,
    /// Every scope.
    pub scopes: BTreeMap<ScopeKey, ScopeState>,
    /// Every run.
    pub runs: BTreeMap<RunId, RunRecord>,
    /// Every change, oldest first.
    pub changes: Vec<Change>,
    /// Every pin.
    pub pins: BTreeMap<AssetId, Pin>,
}

impl Model {
    /// Takes a commit as a store would.
    pub fn apply(&mut self, commit: &Commit) {
        self.revision = commit.revision;
        self.records.extend(commit.records.iter().map(|r| (r.record_key(), r.clone())));
        self.scopes.extend(commit.scopes.iter().map(|s| (s.scope.key.clone(), s.clone())));
        self.runs.extend(commit.runs.iter().map(|r| (r.id, r.clone())));
        self.changes.extend(commit.changes.iter().cloned());
        for key in &commit.forgotten {
            self.records.remove(key);
        }
        for key in &commit.dropped {
            self.scopes.remove(key);
        }
        self.pins.extend(commit.pinned.iter().map(|pin| (pin.id.clone(), pin.clone())));
        for id in &commit.unpinned {
            self.pins.remove(id);
        }
    }

    /// Panics unless the store holds exactly this.
    pub fn assert_equals(&self, store: &dyn AssetStore, context: &str) {
        assert_eq!(store.revision(), self.revision, "{context}: revision");
        let records: BTreeMap<_, _> = load(store).into_iter().map(|r| (r.record_key(), r)).collect();
        assert!(records.keys().eq(self.records.keys()), "{context}: the store holds other keys");
        for (key, record) in &self.records {
            assert_eq!(&records[key], record, "{context}: record {key:?} as loaded");
            assert_eq!(store.get(key).unwrap().as_ref(), Some(record), "{context}: record {key:?} as got");
        }
        self.assert_payloads(store, context);
        let scopes: BTreeMap<_, _> =
            store.scopes().unwrap().into_iter().map(|s| (s.scope.key.clone(), s)).collect();
        assert_eq!(scopes, self.scopes, "{context}: scopes");
        let newest: Vec<_> = self.runs.values().rev().cloned().collect();
        assert_eq!(store.runs(usize::MAX).unwrap(), newest, "{context}: runs, newest first");
        let changes = changes_after(store, Revision(0), usize::MAX);
        assert_eq!(changes, self.changes, "{context}: changes, oldest first");
        let pins: BTreeMap<_, _> =
            store.pins().unwrap().into_iter().map(|pin| (pin.id.clone(), pin)).collect();
        assert_eq!(pins, self.pins, "{context}: pins");
        let info = store.info();
        assert_eq!(info.revision, self.revision, "{context}: info.revision");
        assert_eq!(info.records, self.records.len() as u64, "{context}: info.records");
        assert_eq!(store.records(), info.records, "{context}: records");
        let tombstones = self.records.values().filter(|r| r.gone.is_some()).count() as u64;
        assert_eq!(info.tombstones, tombstones, "{context}: info.tombstones");
        assert_eq!(info.scopes, self.scopes.len() as u64, "{context}: info.scopes");
        assert_eq!(info.changes, self.changes.len() as u64, "{context}: info.changes");
        let check = store.check().unwrap();
        assert_eq!(check.findings, [], "{context}: check finds nothing");
        assert_eq!(check.records, info.records, "{context}: check.records");
        assert_eq!(check.revision, self.revision, "{context}: check.revision");
        assert_eq!(check.acknowledged, self.revision, "{context}: check.acknowledged");
    }
}

impl Model {
    /// All payloads at once, in the order in which they are kept or nearly so and in another one, one of them twice
    /// and one that is not there.
    fn assert_payloads(&self, store: &dyn AssetStore, context: &str) {
        let names: Vec<_> = self.records.keys().map(RecordName::from).collect();
        self.assert_payloads_of(&names, store, context);
        self.assert_payloads_of(&names.into_iter().rev().collect::<Vec<_>>(), store, context);
    }

    fn assert_payloads_of(&self, names: &[RecordName<'_>], store: &dyn AssetStore, context: &str) {
        let nobody = RecordName { source: "s", id: "nobody's", incarnation: "" };
        let last = self.records.keys().map(RecordName::from).next();
        let (some, rest) = names.split_at(names.len() / 2);
        let names: Vec<_> =
            some.iter().copied().chain([nobody]).chain(rest.iter().copied()).chain(last).collect();
        let mut payloads = vec![None; names.len()];
        let found = store.payloads(&names, &mut |n, payload| {
            let before = payloads[n].replace(payload.to_owned());
            assert_eq!(before, None, "{context}: a payload was handed out twice");
        });
        found.unwrap();
        let expected = |name: &RecordName<'_>| {
            self.records.get(&name.key()).map(|r| r.asset.properties.as_str().to_owned())
        };
        assert_eq!(payloads, names.iter().map(expected).collect::<Vec<_>>(), "{context}: payloads");
    }
}

/// Loads everything; panics when a record comes twice, scopes are not clustered, or anything is
/// reported damaged.
pub fn load(store: &dyn AssetStore) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    let report = store
        .load(&mut |record| {
            records.push(record);
            true
        })
        .unwrap();
    assert_eq!(report.findings, [], "a sound store reports nothing");
    assert_eq!(report.records, records.len() as u64, "the report counts what was handed out");
    let mut keys = BTreeSet::new();
    let mut closed = BTreeSet::new();
    let mut current: Option<&ScopeKey> = None;
    for record in &records {
        assert!(keys.insert(record.record_key()), "{:?} was handed out twice", record.record_key());
        if current != Some(&record.scope) {
            assert!(closed.insert(record.scope.clone()), "the scope {} came in two parts", record.scope);
            current = Some(&record.scope);
        }
    }
    records
}

/// The commit that follows what the store holds.
#[must_use]
pub fn next(store: &dyn AssetStore) -> Commit {
    let revision = store.revision().next();
    Commit { revision, at: sample::time(revision.0), ..Commit::default() }
}

fn put(store: &dyn AssetStore, records: Vec<Record>) {
    let commit = Commit { records, ..next(store) };
    assert_eq!(store.apply(&commit).unwrap(), commit.revision, "apply answers the revision it wrote");
}

fn empty(make: Make<'_>) {
    let store = make();
    Model::default().assert_equals(&*store, "an empty store");
    let key = sample::record(&ScopeKey::new("s", "l"), "nobody", 1).record_key();
    assert_eq!(store.get(&key).unwrap(), None, "an empty store knows nobody");
    assert_eq!(store.get_by_id(&key.key.id).unwrap(), [], "an empty store knows nobody by id");
    assert_eq!(store.apply(&next(&*store)).unwrap(), Revision(1), "an empty commit is a commit");
}

fn order(make: Make<'_>) {
    let store = make();
    let scope = sample::scope("s", "l");
    let mut model = Model::default();
    let first = Commit {
        records: vec![sample::record(&scope.key, "a", 1)],
        scopes: vec![sample::scope_state(&scope, 1, 1, vec![])],
        runs: vec![sample::run(1, &scope.key)],
        changes: vec![sample::change("a", 1, 0)],
        ..next(&*store)
    };
    store.apply(&first).unwrap();
    model.apply(&first);
    for wrong in [0, 1, 3, u64::MAX] {
        let commit = Commit {
            revision: Revision(wrong),
            records: vec![sample::record(&scope.key, "a", 9), sample::record(&scope.key, "b", 9)],
            scopes: vec![sample::scope_state(&scope, 9, 9, vec![1])],
            runs: vec![sample::run(9, &scope.key)],
            changes: vec![sample::change("b", 9, 0)],
            ..first.clone()
        };
        match store.apply(&commit) {
            Err(StoreError::OutOfOrder { got, last: 1 }) if got == wrong => {}
            other => panic!("revision {wrong} after 1 must be out of order, not {other:?}"),
        }
        model.assert_equals(&*store, "after a commit that was refused");
    }
}

fn upsert_rewrite_tombstone(make: Make<'_>) {
    let store = make();
    let scope = sample::scope("s", "l").key;
    let mut model = Model::default();
    for records in [
        (0..250).map(|n| sample::record(&scope, &format!("a{n}"), 1)).collect::<Vec<_>>(),
        (100..260).map(|n| sample::record(&scope, &format!("a{n}"), 2)).collect(),
        (0..50).map(|n| sample::tombstone(&scope, &format!("a{n}"), 3)).collect(),
        (40..60).map(|n| sample::record(&scope, &format!("a{n}"), 4)).collect(),
    ] {
        let commit = Commit { records, ..next(&*store) };
        store.apply(&commit).unwrap();
        model.apply(&commit);
        model.assert_equals(&*store, "upserts, rewrites and tombstones");
    }
}

fn a_record_may_change_its_scope(make: Make<'_>) {
    let store = make();
    let (a, b) = (ScopeKey::new("s", "l").parent("a"), ScopeKey::new("s", "l").parent("b"));
    put(&*store, vec![sample::record(&a, "x", 1), sample::record(&a, "y", 1), sample::record(&b, "z", 1)]);
    put(&*store, vec![sample::record(&b, "x", 2)]);
    let found: BTreeSet<_> =
        load(&*store).into_iter().map(|r| (r.asset.key.id.to_string(), r.scope.parent.clone())).collect();
    let expected = [("x", "b"), ("y", "a"), ("z", "b")].map(|(i, p)| (i.to_owned(), p.to_owned()));
    assert_eq!(found, expected.into(), "a record is in one scope, the one that saw it last");
    put(&*store, vec![sample::record(&b, "y", 3)]);
    assert_eq!(load(&*store).len(), 3, "a scope may become empty");
    assert_eq!(store.get_by_id(&"y".into()).unwrap().len(), 1, "a moved record is found once");
}

fn one_id_many_records(make: Make<'_>) {
    let store = make();
    let mut all = Vec::new();
    for source in ["one", "two", "three"] {
        for incarnation in ["", "i1", "i2"] {
            let mut record = sample::record(&ScopeKey::new(source, "l"), "same", 1);
            record.asset.key.incarnation = incarnation.into();
            all.push(record);
        }
    }
    let mut records = all.clone();
    records.extend((0..300).map(|n| sample::record(&ScopeKey::new("one", "l"), &format!("other{n}"), 1)));
    put(&*store, records);
    let mut found = store.get_by_id(&"same".into()).unwrap();
    found.sort_by_key(Record::record_key);
    all.sort_by_key(Record::record_key);
    assert_eq!(found, all, "all sources and incarnations of an id are found");
    for record in &all {
        assert_eq!(store.get(&record.record_key()).unwrap().as_ref(), Some(record));
    }
    let mut nobody = all[0].record_key();
    nobody.key.incarnation = "i3".into();
    assert_eq!(store.get(&nobody).unwrap(), None, "another incarnation is another record");
}

fn scopes_and_runs(make: Make<'_>) {
    let store = make();
    let mut model = Model::default();
    let scopes: Vec<_> = (0..5).map(|n| sample::scope("s", &format!("l{n}"))).collect();
    for round in 1..=3 {
        let commit = Commit {
            scopes: scopes.iter().map(|s| sample::scope_state(s, round, round, vec![7, u128::MAX])).collect(),
            runs: vec![
                RunRecord { ended: None, ..sample::run(round, &scopes[0].key) },
                sample::run(round + 1, &scopes[1].key),
            ],
            ..next(&*store)
        };
        store.apply(&commit).unwrap();
        model.apply(&commit);
    }
    model.assert_equals(&*store, "scopes and runs are replaced by key");
    assert_eq!(
        store.runs(2).unwrap().iter().map(|r| r.id.0).collect::<Vec<_>>(),
        [4, 3],
        "the newest runs come first"
    );
    assert_eq!(store.runs(0).unwrap(), [], "no runs when none is asked for");
}

/// Changes after a revision, oldest first, at most `limit`.
pub fn changes_after(store: &dyn AssetStore, since: Revision, limit: usize) -> Vec<Change> {
    let mut found = Vec::new();
    if limit > 0 {
        store
            .changes(&ChangeRange::after(since), &mut |change| {
                found.push(change);
                found.len() < limit
            })
            .unwrap();
    }
    found
}

fn change_pages(make: Make<'_>) {
    let store = make();
    let mut all = Vec::new();
    for revision in 1..=5 {
        let count = if revision == 3 { 0 } else { revision * 3 };
        let changes: Vec<_> = (0..count).map(|n| sample::change("a", revision, n)).collect();
        all.extend(changes.clone());
        store.apply(&Commit { changes, ..next(&*store) }).unwrap();
    }
    for since in 0..=6 {
        let after: Vec<_> = all.iter().filter(|c| c.revision.0 > since).cloned().collect();
        for limit in [0, 1, 4, 13, usize::MAX] {
            let page = changes_after(&*store, Revision(since), limit);
            assert_eq!(page, after[..limit.min(after.len())], "changes since {since}, at most {limit}");
        }
    }
    let beyond = ChangeRange { from: Revision(u64::MAX), ..ChangeRange::after(Revision(0)) };
    store.changes(&beyond, &mut |_| panic!("nothing comes after the last revision")).unwrap();
}

fn clustered(make: Make<'_>) {
    let store = make();
    let scopes: Vec<_> = (0..3).map(|n| ScopeKey::new("s", format!("l{n}"))).collect();
    for round in 0..4 {
        let records = (0..90)
            .map(|n| {
                let id = format!("r{round}-{n}");
                sample::record(&scopes[n % 3], &id, store.revision().0 + 1)
            })
            .collect();
        put(&*store, records);
    }
    assert_eq!(load(&*store).len(), 360, "every record is handed out");
    let mut seen = 0;
    let report = store
        .load(&mut |_| {
            seen += 1;
            seen < 7
        })
        .unwrap();
    assert_eq!((seen, report.records), (7, 7), "load stops when it is told to");
    let mut inner = 0;
    store
        .load(&mut |record| {
            assert!(store.get(&record.record_key()).unwrap().is_some(), "a visitor may use the store");
            inner += 1;
            inner < 3
        })
        .unwrap();
}

fn large_values(make: Make<'_>) {
    let store = make();
    let scope = sample::scope("s", "l");
    let mut rng = Rng::new(5);
    let mut model = Model::default();
    let big = |rng: &mut Rng, id: &str, revision, bytes: usize| {
        let mut record = sample::record(&scope.key, id, revision);
        let noise: String = (0..bytes).map(|_| char::from(b'a' + (rng.below(26) as u8))).collect();
        record.asset.tags.insert("big".into(), noise);
        record
    };
    for (revision, bytes) in [(1, 10), (2, 700_000), (3, 10)] {
        let mut state = sample::scope_state(&scope, 9, revision, vec![]);
        let mut unseen: Vec<u128> =
            (0..2000).map(|_| u128::from(rng.bits()) << 64 | u128::from(rng.bits())).collect();
        unseen.sort_unstable();
        state.unseen = Unseen::Some(unseen);
        let commit = Commit {
            records: (0..4).map(|n| big(&mut rng, &format!("b{n}"), revision, bytes)).collect(),
            scopes: vec![state],
            changes: (0..2500).map(|n| sample::change("b", revision, n)).collect(),
            ..next(&*store)
        };
        store.apply(&commit).unwrap();
        model.apply(&commit);
    }
    model.assert_equals(&*store, "records that grow and shrink");
}

fn survives_closing(make: Make<'_>, reopen: Reopen<'_>) {
    let mut store = make();
    let mut model = Model::default();
    let mut rng = Rng::new(99);
    model.assert_equals(&*store, "new");
    store = reopen(store);
    model.assert_equals(&*store, "new, reopened");
    for round in 0..3 {
        let commit = random_commit(&mut rng, store.revision().next());
        store.apply(&commit).unwrap();
        model.apply(&commit);
        store = reopen(store);
        model.assert_equals(&*store, &format!("reopened after commit {round}"));
    }
    // A commit right after opening, before anything was read.
    store = reopen(store);
    let commit = random_commit(&mut rng, store.revision().next());
    store.apply(&commit).unwrap();
    model.apply(&commit);
    model.assert_equals(&*store, "written before it was read");
    store = reopen(store);
    let key = model.records.keys().next().unwrap();
    assert_eq!(store.get(key).unwrap().as_ref(), model.records.get(key), "got before it was loaded");
}

/// A commit of anything: new, rewritten and moved records, tombstones, forgotten records, scopes, dropped
/// scopes, runs, changes, pins, at a clock that jumps by a day now and then. Ids are drawn from a small
/// pool, so that collisions are the rule.
#[must_use]
pub fn random_commit(rng: &mut Rng, revision: Revision) -> Commit {
    let r = revision.0;
    let scopes: Vec<_> = (0..6).map(|n| sample::scope(["s", "t"][n % 2], &format!("l{}", n / 2))).collect();
    let mut records = BTreeMap::new();
    for _ in 0..rng.below(60) {
        let scope = &scopes[rng.below(6) as usize].key;
        let id = format!("id{}", rng.below(150));
        let mut record =
            if rng.one_in(5) { sample::tombstone(scope, &id, r) } else { sample::record(scope, &id, r) };
        if rng.one_in(10) {
            record.asset.key.incarnation = "i2".into();
        }
        records.insert(record.record_key(), record);
    }
    let mut states = BTreeMap::new();
    for _ in 0..rng.below(3) {
        let scope = &scopes[rng.below(6) as usize];
        let unseen = (0..rng.below(3)).map(u128::from).collect();
        states.insert(scope.key.clone(), sample::scope_state(scope, rng.below(9), r, unseen));
    }
    let runs = (0..rng.below(2)).map(|_| sample::run(1 + rng.below(20), &scopes[0].key)).collect();
    let changes = (0..rng.below(8)).map(|n| sample::change("id1", r, n)).collect();
    let mut forgotten = BTreeSet::new();
    if rng.one_in(4) {
        for _ in 0..rng.below(8) {
            let scope = &scopes[rng.below(6) as usize].key;
            forgotten.insert(sample::record(scope, &format!("id{}", rng.below(150)), r).record_key());
        }
    }
    let mut dropped = if rng.one_in(6) { vec![scopes[rng.below(6) as usize].key.clone()] } else { vec![] };
    dropped.retain(|key| !states.contains_key(key));
    let id = |rng: &mut Rng| AssetId::from(format!("id{}", rng.below(150)));
    let pinned = (0..rng.below(3)).map(|_| Pin { id: id(rng), at: sample::time(r) }).collect();
    let unpinned = (0..rng.below(3)).map(|_| id(rng)).collect();
    let jump = [0, 0, 0, 86_400_000, -86_400_000][rng.below(5) as usize];
    Commit {
        revision,
        at: sample::time(r).plus_millis(jump),
        records: records.into_values().collect(),
        scopes: states.into_values().collect(),
        runs,
        changes,
        forgotten: forgotten.into_iter().collect(),
        dropped,
        pinned,
        unpinned,
    }
}

/// Any sequence of commits leaves what it would leave in a map; closing in between changes nothing.
pub fn equals_a_map(seed: u64, commits: u64, make: Make<'_>, reopen: Option<Reopen<'_>>) {
    let mut rng = Rng::new(seed);
    let mut store = make();
    let mut model = Model::default();
    for n in 1..=commits {
        let commit = random_commit(&mut rng, model.revision.next());
        store.apply(&commit).unwrap();
        model.apply(&commit);
        if rng.one_in(6) {
            let late = random_commit(&mut rng, model.revision);
            assert!(
                matches!(store.apply(&late), Err(StoreError::OutOfOrder { .. })),
                "seed {seed}: a commit may not come twice"
            );
        }
        if let Some(reopen) = reopen
            && rng.one_in(8)
        {
            store = reopen(store);
        }
        if rng.one_in(8) || n == commits {
            model.assert_equals(&*store, &format!("seed {seed}, commit {n}"));
        }
    }
}
