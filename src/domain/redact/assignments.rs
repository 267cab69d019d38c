//! Secrets that stand behind their name in a text: `password=...`, `"token": "..."`, `Pwd=...;`,
//! `Authorization: Bearer ...`. The name decides (see `names`), the value may look like anything.

use std::sync::LazyLock;

use regex::Regex;

use super::{edits::Edits, names};

/// A name that has a telling word in it, and what stands between it and its value. Whether the name
/// is a secret's is decided afterwards.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = "pass|pwd|psk|secret|token|key|bearer|credential|conn";
    Regex::new(&format!(
        r#"(?i-u:([a-z0-9_.\-]*(?:{words})[a-z0-9_\-]*(?: (?:key|string|token))?)(\\*["'])?[ \t]*(=>|:=|=|:)[ \t]*(\\*["'])?)"#
    ))
    .ok()
});

/// The credentials of an HTTP header, with its scheme or without.
static AUTHORIZATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let schemes = "bearer|basic|token|digest|negotiate|apikey|splunk|ssws|sso-key";
    Regex::new(&format!(
        r#"(?i)\bauthorization\\*["']?[ \t]*[:=][ \t]*\\*["']?(?:({schemes})[ \t]+)?([^\s"'\\]+)"#
    ))
    .ok()
});

/// A bearer token without its header.
static BEARER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bbearer[ \t]+([a-z0-9._~+/=-]{16,})").ok());

/// `Cookie: ...` and `Set-Cookie: ...` to the end of the line.
static COOKIE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)\b(?:set-)?cookie:[ \t]*([^\r\n"']+)"#).ok());

/// Values behind the names of secrets.
pub(super) fn named(text: &str, edits: &mut Edits) {
    let Some(named) = &*NAMED else { return };
    let mut from = 0;
    while let Some(found) = named.captures_at(text, from) {
        let (Some(all), Some(name), Some(separator)) = (found.get(0), found.get(1), found.get(3)) else {
            return;
        };
        from = all.end();
        let Some(why) = names::secret(name.as_str()).or_else(|| alone(name.as_str())) else { continue };
        let opened = found.get(4).map(|m| m.as_str());
        let value = match opened {
            Some(quote) => quoted(&text[all.end()..], quote),
            None if separator.as_str() == ":" && !spaced(text, separator.end()) => continue,
            None => bare(&text[all.end()..]),
        };
        let range = all.end()..all.end() + value;
        let secret = &text[range.clone()];
        if names::harmless(secret) {
            continue;
        }
        if opened.is_none() && separator.as_str() == ":" && is_prose(text, name.start(), &range) {
            continue;
        }
        from = range.end;
        edits.add(range, why);
    }
}

/// `Pwd=...` of a connection string; a directory is no password, and is kept by its slash.
fn alone(name: &str) -> Option<&'static str> {
    (name == "Pwd" || name == "pwd").then_some("password")
}

/// In YAML and in headers a blank follows the colon; in `arn:...:secret:name` none does.
fn spaced(text: &str, at: usize) -> bool {
    text[at..].starts_with([' ', '\t'])
}

/// `invalid token: expected a string`: behind a colon a plain word is a secret only when name and
/// value make up the line.
fn is_prose(text: &str, name: usize, value: &std::ops::Range<usize>) -> bool {
    let word = &text[value.clone()];
    let plain = word.bytes().all(|b| b.is_ascii_lowercase()) || word.len() < 4;
    // Only as far as the blanks go: looking for the ends of the line each time would be quadratic.
    let before = text[..name].trim_end_matches([' ', '\t', '-']);
    let after = text[value.end..].trim_start_matches([' ', '\t', '\r']);
    let whole_line =
        (before.is_empty() || before.ends_with('\n')) && (after.is_empty() || after.starts_with('\n'));
    plain && !whole_line
}

/// The length of a value up to the quote that opened it, or to the end.
fn quoted(rest: &str, quote: &str) -> usize {
    let escapes = quote.len() - 1;
    let mark = &quote[escapes..];
    let mut at = 0;
    while let Some(i) = rest[at..].find(mark) {
        let close = at + i;
        let backslashes = rest[..close].bytes().rev().take_while(|b| *b == b'\\').count();
        // A quote behind as many backslashes as the opening one closes; behind more it is a part.
        if backslashes <= escapes || (escapes == 0 && backslashes % 2 == 0) {
            return close - backslashes.min(escapes);
        }
        at = close + 1;
    }
    rest.len()
}

/// Longer is no placeholder; the bound keeps a text of many open braces linear.
const LONGEST_PLACEHOLDER: usize = 512;

/// The length of a value without quotes: to a blank, a quote, or what separates fields. A comma ends
/// it only before another `name=`, because passwords have commas.
fn bare(rest: &str) -> usize {
    let mut closed = 0;
    for (open, close) in [("${", "}"), ("$(", ")"), ("{{", "}}")] {
        // What stands inside of a placeholder ends nothing.
        if rest.starts_with(open)
            && let Some(end) =
                super::head(rest, LONGEST_PLACEHOLDER).lines().next().and_then(|l| l.find(close))
        {
            closed = end + close.len();
        }
    }
    for (at, c) in rest.char_indices().filter(|(at, _)| *at >= closed) {
        let ends = match c {
            '"' | '\'' | '`' | ';' | '&' | '<' | '>' | '|' => true,
            ')' | ']' | '}' => rest[at + 1..].chars().next().is_none_or(|n| n.is_whitespace() || n == ','),
            ',' => another_field(&rest[at + 1..]),
            c => c.is_whitespace() || c == '\\' && rest[at + 1..].starts_with(['n', 'r', '"', '\'']),
        };
        if ends {
            return at;
        }
    }
    rest.len()
}

fn another_field(rest: &str) -> bool {
    let rest = rest.trim_start();
    let name = rest
        .bytes()
        .take(64)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'"' | b'\''))
        .count();
    rest.is_empty() || (name > 0 && rest[name..].trim_start().starts_with(['=', ':']))
}

/// Credentials of HTTP headers.
pub(super) fn headers(text: &str, edits: &mut Edits) {
    if let Some(authorization) = &*AUTHORIZATION {
        for found in authorization.captures_iter(text) {
            let Some(secret) = found.get(2) else { continue };
            let sure = found.get(1).is_some() || token_like(secret.as_str());
            if sure && !names::harmless(secret.as_str()) {
                edits.add(secret.range(), "authorization");
            }
        }
    }
    for (regex, why) in [(&*BEARER, "token"), (&*COOKIE, "cookie")] {
        for found in regex.iter().flat_map(|r| r.captures_iter(text)) {
            let Some(secret) = found.get(1) else { continue };
            let sure = why == "cookie" || token_like(secret.as_str());
            if sure && !names::harmless(secret.as_str()) {
                edits.add(secret.range(), why);
            }
        }
    }
}

/// Long, and not a word: `AWS_IAM` and `authentication-required` are none.
fn token_like(text: &str) -> bool {
    text.len() >= 16 && text.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert!([&*NAMED, &*AUTHORIZATION, &*BEARER, &*COOKIE].iter().all(|r| r.is_some()));
    }
}
