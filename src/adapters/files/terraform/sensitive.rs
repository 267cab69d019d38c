//! The paths of attributes that Terraform or a provider marked as sensitive, in every encoding that
//! states were written with. An encoding that is not understood means that everything is sensitive:
//! a secret must not pass because its mark was strange.
//!
//! ```text
//! [[{"type":"get_attr","value":"a"},{"type":"index","value":{"value":0,"type":"number"}}], ...]   since 0.14
//! [{"type":"get_attr","value":"a"}, ...]      one path, not in a list of paths
//! ["a", "b.c"]                                names and dotted paths
//! {"a": true, "b": {"c": true}}               the shape of `sensitive_values`
//! ```

use serde_json::Value;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Name(String),
    Index(usize),
    /// An element of a set, or a key that cannot be told: all elements.
    Every,
}

/// The paths, or `None` when the encoding is not understood.
pub(crate) fn paths(marks: &Value) -> Option<Vec<Vec<Step>>> {
    let mut found = Vec::new();
    match marks {
        Value::Null | Value::Bool(false) => {}
        Value::Array(list) if list.iter().any(is_step) => {
            found.push(list.iter().map(step).collect::<Option<_>>()?);
        }
        Value::Array(list) => {
            for entry in list {
                match entry {
                    Value::Array(steps) => found.push(steps.iter().map(step).collect::<Option<_>>()?),
                    Value::String(dotted) => found.push(dotted_path(dotted)),
                    Value::Object(_) => tree(entry, &mut Vec::new(), &mut found)?,
                    Value::Null => {}
                    Value::Bool(_) | Value::Number(_) => return None,
                }
            }
        }
        Value::Object(_) => tree(marks, &mut Vec::new(), &mut found)?,
        Value::Bool(true) | Value::Number(_) | Value::String(_) => return None,
    }
    Some(found)
}

fn is_step(value: &Value) -> bool {
    value.get("type").is_some_and(Value::is_string) && value.get("value").is_some()
}

fn step(value: &Value) -> Option<Step> {
    match value {
        Value::String(name) => Some(Step::Name(name.clone())),
        Value::Number(at) => {
            Some(at.as_u64().and_then(|n| usize::try_from(n).ok()).map_or(Step::Every, Step::Index))
        }
        Value::Object(map) => match (map.get("type")?.as_str()?, map.get("value")?) {
            ("get_attr", Value::String(name)) => Some(Step::Name(name.clone())),
            // The index is a value with its type; set elements have a value that is no key.
            ("index", Value::Object(typed)) => Some(match typed.get("value")? {
                Value::String(key) => Step::Name(key.clone()),
                Value::Number(at) => step(&Value::Number(at.clone()))?,
                _ => Step::Every,
            }),
            ("index", key @ (Value::String(_) | Value::Number(_))) => step(key),
            _ => None,
        },
        Value::Null | Value::Bool(_) | Value::Array(_) => None,
    }
}

fn dotted_path(text: &str) -> Vec<Step> {
    text.split(['.', '[', ']'])
        .filter(|part| !part.is_empty())
        .map(|part| match part {
            "*" => Step::Every,
            _ => part.parse().map_or_else(|_| Step::Name(part.trim_matches('"').to_owned()), Step::Index),
        })
        .collect()
}

fn tree(value: &Value, at: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) -> Option<()> {
    let mut below = |step, value, at: &mut Vec<Step>| {
        at.push(step);
        let done = tree(value, at, found);
        at.pop();
        done
    };
    match value {
        Value::Bool(true) => found.push(at.clone()),
        Value::Bool(false) | Value::Null => {}
        Value::Object(map) => map.iter().try_for_each(|(key, v)| below(Step::Name(key.clone()), v, at))?,
        Value::Array(list) => list.iter().enumerate().try_for_each(|(i, v)| below(Step::Index(i), v, at))?,
        Value::Number(_) | Value::String(_) => return None,
    }
    Some(())
}

