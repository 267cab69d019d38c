//! Reading many records by key: each segment once.

use std::collections::BTreeMap;

use cloudscope_domain::{Record, RecordKey};
use cloudscope_ports::StoreError;

use crate::{index::IdHash, layout::Place, segment, store::SledStore};

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
}
