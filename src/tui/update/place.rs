//! The place where the user is, and that it is remembered when it is left for another.

use super::open;
use crate::{
    keymap::Screen,
    model::{Model, history::Place},
};

/// The place where the user is.
pub(super) fn here(model: &Model) -> Place {
    let assets = &model.assets;
    let focus = model.relationships.focus.clone().filter(|_| model.screen == Screen::Relationships);
    Place {
        screen: model.screen,
        filter: assets.filter.clone(),
        sort: assets.sort.clone(),
        aim: open::keep(model),
        focus,
        at: model.past.at,
        grouping: (model.screen == Screen::Groups).then(|| model.groups.grouping.clone()),
        tree: (model.screen == Screen::Tree).then(|| model.tree.way.clone()),
        changes: (model.screen == Screen::Changes).then(|| model.changes.view.clone()),
    }
}

/// Remembers the place, which is about to be left.
pub(super) fn leave(model: &mut Model) {
    let here = here(model);
    model.history.leave(here);
}
