//! A watch on paging: a provider that hands out the same page token twice, or pages without end, must
//! not hold a collector for ever.

use std::collections::HashSet;

use crate::{Fault, FaultKind};

/// Pages of one listing that are followed at most.
pub const MOST_PAGES: usize = 100_000;

/// Remembers the page tokens of one listing.
#[derive(Debug)]
pub struct Pages {
    operation: String,
    seen: HashSet<u64>,
    most: usize,
}

impl Pages {
    /// A listing by `operation` that has no page yet.
    pub fn new(operation: impl Into<String>) -> Self {
        Self { operation: operation.into(), seen: HashSet::new(), most: MOST_PAGES }
    }

    /// The same, with another bound on pages.
    #[must_use]
    pub fn at_most(mut self, pages: usize) -> Self {
        self.most = pages;
        self
    }

    /// Takes the token of the next page before it is asked for.
    ///
    /// # Errors
    /// `Malformed` when the token was there before: the listing goes in a circle, so it is not whole.
    /// `TooLarge` when there are more pages than the bound.
    pub fn follow(&mut self, token: &str) -> Result<(), Fault> {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        token.hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return Err(Fault::new(
                FaultKind::Malformed,
                self.operation.clone(),
                format!(
                    "the provider handed out a page token a second time (page {}); the listing is not whole, collect again",
                    self.seen.len() + 1
                ),
            ));
        }
        if self.seen.len() >= self.most {
            return Err(Fault::new(
                FaultKind::TooLarge,
                self.operation.clone(),
                format!("more than {} pages; the rest was not read", self.most),
            ));
        }
        Ok(())
    }
}
