//! A key: looked up in the keymap where it was pressed; text where text is typed.

use crossterm::event::{KeyEvent, KeyEventKind};

use super::{action, input};
use crate::{
    effect::Effect,
    keymap::{KeyChord, Lookup},
    model::{Model, message::Message},
};

/// Takes a key in.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    if model.message.as_ref().is_some_and(|message| message.yields(model.clock)) {
        model.message = None;
    }
    let chord = KeyChord::from(key);
    let context = model.context();
    let mut pressed = std::mem::take(&mut model.prefix);
    pressed.push(chord);
    match model.ui.keymap.lookup(&pressed, &context) {
        Lookup::Action(action) => action::run(model, action),
        Lookup::Prefix(_) => {
            model.prefix = pressed;
            model.prefix_since = model.clock;
            Vec::new()
        }
        Lookup::None if context.mode.is_text() && pressed.len() == 1 => input::edit(model, chord),
        Lookup::None if pressed.len() > 1 => {
            let keys: Vec<String> = pressed.iter().map(ToString::to_string).collect();
            model.say(Message::warning(format!("`{}` does nothing here", keys.join(" ")), model.clock));
            Vec::new()
        }
        Lookup::None => Vec::new(),
    }
}