/// Calls `take` on what stands at a path. Where the path cannot be followed through something that
/// is there, that whole thing is taken: better too much than a secret.
pub(crate) fn each(value: &mut Value, path: &[Step], take: &mut dyn FnMut(&mut Value)) {
    let Some((step, rest)) = path.split_first() else { return take(value) };
    if value.is_null() {
        return;
    }
    // An attribute of dynamic type is kept with its type beside it: {"value": ..., "type": ...}.
    if let Value::Object(map) = &mut *value
        && map.len() == 2
        && map.contains_key("type")
        && map.contains_key("value")
        && !matches!(step, Step::Name(name) if name == "value" || name == "type")
        && let Some(inner) = map.get_mut("value")
    {
        return each(inner, path, take);
    }
    match (&mut *value, step) {
        (Value::Object(map), Step::Name(name)) => {
            // Absent is absent: a mark may outlive its attribute.
            if let Some(inner) = map.get_mut(name) {
                each(inner, rest, take);
            } else if let Some(flat) = map.get_mut(&flat_name(path)) {
                take(flat);
            }
        }
        (Value::Object(map), Step::Every) => map.values_mut().for_each(|inner| each(inner, rest, take)),
        (Value::Array(list), Step::Index(at)) if *at < list.len() => each(&mut list[*at], rest, take),
        (Value::Array(list), Step::Every) => list.iter_mut().for_each(|inner| each(inner, rest, take)),
        (Value::Null, _) => {}
        (other, _) => take(other),
    }
}

/// `attributes_flat` writes `tags.env` and `block.0.name`.
fn flat_name(path: &[Step]) -> String {
    let parts: Vec<String> = path
        .iter()
        .map(|step| match step {
            Step::Name(name) => name.clone(),
            Step::Index(at) => at.to_string(),
            Step::Every => "#".to_owned(),
        })
        .collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[track_caller]
    fn check(marks: &Value, attributes: &Value, expected: &Value) {
        let mut redacted = attributes.clone();
        for path in paths(marks).expect("the encoding is understood") {
            each(&mut redacted, &path, &mut |v| *v = json!("X"));
        }
        assert_eq!(redacted, *expected, "{marks}");
    }

    #[test]
    fn every_encoding_marks_the_same() {
        let attributes = json!({"user": "u", "password": "p", "list": [{"key": "k"}, {"key": "l"}]});
        let expected = json!({"user": "u", "password": "X", "list": [{"key": "k"}, {"key": "X"}]});
        for marks in [
            json!([
                [{"type": "get_attr", "value": "password"}],
                [
                    {"type": "get_attr", "value": "list"},
                    {"type": "index", "value": {"value": 1, "type": "number"}},
                    {"type": "get_attr", "value": "key"},
                ],
            ]),
            json!(["password", "list.1.key"]),
            json!(["password", "list[1].key"]),
            json!([["password"], ["list", 1, "key"]]),
            json!({"password": true, "user": false, "list": [{"key": false}, {"key": true}]}),
        ] {
            check(&marks, &attributes, &expected);
        }
        check(
            &json!([{"type": "get_attr", "value": "password"}]),
            &json!({"password": {"a": 1}}),
            &json!({"password": "X"}),
        );
    }

    #[test]
    fn a_dynamic_value_is_looked_into() {
        check(
            &json!([[{"type": "get_attr", "value": "input"}, {"type": "get_attr", "value": "pw"}]]),
            &json!({"input": {"value": {"pw": "p", "k": "v"}, "type": ["object", {"pw": "string", "k": "string"}]}}),
            &json!({"input": {"value": {"pw": "X", "k": "v"}, "type": ["object", {"pw": "string", "k": "string"}]}}),
        );
    }

    #[test]
    fn what_cannot_be_followed_is_taken_whole() {
        let set =
            json!({"type": "index", "value": {"value": {"a": "b"}, "type": ["object", {"a": "string"}]}});
        check(
            &json!([[{"type": "get_attr", "value": "s"}, set, {"type": "get_attr", "value": "a"}]]),
            &json!({"s": [{"a": "b"}, {"a": "c"}]}),
            &json!({"s": [{"a": "X"}, {"a": "X"}]}),
        );
        check(&json!(["s.a"]), &json!({"s": "text"}), &json!({"s": "X"}));
        check(&json!(["s.9"]), &json!({"s": [1, 2]}), &json!({"s": "X"}));
        check(
            &json!(["tags.pw"]),
            &json!({"tags.pw": "p", "tags.%": "1"}),
            &json!({"tags.pw": "X", "tags.%": "1"}),
        );
        check(&json!(["gone"]), &json!({"here": 1}), &json!({"here": 1}));
        for strange in
            [json!("password"), json!(7), json!(true), json!([7]), json!([[{"type": "new", "value": 1}]])]
        {
            assert_eq!(paths(&strange), None, "{strange}");
        }
        for none in [json!([]), json!(null), json!({}), json!(false)] {
            assert_eq!(paths(&none), Some(Vec::new()), "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_marks_and_attributes(marks in ".{0,60}", attributes in ".{0,60}") {
            if let (Ok(marks), Ok(mut attributes)) =
                (serde_json::from_str(&marks), serde_json::from_str::<Value>(&attributes))
            {
                for path in paths(&marks).unwrap_or_default() {
                    each(&mut attributes, &path, &mut |v| *v = Value::Null);
                }
            }
        }
    }
}
