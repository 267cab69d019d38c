//! Label and field selectors, as far as clients of a list use them.

use serde_json::Value;

/// One term of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

/// What is selected; everything by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    labels: Vec<Term>,
    fields: Vec<(String, String, bool)>,
}

impl Selector {
    /// From the two parameters of a request. The error is the message of a 400.
    pub(crate) fn parse(labels: &str, fields: &str) -> Result<Self, String> {
        let mut out = Self::default();
        for term in split(labels) {
            out.labels.push(label(term).ok_or_else(|| {
                format!(
                    "unable to parse requirement: found '{term}', expected: '=', '!=', '==', 'in', notin'"
                )
            })?);
        }
        for term in fields.split(',').filter(|t| !t.is_empty()) {
            let (field, equal, value) = match (term.split_once("!="), term.split_once('=')) {
                (Some((f, v)), _) => (f, false, v),
                (None, Some((f, v))) => (f, true, v.trim_start_matches('=')),
                (None, None) => {
                    return Err(format!("invalid selector: '{term}'; can't understand '{term}'"));
                }
            };
            const KNOWN: [&str; 5] =
                ["metadata.name", "metadata.namespace", "status.phase", "spec.nodeName", "type"];
            if !KNOWN.contains(&field) {
                return Err(format!("field label not supported: {field}"));
            }
            out.fields.push((field.to_owned(), value.to_owned(), equal));
        }
        Ok(out)
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether an object is selected.
    pub(crate) fn takes(&self, object: &Value) -> bool {
        let value = |key: &str| object["metadata"]["labels"][key].as_str();
        let label = |term: &Term| match term {
            Term::In(key, values) => value(key).is_some_and(|v| values.iter().any(|w| w == v)),
            Term::NotIn(key, values) => value(key).is_none_or(|v| !values.iter().any(|w| w == v)),
            Term::Exists(key) => value(key).is_some(),
            Term::Absent(key) => value(key).is_none(),
        };
        let field = |(path, wanted, equal): &(String, String, bool)| {
            let found = path.split('.').fold(object, |at, step| &at[step]).as_str().unwrap_or_default();
            (found == wanted) == *equal
        };
        self.labels.iter().all(label) && self.fields.iter().all(field)
    }
}

/// At commas outside parentheses.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|t| !t.is_empty())
}

fn label(term: &str) -> Option<Term> {
    let values = |text: &str| -> Option<Vec<String>> {
        let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(inner.split(',').map(|v| v.trim().to_owned()).collect())
    };
    if let Some((key, rest)) = term.split_once(" notin ") {
        return Some(Term::NotIn(key.trim().to_owned(), values(rest)?));
    }
    if let Some((key, rest)) = term.split_once(" in ") {
        return Some(Term::In(key.trim().to_owned(), values(rest)?));
    }
    if let Some((key, value)) = term.split_once("!=") {
        return Some(Term::NotIn(key.trim().to_owned(), vec![value.trim().to_owned()]));
    }
    if let Some((key, value)) = term.split_once('=') {
        let value = value.trim_start_matches('=').trim().to_owned();
        return Some(Term::In(key.trim().to_owned(), vec![value]));
    }
    if let Some(key) = term.strip_prefix('!') {
        return Some(Term::Absent(key.trim().to_owned()));
    }
    (!term.contains(' ')).then(|| Term::Exists(term.to_owned()))
}
