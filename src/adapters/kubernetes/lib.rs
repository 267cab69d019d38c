//! The Kubernetes collector: every kind of every cluster that a kubeconfig names, listed and followed.
//!
//! `map` and `machine` know no network. Only `client` sends, every call passes the gate, and every
//! address is built by `path`.

mod absence;
mod backoff;
mod body;
mod client;
mod collector;
mod discovery;
mod failure;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
mod follow;
mod identity;
mod kubeconfig;
mod list;
mod login;
mod machine;
mod map;
mod namespaces;
mod news;
mod object;
mod options;
mod path;
mod place;
mod plan;
mod policy;
mod programs;
mod proxy;
mod resource;
mod session;
mod survey;
#[cfg(test)]
mod tests;
mod turns;

pub use collector::{COLLECTOR, KubernetesCollector};
pub use programs::{Program, Programs};
