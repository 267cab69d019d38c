//! A seeded estate of any size, for benches and large tests: every asset is a pure function of the seed, its
//! number and the round, so that a million cost no memory and any part can be made alone, in any order.
//!
//! Shaped like a real one (few accounts and regions, many ids, hubs, long chains, dangling references, random
//! parts that do not compress), with a little churn from round to round. Unlike the demo it is made to be fast
//! and large, not to be looked at. Knows no store, no index and no clock.

mod collector;
mod dice;
mod estate;
mod identity;
mod kinds;
mod options;
mod payload;
mod rows;
mod thing;

#[cfg(test)]
mod tests;

pub use collector::EstateCollector;
pub use estate::{Estate, NOW};
pub use kinds::CELL;
pub use rows::{CSV_HEAD, csv_row, ndjson_row};
