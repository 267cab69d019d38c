//! Keeps the rows on the screen, and a margin round them, in the model; never more.

use cloudscope_application::{Command, message::RowKey};
use cloudscope_domain::AssetRow;

use super::detail;
use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{Model, assets::Assets},
};

/// Asks for the first rows of what is staged, where the aim says.
pub(super) fn staged(model: &mut Model) -> Vec<Effect> {
    let rows = model.layout().table_rows();
    let assets = &mut model.assets;
    let Some(staged) = &assets.staged else { return Vec::new() };
    let last = staged.total.saturating_sub(1);
    assets.aim.index = assets.aim.index.min(last);
    let top = top_for(assets.aim.index, assets.aim.line, staged.total, rows);
    let (cursor, start) = (staged.cursor, top.saturating_sub(rows));
    assets.fetch = Some((cursor, start));
    let properties = assets.reads_payloads();
    assets.fetching_payloads = properties;
    vec![model.ask(Tag::Window, Command::Window { cursor, start, len: (rows * 3).max(1), properties })]
}

/// The first row on the screen when row `index` stands in `line`, as far as the table goes.
fn top_for(index: u64, line: u64, total: u64, rows: u64) -> u64 {
    let line = line.min(rows.saturating_sub(1));
    index.saturating_sub(line).min(total.saturating_sub(rows))
}

/// Rows arrived.
pub(super) fn rows(model: &mut Model, start: u64, rows: Vec<AssetRow>) -> Vec<Effect> {
    let cursor = model.assets.fetch.take().map(|(cursor, _)| cursor);
    model.assets.has_payloads = std::mem::take(&mut model.assets.fetching_payloads);
    if model.assets.staged.as_ref().is_some_and(|s| Some(s.cursor) == cursor) {
        return land(model, start, rows);
    }
    model.assets.start = start;
    model.assets.rows = rows;
    // What was steady may have gone with the rows before.
    (model.assets.steady, model.assets.lacking) = (None, None);
    model.dirty = true;
    let mut effects = steady(model);
    effects.extend(select(model));
    effects
}

/// What was staged becomes the table.
pub(super) fn land(model: &mut Model, start: u64, rows: Vec<AssetRow>) -> Vec<Effect> {
    let visible = model.layout().table_rows();
    let assets = &mut model.assets;
    let Some(staged) = assets.staged.take() else { return Vec::new() };
    follow_the_hand(assets);
    let mut effects = Vec::new();
    if let Some(older) = assets.shown.take() {
        effects.push(Effect::close(older.cursor));
    }
    let mut index = assets.aim.index.min(staged.total.saturating_sub(1));
    // An id may have several records; the one that was selected stands near the one that was found.
    if let Some(key) = &assets.aim.key
        && let Some(near) = rows.iter().position(|row| RowKey::from(row) == *key)
    {
        index = start + near as u64;
    }
    assets.top = top_for(index, assets.aim.line, staged.total, visible);
    assets.index = index;
    assets.shown = Some(staged);
    assets.of = Some(assets.asking.clone());
    (assets.steady, assets.lacking) = (None, None);
    assets.start = start;
    assets.rows = rows;
    assets.selected = None;
    model.page = None;
    model.past.arrived(Screen::Assets);
    model.dirty = true;
    effects.extend(fit(model));
    effects
}

/// Applies to the aim what the user moved while a newer state of the same table was on its way: a key
/// that was answered on the screen is not taken back.
fn follow_the_hand(assets: &mut Assets) {
    let Some(from) = assets.aim.moved_from.filter(|from| *from != assets.index) else { return };
    let at = assets.aim.index;
    assets.aim.index =
        if assets.index > from { at + (assets.index - from) } else { at.saturating_sub(from - assets.index) };
    assets.aim.line = assets.line();
    assets.aim.key = assets.current().map(RowKey::from);
}

/// The cursor moved or the screen changed: the cursor row is brought on the screen, missing rows are
/// asked for, the detail follows.
pub(super) fn fit(model: &mut Model) -> Vec<Effect> {
    let visible = model.layout().table_rows();
    let assets = &mut model.assets;
    let total = assets.total();
    assets.index = assets.index.min(total.saturating_sub(1));
    assets.top = assets.top.min(assets.index).min(total.saturating_sub(visible));
    if visible > 0 && assets.index >= assets.top + visible {
        assets.top = assets.index + 1 - visible;
    }
    let mut effects = missing(model, visible);
    effects.extend(steady(model));
    effects.extend(select(model));
    effects
}

/// Remembers the place where all rows are here, or since when some are not.
fn steady(model: &mut Model) -> Vec<Effect> {
    let visible = model.layout().table_rows();
    let now = model.clock;
    let assets = &mut model.assets;
    if assets.whole(visible) {
        assets.steady = Some((assets.top, assets.index));
        assets.lacking = None;
        return Vec::new();
    }
    assets.lacking.get_or_insert(now);
    // The window that arrived is of a place that was left meanwhile.
    missing(model, visible)
}

/// Asks for rows when the screen, or nearly, shows some that are not here.
fn missing(model: &mut Model, visible: u64) -> Vec<Effect> {
    let assets = &model.assets;
    let Some(shown) = &assets.shown else { return Vec::new() };
    if visible == 0 || assets.staged.is_some() {
        return Vec::new();
    }
    let margin = visible / 2;
    let from = assets.top.saturating_sub(margin);
    let to = (assets.top + visible + margin).min(shown.total);
    let here = assets.start..assets.start + assets.rows.len() as u64;
    let properties = assets.reads_payloads();
    let bare = properties && !assets.has_payloads;
    if here.start <= from && to <= here.end && !bare {
        return Vec::new();
    }
    let (cursor, start) = (shown.cursor, assets.top.saturating_sub(visible));
    if assets.fetch == Some((cursor, start)) && assets.fetching_payloads >= properties {
        return Vec::new();
    }
    model.assets.fetch = Some((cursor, start));
    model.assets.fetching_payloads = properties;
    vec![model.ask(Tag::Window, Command::Window { cursor, start, len: visible * 3, properties })]
}

/// The row under the cursor becomes the selected asset.
fn select(model: &mut Model) -> Vec<Effect> {
    let key = model.assets.current().map(RowKey::from);
    if key.is_none() && model.assets.total() > 0 {
        return Vec::new();
    }
    if key != model.assets.selected {
        model.assets.selected = key;
        model.assets.detail_top = 0;
    }
    detail::want(model)
}
