//! The table and the pane beside it: which of them show, and which has the keys.

use super::fetch;
use crate::{
    effect::Effect,
    keymap::Focus,
    model::{Model, layout::TWO_PANES},
};

/// Shows or hides the pane.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    let assets = &mut model.assets;
    if model.size.0 < TWO_PANES {
        assets.detail_full = !(assets.show_detail && assets.detail_full);
        assets.show_detail = true;
        model.focus = if assets.detail_full { Focus::Detail } else { Focus::Main };
    } else {
        assets.show_detail = !assets.show_detail;
        model.focus = Focus::Main;
    }
    fetch::fit(model)
}

/// Moves the keys between the table and the pane.
pub(super) fn focus(model: &mut Model) -> Vec<Effect> {
    if model.layout().detail.is_none() {
        return toggle(model);
    }
    model.focus = match model.focus {
        Focus::Main => Focus::Detail,
        Focus::Detail => {
            model.assets.detail_full = false;
            Focus::Main
        }
    };
    fetch::fit(model)
}
