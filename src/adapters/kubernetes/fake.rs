//! A fake of a Kubernetes API server for tests and benches: TLS on a loopback port, and the published API as
//! far as somebody who reads needs it: discovery, lists in pages, watches, and refusals in the server's words.
//!
//! It runs no controllers, checks no schema, and nothing can be written through it: objects are put into it
//! from inside, by `estate` or by a test. That a real server answers so is shown by real clients that
//! understand it, and by the same suite against a real cluster.
//!
//! ```text
//!  socket -> serve -> answer (who, fault, may they) -> discovery | listing | following -> form
//!                                                          objects, by version ----'
//! ```

mod answer;
mod churn;
mod discovery;
mod estate;
mod fault;
mod following;
mod form;
mod gzip;
mod kinds;
mod kubeconfig;
mod listing;
mod objects;
mod request;
mod select;
mod serve;
mod server;
mod shared;
mod status;
mod tls;
mod users;

pub use churn::{Act, Churn, Done};
pub use estate::{CANARIES, Link, Plan, Size, base64, fill};
pub use fault::{Call, Fault, Rule};
pub use kinds::{Served, served};
pub use kubeconfig::{Context, Proof, kubeconfig};
pub use server::FakeApiServer;
pub use shared::{Asked, Settings};
pub use users::{Allow, User};

#[cfg(test)]
mod tests;
