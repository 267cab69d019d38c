//! The collectors screen: the run under way on top, below it every scope and how it stands, the
//! circuits, the sources, and what was found. On a narrow screen one of the two.

mod heading;
mod health;
mod run;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::{Action, Context, Mode},
    model::{Model, collectors::Pane, layout::TWO_PANES},
    theme::Slot,
    widgets::pen::{self, Pen},
};

/// Draws it.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let pane = model.collectors.pane;
    if model.past.at.is_some() {
        return health::draw(model, buffer, area);
    }
    if area.width < TWO_PANES {
        match pane {
            Pane::Run => run::draw(model, buffer, area),
            Pane::Health => health::draw(model, buffer, area),
        }
        return;
    }
    let upper = run_rows(model, area.height);
    run::draw(model, buffer, Rect { height: upper, ..area });
    health::draw(model, buffer, Rect { y: area.y + upper, height: area.height - upper, ..area });
}

/// The line below: what the cursor stands on, in full.
pub(crate) fn under_cursor(model: &Model, buffer: &mut Buffer, area: Rect) {
    if model.collectors.pane == Pane::Health || model.past.at.is_some() {
        health::under_cursor(model, buffer, area);
    }
}

/// Rows of the run pane: what it needs, but the greater part is for the pane that has the keys.
fn run_rows(model: &Model, height: u16) -> u16 {
    let wanted = u16::try_from(run::wanted(model)).unwrap_or(u16::MAX);
    let most = match model.collectors.pane {
        Pane::Run => height * 3 / 5,
        Pane::Health => height * 2 / 5,
    };
    wanted.min(most)
}

/// The line over a pane: its name, what is to be said of the whole, and how to come to the other one.
fn title(model: &Model, buffer: &mut Buffer, area: Rect, pane: Pane, words: &[(String, Slot)]) {
    let ui = &model.ui;
    let has_keys = model.collectors.pane == pane;
    let slot = if has_keys { Slot::BorderFocus } else { Slot::Border };
    let line = Rect { height: area.height.min(1), ..area };
    Pen::new(buffer, ui, line).put(&ui.glyphs.line.repeat(usize::from(area.width)), slot);
    let other = if area.width < TWO_PANES { pane.other() } else { pane };
    let mut right = line;
    right.width = right.width.saturating_sub(1);
    if !has_keys || area.width < TWO_PANES {
        let key = key(model, Action::FocusNext);
        let name = if area.width < TWO_PANES { name(other) } else { "here" };
        let used = pen::right(buffer, ui, right, &format!(" {key} {name} "), Slot::Dim);
        right.width = right.width.saturating_sub(used);
    }
    let mut pen = Pen::new(buffer, ui, right);
    pen.skip(2).put(&format!(" {} ", name(pane)), if has_keys { Slot::Title } else { Slot::Dim });
    for (text, slot) in words {
        pen.skip(1).put(&format!(" {text} "), *slot);
    }
}

/// The key of an action on this screen, whatever lies over it.
fn key(model: &Model, action: Action) -> String {
    let context = Context { mode: Mode::Normal, ..model.context() };
    model.ui.keymap.key_of(action, &context).unwrap_or_default()
}

fn name(pane: Pane) -> &'static str {
    match pane {
        Pane::Run => "RUN",
        Pane::Health => "HEALTH",
    }
}
