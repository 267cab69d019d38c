//! The states of all scopes, ordered by key and shared: a new version costs the few blocks that
//! changed, because a large estate has tens of thousands of scopes and a commit changes a handful.
//!
//! Knows nothing of how a state comes about.

use std::sync::Arc;

use cloudscope_domain::{ScopeKey, ScopeState, SourceName};

/// States in a block before it is split in two.
const MOST: usize = 512;

type Block = Arc<Vec<Arc<ScopeState>>>;

/// Every scope by key. Clones share everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scopes {
    /// None is empty; keys grow within a block and from block to block.
    blocks: Arc<Vec<Block>>,
    len: usize,
}

impl Scopes {
    /// How many there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// All of them, by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ScopeState> + '_ {
        self.blocks.iter().flat_map(|block| block.iter()).map(AsRef::as_ref)
    }

    /// The state of one scope.
    pub(crate) fn get(&self, key: &ScopeKey) -> Option<&ScopeState> {
        let block = self.blocks.get(self.block(key))?;
        let at = block.binary_search_by(|s| s.scope.key.cmp(key)).ok()?;
        block.get(at).map(AsRef::as_ref)
    }

    /// The scopes of one source, by key.
    pub(crate) fn of<'a>(&'a self, source: &'a SourceName) -> impl Iterator<Item = &'a ScopeState> + 'a {
        // The source is the first part of a key, so that its scopes stand side by side.
        let first = self.blocks.partition_point(|b| b.last().is_some_and(|s| s.scope.key.source < *source));
        let blocks = self.blocks.get(first..).unwrap_or_default();
        let states = blocks.iter().flat_map(|block| block.iter()).map(AsRef::as_ref);
        states
            .skip_while(move |s| s.scope.key.source < *source)
            .take_while(move |s| s.scope.key.source == *source)
    }

    /// Adds or replaces a state.
    pub(crate) fn put(&mut self, state: ScopeState) {
        let state = Arc::new(state);
        let at = self.block(&state.scope.key);
        let blocks = Arc::make_mut(&mut self.blocks);
        let Some(block) = blocks.get_mut(at) else {
            blocks.push(Arc::new(vec![state]));
            self.len += 1;
            return;
        };
        let states = Arc::make_mut(block);
        match states.binary_search_by(|s| s.scope.key.cmp(&state.scope.key)) {
            Ok(n) => states[n] = state,
            Err(n) => {
                states.insert(n, state);
                self.len += 1;
                if states.len() > MOST {
                    let rest = states.split_off(MOST / 2);
                    blocks.insert(at + 1, Arc::new(rest));
                }
            }
        }
    }

    /// Takes a scope out.
    pub(crate) fn remove(&mut self, key: &ScopeKey) {
        let at = self.block(key);
        let found = |b: &Block| b.binary_search_by(|s| s.scope.key.cmp(key)).ok();
        let Some(n) = self.blocks.get(at).and_then(found) else { return };
        let blocks = Arc::make_mut(&mut self.blocks);
        let states = Arc::make_mut(&mut blocks[at]);
        states.remove(n);
        if states.is_empty() {
            blocks.remove(at);
        }
        self.len -= 1;
    }

    /// Where a key is, or would be put: the first block that does not end before it, else the last.
    fn block(&self, key: &ScopeKey) -> usize {
        let at = self.blocks.partition_point(|b| b.last().is_some_and(|s| s.scope.key < *key));
        at.min(self.blocks.len().saturating_sub(1))
    }
}

impl FromIterator<ScopeState> for Scopes {
    fn from_iter<T: IntoIterator<Item = ScopeState>>(states: T) -> Self {
        let mut scopes = Self::default();
        for state in states {
            scopes.put(state);
        }
        scopes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cloudscope_domain::{ListingMode, Scope};
    use proptest::prelude::*;

    use super::*;

    fn key(n: u16) -> ScopeKey {
        ScopeKey::new(format!("source-{}", n % 3), format!("listing-{n:05}"))
    }

    fn state(n: u16, assets: u64) -> ScopeState {
        let mut state = ScopeState::never(Scope { key: key(n), mode: ListingMode::Weak, kinds: Vec::new() });
        state.coverage.assets = assets;
        state
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        #[test]
        fn it_is_an_ordered_map_and_old_versions_stay(
            steps in prop::collection::vec((0_u16..2_000, any::<bool>()), 0..3_000),
        ) {
            let (mut scopes, mut model) = (Scopes::default(), BTreeMap::new());
            let mut kept = None;
            for (i, (n, put)) in steps.iter().enumerate() {
                if i == steps.len() / 2 {
                    kept = Some((scopes.clone(), model.clone()));
                }
                // More are put than taken, so that blocks fill up and are split.
                if *put || n % 3 > 0 {
                    scopes.put(state(*n, i as u64));
                    model.insert(key(*n), state(*n, i as u64));
                } else {
                    scopes.remove(&key(*n));
                    model.remove(&key(*n));
                }
            }
            for (scopes, model) in kept.into_iter().chain([(scopes, model)]) {
                prop_assert_eq!(scopes.len(), model.len());
                prop_assert!(scopes.iter().eq(model.values()));
                for n in [0, 1, 2, 999, 1_999] {
                    prop_assert_eq!(scopes.get(&key(n)), model.get(&key(n)));
                    let source = key(n).source;
                    let own: Vec<_> = model.values().filter(|s| s.scope.key.source == source).collect();
                    prop_assert_eq!(scopes.of(&source).collect::<Vec<_>>(), own);
                }
            }
        }
    }
}
