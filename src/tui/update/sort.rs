//! The order of the table.

use cloudscope_application::message::SortKey;

use super::{open, place};
use crate::{
    effect::Effect,
    model::{Model, columns::Column, message::Message},
};

/// Orders by these, the selection kept.
pub(super) fn by(model: &mut Model, sort: Vec<SortKey>) -> Vec<Effect> {
    place::leave(model);
    let aim = open::keep(model);
    let filter = model.assets.filter.clone();
    open::open_on(model, filter, sort, aim)
}

/// Orders by a column; by the same one again, the other way round.
pub(super) fn by_column(model: &mut Model, column: Column) -> Vec<Effect> {
    let before = model.assets.sort.first();
    let descending = before.is_some_and(|k| k.column == column.name() && !k.descending);
    by(model, vec![SortKey { column: column.name().to_owned(), descending }])
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

/// Orders by what was typed: `name,-age,tags.env`.
pub(super) fn typed(model: &mut Model, text: &str) -> Vec<Effect> {
    let mut sort = Vec::new();
    for part in text.split([',', ' ']).filter(|p| !p.is_empty()) {
        let (descending, column) = match part.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, part.strip_prefix('+').unwrap_or(part)),
        };
        let known = Column::from_name(column).is_some()
            || matches!(column, "created_at" | "first_seen")
            || column.strip_prefix("tags.").is_some_and(|key| !key.is_empty());
        if !known {
            let names: Vec<_> = Column::ALL.iter().map(|c| c.name()).collect();
            let text = format!("`{column}` is not a column; one of {}, tags.KEY", names.join(", "));
            model.say(Message::warning(text, model.clock));
            return Vec::new();
        }
        sort.push(SortKey { column: column.to_owned(), descending });
    }
    by(model, sort)
}
