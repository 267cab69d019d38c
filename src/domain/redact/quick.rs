//! Whether a JSON text holds anything at all that looks secret, without taking it apart: one search for
//! telling signs over the whole text, one walk over its strings. Most payloads hold nothing; those are most
//! of the work of taking in a million assets.
//!
//! Errs on the safe side: what it does not understand is said to be worth a closer look.

use super::{Redactor, names, patterns, strings};

/// The first fields of the pairs that [`patterns`] knows: what stands in them names the other one.
const NAMING: [&str; 8] =
    ["name", "Name", "key", "Key", "ParameterKey", "OptionName", "OutputKey", "ParameterName"];

/// Names of this length and more are looked through like values.
const LONG_NAME: usize = 16;

/// A string of the text, quotes left out.
struct Token<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    escaped: bool,
}

/// Whether nothing in a JSON text looks secret, so that redacting it would leave it as it is.
pub(super) fn is_clean(redactor: &Redactor, json: &str) -> bool {
    let Some(mut signs) = strings::signs(json) else { return false };
    let mut sign = signs.next();
    let links = memchr::memchr(b'@', json.as_bytes()).is_some() && json.contains("://");
    let mut name: Option<Token<'_>> = None;
    let mut from = 0;
    // Where the last list of arguments that was looked at ends.
    let mut arguments = 0;
    while let Some(token) = next(json, from) {
        let Ok(token) = token else { return false };
        from = token.end + 1;
        let after = json.as_bytes()[from..].iter().position(|b| !b.is_ascii_whitespace()).map(|n| from + n);
        let is_name = after.is_some_and(|at| json.as_bytes()[at] == b':');
        while sign.is_some_and(|at| at < token.start) {
            sign = signs.next();
        }
        let signed = sign.is_some_and(|at| at < token.end);
        if is_name {
            let value = json.as_bytes()[from..]
                .iter()
                .skip_while(|b| b.is_ascii_whitespace())
                .skip(1)
                .find(|b| !b.is_ascii_whitespace());
            if token.escaped
                || names::secret(token.text).is_some()
                    && (matches!(value, Some(b'['))
                        || matches!(value, Some(b'{')) && !is_plain_object(&json[from..]))
                || (token.text.len() >= LONG_NAME
                    && is_close(token.text, signed || (links && token.text.contains('@')))
                    && patterns::redact_text(redactor, token.text).is_some())
            {
                return false;
            }
            from = after.map_or(from, |at| at + 1);
            // What stands in between is no string: the name belongs to the next value only if that is one.
            name = matches!(value, Some(b'"')).then_some(token);
            continue;
        }
        let of = name.take().map_or("", |t| t.text);
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
        } else {
            let telling = signed || (links && token.text.contains('@'));
            if !value_is_clean(redactor, of, token.text, telling) {
                return false;
            }
        }
    }
    true
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

/// `telling`: a sign was seen in it, so that patterns have to run.
fn value_is_clean(redactor: &Redactor, name: &str, text: &str, telling: bool) -> bool {
    if NAMING.contains(&name) && names::secret(text).is_some() {
        return false;
    }
    let close = is_close(text, telling) || names::secret(name).is_some() || names::is_header(name);
    !close || patterns::redact_field(redactor, name, text).is_none()
}

/// Whether patterns have to run over a text: a sign was seen in it, or it may be JSON or a command.
fn is_close(text: &str, telling: bool) -> bool {
    telling
        || matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'[' | b'-'))
        || text.bytes().any(|b| b == b'\'' || b.is_ascii_whitespace())
        || text.contains("/-")
}

/// The next string at or after a place; an error where the text is no JSON.
fn next(json: &str, from: usize) -> Option<Result<Token<'_>, ()>> {
    let bytes = json.as_bytes();
    let start = from + memchr::memchr(b'"', bytes.get(from..)?)? + 1;
    let (mut at, mut escaped) = (start, false);
    loop {
        let Some(step) = memchr::memchr2(b'"', b'\\', &bytes[at..]) else { return Some(Err(())) };
        at += step;
        if bytes[at] == b'"' {
            return Some(Ok(Token { text: &json[start..at], start, end: at, escaped }));
        }
        escaped = true;
        at += 2;
        if at > bytes.len() {
            return Some(Err(()));
        }
    }
}
