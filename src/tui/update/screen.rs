//! From one screen to another.

use super::{collectors, edges, fetch, open, place, size};
use crate::{
    effect::Effect,
    keymap::{Focus, Screen},
    model::{Model, message::Message},
};

/// Goes to a screen; `q` comes back.
pub(super) fn go(model: &mut Model, to: Screen) -> Vec<Effect> {
    let later = match to {
        Screen::Tree | Screen::Changes | Screen::Pulse | Screen::Views => true,
        Screen::Assets | Screen::Relationships | Screen::Collectors | Screen::Export => false,
    };
    if later {
        let text = format!("the {} screen comes with a later version", to.name());
        model.say(Message::info(text, model.clock));
        return Vec::new();
    }
    model.overlays.clear();
    if to == model.screen {
        return show(model, to);
    }
    place::leave(model);
    model.trail.retain(|s| *s != to);
    if to == Screen::Assets {
        model.trail.clear();
    } else {
        model.trail.push(model.screen);
        model.trail.dedup();
    }
    show(model, to)
}

/// Shows a screen; what lies below it does not change.
pub(super) fn show(model: &mut Model, screen: Screen) -> Vec<Effect> {
    model.screen = screen;
    model.focus = Focus::Main;
    model.assets.anchor = None;
    match screen {
        Screen::Assets => {
            let mut effects = fetch::fit(model);
            effects.extend(open::merge_if_due(model));
            effects
        }
        Screen::Relationships => edges::entered(model),
        Screen::Collectors => collectors::entered(model),
        Screen::Export => size::entered(model),
        Screen::Tree | Screen::Changes | Screen::Pulse | Screen::Views => Vec::new(),
    }
}
