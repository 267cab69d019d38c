//! Texts to read and then to copy, one of them at a time.
//!
//! ```text
//! + the smallest policy that opens 3 denied scopes -----------+
//! | [AWS policy] [Kubernetes ClusterRole]                      |
//! | grants       ec2:DescribeVolumes                           |
//! | { "Version": "2012-10-17", ...                             |
//! | enter copies it   right the next   esc leaves it           |
//! +------------------------------------------------------------+
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    keymap::Action,
    model::{Model, offer::Offer},
    theme::Slot,
    widgets::{
        list::{self, Pieces},
        pen::{self, Pen},
        popup,
    },
};

/// Columns of the labels.
const LABELS: usize = 12;

/// Draws it.
pub(crate) fn draw(model: &Model, offer: &Offer, buffer: &mut Buffer, area: Rect) {
    let ui = &model.ui;
    let width = area.width.min(100);
    let room = usize::from(width.saturating_sub(4));
    let all = offer.lines();
    let rows = |top: usize| -> Vec<Pieces> {
        let lines = all.iter().skip(top);
        lines.flat_map(|line| list::fact(ui, &line.label, &line.text, line.slot, LABELS, room)).collect()
    };
    let several = offer.items.len() > 1;
    let whole = rows(0);
    let head = u16::from(several) * 2;
    let height = u16::try_from(whole.len()).unwrap_or(u16::MAX).saturating_add(4 + head);
    let inner = popup::draw(buffer, ui, popup::centred(area, width, height), &offer.title);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    if several {
        let mut pen = Pen::new(buffer, ui, inner);
        for (i, item) in offer.items.iter().enumerate() {
            let (open, close) = if i == offer.chosen { ("[", "]") } else { (" ", " ") };
            let slot = if i == offer.chosen { Slot::Accent } else { Slot::Dim };
            pen.put(open, slot).put(&item.title, slot).put(close, slot).skip(1);
        }
    }
    let room = inner.height.saturating_sub(head + 2);
    let body = Rect { y: inner.y + head.min(inner.height), height: room, ..inner };
    // Never scrolled further than that the end shows.
    let fits = whole.len() <= usize::from(room);
    list::draw(buffer, ui, body, &if fits { whole } else { rows(offer.top) }, 0);
    let foot = Rect { y: (inner.y + inner.height).saturating_sub(1), height: inner.height.min(1), ..inner };
    let key = |action| ui.keymap.key_of(action, &model.context()).unwrap_or_default();
    if !fits {
        let text = format!("{} {} scroll", key(Action::Down), key(Action::Up));
        pen::right(buffer, ui, foot, &text, Slot::Dim);
    }
    let mut pen = Pen::new(buffer, ui, foot);
    pen.put(&key(Action::Accept), Slot::Key).put(" copy it   ", Slot::Text);
    if several {
        pen.put(&key(Action::Right), Slot::Key).put(" the next   ", Slot::Text);
    }
    pen.put(&key(Action::Back), Slot::Key).put(" leave it", Slot::Text);
}
