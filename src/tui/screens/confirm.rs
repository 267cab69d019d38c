//! A question, with the keys that answer it.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::Action,
    model::{Model, overlay::Confirm},
    text,
    theme::Slot,
    widgets::{
        list::{self, Pieces},
        popup,
    },
};

/// Draws it.
pub(crate) fn draw(model: &Model, confirm: &Confirm, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    let width = area.width.min(72);
    let room = usize::from(width.saturating_sub(4));
    let mut lines: Vec<Pieces> =
        text::wrap(&ui.glyphs, &confirm.question, room).into_iter().map(|l| vec![(l, Slot::Text)]).collect();
    lines.push(Vec::new());
    let key = |action| ui.keymap.key_of(action, &model.context()).unwrap_or_default();
    lines.push(vec![
        (key(Action::Yes), Slot::Key),
        (" yes   ".to_owned(), Slot::Text),
        (key(Action::No), Slot::Key),
        (" no".to_owned(), Slot::Text),
    ]);
    let height = u16::try_from(lines.len()).unwrap_or(4) + 2;
    let inner = popup::draw(buffer, ui, popup::centred(area, width, height), "are you sure?");
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(1), ..inner };
    list::draw(buffer, ui, inner, &lines, 0);
}
