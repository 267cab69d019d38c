//! What actions, answers and news mean on the Relationships screen.

use cloudscope_application::{Reply, SessionError};
use cloudscope_domain::AssetId;

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

/// Goes to the relationships of the asset that is selected on the Assets screen.
pub(super) fn of_selected(model: &mut Model) -> Vec<Effect> {
    screen::go(model, Screen::Relationships)
}

/// Goes to the relationships of an asset.
pub(super) fn of(model: &mut Model, _id: AssetId) -> Vec<Effect> {
    screen::go(model, Screen::Relationships)
}

/// Runs an action here; `None` when it has no meaning here.
pub(super) fn action(_model: &mut Model, _action: Action) -> Option<Vec<Effect>> {
    None
}

/// The edges arrived.
pub(super) fn answer(_model: &mut Model, _result: Result<Reply, SessionError>) -> Vec<Effect> {
    Vec::new()
}

/// A newer snapshot is there, while this screen shows.
pub(super) fn published(_model: &mut Model) -> Vec<Effect> {
    Vec::new()
}
