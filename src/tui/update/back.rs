//! `esc` pops one layer and never quits; `q` goes back, and at the root quits.

use super::{filter, help, history, listing, panes, past, screen, stop};
use crate::{
    effect::{Effect, ExitReason, Tag},
    keymap::{Focus, Screen},
    model::{Model, message::Message, overlay::Overlay},
};

/// Pops one layer.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    match model.overlays.last() {
        Some(Overlay::Filter(_)) => return filter::escape(model),
        Some(Overlay::Help(_)) => return help::escape(model),
        Some(_) => {
            model.overlays.pop();
            return Vec::new();
        }
        None => {}
    }
    if let Some(effects) = stop::stop(model) {
        return effects;
    }
    if model.message.take().is_some() && model.screen != Screen::Assets {
        return Vec::new();
    }
    if model.screen == Screen::Assets {
        if model.assets.anchor.take().is_some() {
            return Vec::new();
        }
        if model.focus == Focus::Detail {
            return panes::focus(model);
        }
        if model.past.looked_at() {
            return past::now(model);
        }
        if let Some((_, place)) = model.drilled.take_if(|(filter, _)| *filter == model.assets.filter) {
            return history::visit(model, place);
        }
        if !model.assets.filter.is_empty() {
            return filter::apply(model, String::new());
        }
    }
    if model.screen == Screen::Changes
        && let Some(effects) = listing::back(model)
    {
        return effects;
    }
    if model.past.looked_at() {
        return past::now(model);
    }
    if let Some(below) = model.trail.pop() {
        let dropped = stop::forget(model, Tag::Groups);
        let mut effects = screen::show(model, below);
        effects.extend(dropped);
        return effects;
    }
    let key = model.ui.keymap.key_of(crate::keymap::Action::Leave, &model.context());
    let text = format!("nothing to go back from; `{}` quits", key.as_deref().unwrap_or(":q"));
    model.say(Message::info(text, model.clock));
    Vec::new()
}

/// Goes back; at the root, quits.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    if model.overlays.pop().is_some() {
        return Vec::new();
    }
    if model.screen == Screen::Assets && model.assets.detail_full && model.layout().detail.is_some() {
        return panes::focus(model);
    }
    match model.trail.pop() {
        Some(below) => screen::show(model, below),
        None => vec![Effect::Quit(ExitReason::Quit)],
    }
}
