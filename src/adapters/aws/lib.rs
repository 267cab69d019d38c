//! The AWS collector: every account, region and service of a source, by rows of the catalog and by the
//! services' models as data.
//!
//! `model` and `wire` know no network, no credentials and no catalog. Only `transport` opens connections,
//! only `client` calls, and every call passes the gate.

mod account;
#[cfg(test)]
mod allowed;
mod client;
mod collect;
mod collector;
mod discover;
mod endpoints;
mod extract;
mod failure;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
mod listing;
mod login;
pub mod model;
mod notes;
mod options;
mod pages;
mod permission;
mod policy;
mod session;
mod transport;
mod typed;
pub mod wire;

pub use collector::{AwsCollector, COLLECTOR};
pub use login::{Program, Programs};
pub use policy::{LONGEST as LONGEST_POLICY, Row, length as policy_length, parts as policy_parts};
pub use typed::{TypedCall, TypedClient};
