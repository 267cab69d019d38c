//! Two payloads held against each other as they are written: only where their texts differ is anything parsed,
//! because most of a payload is what it was.

use std::borrow::Cow;

use cloudscope_domain::Payload;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use super::{Difference, MOST, PathSet, walk};

/// How deep texts are divided; what lies deeper is compared as it was parsed.
const DEEPEST: usize = 64;

/// The differences between two payloads.
pub(super) fn payloads(a: &Payload, b: &Payload, volatile: &PathSet, sets: &PathSet) -> Vec<Difference> {
    let mut walker = Walker { volatile, sets, path: Vec::new(), out: Vec::new() };
    walker.walk(a.as_str(), b.as_str());
    walker.out
}

struct Walker<'a> {
    volatile: &'a PathSet,
    sets: &'a PathSet,
    path: Vec<String>,
    out: Vec<Difference>,
}

impl Walker<'_> {
    fn walk(&mut self, a: &str, b: &str) {
        if a == b || self.volatile.matches(&self.path) || self.out.len() > MOST {
            return;
        }
        if self.path.len() < DEEPEST {
            if let (Some(a), Some(b)) = (parsed::<Members<'_>>(a, b'{'), parsed::<Members<'_>>(b, b'{')) {
                return self.objects(a.0, b.0);
            }
            if !self.sets.matches(&self.path)
                && let (Some(a), Some(b)) =
                    (parsed::<Vec<&RawValue>>(a, b'['), parsed::<Vec<&RawValue>>(b, b'['))
            {
                return self.arrays(&a, &b);
            }
        }
        walk(&value(a), &value(b), &mut self.path, self.volatile, self.sets, &mut self.out);
    }

    fn objects(&mut self, a: Vec<Member<'_>>, b: Vec<Member<'_>>) {
        let (mut a, mut b) = (in_order(a).into_iter().peekable(), in_order(b).into_iter().peekable());
        loop {
            let side = match (a.peek(), b.peek()) {
                (None, None) => return,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some((left, _)), Some((right, _))) => left.cmp(right),
            };
            let left = if side.is_le() { a.next() } else { None };
            let right = if side.is_ge() { b.next() } else { None };
            let Some((key, _)) = left.as_ref().or(right.as_ref()) else { return };
            let (left, right) = (left.as_ref().map(|m| m.1), right.as_ref().map(|m| m.1));
            self.step(key, left, right);
        }
    }

    fn arrays(&mut self, a: &[&RawValue], b: &[&RawValue]) {
        for place in 0..a.len().max(b.len()) {
            let (left, right) = (a.get(place).copied(), b.get(place).copied());
            if left.map(RawValue::get) != right.map(RawValue::get) {
                self.step(&place.to_string(), left, right);
            }
        }
    }

    fn step(&mut self, key: &str, a: Option<&RawValue>, b: Option<&RawValue>) {
        if a.map(RawValue::get) == b.map(RawValue::get) {
            return;
        }
        self.path.push(key.to_owned());
        match (a, b) {
            (Some(a), Some(b)) => self.walk(a.get(), b.get()),
            _ if self.volatile.matches(&self.path) => {}
            (a, b) => {
                let value = |text: &RawValue| value(text.get());
                let path = self.path.join(".");
                self.out.push(Difference { path, before: a.map(value), after: b.map(value) });
            }
        }
        self.path.pop();
    }
}

/// A text as it is when it begins like this.
fn parsed<'a, T: Deserialize<'a>>(text: &'a str, begins: u8) -> Option<T> {
    (text.trim_start().as_bytes().first() == Some(&begins)).then(|| serde_json::from_str(text).ok())?
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// A key with its value as it is written.
type Member<'a> = (Cow<'a, str>, &'a RawValue);

/// By key; of a key that stands there twice, the last, as everywhere.
fn in_order(mut members: Vec<Member<'_>>) -> Vec<Member<'_>> {
    members.reverse();
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    members.dedup_by(|(later, _), (first, _)| later == first);
    members
}

struct Members<'a>(Vec<Member<'a>>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A key, copied only where it is written with escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests;
