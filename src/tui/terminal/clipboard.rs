//! OSC 52: asks the terminal to put text on its clipboard, also through tmux and GNU screen. Over SSH
//! this is the only clipboard that is the user's own.

use super::surroundings::Surroundings;

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// GNU screen cuts longer strings off; each part goes through by itself.
const SCREEN_PART: usize = 240;

/// The bytes that ask for it.
pub(crate) fn copy(text: &str, around: Surroundings) -> Vec<u8> {
    let plain = format!("\x1b]52;c;{}\x07", base64(text.as_bytes()));
    if around.tmux {
        // tmux takes the plain form where `set-clipboard` is on, the wrapped one where passthrough is.
        return format!("{plain}\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")).into_bytes();
    }
    if around.screen {
        let mut out = Vec::new();
        for part in plain.as_bytes().chunks(SCREEN_PART) {
            out.extend_from_slice(b"\x1bP");
            out.extend_from_slice(part);
            out.extend_from_slice(b"\x1b\\");
        }
        return out;
    }
    plain.into_bytes()
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().enumerate().fold(0_u32, |n, (i, b)| n | u32::from(*b) << (16 - 8 * i));
        for i in 0..4 {
            if i <= chunk.len() {
                out.push(char::from(LETTERS[(n >> (18 - 6 * i) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Depth;

    const PLAIN: Surroundings =
        Surroundings { depth: Depth::TrueColor, dark: None, tmux: false, screen: false };

    #[test]
    fn the_vectors_of_rfc_4648() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }

    #[test]
    fn wrapped_for_tmux_and_cut_for_screen() {
        assert_eq!(copy("foo", PLAIN), b"\x1b]52;c;Zm9v\x07");
        let tmux = copy("foo", Surroundings { tmux: true, ..PLAIN });
        assert_eq!(tmux, b"\x1b]52;c;Zm9v\x07\x1bPtmux;\x1b\x1b]52;c;Zm9v\x07\x1b\\");
        let screen = copy(&"x".repeat(600), Surroundings { screen: true, ..PLAIN });
        assert_eq!(screen.windows(2).filter(|w| w == b"\x1bP").count(), 4);
    }

    #[test]
    fn no_text_ends_the_sequence_early() {
        let bytes = copy("\x07\x1b\\\u{9c}", PLAIN);
        assert_eq!(bytes.iter().filter(|b| **b < 0x20).count(), 2);
    }
}
