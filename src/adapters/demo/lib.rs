//! A made-up estate of several clouds, for looking round without credentials: provider-shaped payloads
//! that go through the catalog like real ones, with failures, gaps and a little change between runs.
//!
//! Deterministic: seed, size and the minute of the run give every byte. Asks no network and no file.

mod aws;
mod azure;
mod collector;
mod estate;
mod gcp;
mod hosts;
mod kubernetes;
mod options;
mod place;
mod terraform;
mod trouble;
mod world;

#[cfg(test)]
mod tests;

pub use collector::DemoCollector;
pub use world::USUAL_SIZE;
