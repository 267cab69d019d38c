//! What people call the kinds, asked of the engine: when it is ready, and whenever a command is typed.

use cloudscope_application::Command;

use crate::{
    effect::{Effect, Tag},
    model::Model,
};

/// Asks for the names.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    if model.waiting(Tag::Words) {
        return Vec::new();
    }
    vec![model.ask(Tag::Words, Command::Kinds)]
}
