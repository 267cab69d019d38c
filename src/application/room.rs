//! Room for what collectors saw and the writer has not taken yet. Counted by items: a few large batches and many
//! small ones take the same memory, and both keep collectors going while a commit is entered.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Items that may wait.
const ITEMS: u32 = 4_096;

/// Shared by everybody who hands items to the writer.
#[derive(Clone)]
pub(crate) struct Room(Arc<Semaphore>);

/// Given back when dropped.
pub(crate) type Taken = OwnedSemaphorePermit;

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ITEMS as usize)))
    }
}

impl Room {
    /// Waits until there is room for so many items; a batch larger than all of it gets all of it. Whoever came first
    /// goes first.
    pub(crate) async fn take(&self, items: usize) -> Option<Taken> {
        let items = u32::try_from(items).unwrap_or(ITEMS).min(ITEMS);
        // Never closed; were it, the channel behind it still bounds what waits.
        Arc::clone(&self.0).acquire_many_owned(items).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn items_wait_for_room_in_turn() {
        let room = Room::default();
        let most = room.take(usize::MAX).now_or_never().flatten().unwrap();
        let mut next = Box::pin(room.take(4_000));
        assert!(next.as_mut().now_or_never().is_none());
        let mut small = Box::pin(room.take(1));
        assert!(small.as_mut().now_or_never().is_none());
        drop(most);
        let held = next.as_mut().now_or_never().flatten().unwrap();
        assert!(small.as_mut().now_or_never().flatten().is_some());
        assert!(room.take(4_096).now_or_never().is_none());
        drop(held);
        assert!(room.take(4_096).now_or_never().flatten().is_some());
    }
}
