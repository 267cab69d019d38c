//! A document, full screen, with what the search found.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::Action,
    model::{
        Model,
        document::{DocLine, Document},
    },
    text,
    theme::Slot,
    ui::Ui,
    widgets::{
        list,
        pen::{self, Pen},
    },
};

/// Columns of the labels.
const LABELS: usize = 16;

/// Draws it.
pub(crate) fn draw(model: &Model, doc: &Document, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    let Some(lines) = &doc.lines else {
        Pen::new(buffer, ui, area).put("reading", Slot::Pending).put(ui.glyphs.ellipsis, Slot::Pending);
        return;
    };
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let mut y = body.y;
    let first = first(ui, doc, lines, body);
    let bottom = body.y + body.height;
    let here = lines.iter().skip(first).take(usize::from(body.height));
    let cut = !doc.wrap && here.into_iter().any(|line| is_cut(ui, line, doc, usize::from(body.width)));
    title(model, doc, cut, buffer, area);
    for (number, line) in lines.iter().enumerate().skip(first) {
        if y >= bottom {
            break;
        }
        let hit = doc.hits.get(doc.hit) == Some(&number);
        let start = y;
        for pieces in broken(ui, line, doc, usize::from(body.width)) {
            if y >= bottom {
                break;
            }
            let mut pen = Pen::new(buffer, ui, Rect { y, height: 1, ..body });
            for (piece, slot) in pieces {
                pen.styled(&piece, ui.style(slot));
            }
            y += 1;
        }
        if hit {
            buffer.set_style(Rect { y: start, height: y - start, ..body }, ui.style(Slot::Selected));
        }
    }
}

/// The first line that shows: where it was scrolled to, or so that the last one still has room.
fn first(ui: &Ui, doc: &Document, lines: &[DocLine], body: Rect) -> usize {
    if !doc.follow {
        return doc.top;
    }
    let (mut room, width) = (usize::from(body.height), usize::from(body.width));
    let mut first = lines.len();
    for line in lines.iter().rev() {
        let rows = broken(ui, line, doc, width).len();
        if rows > room {
            break;
        }
        room -= rows;
        first -= 1;
    }
    first.min(lines.len().saturating_sub(1))
}

/// Whether a line that is not wrapped goes on at the right.
fn is_cut(ui: &Ui, line: &DocLine, doc: &Document, width: usize) -> bool {
    text::width(&ui.glyphs, &line.text) > doc.left + room(ui, line, width)
}

/// Columns of a text beside its label.
fn room(ui: &Ui, line: &DocLine, width: usize) -> usize {
    if line.label.is_empty() {
        return width;
    }
    width.saturating_sub(list::label_width(ui, &line.label, LABELS, width) + 1)
}

fn title(model: &Model, doc: &Document, cut: bool, buffer: &mut Buffer, area: Rect) {
    let mut right = text::plural(doc.len() as u64, "line", "lines");
    if cut {
        // What is cut can be read, and how is said.
        let key = |action| model.ui.keymap.key_of(action, &model.context()).unwrap_or_else(|| ":".to_owned());
        let (scroll, wrap) = (key(Action::ScrollRight), key(Action::ToggleWrap));
        right = format!("{} {scroll} scrolls, {wrap} wraps  {right}", model.ui.glyphs.ellipsis);
    }
    if !doc.search.is_empty() && !doc.hits.is_empty() {
        right = format!("{} of {} found  {right}", doc.hit + 1, doc.hits.len());
    }
    let used = pen::right(buffer, &model.ui, area, &right, Slot::Dim);
    let rest = Rect { width: area.width.saturating_sub(used + 1), ..area };
    let mut pen = Pen::new(buffer, &model.ui, rest);
    pen.put(&doc.title, Slot::Title);
    if let Some(then) = doc.of {
        pen.skip(1).put(&format!(" as of r{} ", then.revision), Slot::Past);
    }
}

/// A line as one or more lines of the screen; what is searched for is marked.
fn broken(ui: &Ui, line: &DocLine, doc: &Document, width: usize) -> Vec<list::Pieces> {
    if doc.wrap {
        return list::fact(ui, &line.label, &line.text, line.slot, LABELS, width);
    }
    let mut pieces = Vec::new();
    if !line.label.is_empty() {
        let labels = list::label_width(ui, &line.label, LABELS, width);
        pieces.push((text::fit(&ui.glyphs, &line.label, labels), Slot::Dim));
        pieces.push((" ".to_owned(), Slot::Text));
    }
    let cut = text::window(&ui.glyphs, &line.text, doc.left, room(ui, line, width));
    pieces.extend(found(&cut, &doc.search, line.slot));
    vec![pieces]
}

/// Splits a line at what is searched for.
fn found(line: &str, wanted: &str, slot: Slot) -> list::Pieces {
    let lower = line.to_lowercase();
    let wanted = wanted.to_lowercase();
    // Lower case may have other lengths (`İ`); then nothing is marked rather than the wrong part.
    if wanted.is_empty() || lower.len() != line.len() {
        return vec![(line.to_owned(), slot)];
    }
    let (mut pieces, mut from) = (Vec::new(), 0);
    for (at, _) in lower.match_indices(&wanted) {
        let (Some(before), Some(hit)) = (line.get(from..at), line.get(at..at + wanted.len())) else {
            continue;
        };
        pieces.push((before.to_owned(), slot));
        pieces.push((hit.to_owned(), Slot::Match));
        from = at + wanted.len();
    }
    pieces.push((line[from..].to_owned(), slot));
    pieces
}
