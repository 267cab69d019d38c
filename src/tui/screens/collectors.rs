//! The collectors screen: the run under way on top, below it every scope and how it stands, the
//! sources, and what was found.

mod run;
mod scopes;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::model::Model;

/// Draws it.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let used = run::draw(model, buffer, area);
    let rest = Rect { y: area.y + used, height: area.height.saturating_sub(used), ..area };
    scopes::draw(model, buffer, rest);
}
