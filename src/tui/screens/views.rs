//! Screen 8: the saved views, and the popup of their letters.

use cloudscope_application::views::SavedView;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::Action,
    model::{Model, WHICH_KEY, overlay::Letter},
    text::{Cut, plural},
    theme::Slot,
    widgets::{
        pen::Pen,
        popup,
        table::{self, GUTTER, Head, Row},
    },
};

/// Draws it.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let line = |y: u16| Rect { y: area.y + y.min(area.height), height: u16::from(y < area.height), ..area };
    let views = &model.views;
    let list = views.list();
    let mut pen = Pen::new(buffer, &model.ui, line(0));
    match (&views.saved, &views.failed) {
        (_, Some(why)) => {
            pen.put("saved views", Slot::Title).put(": ", Slot::Dim).put(why, Slot::Error);
        }
        (Some(_), None) => {
            pen.put(&plural(list.len() as u64, "saved view", "saved views"), Slot::Title);
        }
        (None, None) => {
            pen.put("reading the saved views", Slot::Pending).put(model.ui.glyphs.ellipsis, Slot::Pending);
        }
    }
    let body = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(2), ..area };
    if list.is_empty() {
        if views.saved.is_some() && views.failed.is_none() {
            let text = "`:save NAME` keeps what a filter, an order and columns show; it is listed here";
            let mut pen = Pen::new(buffer, &model.ui, Rect { y: body.y + body.height / 3, ..body });
            pen.skip(2).put(text, Slot::Dim);
        }
        return;
    }
    rows(model, &list, buffer, body);
    let key = |action| model.ui.keymap.key_of(action, &model.context()).unwrap_or_else(|| ":".into());
    let text = format!(
        "{}{{a-z}} marks what shows with a letter, {}{{a-z}} goes there",
        key(Action::MarkView),
        key(Action::JumpView)
    );
    Pen::new(buffer, &model.ui, line(area.height.saturating_sub(1))).skip(2).put(&text, Slot::Dim);
}

fn rows(model: &Model, list: &[&SavedView], buffer: &mut Buffer, area: Rect) {
    let head = |title: &str, width| Head { title: title.to_owned(), width, cut: Cut::End };
    let wide = area.width >= 100;
    let room = area.width.saturating_sub(GUTTER + 5);
    let name = (room / 4).clamp(8, 32);
    let rest = room.saturating_sub(name + 1);
    // On a narrow screen the columns are left out: what is asked matters more.
    let (query, other, columns) =
        if wide { (rest * 2 / 5, rest / 5, rest * 2 / 5) } else { (rest * 3 / 5, rest * 2 / 5, 0) };
    let mut heads = vec![
        head("", 3),
        head("NAME", name),
        head("FILTER", query.saturating_sub(1)),
        head("ORDER, GROUPS", other.saturating_sub(1)),
    ];
    if columns > 0 {
        heads.push(head("COLUMNS", columns.saturating_sub(2)));
    }
    let visible = usize::from(area.height.saturating_sub(1));
    let rows: Vec<Row> = list
        .iter()
        .enumerate()
        .skip(model.views.top)
        .take(visible)
        .map(|(i, view)| {
            let mark = view.mark.map(|mark| format!("'{mark}")).unwrap_or_default();
            let mut cells = vec![
                (mark, Some(Slot::Key)),
                (view.name.clone(), Some(Slot::Text)),
                or(&view.query, "everything"),
                or(&ordered(view), "by name"),
            ];
            if columns > 0 {
                cells.push((view.columns.join(" "), Some(Slot::Dim)));
            }
            Row { cells, selected: i == model.views.index, ..Row::default() }
        })
        .collect();
    table::draw(buffer, &model.ui, area, &heads, &rows);
}

fn or(text: &str, empty: &str) -> (String, Option<Slot>) {
    if text.is_empty() { (empty.to_owned(), Some(Slot::Dim)) } else { (text.to_owned(), Some(Slot::Chip)) }
}

/// The order and the groups in one cell.
fn ordered(view: &SavedView) -> String {
    let mut parts = Vec::new();
    if !view.sort.is_empty() {
        parts.push(view.sort.join(","));
    }
    if !view.group_by.is_empty() {
        parts.push(format!("grouped by {}", view.group_by.join(",")));
    }
    parts.join("; ")
}

/// The letters in use, a moment after the key that wants one.
pub(crate) fn letters(model: &Model, letter: &Letter, buffer: &mut Buffer, area: Rect) {
    if model.clock.since(letter.since) < WHICH_KEY {
        return;
    }
    let mut marked: Vec<&SavedView> =
        model.views.list().into_iter().filter(|view| view.mark.is_some()).collect();
    marked.sort_by_key(|view| view.mark);
    let title = if letter.jump { "go to a view" } else { "mark this view" };
    let height = u16::try_from(marked.len().max(1)).unwrap_or(u16::MAX).saturating_add(3);
    let inner = popup::draw(buffer, &model.ui, popup::above(area, 60, height), title);
    let mut lines: Vec<(String, String, Slot)> = marked
        .into_iter()
        .map(|view| {
            let what = if view.query.is_empty() { "everything" } else { &view.query };
            let mark = view.mark.map(String::from).unwrap_or_default();
            (mark, format!("{}: {what}", view.name), Slot::Text)
        })
        .collect();
    if lines.is_empty() {
        lines.push((String::new(), "no letter is in use yet".to_owned(), Slot::Dim));
    }
    let more = if letter.jump { "esc stays here" } else { "any letter from a to z; one in use moves here" };
    // The last line says what else can be pressed, however many letters there are.
    lines.truncate(usize::from(inner.height.saturating_sub(1)));
    lines.push((String::new(), more.to_owned(), Slot::Dim));
    for (y, (key, text, slot)) in (inner.y..inner.y + inner.height).zip(lines) {
        let mut pen = Pen::new(buffer, &model.ui, Rect { y, height: 1, ..inner });
        pen.fit(&key, 3, Slot::Key).put(&text, slot);
    }
}
