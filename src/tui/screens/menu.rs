//! Short lists: the order, the columns.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    model::{
        Model,
        columns::Column,
        overlay::{Menu, MenuKind},
    },
    theme::Slot,
    widgets::{pen::Pen, popup},
};

/// Draws it.
pub(crate) fn draw(model: &Model, menu: &Menu, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    let title = match menu.kind {
        MenuKind::Sort => "order by (again: turns round)",
        MenuKind::Columns => "columns",
    };
    let height = u16::try_from(Column::ALL.len()).unwrap_or(20) + 2;
    let inner = popup::draw(buffer, ui, popup::centred(area, 36, height), title);
    let visible = usize::from(inner.height.max(1));
    let top = (menu.selected + 1).saturating_sub(visible);
    for (y, (i, column)) in (inner.y..inner.y + inner.height).zip(Column::ALL.iter().enumerate().skip(top)) {
        let line = Rect { y, height: 1, ..inner };
        let (sign, slot) = sign(model, menu.kind, *column);
        let mut pen = Pen::new(buffer, ui, line);
        let cursor = if i == menu.selected { ui.glyphs.cursor } else { " " };
        pen.fit(cursor, 2, Slot::Accent).fit(sign, 3, slot).put(&column.title().to_lowercase(), Slot::Text);
        if i == menu.selected {
            buffer.set_style(line, ui.style(Slot::Selected));
        }
    }
}

fn sign(model: &Model, kind: MenuKind, column: Column) -> (&'static str, Slot) {
    let glyphs = &model.ui.glyphs;
    match kind {
        MenuKind::Columns if model.assets.columns.contains(&column) => (glyphs.mark, Slot::Marked),
        MenuKind::Columns => (" ", Slot::Text),
        MenuKind::Sort => {
            let first = model.assets.sort.first();
            match first {
                Some(key) if key.column == column.name() && key.descending => {
                    (glyphs.descending, Slot::Accent)
                }
                Some(key) if key.column == column.name() => (glyphs.ascending, Slot::Accent),
                None if column == Column::Name => (glyphs.ascending, Slot::Accent),
                _ => (" ", Slot::Text),
            }
        }
    }
}
