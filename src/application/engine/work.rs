//! How an answer is worked out without holding up the async threads: off them, stopped when nobody
//! waits any more, bounded in what it carries. Knows nothing of any single command.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use cloudscope_ports::{AssetStore, StoreError};

use super::Engine;
use crate::{SessionError, hub::View};

/// Lines of history or ledger that one answer carries at the most.
const LINES: usize = 100_000;

impl Engine {
    /// The newest view.
    pub(super) fn view(&self) -> Result<Arc<View>, SessionError> {
        self.hub.view().ok_or(SessionError::NotReady)
    }

    /// Reads from the store, off the async threads.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn AssetStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SessionError> {
        let store = Arc::clone(self.store()?);
        blocking(move || work(&*store)).await?.map_err(failed)
    }
}

/// Set when the question that needs the work is dropped.
#[derive(Default)]
pub(super) struct Dropped(Arc<AtomicBool>);

impl Dropped {
    /// Says, from anywhere, whether the question was dropped.
    pub(super) fn watch(&self) -> impl Fn() -> bool + Send + use<> {
        let flag = Arc::clone(&self.0);
        move || flag.load(Ordering::Relaxed)
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How many lines of history or ledger are handed out when so many are asked for.
pub(super) fn bounded(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(LINES).min(LINES)
}

/// The store failed, in words for the user.
#[expect(clippy::needless_pass_by_value, reason = "used as a function in map_err")]
pub(super) fn failed(error: StoreError) -> SessionError {
    SessionError::Store(error.to_string())
}

/// Runs what blocks where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SessionError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| SessionError::Store("the engine failed to answer; this is a defect".into()))
}
