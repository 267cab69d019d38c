//! Addresses of Terraform: how an index is printed, and an address without its keys. The quoting is
//! Terraform's own (internal/addrs, `toHCLQuotedString`), so that an address can be pasted into
//! `terraform state show`.

use serde_json::Value;

/// `[0]` or `["key"]`
pub(crate) fn index(key: &Value) -> String {
    match key {
        Value::String(text) => format!("[{}]", quoted(text)),
        other => format!("[{other}]"),
    }
}

/// A string as HCL writes it.
fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // `${` and `%{` would start a template.
            '$' | '%' if rest.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            _ if is_printable(c) => out.push(c),
            _ if (c as u32) < 0x10000 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            _ => {
                let _ = write!(out, "\\U{:08x}", c as u32);
            }
        }
    }
    out.push('"');
    out
}

/// Go's `unicode.IsPrint`, as far as it matters: no controls, no formatting, no space but the plain one.
fn is_printable(c: char) -> bool {
    let format = matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}');
    let private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
    c == ' ' || !(c.is_control() || c.is_whitespace() || format || private)
}

/// The steps of a module path with their keys: `module.a["x"].module.b` is `a` with `["x"]`, and `b`.
pub(crate) fn module_steps(path: &str) -> Vec<(&str, &str)> {
    let mut steps = Vec::new();
    let mut rest = path;
    while let Some(step) = rest.strip_prefix("module.") {
        let name_end = step.find(['.', '[']).unwrap_or(step.len());
        let (name, after) = step.split_at(name_end);
        let key_end = key_end(after);
        steps.push((name, &after[..key_end]));
        rest = after[key_end..].strip_prefix('.').unwrap_or_default();
    }
    steps
}

/// The length of the `[...]` that a text starts with. A key may hold quotes, dots and brackets.
fn key_end(text: &str) -> usize {
    if !text.starts_with('[') {
        return 0;
    }
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// An address without any key: what a dependency names.
pub(crate) fn without_keys(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    let mut rest = address;
    while let Some(at) = rest.find('[') {
        out.push_str(&rest[..at]);
        rest = &rest[at + key_end(&rest[at..])..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn indexes_print_as_terraform_prints_them() {
        assert_eq!(index(&json!(0)), "[0]");
        assert_eq!(index(&json!("say \"hi\"")), r#"["say \"hi\""]"#);
        assert_eq!(index(&json!("${z} %{y} $x")), r#"["$${z} %%{y} $x"]"#);
        assert_eq!(index(&json!("a\tb\nc\\")), r#"["a\tb\nc\\"]"#);
        assert_eq!(index(&json!("\u{1b}\u{202e}ü")), r#"["\u001b\u202eü"]"#);
    }

    #[test]
    fn keys_are_found_whatever_is_in_them() {
        let path = r#"module.a["x.y\"]z"].module.b[0].module.c"#;
        assert_eq!(module_steps(path), [("a", r#"["x.y\"]z"]"#), ("b", "[0]"), ("c", "")]);
        assert_eq!(without_keys(path), "module.a.module.b.module.c");
        assert_eq!(without_keys("aws_instance.web"), "aws_instance.web");
    }

    proptest! {
        #[test]
        fn any_key_can_be_taken_off_again(key in "(?s:.{0,20})") {
            let address = format!("module.a{}.x.y", index(&Value::String(key)));
            prop_assert_eq!(without_keys(&address), "module.a.x.y");
        }

        #[test]
        fn any_text_is_taken_apart(text in "[module.a\\[\\]\"\\\\]{0,40}") {
            let _ = (module_steps(&text), without_keys(&text));
        }
    }
}
