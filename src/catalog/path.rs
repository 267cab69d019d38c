//! Paths into a JSON item, as spec files write them: JSON Pointer (RFC 6901) with two additions.
//!
//! Knows JSON values only; nothing here knows what a path is used for.

use std::{fmt, sync::Arc};

use serde_json::{Map, Value};

/// More segments than any provider nests; also the bound of every recursion here.
const MAX_SEGMENTS: usize = 32;

/// A path into a JSON item.
///
/// ```text
/// /State/Name                                    nested fields
/// /Reservations/0                                the first element of an array
/// /NetworkInterfaces/*/SubnetId                  every element of an array, every value of an object
/// /status/conditions/*[type=Ready]/status        only the elements whose field `type` is `Ready`
/// /spec/from/*[!namespaceSelector]               only the elements without such a field
/// /metadata/annotations/example.com~1owner       `~1` is a slash and `~0` a tilde, as in RFC 6901
/// /metadata/annotations/"example.com/owner"      the same, quoted; `\"` and `\\` inside
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    text: Arc<str>,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Key { name: String, index: Option<usize> },
    Every(Option<Only>),
}

/// Keeps the elements whose field has this text, or that have no such field.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Only {
    field: String,
    text: Option<String>,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// With what is wrong and what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(mut rest) = text.strip_prefix('/') else {
            return Err(format!("`{text}` is not a path; a path starts with `/`, such as `/State/Name`"));
        };
        let mut segments = Vec::new();
        loop {
            let (segment, after) = segment(rest).map_err(|why| format!("path `{text}`: {why}"))?;
            segments.push(segment);
            if segments.len() > MAX_SEGMENTS {
                return Err(format!("path `{text}` has more than {MAX_SEGMENTS} parts"));
            }
            match after {
                Some(more) => rest = more,
                None => break,
            }
        }
        Ok(Self { text: text.into(), segments })
    }

    /// The path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path as it was written, shared.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        self.text.clone()
    }

    /// Whether it can match more than once.
    #[must_use]
    pub fn has_wildcard(&self) -> bool {
        self.segments.iter().any(|s| matches!(s, Segment::Every(_)))
    }

    /// Calls `visit` with each match in document order, until it returns `false`.
    pub fn each<'v>(&self, value: &'v Value, visit: &mut dyn FnMut(&'v Value) -> bool) {
        walk(&self.segments, value, visit);
    }

    /// The first match that `pick` accepts.
    pub fn find<'v, T>(&self, value: &'v Value, pick: impl Fn(&'v Value) -> Option<T>) -> Option<T> {
        let mut found = None;
        self.each(value, &mut |v| {
            found = pick(v);
            found.is_none()
        });
        found
    }

    /// Calls `change` with each match.
    pub fn each_mut(&self, value: &mut Value, change: &mut dyn FnMut(&mut Value)) {
        walk_mut(&self.segments, value, change);
    }

    /// Takes each match out.
    pub fn remove(&self, value: &mut Value) {
        remove(&self.segments, value);
    }

    /// The RFC 6901 pointers of its matches in this item, at most `limit`.
    #[must_use]
    pub fn pointers(&self, value: &Value, limit: usize) -> Vec<String> {
        let mut out = Vec::new();
        collect_pointers(&self.segments, value, &mut String::new(), &mut out, limit);
        out
    }

    /// The one RFC 6901 pointer that it is, when it has no wildcard.
    #[must_use]
    pub fn pointer(&self) -> Option<String> {
        let mut out = String::new();
        for segment in &self.segments {
            match segment {
                Segment::Key { name, .. } => push_pointer(&mut out, name),
                Segment::Every(_) => return None,
            }
        }
        Some(out)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// One segment, and what follows its slash.
fn segment(rest: &str) -> Result<(Segment, Option<&str>), String> {
    if let Some(inner) = rest.strip_prefix('"') {
        let (name, after) = quoted(inner)?;
        return match after.strip_prefix('/') {
            Some(more) => Ok((key(name), Some(more))),
            None if after.is_empty() => Ok((key(name), None)),
            None => Err("text after a closing quote; write `/` there".to_owned()),
        };
    }
    if let Some(only) = rest.strip_prefix("*[") {
        let Some((inner, after)) = only.split_once(']') else {
            return Err("`*[` without `]`".to_owned());
        };
        let (field, text) = match (inner.split_once('='), inner.strip_prefix('!')) {
            (Some((field, text)), _) => (field, Some(text.trim().to_owned())),
            (None, Some(field)) => (field, None),
            _ => {
                let words = "lacks `=`; write such as `*[type=Ready]`, or `*[!type]` for those without";
                return Err(format!("`[{inner}]` {words}"));
            }
        };
        let only = Only { field: field.trim().to_owned(), text };
        return match after.strip_prefix('/') {
            Some(more) => Ok((Segment::Every(Some(only)), Some(more))),
            None if after.is_empty() => Ok((Segment::Every(Some(only)), None)),
            None => Err("text after `]`; write `/` there".to_owned()),
        };
    }
    let (raw, after) = match rest.split_once('/') {
        Some((raw, more)) => (raw, Some(more)),
        None => (rest, None),
    };
    if raw.is_empty() {
        return Err("an empty part; drop the extra `/`, or write `\"\"` for an empty key".to_owned());
    }
    if raw == "*" {
        return Ok((Segment::Every(None), after));
    }
    if raw == "[*]" || raw.ends_with("[*]") {
        return Err(format!("`{raw}`: write `*` as a part of its own, such as `/Tags/*/Key`"));
    }
    if raw.contains(['*', '[', ']', '{', '}', '|', '"']) || raw.trim() != raw {
        return Err(format!("`{raw}` has a special character; put the key in quotes: `/\"{raw}\"`"));
    }
    Ok((key(unescape(raw)?), after))
}

fn key(name: String) -> Segment {
    let index = if name.len() > 1 && name.starts_with('0') { None } else { name.parse().ok() };
    Segment::Key { name, index }
}

/// The text up to the closing quote, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((out, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => out.push(c),
                _ => return Err("a backslash in quotes stands before `\"` or `\\` only".to_owned()),
            },
            c => out.push(c),
        }
    }
    Err("a quote is not closed".to_owned())
}

