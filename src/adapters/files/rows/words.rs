//! The meaning of common words in foreign files: status words, times, tags in a cell, addresses.
//! Knows no provider; a word that it does not know stays as it is.

use std::{collections::BTreeMap, net::IpAddr};

use cloudscope_domain::{Status, StatusClass, Timestamp};
use serde_json::Value;

use super::guess::scalar;

/// A status from a foreign word.
pub(crate) fn status(word: &str) -> Status {
    let plain: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let class = match plain.as_str() {
        "ok" | "running" | "active" | "available" | "healthy" | "inuse" | "ready" | "enabled"
        | "succeeded" | "online" | "up" | "live" | "bound" | "completed" | "issued" | "attached" => {
            StatusClass::Ok
        }
        "stopped" | "disabled" | "deallocated" | "off" | "poweredoff" | "terminated" | "inactive"
        | "offline" | "suspended" | "paused" | "retired" | "decommissioned" | "vmdeallocated" => {
            StatusClass::Stopped
        }
        "pending" | "creating" | "provisioning" | "starting" | "stopping" | "updating" | "deleting"
        | "staging" | "shuttingdown" | "modifying" | "planned" | "initializing" => StatusClass::Pending,
        "error" | "failed" | "unhealthy" | "down" | "critical" | "crashloopbackoff" | "broken"
        | "failure" => StatusClass::Error,
        "warning" | "degraded" | "impaired" | "tainted" | "maintenance" => StatusClass::Warning,
        _ => StatusClass::Unknown,
    };
    Status { word: word.into(), class }
}

/// A time in the forms that files use: RFC 3339, a date, a date and time without a zone (taken as
/// UTC), seconds or milliseconds since the epoch.
pub(crate) fn time(value: &Value) -> Option<Timestamp> {
    if let Some(number) = value.as_i64() {
        return Some(epoch(number));
    }
    let text = scalar(value)?;
    if text.len() >= 9 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(epoch);
    }
    let with_t = text.replacen(' ', "T", 1);
    [text.clone(), with_t.clone(), format!("{with_t}Z"), format!("{text}T00:00:00Z")]
        .iter()
        .find_map(|t| t.parse().ok())
}

fn epoch(number: i64) -> Timestamp {
    // 100 thousand million seconds is the year 5138: more than that is milliseconds.
    if number.unsigned_abs() >= 100_000_000_000 {
        Timestamp::from_millis(number)
    } else {
        Timestamp::from_seconds(number)
    }
}

/// Tags in the shapes that files use: an object, a list of key and value, JSON of those in a cell, or
/// `k=v;k=v` (also `k:v`, and `,` or `|` between).
pub(crate) fn tags(value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                into.insert(key.clone(), tag_text(value));
            }
        }
        Value::Array(list) => {
            for entry in list {
                match entry {
                    Value::Object(pair) => {
                        let of = |names: &[&str]| {
                            pair.iter()
                                .find(|(k, _)| names.contains(&k.to_lowercase().as_str()))
                                .map(|(_, v)| v)
                        };
                        if let Some(key) = of(&["key", "name", "k"]).and_then(scalar) {
                            into.insert(key, of(&["value", "v"]).map(tag_text).unwrap_or_default());
                        } else {
                            tags(entry, into);
                        }
                    }
                    Value::String(text) => pair(text, into),
                    _ => {}
                }
            }
        }
        Value::String(text) => {
            let text = text.trim();
            if text.starts_with(['{', '['])
                && let Ok(value) = serde_json::from_str::<Value>(text)
                && !value.is_string()
            {
                return tags(&value, into);
            }
            let between = [';', '|', ','].into_iter().find(|c| text.contains(*c)).unwrap_or(';');
            for part in text.split(between) {
                pair(part, into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn pair(text: &str, into: &mut BTreeMap<String, String>) {
    let text = text.trim();
    let (key, value) = text.split_once('=').or_else(|| text.split_once(':')).unwrap_or((text, ""));
    if !key.trim().is_empty() {
        into.insert(key.trim().to_owned(), value.trim().to_owned());
    }
}

fn tag_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(s) => s.clone(),
        other => other.to_string(),
    }
}

/// Adds the IP addresses and host names of a value.
pub(crate) fn addresses(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().take(64).for_each(|v| addresses(v, into)),
        Value::String(text) => {
            for part in text.split([',', ';', ' ', '|']).map(str::trim).take(64) {
                let bare = part.split_once('/').map_or(part, |(address, _)| address);
                if (bare.parse::<IpAddr>().is_ok() || is_host(bare)) && !into.iter().any(|a| a == bare) {
                    into.push(bare.to_owned());
                }
            }
        }
        _ => {}
    }
}

/// A host name: at least one letter, and only what DNS allows.
fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_in_the_forms_of_files() {
        let t = |v: Value| time(&v).map(|t| t.to_string());
        let day = Some("2026-11-21T00:00:00Z".to_owned());
        assert_eq!(t(json!("2026-11-21")), day);
        assert_eq!(t(json!("2026-11-21 00:00:00")), day);
        assert_eq!(t(json!("2026-11-21T01:00:00+01:00")), day);
        assert_eq!(t(json!(1_795_219_200)), day);
        assert_eq!(t(json!("1795219200000")), day);
        assert_eq!(t(json!("last tuesday")), None);
        assert_eq!(t(json!("")), None);
    }

    #[test]
    fn tags_in_the_shapes_of_files() {
        for value in [
            json!({"env": "prod", "n": 1}),
            json!([{"Key": "env", "Value": "prod"}, {"Key": "n", "Value": 1}]),
            json!("{\"env\":\"prod\",\"n\":1}"),
            json!("env=prod; n=1"),
            json!("env:prod,n:1"),
            json!(["env=prod", "n=1"]),
        ] {
            let mut found = BTreeMap::new();
            tags(&value, &mut found);
            assert_eq!(
                found,
                BTreeMap::from([("env".into(), "prod".into()), ("n".into(), "1".into())]),
                "{value}"
            );
        }
    }

    #[test]
    fn addresses_are_addresses() {
        let mut found = Vec::new();
        for v in
            [json!("10.0.0.1/24, web.example.com"), json!(["::1", "not an address!", "10.0.0.1"]), json!(5)]
        {
            addresses(&v, &mut found);
        }
        assert_eq!(found, ["10.0.0.1", "web.example.com", "::1", "not", "an"]);
    }
}
