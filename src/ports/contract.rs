//! The suites that every adapter of a port must pass; call them from the adapter's tests.
//!
//! Each is a plain function that panics, with what was promised and what was found, on the first
//! promise that is not kept. They need no feature, no test framework and no random number crate.

mod bench;
pub mod clock;
pub mod collector;
pub mod exporter;
pub mod follower;
pub mod gate;
pub mod sample;
pub mod secrets;
pub mod store;
