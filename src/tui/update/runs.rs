//! Asks for the runs that time is stepped by.

use cloudscope_application::Command;

use crate::{
    effect::{Effect, Tag},
    model::Model,
};

/// Runs that time can be stepped by.
const MOST: u64 = 1_000;

/// Asks for them.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    vec![model.ask(Tag::Runs, Command::Runs { limit: MOST })]
}
