//! Where a collector puts what it sees. Bounded: a full sink makes the collector wait.
//!
//! ```text
//! Begin ( Upsert | Delete{proof} )* Done        a listing
//! Begin ( Upsert | Delete{proof} )* Resume ...  a watch that goes on: what came so far is whole
//! ```
//! Only `Done` and `Resume` may imply that what was not seen is gone; a collector that fails returns
//! its `Fault` instead and implies nothing.

use async_trait::async_trait;
use cloudscope_domain::{AssetKey, Proof, Sighting};

/// One thing a collector says.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// The listing starts from nothing.
    Begin,
    /// Seen.
    Upsert(Box<Sighting>),
    /// Proved gone.
    Delete {
        /// Which.
        key: AssetKey,
        /// What proves it.
        proof: Proof,
    },
    /// Facts about items that were all listed are hidden (owners of sockets, executables of other
    /// users' processes): the scope ends `partial`, but what was not listed is still proved gone.
    Limited {
        /// What is hidden, of how many items, and what to do.
        message: String,
        /// The permission that would show it.
        missing_permission: Option<String>,
    },
    /// An item was refused or may be hidden, so the listing is not whole: the scope ends `partial` and
    /// what was not listed is unknown.
    Problem {
        /// What, where (line, id), and what to do.
        message: String,
        /// The permission that would show it.
        missing_permission: Option<String>,
    },
    /// The listing that just began is of assets whose ids begin so. Of others that are known of its scope it says
    /// nothing: the name under which it is reached led elsewhere before.
    Within {
        /// Names the provider's own account, cluster or the like.
        ids: String,
    },
    /// How many assets there are about to be, for an honest progress bar.
    Expect(u64),
    /// The listing is whole.
    Done,
    /// Everything up to here is whole; a watch goes on.
    Resume,
}

/// Items sent together.
pub type Batch = Vec<Item>;

/// The engine does not want more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run was cancelled")]
pub struct SinkError;

/// Takes what a collector sees of one scope.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Hands over some items; waits while the engine is busy.
    ///
    /// # Errors
    /// When the run was cancelled: stop, return `Cancelled`.
    async fn send(&self, batch: Batch) -> Result<(), SinkError>;

    /// Of a follow: whether it only lists everything anew every so often from here on, because nothing tells it what
    /// happens. Its scope is as of the last of these listings then, not of this moment. Said whenever it changes.
    fn only_lists(&self, only_lists: bool) {
        let _ = only_lists;
    }
}
