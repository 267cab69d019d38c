//! Short lists: the order, the columns, what is grouped by.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::Action,
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
        MenuKind::Sort => "order by",
        MenuKind::Columns => "columns",
        MenuKind::Group => "group by",
        MenuKind::Tree => "branch by",
        MenuKind::Kind => "which kind",
    };
    let height = u16::try_from(menu.items.len()).unwrap_or(u16::MAX).saturating_add(3);
    let inner = popup::draw(buffer, ui, popup::centred(area, 44, height), title);
    let (list, help) = (inner.height.saturating_sub(1), inner.y + inner.height.saturating_sub(1));
    let visible = usize::from(list.max(1));
    let top = (menu.selected + 1).saturating_sub(visible);
    for (y, (i, item)) in (inner.y..inner.y + list).zip(menu.items.iter().enumerate().skip(top)) {
        let line = Rect { y, height: 1, ..inner };
        let (sign, slot) = sign(model, menu, item);
        let mut pen = Pen::new(buffer, ui, line);
        let cursor = if i == menu.selected { ui.glyphs.cursor } else { " " };
        let name = Column::from_name(item).map_or_else(|| item.clone(), |c| c.title().to_lowercase());
        pen.fit(cursor, 2, Slot::Accent).fit(&sign, 3, slot).put(&name, Slot::Text);
        if i == menu.selected {
            buffer.set_style(line, ui.style(Slot::Selected));
        }
    }
    let key = |action| ui.keymap.key_of(action, &model.context()).unwrap_or_default();
    let (space, enter) = (key(Action::Mark), key(Action::Accept));
    let words = match menu.kind {
        MenuKind::Columns => format!("{space} shows or hides, {enter} ends"),
        MenuKind::Sort if menu.picked => format!("{space} turns or takes off, {enter} orders"),
        MenuKind::Sort => format!("{space} picks several, {enter} only this"),
        MenuKind::Group if menu.picked => format!("{space} picks or takes off, {enter} groups"),
        MenuKind::Tree if menu.picked => format!("{space} picks or takes off, {enter} branches"),
        MenuKind::Group | MenuKind::Tree => format!("{space} picks several, {enter} only this"),
        MenuKind::Kind => format!("{enter} lists it"),
    };
    if inner.height > 1 {
        Pen::new(buffer, ui, Rect { y: help, height: 1, ..inner }).put(&words, Slot::Dim);
    }
}

fn sign(model: &Model, menu: &Menu, item: &str) -> (String, Slot) {
    let glyphs = &model.ui.glyphs;
    if menu.kind == MenuKind::Columns {
        let shows = model.assets.columns.iter().any(|c| c.name() == item);
        return (if shows { glyphs.mark } else { " " }.to_owned(), Slot::Marked);
    }
    let arrow = |descending| match (menu.kind, descending) {
        (MenuKind::Group, _) => "",
        (_, true) => glyphs.descending,
        (_, false) => glyphs.ascending,
    };
    match menu.place(item) {
        // The only one needs no number.
        Some((_, descending)) if menu.picks.len() == 1 && menu.kind == MenuKind::Sort => {
            (arrow(descending).to_owned(), Slot::Accent)
        }
        Some((at, descending)) => (format!("{}{}", at + 1, arrow(descending)), Slot::Accent),
        None if menu.kind == MenuKind::Sort && menu.picks.is_empty() && item == Column::Name.name() => {
            (glyphs.ascending.to_owned(), Slot::Dim)
        }
        None => (" ".to_owned(), Slot::Text),
    }
}
