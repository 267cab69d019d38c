//! One key press with its modifiers, in the one form in which terminals can send it, and its name in
//! keymap files (`ctrl-f`, `pagedown`, `<space>`, `|`).

use std::{fmt, str::FromStr};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One key press. Two presses that a terminal cannot tell apart are equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Hash, Debug)]
pub struct KeyChord {
    /// Which key.
    code: KeyCode,
    /// Control, alt, shift; shift only with keys that are not characters.
    modifiers: KeyModifiers,
}

/// The text names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct BadKey {
    /// What is wrong with it.
    pub reason: String,
    /// What to write instead.
    pub suggestion: Option<String>,
}

const NAMES: [(&str, KeyCode); 22] = [
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("escape", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("del", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pgup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("pgdn", KeyCode::PageDown),
    ("lt", KeyCode::Char('<')),
    ("minus", KeyCode::Char('-')),
];

impl KeyChord {
    /// A key press, brought into the one form that all terminals agree on.
    #[must_use]
    pub fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let mut kept = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let code = match code {
            KeyCode::Tab if kept.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            KeyCode::Char(c) if kept.contains(KeyModifiers::CONTROL) => KeyCode::Char(c.to_ascii_lowercase()),
            // Only terminals with the newer keyboard protocol send a small letter with shift.
            KeyCode::Char(c) if kept.contains(KeyModifiers::SHIFT) => KeyCode::Char(c.to_ascii_uppercase()),
            other => other,
        };
        if matches!(code, KeyCode::Char(_) | KeyCode::BackTab) {
            kept -= KeyModifiers::SHIFT;
        }
        Self { code, modifiers: kept }
    }

    /// A plain key.
    #[must_use]
    pub fn plain(code: KeyCode) -> Self {
        Self::new(code, KeyModifiers::NONE)
    }

    /// Which key.
    #[must_use]
    pub fn code(self) -> KeyCode {
        self.code
    }

    /// Control, alt and shift.
    #[must_use]
    pub fn modifiers(self) -> KeyModifiers {
        self.modifiers
    }

    /// The character that it types where text is typed.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }

    /// Whether tmux or screen take it for themselves, or a terminal stops its output on it.
    #[must_use]
    pub fn may_be_eaten(self) -> bool {
        self.modifiers == KeyModifiers::CONTROL && matches!(self.code, KeyCode::Char('a' | 'b' | 'q' | 's'))
    }
}

impl From<KeyEvent> for KeyChord {
    fn from(event: KeyEvent) -> Self {
        Self::new(event.code, event.modifiers)
    }
}

impl fmt::Display for KeyChord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for (modifier, name) in
            [(KeyModifiers::CONTROL, "ctrl-"), (KeyModifiers::ALT, "alt-"), (KeyModifiers::SHIFT, "shift-")]
        {
            if self.modifiers.contains(modifier) {
                text.push_str(name);
            }
        }
        match self.code {
            KeyCode::BackTab => text.push_str("shift-tab"),
            KeyCode::F(n) => text.push_str(&format!("f{n}")),
            KeyCode::Char(c) if c != ' ' => text.push(c),
            code => match NAMES.iter().find(|(_, known)| *known == code) {
                Some((name, _)) => text.push_str(name),
                None => text.push_str(&format!("{code}").to_lowercase()),
            },
        }
        f.pad(&text)
    }
}

impl FromStr for KeyChord {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let inner = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).filter(|t| !t.is_empty());
        let whole = inner.unwrap_or(text);
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = whole;
        while let Some((modifier, tail)) = split_modifier(rest) {
            modifiers |= modifier;
            rest = tail;
        }
        let code = key_code(rest).ok_or_else(|| BadKey {
            reason: format!("`{text}` is not a key"),
            suggestion: crate::data_file::did_you_mean(rest, NAMES.iter().map(|(name, _)| *name))
                .or_else(|| Some("write a character, a name such as `pagedown` or `f1`, or `ctrl-x`".into())),
        })?;
        check_sendable(text, code, modifiers)?;
        Ok(Self::new(code, modifiers))
    }
}

fn split_modifier(text: &str) -> Option<(KeyModifiers, &str)> {
    [
        ("ctrl-", KeyModifiers::CONTROL),
        ("c-", KeyModifiers::CONTROL),
        ("alt-", KeyModifiers::ALT),
        ("a-", KeyModifiers::ALT),
        ("shift-", KeyModifiers::SHIFT),
        ("s-", KeyModifiers::SHIFT),
    ]
    .into_iter()
    .find_map(|(prefix, modifier)| Some((modifier, text.strip_prefix(prefix).filter(|t| !t.is_empty())?)))
}

