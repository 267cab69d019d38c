//! XML answers, read once from start to end into JSON by their shape. No document type, no entities but
//! the five and the numeric ones.

use std::borrow::Cow;

use quick_xml::{XmlVersion, events::BytesStart};
use serde_json::{Map, Value, map::Entry};

use super::{
    bounds::{Budget, DecodeError, short},
    scalar,
    tokens::{Piece, Pieces, Tag},
};
use crate::model::{Ref, Shape, Shapes, Structure};

type Result<T> = std::result::Result<T, DecodeError>;

/// What counts in a document.
pub(super) enum Token<'a> {
    Start(Tag<'a>),
    Text(Cow<'a, str>),
    End,
    /// After the root element.
    Eof,
}

/// A document that is being read.
pub(super) struct Xml<'a, 'm> {
    pieces: Pieces<'a>,
    text: &'a str,
    open: usize,
    shapes: &'m Shapes,
    budget: Budget,
    /// How many members the last value of each structure had, and items that of each list: the next one is
    /// likely as large.
    sizes: Vec<u16>,
}

/// The name without its prefix.
pub(super) fn local<'a>(start: &Tag<'a>) -> &'a str {
    start.local()
}

impl<'a, 'm> Xml<'a, 'm> {
    pub(super) fn new(text: &'a str, shapes: &'m Shapes, budget: Budget) -> Self {
        Self { pieces: Pieces::new(text), text, open: 0, shapes, budget, sizes: vec![0; shapes.count()] }
    }

