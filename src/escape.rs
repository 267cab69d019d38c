//! JSON that may be shown: what could steer a terminal is escaped, losslessly. Used by the command line
//! and by the log; knows neither.

use cloudscope_domain::text::is_hostile;

/// Escapes what may not be shown inside JSON text; line breaks between tokens stay.
pub(crate) fn escape(json: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hostile(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}
