//! How far the search for old tombstones came, and what it need not look at again.

use std::collections::HashMap;

use cloudscope_domain::Timestamp;

use crate::{envelope::Sum, layout::Place};

/// The search.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    /// The segment that it goes on with.
    pub next: Place,
    /// The oldest tombstone that the scope of that segment has before it.
    pub left: Option<Timestamp>,
    /// Scopes that were gone through, with the sum of their segments then, and the time of their oldest
    /// tombstone; `None` where there is none.
    seen: HashMap<u32, (Sum, Option<Timestamp>)>,
}

impl Sweep {
    /// Whether a scope can have a tombstone from before a time.
    pub(crate) fn may_have(&self, scope: u32, sum: Sum, before: Timestamp) -> bool {
        match self.seen.get(&scope) {
            Some((then, oldest)) if *then == sum => oldest.is_some_and(|at| at < before),
            _ => true,
        }
    }

    /// Notes what a scope was seen to have.
    pub(crate) fn note(&mut self, scope: u32, sum: Sum, oldest: Option<Timestamp>) {
        self.seen.insert(scope, (sum, oldest));
    }
}
