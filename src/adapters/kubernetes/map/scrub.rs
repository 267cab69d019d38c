//! Takes out of an object what rows and value patterns cannot name: environments at any depth, copies of
//! Secrets inside of other objects, credentials of registries and clusters in texts, tokens that nodes join
//! with. Rows and patterns of the catalog run after it.

use cloudscope_domain::redact::Redactor;
use serde_json::{Map, Value};

use super::kind;
use crate::resource::Resource;

/// Deeper values than any object has; the catalog's patterns cut those.
const DEEPEST: usize = 100;

/// Groups whose kinds are known field by field: nothing of theirs hides a Secret or an environment but where
/// the rows say so.
fn is_known(resource: &Resource) -> bool {
    let known = match resource.group.as_str() {
        "" | "apps" | "batch" | "autoscaling" | "policy" => true,
        group => group.ends_with(".k8s.io") && !kind::is_defined(resource),
    };
    known && !matches!(resource.kind.as_str(), "ConfigMap" | "ControllerRevision")
}

/// Takes secrets out of an object.
pub(super) fn object(resource: &Resource, object: &mut Value, redactor: &Redactor) {
    if is_known(resource) {
        if let Some(annotations) = object.pointer_mut("/metadata/annotations") {
            walk(annotations, redactor, 0);
        }
        return;
    }
    if let Value::Object(map) = object {
        for (name, value) in map {
            match &**name {
                "apiVersion" | "kind" => {}
                "metadata" => {
                    if let Some(annotations) = value.get_mut("annotations") {
                        walk(annotations, redactor, 0);
                    }
                }
                _ => walk(value, redactor, 0),
            }
        }
    }
}

fn walk(value: &mut Value, redactor: &Redactor, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::String(text) => {
            if let Some(why) = credentials(text) {
                *text = redactor.mark(why, text);
            } else if let Some(clean) = without_join_tokens(text, redactor) {
                *text = clean;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|v| walk(v, redactor, depth + 1)),
        Value::Object(map) => fields(map, redactor, depth),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn fields(map: &mut Map<String, Value>, redactor: &Redactor, depth: usize) {
    let secret = map.get("kind").and_then(Value::as_str) == Some("Secret");
    for (name, value) in map.iter_mut() {
        match &**name {
            // The whole of it again, in an object that carries others.
            "kubectl.kubernetes.io/last-applied-configuration" => *value = Value::Null,
            "data" | "stringData" if secret => each(value, &mut |v| redactor.replace(v, "secret-data")),
            "env" | "extraEnv" | "extraEnvVars" => environment(value, redactor),
            name if is_secret(name, redactor) => leaves(value, redactor, 0),
            _ => {}
        }
        walk(value, redactor, depth + 1);
    }
}

/// Whether the value of a field is secret by its name alone.
fn is_secret(name: &str, redactor: &Redactor) -> bool {
    // Nothing in such a text is secret but for the name it stands under.
    const PLAIN: &str = "Zq0";
    redactor.field(name, PLAIN).is_some()
}

/// Values below a secret's name, but for those that say where the secret is kept.
fn leaves(value: &mut Value, redactor: &Redactor, depth: usize) {
    const REFERENCES: [&str; 18] = [
        "audience",
        "defaultMode",
        "expirationSeconds",
        "mode",
        "name",
        "namespace",
        "key",
        "kind",
        "apiVersion",
        "group",
        "apiGroup",
        "optional",
        "version",
        "property",
        "secretName",
        "secretKey",
        "path",
        "type",
    ];
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                if !REFERENCES.contains(&&**name) {
                    leaves(value, redactor, depth + 1);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|v| leaves(v, redactor, depth + 1)),
        Value::Number(_) => redactor.replace(value, "secret"),
        // A text right below such a name is the patterns' business, which know what is harmless.
        Value::String(_) if depth > 0 => redactor.replace(value, "secret"),
        Value::String(_) | Value::Null | Value::Bool(_) => {}
    }
}

/// `env: [{name, value}]` and `env: {NAME: value}`.
fn environment(value: &mut Value, redactor: &Redactor) {
    match value {
        Value::Array(list) => {
            for entry in list {
                match entry {
                    Value::Object(map) => {
                        if let Some(value) = map.get_mut("value") {
                            redactor.replace(value, "environment");
                        }
                    }
                    Value::String(_) => redactor.replace(entry, "environment"),
                    _ => {}
                }
            }
        }
        Value::Object(map) => {
            for value in map.values_mut().filter(|v| v.is_string() || v.is_number()) {
                redactor.replace(value, "environment");
            }
        }
        _ => {}
    }
}

fn each(value: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    match value {
        Value::Object(map) => map.values_mut().for_each(change),
        Value::Array(list) => list.iter_mut().for_each(change),
        other => change(other),
    }
}

/// A text that is a file of credentials as a whole.
fn credentials(text: &str) -> Option<&'static str> {
    if text.len() < 16 {
        return None;
    }
    if text.contains("client-key-data") || (text.contains("current-context") && text.contains("token")) {
        return Some("kubeconfig");
    }
    let registry = text.contains("\"auth\"") || text.contains("\"identitytoken\"") || text.contains("auth:");
    if registry && (text.contains("\"auths\"") || text.contains("auths:") || text.contains("docker.io")) {
        return Some("registry");
    }
    None
}

/// `abcdef.0123456789abcdef`: what a node joins a cluster with.
/// <https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/>
fn without_join_tokens(text: &str, redactor: &Redactor) -> Option<String> {
    const ID: usize = 6;
    const LENGTH: usize = 23;
    let part = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut done = 0;
    for (dot, _) in text.match_indices('.') {
        let Some(start) = dot.checked_sub(ID).filter(|s| *s >= done) else { continue };
        let Some(token) = bytes.get(start..start + LENGTH) else { continue };
        let alone =
            |b: Option<&u8>| b.is_none_or(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'.' | b'-' | b'_'));
        let is_token = token[..ID].iter().all(part)
            && token[ID + 1..].iter().all(part)
            && token[ID + 1..].iter().any(u8::is_ascii_digit)
            && alone(start.checked_sub(1).and_then(|b| bytes.get(b)))
            && alone(bytes.get(start + LENGTH));
        if is_token {
            out.push_str(&text[done..start]);
            out.push_str(&redactor.mark("token", &text[start..start + LENGTH]));
            done = start + LENGTH;
        }
    }
    (done > 0).then(|| out + &text[done..])
}
