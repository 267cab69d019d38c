//! What is different between two moments as a whole: sections that are walked.

use cloudscope_domain::time::short_span;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    model::{
        Model,
        comparison::{Comparing, Line, Section},
    },
    text::{Cut, count, plural},
    theme::Slot,
    widgets::{
        list,
        pen::Pen,
        table::{self, GUTTER, Head, Row},
    },
};

/// Draws it.
pub(crate) fn draw(model: &Model, comparing: &Comparing, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    title(model, comparing, buffer, area);
    let body = Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area };
    match &comparing.answer {
        None => {
            let text = format!("comparing with {}{}", comparing.from, ui.glyphs.ellipsis);
            Pen::new(buffer, ui, body).put(&text, Slot::Pending);
            return;
        }
        Some(Err(why)) => {
            Pen::new(buffer, ui, body).put(why, Slot::Error);
            return;
        }
        Some(Ok(_)) => {}
    }
    let lines = comparing.lines();
    let height = usize::from(body.height.max(1));
    // The heading above the cursor stays on the screen as far as there is room.
    let top = list::top((comparing.at + 1).saturating_sub(height * 2 / 3), lines.len(), body.height);
    let spare = body.width.saturating_sub(GUTTER + 2);
    let name = spare * 35 / 100;
    let kind = spare * 25 / 100;
    let head = |width, cut| Head { title: String::new(), width, cut };
    let heads =
        [head(name, Cut::Middle), head(kind, Cut::Start), head(spare.saturating_sub(name + kind), Cut::End)];
    for (y, (number, line)) in (body.y..body.y + body.height).zip(lines.iter().enumerate().skip(top)) {
        let area = Rect { y, height: 1, ..body };
        let selected = number == comparing.at;
        match line {
            Line::Heading(section, n) => heading(model, buffer, area, *section, *n, selected),
            Line::Asset(section, row, differences) => {
                let paths: Vec<&str> = differences.iter().map(|d| d.path.as_str()).collect();
                let what = if paths.is_empty() { row.source.to_string() } else { paths.join(", ") };
                let (sign, slot) = sign(model, *section);
                let row = Row {
                    gutter: [(sign, Some(slot)), (" ", None)],
                    cells: vec![
                        (row.name.to_string(), Some(Slot::Text)),
                        (row.kind.to_string(), Some(Slot::Dim)),
                        (what, Some(Slot::Text)),
                    ],
                    selected,
                    marked: false,
                };
                table::draw_row(buffer, ui, area, &heads, &row);
            }
            Line::More(n) => {
                let mut pen = Pen::new(buffer, ui, area);
                pen.skip(GUTTER)
                    .put(&format!("{} more are not listed; a filter narrows", count(*n)), Slot::Dim);
                if selected {
                    buffer.set_style(area, ui.style(Slot::Selected));
                }
            }
        }
    }
}

fn title(model: &Model, comparing: &Comparing, buffer: &mut Buffer, area: Rect) {
    let mut pen = Pen::new(buffer, &model.ui, area);
    match &comparing.answer {
        Some(Ok(found)) => {
            let ((from, then), (to, later)) = (found.from, found.to);
            let ago = |at| short_span(model.ages_at.since(at));
            let text = format!("from r{from}, {} ago, to r{to}, {} ago", ago(then), ago(later));
            pen.put(&text, Slot::Title);
        }
        _ => {
            pen.put(&format!("since {}", comparing.from), Slot::Title);
        }
    }
    if !comparing.filter.is_empty() {
        pen.put("  /", Slot::Accent).put(&comparing.filter, Slot::Chip);
    }
    if let Some(Ok(found)) = &comparing.answer
        && let Some(bad) = found.bad.first()
    {
        pen.put(&format!("  {}: {}", bad.text, bad.reason), Slot::Bad);
    }
}

fn sign(model: &Model, section: Section) -> (&'static str, Slot) {
    let glyphs = &model.ui.glyphs;
    match section {
        Section::Appeared => ("+", Slot::Ok),
        Section::Vanished => (glyphs.gone, Slot::Gone),
        Section::Changed => ("~", Slot::Delta),
        Section::LostSight => (glyphs.unknown, Slot::Unknown),
        Section::SeenAgain => (glyphs.ok, Slot::Ok),
    }
}

fn heading(model: &Model, buffer: &mut Buffer, area: Rect, section: Section, n: u64, selected: bool) {
    let ui = &model.ui;
    let (what, why) = match section {
        Section::Appeared => ("appeared", "there later, not before"),
        Section::Vanished => ("vanished", "there before, proved gone or forgotten later"),
        Section::Changed => ("changed", "there at both, and different"),
        Section::LostSight => ("lost sight of", "present before, unknown later: not read again, not gone"),
        Section::SeenAgain => ("seen again", "unknown before, present later"),
    };
    let (sign, slot) = sign(model, section);
    let mut pen = Pen::new(buffer, ui, area);
    pen.put(if selected { ui.glyphs.cursor } else { " " }, Slot::Accent);
    pen.put(
        &format!("{sign} {what}: {}", plural(n, "asset", "assets")),
        if n > 0 { slot } else { Slot::Dim },
    );
    pen.skip(2).put(why, Slot::Dim);
    if selected {
        buffer.set_style(area, ui.style(Slot::Selected));
    }
}
