//! One column of the relationships screen: groups with counts, and the far ends of those that are open.

use cloudscope_domain::{AssetRow, Presence};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::Action,
    model::{
        Model, columns,
        relationships::{
            Fold, Line,
            ego::{Ego, Group, Side, Spoke},
        },
    },
    text::{clip_start, count, width},
    theme::Slot,
    widgets::pen::{self, Pen},
};

/// `in` or `out`.
pub(super) fn word(side: Side) -> &'static str {
    match side {
        Side::In => "in",
        Side::Out => "out",
    }
}

/// The action that leads there.
pub(super) fn key(side: Side) -> Action {
    match side {
        Side::In => Action::WalkIn,
        Side::Out => Action::WalkOut,
    }
}

/// Draws it, scrolled so that its cursor shows.
pub(super) fn draw(model: &Model, ego: &Ego, side: Side, buffer: &mut Buffer, area: Rect) {
    let (ui, state) = (&model.ui, &model.relationships);
    if area.height == 0 {
        return;
    }
    let active = state.side == side;
    let arrow = ui.glyphs.right;
    let heading = match side {
        Side::In => format!("IN {arrow}"),
        Side::Out => format!("{arrow} OUT"),
    };
    Pen::new(buffer, ui, area).skip(1).put(&heading, if active { Slot::BorderFocus } else { Slot::Title });
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let lines = state.lines(side);
    if lines.is_empty() {
        let gaps = if ego.relations.gaps + ego.relations.off > 0 { ", as far as was read" } else { "" };
        Pen::new(buffer, ui, body).skip(1).put(&format!("nothing{gaps}"), Slot::Dim);
        return;
    }
    let height = usize::from(body.height).max(1);
    let at = state.at(side);
    // The cursor stands in the middle third, except near the ends.
    let top = at.saturating_sub(height * 2 / 3).min(lines.len().saturating_sub(height));
    for (y, (number, line)) in (0..body.height).zip(lines.iter().enumerate().skip(top)) {
        let row = Rect { y: body.y + y, height: 1, ..body };
        match line {
            Line::Group(group, fold) => heading_line(model, side, group, *fold, buffer, row),
            Line::Spoke(group, spoke) => spoke_line(model, ego, group, spoke, buffer, row),
        }
        if number == at {
            if active {
                buffer.set_style(row, ui.style(Slot::Selected));
            }
            Pen::new(buffer, ui, row).put(ui.glyphs.cursor, if active { Slot::Accent } else { Slot::Dim });
        }
    }
    let hidden = lines.len().saturating_sub(top + height);
    if hidden > 0 {
        let last = Rect { y: body.y + body.height - 1, height: 1, ..body };
        pen::right(buffer, ui, last, &format!(" {}{hidden}", ui.glyphs.descending), Slot::Dim);
    }
}

fn heading_line(model: &Model, side: Side, group: &Group, fold: Fold, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    let number = format!(" {}", count(group.spokes.len() as u64));
    let used = pen::right(buffer, ui, area, &number, Slot::Accent);
    let rest = Rect { width: area.width.saturating_sub(used), ..area };
    let mut pen = Pen::new(buffer, ui, rest);
    pen.skip(1);
    pen.put(if fold == Fold::Open { ui.glyphs.unfolded } else { ui.glyphs.folded }, Slot::Dim).skip(1);
    if group.key.hop > 1 {
        pen.put(&format!("{} steps: ", group.key.hop), Slot::Dim);
    }
    if group.key.against {
        // From the second step on an edge may run the other way than its column says.
        let arrow = match side {
            Side::In => ui.glyphs.right,
            Side::Out => ui.glyphs.left,
        };
        pen.put(arrow, Slot::Dim).skip(1);
    }
    pen.put(group.key.relation.as_str(), Slot::Title).skip(1);
    match &group.key.kind {
        Some(kind) => pen.put(kind.as_str(), Slot::Text),
        None => pen.put(&format!("{} not in the inventory", ui.glyphs.unknown), Slot::Unknown),
    };
}

fn spoke_line(model: &Model, ego: &Ego, group: &Group, spoke: &Spoke, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    let (state, slot) = match ego.row(&spoke.far) {
        Some(row) => state_of(model, row),
        None => (format!("{} dangling", ui.glyphs.unknown), Slot::Unknown),
    };
    let wide = width(&ui.glyphs, &state) + 1;
    let mut rest = area;
    if usize::from(area.width) > wide + 12 {
        rest.width -= pen::right(buffer, ui, area, &format!(" {state}"), slot);
    }
    let mut pen = Pen::new(buffer, ui, rest);
    pen.skip(4);
    let (name, slot) = (ego.name(&spoke.far), slot_of_name(ego, spoke));
    if ego.row(&spoke.far).is_some() {
        pen.put(name, slot);
    } else {
        // Only the id is known, and the end of an id says most.
        let name = clip_start(&ui.glyphs, name, pen.room());
        pen.styled(&name, ui.style(slot));
    }
    if group.key.hop > 1 {
        pen.put(" via ", Slot::Dim).put(ego.name(&spoke.near), Slot::Dim);
    }
}

fn slot_of_name(ego: &Ego, spoke: &Spoke) -> Slot {
    match ego.row(&spoke.far).map(|row| &row.presence) {
        Some(Presence::Present) => Slot::Text,
        Some(Presence::Gone { .. }) => Slot::Gone,
        Some(Presence::Unknown { .. }) | None => Slot::Unknown,
    }
}

/// Sign and word: of the presence where it is not plain, else of the status.
fn state_of(model: &Model, row: &AssetRow) -> (String, Slot) {
    match &row.presence {
        Presence::Present => columns::status(row, &model.ui.glyphs),
        other => columns::presence(other, model.ages_at, &model.ui.glyphs),
    }
}
