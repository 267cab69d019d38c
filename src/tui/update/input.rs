//! Typing: one line, with the editing keys of a shell. Whatever is typed into changes at once.

use crossterm::event::{KeyCode, KeyModifiers};
use tui_input::InputRequest;

use super::{filter, palette, views};
use crate::{
    effect::Effect,
    keymap::KeyChord,
    model::{Model, overlay::Overlay},
};

/// A line takes no more than this many bytes from a paste.
const MOST: usize = 4_096;

/// A key that is no action, where text is typed.
pub(super) fn edit(model: &mut Model, chord: KeyChord) -> Vec<Effect> {
    if let Some(Overlay::Letter(_)) = model.overlays.last() {
        return views::letter_typed(model, chord.typed());
    }
    let Some(line) = model.overlays.last_mut().and_then(Overlay::line) else { return Vec::new() };
    let Some(request) = request(chord) else { return Vec::new() };
    match line.0.handle(request) {
        Some(changed) if changed.value => typed(model),
        _ => Vec::new(),
    }
}

fn request(chord: KeyChord) -> Option<InputRequest> {
    let control = chord.modifiers() == KeyModifiers::CONTROL;
    let alt = chord.modifiers() == KeyModifiers::ALT;
    if let Some(c) = chord.typed() {
        return Some(InputRequest::InsertChar(c));
    }
    Some(match chord.code() {
        KeyCode::Backspace if control || alt => InputRequest::DeletePrevWord,
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        KeyCode::Left if control || alt => InputRequest::GoToPrevWord,
        KeyCode::Right if control || alt => InputRequest::GoToNextWord,
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        KeyCode::Char('a') if control => InputRequest::GoToStart,
        KeyCode::Char('e') if control => InputRequest::GoToEnd,
        KeyCode::Char('b') if control => InputRequest::GoToPrevChar,
        KeyCode::Char('f') if control => InputRequest::GoToNextChar,
        KeyCode::Char('d') if control => InputRequest::DeleteNextChar,
        KeyCode::Char('h') if control => InputRequest::DeletePrevChar,
        KeyCode::Char('w') if control => InputRequest::DeletePrevWord,
        KeyCode::Char('k') if control => InputRequest::DeleteTillEnd,
        KeyCode::Char('u') if control => InputRequest::DeleteFromStart,
        KeyCode::Char('b') if alt => InputRequest::GoToPrevWord,
        KeyCode::Char('f') if alt => InputRequest::GoToNextWord,
        KeyCode::Char('d') if alt => InputRequest::DeleteNextWord,
        _ => return None,
    })
}

/// Pasted text goes into the line that is typed; line breaks become blanks. Elsewhere it starts a
/// filter, and never runs as keys.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let mut end = text.len().min(MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let clean: String = text[..end].trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.is_empty() {
        return Vec::new();
    }
    let mut effects = Vec::new();
    if model.overlays.is_empty() {
        effects.extend(filter::open(model));
    }
    let Some(line) = model.overlays.last_mut().and_then(Overlay::line) else { return effects };
    let at = line.position();
    line.replace(at, at, &clean);
    effects.extend(typed(model));
    effects
}

/// The text of the topmost line changed.
fn typed(model: &mut Model) -> Vec<Effect> {
    match model.overlays.last_mut() {
        Some(Overlay::Filter(_)) => filter::typed(model),
        Some(Overlay::Palette(_)) => palette::typed(model),
        Some(Overlay::Help(help)) => {
            help.top = 0;
            Vec::new()
        }
        _ => Vec::new(),
    }
}
