//! Runs every kind of pattern over texts, values and command lines, until nothing new is found.

use serde_json::{Map, Value};

use super::{Redactor, command, is_whole_mark, names, strings};

/// A replaced secret may lay another one bare; real texts are clean after two rounds.
const ROUNDS: usize = 8;

/// A JSON text inside a JSON text inside a payload, and no deeper.
const DEEPEST_TEXT: u8 = 3;

/// Deeper values than any provider sends are replaced whole rather than walked.
const DEEPEST_VALUE: u8 = 160;

/// Longer texts are not tried as JSON, which would take several times their size.
const LONGEST_JSON: usize = 4 << 20;

pub(super) fn redact_text(redactor: &Redactor, text: &str) -> Option<String> {
    clean_text(redactor, text, 0)
}

pub(super) fn redact_value(redactor: &Redactor, value: &mut Value) -> usize {
    walk(redactor, value, Depth::default())
}

pub(super) fn redact_field(redactor: &Redactor, name: &str, text: &str) -> Option<String> {
    clean_field(redactor, name, text, 0)
}

pub(super) fn redact_command_line(redactor: &Redactor, arguments: &[String]) -> Vec<String> {
    let mut arguments = arguments.to_vec();
    clean_arguments(redactor, &mut arguments, 0);
    arguments
}

/// How deep a walk is in values, and in JSON texts inside texts.
#[derive(Clone, Copy, Default)]
struct Depth {
    value: u8,
    text: u8,
}

impl Depth {
    fn down(self) -> Self {
        Self { value: self.value + 1, ..self }
    }
}

fn clean_text(redactor: &Redactor, text: &str, depth: u8) -> Option<String> {
    if is_whole_mark(text) {
        return None;
    }
    let mut current: Option<String> = embedded_json(redactor, text, depth);
    for _ in 0..ROUNDS {
        let now = current.as_deref().unwrap_or(text);
        match strings::round(redactor, now).or_else(|| command::line(redactor, now)) {
            Some(next) => current = Some(next),
            None => break,
        }
    }
    current
}

/// A text that is itself JSON (an annotation with the last applied object, a policy, task settings)
/// is redacted as a value, so that names and values are told apart properly.
fn embedded_json(redactor: &Redactor, text: &str, depth: u8) -> Option<String> {
    if depth >= DEEPEST_TEXT || text.len() > LONGEST_JSON || !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let mut value: Value = serde_json::from_str(text).ok()?;
    let found = walk(redactor, &mut value, Depth { value: 0, text: depth + 1 });
    (found > 0).then(|| value.to_string())
}

fn clean_field(redactor: &Redactor, name: &str, text: &str, depth: u8) -> Option<String> {
    if let Some(why) = names::secret(name)
        && !names::harmless(text)
    {
        return Some(redactor.mark(why, text));
    }
    if names::is_header(name) {
        let line = format!("{name}: {text}");
        let clean = clean_text(redactor, &line, depth)?;
        // Nothing but the value can change; if it did, the safe side is a mark.
        let value = clean.strip_prefix(name).and_then(|rest| rest.strip_prefix(": "));
        return Some(value.map_or_else(|| redactor.mark("authorization", text), str::to_owned));
    }
    clean_text(redactor, text, depth)
}

