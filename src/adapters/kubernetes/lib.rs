//! The Kubernetes collector: every kind of every cluster that a kubeconfig names, listed and followed.
//!
//! `map` and `follow` know no network. Only `client` opens connections, and every call passes the gate.

mod map;
mod resource;
