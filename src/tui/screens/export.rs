//! The export screen: the form, how far the export is, and what was exported since the program began.

mod form;
mod outcome;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::model::Model;

/// Draws it.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    let mut rest = area;
    for part in [form::draw, outcome::now, outcome::past] {
        let used = part(model, buffer, rest).min(rest.height);
        rest = Rect { y: rest.y + used, height: rest.height - used, ..rest };
    }
}