fn clean_arguments(redactor: &Redactor, arguments: &mut [String], depth: u8) {
    for _ in 0..ROUNDS {
        let mut changed = command::arguments(redactor, arguments);
        for argument in arguments.iter_mut() {
            if let Some(clean) = clean_text(redactor, argument, depth) {
                *argument = clean;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
}

fn walk(redactor: &Redactor, value: &mut Value, depth: Depth) -> usize {
    if depth.value >= DEEPEST_VALUE && (value.is_array() || value.is_object()) {
        redactor.replace(value, "too-deep");
        return 1;
    }
    match value {
        Value::String(text) => match clean_text(redactor, text, depth.text) {
            Some(clean) => {
                *text = clean;
                1
            }
            None => 0,
        },
        Value::Array(list) => {
            let command = if looks_like_arguments(list) { words(redactor, list, depth) } else { 0 };
            command + list.iter_mut().map(|v| walk(redactor, v, depth.down())).sum::<usize>()
        }
        Value::Object(map) => keys(redactor, map, depth) + object(redactor, map, depth),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn object(redactor: &Redactor, map: &mut Map<String, Value>, depth: Depth) -> usize {
    let mut found = named_value(redactor, map);
    for (name, value) in map.iter_mut() {
        found += match value {
            Value::String(text) => match clean_field(redactor, name, text, depth.text) {
                Some(clean) => {
                    *text = clean;
                    1
                }
                None => 0,
            },
            Value::Array(_) | Value::Object(_) => {
                below_secret(redactor, name, value) + walk(redactor, value, depth.down())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        };
    }
    found
}

/// `{"name": "DB_PASSWORD", "value": "..."}`: environments, parameters and settings are often lists of
/// such pairs.
fn named_value(redactor: &Redactor, map: &mut Map<String, Value>) -> usize {
    const PAIRS: [(&str, &str); 8] = [
        ("name", "value"),
        ("Name", "Value"),
        ("key", "value"),
        ("Key", "Value"),
        ("ParameterKey", "ParameterValue"),
        ("OptionName", "Value"),
        ("OutputKey", "OutputValue"),
        ("ParameterName", "ParameterValue"),
    ];
    // Walking the few keys of an object is cheaper than a look-up for each pair.
    if map.len() < 2 || !map.keys().any(|key| PAIRS.iter().any(|(name, _)| key == name)) {
        return 0;
    }
    for (name, value) in PAIRS {
        let Some(why) = map.get(name).and_then(Value::as_str).and_then(names::secret) else { continue };
        if let Some(Value::String(text)) = map.get_mut(value)
            && !names::harmless(text)
        {
            *text = redactor.mark(why, text);
            return 1;
        }
    }
    0
}

/// `"adminPassword": {"value": "..."}` and `"api_keys": ["..."]`-like shapes below a secret's name.
fn below_secret(redactor: &Redactor, name: &str, value: &mut Value) -> usize {
    let Some(why) = names::secret(name) else { return 0 };
    let mut found = 0;
    let mut hide = |v: &mut Value| {
        if let Value::String(text) = v
            && !names::harmless(text)
        {
            *text = redactor.mark(why, text);
            found += 1;
        }
    };
    match value {
        Value::Array(list) => list.iter_mut().for_each(&mut hide),
        Value::Object(map) => {
            for key in ["value", "Value", "plainText", "PlainText", "plaintext"] {
                if let Some(v) = map.get_mut(key) {
                    hide(v);
                }
            }
        }
        _ => {}
    }
    found
}

/// Whether an array is a command line: texts, one of them a flag.
fn looks_like_arguments(list: &[Value]) -> bool {
    list.len() > 1
        && list.iter().all(Value::is_string)
        && list.iter().filter_map(Value::as_str).any(|s| s.starts_with('-') && s.len() > 1)
}

fn words(redactor: &Redactor, list: &mut [Value], depth: Depth) -> usize {
    let mut arguments: Vec<String> = list.iter().map(|v| v.as_str().unwrap_or_default().to_owned()).collect();
    clean_arguments(redactor, &mut arguments, depth.text);
    let mut found = 0;
    for (value, argument) in list.iter_mut().zip(arguments) {
        if value.as_str() != Some(argument.as_str()) {
            *value = Value::String(argument);
            found += 1;
        }
    }
    found
}

/// Names of fields can hold a secret too, when a map is keyed by data.
fn keys(redactor: &Redactor, map: &mut Map<String, Value>, depth: Depth) -> usize {
    let found = map.keys().filter(|k| k.len() >= 16 && clean_text(redactor, k, depth.text).is_some()).count();
    if found > 0 {
        *map = std::mem::take(map)
            .into_iter()
            .map(|(k, v)| (clean_text(redactor, &k, depth.text).unwrap_or(k), v))
            .collect();
    }
    found
}
