//! The selections of one revision, found by what they may mean. A selection stands under its kind, its
//! place and one thing that it wants of a tag, so that an asset finds those that may mean it by its own
//! id and tags: nothing is kept per asset, and nothing is to be done when assets come, go or change.
//!
//! Knows nothing of who fits: what is found here is to be held against the whole selection.

use std::sync::Arc;

use cloudscope_domain::{Selection, Tags, Test};

use crate::{hash::Seed, shards::Shards};

/// The selections, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selections {
    /// From where something is selected, in order.
    places: Arc<Vec<Place>>,
    by_anchor: Shards,
}

#[derive(Clone, Debug)]
struct Place {
    within: Arc<str>,
    selections: u32,
}

/// The hashes under which what an asset of a kind has may be wanted. Each goes on from the one before.
#[derive(Clone, Copy)]
struct Anchor(Seed);

impl Anchor {
    fn new(seed: Seed, kind: &str, within: &str) -> Self {
        Self(Seed(Seed(seed.hash(within.as_bytes())).hash(kind.as_bytes())))
    }

    fn of(self, text: &str) -> Self {
        Self(Seed(self.0.hash(text.as_bytes())))
    }

    fn hash(self) -> u64 {
        self.0.0
    }
}

/// Where a selection stands: under a tag that it wants with the one value that will do, else under a tag
/// that must be there, else under nothing of its wants.
pub(crate) fn anchor(seed: Seed, selection: &Selection) -> u64 {
    let all = Anchor::new(seed, selection.kind.as_str(), &selection.within);
    let pair = selection.wants.iter().find_map(|want| match &want.test {
        Test::In(values) => match values.as_slice() {
            [value] => Some(all.of(&want.key).of(value)),
            _ => None,
        },
        _ => None,
    });
    let key = || selection.wants.iter().find(|want| matches!(want.test, Test::In(_) | Test::Exists));
    pair.or_else(|| key().map(|want| all.of(&want.key))).unwrap_or(all).hash()
}

impl Selections {
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Adds a selection that is a node. `anchor_of` gives the anchor of any that was added before.
    pub(crate) fn add(
        &mut self,
        seed: Seed,
        node: u32,
        selection: &Selection,
        anchor_of: impl Fn(u32) -> u64,
    ) {
        self.by_anchor.insert(anchor(seed, selection), node, anchor_of);
        let places = Arc::make_mut(&mut self.places);
        match places.binary_search_by(|place| place.within.cmp(&selection.within)) {
            Ok(at) => places[at].selections += 1,
            Err(at) => places.insert(at, Place { within: selection.within.clone(), selections: 1 }),
        }
    }

    pub(crate) fn remove(&mut self, seed: Seed, node: u32, selection: &Selection) {
        self.by_anchor.remove(anchor(seed, selection), node);
        let places = Arc::make_mut(&mut self.places);
        if let Ok(at) = places.binary_search_by(|place| place.within.cmp(&selection.within)) {
            places[at].selections -= 1;
            if places[at].selections == 0 {
                places.remove(at);
            }
        }
    }

    /// The places that a text begins with, the longest first.
    pub(crate) fn places<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        let mut rest = Some(text.as_bytes());
        std::iter::from_fn(move || {
            // What begins a text stands before it, and begins everything between the two.
            while let Some(text) = rest {
                let at = self.places.partition_point(|place| place.within.as_bytes() <= text);
                let place = &*self.places.get(at.checked_sub(1)?)?.within;
                let common = place.bytes().zip(text).take_while(|(a, b)| a == *b).count();
                if common == place.len() {
                    rest = common.checked_sub(1).and_then(|shorter| text.get(..shorter));
                    return Some(place);
                }
                rest = text.get(..common);
            }
            None
        })
    }

    /// The selections of a place that may mean an asset of a kind with these tags, and all that do.
    pub(crate) fn candidates<'a>(
        &'a self,
        seed: Seed,
        place: &str,
        kind: &str,
        tags: &'a Tags<'a>,
    ) -> impl Iterator<Item = u32> + 'a {
        let all = Anchor::new(seed, kind, place);
        let of_tags = tags.iter().flat_map(move |(key, value)| {
            let of_key = all.of(key);
            [of_key, of_key.of(value)]
        });
        std::iter::once(all).chain(of_tags).flat_map(|anchor| self.by_anchor.find(anchor.hash()))
    }

    /// Bytes that they take.
    pub(crate) fn memory(&self) -> usize {
        let places = self.places.iter().map(|place| 16 + place.within.len());
        self.by_anchor.memory() + self.places.capacity() * size_of::<Place>() + places.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn of(within: &str) -> Selection {
        Selection {
            kind: "k8s.core.pod".parse().unwrap(),
            within: within.into(),
            wants: Vec::new(),
            places: None,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_places_of_a_text_are_those_that_begin_it(
            steps in prop::collection::vec((any::<bool>(), "[abä/]{0,5}"), 0..40),
            texts in prop::collection::vec("[abä/]{0,7}", 1..20),
        ) {
            let seed = Seed(3);
            let (mut selections, mut model) = (Selections::default(), BTreeMap::<String, Vec<u32>>::new());
            let mut all = Vec::new();
            for (node, (add, within)) in (0..).zip(steps) {
                if add {
                    all.push(of(&within));
                    selections.add(seed, node, &of(&within), |n| anchor(seed, &all[n as usize]));
                    model.entry(within).or_default().push(node);
                } else {
                    all.push(of(""));
                    if let Some(node) = model.get_mut(&within).and_then(Vec::pop) {
                        selections.remove(seed, node, &of(&within));
                    }
                    model.retain(|_, nodes| !nodes.is_empty());
                }
            }
            prop_assert_eq!(selections.is_empty(), model.is_empty());
            for text in texts {
                let mut expected: Vec<&str> = model.keys().map(String::as_str).filter(|p| text.starts_with(p)).collect();
                expected.sort_by_key(|p| std::cmp::Reverse(p.len()));
                prop_assert_eq!(selections.places(&text).collect::<Vec<_>>(), expected);
            }
            for (within, nodes) in &model {
                let found: Vec<u32> = selections.candidates(seed, within, "k8s.core.pod", &[]).collect();
                prop_assert!(nodes.iter().all(|n| found.contains(n)));
            }
        }
    }
}
