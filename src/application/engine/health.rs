//! The coverage ledger, one row per scope.

use cloudscope_domain::{Moment, ScopeState};

use super::Engine;
use crate::{Reply, SessionError, ingest::unknown_of, message::ScopeHealth};

impl Engine {
    pub(super) async fn health(&self, _at: Option<Moment>) -> Result<Reply, SessionError> {
        Ok(Reply::Health(self.view()?.scopes.iter().map(health).collect()))
    }
}

fn health(state: &ScopeState) -> ScopeHealth {
    ScopeHealth {
        key: state.scope.key.clone(),
        coverage: state.coverage.clone(),
        scope: state.scope.clone(),
        run: state.run,
        unknown: unknown_of(state),
        recent: Vec::new(),
        p95: None,
        percent: None,
        collector: None,
    }
}
