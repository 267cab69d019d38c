//! Opens the table on a filter and an order, and brings newer snapshots into it.
//!
//! The old table stays on the screen until the first rows of the new one are here.

use cloudscope_application::{
    Command,
    message::{CursorId, Opened, RowKey, SortKey},
};
use cloudscope_domain::Timestamp;

use super::{fetch, kind_columns};
use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{
        Model,
        assets::{Aim, Of},
    },
};

/// No engine gives out this one.
const NOBODYS: CursorId = CursorId(0);
/// Newer snapshots are merged at most this often, in milliseconds.
const MERGE_EVERY: i64 = 500;

/// Where the selection stands now, to be kept in another table.
pub(super) fn keep(model: &Model) -> Aim {
    let assets = &model.assets;
    match (&assets.staged, assets.shown.is_some()) {
        // What is on its way was aimed already; what shows may be of another filter.
        (Some(_), _) | (None, false) => assets.aim.clone(),
        (None, true) => {
            let key = assets.current().map(RowKey::from);
            Aim { key, index: assets.index, line: assets.line(), moved_from: None }
        }
    }
}

/// The first row, whatever it is.
pub(super) fn top() -> Aim {
    Aim::default()
}

/// The table is of another filter and order from now on, but nobody looks at it: it is opened when its
/// screen is gone to.
pub(super) fn aside(model: &mut Model, filter: String, sort: Vec<SortKey>) -> Vec<Effect> {
    if filter == model.assets.filter && sort == model.assets.sort {
        return Vec::new();
    }
    let effects = abandon(model);
    model.assets.filter = filter;
    model.assets.sort = sort;
    model.assets.anchor = None;
    model.past.stale = true;
    effects
}

/// Opens the table on the model's filter and order.
pub(super) fn open(model: &mut Model, aim: Aim) -> Vec<Effect> {
    model.past.stale = false;
    kind_columns::follow(model);
    model.assets.aim = aim;
    model.assets.newer = None;
    model.assets.merged_at = model.clock;
    let query = model.assets.filter.clone();
    let sort = model.assets.sort.clone();
    model.assets.asking = Of { filter: query.clone(), sort: sort.clone() };
    model.assets.asked_at = model.clock;
    model.forget(Tag::Find);
    model.forget(Tag::Window);
    model.assets.fetch = None;
    let at = model.at();
    vec![model.ask(Tag::Open, Command::Open { query, sort, at })]
}

/// Opens the table on another filter and order; nothing of the selection is kept.
pub(super) fn open_on(model: &mut Model, filter: String, sort: Vec<SortKey>, aim: Aim) -> Vec<Effect> {
    model.assets.filter = filter;
    model.assets.sort = sort;
    model.assets.anchor = None;
    open(model, aim)
}

/// The table was opened: its rows are asked for.
pub(super) fn opened(model: &mut Model, opened: Opened) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(older) = model.assets.staged.take() {
        effects.push(Effect::close(older.cursor));
    }
    model.assets.failed = None;
    let cursor = opened.cursor;
    let empty = opened.total == 0;
    model.assets.staged = Some(opened);
    if empty {
        effects.extend(fetch::land(model, 0, Vec::new()));
    } else if let Some(key) = model.assets.aim.key.clone() {
        effects.push(model.ask(Tag::Find, Command::Find { cursor, id: key.id }));
    } else {
        effects.extend(fetch::staged(model));
    }
    effects
}

/// The place of the selected asset in what is staged.
pub(super) fn found(model: &mut Model, position: Option<u64>) -> Vec<Effect> {
    if model.assets.staged.is_none() {
        return Vec::new();
    }
    match position {
        Some(at) => model.assets.aim.index = at,
        None => model.assets.aim.key = None,
    }
    fetch::staged(model)
}

/// A newer snapshot is there.
pub(super) fn published(model: &mut Model, total: u64) -> Vec<Effect> {
    model.assets.newer = Some(total);
    model.dirty = true;
    merge_if_due(model)
}

/// When what is newer should be merged; `None` when nothing is, or the user's hand is on the rows.
pub(super) fn merge_due(model: &Model) -> Option<Timestamp> {
    let assets = &model.assets;
    // A newer table must not take the place of one that a key asked for, nor of rows that it waits for.
    let asked = [Tag::Open, Tag::Find, Tag::Window, Tag::Range];
    let busy = asked.into_iter().any(|tag| model.waiting(tag)) || assets.staged.is_some();
    let held = !assets.marks.is_empty() || assets.anchor.is_some() || model.past.looked_at();
    let wanted =
        assets.newer.is_some() && !busy && !held && model.screen == Screen::Assets && model.estate.ready();
    wanted.then(|| assets.merged_at.plus_millis(MERGE_EVERY))
}

/// Merges what is newer, if it is time.
pub(super) fn merge_if_due(model: &mut Model) -> Vec<Effect> {
    if merge_due(model).is_none_or(|due| model.clock < due) {
        return Vec::new();
    }
    if let Some(shown) = &model.assets.shown {
        let baseline = (model.clock, shown.as_of);
        model.assets.baselines.push_back(baseline);
    }
    let aim = Aim { moved_from: Some(model.assets.index), ..keep(model) };
    let mut effects = open(model, aim);
    effects.push(model.ask(Tag::Overview, Command::Overview));
    effects
}

/// Nobody wants what is on its way any more.
pub(super) fn abandon(model: &mut Model) -> Vec<Effect> {
    for tag in [Tag::Open, Tag::Find, Tag::Window, Tag::Range] {
        model.forget(tag);
    }
    model.assets.fetch = None;
    model.assets.staged.take().map(|staged| Effect::close(staged.cursor)).into_iter().collect()
}

/// The cursors are no longer ours: whoever answers from now on may give the same numbers to others.
pub(super) fn disown(model: &mut Model) {
    for tag in [Tag::Open, Tag::Find, Tag::Window, Tag::Range] {
        model.forget(tag);
    }
    model.assets.staged = None;
    model.assets.fetch = None;
    if let Some(shown) = &mut model.assets.shown {
        shown.cursor = NOBODYS;
    }
}

/// Opens the same table again, of the moment that is looked at.
pub(super) fn again(model: &mut Model) -> Vec<Effect> {
    let aim = keep(model);
    open(model, aim)
}

/// Asks for everything that shows again, and takes the marks of change away.
pub(super) fn refresh(model: &mut Model) -> Vec<Effect> {
    model.assets.baselines.clear();
    model.assets.detail = None;
    let mut effects = again(model);
    effects.push(model.ask(Tag::Overview, Command::Overview));
    effects
}
