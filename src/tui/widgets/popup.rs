//! A framed box over whatever is drawn already.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    widgets::{Block, Clear, Widget},
};

use crate::{theme::Slot, ui::Ui};

/// Draws an empty box with a title and returns its inside.
pub(crate) fn draw(buffer: &mut Buffer, ui: &Ui, area: Rect, title: &str) -> Rect {
    let area = area.intersection(buffer.area);
    Clear.render(area, buffer);
    buffer.set_style(area, ui.style(Slot::Text));
    let room = usize::from(area.width.saturating_sub(4));
    let title = if title.is_empty() { String::new() } else { format!(" {} ", ui.clip(title, room)) };
    let block = Block::bordered()
        .border_set(ui.glyphs.border)
        .border_style(ui.style(Slot::BorderFocus))
        .title(title)
        .title_style(ui.style(Slot::Title));
    let inner = block.inner(area);
    block.render(area, buffer);
    inner
}

/// A box of that size in the middle of an area.
pub(crate) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect::new(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height)
}

/// A box of that size that stands on the bottom left of an area.
pub(crate) fn above(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect::new(area.x, area.y + area.height - height, width, height)
}
