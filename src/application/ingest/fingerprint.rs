//! Content hashes: cheap over the text for "nothing changed at all", canonical over the meaning for
//! "nothing changed that counts".

use std::{borrow::Cow, cell::RefCell};

use cloudscope_domain::{Asset, Reference, Sighting, Target};
use serde_json::{Map, Value};

use super::paths::PathSet;

thread_local! {
    /// Where what is hashed is put together: each asset has some kilobytes of it, for a moment.
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// More room than that is not kept.
const KEPT: usize = 256 << 10;

/// The hash of everything as it stands, order of keys and volatile fields included.
pub(super) fn raw(asset: &Asset, references: &[Reference]) -> u64 {
    hashed(|text| {
        outer(asset, references, asset.properties.as_str().len(), text);
        text.extend_from_slice(asset.properties.as_str().as_bytes());
    })
}

/// The hash of what counts: volatile fields left out, sets and object keys without order. `payload` is
/// the asset's, parsed.
pub(super) fn canonical(
    asset: &Asset,
    references: &[Reference],
    payload: &Value,
    volatile: &PathSet,
    sets: &PathSet,
) -> u64 {
    hashed(|text| {
        outer(asset, references, asset.properties.as_str().len(), text);
        if volatile.is_empty() && sets.is_empty() {
            plain(payload, text);
        } else {
            Rules { volatile, sets }.write(payload, &mut Vec::new(), text);
        }
    })
}

/// [`canonical`] of a sighting by its own rules.
pub(super) fn of_sighting(s: &Sighting, payload: &Value) -> u64 {
    canonical(&s.asset, &s.references, payload, &PathSet::parse(&s.volatile), &PathSet::parse(&s.sets))
}

/// The hash of what is written.
fn hashed(write: impl FnOnce(&mut Vec<u8>)) -> u64 {
    ROOM.with(|room| {
        // Nothing that writes asks for a hash itself.
        let Ok(mut text) = room.try_borrow_mut() else {
            let mut text = Vec::new();
            write(&mut text);
            return short(&text);
        };
        text.clear();
        write(&mut text);
        let hash = short(&text);
        if text.capacity() > KEPT {
            *text = Vec::new();
        }
        hash
    })
}

fn short(text: &[u8]) -> u64 {
    let mut out = [0; 8];
    out.copy_from_slice(&blake3::hash(text).as_bytes()[..8]);
    u64::from_le_bytes(out)
}

/// Writes what stands around the payload, each text with its length before it, and makes room for so many bytes
/// more: hashed in one piece with what follows, because many small ones take several times as long.
fn outer(a: &Asset, references: &[Reference], more: usize, out: &mut Vec<u8>) {
    let room = a.tags.iter().map(|(k, v)| k.len() + v.len() + 16).sum::<usize>();
    out.reserve(more + more / 4 + 512 + room + references.len() * 128);
    for s in
        [a.kind.as_str(), a.category.as_str(), a.provider.as_str(), &a.name, &a.account, &a.region, &a.zone]
    {
        text(s, out);
    }
    match &a.status {
        Some(s) => {
            text(&s.word, out);
            text(s.class.as_str(), out);
        }
        None => text("", out),
    }
    for (k, v) in &a.tags {
        text(k, out);
        text(v, out);
    }
    text("|", out);
    for s in a.addresses.iter().chain(&a.aliases) {
        text(s, out);
    }
    text(a.declares.as_ref().map_or("", |d| d.as_str()), out);
    text(&a.created_at.map_or(0, cloudscope_domain::Timestamp::millis).to_string(), out);
    for r in references {
        text(r.relation.as_str(), out);
        match &r.target {
            Target::Id(id) => text(id.as_str(), out),
            Target::Named { name, .. } => text(name, out),
            Target::Selected(selection) => {
                text(&selection.to_string(), out);
                text(selection.kind.as_str(), out);
            }
        }
        text(if r.reverse { "<" } else { ">" }, out);
        text(&r.rule, out);
    }
}

fn text(s: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(s.len() as u64).to_le_bytes());
    out.extend_from_slice(s.as_bytes());
}

