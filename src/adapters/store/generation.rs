//! Which of the engine's directories is the store. The first one is `store`; each compaction writes the
//! next one, `store-1`, `store-2`, and the side file says which counts. What else is there is left over
//! from a compaction that was interrupted, before its end or after it. What is done with them is in `generations`.

/// The engine's own directory, until the store is compacted for the first time.
pub(crate) const STORE: &str = "store";

/// One of the engine's directories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Generation(pub u32);

impl Generation {
    pub(crate) fn name(self) -> String {
        if self.0 == 0 { STORE.to_owned() } else { format!("{STORE}-{}", self.0) }
    }

    /// `None` for the name of anything else.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let generation = match name.strip_prefix(STORE)?.strip_prefix('-') {
            None => Self(0),
            Some(number) => Self(number.parse().ok()?),
        };
        (generation.name() == name).then_some(generation)
    }

    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_nothing_else_is() {
        for generation in [Generation(0), Generation(1), Generation(4_000_000_000)] {
            assert_eq!(Generation::parse(&generation.name()), Some(generation));
        }
        for other in
            ["store.new", "store.head", "store-", "store-0", "store-01", "store--1", "store-x", "stor"]
        {
            assert_eq!(Generation::parse(other), None, "{other}");
        }
    }
}
