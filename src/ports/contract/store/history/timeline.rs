//! A plain record of everything that a store ever held, to compare with.

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_domain::{
    Attempt, Change, Record, RecordKey, Revision, ScopeKey, ScopeState, Timestamp, Unseen,
};

use super::super::{super::sample, super::sample::Rng, Model};
use crate::{AssetStore, ChangeRange, Commit, PruneReport, Retention, StoreError};

/// What was there as of one revision.
#[derive(Clone, Debug, Default)]
struct Then {
    at: Timestamp,
    records: BTreeMap<RecordKey, Record>,
    scopes: BTreeMap<ScopeKey, ScopeState>,
}

/// Everything that a store holds and held.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// What it holds now.
    pub now: Model,
    /// The oldest revision that is known.
    pub oldest: Revision,
    then: BTreeMap<Revision, Then>,
    /// Every state of a scope with the commit that wrote it; `None` where it was dropped.
    states: Vec<(Revision, ScopeKey, Option<ScopeState>)>,
}

impl Default for Timeline {
    fn default() -> Self {
        let then = [(Revision(0), Then::default())].into();
        Self { now: Model::default(), oldest: Revision(0), then, states: Vec::new() }
    }
}

impl Timeline {
    /// Takes a commit as a store would.
    pub fn apply(&mut self, commit: &Commit) {
        self.now.apply(commit);
        let (records, scopes) = (self.now.records.clone(), self.now.scopes.clone());
        self.then.insert(commit.revision, Then { at: commit.at, records, scopes });
        for state in &commit.scopes {
            self.states.push((commit.revision, state.scope.key.clone(), Some(state.clone())));
        }
        for key in &commit.dropped {
            self.states.push((commit.revision, key.clone(), None));
        }
    }

    /// Says that nothing is known before a revision, and that it held what is there now; so did the one
    /// after it.
    pub fn begin_at(&mut self, oldest: Revision, to: Revision) {
        self.forget_before(oldest);
        for (_, then) in self.then.range_mut(..=to) {
            then.records = self.now.records.clone();
            then.scopes = self.now.scopes.clone();
        }
        self.states = self.now.scopes.iter().map(|(key, s)| (oldest, key.clone(), Some(s.clone()))).collect();
    }

    /// Says that nothing is known before a revision.
    pub fn forget_before(&mut self, oldest: Revision) {
        self.oldest = oldest;
        self.then.retain(|revision, _| *revision >= oldest);
    }

    /// A time near which something was recorded.
    pub fn any_time(&self, rng: &mut Rng) -> Timestamp {
        let times: Vec<_> = self.then.values().map(|t| t.at).collect();
        let time = times[rng.below(times.len() as u64) as usize];
        time.plus_millis(rng.below(3) as i64 - 1)
    }

    /// Prunes the store until there is no more to do, and takes that over.
    pub fn prune(&mut self, store: &dyn AssetStore, retention: &Retention, context: &str) -> PruneReport {
        let mut sum = PruneReport { more: true, ..PruneReport::default() };
        let mut steps = 0;
        while sum.more {
            let step = store.prune(retention).unwrap();
            sum.changes += step.changes;
            sum.bytes += step.bytes;
            sum.tombstones.extend(step.tombstones);
            (sum.oldest, sum.more) = (step.oldest, step.more);
            steps += 1;
            assert!(steps < 10_000, "{context}: pruning comes to an end");
        }
        let newest = self.now.revision;
        let old = |then: &Then| retention.history_before.is_some_and(|t| then.at < t);
        while self.oldest.next() < newest && old(&self.then[&self.oldest.next()]) {
            self.oldest = self.oldest.next();
        }
        let oldest = store.oldest().map_or(Revision(0), |(revision, _)| revision);
        if let Some(most) = retention.history_bytes {
            // How many bytes a commit takes is the store's affair.
            assert!(oldest >= self.oldest && (oldest < newest || oldest == self.oldest), "{context}: oldest");
            let bytes = store.info().history_bytes;
            assert!(bytes <= most || oldest.next() >= newest, "{context}: {bytes} of {most} bytes are left");
            self.oldest = oldest;
        }
        assert_eq!(oldest, self.oldest, "{context}: the oldest revision");
        let before = self.now.changes.len();
        self.now.changes.retain(|change| change.revision > oldest);
        assert_eq!(sum.changes, (before - self.now.changes.len()) as u64, "{context}: changes");
        self.then.retain(|revision, _| *revision >= oldest);
        let goes = |record: &Record| {
            let gone = record.gone.filter(|gone| gone.revision <= oldest && record.revision <= oldest);
            gone.is_some_and(|gone| retention.tombstones_before.is_some_and(|t| gone.at < t))
                && !self.now.pins.contains_key(&record.asset.key.id)
        };
        let taken: BTreeSet<RecordKey> =
            self.now.records.iter().filter(|(_, r)| goes(r)).map(|(key, _)| key.clone()).collect();
        let told: BTreeSet<RecordKey> = sum.tombstones.iter().cloned().collect();
        assert_eq!(told, taken, "{context}: tombstones");
        assert_eq!(told.len(), sum.tombstones.len(), "{context}: each tombstone is told once");
        self.now.records.retain(|key, _| !taken.contains(key));
        for then in self.then.values_mut() {
            then.records.retain(|key, _| !taken.contains(key));
        }
        let known = Some((oldest, self.then[&oldest].at)).filter(|_| oldest.0 > 0);
        assert_eq!(sum.oldest.filter(|(r, _)| r.0 > 0), known, "{context}: what is left, as reported");
        sum
    }

