//! The model as a picture. Only draws: whatever it needs is in the model already.

use ratatui::{Frame, layout::Position};

use crate::{
    keymap::Screen,
    model::{Model, overlay::Overlay},
    screens::{
        assets, changes, collectors, comparison, confirm, document, export, frame, groups, help, menu, offer,
        palette, past, relationships, small, start, tree, views, which_key,
    },
    theme::Slot,
};

/// Draws everything.
pub(crate) fn view(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    buffer.set_style(area, model.ui.style(Slot::Text));
    let layout = model.layout();
    if layout.small {
        small::header(model, buffer, &layout);
    } else {
        frame::header(model, buffer, layout.header);
        frame::crumbs(model, buffer, layout.crumbs);
    }
    let mut over = model.overlays.iter().rev();
    match over.find(|o| matches!(o, Overlay::Document(_) | Overlay::Comparison(_))) {
        Some(Overlay::Document(doc)) => document::draw(model, doc, buffer, layout.body),
        Some(Overlay::Comparison(comparing)) => comparison::draw(model, comparing, buffer, layout.body),
        _ => match model.screen {
            Screen::Relationships => relationships::draw(model, buffer, layout.body),
            Screen::Collectors => collectors::draw(model, buffer, layout.body),
            Screen::Changes => changes::draw(model, buffer, layout.body),
            Screen::Groups => groups::draw(model, buffer, layout.body),
            Screen::Export => export::draw(model, buffer, layout.body),
            Screen::Views => views::draw(model, buffer, layout.body),
            Screen::Tree => tree::draw(model, buffer, layout.body),
            Screen::Assets | Screen::Pulse => {
                assets::draw(model, buffer, &layout);
            }
        },
    }
    past::timeline(model, buffer, layout.timeline);
    frame::hints(model, buffer, layout.hints);
    let mut cursor = frame::filter_line(model, buffer, layout.filter);
    for overlay in &model.overlays {
        let place = match overlay {
            Overlay::Help(help) => Some(help::draw(model, help, buffer, layout.body)),
            Overlay::Menu(menu) => {
                menu::draw(model, menu, buffer, layout.body);
                None
            }
            Overlay::Palette(line) => Some(palette::draw(model, line, buffer, layout.body, layout.filter)),
            Overlay::Filter(line) => {
                palette::proposals_of_filter(model, line, buffer, layout.body);
                None
            }
            Overlay::Start(order) => {
                start::draw(model, order, buffer, layout.body);
                None
            }
            Overlay::Offer(offer) => {
                offer::draw(model, offer, buffer, layout.body);
                None
            }
            Overlay::Confirm(confirm) => {
                confirm::draw(model, confirm, buffer, layout.body);
                None
            }
            Overlay::Letter(letter) => {
                views::letters(model, letter, buffer, layout.body);
                None
            }
            Overlay::Document(_)
            | Overlay::Name(_)
            | Overlay::Search(_)
            | Overlay::Field(_)
            | Overlay::Prompt(_)
            | Overlay::Comparison(_) => None,
        };
        cursor = place.or(cursor);
    }
    which_key::draw(model, buffer, layout.body);
    if let Some((x, y)) = cursor
        && x < area.width
        && y < area.height
    {
        frame.set_cursor_position(Position { x, y });
    }
}
