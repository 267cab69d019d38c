//! Relationships in memory: adjacency, neighbourhoods and paths over what records state.
//!
//! Pure: no IO, no async. Knows nothing of the index; whether an asset exists and what a short name or a
//! selection means is asked through [`Lookup`], at the time of the question, because a target may be
//! collected after the one that refers to it, and what is selected comes and goes.

mod adjacent;
mod around;
mod cow;
mod entry;
mod frames;
mod graph;
mod hash;
mod hub;
mod lists;
mod lookup;
mod names;
mod near;
mod pages;
mod path;
mod save;
mod selections;
mod shards;
mod varint;
mod walk;
mod wants;
mod writer;

#[cfg(test)]
mod tests;

pub use adjacent::Adjacent;
pub use around::Around;
pub use frames::Unfit;
pub use graph::{Graph, Memory};
pub use lookup::Lookup;
pub use path::{cycles, subgraph};
pub use writer::GraphWriter;
