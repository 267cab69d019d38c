//! From one screen to another.

use super::{branches, collectors, counting, edges, fetch, listing, open, place, shelf, size};
use crate::{
    effect::Effect,
    keymap::{Focus, Screen},
    model::{Model, message::Message},
};

/// Goes to a screen; `q` comes back.
pub(super) fn go(model: &mut Model, to: Screen) -> Vec<Effect> {
    let later = match to {
        Screen::Pulse => true,
        Screen::Assets
        | Screen::Tree
        | Screen::Relationships
        | Screen::Collectors
        | Screen::Changes
        | Screen::Export
        | Screen::Views
        | Screen::Groups => false,
    };
    if later {
        let text = format!("the {} screen comes with a later version", to.name());
        model.say(Message::info(text, model.clock));
        return Vec::new();
    }
    if to != model.screen {
        place::leave(model);
    }
    reach(model, to)
}

/// The same from a place that was remembered already, or need not be.
pub(super) fn reach(model: &mut Model, to: Screen) -> Vec<Effect> {
    model.overlays.clear();
    if to == model.screen {
        return show(model, to);
    }
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
            if std::mem::take(&mut model.past.stale) {
                return open::again(model);
            }
            let mut effects = fetch::fit(model);
            effects.extend(open::merge_if_due(model));
            effects
        }
        Screen::Relationships => edges::entered(model),
        Screen::Collectors => collectors::entered(model),
        Screen::Changes => listing::entered(model),
        Screen::Groups => counting::entered(model),
        Screen::Export => size::entered(model),
        Screen::Views => shelf::entered(model),
        Screen::Tree => branches::entered(model),
        Screen::Pulse => Vec::new(),
    }
}
