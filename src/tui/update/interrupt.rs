//! ctrl-c: stops what runs, else goes one step back; twice within a second it quits.

use super::{back, collect, export, stop};
use crate::{
    effect::{Effect, ExitReason},
    model::{Model, message::Message},
};

/// Two within this quit, in milliseconds.
const TWICE: i64 = 1_000;

/// Takes a ctrl-c in.
pub(super) fn interrupt(model: &mut Model) -> Vec<Effect> {
    let before = model.interrupted.replace(model.clock);
    if before.is_some_and(|at| (0..=TWICE).contains(&model.clock.since(at))) {
        return vec![Effect::Quit(ExitReason::Quit)];
    }
    if let Some(effects) = stop::stop(model) {
        return effects;
    }
    if model.export.running() {
        return export::cancel(model);
    }
    if model.estate.running() {
        return collect::cancel(model);
    }
    if model.overlays.is_empty() && model.trail.is_empty() && model.assets.filter.is_empty() {
        model.say(Message::info("ctrl-c once more quits", model.clock));
        return Vec::new();
    }
    back::back(model)
}