fn unescape(raw: &str) -> Result<String, String> {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c != '~' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('0') => out.push('~'),
            Some('1') => out.push('/'),
            _ => return Err("`~` stands before `0` (a tilde) or `1` (a slash) only".to_owned()),
        }
    }
    Ok(out)
}

impl Only {
    fn keeps(&self, value: &Value) -> bool {
        let found = value.get(&self.field);
        let Some(text) = &self.text else { return found.is_none_or(Value::is_null) };
        match found {
            Some(Value::String(s)) => s == text,
            Some(Value::Bool(b)) => text == if *b { "true" } else { "false" },
            Some(Value::Number(n)) => n.to_string() == *text,
            _ => false,
        }
    }
}

fn kept(only: Option<&Only>, value: &Value) -> bool {
    only.is_none_or(|o| o.keeps(value))
}

/// Comparing the names of a small object is cheaper than hashing the one that is looked for; most are small.
const SMALL: usize = 16;

pub(crate) fn field<'v>(map: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    if map.len() > SMALL {
        return map.get(name);
    }
    map.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn walk<'v>(segments: &[Segment], value: &'v Value, visit: &mut dyn FnMut(&'v Value) -> bool) -> bool {
    let Some((first, rest)) = segments.split_first() else { return visit(value) };
    match (first, value) {
        (Segment::Key { name, .. }, Value::Object(map)) => {
            field(map, name).is_none_or(|v| walk(rest, v, visit))
        }
        (Segment::Key { index: Some(i), .. }, Value::Array(list)) => {
            list.get(*i).is_none_or(|v| walk(rest, v, visit))
        }
        (Segment::Every(only), Value::Array(list)) => {
            list.iter().filter(|v| kept(only.as_ref(), v)).all(|v| walk(rest, v, visit))
        }
        (Segment::Every(only), Value::Object(map)) => {
            map.values().filter(|v| kept(only.as_ref(), v)).all(|v| walk(rest, v, visit))
        }
        _ => true,
    }
}

