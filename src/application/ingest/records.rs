//! The records that a commit writes, each once, found by the hash of its key. Knows nothing of where they go.

use cloudscope_domain::Record;
use hashbrown::HashMap;

use super::known::ScopeIndex;

/// Where a record stands, by the hash of its key.
pub(super) type Places = HashMap<u128, usize>;

/// In the order in which they came.
#[derive(Default)]
pub(super) struct Records {
    all: Vec<Record>,
    hashes: Vec<u128>,
    places: Places,
}

impl Records {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn get(&self, hash: u128) -> Option<&Record> {
        self.all.get(*self.places.get(&hash)?)
    }

    /// Adds a record; an older state of it is not written any more.
    pub(super) fn insert(&mut self, hash: u128, record: Record) {
        if let Some(older) = self.places.get(&hash).and_then(|at| self.all.get_mut(*at)) {
            *older = record;
            return;
        }
        self.places.insert(hash, self.all.len());
        self.hashes.push(hash);
        self.all.push(record);
    }

    /// By scope, so that a segment holds what is listed together, and as they came within one. Scopes are told
    /// apart by their numbers: their names are long and alike, as ids are.
    pub(super) fn clustered(self, scope: impl Fn(u128) -> Option<ScopeIndex>) -> (Vec<Record>, Places) {
        let Self { all, hashes, mut places } = self;
        let mut order: Vec<(Option<ScopeIndex>, usize)> =
            hashes.iter().enumerate().map(|(n, hash)| (scope(*hash), n)).collect();
        order.sort_unstable();
        for (to, (_, from)) in order.iter().enumerate() {
            places.insert(hashes[*from], to);
        }
        let mut all: Vec<Option<Record>> = all.into_iter().map(Some).collect();
        (order.iter().filter_map(|(_, from)| all[*from].take()).collect(), places)
    }
}

#[cfg(test)]
mod tests {
    use cloudscope_domain::ScopeKey;
    use cloudscope_ports::contract::sample;

    use super::*;

    #[test]
    fn they_are_kept_once_and_put_together_by_scope() {
        let scopes = ["b", "a"].map(|listing| ScopeKey::new("s", listing));
        let mut records = Records::default();
        for (n, name) in ["z", "y", "x", "w"].into_iter().enumerate() {
            records.insert(n as u128, sample::record(&scopes[n % 2], name, 1));
        }
        records.insert(1, sample::record(&scopes[1], "y", 2));
        assert_eq!((records.len(), records.is_empty()), (4, false));
        assert_eq!(records.get(1).map(|r| r.revision.0), Some(2));
        let (all, places) = records.clustered(|hash| Some(ScopeIndex::from(hash % 2 == 0)));
        let names: Vec<&str> = all.iter().map(|r| r.asset.key.id.as_str()).collect();
        assert_eq!(names.iter().map(|id| &id[id.len() - 1..]).collect::<String>(), "ywzx");
        for (n, id) in names.iter().enumerate() {
            let hash = ["z", "y", "x", "w"].iter().position(|name| id.ends_with(name)).unwrap();
            assert_eq!(places.get(&(hash as u128)), Some(&n));
        }
    }
}
