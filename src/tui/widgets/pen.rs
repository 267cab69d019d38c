//! Writes pieces of text one after the other into a line. Foreign text is made visible and cut here.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{text, theme::Slot, ui::Ui};

/// A place in a line, and the end of the room.
pub(crate) struct Pen<'a> {
    buffer: &'a mut Buffer,
    ui: &'a Ui,
    x: u16,
    y: u16,
    end: u16,
}

impl<'a> Pen<'a> {
    /// At the start of the first line of an area.
    pub(crate) fn new(buffer: &'a mut Buffer, ui: &'a Ui, area: Rect) -> Self {
        let area = area.intersection(buffer.area);
        let end = if area.height == 0 { area.x } else { area.x + area.width };
        Self { buffer, ui, x: area.x, y: area.y, end }
    }

    /// Columns left.
    pub(crate) fn room(&self) -> usize {
        usize::from(self.end.saturating_sub(self.x))
    }

    /// Writes with a meaning; what has no room is cut, with an ellipsis.
    pub(crate) fn put(&mut self, text: &str, slot: Slot) -> &mut Self {
        self.styled(text, self.ui.style(slot))
    }

    /// Writes with a style.
    pub(crate) fn styled(&mut self, text: &str, style: Style) -> &mut Self {
        let room = self.room();
        if room == 0 {
            return self;
        }
        let text = self.ui.clip(text, room);
        self.x = self.buffer.set_stringn(self.x, self.y, &text, room, style).0;
        self
    }

    /// Writes in exactly so many columns.
    pub(crate) fn fit(&mut self, text: &str, columns: usize, slot: Slot) -> &mut Self {
        let columns = columns.min(self.room());
        let text = text::fit(&self.ui.glyphs, text, columns);
        self.x = self.buffer.set_stringn(self.x, self.y, &text, columns, self.ui.style(slot)).0;
        self
    }

    /// Writes in exactly so many columns from a place where nothing, or the text itself, was written; an
    /// empty text leaves what is there.
    pub(crate) fn fit_from(&mut self, start: u16, text: &str, columns: usize, slot: Slot) -> &mut Self {
        let end = start.saturating_add(u16::try_from(columns).unwrap_or(u16::MAX));
        if !text.is_empty() {
            self.fit(text, columns, slot);
        }
        self.at(end)
    }

    /// Leaves columns free.
    pub(crate) fn skip(&mut self, columns: u16) -> &mut Self {
        self.x = (self.x + columns).min(self.end);
        self
    }

    /// Goes to a column, counted from the left of the screen.
    pub(crate) fn at(&mut self, x: u16) -> &mut Self {
        self.x = x.min(self.end);
        self
    }

    /// The column where the next piece begins.
    pub(crate) fn x(&self) -> u16 {
        self.x
    }
}

/// Writes at the right end of an area's first line; returns the columns that were used.
pub(crate) fn right(buffer: &mut Buffer, ui: &Ui, area: Rect, text: &str, slot: Slot) -> u16 {
    let area = area.intersection(buffer.area);
    if area.height == 0 {
        return 0;
    }
    let text = ui.clip(text, usize::from(area.width));
    let wide = u16::try_from(text::width(&ui.glyphs, &text)).unwrap_or(area.width).min(area.width);
    let x = area.x + area.width - wide;
    buffer.set_stringn(x, area.y, &text, usize::from(wide), ui.style(slot));
    wide
}
