//! Tags and labels in the shapes that providers write them, merged into one map.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    path::field,
    spec::{TagShape, TagSpec},
    value::text_of,
};

/// The field names of key and value in lists, as various services spell them.
const SPELLINGS: [(&str, &str); 6] = [
    ("Key", "Value"),
    ("key", "value"),
    ("TagKey", "TagValue"),
    ("tagKey", "tagValue"),
    ("Name", "Value"),
    ("name", "value"),
];

/// No provider allows as many; a hostile item may have more.
const MAX_TAGS: usize = 4096;

/// The tags of all places; of a key that stands in several the first is taken.
pub(super) fn collect(specs: &[TagSpec], item: &Value) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    for spec in specs {
        spec.path.each(item, &mut |found| {
            read(&spec.shape, found, &mut |key, value| {
                if tags.len() < MAX_TAGS && !key.is_empty() {
                    tags.entry(format!("{}{key}", spec.prefix)).or_insert(value);
                }
            });
            true
        });
    }
    tags
}

fn read(shape: &TagShape, found: &Value, put: &mut dyn FnMut(&str, String)) {
    match (shape, found) {
        (TagShape::Auto | TagShape::Map, Value::Object(map)) => {
            for (key, value) in map {
                put(key, value_text(value));
            }
        }
        (TagShape::Auto, Value::Array(list)) => {
            for entry in list {
                match entry {
                    Value::String(pair) => put_pair(pair, put),
                    Value::Object(map) => {
                        let spelling =
                            SPELLINGS.iter().find(|(k, _)| field(map, k).is_some_and(Value::is_string));
                        if let Some((key, value)) = spelling {
                            put_entry(entry, key, value, put);
                        }
                    }
                    _ => {}
                }
            }
        }
        (TagShape::List { key, value }, Value::Array(list)) => {
            for entry in list {
                put_entry(entry, key, value, put);
            }
        }
        (TagShape::Pairs, Value::Array(list)) => {
            for pair in list.iter().filter_map(Value::as_str) {
                put_pair(pair, put);
            }
        }
        (TagShape::Auto | TagShape::Pairs, Value::String(text)) => {
            for pair in text.split(',') {
                put_pair(pair, put);
            }
        }
        _ => {}
    }
}

fn put_entry(entry: &Value, key: &str, value: &str, put: &mut dyn FnMut(&str, String)) {
    if let Some(map) = entry.as_object()
        && let Some(key) = field(map, key).and_then(text_of)
    {
        put(&key, field(map, value).map(value_text).unwrap_or_default());
    }
}

fn put_pair(pair: &str, put: &mut dyn FnMut(&str, String)) {
    match pair.split_once('=').or_else(|| pair.split_once(':')) {
        Some((key, value)) => put(key.trim(), value.trim().to_owned()),
        None => put(pair.trim(), String::new()),
    }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(s) => s.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::Path;
    use serde_json::json;

    fn check(shape: TagShape, tags: &Value, expected: &[(&str, &str)]) {
        let spec = TagSpec { path: Path::parse("/t").unwrap(), shape, prefix: String::new() };
        let got = collect(&[spec], &json!({ "t": tags }));
        let got: Vec<_> = got.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(got, expected);
    }

    fn list(key: &str, value: &str) -> TagShape {
        TagShape::List { key: key.into(), value: value.into() }
    }

    #[test]
    fn the_usual_shapes() {
        check(
            TagShape::Map,
            &json!({"env": "prod", "n": 3, "none": null}),
            &[("env", "prod"), ("n", "3"), ("none", "")],
        );
        check(
            list("K", "V"),
            &json!([{"K": "env", "V": "prod"}, {"K": "bare"}, {"V": "x"}, 7]),
            &[("bare", ""), ("env", "prod")],
        );
        check(
            TagShape::Pairs,
            &json!(["env=prod", "a=b=c", "team: web", "public"]),
            &[("a", "b=c"), ("env", "prod"), ("public", ""), ("team", "web")],
        );
    }

    #[test]
    fn the_shape_is_seen() {
        check(TagShape::Auto, &json!({"env": "prod"}), &[("env", "prod")]);
        check(
            TagShape::Auto,
            &json!([{"Key": "a", "Value": "1"}, {"key": "b", "value": "2"}]),
            &[("a", "1"), ("b", "2")],
        );
        check(TagShape::Auto, &json!([{"TagKey": "a", "TagValue": "1"}, {"odd": 1}]), &[("a", "1")]);
        check(TagShape::Auto, &json!(["a=1"]), &[("a", "1")]);
        check(TagShape::Auto, &json!("a=1,b=2"), &[("a", "1"), ("b", "2")]);
        check(TagShape::Auto, &json!(5), &[]);
    }

    #[test]
    fn a_wrong_shape_gives_no_tags() {
        check(TagShape::Map, &json!(["a=1"]), &[]);
        check(list("Key", "Value"), &json!({"a": "1"}), &[]);
        check(TagShape::Pairs, &json!({"a": "1"}), &[]);
    }

    #[test]
    fn several_places_are_merged_and_the_first_wins() {
        let at = |path: &str, prefix: &str| TagSpec {
            path: Path::parse(path).unwrap(),
            shape: TagShape::Auto,
            prefix: prefix.into(),
        };
        let item = json!({"a": {"k": "first"}, "b": {"k": "second", "l": "x"}, "c": {"k": "third"}});
        let got = collect(&[at("/a", ""), at("/b", ""), at("/c", "c/")], &item);
        let expected = [("c/k", "third"), ("k", "first"), ("l", "x")].map(|(k, v)| (k.into(), v.into()));
        assert_eq!(got, BTreeMap::from(expected));
    }
}
