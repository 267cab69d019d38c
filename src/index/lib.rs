//! The in-memory index: immutable snapshots of one revision that answer every key press.
//!
//! Pure: no IO, no async, no clock (the caller passes the time). Knows nothing of relationships, which
//! live in the graph, and nothing of how records are stored.

mod hits;
mod snapshot;
mod writer;

pub use hits::{Counts, Hits, Proposal, RowId, SortError};
pub use snapshot::Snapshot;
pub use writer::IndexWriter;