fn walk_mut(segments: &[Segment], value: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    let Some((first, rest)) = segments.split_first() else { return change(value) };
    match (first, value) {
        (Segment::Key { name, .. }, Value::Object(map)) => {
            if let Some(v) = map.get_mut(name) {
                walk_mut(rest, v, change);
            }
        }
        (Segment::Key { index: Some(i), .. }, Value::Array(list)) => {
            if let Some(v) = list.get_mut(*i) {
                walk_mut(rest, v, change);
            }
        }
        (Segment::Every(only), Value::Array(list)) => {
            for v in list.iter_mut().filter(|v| kept(only.as_ref(), v)) {
                walk_mut(rest, v, change);
            }
        }
        (Segment::Every(only), Value::Object(map)) => {
            for v in map.values_mut().filter(|v| kept(only.as_ref(), v)) {
                walk_mut(rest, v, change);
            }
        }
        _ => {}
    }
}

fn remove(segments: &[Segment], value: &mut Value) {
    let Some((first, rest)) = segments.split_first() else { return };
    if !rest.is_empty() {
        return walk_mut(&segments[..1], value, &mut |v| remove(rest, v));
    }
    match (first, value) {
        (Segment::Key { name, .. }, Value::Object(map)) => {
            map.shift_remove(name);
        }
        (Segment::Key { index: Some(i), .. }, Value::Array(list)) if *i < list.len() => {
            list.remove(*i);
        }
        (Segment::Every(only), Value::Array(list)) => list.retain(|v| !kept(only.as_ref(), v)),
        (Segment::Every(only), Value::Object(map)) => map.retain(|_, v| !kept(only.as_ref(), v)),
        _ => {}
    }
}

fn collect_pointers(
    segments: &[Segment],
    value: &Value,
    so_far: &mut String,
    out: &mut Vec<String>,
    limit: usize,
) {
    if out.len() >= limit {
        return;
    }
    let Some((first, rest)) = segments.split_first() else {
        out.push(so_far.clone());
        return;
    };
    let length = so_far.len();
    let mut step = |name: &str, v: &Value| {
        push_pointer(so_far, name);
        collect_pointers(rest, v, so_far, out, limit);
        so_far.truncate(length);
    };
    match (first, value) {
        (Segment::Key { name, .. }, Value::Object(map)) => {
            if let Some(v) = map.get(name) {
                step(name, v);
            }
        }
        (Segment::Key { name, index: Some(i) }, Value::Array(list)) => {
            if let Some(v) = list.get(*i) {
                step(name, v);
            }
        }
        (Segment::Every(only), Value::Array(list)) => {
            for (i, v) in list.iter().enumerate().filter(|(_, v)| kept(only.as_ref(), v)) {
                step(&i.to_string(), v);
            }
        }
        (Segment::Every(only), Value::Object(map)) => {
            for (name, v) in map.iter().filter(|(_, v)| kept(only.as_ref(), v)) {
                step(name, v);
            }
        }
        _ => {}
    }
}

