//! What the writer knows of every record without reading the store: whether it lives, in which
//! scope, and two hashes of its content.

use std::collections::{HashMap, HashSet};

use cloudscope_domain::{Record, ScopeKey};

use super::fingerprint;

/// Names a scope in tables.
pub(super) type ScopeIndex = u32;

/// One record, in brief.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) scope: ScopeIndex,
    pub(super) raw: u64,
    /// Known once the record was seen in this process: the rules of what counts come with sightings.
    pub(super) canonical: Option<u64>,
    pub(super) gone: bool,
}

/// Every record in brief, and which of them each scope owns.
#[derive(Debug, Default)]
pub(super) struct Known {
    entries: HashMap<u128, Entry>,
    by_scope: HashMap<ScopeKey, ScopeIndex>,
    live: Vec<HashSet<u128>>,
    keys: Vec<ScopeKey>,
}

impl Known {
    pub(super) fn scope(&mut self, key: &ScopeKey) -> ScopeIndex {
        if let Some(&i) = self.by_scope.get(key) {
            return i;
        }
        let i = ScopeIndex::try_from(self.live.len()).unwrap_or(ScopeIndex::MAX);
        self.by_scope.insert(key.clone(), i);
        self.live.push(HashSet::new());
        self.keys.push(key.clone());
        i
    }

    /// The scope that an index names.
    pub(super) fn key(&self, scope: ScopeIndex) -> &ScopeKey {
        &self.keys[scope as usize]
    }

    /// Whether an index names this scope.
    pub(super) fn is_scope(&self, index: ScopeIndex, key: &ScopeKey) -> bool {
        self.by_scope.get(key) == Some(&index)
    }

    pub(super) fn live(&self, scope: ScopeIndex) -> &HashSet<u128> {
        &self.live[scope as usize]
    }

    pub(super) fn get(&self, key: u128) -> Option<&Entry> {
        self.entries.get(&key)
    }

    /// Takes a record as the store holds it.
    pub(super) fn remember(&mut self, record: &Record, canonical: Option<u64>) {
        let key = record.record_key().hash128();
        let scope = self.scope(&record.scope);
        let raw = fingerprint::raw(&record.asset, &record.references);
        self.set(key, Entry { scope, raw, canonical, gone: record.gone.is_some() });
    }

    pub(super) fn set(&mut self, key: u128, entry: Entry) {
        if let Some(old) = self.entries.insert(key, entry)
            && (old.scope != entry.scope || entry.gone)
        {
            self.live[old.scope as usize].remove(&key);
        }
        if !entry.gone {
            self.live[entry.scope as usize].insert(key);
        }
    }

    /// Lets go of a record, tombstone or not.
    pub(super) fn remove(&mut self, key: u128) {
        if let Some(old) = self.entries.remove(&key) {
            self.live[old.scope as usize].remove(&key);
        }
    }

    /// Every record, tombstones included, of the scopes that `wanted` names; those of one scope side by
    /// side.
    pub(super) fn of_scopes(&self, wanted: impl Fn(&ScopeKey) -> bool) -> Vec<u128> {
        let scopes: HashSet<ScopeIndex> =
            self.by_scope.iter().filter(|(key, _)| wanted(key)).map(|(_, index)| *index).collect();
        let mut found: Vec<(ScopeIndex, u128)> = self
            .entries
            .iter()
            .filter(|(_, entry)| scopes.contains(&entry.scope))
            .map(|(key, entry)| (entry.scope, *key))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, key)| key).collect()
    }
}
