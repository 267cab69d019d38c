//! Field differences in words: whole payload paths, before and after, and word by word where both are
//! short: `web-[-7-]{+8+}`, which needs no colour.
//!
//! Knows values; makes nothing visible, drawing does that.

use std::collections::BTreeSet;

use cloudscope_domain::Payload;
use serde_json::Value;

use crate::{model::document::DocLine, theme::Slot};

/// Values longer than this, in bytes, are not compared word by word.
const SHORT: usize = 240;
/// Fields beyond which a document says how many more there are.
const MOST: usize = 2_000;

/// One field before and after.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Field {
    /// Its whole path.
    pub(crate) path: String,
    /// Absent when there was none.
    pub(crate) before: Option<Value>,
    /// Absent when there is none.
    pub(crate) after: Option<Value>,
}

/// The fields in which two values at a path differ: down to the leaves, where both have the same shape.
pub(crate) fn fields(path: &str, before: Option<&Payload>, after: Option<&Payload>) -> Vec<Field> {
    let mut out = Vec::new();
    descend(path, before.map(Payload::value), after.map(Payload::value), &mut out);
    out
}

fn descend(path: &str, before: Option<Value>, after: Option<Value>, out: &mut Vec<Field>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(mut before)), Some(Value::Object(mut after))) => {
            let keys: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
            for key in keys {
                descend(&join(path, &key), before.remove(&key), after.remove(&key), out);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) if before.len() == after.len() => {
            for (i, (before, after)) in before.into_iter().zip(after).enumerate() {
                descend(&format!("{path}[{i}]"), Some(before), Some(after), out);
            }
        }
        (before, after) => out.push(Field { path: path.to_owned(), before, after }),
    }
}

/// A path with one more key; one that holds a dot stands in quotes.
fn join(path: &str, key: &str) -> String {
    let key =
        if key.is_empty() || key.contains(['.', '[', '"']) { format!("{key:?}") } else { key.to_owned() };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// The lines of a document about differences.
pub(crate) fn lines(fields: &[Field]) -> Vec<DocLine> {
    let mut out = Vec::new();
    for field in fields.iter().take(MOST) {
        let path = if field.path.is_empty() { "the whole asset" } else { &field.path };
        out.push(DocLine::title(path));
        side(&mut out, "- before", field.before.as_ref(), Slot::Gone);
        side(&mut out, "+ after", field.after.as_ref(), Slot::Delta);
        if let (Some(before), Some(after)) = (&field.before, &field.after)
            && let Some(words) = words(&short(before), &short(after))
        {
            out.push(DocLine::fact("~ words", words, Slot::Text));
        }
        out.push(DocLine::plain(""));
    }
    if fields.len() > MOST {
        out.push(DocLine::fact("", format!("{} more fields", fields.len() - MOST), Slot::Dim));
    }
    if fields.is_empty() {
        out.push(DocLine::fact("", "nothing that is kept is different", Slot::Text));
    }
    out
}

fn side(out: &mut Vec<DocLine>, label: &str, value: Option<&Value>, slot: Slot) {
    let Some(value) = value else {
        return out.push(DocLine::fact(label, "(none)", Slot::Dim));
    };
    let text = match value {
        Value::Object(_) | Value::Array(_) => serde_json::to_string_pretty(value).unwrap_or_default(),
        other => short(other),
    };
    // Only what JSON itself broke is broken here; a line break inside a value stays a sign.
    let broken = matches!(value, Value::Object(_) | Value::Array(_));
    let parts: Vec<&str> = if broken { text.lines().collect() } else { vec![&text] };
    for (i, part) in parts.into_iter().enumerate() {
        out.push(DocLine::fact(if i == 0 { label } else { " " }, part, slot));
    }
}

/// A value on one line: text as it is, everything else as JSON.
pub(crate) fn short(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Both texts in one, what went in `[-...-]` and what came in `{+...+}`; `None` where they are too long
/// or have nothing in common.
pub(crate) fn words(before: &str, after: &str) -> Option<String> {
    if before.len() > SHORT || after.len() > SHORT {
        return None;
    }
    let (old, new) = (tokens(before), tokens(after));
    // The longest common part, from the end, so that it can be read off from the start.
    let mut longest = vec![vec![0_u16; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i][j] = if old[i] == new[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    if longest[0][0] == 0 {
        return None;
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    let (mut gone, mut come) = (String::new(), String::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            flush(&mut out, &mut gone, &mut come);
            out.push_str(old[i]);
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && longest[i + 1][j] >= longest[i][j + 1]) {
            gone.push_str(old[i]);
            i += 1;
        } else {
            come.push_str(new[j]);
            j += 1;
        }
    }
    flush(&mut out, &mut gone, &mut come);
    Some(out)
}

fn flush(out: &mut String, gone: &mut String, come: &mut String) {
    if !gone.is_empty() {
        out.push_str(&format!("[-{gone}-]"));
    }
    if !come.is_empty() {
        out.push_str(&format!("{{+{come}+}}"));
    }
    gone.clear();
    come.clear();
}

/// Runs of letters and digits, and every other character alone.
fn tokens(text: &str) -> Vec<&str> {
    let (mut out, mut start) = (Vec::new(), 0);
    let mut last_word = false;
    for (at, c) in text.char_indices() {
        let word = c.is_alphanumeric();
        if at > start && !(word && last_word) {
            out.push(&text[start..at]);
            start = at;
        }
        last_word = word;
    }
    if start < text.len() {
        out.push(&text[start..]);
    }
    out
}
