//! The scopes that the store knows, by number, with what each should contain.

use std::collections::{BTreeMap, HashMap};

use cloudscope_domain::ScopeKey;

use crate::{envelope::Sum, meta::Manifest, page::scopes_of};

/// A manifest as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub manifest: Manifest,
    /// The checksum of the value that holds it.
    pub sum: Sum,
}

/// Every scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scopes {
    numbers: HashMap<ScopeKey, u32>,
    stored: BTreeMap<u32, Stored>,
}

impl Scopes {
    pub(crate) fn number(&self, key: &ScopeKey) -> Option<u32> {
        self.numbers.get(key).copied()
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Stored> {
        self.stored.get(&number)
    }

    pub(crate) fn set(&mut self, number: u32, manifest: Manifest, sum: Sum) {
        self.numbers.insert(manifest.key.clone(), number);
        self.stored.insert(number, Stored { manifest, sum });
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Stored)> {
        self.stored.iter().map(|(n, s)| (*n, s))
    }

    /// The scopes whose states are on a page.
    pub(crate) fn of_page(&self, page: u32) -> impl Iterator<Item = (u32, &Stored)> {
        self.stored.range(scopes_of(page)).map(|(n, s)| (*n, s))
    }

    /// Records, tombstones and scopes with a state.
    pub(crate) fn totals(&self) -> (u64, u64, u64) {
        self.stored.values().fold((0, 0, 0), |(records, gone, states), s| {
            let m = &s.manifest;
            (records + m.records, gone + m.gone, states + u64::from(m.state != 0))
        })
    }
}
