//! The store on disk: sled behind the `AssetStore` port. Records are packed some thirty to a value,
//! clustered by scope; every value bears a checksum and a format; one commit is one atomic, flushed
//! batch and a side file; every commit keeps what leads back before it; damage is found, named, put aside, and never believed.
//!
//! Knows nothing of collectors, queries or screens. `layout` and `meta` describe what is on disk.

mod backup;
mod before;
mod clean;
mod compact;
mod copies;
mod copying;
mod directory;
mod draft;
mod engine;
mod envelope;
mod error;
mod examine;
#[cfg(test)]
mod failure;
mod former;
#[doc(hidden)]
pub mod fuzzing;
mod generation;
mod generations;
mod head;
mod history;
mod index;
mod layout;
mod lock;
mod lost;
mod many;
#[cfg(test)]
mod marked;
mod measure;
mod meta;
mod migrate;
mod open;
mod options;
mod overlay;
mod packing;
mod page;
mod past;
mod piles;
mod pins;
mod places;
mod port;
mod probe;
mod prune;
mod quarantine;
mod raise;
mod read;
mod rebuild;
mod restore;
#[cfg(test)]
mod rot;
mod scopes;
mod segment;
mod share;
mod shelf;
mod sift;
mod since;
mod standing;
mod step;
mod store;
mod survey;
mod sweep;
mod tally;
mod times;
mod twins;
mod verdict;

pub use clean::at_rest;
pub use examine::examine;
pub use options::{OpenOptions, OpenReport, ProbeCommand};
pub use probe::probe_main;
pub use quarantine::{Aside, PutBack, put_back, quarantined, remove as remove_quarantined};
pub use store::SledStore;
