//! The edges of every node in one direction: those of ordinary nodes as strings in pages, those of hubs
//! in blocks of their own.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    entry::{Change, Entry, count, decode, encode, merge},
    hub::Hub,
    pages::{PAGE, Pages},
};

/// Edges from which on a node is a hub; with fewer than half of it, it is one no longer.
const LONG: usize = if cfg!(test) { 12 } else { 512 };
/// What stands in the page of a hub.
const ELSEWHERE: &[u8] = &[0];

/// The edges by node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    pages: Pages,
    hubs: Arc<BTreeMap<u32, Arc<Hub>>>,
}

impl Lists {
    fn hub(&self, node: u32, bytes: &[u8]) -> Option<&Hub> {
        if bytes == ELSEWHERE { self.hubs.get(&node).map(|h| &**h) } else { None }
    }

    /// The edges of a node, sorted.
    pub(crate) fn of(&self, node: u32) -> impl Iterator<Item = Entry> + '_ {
        let bytes = self.pages.get(node as usize);
        let hub = self.hub(node, bytes);
        hub.into_iter().flat_map(Hub::iter).chain(decode(bytes))
    }

    /// How many edges a node has.
    pub(crate) fn degree(&self, node: u32) -> usize {
        let bytes = self.pages.get(node as usize);
        self.hub(node, bytes).map_or_else(|| count(bytes), Hub::len)
    }

    /// Applies changes that are sorted by node and edge.
    pub(crate) fn edit(&mut self, changes: &[(u32, Change)]) {
        let page = |node: u32| node as usize / PAGE;
        let (mut text, mut parts) = (Vec::new(), Vec::new());
        let (mut mine, mut entries) = (Vec::new(), Vec::new());
        for of_page in changes.chunk_by(|a, b| page(a.0) == page(b.0)) {
            text.clear();
            parts.clear();
            for of_node in of_page.chunk_by(|a, b| a.0 == b.0) {
                let node = of_node[0].0;
                mine.clear();
                mine.extend(of_node.iter().map(|(_, change)| *change));
                entries.clear();
                if self.pages.get(node as usize) == ELSEWHERE {
                    let hub = Arc::make_mut(Arc::make_mut(&mut self.hubs).entry(node).or_default());
                    hub.edit(&mine);
                    if hub.len() >= LONG / 2 {
                        continue;
                    }
                    entries.extend(hub.iter());
                    Arc::make_mut(&mut self.hubs).remove(&node);
                } else {
                    merge(decode(self.pages.get(node as usize)), &mine, &mut entries);
                }
                let start = text.len();
                if entries.len() >= LONG {
                    Arc::make_mut(&mut self.hubs).insert(node, Arc::new(Hub::of(&entries)));
                    text.extend_from_slice(ELSEWHERE);
                } else {
                    encode(&entries, &mut text);
                }
                parts.push((node as usize % PAGE, start..text.len()));
            }
            if let Some((node, _)) = of_page.first().filter(|_| !parts.is_empty()) {
                self.pages.rewrite(page(*node), &parts, &text);
            }
        }
    }

    /// What is kept of ordinary nodes.
    pub(crate) fn pages(&self) -> &Pages {
        &self.pages
    }

    /// What is kept of hubs, by node.
    pub(crate) fn hubs(&self) -> impl Iterator<Item = (u32, &Hub)> {
        self.hubs.iter().map(|(node, hub)| (*node, &**hub))
    }

    /// The lists from what was kept of them; `None` when the parts do not fit.
    pub(crate) fn of_parts(pages: Pages, hubs: BTreeMap<u32, Arc<Hub>>) -> Option<Self> {
        let fit = hubs.keys().all(|node| pages.get(*node as usize) == ELSEWHERE);
        fit.then(|| Self { pages, hubs: Arc::new(hubs) })
    }

    /// Bytes that they take.
    pub(crate) fn memory(&self) -> usize {
        self.pages.memory() + self.hubs().map(|(_, hub)| 64 + hub.memory()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn lists_equal_sets_also_of_hubs_that_come_and_go(
            batches in prop::collection::vec(
                (prop::bool::weighted(0.7), prop::collection::btree_set((0_u32..9, 0_u32..30, 0_u32..2, 0_u32..3), 0..60)),
                0..12,
            )
        ) {
            let (mut lists, mut model) = (Lists::default(), BTreeMap::<u32, BTreeSet<Entry>>::new());
            let mut copies = Vec::new();
            for (came, batch) in batches {
                copies.push((lists.clone(), model.clone()));
                let changes: Vec<_> = batch
                    .into_iter()
                    // Most at one node, which is a hub then.
                    .map(|(node, other, label, record)| (if node > 4 { 4 } else { node }, (Entry { other, label, record }, came)))
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect();
                lists.edit(&changes);
                for (node, (entry, came)) in changes {
                    let set = model.entry(node).or_default();
                    if came { set.insert(entry) } else { set.remove(&entry) };
                }
            }
            copies.push((lists, model));
            for (lists, model) in copies {
                for node in 0..9 {
                    let set = model.get(&node).cloned().unwrap_or_default();
                    prop_assert_eq!(lists.degree(node), set.len());
                    prop_assert!(lists.of(node).eq(set));
                }
            }
        }
    }
}
