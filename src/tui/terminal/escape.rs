//! Puts escape sequences together that arrived in pieces. On a slow line the bytes of an arrow key
//! come as `Esc` and then `[A` as text; taken so, they would close a view and type. A lone `Esc` is
//! therefore held a moment. What the terminal answers when it is asked something comes among the keys,
//! and is told from them here.
//!
//! Pure: whoever reads keys says when the moment is over.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Longer sequences are not of this world.
const LONGEST: usize = 32;

/// What came out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    /// A whole key.
    Key(KeyEvent),
    /// A paste whose brackets were torn apart.
    Paste(String),
    /// What the terminal answered (OSC), without what stands around it.
    Answer(String),
}

/// Puts sequences together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Assembler {
    state: State,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
enum State {
    #[default]
    Idle,
    /// `Esc`.
    Escape,
    /// `Esc [` and what followed.
    Control(String),
    /// `Esc O`.
    Single,
    /// `Esc [ 2 0 0 ~` and what followed.
    Paste(String),
    /// `Esc ]` and what followed.
    Answer(String),
    /// The `Esc` of the `Esc \` that ends an answer.
    Ending,
}

impl Assembler {
    /// Something is held; [`Self::flush`] wants to be called soon.
    pub(crate) fn holds(&self) -> bool {
        match &self.state {
            State::Idle => false,
            // Waits for its end, however long that takes.
            State::Answer(held) => !is_surely_answer(held),
            _ => true,
        }
    }

    /// A key arrived.
    pub(crate) fn push(&mut self, key: KeyEvent) -> Vec<Input> {
        let c = typed(key);
        match (std::mem::take(&mut self.state), c) {
            (State::Idle, _) if is_escape(key) => {
                self.state = State::Escape;
                Vec::new()
            }
            (State::Idle, _) if is_alt(key, ']') => {
                self.state = State::Answer(String::new());
                Vec::new()
            }
            (State::Idle, _) => vec![Input::Key(key)],
            (State::Escape, Some('[')) => {
                self.state = State::Control(String::new());
                Vec::new()
            }
            (State::Escape, Some('O')) => {
                self.state = State::Single;
                Vec::new()
            }
            (State::Escape, Some(']')) => {
                self.state = State::Answer(String::new());
                Vec::new()
            }
            // As crossterm itself takes `Esc x` that arrives in one piece.
            (State::Escape, Some(c)) => vec![plain(KeyCode::Char(c), KeyModifiers::ALT)],
            (State::Control(mut held), Some(c)) if held.len() < LONGEST && (' '..='?').contains(&c) => {
                held.push(c);
                self.state = State::Control(held);
                Vec::new()
            }
            (State::Control(held), Some(c)) if ('@'..='~').contains(&c) => {
                if (held.as_str(), c) == ("200", '~') {
                    self.state = State::Paste(String::new());
                    return Vec::new();
                }
                // A sequence without a meaning here (a mouse report, a focus event) is dropped whole.
                decode(&held, c).into_iter().collect()
            }
            (State::Single, Some(c)) => decode("", c).into_iter().collect(),
            (State::Paste(mut text), _) if pasted(key).is_some() => {
                text.extend(pasted(key));
                self.state = State::Paste(text);
                Vec::new()
            }
            (State::Answer(mut held), Some(c)) if held.len() < LONGEST && is_of_answer(c) => {
                held.push(c);
                self.state = State::Answer(held);
                Vec::new()
            }
            (State::Answer(held), _) if is_bell(key) || is_alt(key, '\\') => vec![Input::Answer(held)],
            (State::Answer(held), _) if is_escape(key) && is_surely_answer(&held) => {
                self.state = State::Ending;
                vec![Input::Answer(held)]
            }
            (State::Ending, Some('\\')) => Vec::new(),
            (State::Ending, _) => {
                self.state = State::Escape;
                self.push(key)
            }
            (State::Answer(held), _) if is_surely_answer(&held) => self.push(key),
            (state, _) => {
                self.state = state;
                let mut out = self.flush();
                out.extend(self.push(key));
                out
            }
        }
    }

