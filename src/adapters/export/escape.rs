//! Makes foreign text harmless in files: JSON whose every hostile character is an escape (so that
//! nothing is lost and nothing acts), and cells that a spreadsheet will not run.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use cloudscope_domain::text::{all, is_hostile, is_plain, visible};
use serde::Serialize;
use serde_json::ser::Formatter;

/// Compact JSON in which every control, C1, BiDi and invisible character is `\uXXXX`.
///
/// serde_json escapes only what JSON demands: it would pass U+202E, U+009B and DEL through, and a raw
/// payload (`RawValue`) is copied as it is, line breaks included.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        escaped(writer, fragment, Controls::Escape)
    }

    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        escaped(writer, fragment, Controls::Drop)
    }
}

/// What becomes of the characters below U+0020. Valid JSON has them only between tokens, as white
/// space, so in JSON text they may go or stay, and in the inside of a string they are escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Controls {
    Escape,
    Drop,
    Keep,
}

fn escaped<W: ?Sized + Write>(writer: &mut W, text: &str, controls: Controls) -> io::Result<()> {
    // Nearly all text is plain ASCII: one pass over the bytes and one write.
    if is_plain(text) {
        return writer.write_all(text.as_bytes());
    }
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        if !is_hostile(c) || (controls == Controls::Keep && c < ' ') {
            continue;
        }
        writer.write_all(&text.as_bytes()[plain..at])?;
        plain = at + c.len_utf8();
        if controls == Controls::Drop && c < ' ' {
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(writer, "\\u{unit:04x}")?;
        }
    }
    writer.write_all(&text.as_bytes()[plain..])
}

/// Writes a value as safe JSON on one line.
pub(crate) fn write_json<W: Write, T: Serialize + ?Sized>(writer: W, value: &T) -> serde_json::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(writer, Safe))
}

/// Appends a value as safe JSON on one line; nothing when it cannot be written as JSON, which presences and JSON
/// values always can.
pub(crate) fn value<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let before = out.len();
    if write_json(&mut *out, value).is_err() {
        out.truncate(before);
    }
}

/// Whether a text is printable ASCII of which JSON escapes nothing, as nearly all is.
pub(crate) fn is_bare(text: &str) -> bool {
    all(text, |b| (0x20..0x7f).contains(&b) & (b != b'"') & (b != b'\\'))
}

/// Appends a text as a safe JSON string.
pub(crate) fn text(out: &mut Vec<u8>, text: &str) {
    if !is_bare(text) {
        return value(out, text);
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// Appends text that is JSON already, safe and on one line.
pub(crate) fn json(out: &mut Vec<u8>, text: &str) {
    // Memory takes everything.
    let _ = escaped(out, text.trim_matches([' ', '\t', '\n', '\r']), Controls::Drop);
}

/// A value as safe JSON over several lines, ending in a line break: for a manifest that people read.
pub(crate) fn json_lines<T: Serialize>(value: &T) -> serde_json::Result<Vec<u8>> {
    let text = serde_json::to_string_pretty(value)?;
    let mut out = Vec::with_capacity(text.len() + 1);
    escaped(&mut out, &text, Controls::Keep).map_err(serde_json::Error::io)?;
    out.push(b'\n');
    Ok(out)
}

/// A cell for a spreadsheet: hostile characters shown, and an apostrophe before what it would run.
///
/// Spreadsheets run cells that begin with `=`, `+`, `-`, `@` (or their full-width forms), and strip
/// white space and quotes before they look; a leading tab or carriage return is stripped as well
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
#[must_use]
pub fn neutralise(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        // The same as below, byte by byte.
        let first = text.bytes().find(|b| !matches!(b, b' ' | b'"' | b'\'' | b'`'));
        return match first {
            Some(b'=' | b'+' | b'-' | b'@') => Cow::Owned(format!("'{text}")),
            _ => Cow::Borrowed(text),
        };
    }
    slow(text)
}

fn slow(text: &str) -> Cow<'_, str> {
    let shown = visible(text);
    if runs(text) || runs(&shown) { Cow::Owned(format!("'{shown}")) } else { shown }
}

fn runs(text: &str) -> bool {
    if text.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    text.chars()
        .find(|c| {
            !c.is_whitespace() && !is_hostile(*c) && !matches!(c, '"' | '\'' | '`' | '“' | '”' | '‘' | '’')
        })
        .is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn what_a_spreadsheet_would_run_is_neutralised() {
        for cell in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            "  =1",
            "\u{a0}=1",
            "\u{3000}＝1",
            "\"=1",
            "' =1",
            "\u{200b}=1",
            "\t=1",
            "\tx",
            "\rx",
            "\r=1",
        ] {
            assert!(neutralise(cell).starts_with('\''), "{cell:?}");
        }
        for cell in ["", "web-1", "a=b", "10.0.0.1", "'quoted'", "1-2"] {
            assert_eq!(neutralise(cell), cell);
        }
    }

    fn of(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn a_text_is_written_as_serde_json_does(s in "(?s:.)*|[ -~]{0,40}") {
            prop_assert_eq!(of(|out| text(out, &s)), of(|out| super::value(out, s.as_str())));
        }

        #[test]
        fn a_cell_is_never_run_and_never_hostile(s in "(?s:.)*|[-=+@\"'` a]*") {
            let cell = neutralise(&s);
            prop_assert_eq!(&cell, &slow(&s));
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r']));
            prop_assert!(!cell.chars().any(is_hostile));
        }

        #[test]
        fn json_is_lossless_and_never_hostile(s in "(?s:.)*", key in "(?s:.)*") {
            let value = serde_json::json!({ key: [s] });
            let text = of(|out| super::value(out, &value));
            prop_assert!(!text.chars().any(is_hostile));
            prop_assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), &value);
            let lines = String::from_utf8(json_lines(&value).unwrap()).unwrap();
            prop_assert!(!lines.chars().any(|c| c != '\n' && is_hostile(c)));
            prop_assert_eq!(serde_json::from_str::<Value>(&lines).unwrap(), value);
        }

        #[test]
        fn a_raw_payload_is_lossless_and_on_one_line(s in "(?s:.)*") {
            let value = serde_json::json!({ "a": { "b": s } });
            let pretty = serde_json::to_string_pretty(&value).unwrap().replace("\n  ", "\n\t");
            let pretty = format!("\r\n {pretty}\t\n");
            let payload = cloudscope_domain::Payload::from_text(pretty).unwrap();
            let text = of(|out| json(out, payload.as_str()));
            prop_assert_eq!(&text, &of(|out| super::value(out, &payload)), "as serde_json copies it");
            prop_assert!(!text.chars().any(is_hostile));
            let back: Value = serde_json::from_str(&text).unwrap();
            let plain: Value = serde_json::from_str(payload.as_str()).unwrap();
            prop_assert_eq!(back, plain);
        }
    }
}
