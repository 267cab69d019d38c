//! Texts as they have to be written in a filter to stand for themselves.

/// Whether a character stands for itself anywhere inside a value.
pub(super) fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "-_./@%+#".contains(c)
}

/// A text as a value: in quotes where something in it would mean something else.
pub(super) fn quoted_if_needed(text: &str) -> String {
    let bare =
        !text.is_empty() && text.chars().all(is_plain) && !(text.starts_with('/') && text.ends_with('/'));
    if bare {
        return text.to_owned();
    }
    let mut out = String::from('"');
    for c in text.chars() {
        if c == '"' || c == '\\' {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}
