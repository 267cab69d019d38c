//! A table of rows that are all on the screen: slicing is the caller's, so a million rows cost
//! nothing here.

use ratatui::{buffer::Buffer, layout::Rect};

use super::pen::Pen;
use crate::{
    text::{self, Cut},
    theme::Slot,
    ui::Ui,
};

/// One column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Head {
    /// The heading.
    pub(crate) title: String,
    /// Columns of the screen.
    pub(crate) width: u16,
    /// What goes of a cell that has no room.
    pub(crate) cut: Cut,
}

/// One row.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Row {
    /// Two columns before the cells: mark and change, each with its meaning.
    pub(crate) gutter: [(&'static str, Option<Slot>); 2],
    /// A text and its meaning per column.
    pub(crate) cells: Vec<(String, Option<Slot>)>,
    /// It is under the cursor.
    pub(crate) selected: bool,
    /// The user picked it.
    pub(crate) marked: bool,
}

/// Columns before the first cell.
pub(crate) const GUTTER: u16 = 3;

/// Draws the heading and the rows that have room.
pub(crate) fn draw(buffer: &mut Buffer, ui: &Ui, area: Rect, heads: &[Head], rows: &[Row]) {
    let line = |y: u16| Rect { y: area.y + y, height: 1, ..area };
    if area.height == 0 {
        return;
    }
    let mut pen = Pen::new(buffer, ui, line(0));
    pen.skip(GUTTER);
    for head in heads {
        pen.fit(&head.title, usize::from(head.width), Slot::Title).skip(1);
    }
    for (y, row) in (1..area.height).zip(rows) {
        draw_row(buffer, ui, line(y), heads, row);
    }
}

/// Draws one row, for lists whose rows are not all alike.
pub(crate) fn draw_row(buffer: &mut Buffer, ui: &Ui, area: Rect, heads: &[Head], row: &Row) {
    let mut pen = Pen::new(buffer, ui, area);
    let cursor = if row.selected { ui.glyphs.cursor } else { " " };
    pen.fit(cursor, 1, Slot::Accent);
    for (sign, slot) in row.gutter {
        // Without a sign there is nothing to mean: an underline would show under the blank.
        let slot = slot.filter(|_| !sign.trim().is_empty());
        pen.fit(sign, 1, slot.unwrap_or(Slot::Text));
    }
    for (head, (cell, slot)) in heads.iter().zip(&row.cells) {
        let width = usize::from(head.width);
        let slot = slot.unwrap_or(Slot::Text);
        if head.cut != Cut::End {
            // Cut before it is handed on: what is cut already is not cut again.
            let cut = text::cut(&ui.glyphs, cell, width.min(pen.room()), head.cut);
            let x = pen.x();
            pen.styled(&cut, ui.style(slot)).at(x + head.width).skip(1);
        } else {
            pen.fit(cell, width, slot).skip(1);
        }
    }
    if row.marked {
        buffer.set_style(area, ui.style(Slot::Marked));
    }
    if row.selected {
        buffer.set_style(area, ui.style(Slot::Selected));
    }
}