    /// The start of the root element.
    pub(super) fn root(&mut self) -> Result<Tag<'a>> {
        loop {
            match self.next()? {
                Token::Start(root) if local(&root).eq_ignore_ascii_case("html") => {
                    return Err(DecodeError::Html);
                }
                Token::Start(root) => return Ok(root),
                Token::Text(text) if text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']).is_empty() => {}
                Token::Text(text) => {
                    return Err(DecodeError::Malformed(format!("text before the XML: {:?}", short(&text))));
                }
                Token::End | Token::Eof => return Err(DecodeError::Empty),
            }
        }
    }

    /// The rest of the document, in which nothing may be missing.
    pub(super) fn finish(mut self) -> Result<()> {
        loop {
            match self.next()? {
                Token::Eof => return Ok(()),
                Token::Text(text) if self.open > 0 || text.trim().is_empty() => {}
                Token::Text(_) => return Err(DecodeError::Malformed("text after the XML".to_owned())),
                Token::Start(_) if self.open == 1 => {
                    return Err(DecodeError::Malformed("a second root element".to_owned()));
                }
                Token::Start(_) | Token::End => {}
            }
        }
    }

    /// Reads on until an element of that name opens among the children of the current one.
    pub(super) fn find(&mut self, name: &str) -> Result<Tag<'a>> {
        loop {
            match self.next()? {
                Token::Start(start) if local(&start) == name => return Ok(start),
                Token::Start(_) => self.skip()?,
                Token::Text(_) => {}
                Token::End | Token::Eof => {
                    return Err(DecodeError::Malformed(format!("there is no {name} element")));
                }
            }
        }
    }

    pub(super) fn next(&mut self) -> Result<Token<'a>> {
        Ok(match self.pieces.next()? {
            Piece::Start(start) => {
                self.open += 1;
                self.budget.take(self.open)?;
                Token::Start(start)
            }
            Piece::End => {
                self.open -= 1;
                Token::End
            }
            Piece::Text(text) => Token::Text(text),
            Piece::Eof if self.open > 0 => return Err(DecodeError::Truncated(self.text.len())),
            Piece::Eof => Token::Eof,
        })
    }

    /// To the end of the current element.
    pub(super) fn skip(&mut self) -> Result<()> {
        let outside = self.open - 1;
        while self.open > outside {
            self.next()?;
        }
        Ok(())
    }

    /// The text of the current element before its first child, to its end.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>> {
        let mut out = Cow::Borrowed("");
        let mut first = true;
        loop {
            match self.next()? {
                Token::Text(more) if !first => drop(more),
                Token::Text(more) if out.is_empty() => out = more,
                Token::Text(more) => out.to_mut().push_str(&more),
                Token::Start(_) => {
                    first = false;
                    self.skip()?;
                }
                Token::End | Token::Eof => return Ok(out),
            }
        }
    }

    /// The current element as a value of that shape, to its end.
    fn value(&mut self, of: &Ref, start: &Tag<'_>) -> Result<Option<Value>> {
        match self.shapes.get(of.shape) {
            Shape::Structure(structure) => {
                let expected = usize::from(self.sizes[of.shape.index()].min(64));
                let out = self.members(structure, start, &[], Map::with_capacity(expected))?;
                self.sizes[of.shape.index()] = u16::try_from(out.len()).unwrap_or(u16::MAX);
                Ok(Some(Value::Object(out)))
            }
            Shape::List { member } => {
                let mut out = Vec::new();
                while let Some(start) = self.child()? {
                    if out.is_empty() {
                        out.reserve(usize::from(self.sizes[of.shape.index()]).clamp(1, 64));
                    }
                    out.extend(self.value(member, &start)?);
                }
                if !out.is_empty() {
                    self.sizes[of.shape.index()] = u16::try_from(out.len()).unwrap_or(u16::MAX);
                }
                Ok(Some(Value::Array(out)))
            }
            Shape::Map { key, value } => {
                let mut out = Map::new();
                while self.child()?.is_some() {
                    self.pair(key, value, &mut out)?;
                }
                Ok(Some(Value::Object(out)))
            }
            shape => scalar::read(shape, &self.text()?),
        }
    }

    /// The next child of the current element; nothing at its end.
    fn child(&mut self) -> Result<Option<Tag<'a>>> {
        loop {
            match self.next()? {
                Token::Start(start) => return Ok(Some(start)),
                Token::Text(_) => {}
                Token::End | Token::Eof => return Ok(None),
            }
        }
    }

    /// The current element as a key and its value.
    fn pair(&mut self, key: &Ref, value: &Ref, out: &mut Map<String, Value>) -> Result<()> {
        let (key_name, value_name) =
            (key.wire.as_deref().unwrap_or("key"), value.wire.as_deref().unwrap_or("value"));
        let (mut found_key, mut found) = (None, None);
        while let Some(start) = self.child()? {
            match local(&start) {
                name if name == key_name => found_key = Some(self.text()?),
                name if name == value_name => found = self.value(value, &start)?,
                _ => self.skip()?,
            }
        }
        let Some(key) = found_key else {
            return Err(DecodeError::Malformed(format!("an entry of a map without its {key_name}")));
        };
        if let Some(value) = found {
            out.insert(key.into_owned(), value);
        }
        Ok(())
    }

    /// The current element's children as members, to its end. Those named in `not` belong to the protocol.
    pub(super) fn structure(
        &mut self,
        structure: &'m Structure,
        start: &Tag<'_>,
        not: &[&str],
    ) -> Result<Map<String, Value>> {
        self.members(structure, start, not, Map::new())
    }

    fn members(
        &mut self,
        structure: &'m Structure,
        start: &Tag<'_>,
        not: &[&str],
        mut out: Map<String, Value>,
    ) -> Result<Map<String, Value>> {
        let mut strange = None;
        while let Some(child) = self.child()? {
            let name = local(&child);
            let Some(at) = structure.on_wire(name) else {
                if not.contains(&name) {
                    self.skip()?;
                } else if self.budget.keeps_unknown() {
                    let value = self.anything()?;
                    add(&mut out, name, value);
                } else {
                    strange = structure.union.then(|| name.to_owned());
                    self.skip()?;
                }
                continue;
            };
            let member = &structure.members[at];
            match self.shapes.get(member.of.shape) {
                Shape::List { member: items } if member.of.flat => {
                    let value = self.value(items, &child)?;
                    let list = out.entry(&*member.name).or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(list) = list {
                        list.extend(value);
                    }
                }
                Shape::Map { key, value } if member.of.flat => {
                    let map = out.entry(&*member.name).or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(map) = map {
                        self.pair(key, value, map)?;
                    }
                }
                // The first of several, as botocore takes it.
                _ => match out.entry(&*member.name) {
                    Entry::Occupied(_) => self.skip()?,
                    Entry::Vacant(place) => {
                        if let Some(value) = self.value(&member.of, &child)? {
                            place.insert(value);
                        }
                    }
                },
            }
        }
        for member in structure.attributes() {
            if let Some(text) = attribute(start, member.wire())?
                && !out.contains_key(&*member.name)
            {
                out.insert(member.name.to_string(), Value::String(text));
            }
        }
        if let (true, Some(name)) = (out.is_empty(), strange) {
            out.insert("SDK_UNKNOWN_MEMBER".to_owned(), serde_json::json!({ "name": name }));
        }
        Ok(out)
    }

    /// The current element without a shape: its text, or an object of its children.
    pub(super) fn anything(&mut self) -> Result<Value> {
        let mut out = Map::new();
        let mut text: Cow<'a, str> = Cow::Borrowed("");
        loop {
            match self.next()? {
                Token::Start(start) => {
                    let value = self.anything()?;
                    add(&mut out, local(&start), value);
                }
                Token::Text(more) if text.is_empty() => text = more,
                Token::Text(more) => text.to_mut().push_str(&more),
                Token::End | Token::Eof if out.is_empty() => return Ok(Value::String(text.into_owned())),
                Token::End | Token::Eof => return Ok(Value::Object(out)),
            }
        }
    }
}

/// Puts a value under a name; several of one name become a list.
fn add(out: &mut Map<String, Value>, name: &str, value: Value) {
    match out.entry(name) {
        Entry::Vacant(place) => {
            place.insert(value);
        }
        Entry::Occupied(mut place) => match place.get_mut() {
            Value::Array(list) => list.push(value),
            single => *single = Value::Array(vec![single.take(), value]),
        },
    }
}

/// An attribute by its name; where that has a prefix, the document's may be another.
fn attribute(start: &Tag<'_>, name: &str) -> Result<Option<String>> {
    let bare = name.split_once(':').map_or(name, |(_, bare)| bare);
    let start = BytesStart::from_content(start.content, start.name);
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| DecodeError::Malformed(e.to_string()))?;
        let (found, prefix) = attribute.key.decompose();
        if found.into_inner() == bare && prefix.is_some() == (bare.len() != name.len()) {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            return Ok(Some(value.map_err(|e| DecodeError::Malformed(e.to_string()))?.into_owned()));
        }
    }
    Ok(None)
}
