//! The list of keys: typing narrows it.

use super::moving;
use crate::{
    effect::Effect,
    keymap::Action,
    model::{
        Model,
        line::Line,
        overlay::{Help, Overlay},
    },
};

/// Opens it.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    model.overlays.push(Overlay::Help(Help::default()));
    Vec::new()
}

/// First takes away what was typed, then the list.
pub(super) fn escape(model: &mut Model) -> Vec<Effect> {
    if let Some(Overlay::Help(help)) = model.overlays.last_mut()
        && !help.line.text().is_empty()
    {
        *help = Help::default();
    } else {
        model.overlays.pop();
    }
    Vec::new()
}

/// What actions mean in it.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let page = model.layout().page_rows();
    let Some(Overlay::Help(help)) = model.overlays.last_mut() else { return None };
    if let Some(step) = moving::step(action, page) {
        // Drawing stops at the last line; a bound in the hundreds is beyond every keymap.
        help.top = step.apply_usize(help.top, 400);
        return Some(Vec::new());
    }
    match action {
        Action::ClearInput => help.line = Line::default(),
        Action::Accept => {
            model.overlays.pop();
        }
        _ => {}
    }
    Some(Vec::new())
}