fn key_code(name: &str) -> Option<KeyCode> {
    let mut chars = name.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return (!c.is_control()).then_some(KeyCode::Char(c));
    }
    if let Some(n) = name.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()) {
        return (1..=24).contains(&n).then_some(KeyCode::F(n));
    }
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code)
}

/// Refuses what a plain terminal sends as another key, or not at all: the row would never act.
fn check_sendable(text: &str, code: KeyCode, modifiers: KeyModifiers) -> Result<(), BadKey> {
    let KeyCode::Char(c) = code else { return Ok(()) };
    let bad =
        |reason: String, suggestion: &str| Err(BadKey { reason, suggestion: Some(suggestion.to_owned()) });
    if modifiers.contains(KeyModifiers::CONTROL) {
        return match c.to_ascii_lowercase() {
            'i' => bad(format!("terminals send `{text}` as tab"), "write `tab`"),
            'm' => bad(format!("terminals send `{text}` as enter"), "write `enter`"),
            '[' => bad(format!("terminals send `{text}` as esc"), "write `esc`"),
            'h' => bad(format!("many terminals send backspace as `{text}`"), "take another key"),
            'a'..='z' | ' ' | '4'..='7' => Ok(()),
            _ => bad(format!("terminals do not send `{text}`"), "with ctrl take a letter or space"),
        };
    }
    if modifiers.contains(KeyModifiers::SHIFT) {
        let hint = format!("write `{}`", c.to_uppercase());
        return bad(format!("`{text}` is a character of its own"), &hint);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chord(text: &str) -> KeyChord {
        text.parse().unwrap()
    }

    #[test]
    fn names_are_read_and_written() {
        for text in [
            "j",
            "G",
            "|",
            "<",
            ">",
            "-",
            "+",
            "space",
            "ctrl-f",
            "ctrl-space",
            "alt-x",
            "alt-<",
            "shift-tab",
            "shift-up",
            "ctrl-pagedown",
            "f1",
            "f12",
            "esc",
            "enter",
            "pageup",
            "ctrl-alt-x",
            "ä",
        ] {
            assert_eq!(chord(text).to_string(), text);
            assert_eq!(chord(&chord(text).to_string()), chord(text));
        }
        assert_eq!(chord("<space>"), chord("space"));
        assert_eq!(chord("<c-f>"), chord("ctrl-f"));
        assert_eq!(chord("pgdn"), chord("pagedown"));
        assert_eq!(chord("minus"), chord("-"));
    }

    #[test]
    fn what_terminals_send_differently_is_the_same_key() {
        let event = |code, modifiers| KeyChord::from(KeyEvent::new(code, modifiers));
        assert_eq!(event(KeyCode::Char('G'), KeyModifiers::SHIFT), chord("G"));
        assert_eq!(event(KeyCode::Char('g'), KeyModifiers::SHIFT), chord("G"));
        assert_eq!(event(KeyCode::BackTab, KeyModifiers::SHIFT), chord("shift-tab"));
        assert_eq!(event(KeyCode::Tab, KeyModifiers::SHIFT), chord("shift-tab"));
        assert_eq!(event(KeyCode::Char('F'), KeyModifiers::CONTROL), chord("ctrl-f"));
        assert_eq!(event(KeyCode::Char('?'), KeyModifiers::SHIFT), chord("?"));
    }

    #[test]
    fn keys_that_cannot_be_sent_are_refused_with_what_to_write() {
        let bad = |text: &str| text.parse::<KeyChord>().unwrap_err();
        assert_eq!(bad("ctrl-i").suggestion.unwrap(), "write `tab`");
        assert_eq!(bad("ctrl-m").suggestion.unwrap(), "write `enter`");
        assert_eq!(bad("shift-g").suggestion.unwrap(), "write `G`");
        assert_eq!(bad("pagedwon").suggestion.unwrap(), "did you mean `pagedown`?");
        assert_eq!(bad("ctrl-/").reason, "terminals do not send `ctrl-/`");
        assert!(bad("").reason.contains("is not a key"));
        assert!(bad("f99").reason.contains("is not a key"));
    }
}
