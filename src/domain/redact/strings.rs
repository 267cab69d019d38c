//! Finds secrets in one text, without regard to where it stands: by form, in links, behind names.
//!
//! A text without a telling sign costs one scan; the patterns behind a sign run only where it is seen.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::{Redactor, assignments, edits::Edits, formats, links};

/// Adds what it finds in a text.
type Find = fn(&str, &mut Edits);

/// Where a secret may be near. One alternative for each row of `SIGNS`.
const SIGNS: [(&str, Find); 5] = [
    ("-----BEGIN ", formats::private_keys),
    (
        "AKIA|ASIA|eyJ|gh[pousr]_|github_pat_|gl[a-z]{1,5}[-_]|xox|xapp-|slack\\.com|[sr]k_|whsec_|AIza|ya29|GOCSPX|npm_|pypi-|sk-|hf_|do[opr]_v1|hv[sb]\\.|SG\\.|dckr_|shp|dapi|AGE-",
        formats::tokens,
    ),
    ("(?i-u:sig=|signature=|security-token=)", links::signatures),
    ("(?i-u:authorization|bearer|cookie)", assignments::headers),
    ("(?i-u:pass|pwd|psk|secret|token|key|bearer|credential|conn)", assignments::named),
];

static ANY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let all: Vec<String> = SIGNS.iter().map(|(sign, _)| format!("(?:{sign})")).collect();
    Regex::new(&all.join("|")).ok()
});

static EACH: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(SIGNS.map(|(sign, _)| sign)).ok());

/// Shorter texts hold neither a token nor a name with a value.
const SHORTEST: usize = 5;

/// One round over a text; `None` when nothing was found. A second round may find what the first one
/// laid bare.
pub(super) fn round(redactor: &Redactor, text: &str) -> Option<String> {
    if text.len() < SHORTEST {
        return None;
    }
    // Links are everywhere; those with a password have an `@`.
    let link = text.contains('@') && text.contains("://");
    let sign = ANY.as_ref().is_none_or(|any| any.is_match(text));
    if !link && !sign {
        return None;
    }
    let mut edits = Edits::of(text);
    if link {
        links::passwords(text, &mut edits);
    }
    if sign {
        let signs = EACH.as_ref().map(|each| each.matches(text));
        for (at, (_, find)) in SIGNS.iter().enumerate() {
            if signs.as_ref().is_none_or(|s| s.matched(at)) {
                find(text, &mut edits);
            }
        }
    }
    edits.apply(redactor, text)
}

/// Whether a sign stands in a text, links left aside; so it is where that cannot be told.
pub(super) fn has_sign(text: &str) -> bool {
    ANY.as_ref().is_none_or(|any| any.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert!(ANY.is_some() && EACH.is_some());
    }
}
