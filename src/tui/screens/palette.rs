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
/// So many are ever offered for a filter: there may be more.
const OFFERED: usize = 50;
/// Columns of the list, unless what lies under it would be cut in the middle.
const WIDTH: u16 = 76;

/// A line of the list.
struct Item {
    name: String,
    count: Option<String>,
    about: String,
}

/// Draws the command line and returns the cursor's place.
pub(crate) fn draw(
    model: &Model,
    palette: &Palette,
    buffer: &mut Buffer,
    body: Rect,
    line: Rect,
) -> (u16, u16) {
    let items: Vec<Item> = palette
        .proposals
        .iter()
        .map(|p| Item { name: p.line.clone(), count: None, about: p.about.clone() })
        .collect();
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
    let items: Vec<Item> = filter
        .proposals
        .iter()
        .map(|p| Item { name: p.text.clone(), count: p.count.map(count), about: p.hint.clone() })
        .collect();
    list(model, buffer, body, &items, filter.chosen, "");
}

fn list(model: &Model, buffer: &mut Buffer, body: Rect, items: &[Item], chosen: Option<usize>, title: &str) {
    let ui = &model.ui;
    if items.is_empty() {
        return;
    }
    let visible = items.len().min(MOST).min(usize::from(body.height.saturating_sub(2)).max(1));
    let height = u16::try_from(visible).unwrap_or(1) + 2;
    let top = chosen.unwrap_or(0).saturating_sub(visible - 1);
    let title = if items.len() > visible {
        let more = if title.is_empty() && items.len() >= OFFERED { "+" } else { "" };
        format!("{title} {}-{} of {}{more}", top + 1, top + visible, items.len()).trim_start().to_owned()
    } else {
        title.to_owned()
    };
    // A little more than the list covers the pane beside the table: then the list covers all of it.
    let width = if body.width < 2 * WIDTH { body.width } else { WIDTH };
    let inner = popup::draw(buffer, ui, popup::above(body, width, height), &title);
    let names = usize::from(inner.width.min(WIDTH)) * 2 / 5;
    let counts = items.iter().filter_map(|item| item.count.as_ref()).map(|n| n.chars().count()).max();
    for (y, (i, item)) in (inner.y..inner.y + inner.height).zip(items.iter().enumerate().skip(top)) {
        let line = Rect { y, height: 1, ..inner };
        let mut pen = Pen::new(buffer, ui, line);
        pen.fit(&item.name, names, Slot::Key).skip(1);
        if let Some(width) = counts {
            let count = item.count.as_deref().unwrap_or("");
            pen.put(&format!("{count:>width$}  "), Slot::Dim);
        }
        pen.put(&item.about, Slot::Dim);
        if chosen == Some(i) {
            buffer.set_style(line, ui.style(Slot::Selected));
        }
    }
}
