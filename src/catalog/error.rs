//! What can go wrong with a spec file and with an item.

use cloudscope_domain::Kind;

/// A spec file was refused. The message names file, line and reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct SpecError {
    /// Which file.
    pub file: String,
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// An item could not be mapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// No spec for this kind.
    #[error("no kind `{0}` in the catalog")]
    UnknownKind(Kind),
    /// The item lacks what its id or incarnation is made of.
    #[error("{kind}: the item has no `{path}`, which its id is made of")]
    MissingId {
        /// Of which kind.
        kind: Kind,
        /// Where it was looked for.
        path: String,
    },
    /// The item is not a JSON object.
    #[error("{0}: the item is not an object")]
    NotAnObject(Kind),
}
