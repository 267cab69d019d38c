//! What following brought since it began: counted by the writer, read by whoever asks.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use cloudscope_domain::Timestamp;

use crate::message::Following;

/// Records made different since a moment.
#[derive(Debug)]
pub(crate) struct Brought {
    since: Timestamp,
    created: AtomicU64,
    changed: AtomicU64,
    gone: AtomicU64,
    /// What is counted here is counted there as well.
    sum: Option<Arc<Self>>,
}

impl Brought {
    pub(crate) fn new(since: Timestamp, sum: Option<Arc<Self>>) -> Arc<Self> {
        let none = AtomicU64::default;
        Arc::new(Self { since, created: none(), changed: none(), gone: none(), sum })
    }

    pub(crate) fn add(&self, created: u64, changed: u64, gone: u64) {
        self.created.fetch_add(created, Ordering::Relaxed);
        self.changed.fetch_add(changed, Ordering::Relaxed);
        self.gone.fetch_add(gone, Ordering::Relaxed);
        if let Some(sum) = &self.sum {
            sum.add(created, changed, gone);
        }
    }

    /// As it stands now.
    pub(crate) fn so_far(&self) -> Following {
        Following {
            since: self.since,
            created: self.created.load(Ordering::Relaxed),
            changed: self.changed.load(Ordering::Relaxed),
            gone: self.gone.load(Ordering::Relaxed),
        }
    }
}
