//! What actions, answers and progress mean for exports.

use cloudscope_application::{Reply, SessionError, export::ExportProgress};

use super::screen;
use crate::{
    effect::Effect,
    keymap::{Action, Screen},
    model::Model,
};

/// The screen shows from now on.
pub(super) fn entered(_model: &mut Model) -> Vec<Effect> {
    Vec::new()
}

/// Goes to the form, filled with what shows.
pub(super) fn prefill(model: &mut Model) -> Vec<Effect> {
    screen::go(model, Screen::Export)
}

/// Goes to the form, filled with what was typed after `:export`: a format and a file.
pub(super) fn typed(model: &mut Model, _rest: &str) -> Vec<Effect> {
    prefill(model)
}

/// Runs an action here; `None` when it has no meaning here.
pub(super) fn action(_model: &mut Model, _action: Action) -> Option<Vec<Effect>> {
    None
}

/// Runs an action while a field is typed.
pub(super) fn field_action(_model: &mut Model, _action: Action) -> Option<Vec<Effect>> {
    None
}

/// How many rows there would be.
pub(super) fn answer(_model: &mut Model, _result: Result<Reply, SessionError>) -> Vec<Effect> {
    Vec::new()
}

/// The export that runs stands so.
pub(super) fn progress(model: &mut Model, progress: ExportProgress) -> Vec<Effect> {
    model.export.progress = Some(progress);
    Vec::new()
}

/// Stops the export that runs.
pub(super) fn cancel(_model: &mut Model) -> Vec<Effect> {
    vec![Effect::CancelExport]
}
