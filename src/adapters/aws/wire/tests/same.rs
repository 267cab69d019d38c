//! When two values, two bodies are the same: times as moments, numbers as numbers, forms in any order.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use quick_xml::{Reader, escape::unescape, events::Event};
use serde_json::Value;

/// Where `found` differs from what botocore gives; nothing when it does not.
pub(super) fn difference(found: &Value, expected: &Value) -> Option<String> {
    let differ = || Some(format!(": {found} instead of {expected}"));
    if let Some(time) = expected.get("$time").and_then(Value::as_str) {
        let time: Timestamp = time.parse().unwrap();
        let found = found.as_str().filter(|text| text.ends_with('Z')).and_then(|text| text.parse().ok());
        let close = |found: Timestamp| found.duration_since(time).abs() <= SignedDuration::from_micros(1);
        return if found.is_some_and(close) { None } else { differ() };
    }
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            let missing = expected.keys().find(|key| !found.contains_key(*key));
            let more = found.keys().find(|key| !expected.contains_key(*key));
            if let Some(key) = missing {
                return Some(format!(".{key} is missing"));
            }
            if let Some(key) = more {
                return Some(format!(".{key} is more than botocore gives"));
            }
            found.iter().find_map(|(key, value)| {
                difference(value, &expected[key]).map(|what| format!(".{key}{what}"))
            })
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            let pairs = found.iter().zip(expected).enumerate();
            pairs.into_iter().find_map(|(i, (f, e))| difference(f, e).map(|what| format!("[{i}]{what}")))
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        (a, b) if a == b => None,
        _ => differ(),
    }
}

/// A body in a form that does not depend on order of members or white space between elements.
pub(super) fn canonical(body: &[u8]) -> Value {
    if let Ok(json) = serde_json::from_slice(body) {
        return json;
    }
    let text = String::from_utf8_lossy(body).into_owned();
    if text.starts_with('<') {
        return xml(&text);
    }
    let mut pairs: Vec<&str> = text.split('&').collect();
    pairs.sort_unstable();
    pairs.into()
}

fn xml(text: &str) -> Value {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Vec<Value>> = vec![Vec::new()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let attributes: BTreeMap<String, String> = start
                    .attributes()
                    .map(|a| a.unwrap())
                    .map(|a| (a.key.0.to_owned(), a.value.into_owned()))
                    .collect();
                open.push(vec![start.name().0.into(), serde_json::to_value(attributes).unwrap()]);
            }
            Event::End(_) => {
                let mut element = open.pop().unwrap();
                element[2..].sort_by_key(Value::to_string);
                open.last_mut().unwrap().push(element.into());
            }
            Event::Text(text) if text.trim().is_empty() => {}
            Event::Text(text) => add_text(open.last_mut().unwrap(), &text),
            Event::GeneralRef(name) => {
                let text = unescape(&format!("&{};", &*name)).unwrap().into_owned();
                add_text(open.last_mut().unwrap(), &text);
            }
            Event::Eof => return open.pop().unwrap().into(),
            _ => {}
        }
    }
}

fn add_text(element: &mut Vec<Value>, more: &str) {
    // The first two are the element's name and attributes.
    match element[2..].last_mut() {
        Some(Value::String(text)) => text.push_str(more),
        _ => element.push(more.into()),
    }
}
