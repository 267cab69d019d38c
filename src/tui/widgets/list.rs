//! Lines of label and text, scrolled: detail panes, documents, help.

use ratatui::{buffer::Buffer, layout::Rect};

use super::pen::Pen;
use crate::{text, theme::Slot, ui::Ui};

/// One line to draw, in pieces.
pub(crate) type Pieces = Vec<(String, Slot)>;

/// Draws lines from `top` on; returns how many there are.
pub(crate) fn draw(buffer: &mut Buffer, ui: &Ui, area: Rect, lines: &[Pieces], top: usize) -> usize {
    for (y, line) in (0..area.height).zip(lines.iter().skip(top)) {
        let mut pen = Pen::new(buffer, ui, Rect { y: area.y + y, height: 1, ..area });
        for (piece, slot) in line {
            pen.put(piece, *slot);
        }
    }
    lines.len()
}

/// A label and a text as lines of at most `width` columns: the label in a column of its own, the text
/// wrapped beside it.
pub(crate) fn fact(ui: &Ui, label: &str, body: &str, slot: Slot, labels: usize, width: usize) -> Vec<Pieces> {
    if label.is_empty() {
        return text::wrap(&ui.glyphs, body, width).into_iter().map(|l| vec![(l, slot)]).collect();
    }
    let labels = label_width(ui, label, labels, width);
    let room = width.saturating_sub(labels + 1).max(1);
    text::wrap(&ui.glyphs, body, room)
        .into_iter()
        .enumerate()
        .map(|(i, line)| {
            let label = if i == 0 { text::fit(&ui.glyphs, label, labels) } else { " ".repeat(labels) };
            vec![(label, Slot::Dim), (" ".into(), Slot::Text), (line, slot)]
        })
        .collect()
}

/// Columns of a label: those of the labels around it, or more, so that two tags of one beginning do not look
/// the same.
pub(crate) fn label_width(ui: &Ui, label: &str, labels: usize, width: usize) -> usize {
    let own = text::width(&ui.glyphs, label).min(width * 3 / 5);
    labels.min(width / 2).max(own).max(1)
}

/// Scrolls so far that the last line still shows.
pub(crate) fn top(wanted: usize, lines: usize, height: u16) -> usize {
    wanted.min(lines.saturating_sub(usize::from(height.max(1))))
}
