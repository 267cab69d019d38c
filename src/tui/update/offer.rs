//! Texts that are read and then copied: policies, commands.

use super::{copy, moving};
use crate::{
    effect::Effect,
    keymap::Action,
    model::{Model, offer::Offer, overlay::Overlay},
    text::plural,
};

/// Shows it; below a line that is being typed, so that no letter of it is taken for a key.
pub(super) fn show(model: &mut Model, offer: Offer) {
    under_typing(model, Overlay::Offer(Box::new(offer)));
}

/// Puts something over the screen, but under a line that is being typed.
pub(super) fn under_typing(model: &mut Model, overlay: Overlay) {
    let typing = model.overlays.last().is_some_and(|top| top.mode().is_text());
    let at = model.overlays.len() - usize::from(typing);
    model.overlays.insert(at, overlay);
}

/// What actions mean while one is chosen.
pub(super) fn action(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let page = model.layout().page_rows().saturating_sub(6).max(1);
    let Some(Overlay::Offer(offer)) = model.overlays.last_mut() else { return None };
    if let Some(step) = moving::step(action, page) {
        offer.top = step.apply_usize(offer.top, offer.lines().len());
        return Some(Vec::new());
    }
    match action {
        Action::Left => offer.choose(false),
        Action::Right | Action::Mark => offer.choose(true),
        Action::Accept | Action::CopyId | Action::CopyRows => return Some(copy(model)),
        _ => {}
    }
    Some(Vec::new())
}

/// Copies the chosen text. Its line breaks are its own; what else is hostile in it is made visible.
fn copy(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Offer(offer)) = model.overlays.pop() else { return Vec::new() };
    let Some(item) = offer.item() else { return Vec::new() };
    let lines: Vec<_> = item.text.lines().map(cloudscope_domain::text::visible).collect();
    let mut text = lines.join("\n");
    let changed = text != item.text.trim_end_matches('\n');
    if lines.len() > 1 {
        text.push('\n');
    }
    let size = if lines.len() > 1 {
        format!(" ({}, {} bytes)", plural(lines.len() as u64, "line", "lines"), text.len())
    } else {
        String::new()
    };
    let how = if changed { ", its control characters made visible" } else { "" };
    let said = format!("copied {}{size}{how}", item.what);
    copy::effect(model, text, said)
}
