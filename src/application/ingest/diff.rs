//! What is different between two states of a record, field by field.

mod text;

use cloudscope_domain::{Asset, Payload, Record, Reference, Sighting};
use serde_json::{Map, Value, json};

use super::paths::PathSet;

/// At most so many differences are listed one by one; more become one for the whole payload.
const MOST: usize = 256;

/// One difference, before it gets its revision.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    pub(super) path: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// The differences that count, from a stored record to a new sighting of it.
pub(super) fn between(old: &Record, new: &Sighting) -> Vec<Difference> {
    let noise = (PathSet::parse(&new.volatile), PathSet::parse(&new.sets));
    compare((&old.asset, &old.references), (&new.asset, &new.references), &noise)
}

/// All differences of two records, relationships included. Which fields are volatile, or sets, no record
/// says: whoever holds two states of one record against each other asks its changes besides.
pub(crate) fn records(left: &Record, right: &Record) -> Vec<cloudscope_domain::Difference> {
    let none = (PathSet::default(), PathSet::default());
    let found = compare((&left.asset, &left.references), (&right.asset, &right.references), &none);
    let plain = |d: Difference| cloudscope_domain::Difference {
        path: d.path,
        before: payload(d.before),
        after: payload(d.after),
    };
    found.into_iter().map(plain).collect()
}

fn compare(
    old: (&Asset, &[Reference]),
    new: (&Asset, &[Reference]),
    (volatile, sets): &(PathSet, PathSet),
) -> Vec<Difference> {
    let moved: Vec<_> = FIELDS.iter().filter(|(_, same, _)| !same(old.0, new.0)).collect();
    let told =
        |asset| Value::Object(moved.iter().map(|(name, _, of)| ((*name).to_owned(), of(asset))).collect());
    let mut out = if moved.is_empty() { Vec::new() } else { values(&told(old.0), &told(new.0)) };
    let (before, after) = (&old.0.properties, &new.0.properties);
    for mut d in text::payloads(before, after, volatile, sets) {
        d.path = if d.path.is_empty() { "properties".into() } else { format!("properties.{}", d.path) };
        out.push(d);
    }
    edges(old.1, new.1, &mut out);
    if out.len() > MOST {
        out.truncate(MOST - 1);
        let (before, after) = (Some(before.value()), Some(after.value()));
        out.push(Difference { path: "properties".into(), before, after });
    }
    out
}

/// The differences between two values.
pub(super) fn values(before: &Value, after: &Value) -> Vec<Difference> {
    let (none, mut out) = (PathSet::default(), Vec::new());
    walk(before, after, &mut Vec::new(), &none, &none, &mut out);
    out
}

/// A field of an asset: its name, whether it is the same in two of them, and what it is.
type Field = (&'static str, fn(&Asset, &Asset) -> bool, fn(&Asset) -> Value);

/// What is told of an asset besides its payload.
const FIELDS: [Field; 14] = [
    ("kind", |a, b| a.kind == b.kind, |a| json!(a.kind)),
    ("category", |a, b| a.category == b.category, |a| json!(a.category)),
    ("provider", |a, b| a.provider == b.provider, |a| json!(a.provider)),
    ("name", |a, b| a.name == b.name, |a| json!(a.name)),
    ("account", |a, b| a.account == b.account, |a| json!(a.account)),
    ("region", |a, b| a.region == b.region, |a| json!(a.region)),
    ("zone", |a, b| a.zone == b.zone, |a| json!(a.zone)),
    ("status", |a, b| a.status == b.status, |a| json!(a.status.as_ref().map(|s| &s.word))),
    ("status_class", |a, b| a.status == b.status, |a| json!(a.status.as_ref().map(|s| s.class))),
    ("tags", |a, b| a.tags == b.tags, |a| json!(a.tags)),
    ("created_at", |a, b| a.created_at == b.created_at, |a| json!(a.created_at)),
    ("addresses", |a, b| a.addresses == b.addresses, |a| json!(a.addresses)),
    ("aliases", |a, b| a.aliases == b.aliases, |a| json!(a.aliases)),
    ("declares", |a, b| a.declares == b.declares, |a| json!(a.declares)),
];

/// All of it.
pub(super) fn fields(asset: &Asset) -> Value {
    let all: Map<String, Value> =
        FIELDS.iter().map(|(name, _, of)| ((*name).to_owned(), of(asset))).collect();
    Value::Object(all)
}

fn edges(old: &[Reference], new: &[Reference], out: &mut Vec<Difference>) {
    let word = |r: &Reference| {
        let arrow = if r.reverse { "<-" } else { "->" };
        (format!("relationships.{}{arrow}{}", r.relation, r.target), json!(r.target.to_string()))
    };
    for r in old {
        if !new.iter().any(|n| same_edge(n, r)) {
            let (path, value) = word(r);
            out.push(Difference { path, before: Some(value), after: None });
        }
    }
    for r in new {
        if !old.iter().any(|o| same_edge(o, r)) {
            let (path, value) = word(r);
            out.push(Difference { path, before: None, after: Some(value) });
        }
    }
}

fn same_edge(a: &Reference, b: &Reference) -> bool {
    a.relation == b.relation && a.target == b.target && a.reverse == b.reverse
}

fn walk(
    a: &Value,
    b: &Value,
    path: &mut Vec<String>,
    volatile: &PathSet,
    sets: &PathSet,
    out: &mut Vec<Difference>,
) {
    if a == b || volatile.matches(path) || out.len() > MOST {
        return;
    }
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            let mut keys: Vec<&String> = x.keys().chain(y.keys().filter(|k| !x.contains_key(*k))).collect();
            keys.sort_unstable();
            for key in keys {
                path.push(key.clone());
                step(x.get(key), y.get(key), path, volatile, sets, out);
                path.pop();
            }
        }
        (Value::Array(x), Value::Array(y)) if sets.matches(path) => {
            let missing = |from: &[Value], of: &[Value]| -> Vec<Value> {
                let mut rest: Vec<&Value> = of.iter().collect();
                from.iter()
                    .filter(|v| match rest.iter().position(|r| r == v) {
                        Some(i) => {
                            rest.swap_remove(i);
                            false
                        }
                        None => true,
                    })
                    .cloned()
                    .collect()
            };
            let mut members = |of: &[Value]| -> Vec<Value> {
                of.iter().enumerate().map(|(n, v)| member(n, v, path, volatile)).collect()
            };
            let (x, y) = (members(x), members(y));
            let (lost, won) = (missing(&x, &y), missing(&y, &x));
            if !lost.is_empty() || !won.is_empty() {
                let some = |v: Vec<Value>| (!v.is_empty()).then_some(Value::Array(v));
                out.push(Difference { path: path.join("."), before: some(lost), after: some(won) });
            }
        }
        (Value::Array(x), Value::Array(y)) => {
            for i in 0..x.len().max(y.len()) {
                path.push(i.to_string());
                step(x.get(i), y.get(i), path, volatile, sets, out);
                path.pop();
            }
        }
        _ => out.push(Difference { path: path.join("."), before: Some(a.clone()), after: Some(b.clone()) }),
    }
}

