//! What a run would take, and whether to begin it.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::Action,
    model::{Model, collectors::order::Start},
    theme::Slot,
    widgets::{
        list::{self, Pieces},
        popup,
    },
};

/// Columns of the labels.
const LABELS: usize = 12;

/// Draws it.
pub(crate) fn draw(model: &Model, start: &Start, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    let width = area.width.min(76);
    let room = usize::from(width.saturating_sub(4));
    let mut lines: Vec<Pieces> = start
        .lines
        .iter()
        .flat_map(|line| list::fact(ui, &line.label, &line.text, line.slot, LABELS, room))
        .collect();
    // The keys stay, however much there is to say.
    let most = usize::from(area.height.saturating_sub(4)).max(1);
    if lines.len() > most {
        let hidden = lines.len() - most + 1;
        lines.truncate(most - 1);
        lines.push(vec![(format!("and {hidden} more lines"), Slot::Dim)]);
    }
    lines.push(Vec::new());
    let key = |action| ui.keymap.key_of(action, &model.context()).unwrap_or_default();
    lines.push(vec![
        (key(Action::Yes), Slot::Key),
        (" begin   ".to_owned(), Slot::Text),
        (key(Action::No), Slot::Key),
        (" not now".to_owned(), Slot::Text),
    ]);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = popup::draw(buffer, ui, popup::centred(area, width, height), &start.title);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(1), ..inner };
    list::draw(buffer, ui, inner, &lines, 0);
}
