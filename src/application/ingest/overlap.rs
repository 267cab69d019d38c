//! Where two records of one thing contradict each other: only what both of them speak of. That one is
//! silent on something is no difference, as a sheet or a state file never says everything.

#[cfg(test)]
mod tests;

use cloudscope_domain::{Asset, Difference, Payload, StatusClass};
use serde_json::{Map, Value};

use super::diff;

/// Fields of an asset that several sources fill with the same thing in mind. Kind, category and provider
/// say how a source sees it, not what it is.
const FIELDS: &[&str] = &["name", "account", "region", "zone", "tags"];

/// The differences from one record, on the left, to another of the same thing.
pub(crate) fn overlap(left: &Asset, right: &Asset) -> Vec<Difference> {
    let mut out = walk("", &spoken(left), &spoken(right));
    out.extend(status(left, right));
    out.extend(addresses(left, right));
    let (before, after) = (left.properties.value(), right.properties.value());
    out.extend(walk("properties.", &before, &after));
    out.extend(alike(&before, &after));
    out
}

fn walk(prefix: &str, before: &Value, after: &Value) -> Vec<Difference> {
    let said = |v: &Value| !v.is_null() && v.as_str() != Some("");
    diff::values(before, after)
        .into_iter()
        .filter_map(|d| match (d.before, d.after) {
            (Some(b), Some(a)) if said(&b) && said(&a) && !d.path.is_empty() => {
                Some(difference(format!("{prefix}{}", d.path), &b, &a))
            }
            _ => None,
        })
        .collect()
}

fn difference(path: String, before: &Value, after: &Value) -> Difference {
    Difference { path, before: Some(Payload::from_value(before)), after: Some(Payload::from_value(after)) }
}

fn spoken(asset: &Asset) -> Value {
    let Value::Object(mut all) = diff::fields(asset) else { return Value::Null };
    all.retain(|field, _| FIELDS.contains(&field.as_str()));
    Value::Object(all)
}

/// Words that mean the same are no difference: an instance is `running`, the node on it is `Ready`.
fn status(left: &Asset, right: &Asset) -> Option<Difference> {
    let (before, after) = (left.status.as_ref()?, right.status.as_ref()?);
    let agree = before.class == after.class && before.class != StatusClass::Unknown;
    let differ = !agree && !before.word.eq_ignore_ascii_case(&after.word);
    differ.then(|| difference("status".into(), &(*before.word).into(), &(*after.word).into()))
}

/// A record that knows more addresses does not contradict one that knows fewer.
fn addresses(left: &Asset, right: &Asset) -> Option<Difference> {
    let only = |of: &Asset, other: &Asset| -> Vec<String> {
        of.addresses.iter().filter(|a| !other.addresses.contains(a)).cloned().collect()
    };
    let (before, after) = (only(left, right), only(right, left));
    (!before.is_empty() && !after.is_empty())
        .then(|| difference("addresses".into(), &before.into(), &after.into()))
}

/// Plain values at the top of two payloads, or of what a declaration keeps in `attributes`, whose names
/// differ only in how they are written: `InstanceType` and `instance_type`.
fn alike(before: &Value, after: &Value) -> Vec<Difference> {
    let plain = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let text = |value: &Value| match value {
        Value::String(s) => (!s.is_empty()).then(|| s.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    let ((left, path), (right, other_path)) = (top(before), top(after));
    let mut out = Vec::new();
    for (name, value) in left.iter().flat_map(|map| map.iter()) {
        // What is written the same in the same place was compared already.
        let same = |other: &String| plain(other) == plain(name) && !(path == other_path && other == name);
        let mut others = right.iter().flat_map(|map| map.iter()).filter(|(other, _)| same(other));
        // Where two are written alike it cannot be told which is meant.
        let (Some((_, other)), None) = (others.next(), others.next()) else { continue };
        if let (Some(a), Some(b)) = (text(value), text(other))
            && a != b
        {
            out.push(difference(format!("properties.{path}{name}"), value, other));
        }
    }
    out
}

/// Where the fields of a payload are, and the path that leads there.
fn top(payload: &Value) -> (Option<&Map<String, Value>>, &'static str) {
    match payload.get("attributes").and_then(Value::as_object) {
        Some(inner) => (Some(inner), "attributes."),
        None => (payload.as_object(), ""),
    }
}
