//! The list of changes: when, what happened, to which asset, and the field before and after.

use cloudscope_domain::{Change, ChangeKind, Payload, time::short_span};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    glyphs::Glyphs,
    model::{Model, changes::diff::short, layout::TWO_PANES},
    text::Cut,
    theme::Slot,
    widgets::table::{self, GUTTER, Head, Row},
};

/// From this width on the time stands beside the age, and the run beside the revision.
const WIDE: u16 = 160;
/// Values are looked at no further than this, in bytes, to be shown in a row.
const MOST: usize = 4_096;

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let changes = &model.changes;
    let heads = heads(area.width);
    let visible = u64::from(area.height.saturating_sub(1));
    let last = (changes.top + visible).min(changes.rows());
    let rows: Vec<Row> = (changes.top..last)
        .map(|number| {
            let selected = number == changes.index;
            match changes.change(number) {
                Some((change, name)) => {
                    Row { cells: cells(model, change, name, area.width), selected, ..Row::default() }
                }
                None => Row {
                    cells: vec![(model.ui.glyphs.ellipsis.to_owned(), Some(Slot::Dim))],
                    selected,
                    ..Row::default()
                },
            }
        })
        .collect();
    table::draw(buffer, &model.ui, area, &heads, &rows);
}

/// Heads by the width of the screen: what is left out first is told by `enter`.
fn heads(width: u16) -> Vec<Head> {
    let head = |title: &str, width, cut| Head { title: title.to_owned(), width, cut };
    let mut heads = vec![head("AGE", 5, Cut::End)];
    if width >= WIDE {
        heads.push(head("TIME", 20, Cut::End));
    }
    heads.push(head("CHANGE", 11, Cut::End));
    let used: u16 = heads.iter().map(|h| h.width + 1).sum();
    let mut spare = width.saturating_sub(GUTTER + used);
    let mut tail = Vec::new();
    if width >= TWO_PANES {
        let kind = if width >= WIDE { 30 } else { 20 };
        let revision = if width >= WIDE { 16 } else { 7 };
        tail.push(head(if width >= WIDE { "REVISION, RUN" } else { "REV" }, revision, Cut::End));
        spare = spare.saturating_sub(kind + revision + 2);
        let name = spare * 35 / 100;
        heads.push(head("ASSET", name, Cut::Middle));
        heads.push(head("KIND", kind, Cut::Start));
        heads.push(head("FIELD: BEFORE, AFTER", spare.saturating_sub(name + 1), Cut::End));
    } else {
        let name = spare * 38 / 100;
        heads.push(head("ASSET", name, Cut::Middle));
        heads.push(head("FIELD: BEFORE, AFTER", spare.saturating_sub(name + 1), Cut::End));
    }
    heads.extend(tail);
    heads
}

fn cells(model: &Model, change: &Change, name: &str, width: u16) -> Vec<(String, Option<Slot>)> {
    let glyphs = &model.ui.glyphs;
    let (word, slot) = happened(change.change, glyphs);
    let age = short_span(model.ages_at.since(change.at));
    let mut cells = vec![(age, Some(Slot::Dim))];
    if width >= WIDE {
        cells.push((change.at.to_string().chars().take(19).collect(), Some(Slot::Dim)));
    }
    cells.push((word, Some(slot)));
    cells.push((name.to_owned(), Some(if slot == Slot::Gone { Slot::Gone } else { Slot::Text })));
    if width >= TWO_PANES {
        cells.push((change.kind.to_string(), Some(Slot::Dim)));
    }
    let what = what(change, glyphs);
    let what = if what.is_empty() && width < TWO_PANES { change.kind.to_string() } else { what };
    cells.push((what, Some(Slot::Text)));
    if width >= WIDE {
        cells.push((format!("r{} run {}", change.revision, change.run), Some(Slot::Dim)));
    } else if width >= TWO_PANES {
        cells.push((format!("r{}", change.revision), Some(Slot::Dim)));
    }
    cells
}

/// Sign and word.
pub(crate) fn happened(change: ChangeKind, glyphs: &Glyphs) -> (String, Slot) {
    let (sign, slot) = match change {
        ChangeKind::Created => ("+", Slot::Ok),
        ChangeKind::Changed => ("~", Slot::Delta),
        ChangeKind::Gone => (glyphs.gone, Slot::Gone),
        ChangeKind::Returned => (glyphs.ok, Slot::Ok),
        ChangeKind::Forgotten => (glyphs.stopped, Slot::Stopped),
    };
    (format!("{sign} {}", change.as_str()), slot)
}

/// `tags.env: dev -> prod`.
fn what(change: &Change, glyphs: &Glyphs) -> String {
    if change.path.is_empty() {
        // The proof, where something is gone; a whole payload is left to `enter`.
        return match &change.after {
            Some(after) if after.as_str().len() <= MOST && after.as_str().starts_with('"') => {
                short(&after.value())
            }
            _ => String::new(),
        };
    }
    let side = |value: &Option<Payload>| match value {
        None => "(none)".to_owned(),
        Some(value) if value.as_str().len() > MOST => format!("{} bytes", value.as_str().len()),
        Some(value) => short(&value.value()),
    };
    format!("{}: {} {} {}", change.path, side(&change.before), glyphs.right, side(&change.after))
}
