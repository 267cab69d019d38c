//! What a selector wants: a map of tags and values, or a label selector of Kubernetes with `matchLabels`
//! and `matchExpressions`.

use std::sync::Arc;

use cloudscope_domain::{Test, Want};
use serde_json::Value;

/// More than any selector has.
const MAX_WANTS: usize = 256;

/// What a selector wants, in order; empty where it wants nothing in particular. `None` where it cannot be
/// read: such a one selects nothing, because leaving a want out would select too much.
pub(super) fn wants(selector: &Value) -> Option<Vec<Want>> {
    let map = selector.as_object()?;
    let formal = |key: &str, value: &Value| match key {
        "matchLabels" => value.is_object() || value.is_null(),
        "matchExpressions" => value.is_array() || value.is_null(),
        _ => false,
    };
    let mut out = Vec::new();
    if map.iter().all(|(key, value)| formal(key, value)) {
        if let Some(Value::Object(labels)) = map.get("matchLabels") {
            plain(labels, &mut out)?;
        }
        if let Some(Value::Array(list)) = map.get("matchExpressions") {
            for expression in list {
                out.push(want(expression)?);
            }
        }
    } else {
        plain(map, &mut out)?;
    }
    out.sort();
    out.dedup();
    (out.len() <= MAX_WANTS).then_some(out)
}

fn plain(labels: &serde_json::Map<String, Value>, out: &mut Vec<Want>) -> Option<()> {
    for (key, value) in labels {
        out.push(Want { key: key.as_str().into(), test: Test::In(vec![value.as_str()?.into()]) });
    }
    Some(())
}

fn want(expression: &Value) -> Option<Want> {
    let key: Arc<str> = expression.get("key")?.as_str().filter(|k| !k.is_empty())?.into();
    let values = || {
        let list = expression.get("values")?.as_array()?;
        let mut values = list.iter().map(|v| v.as_str().map(Arc::from)).collect::<Option<Vec<Arc<str>>>>()?;
        values.sort();
        values.dedup();
        (!values.is_empty()).then_some(values)
    };
    let test = match expression.get("operator")?.as_str()? {
        "In" => Test::In(values()?),
        "NotIn" => Test::NotIn(values()?),
        "Exists" => Test::Exists,
        "DoesNotExist" => Test::Missing,
        _ => return None,
    };
    Some(Want { key, test })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(selector: &Value) -> Option<String> {
        let wants = wants(selector)?;
        let selection = cloudscope_domain::Selection {
            kind: "k".parse().unwrap(),
            within: "".into(),
            wants,
            places: None,
        };
        Some(selection.to_string())
    }

    #[track_caller]
    fn check(selector: &Value, expected: Option<&str>) {
        assert_eq!(shown(selector).as_deref(), expected, "{selector}");
    }

    #[test]
    fn maps_and_label_selectors() {
        check(&json!({"app": "web", "tier": "a"}), Some("?app=web,tier=a"));
        check(&json!({"matchLabels": {"app": "web"}}), Some("?app=web"));
        // A label may bear the name of a field.
        check(&json!({"matchLabels": "web"}), Some("?matchLabels=web"));
        check(
            &json!({"matchLabels": {"app": "web"}, "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["b", "a"]},
                {"key": "env", "operator": "NotIn", "values": ["dev"]},
                {"key": "old", "operator": "DoesNotExist"},
                {"key": "new", "operator": "Exists"}]}),
            Some("?app=web,env notin (dev),new,!old,tier in (a,b)"),
        );
        check(&json!({}), Some("?"));
        check(&json!({"matchLabels": {}}), Some("?"));
        check(&json!({"matchLabels": null}), Some("?"));
    }

    #[test]
    fn what_cannot_be_read_selects_nothing() {
        check(&json!(null), None);
        check(&json!("app=web"), None);
        check(&json!({"app": 1}), None);
        check(&json!({"matchExpressions": [{"key": "a", "operator": "In", "values": []}]}), None);
        check(&json!({"matchExpressions": [{"key": "a", "operator": "In"}]}), None);
        check(&json!({"matchExpressions": [{"key": "a", "operator": "Near", "values": ["x"]}]}), None);
        check(&json!({"matchExpressions": [{"operator": "Exists"}]}), None);
    }
}
