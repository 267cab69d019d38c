//! Makes foreign text safe to show. Nothing that a provider wrote reaches a terminal, log, message
//! or table without passing here: control characters, escape sequences and BiDi overrides become
//! visible marks, so that two names that differ only in them look different, and none of them acts.

use std::{borrow::Cow, fmt};

/// Whether a character may not be shown as itself.
#[must_use]
pub fn is_hostile(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text with each hostile character made visible: C0 controls and DEL as their control pictures
/// (`␛`, `␀`), everything else as `<U+202E>`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    // Nearly all text is plain ASCII, which one pass over the bytes tells.
    if is_plain(text) || !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_visible(&mut out, c);
    }
    Cow::Owned(out)
}

/// Whether a text is made of nothing but printable ASCII characters and spaces, none of which is hostile.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    all(text, |b| (0x20..0x7f).contains(&b))
}

/// Whether all bytes of a text are such.
pub fn all(text: &str, good: impl Fn(u8) -> bool + Copy) -> bool {
    // Whole blocks without a way out of their middle, which the compiler turns into a few wide instructions. What is
    // left is looked at as the last such block, some of it twice.
    fn whole<const N: usize>(block: &[u8; N], good: impl Fn(u8) -> bool) -> bool {
        block.iter().fold(true, |all, b| all & good(*b))
    }
    fn blocks<const N: usize>(bytes: &[u8], good: impl Fn(u8) -> bool + Copy) -> Option<bool> {
        let last = bytes.last_chunk::<N>()?;
        Some(bytes.as_chunks::<N>().0.iter().all(|block| whole(block, good)) && whole(last, good))
    }
    let bytes = text.as_bytes();
    let wide = if bytes.len() < 64 { None } else { blocks::<32>(bytes, good) };
    let some = wide.or_else(|| blocks::<16>(bytes, good)).or_else(|| blocks::<8>(bytes, good));
    some.unwrap_or_else(|| bytes.iter().all(|b| good(*b)))
}

/// Appends one character the way [`visible`] shows it.
pub fn push_visible(out: &mut String, c: char) {
    use fmt::Write as _;
    match c {
        '\0'..='\x1f' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{2426}')),
        '\x7f' => out.push('\u{2421}'),
        _ if is_hostile(c) => {
            let _ = write!(out, "<U+{:04X}>", c as u32);
        }
        _ => out.push(c),
    }
}

/// An account as people know it, with its id, since two may be called alike.
#[must_use]
pub fn labelled(account: &str, label: Option<&str>) -> String {
    label.map_or_else(|| account.to_owned(), |label| format!("{label} {account}"))
}

/// Shows a text through [`visible`] in a format string.
#[derive(Clone, Copy, Debug)]
pub struct Visible<'a>(pub &'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&visible(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_become_pictures() {
        assert_eq!(visible("a\x1b[2Jb"), "a␛[2Jb");
        assert_eq!(visible("gpj\u{202e}exe"), "gpj<U+202E>exe");
        assert_eq!(visible("plain-ü-名"), "plain-ü-名");
    }

    proptest! {
        #[test]
        fn nothing_hostile_survives(s in "\\PC*|(?s:.)*") {
            prop_assert!(!visible(&s).chars().any(is_hostile));
        }

        #[test]
        fn each_byte_is_looked_at(len in 0..200_usize, at in 0..200_usize) {
            let mut text = "a".repeat(len);
            prop_assert!(all(&text, |b| b == b'a') && is_plain(&text));
            if at < len {
                text.replace_range(at..=at, "\n");
                prop_assert!(!all(&text, |b| b == b'a') && !is_plain(&text));
            }
        }

        #[test]
        fn harmless_text_is_untouched(s in "[a-zA-Z0-9 äöü名/:._-]*") {
            prop_assert_eq!(visible(&s), s.as_str());
        }
    }
}
