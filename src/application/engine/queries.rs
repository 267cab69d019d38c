//! Where queries run: off the async threads, two at a time, so that neither the writer nor a window that
//! only cuts out rows waits behind a burst of key presses. Knows nothing of what is asked.

use std::sync::{Arc, Weak};

use cloudscope_index::Hits;
use tokio::sync::{Semaphore, broadcast::error::RecvError};
use tokio_util::sync::CancellationToken;

use super::work::blocking;
use crate::{
    SessionError,
    hub::{Hub, View},
};

/// Queries that run at the same time.
const AT_ONCE: usize = 2;

/// The places in which queries run.
pub(super) struct Queries {
    answers: Arc<Semaphore>,
    /// What is sorted ahead of being asked for has a place of its own and never more.
    ahead: Arc<Semaphore>,
}

impl Default for Queries {
    fn default() -> Self {
        Self { answers: Arc::new(Semaphore::new(AT_ONCE)), ahead: Arc::new(Semaphore::new(1)) }
    }
}

impl Queries {
    /// Works out an answer when there is a place. A question that is dropped before takes none; one that is
    /// dropped while it runs keeps its place until it notices.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        hub: &Arc<Hub>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, SessionError> {
        // The places are never closed.
        let place = Arc::clone(&self.answers).acquire_owned().await.map_err(|_| SessionError::NotReady)?;
        let hub = Arc::clone(hub);
        blocking(move || {
            let answering = hub.answers.begin();
            let answer = work();
            drop((answering, place));
            answer
        })
        .await
    }

    /// Puts hits in order before somebody scrolls there, as long as a cursor has them.
    pub(super) fn settle(&self, view: Arc<View>, hits: Arc<Hits>) {
        let ahead = Arc::clone(&self.ahead);
        tokio::spawn(async move {
            let Ok(place) = ahead.acquire_owned().await else { return };
            let closed = move |hits: &Arc<Hits>| Arc::strong_count(hits) == 1;
            // Whoever waits for a window of it is told what went wrong; here nobody waits.
            let _ = blocking(move || {
                let _ = hits.settle(&view.snapshot, &|| closed(&hits));
                drop(place);
            })
            .await;
        });
    }
}

/// Prepares each new view for questions, until told to stop. Views that were replaced meanwhile are skipped.
pub(super) async fn keep_warm(hub: Arc<Hub>, stop: CancellationToken) {
    let mut events = hub.events();
    let mut last = Weak::new();
    loop {
        if let Some(view) = hub.view()
            && !Weak::ptr_eq(&last, &Arc::downgrade(&view.snapshot))
        {
            last = Arc::downgrade(&view.snapshot);
            if blocking(move || view.snapshot.warm()).await.is_err() {
                tracing::error!("a new view could not be prepared; this is a defect");
            }
            continue;
        }
        match stop.run_until_cancelled(events.recv()).await {
            // Whatever happened, there may be a new view.
            Some(Ok(_) | Err(RecvError::Lagged(_))) => {}
            Some(Err(RecvError::Closed)) | None => return,
        }
    }
}