    /// Panics unless the store holds and held exactly this. Looks at some revisions, drawn at random, and
    /// always at the oldest and the newest.
    pub fn assert_equals(&self, store: &dyn AssetStore, rng: &mut Rng, context: &str) {
        self.now.assert_equals(store, context);
        let (oldest, newest) = (self.oldest, self.now.revision);
        let expected = (newest.0 > 0).then(|| (oldest, self.then[&oldest].at));
        assert_eq!(store.oldest(), expected, "{context}: oldest");
        assert_eq!(store.info().oldest, expected, "{context}: info.oldest");
        self.assert_times(store, context);
        self.assert_attempts(store, context);
        self.assert_changes(store, rng, context);
        let some: Vec<u64> = (0..3).map(|_| oldest.0 + rng.below(newest.0 - oldest.0 + 1)).collect();
        for revision in some.into_iter().chain([oldest.0, newest.0]) {
            self.assert_then(store, Revision(revision), rng, &format!("{context}, at {revision}"));
        }
        let since = Revision(oldest.0 + rng.below(newest.0 - oldest.0 + 1));
        self.assert_since(store, since, &format!("{context}, since {since}"));
        for revision in [0, oldest.0.saturating_sub(1)].map(Revision) {
            if revision < oldest {
                let forgotten = |answer| matches!(answer, Err(StoreError::Forgotten { .. }));
                assert!(forgotten(store.load_at(revision, &mut |_| true).map(drop)), "{context}: load_at");
                assert!(forgotten(store.scopes_at(revision).map(drop)), "{context}: scopes_at");
                assert!(forgotten(store.get_many_at(revision, &[]).map(drop)), "{context}: get_many_at");
            }
        }
    }

    /// Panics unless the store tells that revision as it was.
    pub fn assert_then(&self, store: &dyn AssetStore, revision: Revision, rng: &mut Rng, context: &str) {
        let then = &self.then[&revision];
        let mut found = BTreeMap::new();
        let (mut closed, mut current) = (BTreeSet::new(), None);
        let report = store
            .load_at(revision, &mut |record| {
                if current.as_ref() != Some(&record.scope) {
                    assert!(closed.insert(record.scope.clone()), "{context}: {} in two parts", record.scope);
                    current = Some(record.scope.clone());
                }
                let key = record.record_key();
                assert!(found.insert(key.clone(), record).is_none(), "{context}: {key:?} came twice");
                true
            })
            .unwrap();
        assert_eq!(report.findings, [], "{context}: nothing is damaged");
        assert_eq!(report.records, found.len() as u64, "{context}: the report counts");
        assert!(found.keys().eq(then.records.keys()), "{context}: other keys were there");
        assert!(found == then.records, "{context}: other records were there");
        let mut keys: Vec<RecordKey> = then.records.keys().cloned().collect();
        keys.extend(self.now.records.keys().filter(|_| rng.one_in(4)).cloned());
        keys.push(sample::record(&ScopeKey::new("s", "l"), "nobody", 1).record_key());
        keys.retain(|_| !rng.one_in(3));
        let many = store.get_many_at(revision, &keys).unwrap();
        for (key, record) in keys.iter().zip(&many) {
            assert_eq!(record.as_ref(), then.records.get(key), "{context}: {key:?} as got");
        }
        assert_eq!(many.len(), keys.len(), "{context}: an answer for every key");
        let scopes = store.scopes_at(revision).unwrap();
        let scopes: BTreeMap<_, _> = scopes.into_iter().map(|s| (s.scope.key.clone(), s)).collect();
        assert_eq!(scopes, then.scopes, "{context}: scopes");
    }

