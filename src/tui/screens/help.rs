//! The list of keys, made from the keymap: what acts in the place from which it was called.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::{Context, Group, Mode},
    model::{
        Model,
        overlay::{Help, Overlay},
    },
    text,
    theme::Slot,
    widgets::{
        list::{self, Pieces},
        pen::Pen,
        popup, typed,
    },
};

/// Draws it and returns the cursor's place.
pub(crate) fn draw(model: &Model, help: &Help, buffer: &mut Buffer, area: Rect) -> (u16, u16) {
    let ui = &model.ui;
    let context = below(model);
    let place = if context.mode == Mode::Doc { "document" } else { context.screen.name() };
    let title = format!("keys: {place} ({})", ui.keymap.name());
    let area = popup::centred(area, 110, area.height);
    let inner = popup::draw(buffer, ui, area, &title);
    // What does not show is told at the bottom of the frame.
    let more = |buffer: &mut Buffer, below: usize| {
        let line = Rect { x: area.x + 2, y: area.bottom().saturating_sub(1), width: area.width, height: 1 };
        if below > 0 && area.width > 24 {
            let line = Rect { width: line.width - 4, ..line };
            Pen::new(buffer, ui, line).put(&format!(" {below} more lines below "), Slot::Title);
        }
    };
    let head = Rect { height: inner.height.min(1), ..inner };
    Pen::new(buffer, ui, head).put("find: ", Slot::Dim);
    let line = Rect { x: head.x + 6, width: head.width.saturating_sub(6), ..head };
    let cursor = typed::draw(buffer, ui, line, help.line.text(), help.line.position(), &[]);
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    let width = usize::from(body.width);
    let wide = width >= 96;
    let lines = lines(model, &context, help.line.text(), if wide { width / 2 - 1 } else { width });
    if !wide {
        let top = list::top(help.top, lines.len(), body.height);
        list::draw(buffer, ui, body, &lines, top);
        more(buffer, lines.len().saturating_sub(top + usize::from(body.height)));
        return cursor;
    }
    // Two columns of the same height, scrolled together.
    let half = lines.len().div_ceil(2).max(usize::from(body.height).min(lines.len()));
    let top = list::top(help.top, half, body.height);
    let left = Rect { width: body.width / 2 - 1, ..body };
    let right = Rect { x: body.x + body.width / 2, width: body.width / 2, ..body };
    let (first, second) = lines.split_at(half.min(lines.len()));
    list::draw(buffer, ui, left, first, top);
    list::draw(buffer, ui, right, second, top);
    more(buffer, half.saturating_sub(top + usize::from(body.height)));
    cursor
}

/// The place where the keys that are listed act: below the list itself.
fn below(model: &Model) -> Context {
    let mut context = model.context();
    let under = model.overlays.iter().rev().find(|o| !matches!(o, Overlay::Help(_)));
    context.mode = under.map_or(Mode::Normal, Overlay::mode);
    context
}

fn lines(model: &Model, context: &Context, wanted: &str, width: usize) -> Vec<Pieces> {
    let glyphs = &model.ui.glyphs;
    let wanted = wanted.trim().to_lowercase();
    let keys = 18.min(width / 3);
    let mut lines: Vec<Pieces> = Vec::new();
    let mut group: Option<Group> = None;
    for row in model.ui.keymap.help(context, |action| model.acts(action)) {
        // A blank stands between the keys of one sequence.
        let shown = row.keys.join(", ");
        let fits = wanted.is_empty()
            || row.desc.to_lowercase().contains(&wanted)
            || row.action.name().contains(&wanted)
            || row.keys.iter().any(|k| k.to_lowercase().contains(&wanted));
        if !fits {
            continue;
        }
        if group != Some(row.group) {
            if group.is_some() {
                lines.push(Vec::new());
            }
            lines.push(vec![(row.group.title().to_owned(), Slot::Title)]);
            group = Some(row.group);
        }
        let room = width.saturating_sub(keys + 1);
        for (i, part) in text::wrap(glyphs, &row.desc, room).into_iter().enumerate() {
            let shown = if i == 0 { shown.as_str() } else { "" };
            lines.push(vec![
                (text::fit(glyphs, shown, keys), Slot::Key),
                (" ".to_owned(), Slot::Text),
                (part, Slot::Text),
            ]);
        }
    }
    if lines.is_empty() {
        lines.push(vec![("no key does that here".to_owned(), Slot::Dim)]);
    }
    lines
}
