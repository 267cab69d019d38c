//! The relationships screen: what points at an asset, the asset, and what it points at; below, the
//! evidence for the edge under the cursor.
//!
//! ```text
//! lb-1 uses ...
//! IN ->                 | web-1              | -> OUT
//! v routes-to elb   1   | kind  ec2.instance | v uses subnet      2
//!     * lb-1 active     | status * running   |     * sn-1 available
//! ---------------------------------------------------------------------
//! evidence: $.SubnetId, stated by ..., 100 %, run 7
//! ```

mod column;
mod evidence;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    effect::Tag,
    keymap::Action,
    model::{
        Model,
        document::DocLine,
        facts,
        layout::TWO_PANES,
        relationships::ego::{Ego, Side},
    },
    text::{count, plural, wrap},
    theme::Slot,
    widgets::{
        list::{self, Pieces},
        pen::{self, Pen},
    },
};

/// Columns of the labels in the middle.
const LABELS: usize = 11;
/// Below this many rows the evidence has no room.
const EVIDENCE_FROM: u16 = 12;

/// Draws it.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let state = &model.relationships;
    let Some(ego) = &state.ego else { return nothing(model, buffer, area) };
    let mut rest = below(area, title(model, ego, buffer, area));
    rest = below(rest, warnings(model, ego, buffer, rest));
    if area.height >= EVIDENCE_FROM {
        let lines = evidence::lines(model, usize::from(area.width));
        let height = u16::try_from(lines.len()).unwrap_or(0) + 1;
        let at =
            Rect { y: rest.y + rest.height.saturating_sub(height), height: height.min(rest.height), ..rest };
        rule(model, buffer, at);
        list::draw(buffer, &model.ui, below(at, 1), &lines, 0);
        rest.height -= at.height;
    }
    if area.width >= TWO_PANES {
        let side = rest.width * 36 / 100;
        let middle = Rect { x: rest.x + side, width: rest.width - 2 * side, ..rest };
        column::draw(model, ego, Side::In, buffer, Rect { width: side, ..rest });
        focus(model, ego, buffer, middle);
        column::draw(model, ego, Side::Out, buffer, Rect { x: middle.x + middle.width, width: side, ..rest });
    } else {
        // One pane: the column that has the keys; the other one is a key away and says how much it holds.
        let other = state.side.other();
        let word = column::word(other);
        let key = model.ui.keymap.key_of(column::key(other), &model.context()).unwrap_or_default();
        let hint = format!("{key}: {} {word}", count(ego.count(other) as u64));
        pen::right(buffer, &model.ui, rest, &hint, Slot::Dim);
        column::draw(model, ego, state.side, buffer, rest);
    }
}

fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

fn rule(model: &Model, buffer: &mut Buffer, area: Rect) {
    let line = model.ui.glyphs.line.repeat(usize::from(area.width));
    Pen::new(buffer, &model.ui, area).styled(&line, model.ui.style(Slot::Border));
}

fn title(model: &Model, ego: &Ego, buffer: &mut Buffer, area: Rect) -> u16 {
    let (ui, state) = (&model.ui, &model.relationships);
    let mut right = vec![plural(state.depth.into(), "step", "steps")];
    right.push(format!("{} in", count(ego.count(Side::In) as u64)));
    right.push(format!("{} out", count(ego.count(Side::Out) as u64)));
    if let Some(only) = &state.only {
        right.push(format!("only {only}"));
    }
    if model.waiting(Tag::Relations) {
        right.push(format!("asking{}", ui.glyphs.ellipsis));
    }
    let used = pen::right(buffer, ui, area, &right.join(&format!(" {} ", ui.glyphs.bar)), Slot::Dim);
    let rest = Rect { width: area.width.saturating_sub(used + 1), ..area };
    let mut pen = Pen::new(buffer, ui, rest);
    if let Some(id) = &ego.id {
        pen.put(ego.name(id), Slot::Title).skip(2);
        match ego.row(id) {
            Some(row) => pen.put(row.kind.as_str(), Slot::Dim),
            None => pen.put(&format!("{} not in the inventory", ui.glyphs.unknown), Slot::Unknown),
        };
    }
    1
}

