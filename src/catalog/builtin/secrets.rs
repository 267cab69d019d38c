//! A word that must not be kept, put into every place that a row says to redact.

use cloudscope_domain::redact::Redactor;
use serde_json::{Value, json};

use crate::{Catalog, KindSpec, MapContext};

const CANARY: &str = "plain words of a canary 4711";

/// Puts a value where a path leads; lists where it says `*`.
fn put(item: &mut Value, path: &str, value: Value) {
    let mut at = item;
    for part in path.trim_start_matches('/').split('/') {
        let (star, condition) = match part.strip_prefix('*') {
            Some(rest) => (true, rest.trim_matches(['[', ']']).split_once('=')),
            None => (false, None),
        };
        if star {
            if !at.is_array() {
                *at = json!([{}]);
            }
            at = &mut at[0];
            if let Some((field, text)) = condition {
                at[field] = text.into();
            }
        } else {
            if !at.is_object() {
                *at = json!({});
            }
            at = &mut at[part.trim_matches('"')];
        }
    }
    *at = value;
}

/// The paths in the holes of a template.
fn holes(template: &str) -> Vec<String> {
    if template.starts_with('/') {
        return vec![template.to_owned()];
    }
    let holes = template.split("{/").skip(1).map(|rest| rest.split(['}', '|']).next().unwrap_or_default());
    holes.map(|hole| format!("/{hole}")).collect()
}

fn item(spec: &KindSpec) -> Value {
    let mut item = json!({});
    for template in std::iter::once(&spec.id).chain(&spec.incarnation) {
        for hole in holes(template.as_str()) {
            put(&mut item, &hole, "arn:aws:x:eu-west-1:123456789012:thing/one".into());
        }
    }
    item
}

#[test]
fn what_a_row_redacts_is_nowhere_in_what_is_kept() {
    let catalog = Catalog::builtin().unwrap();
    let redactor = Redactor::new([3; 32]);
    let context = MapContext {
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        variables: [("cluster".to_owned(), "c1".to_owned())].into(),
    };
    let mut checked = 0;
    for spec in catalog.kinds().filter(|k| matches!(k.provider.as_str(), "aws" | "k8s")) {
        for secret in &spec.redact {
            let path = secret.path.as_str();
            // The condition is on the value itself: nothing else can stand there.
            if path.contains("ParameterValue=****") {
                continue;
            }
            let mut item = item(spec);
            put(&mut item, path, CANARY.into());
            assert!(item.to_string().contains(CANARY), "{}: {path}", spec.kind);
            let kept = catalog.map(&spec.kind, item, &context, &redactor);
            let kept = kept.unwrap_or_else(|e| panic!("{}: {path}: {e}", spec.kind));
            assert!(!format!("{kept:?}").contains(CANARY), "{}: {path}", spec.kind);
            checked += 1;
        }
    }
    assert!(checked > 150, "{checked}");
}
