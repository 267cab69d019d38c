//! Stops work that a key asked for and that takes long; what shows is what was there before.

use super::open;
use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{Model, message::Message},
};

/// Stops it, if there is such work.
pub(super) fn stop(model: &mut Model) -> Option<Vec<Effect>> {
    let word = model.busy()?;
    let mut effects = Vec::new();
    match model.screen {
        Screen::Groups => {
            let of = model.groups.shown.as_ref().map(|shown| shown.of.clone())?;
            effects.extend(forget(model, Tag::Groups));
            (model.assets.filter, model.groups.grouping.by) = of.clone();
            model.groups.asking = of;
        }
        _ => effects.extend(restore(model)?),
    }
    model.say(Message::info(format!("stopped {word}; what shows is as it was"), model.clock));
    Some(effects)
}

/// The table is again of the filter and order that it shows; what is on its way is stopped.
pub(super) fn restore(model: &mut Model) -> Option<Vec<Effect>> {
    let of = model.assets.of.clone()?;
    let mut effects = open::abandon(model);
    effects.extend([Tag::Open, Tag::Find, Tag::Window].map(Effect::Drop));
    model.assets.filter.clone_from(&of.filter);
    model.assets.sort.clone_from(&of.sort);
    model.assets.asking = of;
    Some(effects)
}

/// Nobody waits for this any more.
pub(super) fn forget(model: &mut Model, tag: Tag) -> Option<Effect> {
    let waiting = model.waiting(tag);
    model.forget(tag);
    waiting.then_some(Effect::Drop(tag))
}
