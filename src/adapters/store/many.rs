//! Reading many records by key: each segment once.

use std::collections::BTreeMap;

use cloudscope_domain::{Record, RecordKey, RecordName};
use cloudscope_ports::StoreError;

use crate::{
    engine,
    envelope::{Flaw, Unsealer},
    index::IdHash,
    layout::{Key, Place},
    segment,
    store::SledStore,
};

/// Fewer records in turn of a segment than this, and it is cheaper to look up every name first.
const FEW: usize = 3;

impl SledStore {
    pub(crate) fn find_many(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, StoreError> {
        let mut found: Vec<Option<Record>> = vec![None; keys.len()];
        if keys.len() > 1 {
            let db = self.reading()?;
            let wanted = self.wanted(keys);
            for (place, wanted) in wanted {
                let mut named = |name: segment::Name<'_>| {
                    wanted.iter().any(|n| segment::Name::from(&keys[*n].key) == name)
                };
                self.records_named(&db, place, &mut named, &mut |record| {
                    let key = record.record_key();
                    for n in wanted.iter().filter(|n| keys[**n] == key) {
                        found[*n] = Some(record.clone());
                    }
                })?;
            }
        }
        // A commit may have moved some from one segment to another meanwhile.
        for (n, key) in keys.iter().enumerate() {
            if found[n].is_none() {
                found[n] = self.find(key)?;
            }
        }
        Ok(found)
    }

    /// Which of the keys each segment may hold.
    fn wanted(&self, keys: &[RecordKey]) -> BTreeMap<Place, Vec<usize>> {
        let tables = self.tables();
        let mut wanted: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
        for (n, key) in keys.iter().enumerate() {
            let places = tables.index.iter().flat_map(|i| i.places(IdHash::of(key.key.id.as_str())));
            for place in places {
                wanted.entry(place).or_default().push(n);
            }
        }
        wanted
    }

