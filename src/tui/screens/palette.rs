//! The command line with its proposals; the filter's proposals look the same.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    model::{Model, overlay::FilterLine, palette::Palette},
    text::count,
    theme::Slot,
    widgets::{pen::Pen, popup, typed},
};

/// Proposals that show at once.
const MOST: usize = 10;

/// Draws the command line and returns the cursor's place.
pub(crate) fn draw(
    model: &Model,
    palette: &Palette,
    buffer: &mut Buffer,
    body: Rect,
    line: Rect,
) -> (u16, u16) {
    let items: Vec<(String, String)> =
        palette.proposals.iter().map(|p| (p.line.clone(), p.about.clone())).collect();
    // What `enter` would run is shown, before anything was chosen with `tab` too.
    let line_runs = palette.runs_as_typed();
    let chosen = palette.chosen.or((!line_runs).then_some(0));
    list(model, buffer, body, &items, chosen, "commands");
    let ui = &model.ui;
    Pen::new(buffer, ui, line).fit("", usize::from(line.width), Slot::Text);
    Pen::new(buffer, ui, line).put(":", Slot::Accent);
    let rest = Rect { x: line.x + 1, width: line.width.saturating_sub(1), ..line };
    typed::draw(buffer, ui, rest, palette.line.text(), palette.line.position(), &[])
}

/// Draws what can follow in the filter, when that was asked for.
pub(crate) fn proposals_of_filter(model: &Model, filter: &FilterLine, buffer: &mut Buffer, body: Rect) {
    let items: Vec<(String, String)> = filter
        .proposals
        .iter()
        .map(|p| {
            let about = match p.count {
                Some(n) if p.hint.is_empty() => count(n),
                Some(n) => format!("{}  {}", count(n), p.hint),
                None => p.hint.clone(),
            };
            (p.text.clone(), about)
        })
        .collect();
    list(model, buffer, body, &items, filter.chosen, "");
}

fn list(
    model: &Model,
    buffer: &mut Buffer,
    body: Rect,
    items: &[(String, String)],
    chosen: Option<usize>,
    title: &str,
) {
    let ui = &model.ui;
    if items.is_empty() {
        return;
    }
    let visible = items.len().min(MOST).min(usize::from(body.height.saturating_sub(2)).max(1));
    let height = u16::try_from(visible).unwrap_or(1) + 2;
    let inner = popup::draw(buffer, ui, popup::above(body, body.width.min(76), height), title);
    let top = chosen.unwrap_or(0).saturating_sub(visible - 1);
    let names = usize::from(inner.width) * 2 / 5;
    for (y, (i, (name, about))) in (inner.y..inner.y + inner.height).zip(items.iter().enumerate().skip(top)) {
        let line = Rect { y, height: 1, ..inner };
        Pen::new(buffer, ui, line).fit(name, names, Slot::Key).skip(1).put(about, Slot::Dim);
        if chosen == Some(i) {
            buffer.set_style(line, ui.style(Slot::Selected));
        }
    }
}
