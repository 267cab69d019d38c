//! The owner's socket: the process that holds the store serves its session to visitors on the same
//! machine and of the same user.
//!
//! ```text
//! visitor -> owner   length (u32, big endian) + JSON of `Asked`
//! owner -> visitor   length (u32, big endian) + JSON of `Told`
//! ```
//! The first message each way is a greeting with the protocol version; versions that differ do not talk.

mod client;
mod frame;
mod relay;
mod server;
mod socket;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use client::connect;
pub use relay::Relay;
pub use server::{Server, serve};

use crate::{Command, Event, Reply, SessionError};

/// The socket's name in the data directory.
pub const SOCKET: &str = "owner.sock";

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Nobody serves this data directory. Open the store.
    #[error("no process serves this data directory")]
    Nobody,
    /// The other side runs another version of the program.
    #[error(
        "process {pid} holds the data directory and speaks protocol {theirs}, this program speaks {ours}; \
         quit it or use the same version"
    )]
    Version {
        /// The owner's process.
        pid: u32,
        /// The owner's version.
        theirs: u32,
        /// Ours.
        ours: u32,
    },
    /// The socket is not what it should be: another user's, a symlink, a file.
    #[error("{0}")]
    Unsafe(String),
    /// It failed otherwise.
    #[error("cannot talk to the process that holds the data directory: {0}")]
    Io(#[from] std::io::Error),
}

/// From a visitor.
#[derive(Serialize, Deserialize)]
enum Asked {
    Hello { protocol: u32 },
    Ask { id: u64, command: Command },
}

/// From the owner.
#[derive(Serialize, Deserialize)]
enum Told {
    Welcome { protocol: u32, pid: u32 },
    Answer { id: u64, result: Result<Reply, SessionError> },
    Event(Event),
}
