//! Switches following on and off: whether scopes are followed after they were listed.

use cloudscope_ports::SourceSpec;

use super::Engine;
use crate::{Reply, SessionError};

impl Engine {
    /// From now on scopes are followed once they were listed, or no longer. A collector knows no point to go
    /// on from before it listed something: where it did not in this process, a run is started.
    pub(super) async fn follow(&self, on: bool) -> Result<Reply, SessionError> {
        self.store()?;
        if on {
            self.follows.switch_on(&self.writer()?);
            self.serve_followers();
        } else {
            self.follows.switch_off().await;
        }
        Ok(Reply::Done)
    }

    /// Whether scopes of this source can be followed.
    pub(super) fn can_follow(&self, source: &SourceSpec) -> bool {
        self.collectors.iter().any(|c| c.name() == source.collector && c.follows(source))
    }

    /// Starts a run of the sources that can be followed, unless there was one of them in this process. While
    /// another run is under way nothing is started; this is asked again at its end.
    pub(super) fn serve_followers(&self) {
        if self.follows.is_served() || self.is_running() {
            return;
        }
        let sources: Vec<SourceSpec> =
            self.all_sources().into_iter().filter(|source| self.can_follow(source)).collect();
        if sources.is_empty() {
            return;
        }
        match self.collect(sources, false, Vec::new()) {
            Ok(run) => tracing::info!(run = run.0, "started for what is going to be followed"),
            Err(SessionError::Busy | SessionError::Gone) => {}
            Err(error) => {
                self.hub.trouble(format!("what could be followed could not be collected: {error}"));
            }
        }
    }
}
