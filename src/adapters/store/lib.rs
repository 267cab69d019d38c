//! The store on disk: sled behind the `AssetStore` port. Records are packed about a hundred to a value,
//! clustered by scope; every value bears a checksum and a format; one commit is one atomic, flushed
//! batch and a side file; damage is found, named, put aside, and never believed.
//!
//! Knows nothing of collectors, queries or screens. `layout` and `meta` describe what is on disk.

mod clean;
mod directory;
mod draft;
mod engine;
mod envelope;
mod error;
#[cfg(test)]
mod failure;
mod head;
mod index;
mod layout;
mod lock;
mod lost;
mod meta;
mod open;
mod options;
mod port;
mod probe;
mod read;
mod restore;
#[cfg(test)]
mod rot;
mod scopes;
mod segment;
mod store;
mod survey;
mod tally;

pub use options::{OpenOptions, OpenReport, ProbeCommand};
pub use probe::probe_main;
pub use store::SledStore;
