//! Marks: rows that the user picked, kept by key whatever the filter shows.

use cloudscope_application::{Command, message::RowKey};
use cloudscope_domain::AssetRow;

use super::{fetch, open};
use crate::{
    effect::{Effect, Tag},
    model::{Model, message::Message},
};

/// A range of more rows is not marked: the engine hands out at most so many at once.
const MOST: u64 = 10_000;

/// Marks the row under the cursor, or takes its mark off, and goes one down. In a range, marks the
/// range.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    if model.assets.anchor.is_some() {
        return range(model);
    }
    let Some(key) = model.assets.current().map(RowKey::from) else { return Vec::new() };
    if model.assets.marks.remove(&key).is_none() {
        mark(model, key);
    }
    let total = model.assets.total();
    model.assets.index = (model.assets.index + 1).min(total.saturating_sub(1));
    let mut effects = fetch::fit(model);
    effects.extend(open::merge_if_due(model));
    effects
}

fn mark(model: &mut Model, key: RowKey) {
    let number = model.assets.marks.values().max().map_or(0, |n| n + 1);
    model.assets.marks.insert(key, number);
}

/// Begins a range, or marks the one that was begun.
pub(super) fn range(model: &mut Model) -> Vec<Effect> {
    let Some(anchor) = model.assets.anchor.take() else {
        model.assets.anchor = Some(model.assets.index);
        return Vec::new();
    };
    let (from, to) = (anchor.min(model.assets.index), anchor.max(model.assets.index));
    let len = to - from + 1;
    let Some(cursor) = model.assets.shown.as_ref().map(|s| s.cursor) else { return Vec::new() };
    if len > MOST {
        let text = format!("a range of {len} rows is too long; at most {MOST} can be marked at once");
        model.say(Message::warning(text, model.clock));
        return Vec::new();
    }
    vec![model.ask(Tag::Range, Command::Window { cursor, start: from, len, properties: false })]
}

/// The rows of a range arrived.
pub(super) fn range_arrived(model: &mut Model, rows: &[AssetRow]) -> Vec<Effect> {
    let mut number = model.assets.marks.values().max().map_or(0, |n| n + 1);
    for row in rows {
        model.assets.marks.entry(RowKey::from(row)).or_insert_with(|| {
            number += 1;
            number - 1
        });
    }
    Vec::new()
}

/// Takes all marks off.
pub(super) fn clear(model: &mut Model) -> Vec<Effect> {
    model.assets.marks.clear();
    model.assets.anchor = None;
    open::merge_if_due(model)
}