/// A member of a set, without what of it is noise.
fn member(n: usize, value: &Value, path: &mut Vec<String>, volatile: &PathSet) -> Value {
    path.push(n.to_string());
    let counts = lasting(value, path, volatile);
    path.pop();
    counts
}

/// A value without its volatile fields.
fn lasting(value: &Value, path: &mut Vec<String>, volatile: &PathSet) -> Value {
    if volatile.is_empty() {
        return value.clone();
    }
    let mut inside = |key: String, value: &Value| {
        path.push(key);
        let kept = (!volatile.matches(path)).then(|| lasting(value, path, volatile));
        path.pop();
        kept
    };
    match value {
        Value::Object(map) => {
            Value::Object(map.iter().filter_map(|(k, v)| Some((k.clone(), inside(k.clone(), v)?))).collect())
        }
        Value::Array(items) => {
            items.iter().enumerate().filter_map(|(n, v)| inside(n.to_string(), v)).collect()
        }
        plain => plain.clone(),
    }
}

fn step(
    a: Option<&Value>,
    b: Option<&Value>,
    path: &mut Vec<String>,
    volatile: &PathSet,
    sets: &PathSet,
    out: &mut Vec<Difference>,
) {
    match (a, b) {
        (Some(a), Some(b)) => walk(a, b, path, volatile, sets, out),
        (None, None) => {}
        _ if volatile.matches(path) => {}
        (a, b) => out.push(Difference { path: path.join("."), before: a.cloned(), after: b.cloned() }),
    }
}

/// A value as a change keeps it.
pub(super) fn payload(value: Option<Value>) -> Option<Payload> {
    value.map(|v| Payload::from_value(&v))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(before: &Value, after: &Value) -> Vec<Difference> {
        let volatile = PathSet::parse(&["/conditions/*/heartbeat".to_owned()]);
        let sets = PathSet::parse(&["/conditions".to_owned()]);
        let mut out = Vec::new();
        walk(before, after, &mut Vec::new(), &volatile, &sets, &mut out);
        out
    }

    #[test]
    fn what_is_volatile_in_the_members_of_a_set_makes_no_difference() {
        let of = |ready: &str, beat: u32| json!({"conditions": [{"type": "Ready", "status": ready, "heartbeat": beat}, {"type": "Disk", "heartbeat": beat}]});
        assert_eq!(found(&of("True", 1), &of("True", 2)), []);
        let turned = json!({"conditions": [{"type": "Disk", "heartbeat": 3}, {"type": "Ready", "status": "True", "heartbeat": 4}]});
        assert_eq!(found(&of("True", 1), &turned), []);
        let one = |ready: &str| Some(json!([{"type": "Ready", "status": ready}]));
        let difference = Difference { path: "conditions".into(), before: one("True"), after: one("False") };
        assert_eq!(found(&of("True", 1), &of("False", 2)), [difference]);
    }
}