fn push_pointer(out: &mut String, name: &str) {
    out.push('/');
    for c in name.chars() {
        match c {
            '~' => out.push_str("~0"),
            '/' => out.push_str("~1"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matches(path: &str, value: &Value) -> Vec<Value> {
        let mut out = Vec::new();
        Path::parse(path).unwrap().each(value, &mut |v| {
            out.push(v.clone());
            true
        });
        out
    }

    #[test]
    fn fields_indexes_and_wildcards() {
        let item = json!({"a": {"b": 1}, "list": [{"k": "x", "v": 1}, {"k": "y", "v": 2}], "": 7, "01": 8});
        assert_eq!(matches("/a/b", &item), [json!(1)]);
        assert_eq!(matches("/list/1/v", &item), [json!(2)]);
        assert_eq!(matches("/list/*/v", &item), [json!(1), json!(2)]);
        assert_eq!(matches("/list/*[k=y]/v", &item), [json!(2)]);
        assert_eq!(matches("/list/*[!k]", &item), [] as [Value; 0]);
        assert_eq!(matches("/list/*[!z]/v", &item), [json!(1), json!(2)]);
        assert_eq!(matches("/a/*", &item), [json!(1)]);
        assert_eq!(matches("/\"\"", &item), [json!(7)]);
        assert_eq!(matches("/01", &item), [json!(8)]);
        assert!(matches("/list/9", &item).is_empty());
        assert!(matches("/a/b/c", &item).is_empty());
        assert!(matches("/list/01", &item).is_empty());
    }

    #[test]
    fn odd_keys_are_escaped_or_quoted() {
        let item = json!({"x.io/owner": {"~": {"a\"b\\c*": 1}}});
        assert_eq!(matches("/x.io~1owner/~0/\"a\\\"b\\\\c*\"", &item), [json!(1)]);
        assert_eq!(matches("/\"x.io/owner\"/\"~\"/*", &item), [json!(1)]);
    }

    #[test]
    fn pointers_name_each_match() {
        let item = json!({"l": [{"x/y": 1}, {"z": 2}]});
        assert_eq!(Path::parse("/l/*/*").unwrap().pointers(&item, 9), ["/l/0/x~1y", "/l/1/z"]);
        assert_eq!(Path::parse("/l/*/*").unwrap().pointers(&item, 1), ["/l/0/x~1y"]);
        assert_eq!(Path::parse("/l/\"a/b\"").unwrap().pointer().unwrap(), "/l/a~1b");
        assert_eq!(Path::parse("/l/*").unwrap().pointer(), None);
    }

    #[test]
    fn changes_reach_every_match() {
        let mut item = json!({"env": {"A": "1", "B": "2"}, "keep": 3});
        Path::parse("/env/*").unwrap().each_mut(&mut item, &mut |v| *v = json!("x"));
        assert_eq!(item, json!({"env": {"A": "x", "B": "x"}, "keep": 3}));
    }

    #[test]
    fn matches_are_taken_out() {
        let removed = |path: &str| {
            let mut item = json!({"a": {"b": 1, "c": 2}, "l": [{"k": "x", "v": 1}, {"k": "y", "v": 2}]});
            Path::parse(path).unwrap().remove(&mut item);
            item
        };
        assert_eq!(removed("/a/b")["a"], json!({"c": 2}));
        assert_eq!(removed("/l/*/v")["l"], json!([{"k": "x"}, {"k": "y"}]));
        assert_eq!(removed("/l/*[k=x]")["l"], json!([{"k": "y", "v": 2}]));
        assert_eq!(removed("/l/0")["l"], json!([{"k": "y", "v": 2}]));
        assert_eq!(removed("/a/b/c/d"), removed("/none"));
    }

    #[test]
    fn mistakes_say_what_would_be_right() {
        let check = |path: &str, part: &str| {
            let error = Path::parse(path).unwrap_err();
            assert!(error.contains(part), "{path}: {error}");
        };
        check("State/Name", "starts with `/`");
        check("", "starts with `/`");
        check("/", "empty part");
        check("/a//b", "empty part");
        check("/Tags[*]/Key", "`*` as a part of its own");
        check("/a{b", "in quotes");
        check("/a~2", "`~` stands before");
        check("/\"a", "not closed");
        check("/\"a\"b", "after a closing quote");
        check("/\"a\\n\"", "backslash");
        check("/*[type]", "lacks `=`");
        check("/*[type=x", "without `]`");
        check("/*[type=x]y", "after `]`");
        check(&"/a".repeat(33), "more than 32");
    }
}
