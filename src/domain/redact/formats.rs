//! Secrets that are known by their own form: private keys, and the tokens that vendors give a prefix.
//!
//! Sources of the forms: each vendor's documentation of its token prefixes. Digests, UUIDs, ARNs,
//! certificates and public keys have none of these forms.

use std::sync::LazyLock;

use regex::Regex;

use super::edits::Edits;

struct Format {
    why: &'static str,
    regex: Regex,
}

/// Pattern and why. The secret is group 1 where there is one, else the whole match. No pattern can
/// match `«` or `»`, so that no mark is ever part of a match.
const FORMATS: [(&str, &str); 27] = [
    // The secret key that stands next to its id, before the id itself is replaced.
    (
        "aws-secret-key",
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9/+=«»]{1,8}([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)",
    ),
    ("aws-access-key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("jwt", r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){1,3}"),
    ("github-token", r"\bgh[pousr]_[A-Za-z0-9]{30,}"),
    ("github-token", r"\bgithub_pat_[A-Za-z0-9_]{22,}"),
    ("gitlab-token", r"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|oas|agent|imt)-[A-Za-z0-9_=.-]{20,}"),
    ("slack-token", r"\bxox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}"),
    ("slack-token", r"\bxapp-[0-9]-[A-Za-z0-9-]{10,}"),
    ("slack-webhook", r"\bhooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_-]{16,})"),
    ("stripe-key", r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("stripe-key", r"\bwhsec_[A-Za-z0-9+/=]{20,}"),
    ("google-key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("google-token", r"\bya29\.[A-Za-z0-9_-]{20,}"),
    ("google-secret", r"\bGOCSPX-[A-Za-z0-9_-]{20,}"),
    ("npm-token", r"\bnpm_[A-Za-z0-9]{36}"),
    ("pypi-token", r"\bpypi-[A-Za-z0-9_-]{50,}"),
    ("model-api-key", r"\bsk-(?:(?:proj|svcacct|admin|or)-|ant-[a-z0-9]{2,8}-)[A-Za-z0-9_-]{20,}"),
    ("model-api-key", r"\bsk-[A-Za-z0-9]{32,}"),
    ("model-api-key", r"\bhf_[A-Za-z0-9]{30,}"),
    ("digitalocean-token", r"\bdo[opr]_v1_[a-f0-9]{64}"),
    ("vault-token", r"\bhv[sb]\.[A-Za-z0-9_-]{20,}"),
    ("sendgrid-key", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ("docker-token", r"\bdckr_pat_[A-Za-z0-9_-]{20,}"),
    ("shopify-token", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("databricks-token", r"\bdapi[a-f0-9]{32}\b"),
    ("grafana-token", r"\bgl(?:sa|c)_[A-Za-z0-9_=+/-]{32,}"),
    ("age-key", r"\bAGE-SECRET-KEY-1[A-Z0-9]{50,}"),
];

static COMPILED: LazyLock<Vec<Format>> = LazyLock::new(|| {
    FORMATS.iter().filter_map(|(why, regex)| Some(Format { why, regex: Regex::new(regex).ok()? })).collect()
});

/// All but the last dashes, which lets the end be cut off: what is left of a key is still one.
const PEM: &str = r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----([^«»]*?)(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|[«»]|\z)";

static PEM_REGEX: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(PEM).ok());

/// Tokens that are known by their form.
pub(super) fn tokens(text: &str, edits: &mut Edits) {
    for format in &*COMPILED {
        for found in format.regex.captures_iter(text) {
            if let Some(secret) = found.get(1).or_else(|| found.get(0)) {
                edits.add(secret.range(), format.why);
            }
        }
    }
}

/// The body of private keys; the armour stays, so that one sees what was there.
pub(super) fn private_keys(text: &str, edits: &mut Edits) {
    let Some(regex) = &*PEM_REGEX else { return };
    for found in regex.captures_iter(text) {
        if let Some(body) = found.get(1).filter(|b| b.as_str().chars().any(char::is_alphanumeric)) {
            edits.add(body.range(), "private-key");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(COMPILED.len(), FORMATS.len());
        assert!(PEM_REGEX.is_some());
    }
}
