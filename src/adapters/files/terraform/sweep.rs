//! Finds a known secret again where nobody marked it: Terraform marks the input of a resource and
//! leaves its computed copy, an interpolated string or another resource's attribute unmarked.
//!
//! Only values that are long and look made up are searched for: a sensitive `eu-west-1` or `admin`
//! must not blot out every region and user name of the state.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use cloudscope_domain::redact::{Redactor, is_mark};
use regex::{Captures, Regex, RegexBuilder};
use serde_json::Value;

const SHORTEST: usize = 8;
/// Searched for within longer texts; the rest only as whole texts.
const SEARCHED: usize = 4096;

/// Collects secrets.
#[derive(Default)]
pub(crate) struct Sweep {
    secrets: BTreeSet<String>,
}

/// Takes the collected secrets out of texts.
pub(crate) struct Swept {
    secrets: BTreeSet<String>,
    pattern: Option<Regex>,
}

impl Sweep {
    /// Every text in this value is a secret.
    pub(crate) fn learn(&mut self, value: &Value) {
        match value {
            Value::String(text) if is_distinct(text) => {
                // Also as it stands within JSON that is kept as text: a policy, container definitions.
                if let Ok(escaped) = serde_json::to_string(text) {
                    self.secrets.insert(escaped[1..escaped.len() - 1].to_owned());
                }
                self.secrets.insert(text.clone());
            }
            Value::Array(list) => list.iter().for_each(|v| self.learn(v)),
            Value::Object(map) => map.values().for_each(|v| self.learn(v)),
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    pub(crate) fn finish(self) -> Swept {
        let mut by_length: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for secret in &self.secrets {
            by_length.entry(secret.len()).or_default().push(secret);
        }
        // Longest first, so that a secret within a secret does not leave the rest of it behind.
        let parts: Vec<String> =
            by_length.values().rev().flatten().take(SEARCHED).map(|s| regex::escape(s)).collect();
        let pattern = (!parts.is_empty())
            .then(|| RegexBuilder::new(&parts.join("|")).size_limit(256 << 20).build().ok())
            .flatten();
        Swept { secrets: self.secrets, pattern }
    }
}

impl Swept {
    /// Replaces known secrets in every text of a value, and in its keys.
    pub(crate) fn value(&self, value: &mut Value, redactor: &Redactor) {
        if self.secrets.is_empty() {
            return;
        }
        match value {
            Value::String(text) => {
                if let Some(clean) = self.text(text, redactor) {
                    *text = clean;
                }
            }
            Value::Array(list) => list.iter_mut().for_each(|v| self.value(v, redactor)),
            Value::Object(map) => {
                if map.keys().any(|key| self.text(key, redactor).is_some()) {
                    let fields = std::mem::take(map);
                    map.extend(fields.into_iter().map(|(k, v)| (self.text(&k, redactor).unwrap_or(k), v)));
                }
                map.values_mut().for_each(|v| self.value(v, redactor));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The text without known secrets; `None` when there is none in it.
    pub(crate) fn text(&self, text: &str, redactor: &Redactor) -> Option<String> {
        if text.len() < SHORTEST || self.secrets.is_empty() {
            return None;
        }
        if self.secrets.contains(text) {
            return Some(redactor.mark("sensitive", text));
        }
        let pattern = self.pattern.as_ref()?;
        match pattern.replace_all(text, |found: &Captures<'_>| redactor.mark("sensitive", &found[0])) {
            Cow::Borrowed(_) => None,
            Cow::Owned(clean) => Some(clean),
        }
    }
}

/// Long enough and of enough sorts of characters to be somebody's secret and nothing else's name.
fn is_distinct(text: &str) -> bool {
    let id_like = ["arn:", "/subscriptions/", "projects/", "//"];
    if text.len() < SHORTEST || is_mark(text) || id_like.iter().any(|start| text.starts_with(start)) {
        return false;
    }
    let has = |test: fn(&char) -> bool| u32::from(text.chars().any(|c| test(&c)));
    let sorts = has(|c| c.is_lowercase())
        + has(|c| c.is_uppercase())
        + has(|c| c.is_ascii_digit())
        + has(|c| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.'));
    sorts >= 3 || (sorts == 2 && text.len() >= 16 && text.bytes().any(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_is_found_again_and_a_common_word_is_not() {
        let redactor = Redactor::new([7; 32]);
        let mut sweep = Sweep::default();
        sweep.learn(&json!({"a": ["Tr0ub4dor&3", "admin", "eu-west-1", "Tr0ub4dor&3-long"]}));
        let swept = sweep.finish();
        let mut value = json!({
            "url": "postgres://u:Tr0ub4dor&3@db", "copy": "Tr0ub4dor&3", "region": "eu-west-1",
            "Tr0ub4dor&3-long": 1,
        });
        swept.value(&mut value, &redactor);
        let text = value.to_string();
        assert!(!text.contains("Tr0ub4dor"), "{text}");
        assert!(text.contains("eu-west-1") && text.contains("postgres://u:«redacted:"), "{text}");
        // The longer secret is one secret, not the shorter one with a rest.
        assert!(!text.contains("»-long"), "{text}");
    }
}
