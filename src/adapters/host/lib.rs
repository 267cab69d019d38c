//! The host collector: this machine, its disks, file systems, interfaces, listening sockets and
//! processes.
//!
//! On Linux it reads /proc and /sys and runs no program; elsewhere it tells what `sysinfo` gives. It
//! never reads the environment of a process, the contents of a user's file, or another machine.

mod collector;
mod listing;
mod object;
mod output;
mod platform;
mod text;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;

pub use collector::{COLLECTOR, HostCollector, SOURCE};
pub use listing::OPERATIONS;
