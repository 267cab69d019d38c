//! What waits for one hook: bounded in number and in bytes. Putting in never waits; what does not fit is
//! refused, and the caller counts it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// Notices that may wait for one hook: a few of the largest commits.
pub(crate) const NOTICES: usize = 16_384;
/// Bytes of JSON that may wait for one hook.
pub(crate) const BYTES: usize = 16 << 20;

/// One notice as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The name of its event.
    pub(crate) event: &'static str,
    /// Its JSON, shared by all hooks that get it.
    pub(crate) json: Arc<str>,
}

/// A bounded queue.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    woken: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    items: VecDeque<Item>,
    bytes: usize,
    closed: bool,
}

impl Queue {
    /// Whether there is room for one more.
    pub(crate) fn has_room(&self) -> bool {
        let inner = self.lock();
        !inner.closed && inner.items.len() < NOTICES && inner.bytes < BYTES
    }

    /// Puts one in; `false` when there is no room for it.
    pub(crate) fn push(&self, item: Item) -> bool {
        let mut inner = self.lock();
        if inner.closed || inner.items.len() >= NOTICES || inner.bytes + item.json.len() > BYTES {
            return false;
        }
        inner.bytes += item.json.len();
        inner.items.push_back(item);
        drop(inner);
        self.woken.notify_one();
        true
    }

    /// Takes up to so many, and of several not more than so many bytes; waits while there is none.
    /// `None` when it is closed and empty.
    pub(crate) async fn take(&self, most: usize, bytes: usize) -> Option<Vec<Item>> {
        loop {
            // Before the look, so that what is put in between the two is not missed.
            let woken = self.woken.notified();
            {
                let mut inner = self.lock();
                let mut taken = Vec::new();
                let mut size = 0;
                while let Some(item) = inner.items.front() {
                    size += item.json.len() + 1;
                    if taken.len() >= most || (size > bytes && !taken.is_empty()) {
                        break;
                    }
                    let Some(item) = inner.items.pop_front() else { break };
                    inner.bytes -= item.json.len();
                    taken.push(item);
                }
                if !taken.is_empty() {
                    if !inner.items.is_empty() {
                        // Another worker may go on with the rest.
                        self.woken.notify_one();
                    }
                    return Some(taken);
                }
                if inner.closed {
                    self.woken.notify_one();
                    return None;
                }
            }
            woken.await;
        }
    }

    /// Nothing more comes in.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.woken.notify_one();
    }

    /// Empties it; returns how many waited.
    pub(crate) fn clear(&self) -> usize {
        let mut inner = self.lock();
        inner.bytes = 0;
        std::mem::take(&mut inner.items).len()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
