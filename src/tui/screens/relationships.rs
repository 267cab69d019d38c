//! The relationships screen.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{model::Model, theme::Slot, widgets::pen::Pen};

/// Draws it.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    Pen::new(buffer, &model.ui, area).put("relationships", Slot::Title);
}
