//! The in-memory index: immutable snapshots of one revision that answer every key press.
//!
//! Pure: no IO, no async, no clock (the caller passes the time). Knows nothing of relationships, which
//! live in the graph, and nothing of how records are stored.

mod affixes;
mod bits;
mod blocks;
mod brief;
mod bytes;
mod chunk;
mod codes;
mod column;
mod complete;
mod context;
mod declared;
mod evaluate;
mod frames;
mod fuzzy;
mod group;
mod hits;
mod ips;
mod joined;
mod joins;
mod keyed;
mod labels;
mod lazy;
mod leaf;
mod links;
mod memory;
mod moves;
mod node;
mod open;
mod order;
mod pack;
mod pairs;
mod parts;
mod paths;
mod places;
mod row;
mod runs;
mod saved;
mod scopes;
mod selected;
mod sets;
mod shape;
mod share;
mod sides;
mod since;
mod snapshot;
mod sort;
mod standing;
mod strays;
mod symbols;
mod tally;
mod texts;
mod times;
mod told;
mod truth;
mod watch;
mod writer;

#[cfg(test)]
mod tests;

pub use brief::Brief;
pub use context::Context;
pub use frames::Unfit;
pub use hits::{Counts, GroupCount, Groups, Proposal, RowId, SortError};
pub use lazy::Hits;
pub use memory::Share;
pub use open::{Stopped, related_filters};
pub use paths::COMMON_PATHS;
pub use since::Since;
pub use snapshot::Snapshot;
pub use sort::sort_columns;
pub use strays::Stray;
pub use told::Told;
pub use watch::{Step, Watch};
pub use writer::IndexWriter;
