//! Whether a JSON text holds anything at all that looks secret, without taking it apart: one search for
//! telling signs over the whole text, one walk over its strings. Most payloads hold nothing; those are most
//! of the work of taking in a million assets.
//!
//! Errs on the safe side: what it does not understand is said to be worth a closer look.

mod scan;

use super::{Redactor, names, patterns, strings};
pub(super) use scan::is_plain;
use scan::{Token, next};

/// The first fields of the pairs that [`patterns`] knows: what stands in them names the other one.
const NAMING: [&str; 8] =
    ["name", "Name", "key", "Key", "ParameterKey", "OptionName", "OutputKey", "ParameterName"];

/// Names of this length and more are looked through like values.
const LONG_NAME: usize = 16;

/// The name of a field, and whether that is one of secrets.
#[derive(Clone, Copy, Default)]
struct Name<'a> {
    text: &'a str,
    secret: bool,
}

/// Whether nothing in a JSON text looks secret, so that redacting it would leave it as it is.
pub(super) fn is_clean(redactor: &Redactor, json: &str) -> bool {
    let bytes = json.as_bytes();
    let links = memchr::memchr(b'@', bytes).is_some() && json.contains("://");
    let mut name = Name::default();
    let mut from = 0;
    // Where the last list of arguments that was looked at ends.
    let mut arguments = 0;
    while let Some(token) = next(json, from) {
        let Ok(token) = token else { return false };
        from = token.end + 1;
        let after = bytes[from..].iter().position(|b| !b.is_ascii_whitespace()).map(|n| from + n);
        if let Some(colon) = after.filter(|at| bytes[*at] == b':') {
            let value = bytes[colon + 1..].iter().find(|b| !b.is_ascii_whitespace());
            let secret = names::secret(token.text).is_some();
            if token.escaped
                || secret
                    && (matches!(value, Some(b'['))
                        || matches!(value, Some(b'{')) && !is_plain_object(&json[from..]))
                || (token.text.len() >= LONG_NAME
                    && is_close(&token, links)
                    && patterns::redact_text(redactor, token.text).is_some())
            {
                return false;
            }
            from = colon + 1;
            // What stands in between is no string: the name belongs to the next value only if that is one.
            name = match value {
                Some(b'"') => Name { text: token.text, secret },
                _ => Name::default(),
            };
            continue;
        }
        let of = std::mem::take(&mut name);
        if token.text.starts_with('-') && token.text.len() > 1 && token.start >= arguments {
            match clean_arguments(redactor, json, &token) {
                Some(end) => arguments = end,
                None => return false,
            }
        }
        if token.escaped {
            let Ok(plain) = serde_json::from_str::<String>(&json[token.start - 1..=token.end]) else {
                return false;
            };
            // An argument, perhaps, whose list is not worth looking for.
            let argument = plain.starts_with('-') && plain.len() > 1;
            if argument && token.start >= arguments || !value_is_clean(redactor, of, &plain, true) {
                return false;
            }
        } else if !value_is_clean(redactor, of, token.text, is_close(&token, links)) {
            return false;
        }
    }
    true
}

/// Whether nothing in the fields of one object looks secret, their names included. May say `false` of fields that
/// turn out to be clean.
pub(super) fn are_plain<'a>(mut fields: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
    fields.all(|(name, text)| {
        is_plain(name)
            && is_plain(text)
            && names::secret(name).is_none()
            && !names::is_header(name)
            && !(NAMING.contains(&name) && names::secret(text).is_some())
    })
}

/// Where the list ends that an argument stands in, when it is a command without secrets as a whole. What is
/// not plainly a list of texts is not looked into.
fn clean_arguments(redactor: &Redactor, json: &str, argument: &Token<'_>) -> Option<usize> {
    let start = memchr::memrchr(b'[', &json.as_bytes()[..argument.start])?;
    let end = argument.end + memchr::memchr(b']', &json.as_bytes()[argument.end..])? + 1;
    let arguments: Vec<String> = serde_json::from_str(&json[start..end]).ok()?;
    (patterns::redact_command_line(redactor, &arguments) == arguments).then_some(end)
}

/// Whether an object behind the name of a secret holds no text that the name speaks of: `{"path":"token"}`.
/// Only objects without others in them are looked into.
fn is_plain_object(after_name: &str) -> bool {
    const HOLDERS: [&str; 5] = ["\"value\"", "\"Value\"", "\"plainText\"", "\"PlainText\"", "\"plaintext\""];
    let Some(start) = after_name.find('{') else { return false };
    let inside = &after_name[start + 1..];
    let Some(end) = inside.find('}') else { return false };
    let inside = &inside[..end];
    // An even number of quotes without escapes: the brace stands outside of texts.
    !inside.contains(['{', '[', '\\'])
        && inside.bytes().filter(|b| *b == b'"').count() % 2 == 0
        && !HOLDERS.iter().any(|holder| inside.contains(holder))
}

/// `close`: patterns have to run over it, whatever its name is.
fn value_is_clean(redactor: &Redactor, name: Name<'_>, text: &str, close: bool) -> bool {
    if NAMING.contains(&name.text) && names::secret(text).is_some() {
        return false;
    }
    let close = close || name.secret || names::is_header(name.text);
    !close || patterns::redact_field(redactor, name.text, text).is_none()
}

/// Whether patterns have to run over a text: it has a sign, or it may be JSON, a command or a link with a password.
fn is_close(token: &Token<'_>, links: bool) -> bool {
    token.is_odd()
        || (links && token.has_at())
        || token.may_have_sign() && (strings::has_sign(token.text) || token.text.contains("/-"))
}
