//! Bytes of the kernel as text, so that two different names stay different.
//!
//! File names, arguments and socket paths need not be UTF-8. Invalid bytes become `\xNN`; a backslash
//! that would read like such an escape becomes `\x5c`; everything else stays as it is.

use std::{fmt::Write as _, os::unix::ffi::OsStrExt, path::Path};

/// The text that stands for these bytes and for no others.
pub(crate) fn lossless(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        push_valid(&mut out, chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

fn push_valid(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let looks_escaped =
            matches!(from.as_bytes(), [_, b'x', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
        out.push_str(if looks_escaped { "\\x5c" } else { "\\" });
        rest = &from[1..];
    }
    out.push_str(rest);
}

/// A path as text.
pub(crate) fn path_text(path: &Path) -> String {
    lossless(path.as_os_str().as_bytes())
}

/// `1 process`, `2 processes`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads the escapes back, which only works if the text stands for one sequence of bytes.
    fn bytes_of(text: &str) -> Vec<u8> {
        let bytes = text.as_bytes();
        let mut out = Vec::new();
        let mut i = 0;
        while i < bytes.len() {
            let escape = (bytes[i] == b'\\' && bytes.get(i + 1) == Some(&b'x'))
                .then(|| text.get(i + 2..i + 4))
                .flatten()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok());
            out.push(escape.unwrap_or(bytes[i]));
            i += if escape.is_some() { 4 } else { 1 };
        }
        out
    }

    #[test]
    fn readable_text_stays_readable() {
        assert_eq!(lossless(b"dev-disk"), "dev-disk");
        assert_eq!(lossless("名/ü".as_bytes()), "名/ü");
        assert_eq!(lossless(b"a\\b \\x zz"), "a\\b \\x zz");
        assert_eq!(lossless(b"\xff\xc3"), "\\xff\\xc3");
        assert_eq!(lossless(b"\\x2d"), "\\x5cx2d");
    }

    proptest! {
        #[test]
        fn every_sequence_of_bytes_has_a_text_of_its_own(bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), Just(b'\\'), Just(b'x'), Just(b'5'), Just(b'c'), Just(0xff)], 0..40)) {
            prop_assert_eq!(bytes_of(&lossless(&bytes)), bytes);
        }
    }
}
