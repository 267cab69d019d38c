//! The in-memory index: immutable snapshots of one revision that answer every key press.
//!
//! Pure: no IO, no async, no clock (the caller passes the time). Knows nothing of relationships, which
//! live in the graph, and nothing of how records are stored.

mod bits;
mod chunk;
mod complete;
mod evaluate;
mod group;
mod hits;
mod joined;
mod joins;
mod leaf;
mod links;
mod order;
mod parts;
mod runs;
mod scopes;
mod snapshot;
mod sort;
mod symbols;
mod truth;
mod writer;

#[cfg(test)]
mod tests;

pub use hits::{Counts, GroupCount, Groups, Hits, Proposal, RowId, SortError};
pub use snapshot::Snapshot;
pub use writer::IndexWriter;
