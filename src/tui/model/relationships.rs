//! Screen 3: the edges around one asset, in columns.

/// Screen 3.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Relationships {}
