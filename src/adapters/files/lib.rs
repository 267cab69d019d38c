//! Files as sources: Terraform state, CSV, JSON and NDJSON. Each file is one scope, read as one
//! consistent answer or not at all; a bad row costs that row, named with its line.
//!
//! Only opens, reads and lists; knows nothing of stores, screens or any provider's API.

mod cloud;
mod collector;
mod emit;
mod json;
mod limits;
mod locate;
mod open;
mod options;
mod rows;
mod sniff;
mod table;
mod terraform;
mod tools;

pub use collector::FileCollector;
pub use limits::Limits;
pub use options::OPTIONS;
pub use tools::READ;

#[cfg(test)]
mod tests;
