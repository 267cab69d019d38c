//! Back to where the user was, and forth again: screen, filter, order, cursor, scroll.

use super::{branches, fetch, open, past, place, relationships, screen};
use crate::{
    effect::Effect,
    keymap::{Focus, Screen},
    model::{Model, history::Place, message::Message},
};

/// Back.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    let here = place::here(model);
    match model.history.back(here) {
        Some(place) => visit(model, place),
        None => nothing(model, "this is where you began"),
    }
}

/// Forth.
pub(super) fn forward(model: &mut Model) -> Vec<Effect> {
    let here = place::here(model);
    match model.history.forward(here) {
        Some(place) => visit(model, place),
        None => nothing(model, "this is where you were last"),
    }
}

fn nothing(model: &mut Model, text: &str) -> Vec<Effect> {
    model.say(Message::info(text, model.clock));
    Vec::new()
}

/// Goes to a place that was left.
pub(super) fn visit(model: &mut Model, place: Place) -> Vec<Effect> {
    if place.at != model.past.at {
        return revisit(model, place);
    }
    let mut effects = Vec::new();
    let grouped = place.grouping.is_some() || place.tree.is_some();
    if let Some(way) = place.tree {
        branches::turn(model, way);
    }
    if let Some(grouping) = place.grouping {
        model.groups.grouping = grouping;
    }
    if grouped {
        // Counted, not listed: the table is opened when it is gone to.
        effects = open::aside(model, place.filter, place.sort);
    } else if place.filter != model.assets.filter || place.sort != model.assets.sort {
        effects = open::open_on(model, place.filter, place.sort, place.aim);
    } else if let Some(shown) = &model.assets.shown {
        // The same table: only the cursor moves.
        let total = shown.total;
        model.assets.index = place.aim.index.min(total.saturating_sub(1));
        model.assets.top = model.assets.index.saturating_sub(place.aim.line);
        effects.extend(fetch::fit(model));
    }
    let mut another = false;
    if let Some(view) = place.changes.filter(|view| *view != model.changes.view) {
        model.changes.look(view);
        another = true;
    }
    let recentred = place.focus.is_some() && place.focus != model.relationships.focus;
    if let Some(focus) = place.focus {
        relationships::revisit(model, focus);
    }
    if place.screen != model.screen || recentred || another || grouped {
        model.trail.retain(|s| *s != place.screen);
        if model.trail.is_empty() && place.screen != Screen::Assets {
            // There is always a way back.
            model.trail.push(Screen::Assets);
        }
        effects.extend(screen::show(model, place.screen));
    }
    effects
}

/// A place at another moment: everything is asked anew, as of then.
fn revisit(model: &mut Model, place: Place) -> Vec<Effect> {
    let other_table = place.filter != model.assets.filter || place.sort != model.assets.sort;
    model.assets.filter = place.filter;
    model.assets.sort = place.sort;
    if let Some(grouping) = place.grouping {
        model.groups.grouping = grouping;
    }
    if let Some(way) = place.tree {
        branches::turn(model, way);
    }
    if let Some(focus) = place.focus {
        relationships::revisit(model, focus);
    }
    if let Some(view) = place.changes {
        model.changes.look(view);
    }
    model.trail.retain(|s| *s != place.screen);
    model.screen = place.screen;
    model.focus = Focus::Main;
    let mut effects = past::travel(model, place.at);
    if place.screen == Screen::Assets {
        model.assets.aim = place.aim;
    } else if other_table {
        effects.extend(open::open(model, place.aim));
    }
    effects
}