    /// The moment is over: what is held means itself.
    pub(crate) fn flush(&mut self) -> Vec<Input> {
        let escape = || plain(KeyCode::Esc, KeyModifiers::NONE);
        let chars = |text: &str| {
            text.chars().map(|c| plain(KeyCode::Char(c), KeyModifiers::NONE)).collect::<Vec<_>>()
        };
        match std::mem::take(&mut self.state) {
            State::Idle => Vec::new(),
            State::Escape => vec![escape()],
            State::Control(held) => {
                let mut out = vec![escape()];
                out.extend(chars("["));
                out.extend(chars(&held));
                out
            }
            State::Single => vec![plain(KeyCode::Char('O'), KeyModifiers::ALT)],
            State::Paste(text) => vec![Input::Paste(text)],
            // On a slow line the rest is still to come; as keys it would do who knows what.
            State::Answer(held) if is_surely_answer(&held) => {
                self.state = State::Answer(held);
                Vec::new()
            }
            State::Answer(held) => {
                let mut out = vec![plain(KeyCode::Char(']'), KeyModifiers::ALT)];
                out.extend(chars(&held));
                out
            }
            State::Ending => Vec::new(),
        }
    }
}

fn is_escape(key: KeyEvent) -> bool {
    key.code == KeyCode::Esc && key.modifiers.is_empty()
}

fn is_alt(key: KeyEvent, c: char) -> bool {
    key.code == KeyCode::Char(c) && key.modifiers == KeyModifiers::ALT
}

/// BEL, as crossterm calls it.
fn is_bell(key: KeyEvent) -> bool {
    key.code == KeyCode::Char('g') && key.modifiers == KeyModifiers::CONTROL
}

/// Signs of the answers to what is asked: `11;rgb:ffff/ffff/ffff`.
fn is_of_answer(c: char) -> bool {
    c.is_ascii_hexdigit() || "rgb;:/".contains(c)
}

/// Nobody types this within the moment that `Alt ]` is held.
fn is_surely_answer(held: &str) -> bool {
    held.starts_with("11;")
}

/// The character of a key without control or alt; shift is part of the character.
fn typed(key: KeyEvent) -> Option<char> {
    match key.code {
        KeyCode::Char(c) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => Some(c),
        _ => None,
    }
}

fn pasted(key: KeyEvent) -> Option<char> {
    match key.code {
        KeyCode::Enter => Some('\n'),
        KeyCode::Tab => Some('\t'),
        _ => typed(key),
    }
}

fn plain(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}

