//! Screen 4: every scope, how it stands and how it is coming along.

/// Screen 4.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Collectors {}
