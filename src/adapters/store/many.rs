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
        let mut wanted: Vec<(Place, usize)> = Vec::with_capacity(names.len());
        {
            let tables = self.tables();
            for (n, name) in names.iter().enumerate() {
                let places = tables.index.iter().flat_map(|i| i.places(IdHash::of(name.id)));
                wanted.extend(places.map(|place| (place, n)));
            }
        }
        wanted.sort_unstable();
        let mut found = vec![false; names.len()];
        let mut unsealer = Unsealer::new()?;
        for of_segment in wanted.chunk_by(|a, b| a.0 == b.0) {
            self.payloads_of(&db, of_segment, names, &mut unsealer, &mut |n, payload| {
                if !std::mem::replace(&mut found[n], true) {
                    visit(n, payload);
                }
            })?;
        }
        // A commit may have moved some from one segment to another meanwhile.
        for (n, name) in names.iter().enumerate().filter(|(n, _)| !found[*n]) {
            if let Some(record) = self.find(&name.key())? {
                visit(n, record.asset.properties.as_str());
            }
        }
        Ok(())
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
