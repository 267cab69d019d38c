//! A source is removed: it is collected no more, and its records stay as unknown or leave the inventory,
//! as its owner says. Never while a run is under way, which would bring them back.

use std::sync::{Arc, PoisonError};

use cloudscope_domain::{CoverageState, RunId, SourceName};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::{
    SessionError,
    ingest::{Intake, verdict::Outcome},
    message::Records,
};

/// Holds the place of a run, so that none begins meanwhile.
struct Place<'a>(&'a Engine);

impl<'a> Place<'a> {
    fn take(engine: &'a Engine) -> Result<Self, SessionError> {
        let mut running = engine.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_some() {
            return Err(SessionError::Busy);
        }
        *running = Some(CancellationToken::new());
        Ok(Self(engine))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Engine {
    /// Takes a source out of what is collected. Returns of how many records something became: those that
    /// are unknown from now on, or those that left, tombstones included.
    pub(super) async fn remove_source(
        &self,
        source: SourceName,
        records: Records,
    ) -> Result<u64, SessionError> {
        self.store()?;
        let _place = Place::take(self)?;
        let known = {
            let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
            let before = sources.len();
            sources.retain(|s| s.name != source);
            sources.len() < before
        };
        let scopes: Vec<_> = self.view()?.scopes.of(&source).cloned().collect();
        if !known && scopes.is_empty() {
            let name = cloudscope_domain::text::visible(source.as_str());
            return Err(SessionError::Bad(format!(
                "no source is called `{name}`; `cloudscope sources list` shows the names"
            )));
        }
        self.follows.forget_source(&source).await;
        match records {
            Records::Forget => self.write(|done| Intake::Forget { source, done }).await,
            Records::Keep => {
                let writer = self.writer()?;
                let mut durable = Vec::new();
                for state in scopes {
                    if state.coverage.state == CoverageState::Disabled && state.coverage.error.is_some() {
                        durable.push((None, state.coverage.assets));
                        continue;
                    }
                    let (done, ended) = oneshot::channel();
                    let outcome = Outcome::disabled("its source was removed; add it again to collect it");
                    let ended_so =
                        Intake::Ended { run: RunId::default(), scope: Arc::new(state.scope), outcome, done };
                    writer.send(ended_so).await.map_err(|_| SessionError::Gone)?;
                    durable.push((Some(ended), 0));
                }
                let mut unknown = 0;
                for (ended, before) in durable {
                    unknown += match ended {
                        None => before,
                        Some(ended) => {
                            let lost = |_| SessionError::Store("the removal could not be written".into());
                            ended.await.map_err(lost)?.unknown
                        }
                    };
                }
                Ok(unknown)
            }
        }
    }
}
