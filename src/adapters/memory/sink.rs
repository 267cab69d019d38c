//! A sink that keeps what it is given, for a test to look at. It is not bounded: it holds what one
//! test sends and no more.

use std::sync::Mutex;

use async_trait::async_trait;
use cloudscope_domain::{AssetKey, Proof, Sighting};
use cloudscope_ports::{Batch, Item, Sink, SinkError};
use tokio_util::sync::CancellationToken;

use crate::lock;

/// A sink that keeps what it is given.
#[derive(Debug, Default)]
pub struct MemorySink {
    batches: Mutex<Vec<Batch>>,
    cancel: CancellationToken,
    cancel_after: Option<usize>,
}

impl MemorySink {
    /// Takes everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes everything until `cancel` fires; then it refuses, as the engine's sink does.
    #[must_use]
    pub fn cancelled_by(cancel: CancellationToken) -> Self {
        Self { cancel, ..Self::default() }
    }

    /// Fires the token itself once it has taken `batches` batches, and refuses from then on.
    #[must_use]
    pub fn cancelling_after(batches: usize, cancel: CancellationToken) -> Self {
        Self { cancel, cancel_after: Some(batches), ..Self::default() }
    }

    /// Every batch, in order.
    #[must_use]
    pub fn batches(&self) -> Vec<Batch> {
        lock(&self.batches).clone()
    }

    /// Every item, in order.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        lock(&self.batches).iter().flatten().cloned().collect()
    }

    /// Everything that was seen, in order.
    #[must_use]
    pub fn sightings(&self) -> Vec<Sighting> {
        self.pick(|item| match item {
            Item::Upsert(sighting) => Some((**sighting).clone()),
            _ => None,
        })
    }

    /// Everything that was proved gone, in order.
    #[must_use]
    pub fn deleted(&self) -> Vec<(AssetKey, Proof)> {
        self.pick(|item| match item {
            Item::Delete { key, proof } => Some((key.clone(), *proof)),
            _ => None,
        })
    }

    /// The words of every problem, in order.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.pick(|item| match item {
            Item::Problem { message, .. } => Some(message.clone()),
            _ => None,
        })
    }

    /// The permissions that problems said were missing, in order.
    #[must_use]
    pub fn missing_permissions(&self) -> Vec<String> {
        self.pick(|item| match item {
            Item::Problem { missing_permission, .. } => missing_permission.clone(),
            _ => None,
        })
    }

    /// The listing was whole: the last item is `Done`.
    #[must_use]
    pub fn is_done(&self) -> bool {
        lock(&self.batches).iter().flatten().last() == Some(&Item::Done)
    }

    /// Forgets what came so far, so that a second listing can be looked at alone.
    pub fn clear(&self) {
        lock(&self.batches).clear();
    }

    fn pick<T>(&self, of: impl Fn(&Item) -> Option<T>) -> Vec<T> {
        lock(&self.batches).iter().flatten().filter_map(of).collect()
    }
}

#[async_trait]
impl Sink for MemorySink {
    async fn send(&self, batch: Batch) -> Result<(), SinkError> {
        if self.cancel.is_cancelled() {
            return Err(SinkError);
        }
        let mut batches = lock(&self.batches);
        batches.push(batch);
        if self.cancel_after.is_some_and(|after| batches.len() >= after) {
            self.cancel.cancel();
        }
        Ok(())
    }
}
