//! What the filter names and nothing bears, in words.

use crate::{model::Model, theme::Slot, widgets::pen::Pen};

/// Named at most; the rest is counted.
const MOST: usize = 4;

/// A line for each.
pub(super) fn words(model: &Model) -> Vec<(String, Slot)> {
    let (found, sign) = (&model.strays.found, model.ui.glyphs.warning);
    let mut words: Vec<(String, Slot)> =
        found.iter().take(MOST).map(|stray| (format!("{sign} {}", stray.text), Slot::Warning)).collect();
    if found.len() > MOST {
        words.push((format!("and {} more that nothing bears", found.len() - MOST), Slot::Warning));
    }
    words
}

/// After the terms of the filter.
pub(super) fn chips(model: &Model, pen: &mut Pen<'_>) {
    for (text, slot) in words(model) {
        pen.put(&text, slot).skip(1);
    }
}
