//! How it looks and what keys do: themes, keymaps, ASCII, mouse.

use crate::{
    effect::Effect,
    glyphs::Glyphs,
    model::{Model, message::Message},
};

/// Changes the theme.
pub(super) fn theme(model: &mut Model, name: &str) -> Vec<Effect> {
    match model.ui.themes.get(name) {
        Ok(theme) => {
            model.ui.theme = theme.at(model.ui.theme.depth());
            model.ui.follows = false;
            model.say(Message::info(format!("theme {name}"), model.clock));
        }
        Err(why) => model.say(Message::warning(why, model.clock)),
    }
    Vec::new()
}

/// The terminal said what its ground is. Who chose a theme keeps it.
pub(super) fn background(model: &mut Model, dark: bool) {
    model.terminal.answer(dark, model.clock);
    if !model.ui.follows {
        return;
    }
    let (theme, _) = model.ui.themes.pick(Some(dark), model.ui.theme.depth(), false, None);
    if theme.name() != model.ui.theme.name() {
        model.ui.theme = theme;
        model.dirty = true;
    }
}

/// The next theme in the order of their names.
pub(super) fn next_theme(model: &mut Model) -> Vec<Effect> {
    let names: Vec<String> = model.ui.themes.names().map(str::to_owned).collect();
    let at = names.iter().position(|n| n == model.ui.theme.name()).map_or(0, |at| at + 1);
    match names.get(at % names.len().max(1)) {
        Some(name) => theme(model, name),
        None => Vec::new(),
    }
}

/// Changes the keymap.
pub(super) fn keymap(model: &mut Model, name: &str) -> Vec<Effect> {
    match model.ui.keymaps.get(name) {
        Ok(keymap) => {
            model.ui.keymap = keymap.clone();
            model.say(Message::info(format!("keymap {name}"), model.clock));
        }
        Err(why) => model.say(Message::warning(why, model.clock)),
    }
    Vec::new()
}

/// Mouse reports on or off. While they are on the terminal's own selection needs shift.
pub(super) fn toggle_mouse(model: &mut Model) -> Vec<Effect> {
    model.ui.mouse = !model.ui.mouse;
    let text = if model.ui.mouse {
        "mouse on; hold shift to select text"
    } else {
        "mouse off; the terminal selects text again"
    };
    model.say(Message::info(text, model.clock));
    vec![Effect::SetMouse(model.ui.mouse)]
}

/// Plain ASCII drawing on or off.
pub(super) fn toggle_ascii(model: &mut Model) -> Vec<Effect> {
    model.ui.glyphs = Glyphs::new(!model.ui.glyphs.ascii);
    Vec::new()
}
