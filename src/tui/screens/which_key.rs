//! The keys that may follow those pressed so far, a moment after they were pressed.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::Lookup,
    model::{Model, WHICH_KEY},
    theme::Slot,
    widgets::{pen::Pen, popup},
};

/// Draws them, once it is time.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer, area: Rect) {
    if model.prefix.is_empty() || model.clock.since(model.prefix_since) < WHICH_KEY {
        return;
    }
    let Lookup::Prefix(next) = model.ui.keymap.lookup(&model.prefix, &model.context()) else { return };
    let pressed: Vec<String> = model.prefix.iter().map(ToString::to_string).collect();
    let height = u16::try_from(next.len()).unwrap_or(8) + 2;
    let inner = popup::draw(buffer, &model.ui, popup::above(area, 44, height), &pressed.join(" "));
    for (y, (key, desc)) in (inner.y..inner.y + inner.height).zip(next) {
        let mut pen = Pen::new(buffer, &model.ui, Rect { y, height: 1, ..inner });
        pen.fit(&key.to_string(), 8, Slot::Key).skip(1).put(&desc, Slot::Text);
    }
}