/// The key of a sequence, after xterm's table: number and modifiers, then the final letter.
fn decode(held: &str, last: char) -> Option<Input> {
    let mut numbers = held.split(';').map(|n| n.parse::<u8>().ok());
    let first = numbers.next().flatten().unwrap_or(1);
    let bits = numbers.next().flatten().unwrap_or(1).saturating_sub(1);
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)] {
        if bits & bit != 0 {
            modifiers |= modifier;
        }
    }
    let code = match (last, first) {
        ('A', _) => KeyCode::Up,
        ('B', _) => KeyCode::Down,
        ('C', _) => KeyCode::Right,
        ('D', _) => KeyCode::Left,
        ('H', _) | ('~', 1 | 7) => KeyCode::Home,
        ('F', _) | ('~', 4 | 8) => KeyCode::End,
        ('Z', _) => KeyCode::BackTab,
        ('P', _) | ('~', 11) => KeyCode::F(1),
        ('Q', _) | ('~', 12) => KeyCode::F(2),
        ('R', _) | ('~', 13) => KeyCode::F(3),
        ('S', _) | ('~', 14) => KeyCode::F(4),
        ('~', 15) => KeyCode::F(5),
        ('~', n @ 17..=21) => KeyCode::F(n - 11),
        ('~', n @ 23..=24) => KeyCode::F(n - 12),
        ('~', 2) => KeyCode::Insert,
        ('~', 3) => KeyCode::Delete,
        ('~', 5) => KeyCode::PageUp,
        ('~', 6) => KeyCode::PageDown,
        _ => return None,
    };
    Some(plain(code, modifiers))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds characters (`\x1b` is the key `Esc`); `|` lets the moment pass.
    fn run(input: &str) -> String {
        let mut assembler = Assembler::default();
        let mut out = Vec::new();
        for c in input.chars() {
            out.extend(match c {
                '|' => assembler.flush(),
                '\x1b' => assembler.push(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)),
                '\n' => assembler.push(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)),
                '\x07' => assembler.push(KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL)),
                // `Esc ]` and `Esc \` in one piece.
                '⌥' => assembler.push(KeyEvent::new(KeyCode::Char(']'), KeyModifiers::ALT)),
                '⍀' => assembler.push(KeyEvent::new(KeyCode::Char('\\'), KeyModifiers::ALT)),
                // crossterm says shift with capital letters.
                c if c.is_uppercase() => assembler.push(KeyEvent::new(KeyCode::Char(c), KeyModifiers::SHIFT)),
                c => assembler.push(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)),
            });
        }
        out.extend(assembler.flush());
        let show = |input: Input| match input {
            Input::Key(key) => crate::keymap::KeyChord::from(key).to_string(),
            Input::Paste(text) => format!("paste({text})"),
            Input::Answer(text) => format!("answer({text})"),
        };
        out.into_iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn split_sequences_become_one_key_and_a_lone_escape_stays_one() {
        for (input, expected) in [
            ("a", "a"),
            ("\x1b", "esc"),
            ("\x1b|j", "esc j"),
            ("\x1b[A", "up"),
            ("\x1b[Aj\x1b[B", "up j down"),
            ("\x1bOB", "down"),
            ("\x1b[1;5C", "ctrl-right"),
            ("\x1b[5~", "pageup"),
            ("\x1b[15~", "f5"),
            ("\x1b[24~", "f12"),
            ("\x1b[Z", "shift-tab"),
            ("\x1bb", "alt-b"),
            ("\x1b\x1b", "esc esc"),
            ("\x1b\x1b[A", "esc up"),
            ("\x1b[<0;10;20Mj", "j"),
            ("\x1b[I", ""),
            ("\x1b[1;|", "esc [ 1 ;"),
            ("\x1b[\nj", "esc [ enter j"),
            ("\x1b[200~one\ntwo|q", "paste(one\ntwo) q"),
        ] {
            assert_eq!(run(input), expected, "{input:?}");
        }
    }

    #[test]
    fn answers_of_the_terminal_are_no_keys_however_they_are_cut() {
        let rgb = "11;rgb:ffff/FFFF/e0e0";
        let answer = format!("answer({rgb})");
        for (input, expected) in [
            (format!("⌥{rgb}\x07j"), format!("{answer} j")),
            (format!("⌥{rgb}⍀j"), format!("{answer} j")),
            (format!("\x1b]{rgb}\x1b\\j"), format!("{answer} j")),
            ("\x1b]11;rgb:ff|ff/ff|ff/ffff\x07j".to_owned(), "answer(11;rgb:ffff/ffff/ffff) j".to_owned()),
            (format!("\x1b]{rgb}\x1b[A"), format!("{answer} up")),
            // The end never came: what is pressed then is a key again.
            ("⌥11;rgb:ff|qj".to_owned(), "q j".to_owned()),
            ("⌥|j".to_owned(), "alt-] j".to_owned()),
            ("⌥1|j".to_owned(), "alt-] 1 j".to_owned()),
            ("⌥q".to_owned(), "alt-] q".to_owned()),
        ] {
            assert_eq!(run(&input), expected, "{input:?}");
        }
    }

    #[test]
    fn an_endless_sequence_is_given_back() {
        let text = format!("\x1b[{}x", "1".repeat(40));
        assert!(run(&text).starts_with("esc [ 1 1"));
    }
}