/// What may be missing, and why.
fn warnings(model: &Model, ego: &Ego, buffer: &mut Buffer, area: Rect) -> u16 {
    let mut words = Vec::new();
    let key = |action| model.ui.keymap.key_of(action, &model.context()).unwrap_or_else(|| ":".into());
    let sign = model.ui.glyphs.warning;
    if let Some(why) = &model.relationships.failed {
        words.push((format!("{} {why}", model.ui.glyphs.error), Slot::Error));
    }
    let (gaps, more) = (ego.relations.gaps, ego.relations.more);
    if gaps > 0 {
        let scopes = plural(gaps, "scope was", "scopes were");
        let text = format!(
            "{sign} may be incomplete: {scopes} not read whole ({} tells which)",
            key(Action::Collectors)
        );
        words.push((text, Slot::Warning));
    }
    if more > 0 {
        let edges = plural(more, "edge is", "edges are");
        words.push((
            format!(
                "{sign} {edges} left out here; fewer steps ({}) show all of fewer",
                key(Action::DepthLess)
            ),
            Slot::Warning,
        ));
    }
    for (y, (text, slot)) in (0..area.height).zip(&words) {
        Pen::new(buffer, &model.ui, Rect { y: area.y + y, height: 1, ..area }).put(text, *slot);
    }
    u16::try_from(words.len()).unwrap_or(0)
}

/// The asset in the middle.
fn focus(model: &Model, ego: &Ego, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    for y in area.y..area.y + area.height {
        let line = Rect { y, height: 1, ..area };
        Pen::new(buffer, ui, line).put(ui.glyphs.bar, Slot::Border);
        Pen::new(buffer, ui, line).at(area.x + area.width.saturating_sub(1)).put(ui.glyphs.bar, Slot::Border);
    }
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let facts = match ego.id.as_ref().map(|id| (id, ego.row(id))) {
        Some((_, Some(row))) => facts::of_row(row, model.ages_at, &ui.glyphs),
        Some((id, None)) => vec![
            DocLine::title(id.as_str()),
            DocLine::fact("", format!("{} not in the inventory", ui.glyphs.unknown), Slot::Unknown),
            DocLine::fact("", "known only from the edges that name it", Slot::Dim),
        ],
        None => Vec::new(),
    };
    let width = usize::from(inner.width);
    let lines: Vec<Pieces> =
        facts.iter().flat_map(|f| list::fact(ui, &f.label, &f.text, f.slot, LABELS, width)).collect();
    list::draw(buffer, ui, inner, &lines, 0);
}

/// What to say before there is anything.
fn nothing(model: &Model, buffer: &mut Buffer, area: Rect) {
    let (ui, state) = (&model.ui, &model.relationships);
    let key = |action| ui.keymap.key_of(action, &model.context()).unwrap_or_else(|| ":".into());
    let words = match (&state.failed, &state.focus) {
        (Some(why), _) => vec![
            (format!("{} {why}", ui.glyphs.error), Slot::Error),
            (format!("{} tries again", key(Action::Refresh)), Slot::Dim),
        ],
        (None, Some(id)) => {
            vec![(format!("asking for what is around {id}{}", ui.glyphs.ellipsis), Slot::Pending)]
        }
        (None, None) => vec![
            ("no asset is selected".to_owned(), Slot::Text),
            (format!("choose one on the Assets screen ({}) and come back", key(Action::Assets)), Slot::Dim),
        ],
    };
    let width = usize::from(area.width);
    let lines: Vec<Pieces> = words
        .iter()
        .flat_map(|(text, slot)| wrap(&ui.glyphs, text, width).into_iter().map(|line| vec![(line, *slot)]))
        .collect();
    list::draw(buffer, ui, area, &lines, 0);
}
