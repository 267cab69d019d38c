//! Passwords in URLs and connection strings, and the signatures of signed links. User, host and path
//! stay readable.

use std::sync::LazyLock;

use regex::Regex;

use super::{edits::Edits, names};

/// What begins a URL that may carry a password: scheme, user, colon.
static USER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"[A-Za-z][A-Za-z0-9+.-]*://[^\s:/?#@"'`«»<>]*:"#).ok());

/// The parameters that are the proof of a signed link.
static SIGNATURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = "sig|signature|x-amz-signature|x-goog-signature|x-amz-security-token";
    Regex::new(&format!(r#"(?i)[?&;](?:{names})=([^\s&;"'«»<>]{{16,}})"#)).ok()
});

/// Nobody has a longer password and host; the bound keeps a text of many URLs linear.
const LONGEST: usize = 1024;

/// Passwords between user and host.
pub(super) fn passwords(text: &str, edits: &mut Edits) {
    let Some(user) = &*USER else { return };
    for found in user.find_iter(text) {
        let rest = super::head(&text[found.end()..], LONGEST);
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '«' | '»' | '<' | '>'))
            .unwrap_or(rest.len());
        if let Some(length) = password(&rest[..end])
            && !names::harmless(&rest[..length])
        {
            edits.add(found.end()..found.end() + length, "password");
        }
    }
}

/// How long the password at the start of `rest` is.
fn password(rest: &str) -> Option<usize> {
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // The last `@` of the authority ends the password: people do not escape one inside it.
    if let Some(at) = rest[..authority].rfind('@') {
        return Some(at);
    }
    // No `@` before the path: either this was a port, or the password has an unescaped `/?#`.
    let port = rest[..authority].bytes().all(|b| b.is_ascii_digit());
    if port { None } else { rest.find('@') }
}

/// Signatures of signed links.
pub(super) fn signatures(text: &str, edits: &mut Edits) {
    let Some(signature) = &*SIGNATURE else { return };
    for found in signature.captures_iter(text) {
        if let Some(secret) = found.get(1) {
            edits.add(secret.range(), "signature");
        }
    }
}
