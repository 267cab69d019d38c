//! The pane beside the table: everything about the selected asset.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    model::{Model, document::DocLine, facts},
    theme::Slot,
    widgets::{
        list::{self, Pieces},
        pen::{self, Pen},
    },
};

/// Columns of the labels.
const LABELS: usize = 13;

/// Draws it.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, focus: bool) {
    let ui = &model.ui;
    let border = if focus { Slot::BorderFocus } else { Slot::Border };
    for y in area.y..area.y + area.height {
        Pen::new(buffer, ui, Rect { y, height: 1, ..area }).put(ui.glyphs.bar, border);
    }
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area };
    let Some(row) = model.assets.current() else {
        Pen::new(buffer, ui, inner).put(ui.glyphs.ellipsis, Slot::Dim);
        return;
    };
    let mut facts = facts::of_row(row, model.ages_at, &ui.glyphs);
    if model.estate.overview.as_ref().is_some_and(|o| o.unverified.contains(&row.kind)) {
        let words = "no test has seen this kind listed yet";
        // Below name and kind, not among the tags.
        facts.insert(facts.len().min(2), DocLine::fact("unverified", words, Slot::Unknown));
    }
    match model.assets.current_detail().map(|d| &d.records) {
        Some(Ok(records)) => match records.split_first() {
            Some((own, others)) => {
                for other in others {
                    let text = format!("{} says so too", other.row.source);
                    facts.push(DocLine::fact("also", text, Slot::Dim));
                    facts.extend(facts::differences(other));
                }
                facts.extend(facts::of_detail(own));
            }
            None => facts.push(DocLine::fact("", "the inventory no longer holds this record", Slot::Warning)),
        },
        Some(Err(why)) => facts.push(DocLine::fact("", why.clone(), Slot::Error)),
        None => facts.push(DocLine::fact("", ui.glyphs.ellipsis, Slot::Dim)),
    }
    let width = usize::from(inner.width);
    let lines: Vec<Pieces> =
        facts.iter().flat_map(|f| list::fact(ui, &f.label, &f.text, f.slot, LABELS, width)).collect();
    let top = list::top(model.assets.detail_top, lines.len(), inner.height);
    list::draw(buffer, ui, inner, &lines, top);
    let below = lines.len().saturating_sub(top + usize::from(inner.height));
    if below > 0 && inner.height > 0 {
        let last = Rect { y: inner.y + inner.height - 1, height: 1, ..inner };
        pen::right(buffer, ui, last, &format!(" {}{below}", ui.glyphs.descending), Slot::Dim);
    }
}
