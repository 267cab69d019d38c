//! Content hashes: cheap over the text for "nothing changed at all", canonical over the meaning for
//! "nothing changed that counts".

use cloudscope_domain::{Asset, Reference, Sighting};
use serde_json::Value;

use super::paths::PathSet;

/// The hash of everything as it stands, order of keys and volatile fields included.
pub(super) fn raw(asset: &Asset, references: &[Reference]) -> u64 {
    let mut h = blake3::Hasher::new();
    outer(&mut h, asset, references);
    h.update(asset.properties.as_str().as_bytes());
    short(&h)
}

/// The hash of what counts: volatile fields left out, sets and object keys without order.
pub(super) fn canonical(asset: &Asset, references: &[Reference], volatile: &PathSet, sets: &PathSet) -> u64 {
    let mut h = blake3::Hasher::new();
    outer(&mut h, asset, references);
    h.update(&value(&asset.properties.value(), &mut Vec::new(), volatile, sets));
    short(&h)
}

/// [`canonical`] of a sighting by its own rules.
pub(super) fn of_sighting(s: &Sighting) -> u64 {
    canonical(&s.asset, &s.references, &PathSet::parse(&s.volatile), &PathSet::parse(&s.sets))
}

fn short(h: &blake3::Hasher) -> u64 {
    let mut out = [0; 8];
    out.copy_from_slice(&h.finalize().as_bytes()[..8]);
    u64::from_le_bytes(out)
}

fn outer(h: &mut blake3::Hasher, a: &Asset, references: &[Reference]) {
    let mut text = |s: &str| {
        h.update(&(s.len() as u64).to_le_bytes());
        h.update(s.as_bytes());
    };
    for s in
        [a.kind.as_str(), a.category.as_str(), a.provider.as_str(), &a.name, &a.account, &a.region, &a.zone]
    {
        text(s);
    }
    match &a.status {
        Some(s) => {
            text(&s.word);
            text(s.class.as_str());
        }
        None => text(""),
    }
    for (k, v) in &a.tags {
        text(k);
        text(v);
    }
    text("|");
    for s in a.addresses.iter().chain(&a.aliases) {
        text(s);
    }
    text(a.declares.as_ref().map_or("", |d| d.as_str()));
    text(&a.created_at.map_or(0, cloudscope_domain::Timestamp::millis).to_string());
    for r in references {
        text(r.relation.as_str());
        text(&r.target.to_string());
        text(if r.reverse { "<" } else { ">" });
        text(&r.rule);
    }
}

fn value(v: &Value, path: &mut Vec<String>, volatile: &PathSet, sets: &PathSet) -> [u8; 32] {
    let mut h = blake3::Hasher::new();
    match v {
        Value::Object(map) => {
            h.update(b"{");
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_unstable();
            for key in keys {
                path.push(key.clone());
                if !volatile.matches(path) {
                    h.update(blake3::hash(key.as_bytes()).as_bytes());
                    h.update(&value(&map[key], path, volatile, sets));
                }
                path.pop();
            }
        }
        Value::Array(items) => {
            h.update(b"[");
            let unordered = sets.matches(path);
            let mut parts = Vec::with_capacity(items.len());
            for (i, item) in items.iter().enumerate() {
                path.push(i.to_string());
                if !volatile.matches(path) {
                    parts.push(value(item, path, volatile, sets));
                }
                path.pop();
            }
            if unordered {
                parts.sort_unstable();
            }
            for part in parts {
                h.update(&part);
            }
        }
        other => {
            h.update(other.to_string().as_bytes());
        }
    }
    *h.finalize().as_bytes()
}
