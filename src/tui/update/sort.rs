//! The order of the table.

use cloudscope_application::message::SortKey;

use super::{open, pick, place, screen};
use crate::{
    effect::Effect,
    keymap::Screen,
    model::{Model, columns::Column, message::Message, sorting},
};

/// Orders by these, the selection kept.
pub(super) fn by(model: &mut Model, sort: Vec<SortKey>) -> Vec<Effect> {
    place::leave(model);
    let aim = open::keep(model);
    let filter = model.assets.filter.clone();
    open::open_on(model, filter, sort, aim)
}

/// Orders by a column; by the same one again, the other way round.
pub(super) fn by_column(model: &mut Model, column: &str) -> Vec<Effect> {
    let before = model.assets.sort.first();
    let descending = before.is_some_and(|k| k.column == column && !k.descending);
    by(model, vec![SortKey { column: column.to_owned(), descending }])
}

/// Turns the order round.
pub(super) fn invert(model: &mut Model) -> Vec<Effect> {
    let mut sort = model.assets.sort.clone();
    if sort.is_empty() {
        sort.push(SortKey { column: Column::Name.name().to_owned(), descending: false });
    }
    for key in &mut sort {
        key.descending = !key.descending;
    }
    by(model, sort)
}

/// Orders by what was typed: `name,-age,tag.env`; nothing opens the choice.
pub(super) fn typed(model: &mut Model, text: &str) -> Vec<Effect> {
    match sorting::parse(text) {
        Ok(sort) if sort.is_empty() => pick::sort(model),
        Ok(sort) => {
            let mut effects = by(model, sort);
            if model.screen != Screen::Assets {
                effects.extend(screen::reach(model, Screen::Assets));
            }
            effects
        }
        Err(why) => {
            model.say(Message::warning(why, model.clock));
            Vec::new()
        }
    }
}
