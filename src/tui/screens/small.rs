//! What fits a terminal too small for panes: a plain list of the rows, and a line that says so.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    model::{
        Model,
        columns::{presence, status},
        layout::{Layout, SMALL},
    },
    text::{count, width},
    theme::Slot,
    widgets::pen::Pen,
};

/// The first line.
pub(crate) fn header(model: &Model, buffer: &mut Buffer, layout: &Layout) {
    let (columns, rows) = model.size;
    let total = model.assets.shown.as_ref().map_or_else(String::new, |s| format!(" {}", count(s.total)));
    let demo = model.estate.overview.as_ref().is_some_and(|o| o.demo);
    let mut pen = Pen::new(buffer, &model.ui, layout.header);
    if demo {
        pen.put("DEMO ", Slot::Demo);
    }
    if let Some(then) = model.past.shown(model.screen) {
        pen.put(&format!(" PAST r{} ", then.revision), Slot::Past).skip(1);
    }
    pen.put(model.screen.name(), Slot::Accent).put(&total, Slot::Text);
    if let Some(page) = model.page_shows() {
        pen.put(&format!(" {}, opening the store", page.age(model.ages_at)), Slot::Pending);
    }
    pen.put(&format!(" plain list: {columns}x{rows} is below {}x{}", SMALL.0, SMALL.1), Slot::Dim);
}

/// The rows.
pub(crate) fn rows(model: &Model, buffer: &mut Buffer, area: Rect) {
    let (ui, assets) = (&model.ui, &model.assets);
    let (top, index) = model.table_place();
    let last = (top + u64::from(area.height)).min(assets.total());
    for (y, number) in (area.y..area.y + area.height).zip(top..last) {
        let line = Rect { y, height: 1, ..area };
        let mut pen = Pen::new(buffer, ui, line);
        let selected = number == index;
        pen.fit(if selected { ui.glyphs.cursor } else { " " }, 1, Slot::Accent);
        match assets.row(number) {
            Some(row) => {
                let (state, slot) = match row.presence {
                    cloudscope_domain::Presence::Present => status(row, &ui.glyphs),
                    _ => presence(&row.presence, model.ages_at, &ui.glyphs),
                };
                let right = width(&ui.glyphs, &state).min(usize::from(area.width / 2));
                let room = pen.room().saturating_sub(right + 1);
                pen.fit(&row.name, room, Slot::Text).skip(1).put(&state, slot);
            }
            None => {
                pen.put(ui.glyphs.ellipsis, Slot::Dim);
            }
        }
        if selected {
            buffer.set_style(line, ui.style(Slot::Selected));
        }
    }
}
