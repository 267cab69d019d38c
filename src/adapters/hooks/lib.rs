//! Hooks: what happened, handed to a command or a webhook that the user attached. Knows nothing of the
//! engine that makes the notices, and never holds it up.
//!
//! ```text
//!  notify --> filter --> bounded queue, one per hook --> worker --> a process (JSON on its stdin)
//!     |                        | full                          \-> HTTPS POST, signed, to a checked address
//!     returns at once          dropped, and counted
//! ```

mod address;
mod command;
mod confirm;
mod hooks;
mod queue;
#[cfg(test)]
mod samples;
mod spec;
mod state;
mod stop;
mod webhook;

pub use confirm::Confirmed;
pub use hooks::{Attached, Hooks, Outside};
pub use spec::{
    AbsolutePath, Action, Allowed, BadHook, CommandSpec, Event, Filter, HookName, HookSpec, KindPattern,
    SecretName, Span, Target, WebhookSpec,
};
pub use webhook::key::{BadKey, Key};