    /// Hands out payloads as text, segment by segment.
    pub(crate) fn find_payloads(
        &self,
        names: &[RecordName<'_>],
        visit: &mut dyn FnMut(usize, &str),
    ) -> Result<(), StoreError> {
        let db = self.reading()?;
        if self.tables().index.is_none() {
            let mut writer = self.writer();
            self.ensure_index(&mut writer, &db)?;
        }
        let mut found = vec![false; names.len()];
        Unsealer::with(|unsealer| {
            let mut take = |n: usize, payload: &str| {
                if !std::mem::replace(&mut found[n], true) {
                    visit(n, payload);
                }
            };
            let left = self.payloads_in_turn(&db, names, unsealer, &mut take)?;
            let mut wanted: Vec<(Place, usize)> = Vec::with_capacity(left.len());
            {
                let tables = self.tables();
                let index = tables.index.as_ref();
                for n in left {
                    let places = index.into_iter().flat_map(|i| i.places(IdHash::of(names[n].id)));
                    places.for_each(|place| wanted.push((place, n)));
                }
            }
            wanted.sort_unstable();
            for of_segment in wanted.chunk_by(|a, b| a.0 == b.0) {
                self.payloads_of(&db, of_segment, names, unsealer, &mut take)?;
            }
            Ok(())
        })?;
        // A commit may have moved some from one segment to another meanwhile.
        for (n, name) in names.iter().enumerate().filter(|(n, _)| !found[*n]) {
            if let Some(record) = self.find(&name.key())? {
                visit(n, record.asset.properties.as_str());
            }
        }
        Ok(())
    }

    /// Where names come in the order in which the records are kept, only the first of a segment has to be looked up.
    /// Gives back which names are left, once or from the beginning segments turn out to hold hardly any in turn.
    fn payloads_in_turn(
        &self,
        db: &sled::Db,
        names: &[RecordName<'_>],
        unsealer: &mut Unsealer,
        visit: &mut dyn FnMut(usize, &str),
    ) -> Result<Vec<usize>, StoreError> {
        let (mut left, mut at) = (Vec::new(), 0);
        let (mut opened, mut held) = (0, 0);
        while at < names.len() && held >= opened * FEW {
            let place = {
                let tables = self.tables();
                let index = tables.index.as_ref();
                index.and_then(|index| index.places(IdHash::of(names[at].id)).next())
            };
            let run = match place {
                Some(place) => self.payloads_from(db, place, (names, at), unsealer, visit)?,
                None => 0,
            };
            (opened, held) = (opened + 1, held + run);
            at += run;
            if run == 0 {
                left.push(at);
                at += 1;
            }
        }
        left.extend(at..names.len());
        Ok(left)
    }

    /// Those of a segment that the names from one on name in turn; how many they are.
    fn payloads_from(
        &self,
        db: &sled::Db,
        place: Place,
        (names, from): (&[RecordName<'_>], usize),
        unsealer: &mut Unsealer,
        visit: &mut dyn FnMut(usize, &str),
    ) -> Result<usize, StoreError> {
        let damaged = |flaw: Flaw| self.damaged(place, flaw);
        let key = Key::Segment(place).encode();
        let Some(value) = engine::get_passing(db, &key)? else { return Ok(0) };
        let source = self.tables().scopes.get(place.scope).map(|s| s.manifest.key.source.clone());
        let Some(source) = source else { return Ok(0) };
        let body = unsealer.open(&key, &value).map_err(damaged)?;
        let mut next = from;
        for (_, bytes) in segment::parts(body).map_err(damaged)? {
            let Some(name) = names.get(next) else { break };
            let segment::Name { id, incarnation } = segment::name(bytes).map_err(damaged)?;
            if *name == (RecordName { source: source.as_str(), id, incarnation }) {
                visit(next, segment::payload(bytes).map_err(damaged)?);
                next += 1;
            }
        }
        Ok(next - from)
    }

    /// Those of one segment, of names that it may hold. Of a name that is asked for twice only one may be found.
    fn payloads_of(
        &self,
        db: &sled::Db,
        wanted: &[(Place, usize)],
        names: &[RecordName<'_>],
        unsealer: &mut Unsealer,
        visit: &mut dyn FnMut(usize, &str),
    ) -> Result<(), StoreError> {
        let Some((place, _)) = wanted.first().copied() else { return Ok(()) };
        let damaged = |flaw: Flaw| self.damaged(place, flaw);
        let key = Key::Segment(place).encode();
        let Some(value) = engine::get(db, &key)? else { return Ok(()) };
        let source = self.tables().scopes.get(place.scope).map(|s| s.manifest.key.source.clone());
        let Some(source) = source else { return Ok(()) };
        let body = unsealer.open(&key, &value).map_err(damaged)?;
        let mut next = 0;
        for (_, bytes) in segment::parts(body).map_err(damaged)? {
            let segment::Name { id, incarnation } = segment::name(bytes).map_err(damaged)?;
            let name = RecordName { source: source.as_str(), id, incarnation };
            // They mostly stand in the order in which they are asked for.
            let (before, after) = wanted.split_at(next);
            let found = after.iter().chain(before).position(|(_, n)| names[*n] == name);
            if let Some(steps) = found {
                let at = (next + steps) % wanted.len();
                visit(wanted[at].1, segment::payload(bytes).map_err(damaged)?);
                next = (at + 1) % wanted.len();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use cloudscope_domain::{Payload, RecordKey, ScopeKey};
    use cloudscope_ports::{
        AssetStore, Commit,
        contract::{
            sample::{self, Rng},
            store as suite,
        },
    };

    use super::*;
    use crate::OpenOptions;

    /// Of many segments, some of whose records went elsewhere meanwhile.
    fn store(dir: &std::path::Path) -> (SledStore, Vec<RecordKey>) {
        let (store, _) = SledStore::open(dir, OpenOptions::default()).unwrap();
        let scopes: Vec<_> = (0..3).map(|n| sample::scope("s", &format!("listing {n}"))).collect();
        let record = |scope: &ScopeKey, n: usize, version: u64| {
            let mut record = sample::record(scope, &format!("{scope} {n:03}"), version);
            let heavy = "x".repeat(if version > 1 { 2_000 + n } else { 200 + n });
            record.asset.properties =
                Payload::from_value(&serde_json::json!({ "n": n, "v": version, "x": heavy }));
            record
        };
        let records: Vec<_> =
            scopes.iter().flat_map(|scope| (0..200).map(|n| record(&scope.key, n, 1))).collect();
        let keys = records.iter().map(cloudscope_domain::Record::record_key).collect();
        store.apply(&Commit { records, ..suite::next(&store) }).unwrap();
        let grown = (0..200).filter(|n| n % 7 == 0).map(|n| record(&scopes[1].key, n, 2)).collect();
        store.apply(&Commit { records: grown, ..suite::next(&store) }).unwrap();
        (store, keys)
    }

    #[test]
    fn payloads_are_found_in_whatever_order_they_are_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let (store, keys) = store(dir.path());
        let mut rng = Rng::new(5);
        let mut orders = vec![keys.clone(), keys.iter().rev().cloned().collect()];
        // Runs of it, every second one, and none in turn.
        orders.push(keys.chunks(40).rev().flatten().cloned().collect());
        orders.push(keys.iter().step_by(2).cloned().collect());
        let mut mixed = keys.clone();
        mixed.sort_by_cached_key(|_| rng.below(1 << 30));
        orders.push(mixed);
        let mut with_gaps = keys;
        for at in [0, 1, 90, 333, 602] {
            with_gaps.insert(
                at,
                sample::record(&ScopeKey::new("s", "l"), &format!("nobody {at}"), 1).record_key(),
            );
        }
        orders.push(with_gaps);
        for (n, keys) in orders.iter().enumerate() {
            let names: Vec<_> = keys.iter().map(RecordName::from).collect();
            let mut found = vec![None; names.len()];
            let told = store.payloads(&names, &mut |n, payload| {
                assert_eq!(found[n].replace(payload.to_owned()), None, "handed out twice");
            });
            told.unwrap();
            let expected = store.get_many(keys).unwrap().into_iter();
            let expected = expected.map(|r| r.map(|r| r.asset.properties.as_str().to_owned()));
            assert_eq!(found, expected.collect::<Vec<_>>(), "order {n}");
        }
    }
}
