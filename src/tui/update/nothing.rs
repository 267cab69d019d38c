//! A key was pressed where nothing stands under the cursor: whether there is nothing, or it is still on its way.

use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{Model, message::Message},
};

/// Says so; `to` says what it was wanted for (` to copy`).
pub(super) fn under_cursor(model: &mut Model, to: &str) -> Vec<Effect> {
    let text = match on_its_way(model) {
        Some(what) => format!("{what} are still being read"),
        None => format!("there is nothing under the cursor{to}"),
    };
    model.say(Message::warning(text, model.clock));
    Vec::new()
}

/// What the screen waits for before there can be a cursor on it.
pub(super) fn on_its_way(model: &Model) -> Option<&'static str> {
    let (waits, what) = match model.screen {
        Screen::Assets => {
            let assets = &model.assets;
            // Rows that the table has and that are not here are on their way, too.
            (assets.failed.is_none() && (assets.shown.is_none() || assets.total() > 0), "the assets")
        }
        Screen::Relationships => {
            let state = &model.relationships;
            (state.ego.is_none() && model.waiting(Tag::Relations), "the relationships")
        }
        Screen::Collectors => {
            (model.collectors.health.scopes.is_none() && model.waiting(Tag::Health), "the scopes")
        }
        Screen::Tree => (model.tree.root.children.is_none() && model.waiting(Tag::Tree), "the branches"),
        Screen::Groups => (model.groups.shown.is_none() && model.waiting(Tag::Groups), "the groups"),
        Screen::Changes => (model.changes.shown.is_none() && model.waiting(Tag::Changes), "the changes"),
        Screen::Export | Screen::Pulse | Screen::Views => (false, ""),
    };
    waits.then_some(what)
}
