//! The edges of the asset in the middle of the Relationships screen: asked for when the screen is
//! entered and when something newer is there, taken in when they arrive.

use cloudscope_application::{Command, Reply, SessionError};
use cloudscope_domain::neighbours::Direction;

use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{
        Model,
        relationships::{MOST_EDGES, ego::Ego},
    },
};

/// The screen shows from now on.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    if model.relationships.focus.is_none() {
        let Some(id) = model.assets.selected.as_ref().map(|key| key.id.clone()) else { return Vec::new() };
        model.relationships.look_at(id, None);
    }
    ask(model)
}

/// Asks for them.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.relationships.focus.clone() else { return Vec::new() };
    let depth = model.relationships.depth;
    let command =
        Command::Relations { id, direction: Direction::Both, depth, limit: MOST_EDGES, at: model.at() };
    vec![model.ask(Tag::Relations, command)]
}

/// The edges arrived.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    let state = &mut model.relationships;
    match result {
        Ok(Reply::Relations(relations)) => {
            let Some(asked) = state.focus.clone() else { return Vec::new() };
            let id = relations.focus.as_ref().map_or(asked, |row| row.id.clone());
            let ego = Ego::new(id, relations, state.only.as_ref());
            state.arrived(ego);
            model.past.arrived(Screen::Relationships);
        }
        // `published` or `entered` asks again when the store is open.
        Err(SessionError::NotReady) => {}
        Ok(_) => state.failed = Some("the engine answered another question; this is a defect".into()),
        Err(e) => {
            state.failed = Some(e.to_string());
            model.past.arrived(Screen::Relationships);
        }
    }
    if std::mem::take(&mut model.relationships.again) && model.screen == Screen::Relationships {
        return ask(model);
    }
    Vec::new()
}

/// A newer snapshot is there, while this screen shows.
pub(super) fn published(model: &mut Model) -> Vec<Effect> {
    if model.waiting(Tag::Relations) {
        // A new question would make the answer stale; under constant change none would ever be shown.
        model.relationships.again = true;
        return Vec::new();
    }
    ask(model)
}
