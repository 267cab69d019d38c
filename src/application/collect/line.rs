//! The line of scopes that wait: what is on screen goes first, then one of each account in turn, so that a
//! large account does not hold up a small one. Scopes of this machine and scopes of providers stand in
//! lines of their own, because the former keep the processor busy and the latter wait.
//!
//! Knows nothing of how a scope is listed.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use cloudscope_domain::{ScopeKey, SourceName};

/// The scopes of what is on screen.
#[derive(Debug, Default)]
pub(crate) struct Preferred {
    version: AtomicU64,
    scopes: Mutex<Arc<HashSet<ScopeKey>>>,
}

impl Preferred {
    /// From now on these go first.
    pub(crate) fn set(&self, scopes: HashSet<ScopeKey>) {
        *self.scopes.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(scopes);
        self.version.fetch_add(1, Ordering::AcqRel);
    }

    fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    fn scopes(&self) -> Arc<HashSet<ScopeKey>> {
        Arc::clone(&self.scopes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Something that waits for its turn.
pub(super) struct Line<T> {
    waiting: VecDeque<(ScopeKey, T)>,
    sorted_by: u64,
}

impl<T> Line<T> {
    /// A line of these, one of each source and account in turn.
    pub(super) fn new(all: impl IntoIterator<Item = (ScopeKey, T)>) -> Self {
        let mut places: HashMap<(SourceName, String), usize> = HashMap::new();
        let mut turns: Vec<(usize, usize, (ScopeKey, T))> = Vec::new();
        for (n, (key, task)) in all.into_iter().enumerate() {
            let turn = places.entry((key.source.clone(), key.account.clone())).or_default();
            turns.push((*turn, n, (key, task)));
            *turn += 1;
        }
        turns.sort_by_key(|(turn, n, _)| (*turn, *n));
        Self { waiting: turns.into_iter().map(|(_, _, entry)| entry).collect(), sorted_by: 0 }
    }

    /// The next one, if there is one.
    pub(super) fn next(&mut self, preferred: &Preferred) -> Option<T> {
        let version = preferred.version();
        if version != self.sorted_by {
            self.sorted_by = version;
            let first = preferred.scopes();
            let (mut front, mut back) = (VecDeque::new(), VecDeque::new());
            for entry in std::mem::take(&mut self.waiting) {
                if first.contains(&entry.0) { &mut front } else { &mut back }.push_back(entry);
            }
            front.append(&mut back);
            self.waiting = front;
        }
        self.waiting.pop_front().map(|(_, task)| task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(account: &str, listing: &str) -> ScopeKey {
        ScopeKey::new("s", listing).account(account)
    }

    fn line() -> Line<&'static str> {
        Line::new([
            (key("big", "1"), "big-1"),
            (key("big", "2"), "big-2"),
            (key("big", "3"), "big-3"),
            (key("small", "1"), "small-1"),
        ])
    }

    #[test]
    fn accounts_take_turns() {
        let (mut line, none) = (line(), Preferred::default());
        let order: Vec<_> = std::iter::from_fn(|| line.next(&none)).collect();
        assert_eq!(order, ["big-1", "small-1", "big-2", "big-3"]);
    }

    #[test]
    fn what_is_on_screen_goes_first_as_soon_as_it_is_known() {
        let (mut line, preferred) = (line(), Preferred::default());
        assert_eq!(line.next(&preferred), Some("big-1"));
        preferred.set([key("big", "3"), key("big", "1")].into());
        assert_eq!(line.next(&preferred), Some("big-3"));
        preferred.set([key("big", "2")].into());
        assert_eq!(line.next(&preferred), Some("big-2"));
        preferred.set(HashSet::new());
        assert_eq!((line.next(&preferred), line.next(&preferred)), (Some("small-1"), None));
    }
}
