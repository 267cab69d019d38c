//! A handle on an engine, in this process or behind the owner's socket.

use async_trait::async_trait;
use tokio::sync::broadcast;

use crate::message::{Command, Event, Reply};

/// Why a command was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum SessionError {
    /// The store is still being opened; ask again after `Event::Ready`.
    #[error("the store is still being opened")]
    NotReady,
    /// The cursor was closed or lost; open it again.
    #[error("the cursor is no longer open")]
    NoCursor,
    /// A run is under way already.
    #[error("a collection is running already")]
    Busy,
    /// The command makes no sense, in words for the user.
    #[error("{0}")]
    Bad(String),
    /// There is no such column to order or group by, in words for the user.
    #[error("{0}")]
    Column(String),
    /// The store failed, in words for the user.
    #[error("{0}")]
    Store(String),
    /// The owner of the store went away; reconnect or open the store.
    #[error("the process that owns the data directory went away")]
    Gone,
}

impl From<cloudscope_index::SortError> for SessionError {
    fn from(error: cloudscope_index::SortError) -> Self {
        match error {
            cloudscope_index::SortError::Cancelled => Self::Bad(error.to_string()),
            error => Self::Column(error.to_string()),
        }
    }
}

/// Talks to an engine. Object-safe, so that a front end does not know where the engine is.
#[async_trait]
pub trait Session: Send + Sync + 'static {
    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// As [`SessionError`] says.
    async fn ask(&self, command: Command) -> Result<Reply, SessionError>;

    /// What happens from now on. A slow reader loses the oldest events and is told so.
    fn events(&self) -> broadcast::Receiver<Event>;
}