    /// Panics unless the store tells what is different now from what was there at that revision, and names its
    /// commit the same each time.
    fn assert_since(&self, store: &dyn AssetStore, revision: Revision, context: &str) {
        let then = &self.then[&revision];
        let mut told: BTreeMap<u128, Option<Record>> = BTreeMap::new();
        store
            .load_since(revision, &mut |hash, record| {
                assert!(told.insert(hash, record).is_none(), "{context}: one record twice");
            })
            .unwrap();
        let keys: BTreeSet<&RecordKey> = then.records.keys().chain(self.now.records.keys()).collect();
        for key in keys {
            let now = self.now.records.get(key);
            match told.remove(&key.hash128()) {
                Some(record) => assert_eq!(record.as_ref(), now, "{context}: {key:?} since"),
                None => assert_eq!(then.records.get(key), now, "{context}: {key:?} was not told"),
            }
        }
        assert!(told.values().all(Option::is_none), "{context}: what nobody knows");
        assert_eq!(store.stamp(revision).unwrap(), store.stamp(revision).unwrap(), "{context}: stamp");
        if revision.0 > 0 && revision > self.oldest {
            assert!(store.stamp(revision).unwrap().is_some(), "{context}: no stamp");
        }
        assert_eq!(
            store.stamp(Revision(self.now.revision.0 + 1)).unwrap(),
            None,
            "{context}: stamp of nothing"
        );
    }

    fn assert_times(&self, store: &dyn AssetStore, context: &str) {
        let known: Vec<_> =
            self.then.iter().filter(|(r, _)| r.0 > 0).map(|(r, then)| (*r, then.at)).collect();
        let mut times: BTreeSet<Timestamp> = BTreeSet::new();
        for (_, at) in &known {
            times.extend([-1, 0, 1].map(|by| at.plus_millis(by)));
        }
        for time in times {
            let last = known.iter().rfind(|(_, at)| *at <= time).copied();
            assert_eq!(store.revision_at(time).unwrap(), last, "{context}: revision_at {time}");
            let first = known.iter().find(|(_, at)| *at > time).map(|(r, _)| *r);
            assert_eq!(store.first_after(time).unwrap(), first, "{context}: first_after {time}");
        }
        for revision in (0..self.now.revision.0 + 2).map(Revision) {
            let at = known.iter().find(|(r, _)| *r == revision).map(|(_, at)| *at);
            assert_eq!(store.recorded_at(revision).unwrap(), at, "{context}: recorded_at {revision}");
        }
    }

    fn assert_attempts(&self, store: &dyn AssetStore, context: &str) {
        let scopes: BTreeSet<&ScopeKey> = self.states.iter().map(|(_, key, _)| key).collect();
        for scope in scopes {
            let own = || self.states.iter().filter(|(_, key, _)| key == scope);
            let last = own().rfind(|(revision, _, _)| *revision <= self.oldest);
            let later = own().filter(|(revision, _, _)| *revision > self.oldest);
            let states = last.into_iter().chain(later);
            let states = states.filter_map(|(revision, _, state)| Some((revision, state.as_ref()?)));
            let mut all: Vec<Attempt> = states
                .map(|(revision, state)| Attempt {
                    revision: *revision,
                    run: state.run,
                    coverage: state.coverage.clone(),
                    unknown: match &state.unseen {
                        Unseen::None => 0,
                        Unseen::All => state.coverage.assets,
                        Unseen::Some(keys) => keys.len() as u64,
                    },
                })
                .collect();
            all.reverse();
            for limit in [0, 1, 3, usize::MAX] {
                let found = store.attempts(scope, limit).unwrap();
                assert_eq!(found, all[..limit.min(all.len())], "{context}: attempts at {scope}");
            }
        }
    }

    fn assert_changes(&self, store: &dyn AssetStore, rng: &mut Rng, context: &str) {
        for _ in 0..4 {
            let (a, b) = (rng.below(self.now.revision.0 + 2), rng.below(self.now.revision.0 + 2));
            let range = ChangeRange { from: Revision(a), to: Revision(b), newest_first: rng.one_in(2) };
            let within = |c: &&Change| c.revision >= range.from && c.revision <= range.to;
            let mut expected: Vec<&Change> = self.now.changes.iter().filter(within).collect();
            if range.newest_first {
                // The sort is stable: changes of one commit stay in their order.
                expected.sort_by_key(|change| std::cmp::Reverse(change.revision));
            }
            let limit = if rng.one_in(2) { usize::MAX } else { rng.below(9) as usize + 1 };
            let mut found = Vec::new();
            store
                .changes(&range, &mut |change| {
                    found.push(change);
                    found.len() < limit
                })
                .unwrap();
            expected.truncate(limit);
            assert!(found.iter().eq(expected), "{context}: {range:?}, at most {limit}");
        }
    }
}
