//! Presence and last-seen, derived per row from the state of its scope, so that a scope that fails
//! rewrites no row.

use std::{collections::HashMap, sync::Arc};

use crate::{
    blocks::Blocks,
    bytes::{In, Out},
};
use cloudscope_domain::{Presence, ScopeKey, ScopeState, Timestamp, UnknownWhy, Unseen};

/// The scopes that rows refer to by number. Numbers are never reused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scopes {
    keys: Blocks<Arc<ScopeKey>>,
    states: Blocks<Option<Arc<ScopeState>>>,
}

#[derive(Debug, Default)]
pub(crate) struct ScopeWriter {
    numbers: HashMap<Arc<ScopeKey>, u32>,
    /// The one that was asked for last: neighbours are of one scope.
    recent: u32,
    scopes: Scopes,
}

impl ScopeWriter {
    pub(crate) fn number(&mut self, key: &ScopeKey) -> u32 {
        if self.scopes.keys.get(self.recent as usize).is_some_and(|recent| **recent == *key) {
            return self.recent;
        }
        if let Some(n) = self.numbers.get(key) {
            self.recent = *n;
            return *n;
        }
        let n = u32::try_from(self.scopes.states.len()).unwrap_or(u32::MAX);
        let key = Arc::new(key.clone());
        self.numbers.insert(Arc::clone(&key), n);
        self.scopes.keys.push(key);
        self.scopes.states.push(None);
        n
    }

    /// The number of the scope, and whether the presence of some of its rows may be another now.
    pub(crate) fn set(&mut self, state: &ScopeState) -> (u32, bool) {
        let n = self.number(&state.scope.key);
        let old = self.scopes.states.get(n as usize).and_then(Option::as_ref);
        let shifts = old.is_none_or(|old| old.unseen != state.unseen);
        if let Some(place) = self.scopes.states.get_mut(n as usize) {
            *place = Some(Arc::new(state.clone()));
        }
        (n, shifts)
    }

    pub(crate) fn presence(&self, scope: u32, hash: u128) -> Presence {
        self.scopes.presence(scope, hash)
    }

    pub(crate) fn scopes(&self) -> Scopes {
        self.scopes.clone()
    }
}

impl Scopes {
    fn state(&self, scope: u32) -> Option<&ScopeState> {
        self.states.get(scope as usize)?.as_deref()
    }

    /// How every scope stands of which that is known.
    pub(crate) fn states(&self) -> impl Iterator<Item = &ScopeState> {
        self.states.iter().flatten().map(|state| &**state)
    }

    /// The parent of each scope by its number; empty where it has none.
    pub(crate) fn parents(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.parent.as_str())
    }

    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    pub(crate) fn presence(&self, scope: u32, hash: u128) -> Presence {
        self.state(scope)
            .map_or(Presence::Unknown { since: None, why: UnknownWhy::Never }, |s| s.presence_of_live(hash))
    }

    pub(crate) fn last_seen(&self, scope: u32, hash: u128) -> Option<Timestamp> {
        self.state(scope)?.last_seen_of_live(hash)
    }

    /// What is the same for all rows of a scope; `None` where rows have to be asked one by one.
    pub(crate) fn unseen(&self, scope: u32) -> Option<bool> {
        match self.state(scope).map(|s| &s.unseen) {
            None | Some(Unseen::All) => Some(true),
            Some(Unseen::None) => Some(false),
            Some(Unseen::Some(keys)) if keys.is_empty() => Some(false),
            Some(Unseen::Some(_)) => None,
        }
    }
}

impl Scopes {
    /// The scopes as postcard writes them: their states are deep, and few.
    ///
    /// # Errors
    /// In words; no state that was read from anywhere gives any.
    pub(crate) fn save(&self, out: &mut Out) -> Result<(), postcard::Error> {
        out.len(self.keys.len());
        for (key, state) in self.keys.iter().zip(self.states.iter()) {
            out.list(&postcard::to_stdvec(&**key)?);
            out.list(&match state {
                Some(state) => postcard::to_stdvec(&**state)?,
                None => Vec::new(),
            });
        }
        Ok(())
    }
}

impl ScopeWriter {
    pub(crate) fn load(input: &mut In<'_>) -> Option<Self> {
        let mut all = Self::default();
        for n in 0..input.len(16)? {
            let key: ScopeKey = postcard::from_bytes(input.bytes()?).ok()?;
            let state = match input.bytes()? {
                [] => None,
                state => Some(postcard::from_bytes::<ScopeState>(state).ok()?),
            };
            if all.number(&key) as usize != n || state.as_ref().is_some_and(|s| s.scope.key != key) {
                return None;
            }
            if let Some(state) = state {
                all.set(&state);
            }
        }
        Some(all)
    }
}
