//! The rows of a saved page, dimmed, until live ones are here.

use ratatui::{buffer::Buffer, layout::Rect};

use super::heading::title;
use crate::{
    model::{Model, columns, page as kept},
    page::Page,
    theme::Slot,
    widgets::table::{self, GUTTER, Head, Row},
};

/// Draws them, as far as they have room.
pub(crate) fn draw(model: &Model, page: &Page, buffer: &mut Buffer, area: Rect) {
    let all = kept::columns(page);
    let shares = columns::share(&all, 0, area.width.saturating_sub(GUTTER));
    let heads: Vec<Head> = shares
        .iter()
        .map(|(column, width)| Head { title: title(model, column), width: *width, cut: column.cut() })
        .collect();
    let places: Vec<usize> =
        shares.iter().filter_map(|(column, _)| all.iter().position(|known| known == column)).collect();
    // A smaller window shows the part where the cursor is.
    let visible = usize::from(area.height.saturating_sub(1)).max(1);
    let top = (page.line + 1).saturating_sub(visible);
    let rows: Vec<Row> = page
        .rows
        .iter()
        .enumerate()
        .skip(top)
        .take(visible)
        .map(|(i, row)| Row {
            cells: places
                .iter()
                .map(|at| (row.cells.get(*at).cloned().unwrap_or_default(), Some(Slot::Dim)))
                .collect(),
            selected: i == page.line,
            ..Row::default()
        })
        .collect();
    table::draw(buffer, &model.ui, area, &heads, &rows);
}
