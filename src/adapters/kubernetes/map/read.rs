//! Small readers of objects. None of them fails: what is not there, or of another shape, is nothing.

use serde_json::{Map, Value};

use crate::resource::Resource;

/// Puts `apiVersion` and `kind` into an object: those of a list lack them, and metadata alone bear those
/// of the form in which they were asked for.
pub(super) fn identify(resource: &Resource, object: &mut Value) {
    let Value::Object(map) = object else { return };
    let version = if resource.group.is_empty() {
        resource.version.clone()
    } else {
        format!("{}/{}", resource.group, resource.version)
    };
    put_first(map, "kind", resource.kind.clone());
    put_first(map, "apiVersion", version);
}

fn put_first(map: &mut Map<String, Value>, key: &str, text: String) {
    match map.get_mut(key) {
        Some(there) => *there = Value::String(text),
        None => {
            map.shift_insert(0, key.to_owned(), Value::String(text));
        }
    }
}

/// The value below some keys.
pub(super) fn at<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().try_fold(value, |value, key| value.get(key))
}

/// The text below some keys; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, keys: &[&str]) -> &'a str {
    at(value, keys).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number below some keys.
pub(super) fn number(value: &Value, keys: &[&str]) -> Option<i64> {
    at(value, keys).and_then(Value::as_i64)
}

/// Whether `true` stands below some keys.
pub(super) fn flag(value: &Value, keys: &[&str]) -> bool {
    at(value, keys).and_then(Value::as_bool).unwrap_or_default()
}

/// The elements of the array below some keys.
pub(super) fn list<'a>(value: &'a Value, keys: &[&str]) -> &'a [Value] {
    at(value, keys).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The condition of a type.
pub(super) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    list(object, &["status", "conditions"]).iter().find(|c| text(c, &["type"]) == kind)
}

/// The status of the condition of a type: `True`, `False`, `Unknown`, or nothing.
pub(super) fn condition_is<'a>(object: &'a Value, kind: &str) -> &'a str {
    condition(object, kind).map(|c| text(c, &["status"])).unwrap_or_default()
}
