//! What actions, answers and news mean on the Collectors screen.

use cloudscope_application::{Reply, SessionError};

use crate::{effect::Effect, keymap::Action, model::Model};

/// The screen shows from now on.
pub(super) fn entered(_model: &mut Model) -> Vec<Effect> {
    Vec::new()
}

/// Runs an action here; `None` when it has no meaning here.
pub(super) fn action(_model: &mut Model, _action: Action) -> Option<Vec<Effect>> {
    None
}

/// The scopes arrived.
pub(super) fn answer(_model: &mut Model, _result: Result<Reply, SessionError>) -> Vec<Effect> {
    Vec::new()
}

/// A newer snapshot is there or a run ended, while this screen shows.
pub(super) fn published(_model: &mut Model) -> Vec<Effect> {
    Vec::new()
}