/// Writes a value so that two are written alike only when they are equal but for the order of keys. Every
/// part says its own length or end, so that no two sequences of parts run into one another.
fn plain(v: &Value, out: &mut Vec<u8>) {
    match v {
        Value::Object(map) => {
            out.push(b'{');
            for key in sorted(map) {
                string(key, out);
                plain(&map[key], out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for item in items {
                plain(item, out);
            }
            out.push(b']');
        }
        other => scalar(other, out),
    }
}

/// What of a payload counts.
struct Rules<'a> {
    volatile: &'a PathSet,
    sets: &'a PathSet,
}

impl Rules<'_> {
    /// The same as [`plain`], volatile fields left out and sets in an order of their own.
    fn write<'v>(&self, v: &'v Value, path: &mut Vec<Cow<'v, str>>, out: &mut Vec<u8>) {
        match v {
            Value::Object(map) => {
                out.push(b'{');
                for key in sorted(map) {
                    path.push(Cow::Borrowed(key));
                    if !self.volatile.matches(path) {
                        string(key, out);
                        self.write(&map[key], path, out);
                    }
                    path.pop();
                }
                out.push(b'}');
            }
            Value::Array(items) => {
                out.push(b'[');
                let unordered = self.sets.matches(path);
                let mut parts = Vec::new();
                for (i, item) in items.iter().enumerate() {
                    path.push(Cow::Owned(i.to_string()));
                    if !self.volatile.matches(path) {
                        if unordered {
                            let mut part = Vec::new();
                            self.write(item, path, &mut part);
                            parts.push(part);
                        } else {
                            self.write(item, path, out);
                        }
                    }
                    path.pop();
                }
                parts.sort_unstable();
                out.extend(parts.iter().flatten());
                out.push(b']');
            }
            other => scalar(other, out),
        }
    }
}

fn sorted(map: &Map<String, Value>) -> Vec<&String> {
    let mut keys: Vec<_> = map.keys().collect();
    keys.sort_unstable();
    keys
}

fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(&(text.len() as u64).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn scalar(v: &Value, out: &mut Vec<u8>) {
    match v {
        Value::String(text) => string(text, out),
        Value::Null => out.push(b'0'),
        Value::Bool(true) => out.push(b't'),
        Value::Bool(false) => out.push(b'f'),
        other => {
            out.push(b'n');
            out.extend_from_slice(other.to_string().as_bytes());
            out.push(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn written(v: &Value, volatile: &[&str], sets: &[&str]) -> Vec<u8> {
        let paths = |list: &[&str]| PathSet::parse(&list.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>());
        let mut out = Vec::new();
        let (volatile, sets) = (paths(volatile), paths(sets));
        Rules { volatile: &volatile, sets: &sets }.write(v, &mut Vec::new(), &mut out);
        out
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3_i64..3).prop_map(Value::from),
            "[ab\"{}\\[\\]]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[abc]{0,2}", inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_are_written_alike_only_when_they_are_equal(a in value(), b in value()) {
            let (mut x, mut y) = (Vec::new(), Vec::new());
            plain(&a, &mut x);
            plain(&b, &mut y);
            prop_assert_eq!(x == y, a == b);
            prop_assert_eq!(written(&a, &[], &[]), x);
        }
    }

    #[test]
    fn order_and_noise_do_not_count_where_the_rules_say_so() {
        let a = json!({"b": [1, 2], "a": {"ticks": 5, "x": 1}, "c": [3, 4]});
        let b = json!({"a": {"x": 1, "ticks": 9}, "b": [2, 1], "c": [3, 4]});
        assert_eq!(written(&a, &["/a/ticks"], &["/b"]), written(&b, &["/a/ticks"], &["/b"]));
        assert_ne!(written(&a, &["/a/ticks"], &[]), written(&b, &["/a/ticks"], &[]), "a list has an order");
        assert_ne!(written(&a, &[], &["/b"]), written(&b, &[], &["/b"]), "ticks count unless declared");
        let c = json!({"b": [1, 2], "a": {"ticks": 5, "x": 1}, "c": [4, 3]});
        assert_ne!(written(&a, &["/a/ticks"], &["/b"]), written(&c, &["/a/ticks"], &["/b"]));
    }
}
