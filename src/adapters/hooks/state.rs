//! How one hook fares: counters that its worker moves and everybody may read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cloudscope_domain::{Timestamp, text::visible};
use cloudscope_ports::{Clock, HookState};

/// The longest text of an error that is kept.
const ERROR_CHARS: usize = 500;

/// The counters of one hook.
pub(crate) struct State {
    inner: Mutex<HookState>,
    clock: Arc<dyn Clock>,
}

impl State {
    pub(crate) fn new(inner: HookState, clock: Arc<dyn Clock>) -> Self {
        Self { inner: Mutex::new(inner), clock }
    }

    pub(crate) fn get(&self) -> HookState {
        self.lock().clone()
    }

    pub(crate) fn delivered(&self, notices: u64) {
        self.lock().delivered += notices;
    }

    /// Counts a failure, keeps its reason, and logs it. The reason may hold foreign text.
    pub(crate) fn failed(&self, notices: u64, why: &str) {
        let why = short(why);
        let at = self.clock.now();
        let mut state = self.lock();
        state.failed += notices;
        tracing::warn!(hook = %state.name, notices, "a hook failed: {why}");
        state.last_error = Some((at, why));
    }

    /// Counts what was not taken; says whether it is the first time.
    pub(crate) fn dropped(&self, notices: u64) {
        let mut state = self.lock();
        if state.dropped == 0 && notices > 0 {
            tracing::warn!(hook = %state.name, "a hook does not keep up; notices are dropped and counted");
        }
        state.dropped += notices;
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn lock(&self) -> MutexGuard<'_, HookState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Foreign text made visible, on one line, of a bounded length.
pub(crate) fn short(text: &str) -> String {
    let text = text.trim();
    let cut: String = text.chars().take(ERROR_CHARS).collect();
    let mut out = visible(&cut).into_owned();
    if cut.len() < text.len() {
        out.push('…');
    }
    out
}
