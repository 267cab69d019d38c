//! A line that is typed: the part round the cursor, with the cursor's place on the screen.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{text, theme::Slot, ui::Ui};

/// Draws a line; `marks` are byte spans with the meaning that they have. Returns where the cursor is.
pub(crate) fn draw(
    buffer: &mut Buffer,
    ui: &Ui,
    area: Rect,
    line: &str,
    position: usize,
    marks: &[(usize, usize, Slot)],
) -> (u16, u16) {
    let area = area.intersection(buffer.area);
    let room = usize::from(area.width.saturating_sub(1));
    let before = line.get(..position).unwrap_or(line);
    let cursor = text::width(&ui.glyphs, before);
    let skip = cursor.saturating_sub(room);
    let mut column = 0;
    for (at, c) in line.char_indices() {
        let mut bytes = [0; 4];
        let shown = text::shown(&ui.glyphs, c.encode_utf8(&mut bytes)).into_owned();
        let wide = text::width(&ui.glyphs, &shown);
        let slot =
            marks.iter().find(|(start, end, _)| (*start..*end).contains(&at)).map_or(Slot::Text, |m| m.2);
        let visible = column >= skip && column + wide <= skip + room;
        if visible && area.height > 0 {
            let x = area.x + u16::try_from(column - skip).unwrap_or(0);
            buffer.set_stringn(x, area.y, &shown, wide, ui.style(slot));
        }
        column += wide;
    }
    let x = area.x + u16::try_from(cursor - skip).unwrap_or(0).min(area.width.saturating_sub(1));
    (x, area.y)
}
