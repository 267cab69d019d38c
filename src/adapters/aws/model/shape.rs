//! The shapes of a service, numbered: what a value is, and how it is named on the wire. Read from a line of
//! `data/models.jsonl`, where the traits of a shape are already merged into whatever refers to it.

use hashbrown::HashMap;
use serde::Deserialize;

use super::protocol::Protocol;

/// The number of a shape within its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ShapeId(u32);

impl ShapeId {
    /// Its place, for tables beside the shapes.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where outside the body a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Location {
    /// A label of the request's path.
    Uri,
    /// One parameter of the query, or a map of them.
    #[serde(rename = "querystring")]
    QueryString,
    /// One header.
    Header,
    /// Every header with a prefix.
    Headers,
    /// The answer's status.
    StatusCode,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum TimeFormat {
    /// `2026-01-02T03:04:05Z`.
    Iso8601,
    /// `Fri, 02 Jan 2026 03:04:05 GMT`.
    Rfc822,
    /// Seconds since 1970.
    Unix,
}

impl TryFrom<String> for TimeFormat {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.to_ascii_lowercase().as_str() {
            "iso8601" => Ok(Self::Iso8601),
            "rfc822" => Ok(Self::Rfc822),
            "unixtimestamp" => Ok(Self::Unix),
            _ => Err(format!("no time format: {name}")),
        }
    }
}

/// An XML name space, for requests.
#[derive(Clone, Debug, Deserialize)]
pub struct Space {
    /// Its address.
    pub uri: Box<str>,
    /// Its prefix, when it has one.
    pub prefix: Option<Box<str>>,
}

/// A use of a shape, with what the wire says of this use.
#[derive(Clone, Debug, Deserialize)]
pub struct Ref {
    /// What it is.
    pub shape: ShapeId,
    /// Its name on the wire, when that is not the member's.
    pub wire: Option<Box<str>>,
    /// Its name in EC2 requests.
    pub query: Option<Box<str>>,
    /// Where it is, unless in the body.
    pub at: Option<Location>,
    /// A list or map without an element around its items.
    #[serde(default)]
    pub flat: bool,
    /// An XML attribute.
    #[serde(default)]
    pub attribute: bool,
    /// How a time is written.
    pub format: Option<TimeFormat>,
    /// JSON in a string.
    #[serde(default)]
    pub jsonvalue: bool,
    /// A label of the host's name.
    #[serde(default)]
    pub host: bool,
    /// The name space of its element.
    pub space: Option<Space>,
}

/// A member of a structure.
#[derive(Clone, Debug, Deserialize)]
pub struct Member {
    /// The model's name, which the decoded JSON has.
    pub name: Box<str>,
    /// What it is.
    #[serde(flatten)]
    pub of: Ref,
}

impl Member {
    /// Its name on the wire.
    #[must_use]
    pub fn wire(&self) -> &str {
        self.of.wire.as_deref().unwrap_or(&self.name)
    }
}

/// Named members.
#[derive(Clone, Debug, Deserialize)]
pub struct Structure {
    /// In the model's order.
    pub members: Vec<Member>,
    /// The member that is the whole body.
    pub payload: Option<Box<str>>,
    /// Those a request must have.
    #[serde(default)]
    pub required: Vec<Box<str>>,
    /// Exactly one member is set.
    #[serde(default)]
    pub union: bool,
    /// Members by the model's names.
    #[serde(skip)]
    by_name: HashMap<Box<str>, usize>,
    /// Members of the body by what they are called there.
    #[serde(skip)]
    by_wire: HashMap<Box<str>, usize>,
    #[serde(skip)]
    attributes: Vec<usize>,
}

impl Structure {
    /// A member by the model's name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.by_name.get(name).map(|&i| &self.members[i])
    }

    /// The place of a member of the body by its name there.
    #[must_use]
    pub fn on_wire(&self, name: &str) -> Option<usize> {
        self.by_wire.get(name).copied()
    }

    /// Members that are XML attributes.
    pub fn attributes(&self) -> impl Iterator<Item = &Member> {
        self.attributes.iter().map(|&i| &self.members[i])
    }

    /// Whether anything of it stands in the body.
    #[must_use]
    pub fn has_body(&self) -> bool {
        !self.by_wire.is_empty()
    }
}

/// What a value is.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Shape {
    /// Named members.
    Structure(Structure),
    /// Items of one shape.
    List {
        /// The items.
        member: Ref,
    },
    /// Keys and values.
    Map {
        /// The keys: strings.
        key: Ref,
        /// The values.
        value: Ref,
    },
    /// Text.
    String,
    /// Percent-encoded JSON text that is decoded, as botocore's client does for IAM.
    Policy,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// A time.
    Timestamp,
    /// Bytes.
    Blob,
    /// Any JSON.
    Document,
}

/// The shapes of a service.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Shapes(Vec<Shape>);

impl Shapes {
    /// The shape of that number.
    #[must_use]
    pub fn get(&self, id: ShapeId) -> &Shape {
        &self.0[id.index()]
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The structure of that number, if it is one.
    #[must_use]
    pub fn structure(&self, id: ShapeId) -> Option<&Structure> {
        match self.get(id) {
            Shape::Structure(structure) => Some(structure),
            _ => None,
        }
    }

    /// Whether every number names a shape.
    pub(super) fn whole(&self, roots: impl Iterator<Item = ShapeId>) -> bool {
        let inner = self.0.iter().flat_map(|shape| match shape {
            Shape::Structure(s) => s.members.iter().map(|m| m.of.shape).collect(),
            Shape::List { member } => vec![member.shape],
            Shape::Map { key, value } => vec![key.shape, value.shape],
            _ => Vec::new(),
        });
        roots.chain(inner).all(|id| id.index() < self.0.len())
    }

    /// Makes the members findable by name. A flattened list is called by its items' name in XML.
    pub(super) fn index(&mut self, protocol: Protocol) {
        let names: Vec<Vec<Box<str>>> = self
            .0
            .iter()
            .map(|shape| match shape {
                Shape::Structure(s) => s.members.iter().map(|m| self.body_name(m, protocol)).collect(),
                _ => Vec::new(),
            })
            .collect();
        for (shape, names) in self.0.iter_mut().zip(names) {
            let Shape::Structure(s) = shape else { continue };
            for (i, name) in names.into_iter().enumerate() {
                let member = &s.members[i];
                s.by_name.insert(member.name.clone(), i);
                if member.of.attribute {
                    s.attributes.push(i);
                }
                let in_body = match member.of.at {
                    Some(Location::Header | Location::Headers | Location::StatusCode) => !protocol.is_rest(),
                    _ => true,
                };
                if in_body {
                    s.by_wire.entry(name).or_insert(i);
                }
            }
        }
    }

    fn body_name(&self, member: &Member, protocol: Protocol) -> Box<str> {
        if protocol.is_xml()
            && member.of.flat
            && let Shape::List { member: Ref { wire: Some(name), .. } } = self.get(member.of.shape)
        {
            return name.clone();
        }
        member.wire().into()
    }
}
