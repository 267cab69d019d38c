//! The word to stop, heard by every worker.

use tokio::sync::watch;

/// Says it.
#[derive(Debug)]
pub(crate) struct Stopper(watch::Sender<bool>);

/// Hears it.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

pub(crate) fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    pub(crate) fn say(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Returns when it is said, or when nobody is left who could.
    pub(crate) async fn said(&self) {
        let mut receiver = self.0.clone();
        // An error is a sender that is gone: time to stop as well.
        let _ = receiver.wait_for(|said| *said).await;
    }

    pub(crate) fn is_said(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}
