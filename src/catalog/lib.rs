//! Kinds as data: which fields of a provider's JSON are the id, name, region, tags, status and
//! references of an asset, and which are secrets. Pure: specs in, mapping out; no IO.
//!
//! A new kind is a few lines of TOML in `specs/`, or in the user's own files of the same form.

mod builtin;
mod catalog;
mod context;
mod engine;
mod error;
pub mod filter;
pub mod list;
mod parse;
pub mod path;
pub mod spec;
mod suggest;
pub mod template;
pub mod terraform;
mod value;

pub use catalog::Catalog;
pub use context::MapContext;
pub use error::{MapError, SpecError};
pub use spec::KindSpec;
pub use terraform::TerraformType;
