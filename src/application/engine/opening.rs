//! A store that cannot be opened now, and may be later: a disk that is full, or cannot be written.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use cloudscope_ports::StoreError;

use crate::hub::Hub;

/// How long until it is tried again, in steps after each of which it may be given up.
const STEPS: u32 = 20;
const STEP: Duration = Duration::from_millis(100);

/// Tries again as long as that may help.
#[derive(Default)]
pub(super) struct Again {
    told: Option<String>,
}

impl Again {
    /// Tells why it does not open, and waits. `false` when it should not be tried again: somebody wants the engine to
    /// stop, or nothing that passes is in the way.
    pub(super) fn wait(&mut self, error: &StoreError, hub: &Hub, stop: &AtomicBool) -> bool {
        let mend = match error {
            StoreError::Full(_) => "make room on that disk",
            StoreError::Io(_) => "see that the directory can be written, or quit and use another --data-dir",
            _ => return false,
        };
        let mut text = error.to_string();
        // Some errors say so themselves.
        if !text.contains("--data-dir") {
            text = format!("{text}; {mend}");
        }
        text.push_str("; it is tried again until it works");
        if self.told.as_ref() != Some(&text) {
            tracing::error!(%error, "the store could not be opened; trying again");
            hub.mended();
            hub.trouble(text.clone());
            self.told = Some(text);
        }
        for _ in 0..STEPS {
            if stop.load(Ordering::Acquire) {
                return false;
            }
            std::thread::sleep(STEP);
        }
        true
    }

    /// It is open.
    pub(super) fn over(&self, hub: &Hub) {
        if self.told.is_some() {
            hub.mended();
        }
    }
}
