//! The paths into payloads whose values the index keeps, and how they are read: all in one walk over the
//! text of a payload, which skips what no path names. Knows nothing of who asks for them.

mod root;

use std::fmt;

use cloudscope_domain::{
    Payload,
    query::{Found, PropPath, Segment, fold},
};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Paths that are asked for often and bear few values: a list to begin with. Keys ignore case, and lists
/// are looked through.
pub const COMMON_PATHS: &[&str] = &[
    "Architecture",
    "Encrypted",
    "Engine",
    "EngineVersion",
    "InstanceType",
    "MemorySize",
    "MultiAZ",
    "Placement.Tenancy",
    "PubliclyAccessible",
    "Runtime",
    "Size",
    "State",
    "State.Name",
    "Timeout",
    "VolumeType",
    "derived.ready",
    "derived.restarts",
    "machineType",
    "metadata.namespace",
    "properties.provisioningState",
    "sku.name",
    "spec.nodeName",
    "spec.replicas",
    "status.phase",
];

/// The paths, as a tree of keys.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    texts: Vec<String>,
    paths: Vec<PropPath>,
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    children: Vec<(String, usize)>,
    /// The path that ends here.
    path: Option<u32>,
}

impl Node {
    /// Where a key leads.
    fn child(&self, key: &str) -> Option<usize> {
        let mut children = self.children.iter();
        let child = if key.is_ascii() {
            children.find(|(wanted, _)| wanted.eq_ignore_ascii_case(key))
        } else {
            let folded = fold(key);
            children.find(|(wanted, _)| *wanted == folded)
        };
        child.map(|(_, to)| *to)
    }
}

impl Default for Paths {
    fn default() -> Self {
        Self { texts: Vec::new(), paths: Vec::new(), nodes: vec![Node::default()] }
    }
}

impl Paths {
    /// From keys with dots between them. What has an empty key or too many is left out.
    pub(crate) fn new(texts: &[String]) -> Self {
        let mut paths = Self::default();
        for text in texts {
            let keys: Vec<String> = text.split('.').map(fold).collect();
            let path = PropPath::new(keys.iter().cloned().map(Segment::Key).collect());
            let Some(path) = path.filter(|_| keys.iter().all(|key| !key.is_empty())) else { continue };
            let mut at = 0;
            for key in keys {
                let known = paths.nodes[at].children.iter().find(|(k, _)| *k == key).map(|(_, to)| *to);
                at = known.unwrap_or_else(|| {
                    paths.nodes.push(Node::default());
                    let to = paths.nodes.len() - 1;
                    paths.nodes[at].children.push((key, to));
                    to
                });
            }
            if paths.nodes[at].path.is_none() {
                paths.nodes[at].path = u32::try_from(paths.texts.len()).ok();
                paths.texts.push(text.clone());
                paths.paths.push(path);
            }
        }
        paths
    }

    /// As they were given.
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The number of a path, if it is one of them.
    pub(crate) fn number(&self, path: &PropPath) -> Option<u32> {
        let mut node = self.nodes.first()?;
        for segment in path.segments() {
            let Segment::Key(key) = segment else { return None };
            let (_, to) = node.children.iter().find(|(k, _)| k == key)?;
            node = self.nodes.get(*to)?;
        }
        node.path
    }

    /// What a payload has at the paths, each value once for each path.
    pub(crate) fn read(&self, payload: &Payload) -> Vec<(u32, String)> {
        let mut out = Vec::new();
        if self.texts.is_empty() {
            return out;
        }
        // Most of a payload is of fields that no path names.
        let mut wanted = Vec::new();
        let root = root::fields(payload.as_str(), |name, value| {
            wanted.extend(self.nodes[0].child(name).map(|node| (node, value)));
        });
        let walk = |node, text: &str, out: &mut Vec<(u32, String)>| {
            let mut reader = serde_json::Deserializer::from_str(text);
            (Walk { paths: self, node, out }).deserialize(&mut reader)
        };
        let read = match root {
            Some(()) if self.nodes[0].path.is_none() => {
                wanted.into_iter().try_for_each(|(node, text)| walk(node, text, &mut out))
            }
            _ => walk(0, payload.as_str(), &mut out),
        };
        if read.is_err() {
            // It is nested deeper than can be read: as far as each path by itself comes, then.
            out.clear();
            for (n, path) in (0..).zip(&self.paths) {
                path.each(payload, &mut |found| out.push((n, written(found))));
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// A value as it is kept: a letter for what it is, and its text.
fn written(found: Found<'_>) -> String {
    match found {
        Found::Text(text) => format!("t{text}"),
        Found::Number(n) => format!("n{n:?}"),
        Found::Whole(n) => format!("w{n}"),
        Found::Bool(b) => format!("b{b}"),
        Found::Object => "o".to_owned(),
        Found::Nothing => "z".to_owned(),
    }
}

/// What was kept.
pub(crate) fn found(written: &str) -> Found<'_> {
    let mut rest = written.chars();
    let (kind, text) = (rest.next(), rest.as_str());
    match kind {
        Some('t') => Found::Text(text),
        Some('n') => text.parse().map_or(Found::Nothing, Found::Number),
        Some('w') => text.parse().map_or(Found::Nothing, Found::Whole),
        Some('b') => Found::Bool(text == "true"),
        Some('o') => Found::Object,
        _ => Found::Nothing,
    }
}

struct Walk<'a> {
    paths: &'a Paths,
    node: usize,
    out: &'a mut Vec<(u32, String)>,
}

impl Walk<'_> {
    fn end<E>(self, found: Found<'_>) -> Result<(), E> {
        if let Some(path) = self.paths.nodes[self.node].path {
            self.out.push((path, written(found)));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, v: bool) -> Result<(), E> {
        self.end(Found::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<(), E> {
        self.end(Found::Whole(v.into()))
    }

    fn visit_u64<E>(self, v: u64) -> Result<(), E> {
        self.end(Found::Whole(v.into()))
    }

    fn visit_f64<E>(self, v: f64) -> Result<(), E> {
        self.end(Found::Number(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<(), E> {
        self.end(Found::Text(v))
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.end(Found::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut empty = true;
        loop {
            let walk = Walk { paths: self.paths, node: self.node, out: &mut *self.out };
            if seq.next_element_seed(walk)?.is_none() {
                break;
            }
            empty = false;
        }
        if empty { self.end(Found::Nothing) } else { Ok(()) }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let node = &self.paths.nodes[self.node];
        let mut empty = true;
        while let Some(to) = map.next_key_seed(Wanted(node))? {
            empty = false;
            match to {
                Some(node) => {
                    map.next_value_seed(Walk { paths: self.paths, node, out: &mut *self.out })?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.end(if empty { Found::Nothing } else { Found::Object })
    }
}

/// Where a key leads.
struct Wanted<'a>(&'a Node);

impl<'de> DeserializeSeed<'de> for Wanted<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_str(self)
    }
}

impl Visitor<'_> for Wanted<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.child(key))
    }
}
