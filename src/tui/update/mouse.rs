//! The mouse, where it is switched on: the wheel moves, a click selects.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::{action, fetch};
use crate::{
    effect::Effect,
    keymap::{Action, Screen},
    model::Model,
};

/// Rows that one notch of the wheel moves.
const NOTCH: usize = 3;

/// Takes a mouse event in.
pub(super) fn mouse(model: &mut Model, event: MouseEvent) -> Vec<Effect> {
    let wheel = |model: &mut Model, to: Action| {
        model.dirty = true;
        (0..NOTCH).flat_map(|_| action::run(model, to)).collect()
    };
    match event.kind {
        MouseEventKind::ScrollDown => wheel(model, Action::Down),
        MouseEventKind::ScrollUp => wheel(model, Action::Up),
        MouseEventKind::Down(MouseButton::Left)
            if model.overlays.is_empty() && model.screen == Screen::Assets =>
        {
            let main = model.layout().main;
            let heading = u16::from(!model.layout().small);
            let inside = event.column < main.x + main.width && event.row >= main.y + heading;
            if !inside || event.row >= main.y + main.height {
                return Vec::new();
            }
            let line = u64::from(event.row - main.y - heading);
            if model.assets.top + line >= model.assets.total() {
                return Vec::new();
            }
            model.dirty = true;
            model.assets.index = model.assets.top + line;
            fetch::fit(model)
        }
        _ => Vec::new(),
    }
}
