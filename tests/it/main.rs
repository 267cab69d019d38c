//! The one integration binary: architecture, tidiness and data files of this repository, and journeys
//! through the real program. One binary links once; a module per subject keeps it readable.

#![expect(clippy::unwrap_used, reason = "helpers of tests, where a panic is the report of a failure")]

mod architecture;
mod asking;
mod aws;
mod commands;
mod completion;
#[cfg(target_os = "linux")]
mod disk;
mod history;
mod home;
mod hooks;
mod journeys;
mod kubernetes;
mod operations;
mod probe;
mod terminal;
mod tidy;
mod truth;
mod watching;
