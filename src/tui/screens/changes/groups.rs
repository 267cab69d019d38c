//! Changes counted: one row per run, asset, kind, change, path, hour or day.

use cloudscope_domain::time::short_span;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    model::{Model, changes::group_in_words},
    text::{Cut, count},
    theme::Slot,
    widgets::table::{self, GUTTER, Head, Row},
};

/// Columns of a bar.
const BAR: u16 = 20;

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let (changes, glyphs) = (&model.changes, &model.ui.glyphs);
    let (Some(shown), Some(group)) = (&changes.shown, changes.view.group) else { return };
    let head = |title: &str, width| Head { title: title.to_owned(), width, cut: Cut::End };
    let bar = if area.width >= 100 { BAR } else { 10 };
    let name = area.width.saturating_sub(GUTTER + 10 + 10 + 7 + bar + 4);
    let heads = [
        head(&group_in_words(group).to_uppercase(), name),
        head("CHANGES", 10),
        head("", bar),
        head("ASSETS", 10),
        head("NEWEST", 7),
    ];
    let most = shown.groups.iter().map(|g| g.changes).max().unwrap_or(1).max(1);
    let visible = usize::from(area.height.saturating_sub(1));
    let top = usize::try_from(changes.top).unwrap_or(0);
    let rows: Vec<Row> = shown
        .groups
        .iter()
        .enumerate()
        .skip(top)
        .take(visible)
        .map(|(i, counted)| {
            let full = u64::from(bar).saturating_mul(counted.changes).div_ceil(most);
            let full = usize::try_from(full).unwrap_or(0).min(usize::from(bar));
            Row {
                cells: vec![
                    (named(&counted.name), Some(Slot::Text)),
                    (count(counted.changes), Some(Slot::Accent)),
                    (glyphs.full.repeat(full), Some(Slot::Accent)),
                    (count(counted.assets), Some(Slot::Text)),
                    (short_span(model.ages_at.since(counted.newest)), Some(Slot::Dim)),
                ],
                selected: i as u64 == changes.index,
                ..Row::default()
            }
        })
        .collect();
    table::draw(buffer, &model.ui, area, &heads, &rows);
}

/// A change of an asset as a whole has no path.
fn named(name: &str) -> String {
    if name.is_empty() { "(the whole asset)".to_owned() } else { name.to_owned() }
}
